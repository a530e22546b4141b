//! Another plan for a running subscription: a license of the same product goes on under the new plan's values.
//!
//! A plan of another product is another license; the old one ends, and not before the new one is there.

use crate::domain::action::{Action, ActionKind, LeftOut, PlanChange};
use crate::domain::attribute::{Attributes, LicenseInterval};
use crate::domain::compare::draft::Draft;
use crate::domain::compare::ending::{self, Ending};
use crate::domain::compare::slots::was_addon;
use crate::domain::compare::wanted::Wanted;
use crate::domain::compare::{interval, issue, maintenance, seats};
use crate::domain::license::{Cause, License, Root, Seats};
use crate::domain::note;
use crate::domain::plan::{LineState, Need};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::shop_id::SubscriptionId;
use crate::domain::time::{Period, Timestamp};

/// Sets what another plan of the same product gives, and notes that the license is that plan's.
///
/// What both plans give stays as it is, by whomever it was set. What only the plan before gave ends: it is again as the
/// template has it.
pub fn follow(
    draft: &mut Draft<'_>,
    license: &License,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    version: Timestamp,
) {
    if license.product_path == wanted.product_path {
        return;
    }
    let Some(interval) = interval_of(draft, license, wanted, attributes) else {
        return;
    };
    let seats = seats::of(
        draft.question.rules.policy.user,
        attributes,
        wanted.quantity,
    );
    let Some(left_out) = left_out(draft, license, attributes, seats) else {
        return;
    };
    // Before the plan's own values, for these take away what tells that updates had an end.
    maintenance::leave_out(draft, license, attributes, version);
    let given = &license.given;
    let made = given.made.as_deref();
    let newest = made.and_then(|made| made.newest_version.as_ref());
    let plan = PlanChange {
        product_path: wanted.product_path.clone(),
        interval,
        quantity: Some(attributes.quantity),
        seats: seats.filter(|seats| given.seats != Some(*seats)),
        entitlement_set_id: other(
            &attributes.entitlement_set_id,
            given.entitlement_set_id.as_ref(),
        ),
        newest_version: other(
            &attributes.max_allowed_release_version,
            given.newest_version.as_ref().or(newest),
        ),
        maintenance_policy_id: other(
            &attributes.maintenance_policy_id,
            given.maintenance_policy_id.as_ref(),
        ),
        left_out,
        note: Some(note::line(
            &license.identity,
            wanted.order_id,
            &wanted.product_path,
            version,
        )),
    };
    let action = Action::Annotate {
        metadata: issue::metadata(draft, wanted, attributes),
        plan: Some(Box::new(plan)),
        holder: None,
    };
    draft.act(license, action, version);
}

fn other(wanted: &Option<String>, given: Option<&String>) -> Option<String> {
    wanted.clone().filter(|wanted| given != Some(wanted))
}

/// What we gave for the plan before and the new one does not give; the outer `None` while a question is open.
fn left_out(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    seats: Option<Seats>,
) -> Option<Vec<LeftOut>> {
    let given = &license.given;
    // What an adopted license came with may be a person's.
    let made = given.made.as_ref().filter(|_| !license.is_adopted);
    let had_newest =
        given.newest_version.is_some() || made.is_some_and(|made| made.newest_version.is_some());
    let parts = [
        (
            given.entitlement_set_id.is_some() && attributes.entitlement_set_id.is_none(),
            LeftOut::EntitlementSet,
        ),
        (
            had_newest && attributes.max_allowed_release_version.is_none(),
            LeftOut::NewestVersion,
        ),
        (
            given.maintenance_policy_id.is_some() && attributes.maintenance_policy_id.is_none(),
            LeftOut::MaintenancePolicy,
        ),
    ];
    let parts = parts.into_iter().filter(|(is_left_out, _)| *is_left_out);
    let mut left_out: Vec<LeftOut> = parts.map(|(_, part)| part).collect();
    if let (Some(before), None) = (given.seats, seats) {
        let template = interval::template(draft, attributes)?;
        let seats = template.and_then(|template| seats::of_template(before, template.seats));
        left_out.extend(seats.map(LeftOut::Seats));
    }
    Some(left_out)
}

/// What a renewal adds under the new plan, if that is another period; the outer `None` while a question is open.
fn interval_of(
    draft: &mut Draft<'_>,
    license: &License,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
) -> Option<Option<Period>> {
    let record = match &wanted.root {
        Root::Subscription(id) => draft.subscription(id),
        Root::Order(_) | Root::Reference(_) => None,
    };
    let period = interval::under_subscription(draft, wanted, attributes, record)?;
    let given = &license.given;
    let made = given.made.as_ref().and_then(|made| made.interval);
    Some(match period.interval() {
        Some(LicenseInterval::Every(period)) if given.interval.or(made) != Some(period) => {
            Some(period)
        }
        Some(LicenseInterval::Every(_) | LicenseInterval::Perpetual) | None => None,
    })
}

/// Ends the licenses of slots that the subscription does not have any more, as its end would.
///
/// What cannot be taken back waits until the license server itself shows the new license.
pub fn replace(
    draft: &mut Draft<'_>,
    id: &SubscriptionId,
    wanted: &[Wanted<'_>],
    version: Timestamp,
) {
    let root = Root::Subscription(id.clone());
    let Some(main) = wanted.first() else {
        return;
    };
    let has_addons = draft
        .subscription(id)
        .is_some_and(|record| record.addons.get().is_some());
    let rule = draft.question.rules.policy.deactivation;
    for license in draft.live(&root) {
        let slot = &license.identity.slot;
        let is_wanted = wanted.iter().any(|wanted| wanted.slot == *slot);
        let is_unsure = license.is_adopted && !has_addons;
        let attributes = draft.attributes_of(license);
        if is_wanted || is_unsure || !ending::follows_subscription(draft, slot, &attributes) {
            continue;
        }
        let coming = coming(draft, &root, &main.slot);
        if coming == Coming::Never && !was_addon(draft, &root, slot) {
            continue;
        }
        let mark = draft.mark();
        let ending = ending::of_rule(rule, version);
        let is_final = matches!(ending, Ending::Delete | Ending::Revoke);
        if is_final && !license.given.is_revoked && !stands(draft, &root, &main.slot) {
            continue;
        }
        ending::end(
            draft,
            license,
            &attributes,
            (Cause::Replaced, ending),
            version,
        );
        if draft.mark() > mark {
            if coming == Coming::Planned {
                draft.wait_for(mark, &root, &main.slot);
            }
            let reason = Reason::new(ReasonCode::NothingToDo);
            draft.line_since(mark, slot, &license.product_path, reason);
        }
    }
}

/// Whether a slot has its licenses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coming {
    /// They are there.
    Here,
    /// Some are still to be made.
    Planned,
    /// There are none, and none will be made now.
    Never,
}

fn coming(draft: &Draft<'_>, root: &Root, slot: &str) -> Coming {
    let mut planned = draft.plan.actions.iter();
    let is_planned = planned.any(|planned| {
        planned.action.kind() == ActionKind::Issue
            && planned.license.root == *root
            && planned.license.slot == slot
    });
    let mut live = draft.live(root).into_iter();
    let is_here = live.any(|license| license.identity.slot == slot && !license.given.is_revoked);
    match (is_planned, is_here) {
        (true, _) => Coming::Planned,
        (false, true) => Coming::Here,
        (false, false) => Coming::Never,
    }
}

/// Whether the license server shows what takes another's place; one that is still to be made is waited for.
fn stands(draft: &mut Draft<'_>, root: &Root, slot: &str) -> bool {
    let made: Vec<&License> = draft
        .live(root)
        .into_iter()
        .filter(|license| license.identity.slot == slot)
        .collect();
    for license in made {
        let id = license.remote_id.clone().unwrap_or_default();
        match draft.question.known.stands.get(&id) {
            Some(true) => {}
            Some(false) => {
                let reason = Reason::new(ReasonCode::VerificationFailed)
                    .with("ours", "a new license")
                    .with("theirs", "none");
                draft.line(slot, &license.product_path, LineState::Parked, reason);
                return false;
            }
            None => {
                draft.needs.insert(Need::Stands(id));
                return false;
            }
        }
    }
    true
}
