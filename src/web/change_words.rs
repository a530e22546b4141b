//! What was done to a license, as people would tell it: past tense, with the dates that it led to.

use crate::domain::action::Action;
use crate::domain::compare::is_endless;
use crate::domain::effect::EffectState;
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::{Seats, Shown};
use crate::domain::plan::Planned;
use crate::domain::time::Timestamp;
use crate::store::effects::Effect;
use crate::web::words::{cause, counted};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// One or two sentences: `Renewed; ends 13 January 2028. Paid until 3 January 2028, plus 10 extra days.`
///
/// What is not carried out yet, was so already or was refused says so.
pub fn told(effect: &Effect, kind: LicenseServerKind) -> String {
    let service = kind.name();
    match effect.state {
        EffectState::Done => done(effect),
        EffectState::Skipped if effect.is_crossed_out() => {
            format!(
                "Not done, as it was not wanted any more: {}.",
                effect.summary
            )
        }
        EffectState::Skipped => format!("It was so already: {}.", effect.summary),
        EffectState::Planned => format!("Not done yet: {}.", effect.summary),
        EffectState::Sent => format!("Asked at {service}: {}.", effect.summary),
        EffectState::Failed => format!("{service} refused: {}.", effect.summary),
    }
}

fn done(effect: &Effect) -> String {
    // An action that a newer version wrote is told by its summary.
    let Ok(planned) = serde_json::from_str::<Planned>(&effect.action) else {
        return format!("{}.", effect.summary);
    };
    let shown =
        |json: &Option<String>| -> Option<Shown> { serde_json::from_str(json.as_deref()?).ok() };
    sentences(
        &planned.action,
        shown(&effect.before).as_ref(),
        shown(&effect.after).as_ref(),
    )
    .unwrap_or_else(|| format!("{}.", effect.summary))
}

/// `None` where the summary says all there is.
fn sentences(action: &Action, before: Option<&Shown>, after: Option<&Shown>) -> Option<String> {
    let end = after.and_then(|shown| shown.expires_at);
    Some(match action {
        Action::Issue(issue) => {
            let why = issue
                .suspended_for
                .first()
                .map(|why| format!(" It began suspended, because {}.", cause(*why)));
            format!(
                "Made; {}.{}{}",
                ending(after?),
                paid(issue.through, end),
                why.unwrap_or_default()
            )
        }
        Action::Renew { through, .. } => {
            format!("Renewed; {}.{}", ending(after?), paid(*through, end))
        }
        Action::SetTerm {
            through: Some(through),
            ..
        } => {
            format!("Renewed; {}.{}", ending(after?), paid(Some(*through), end))
        }
        Action::SetTerm { .. } => {
            let from = before
                .and_then(|shown| shown.expires_at)
                .map(|end| format!(", was {}", end.long_day()));
            format!(
                "Its end was set; it {}{}.",
                ending(after?),
                from.unwrap_or_default()
            )
        }
        Action::Suspend { cause: why } => format!(
            "Suspended, because {}. It can be switched on again.",
            cause(*why)
        ),
        Action::Reinstate { .. } if after?.is_suspended => {
            "One reason for its suspension is gone; another one holds.".to_owned()
        }
        Action::Reinstate { .. } => "Switched on again.".to_owned(),
        Action::Revoke { cause: why } => format!(
            "Revoked, because {}. Machines must activate again if it is ever given back.",
            cause(*why)
        ),
        Action::Delete { cause: why } => format!("Deleted, because {}.", cause(*why)),
        Action::SetSeats { seats } => format!("{} may use it now.", allowed(*seats)),
        Action::SetEntitlements { .. } => "Its features were set.".to_owned(),
        Action::SetMaintenance { end: Some(end), .. } if is_endless(*end) => {
            "Updates are included without an end.".to_owned()
        }
        Action::SetMaintenance { end: Some(end), .. } => {
            format!("Updates are included until {}.", end.long_day())
        }
        Action::Assign { .. } => "Its user was linked.".to_owned(),
        Action::Annotate { .. } => "The order's numbers were written on it.".to_owned(),
        Action::ReleaseMachines => "Its machines were freed.".to_owned(),
        Action::SetMaintenance { end: None, .. } => return None,
    })
}

/// `ends 13 January 2028`.
fn ending(shown: &Shown) -> String {
    match shown.expires_at {
        Some(end) => format!("ends {}", end.long_day()),
        None if shown.is_perpetual => "never ends".to_owned(),
        None => "begins when it is first activated".to_owned(),
    }
}

/// Where the end lies beyond what was paid for, both are told.
fn paid(through: Option<Timestamp>, end: Option<Timestamp>) -> String {
    let (Some(through), Some(end)) = (through, end) else {
        return String::new();
    };
    let extra_days = end.since(through).as_secs() / DAY;
    match u64::try_from(extra_days) {
        Ok(0) | Err(_) => String::new(),
        Ok(days) => format!(
            " Paid until {}, plus {}.",
            through.long_day(),
            counted(days, "extra day", "extra days")
        ),
    }
}

fn allowed(seats: Seats) -> String {
    match seats {
        Seats::Activations(count) => counted(count.into(), "machine", "machines"),
        Seats::FloatingClients(count) => counted(count.into(), "client", "clients"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::Issue;
    use crate::domain::license::{BesideEnd, Cause};

    fn at(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    fn shown(end: Option<&str>) -> Shown {
        Shown {
            expires_at: end.map(at),
            is_perpetual: end.is_none(),
            ..Shown::empty(at("2027-12-03"))
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of changes")]
    fn changes_are_told_with_the_dates_they_led_to() {
        let renewed = Action::Renew {
            through: Some(at("2028-01-03")),
            charge: None,
        };
        let issue = |through: Option<&str>| {
            Action::Issue(Box::new(Issue {
                through: through.map(at),
                ..Issue::default()
            }))
        };
        let set = Action::SetTerm {
            end: Some(at("2028-01-13")),
            through: None,
            beside: BesideEnd::default(),
        };
        for (action, end, told) in [
            (
                &renewed,
                Some("2028-01-13"),
                "Renewed; ends 13 January 2028. Paid until 3 January 2028, plus 10 extra days.",
            ),
            (
                &renewed,
                Some("2028-01-03"),
                "Renewed; ends 3 January 2028.",
            ),
            (
                &renewed,
                Some("2028-01-04"),
                "Renewed; ends 4 January 2028. Paid until 3 January 2028, plus 1 extra day.",
            ),
            (&issue(None), None, "Made; never ends."),
            (
                &issue(Some("2028-01-03")),
                Some("2028-01-05"),
                "Made; ends 5 January 2028. Paid until 3 January 2028, plus 2 extra days.",
            ),
            (
                &set,
                Some("2028-01-13"),
                "Its end was set; it ends 13 January 2028, was 3 December 2027.",
            ),
            (
                &Action::Suspend {
                    cause: Cause::Refund,
                },
                None,
                "Suspended, because the money went back. It can be switched on again.",
            ),
            (
                &Action::Reinstate {
                    causes: vec![Cause::Overdue],
                },
                None,
                "Switched on again.",
            ),
            (
                &Action::SetSeats {
                    seats: Seats::Activations(1),
                },
                None,
                "1 machine may use it now.",
            ),
        ] {
            let before = shown(Some("2027-12-03"));
            let after = shown(end);

            assert_eq!(
                sentences(action, Some(&before), Some(&after)).as_deref(),
                Some(told)
            );
        }
    }
}
