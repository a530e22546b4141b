//! A subscription's life: what happens in it, and what the shop posts about that.

use std::fmt;

use crate::domain::compare::tests::shop::{self, Told as News};
use crate::domain::compare::tests::world::{at, order_id, subscription_id};
use crate::domain::fact::{
    Amount, Charge, Chargeback, Fact, Return, ReturnLine, ShopState, SubscriptionNews,
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
    ChargedBack(Which),
    Ended,
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
    pub(super) steps: Vec<Step>,
}

impl fmt::Debug for Life {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trial, line) = (self.begins_with_trial, self.has_one_time_line);
        write!(formatter, "trial: {trial}, one-time line: {line}")?;
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
        let mut kept_renewals = Vec::new();
        let mut latest_renewal = None;
        let mut is_ended = false;
        let mut told = Vec::new();
        for (index, step) in self.steps.iter().copied().enumerate() {
            let mut order = format!("order-of-step-{index}");
            let is_late = matches!(
                step,
                Step::RefundedFirst { .. } | Step::RefundedOneTime | Step::ChargedBack(_)
            );
            if is_ended && !is_late {
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
                // Whether what is left after refunds is a trial again is then a matter of taste.
                Step::Moved(_) if self.begins_with_trial && latest_renewal.is_some() => continue,
                Step::Moved(days) => {
                    let moved = next.plus_hours(24 * days);
                    // Where months are clamped, the day before a period cannot be told from its end.
                    if ["29", "30", "31"]
                        .iter()
                        .any(|day| moved.day().ends_with(day))
                    {
                        continue;
                    }
                    next = moved;
                }
                Step::RefundedRenewal => match kept_renewals.pop() {
                    Some(renewal) => order = renewal,
                    None => continue,
                },
                Step::ChargedBack(Which::LatestRenewal) => match &latest_renewal {
                    Some(renewal) => order.clone_from(renewal),
                    None => continue,
                },
                Step::Prorated if self.begins_with_trial && latest_renewal.is_none() => continue,
                Step::RefundedOneTime if !self.has_one_time_line => continue,
                Step::ChargedBack(Which::First)
                | Step::RefundedFirst { .. }
                | Step::RefundedOneTime => {
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
        let mut lines = vec![line];
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

fn fact(told: &Told, mut snapshot: SubscriptionSnapshot) -> Fact {
    let news = match told.step {
        Step::Renewed | Step::Prorated => return Fact::Charged(Box::new(charge(told, snapshot))),
        Step::Failed => return Fact::ChargeFailed(Box::new(charge(told, snapshot))),
        Step::RefundedFirst { is_full } => return refund(told, "studio-pro", is_full),
        Step::RefundedOneTime => return refund(told, "reverb", true),
        Step::RefundedRenewal => return refund(told, "studio-pro", true),
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
