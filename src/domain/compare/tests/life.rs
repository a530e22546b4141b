//! A subscription's life: what happens in it, and what the shop posts about that.

use std::fmt;

use crate::domain::compare::tests::shop::{self, Told as News};
use crate::domain::compare::tests::world::{at, order_id, subscription_id};
use crate::domain::fact::{
    Amount, Charge, Chargeback, Fact, OrderLine, Return, ReturnLine, ShopState, SubscriptionNews,
    SubscriptionSnapshot,
};
use crate::domain::time::Timestamp;

/// What happens in a subscription's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The next period is paid.
    Renewed,
    /// A change of plan is paid; the dates stay.
    Prorated,
    /// A charge fails.
    Failed,
    /// The buyer is told that payment is overdue.
    Overdue,
    /// The quantity changes.
    Quantity(u32),
    /// The seller moves the next date by so many days.
    Moved(i64),
    Paused,
    Resumed,
    Canceled,
    Uncanceled,
    /// The subscription's line of the first order is refunded.
    RefundedFirst {
        is_full: bool,
    },
    /// The other line of the first order is refunded.
    RefundedOneTime,
    /// The latest renewal that was not refunded yet is.
    RefundedRenewal,
    /// The latest price of a change of plan that was not refunded yet is.
    RefundedProration,
    ChargedBack(Which),
    Ended,
}

impl Step {
    /// Whether it may follow the end.
    const fn may_come_late(self) -> bool {
        matches!(
            self,
            Self::RefundedFirst { .. } | Self::RefundedOneTime | Self::ChargedBack(_)
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    First,
    LatestRenewal,
}

/// A life, in its true order.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) begins_with_trial: bool,
    pub(super) has_one_time_line: bool,
    /// Whether the first order names its subscription by id only, as without webhook expansion.
    pub(super) is_bare: bool,
    /// The bundle that brought the subscription.
    pub(super) bundle: Option<&'static str>,
    pub(super) steps: Vec<Step>,
}

impl fmt::Debug for Life {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trial, line) = (self.begins_with_trial, self.has_one_time_line);
        let (bare, bundle) = (self.is_bare, self.bundle);
        write!(
            formatter,
            "trial: {trial}, one-time line: {line}, bare: {bare}, bundle: {bundle:?}"
        )?;
        for told in self.told() {
            write!(
                formatter,
                "\n  {} {:?}, next {}",
                told.at,
                told.step,
                told.next.day()
            )?;
        }
        Ok(())
    }
}

/// One step, when it happened, and the next date of the shop after it.
pub(super) struct Told {
    pub(super) step: Step,
    pub(super) at: Timestamp,
    pub(super) next: Timestamp,
    /// The order that it brings or that goes back.
    order: String,
}

impl Life {
    /// The end of what the first order paid for.
    pub(super) fn first_next(&self) -> Timestamp {
        at(if self.begins_with_trial {
            "2026-11-17"
        } else {
            "2026-12-03"
        })
    }

    pub(super) fn ended_at(&self) -> Option<Timestamp> {
        let mut told = self.told().into_iter();
        told.find(|told| told.step == Step::Ended)
            .map(|told| told.at)
    }

    /// The steps that make sense, each with its time; a life is over with its end, save for the bank's claims.
    pub(super) fn told(&self) -> Vec<Told> {
        let (mut now, mut next) = (at("2026-11-03T10:15:00Z"), self.first_next());
        let (mut kept_renewals, mut kept_prorations) = (Vec::new(), Vec::new());
        let mut latest_renewal = None;
        let mut is_ended = false;
        let (mut is_first_back, mut is_one_time_back) = (false, false);
        let mut told = Vec::new();
        for (index, step) in self.steps.iter().copied().enumerate() {
            let mut order = format!("order-of-step-{index}");
            if is_ended && !step.may_come_late()
                || !self.makes_sense(step, latest_renewal.is_some())
            {
                continue;
            }
            now = now.plus_hours(7);
            match step {
                Step::Renewed => {
                    now = now.max(next.plus_hours(8));
                    next = next.plus_period("P1M".parse().unwrap());
                    kept_renewals.push(order.clone());
                    latest_renewal = Some(order.clone());
                }
                Step::Moved(days) => match moved(next, days) {
                    Some(moved) => next = moved,
                    None => continue,
                },
                Step::RefundedProration => match kept_prorations.pop() {
                    Some(proration) => order = proration,
                    None => continue,
                },
                Step::RefundedRenewal => match kept_renewals.pop() {
                    Some(renewal) => order = renewal,
                    None => continue,
                },
                Step::ChargedBack(Which::LatestRenewal) => match &latest_renewal {
                    Some(renewal) => order.clone_from(renewal),
                    None => continue,
                },
                Step::Prorated => kept_prorations.push(order.clone()),
                // A shop gives no money back twice.
                Step::RefundedFirst { .. } if is_first_back => continue,
                Step::RefundedOneTime if is_one_time_back => continue,
                Step::ChargedBack(Which::First)
                | Step::RefundedFirst { .. }
                | Step::RefundedOneTime => {
                    is_first_back |= step == Step::RefundedFirst { is_full: true };
                    is_one_time_back |= step == Step::RefundedOneTime;
                    "order-1".clone_into(&mut order);
                }
                Step::Ended => is_ended = true,
                _ => {}
            }
            told.push(Told {
                step,
                at: now,
                next,
                order,
            });
        }
        told
    }

    /// Whether a shop would do that, and nobody could argue about what follows.
    fn makes_sense(&self, step: Step, has_renewal: bool) -> bool {
        match step {
            // Whether what is left after refunds is a trial again is then a matter of taste.
            Step::Moved(_) => !(self.begins_with_trial && has_renewal),
            Step::Prorated => has_renewal || !self.begins_with_trial,
            // So is what is left of a period without a payment, whose date an edit has moved.
            Step::RefundedProration => {
                let mut steps = self.steps.iter();
                !steps.any(|step| matches!(step, Step::Moved(_)))
            }
            Step::RefundedOneTime => self.has_one_time_line,
            _ => true,
        }
    }

    /// What the shop posts, in true order.
    pub(super) fn news(&self) -> Vec<News> {
        let state = if self.begins_with_trial {
            ShopState::Trial
        } else {
            ShopState::Active
        };
        let mut first = shop::snapshot("2026-11-03T10:15:00Z", state, None);
        first.next = Some(self.first_next());
        let mut line = shop::line("studio-pro", 1);
        line.subscription = Some(subscription_id("sub-1"));
        line.bundle = self.bundle.map(str::to_owned);
        let mut lines: Vec<_> = self.bundle.map(own_line).into_iter().collect();
        lines.push(line);
        lines.extend(self.has_one_time_line.then(|| shop::line("reverb", 1)));
        let mut order = shop::order("order-1", lines);
        order
            .subscriptions
            .extend((!self.is_bare).then(|| first.clone()));
        let mut news = vec![
            shop::news(SubscriptionNews::Activated, first),
            shop::completed(order),
        ];
        let (mut quantity, mut is_trial) = (1, self.begins_with_trial);
        for told in self.told() {
            if let Step::Quantity(changed) = told.step {
                quantity = changed;
            }
            is_trial &= told.step != Step::Renewed;
            let state = if is_trial {
                ShopState::Trial
            } else {
                ShopState::Active
            };
            let mut snapshot = shop::snapshot("2026-11-03T10:15:00Z", state, None);
            (snapshot.changed, snapshot.next) = (Some(told.at), Some(told.next));
            snapshot.quantity = Some(quantity);
            news.push((fact(&told, snapshot), told.at));
        }
        news
    }
}

/// The line of a bundle itself, which costs nothing beside its members.
fn own_line(bundle: &str) -> OrderLine {
    OrderLine {
        subtotal: Some(Amount(0)),
        ..shop::line(bundle, 1)
    }
}

/// The date so many days later; `None` where months are clamped, and the day before a period cannot be told from its end.
fn moved(next: Timestamp, days: i64) -> Option<Timestamp> {
    let moved = next.plus_hours(24 * days);
    let mut clamped = ["29", "30", "31"].iter();
    let is_clear = !clamped.any(|day| moved.day().ends_with(day));
    is_clear.then_some(moved)
}

fn fact(told: &Told, mut snapshot: SubscriptionSnapshot) -> Fact {
    let news = match told.step {
        Step::Renewed | Step::Prorated => return Fact::Charged(Box::new(charge(told, snapshot))),
        Step::Failed => return Fact::ChargeFailed(Box::new(charge(told, snapshot))),
        Step::RefundedFirst { is_full } => return refund(told, "studio-pro", is_full),
        Step::RefundedOneTime => return refund(told, "reverb", true),
        Step::RefundedRenewal | Step::RefundedProration => return refund(told, "studio-pro", true),
        Step::ChargedBack(_) => {
            return Fact::ChargedBack(Chargeback {
                order_id: Some(order_id(&told.order)),
                reason: None,
            });
        }
        Step::Quantity(_) | Step::Moved(_) => SubscriptionNews::Updated,
        Step::Paused => SubscriptionNews::Paused,
        Step::Resumed => SubscriptionNews::Resumed,
        Step::Uncanceled => SubscriptionNews::Uncanceled,
        Step::Canceled => {
            snapshot.state = Some(ShopState::Canceled);
            SubscriptionNews::Canceled
        }
        Step::Overdue => {
            snapshot.state = Some(ShopState::Overdue);
            SubscriptionNews::Overdue
        }
        Step::Ended => {
            snapshot.state = Some(ShopState::Deactivated);
            snapshot.is_active = Some(false);
            SubscriptionNews::Ended
        }
    };
    Fact::Subscription(news, Box::new(snapshot))
}

fn charge(told: &Told, snapshot: SubscriptionSnapshot) -> Charge {
    Charge {
        subscription_id: Some(snapshot.id.clone()),
        subscription: Some(snapshot),
        order_id: Some(order_id(&told.order)),
        order_reference: None,
        charged_at: Some(told.at),
        total: Some(Amount(19_000_000)),
        reason: None,
    }
}

fn refund(told: &Told, path: &str, is_full: bool) -> Fact {
    let subtotal = Some(Amount(if is_full { 19_000_000 } else { 4_000_000 }));
    Fact::Returned(Box::new(Return {
        id: format!("return-{}", told.at),
        order_id: Some(order_id(&told.order)),
        order_reference: None,
        order_total: Some(Amount(38_000_000)),
        total: subtotal,
        currency: None,
        returned_at: Some(told.at),
        subscriptions: Vec::new(),
        lines: vec![ReturnLine {
            product_path: path.to_owned(),
            subtotal,
            is_full: Some(is_full),
            quantity: 1,
            subscription: None,
        }],
        reason: None,
    }))
}
