//! What a license has been given once an action on it has come to its end.

use crate::domain::action::{Action, Issue, LeftOut, PlanChange};
use crate::domain::license::{BesideEnd, Given, Seats, Shown};
use crate::domain::time::Timestamp;

/// Notes in `given` that `action` is done, was so already, or gave way to what a person had set.
///
/// `shown` is what the license server showed afterwards; `version` is the shop's word behind the action.
pub fn give(given: &mut Given, action: &Action, version: Timestamp, shown: Option<&Shown>) {
    let shown_end = shown.map(|shown| shown.expires_at);
    match action {
        Action::Issue(issue) => give_issued(given, issue, shown),
        Action::Renew { through, charge } => {
            given.end = shown_end.unwrap_or(given.end);
            given.renewed_through = (*through).max(given.renewed_through);
            given.renewed_for.extend(charge.clone());
            given.term_version = given.term_version.max(Some(version));
        }
        Action::SetTerm {
            end,
            through,
            beside,
        } => {
            given.end = shown_end.unwrap_or(*end);
            given.beside = beside.over(given.beside);
            given.renewed_through = through.or(given.renewed_through);
            given.term_version = given.term_version.max(Some(version));
            given.is_released &= through.is_none();
        }
        Action::Suspend { cause } => {
            given.causes.insert(*cause);
            given.standing_version = given.standing_version.max(Some(version));
        }
        Action::Reinstate { causes } => {
            given.causes.retain(|cause| !causes.contains(cause));
            // Machines that use it from now on are freed again when it ends again.
            given.is_released &= !given.causes.is_empty();
            given.standing_version = given.standing_version.max(Some(version));
        }
        Action::Revoke { cause } => {
            given.is_revoked = true;
            given.taken_for = Some(*cause);
            given.standing_version = given.standing_version.max(Some(version));
        }
        Action::Delete { cause } => given.taken_for = Some(*cause),
        Action::SetSeats { seats } => {
            given.seats = Some(*seats);
            given.seats_version = given.seats_version.max(Some(version));
        }
        Action::ReleaseMachines => given.is_released = true,
        Action::SetMaintenance {
            end,
            through,
            newest_version,
        } => {
            give_updates(given, (*end, newest_version.as_ref()));
            give_paid_updates(given, *through, version);
        }
        Action::SetEntitlements {
            entitlement_set_id: None,
            features,
        } => given.features = features.iter().cloned().collect(),
        Action::SetEntitlements {
            entitlement_set_id: Some(id),
            ..
        } => given.entitlement_set_id = Some(id.clone()),
        Action::Assign { .. } => given.is_assigned = true,
        Action::Annotate { plan, .. } => give_plan(given, plan.as_deref(), version),
    }
}

fn give_updates(given: &mut Given, (end, newest): (Option<Timestamp>, Option<&String>)) {
    given.maintenance_end = end.or(given.maintenance_end);
    if newest.is_some() {
        given.newest_version = newest.cloned();
    }
}

fn give_paid_updates(given: &mut Given, through: Option<Timestamp>, version: Timestamp) {
    if through.is_some() {
        given.renewed_through = through;
        given.term_version = given.term_version.max(Some(version));
    }
}

fn give_issued(given: &mut Given, issue: &Issue, shown: Option<&Shown>) {
    let end = shown.and_then(|shown| shown.expires_at);
    given.end = end;
    given.beside = issue.beside;
    given.made = shown.cloned().map(Box::new);
    given.renewed_through = issue.through.or(end);
    given.causes = issue.suspended_for.iter().copied().collect();
    given.quantity = issue.quantity;
    given.seats = issue.seats;
    given
        .entitlement_set_id
        .clone_from(&issue.entitlement_set_id);
    given
        .maintenance_policy_id
        .clone_from(&issue.maintenance_policy_id);
}

/// What the plan before gave is given no more; what the license has instead is nobody's hand.
fn leave_out(given: &mut Given, part: LeftOut, version: Timestamp) {
    let mut made = given.made.take();
    match (part, made.as_deref_mut()) {
        (LeftOut::Seats(seats), made) => {
            given.seats = None;
            given.seats_version = given.seats_version.max(Some(version));
            match (seats, made) {
                (Seats::Activations(count), Some(made)) => {
                    made.allowed_activations = Some(count.into());
                }
                (Seats::FloatingClients(count), Some(made)) => {
                    made.allowed_floating_clients = Some(count.into());
                }
                (_, None) => {}
            }
        }
        (LeftOut::EntitlementSet, made) => {
            given.entitlement_set_id = None;
            if let Some(made) = made {
                made.entitlement_set_id = None;
            }
        }
        (LeftOut::NewestVersion, made) => {
            given.newest_version = None;
            if let Some(made) = made {
                made.newest_version = None;
            }
        }
        (LeftOut::MaintenancePolicy, _) => given.maintenance_policy_id = None,
    }
    given.made = made;
}

fn give_plan(given: &mut Given, plan: Option<&PlanChange>, version: Timestamp) {
    let plan = plan.cloned().unwrap_or_default();
    for part in &plan.left_out {
        leave_out(given, *part, version);
    }
    given.interval = plan.interval.or(given.interval);
    given.quantity = plan.quantity.or(given.quantity);
    if plan.seats.is_some() {
        given.seats = plan.seats;
        given.seats_version = given.seats_version.max(Some(version));
    }
    let texts = [
        (&mut given.entitlement_set_id, plan.entitlement_set_id),
        (&mut given.newest_version, plan.newest_version),
        (&mut given.maintenance_policy_id, plan.maintenance_policy_id),
    ];
    for (given, new) in texts {
        *given = new.or_else(|| given.take());
    }
}

/// What is known beside the end once `beside` turned out not to have been set.
fn not_given(given: BesideEnd, beside: BesideEnd) -> BesideEnd {
    BesideEnd {
        is_trial: given.is_trial.filter(|_| beside.is_trial.is_none()),
        grace_hours: given.grace_hours.filter(|_| beside.grace_hours.is_none()),
    }
}

/// Takes out of `given` what an action was noted to have given and the license server never showed, so that it is
/// planned anew; `before` is what was shown before.
pub fn take_out(given: &mut Given, action: &Action, before: &Shown) {
    match action {
        Action::Renew { charge, .. } => {
            given.end = before.expires_at;
            given.renewed_through = None;
            if let Some(charge) = charge {
                given.renewed_for.remove(charge);
            }
        }
        Action::SetTerm {
            through, beside, ..
        } => {
            given.end = before.expires_at;
            given.beside = not_given(given.beside, *beside);
            given.promised_until = None;
            given.renewed_through = given.renewed_through.filter(|_| through.is_none());
        }
        Action::Suspend { cause } => {
            given.causes.remove(cause);
        }
        Action::Reinstate { causes } => given.causes.extend(causes.iter().copied()),
        Action::Revoke { .. } => {
            given.is_revoked = false;
            given.taken_for = None;
        }
        Action::SetSeats { .. } => given.seats = None,
        Action::Issue(_)
        | Action::Delete { .. }
        | Action::SetEntitlements { .. }
        | Action::SetMaintenance { .. }
        | Action::Assign { .. }
        | Action::Annotate { .. }
        | Action::ReleaseMachines => {}
    }
}
