//! What must come out of a subscription's life, said without fold and compare.
//!
//! The model hears the life in its true order, once, and writes down for each starting set of rules what a vendor
//! would answer if asked "what does this buyer have now?" It shares no code with what it checks.

use jiff::SignedDuration;

use crate::domain::compare::tests::life::{Life, Step, Which};
use crate::domain::compare::tests::world::End;
use crate::domain::license::Cause;
use crate::domain::time::Timestamp;

/// The part of each starting set that matters here.
struct Preset {
    extra: SignedDuration,
    trial_extra: SignedDuration,
    overdue: WhenOverdue,
    ending: AtTheEnd,
}

enum WhenOverdue {
    Stops,
    StopsAfterExtraTime,
    Nothing,
}

#[derive(PartialEq)]
enum AtTheEnd {
    Deletes,
    Ends,
    Suspends,
}

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn preset(name: &str) -> Preset {
    match name {
        "cryptlex" => Preset {
            extra: hours(0),
            trial_extra: hours(0),
            overdue: WhenOverdue::Stops,
            ending: AtTheEnd::Deletes,
        },
        "recommended" => Preset {
            extra: hours(240),
            trial_extra: hours(48),
            overdue: WhenOverdue::StopsAfterExtraTime,
            ending: AtTheEnd::Ends,
        },
        "licensespring" => Preset {
            extra: hours(48),
            trial_extra: hours(0),
            overdue: WhenOverdue::Nothing,
            ending: AtTheEnd::Suspends,
        },
        other => panic!("there is no starting set {other}"),
    }
}

/// A date until which the shop sold or promised, and what was paid for it.
struct Sold {
    until: Timestamp,
    is_trial: bool,
    /// Nothing where the seller moved the date there.
    payments: Vec<Payment>,
}

struct Payment {
    what: For,
    is_kept: bool,
}

#[derive(PartialEq)]
enum For {
    Purchase,
    Renewal,
    Change,
}

impl Payment {
    const fn of(what: For) -> Self {
        Self {
            what,
            is_kept: true,
        }
    }
}

impl Sold {
    /// Whether the buyer has that time: nobody had to pay for it, or something that was paid for it was kept.
    fn is_kept(&self) -> bool {
        self.payments.is_empty() || self.payments.iter().any(|paid| paid.is_kept)
    }

    /// Whether nobody paid for it.
    fn is_edit(&self) -> bool {
        self.payments.is_empty()
    }
}

/// Gives the latest kept payment for that back.
fn give_back(sold: &mut [Sold], what: &For) {
    let payments = sold
        .iter_mut()
        .rev()
        .flat_map(|sold| sold.payments.iter_mut().rev());
    let mut kept = payments.filter(|payment| payment.what == *what && payment.is_kept);
    if let Some(payment) = kept.next() {
        payment.is_kept = false;
    }
}

/// The licenses that a buyer has in the end, by name.
pub(super) fn licenses(preset_name: &str, life: &Life) -> Vec<End> {
    bought(&preset(preset_name), life)
}

/// The same where the license server has extra time by itself, beside the end.
pub(super) fn licenses_natively(preset_name: &str, life: &Life) -> Vec<End> {
    let preset = Preset {
        extra: hours(0),
        trial_extra: hours(0),
        ..preset(preset_name)
    };
    bought(&preset, life)
}

/// Whether nobody paid for what the buyer has in the end.
pub(super) fn is_trial(life: &Life) -> bool {
    until(life).is_trial
}

fn bought(preset: &Preset, life: &Life) -> Vec<End> {
    let mut ends = Vec::new();
    let ended = life.ended_at();
    let is_deleted = ended.is_some() && preset.ending == AtTheEnd::Deletes;
    if !is_deleted {
        let sold = until(life);
        let extra = if sold.is_trial {
            preset.trial_extra
        } else {
            preset.extra
        };
        let mut end = sold.until.plus(extra);
        if let Some(ended) = ended.filter(|_| preset.ending == AtTheEnd::Ends) {
            end = end.min(ended);
        }
        let causes = causes(preset, life);
        let slot = match life.bundle {
            Some(bundle) => format!("{bundle}/studio-pro"),
            None => "studio-pro".to_owned(),
        };
        for unit in 1..=units(life) {
            ends.push(End {
                name: name(&format!("sub-1 / {slot}"), unit),
                day: Some(end.day()),
                causes: causes.clone(),
                is_revoked: false,
                seats: None,
            });
        }
    }
    if life.has_one_time_line {
        ends.push(End {
            name: name("order-1 / reverb", 1),
            day: None,
            causes: one_time_causes(life),
            is_revoked: false,
            seats: None,
        });
    }
    ends.sort_by(|one, other| one.name.cmp(&other.name));
    ends
}

fn name(place: &str, unit: u32) -> String {
    format!("{place} / {unit} / 1")
}

/// The latest date that was sold and not paid back, or promised by an edit.
fn until(life: &Life) -> Sold {
    let mut sold = vec![Sold {
        until: life.first_next(),
        is_trial: life.begins_with_trial,
        // What goes back of it ends the license, and moves no date.
        payments: vec![Payment::of(For::Purchase)],
    }];
    for told in life.told() {
        match told.step {
            Step::Renewed => sold.push(Sold {
                until: told.next,
                is_trial: false,
                payments: vec![Payment::of(For::Renewal)],
            }),
            Step::Moved(_) if sold.iter().any(|sold| sold.until == told.next) => {
                // Moved away and back: what was sold until that date is what counts again, and the edits since are undone.
                let back = sold.iter().position(|sold| sold.until == told.next);
                let mut since = sold.split_off(back.unwrap());
                let period = since.remove(0);
                sold.extend(since.into_iter().filter(|sold| !sold.is_edit()));
                sold.push(period);
            }
            Step::Moved(_) => {
                let kept = sold.iter().rev().find(|sold| sold.is_kept());
                sold.push(Sold {
                    until: told.next,
                    is_trial: kept.unwrap().is_trial,
                    payments: Vec::new(),
                });
            }
            // Whoever paid for a change of that period has that period.
            Step::Prorated => {
                let period = sold.last_mut().unwrap();
                period.payments.push(Payment::of(For::Change));
            }
            Step::RefundedRenewal => give_back(&mut sold, &For::Renewal),
            Step::RefundedProration => give_back(&mut sold, &For::Change),
            _ => {}
        }
    }
    sold.into_iter().rev().find(Sold::is_kept).unwrap()
}

fn units(life: &Life) -> u32 {
    let mut units = 1;
    for told in life.told() {
        if let Step::Quantity(quantity) = told.step {
            units = quantity;
        }
    }
    units
}

fn causes(preset: &Preset, life: &Life) -> Vec<Cause> {
    let (mut is_overdue, mut has_failed, mut is_paused) = (false, false, false);
    let mut causes = std::collections::BTreeSet::new();
    for told in life.told() {
        match told.step {
            Step::Overdue => is_overdue = true,
            Step::Failed => has_failed = true,
            Step::Renewed | Step::Prorated => {
                (is_overdue, has_failed, is_paused) = (false, false, false);
            }
            Step::Paused => is_paused = true,
            Step::Resumed => is_paused = false,
            Step::RefundedFirst { is_full: true } => {
                causes.insert(Cause::Refund);
            }
            Step::ChargedBack(_) => {
                causes.insert(Cause::Chargeback);
            }
            _ => {}
        }
    }
    let is_stopped = match preset.overdue {
        WhenOverdue::Stops => is_overdue,
        WhenOverdue::StopsAfterExtraTime => is_overdue || has_failed,
        WhenOverdue::Nothing => false,
    };
    if is_stopped {
        causes.insert(Cause::Overdue);
    }
    if is_paused {
        causes.insert(Cause::Pause);
    }
    if life.ended_at().is_some() && preset.ending == AtTheEnd::Suspends {
        causes.insert(Cause::Ended);
    }
    causes.into_iter().collect()
}

fn one_time_causes(life: &Life) -> Vec<Cause> {
    let mut causes = std::collections::BTreeSet::new();
    for told in life.told() {
        match told.step {
            Step::RefundedOneTime => {
                causes.insert(Cause::Refund);
            }
            Step::ChargedBack(Which::First) => {
                causes.insert(Cause::Chargeback);
            }
            _ => {}
        }
    }
    causes.into_iter().collect()
}
