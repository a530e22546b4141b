//! Endings that wait for a person's yes: because the vendor wants to be asked, because a person had given more time, or
//! because the brake holds.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::domain::action::{Action, ActionKind};
use crate::domain::compare::draft::Draft;
use crate::domain::compare::ending::{self, Ending};
use crate::domain::consent::Answer;
use crate::domain::license::{Cause, Identity, License, Root};
use crate::domain::plan::{LineOutcome, LineState, Planned};
use crate::domain::policy::Endings;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;

/// Ends that lie closer together than this are the same end.
const SAME_END: SignedDuration = SignedDuration::from_hours(24);

/// What becomes of one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is done.
    Do,
    /// It waits for a yes.
    Hold(ReasonCode),
    /// A person said no.
    Drop,
}

/// Holds back what must wait for a yes, and leaves out what got a no.
pub fn hold(draft: &mut Draft<'_>) {
    let mut actions = std::mem::take(&mut draft.plan.actions);
    for planned in &mut actions {
        if !planned.is_wish {
            planned.question = question(draft, planned);
        }
    }
    let mut verdicts: Vec<Verdict> = actions
        .iter()
        .map(|planned| verdict(draft, planned))
        .collect();
    follow_endings(&actions, &mut verdicts);
    let mut slots: Vec<(String, String, Verdict)> = Vec::new();
    for (planned, verdict) in actions.into_iter().zip(verdicts) {
        let slot = planned.license.slot.clone();
        slots.push((slot, planned.product_path.clone(), verdict));
        match verdict {
            Verdict::Do => draft.plan.actions.push(planned),
            Verdict::Hold(_) => draft.plan.held.push(planned),
            Verdict::Drop => {}
        }
    }
    tell_lines(&mut draft.plan.lines, &slots);
}

/// Machines are freed with the ending that they belong to, and stay with it.
fn follow_endings(actions: &[Planned], verdicts: &mut [Verdict]) {
    let ends: Vec<(Identity, Verdict)> = actions
        .iter()
        .zip(verdicts.iter())
        .filter(|(planned, verdict)| {
            planned.action != Action::ReleaseMachines && **verdict != Verdict::Do
        })
        .map(|(planned, verdict)| (planned.license.clone(), *verdict))
        .collect();
    for (planned, verdict) in actions.iter().zip(verdicts) {
        if planned.action == Action::ReleaseMachines
            && let Some((_, end)) = ends.iter().find(|(license, _)| *license == planned.license)
        {
            *verdict = *end;
        }
    }
}

/// A line of which something waits is parked; one of which all was dropped has nothing to do.
fn tell_lines(lines: &mut Vec<LineOutcome>, slots: &[(String, String, Verdict)]) {
    let names: BTreeSet<(&String, &String)> =
        slots.iter().map(|(slot, path, _)| (slot, path)).collect();
    for (name, product_path) in names {
        let of_slot = || slots.iter().filter(|(slot, _, _)| slot == name);
        let held = of_slot().find_map(|(_, _, verdict)| match verdict {
            Verdict::Hold(code) => Some(*code),
            Verdict::Do | Verdict::Drop => None,
        });
        let all_dropped = of_slot().all(|(_, _, verdict)| *verdict == Verdict::Drop);
        let (state, code) = match held {
            Some(code) => (LineState::Parked, code),
            None if all_dropped => (LineState::Ignored, ReasonCode::KeptByChoice),
            None => continue,
        };
        let told = LineOutcome {
            slot: Some(name.clone()),
            product_path: Some(product_path.clone()),
            state,
            reason: Some(match code {
                ReasonCode::KeyWithoutOrder => Reason::new(code).with("n", of_slot().count()),
                ReasonCode::RefundBeforeChange | ReasonCode::WhichLicense => {
                    Reason::new(code).with("product", product_path)
                }
                _ => Reason::new(code),
            }),
        };
        let mut is_told = false;
        for line in lines.iter_mut() {
            if line.slot.as_ref() == Some(name) {
                is_told = true;
                if line.state < LineState::Parked {
                    line.state = state;
                    line.reason.clone_from(&told.reason);
                }
            }
        }
        if !is_told {
            lines.push(told);
        }
    }
}

fn verdict(draft: &Draft<'_>, planned: &Planned) -> Verdict {
    let question = draft.question;
    match question.consents.answer(planned) {
        Some(Answer::Approved) => return Verdict::Do,
        Some(Answer::Dropped) => return Verdict::Drop,
        None if planned.question.is_none() => return Verdict::Do,
        None => {}
    }
    if planned.action.cause() == Some(Cause::NoOrder) {
        return Verdict::Hold(ReasonCode::KeyWithoutOrder);
    }
    if let Some(code) = planned.ask {
        return Verdict::Hold(code);
    }
    if is_against_a_person(draft, planned) {
        return Verdict::Hold(ReasonCode::ChangedByHand);
    }
    if question.rules.policy.endings == Endings::Ask || question.consents.agreed_to_less(planned) {
        return Verdict::Hold(ReasonCode::AwaitingConsent);
    }
    if planned.action.is_irreversible() && question.consents.braked.contains(&planned.license.root)
    {
        return Verdict::Hold(ReasonCode::Brake);
    }
    Verdict::Do
}

/// Whether an end of the purchase meets a license to which a person gave more time, here or at the license server.
///
/// An end that is set is read first and judged then, save that days which were given here are known.
fn is_against_a_person(draft: &Draft<'_>, planned: &Planned) -> bool {
    let is_end = matches!(
        planned.action.cause(),
        Some(Cause::Ended | Cause::Refund | Cause::Chargeback)
    );
    let is_earlier_end = matches!(planned.action, Action::SetTerm { .. });
    license(draft, planned).is_some_and(|license| {
        is_end && has_more_time_by_hand(license)
            || (is_end || is_earlier_end) && license.given.promised_until > Some(draft.question.now)
    })
}

fn has_more_time_by_hand(license: &License) -> bool {
    let (Some(given), Some(shown)) = (license.given.end, &license.shown) else {
        return false;
    };
    match shown.expires_at {
        Some(theirs) => theirs.since(given) > SAME_END,
        None => shown.is_perpetual,
    }
}

/// What a person would be asked about suspending a license for that cause, as the record stands.
pub fn suspension(draft: &Draft<'_>, license: &License, cause: Cause) -> String {
    let occasion = occasion(draft, license, cause);
    format!(
        "{}/{}/{occasion}",
        ActionKind::Suspend.as_str(),
        cause.as_str()
    )
}

/// What a person would be asked about an action, as a name that stays the same until the shop says something new; `None`
/// where it takes nothing away.
fn question(draft: &Draft<'_>, planned: &Planned) -> Option<String> {
    let license = license(draft, planned)?;
    let kind = planned.action.kind().as_str();
    match &planned.action {
        Action::Suspend { cause } | Action::Revoke { cause } | Action::Delete { cause } => {
            let occasion = occasion(draft, license, *cause);
            Some(format!("{kind}/{}/{occasion}", cause.as_str()))
        }
        Action::ReleaseMachines => {
            let attributes = draft.attributes_of(license);
            let identity = &license.identity;
            let endings = ending::of_slot(draft, &identity.root, &identity.slot, &attributes);
            let occasions: Vec<String> = endings
                .iter()
                .map(|(cause, _)| occasion(draft, license, *cause))
                .collect();
            Some(format!("{kind}/{}", occasions.join("+")))
        }
        Action::SetTerm {
            end: Some(end),
            beside,
            ..
        } => {
            let given = &license.given;
            let is_earlier = given.end.is_none_or(|given| *end < given);
            let has_less_grace = beside.grace_hours.is_some_and(|hours| {
                given.end == Some(*end) && Some(hours) < given.beside.grace_hours
            });
            (is_earlier || has_less_grace).then(|| match cause_of_end(draft, license, *end) {
                Some(cause) => {
                    let occasion = occasion(draft, license, cause);
                    format!("{kind}/{}/{occasion}", cause.as_str())
                }
                None => format!("{kind}/{end}"),
            })
        }
        _ => None,
    }
}

/// Why a license is to end then, where an ending says so.
fn cause_of_end(draft: &Draft<'_>, license: &License, end: Timestamp) -> Option<Cause> {
    let attributes = draft.attributes_of(license);
    let identity = &license.identity;
    let endings = ending::of_slot(draft, &identity.root, &identity.slot, &attributes);
    let mut causes = endings.into_iter();
    causes.find_map(|(cause, ending)| match ending {
        Ending::Expire(at) => (ending::expired(draft, license, at) == end).then_some(cause),
        _ => None,
    })
}

/// What of the record makes this ending another one than the last of its cause.
fn occasion(draft: &Draft<'_>, license: &License, cause: Cause) -> String {
    let root = &license.identity.root;
    let orders = draft.question.records.orders.values();
    let of_root = orders.filter(|order| order.lines.iter().any(|line| line.root == *root));
    if cause == Cause::Refund {
        let of_purchase: usize = of_root.map(|order| order.returns.len()).sum();
        return (of_purchase + charges_returned(draft, root)).to_string();
    }
    let Root::Subscription(id) = root else {
        return "1".to_owned();
    };
    let Some(record) = draft.subscription(id) else {
        return "1".to_owned();
    };
    let day = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    match cause {
        Cause::Overdue => day(record.paid.get().map(|paid| paid.next)),
        Cause::Pause => day(record.paused_from()),
        Cause::Ended => day(record.ended()),
        Cause::Chargeback => record.charged_back_orders.len().to_string(),
        Cause::FewerUnits => record
            .quantity
            .get()
            .copied()
            .unwrap_or_default()
            .to_string(),
        Cause::Replaced => record.product_path.get().cloned().unwrap_or_default(),
        Cause::Refund | Cause::NoOrder | Cause::ByHand => "1".to_owned(),
    }
}

fn charges_returned(draft: &Draft<'_>, root: &Root) -> usize {
    let Root::Subscription(id) = root else {
        return 0;
    };
    let charges = draft.subscription(id).map(|record| record.charges.values());
    let returned = charges.into_iter().flatten();
    returned.filter(|charge| charge.is_returned).count()
}

fn license<'a>(draft: &Draft<'a>, planned: &Planned) -> Option<&'a License> {
    let licenses = draft.question.licenses.iter();
    let mut found = licenses.filter(|license| Some(license.id) == planned.license_id);
    found.next()
}
