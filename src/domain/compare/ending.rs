//! Endings: what the end of a subscription, a refund, a chargeback or a replacement does to a license.

use jiff::SignedDuration;

use crate::domain::action::Action;
use crate::domain::attribute::{Attributes, Covers};
use crate::domain::compare::draft::Draft;
use crate::domain::compare::{maintenance, money_back};
use crate::domain::fact::DueDate;
use crate::domain::license::{BesideEnd, Cause, License, Root};
use crate::domain::policy::{BundleMembers, ChargebackRule, Deactivation, Refund};
use crate::domain::time::Timestamp;

/// How a license ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Suspended.
    Suspend,
    /// Suspended now, deleted later.
    DeleteLater,
    /// Revoked.
    Revoke,
    /// Deleted.
    Delete,
    /// Its end becomes that time.
    Expire(Timestamp),
    /// It goes on for ever, without versions that appear after that time.
    KeepVersion(Timestamp),
}

/// How long a license that is to be deleted later stays suspended.
pub const DELETION_DELAY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Whether that end of a subscription suspends.
pub const fn suspends(rule: Deactivation) -> bool {
    match rule {
        Deactivation::Suspend | Deactivation::DeleteLater => true,
        Deactivation::Delete
        | Deactivation::Revoke
        | Deactivation::Expire
        | Deactivation::KeepVersion => false,
    }
}

/// What the vendor wants at the end of a subscription, at that time.
pub const fn of_rule(rule: Deactivation, at: Timestamp) -> Ending {
    match rule {
        Deactivation::Delete => Ending::Delete,
        Deactivation::DeleteLater => Ending::DeleteLater,
        Deactivation::Revoke => Ending::Revoke,
        Deactivation::Suspend => Ending::Suspend,
        Deactivation::Expire => Ending::Expire(at),
        Deactivation::KeepVersion => Ending::KeepVersion(at),
    }
}

/// What the vendor wants when money went back at that time.
pub const fn of_refund(rule: Refund, at: Timestamp) -> Option<Ending> {
    match rule {
        Refund::Suspend => Some(Ending::Suspend),
        Refund::Revoke => Some(Ending::Revoke),
        Refund::Expire => Some(Ending::Expire(at)),
        Refund::Delete => Some(Ending::Delete),
        Refund::Ignore => None,
    }
}

/// Every ending that holds for a slot by record and rules.
pub fn of_slot(
    draft: &Draft<'_>,
    root: &Root,
    slot: &str,
    attributes: &Attributes,
) -> Vec<(Cause, Ending)> {
    let policy = &draft.question.rules.policy;
    let mut endings = Vec::new();
    if let Root::Subscription(id) = root
        && follows_subscription(draft, slot, attributes)
        && let Some(ended) = draft.subscription(id).and_then(|record| record.ended())
    {
        endings.push((Cause::Ended, of_rule(policy.deactivation, ended)));
    }
    if let Some(at) = money_back::refunded_at(draft, root, slot, attributes)
        && let Some(ending) = of_refund(policy.refund, at)
    {
        endings.push((Cause::Refund, ending));
    }
    let chargeback = match policy.chargeback {
        ChargebackRule::Suspend => Some(Ending::Suspend),
        ChargebackRule::Revoke => Some(Ending::Revoke),
        ChargebackRule::Ignore => None,
    };
    if let Some(ending) = chargeback
        && money_back::is_charged_back(draft, root)
    {
        endings.push((Cause::Chargeback, ending));
    }
    endings
}

/// Whether a license of that slot lives and ends with its subscription.
///
/// Perpetual bundle members and licenses whose subscription pays for updates only do not.
pub fn follows_subscription(draft: &Draft<'_>, slot: &str, attributes: &Attributes) -> bool {
    let is_kept_member = slot.contains('/')
        && draft.question.rules.policy.bundle_members == BundleMembers::Perpetual;
    attributes.covers == Covers::License && !is_kept_member
}

/// Ends a license, unless that was done before.
pub fn end(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    (cause, ending): (Cause, Ending),
    version: Timestamp,
) {
    let given = &license.given;
    match ending {
        Ending::Suspend | Ending::DeleteLater => {
            if !given.causes.contains(&cause) {
                draft.act(license, Action::Suspend { cause }, version);
            }
        }
        Ending::Revoke => {
            if !given.is_revoked {
                draft.act(license, Action::Revoke { cause }, version);
            }
        }
        Ending::Delete => {
            draft.act(license, Action::Delete { cause }, version);
            return;
        }
        Ending::Expire(at) => {
            expire(draft, license, at, version);
        }
        Ending::KeepVersion(at) => {
            keep_version(draft, license, attributes, (at, version));
            return;
        }
    }
    if let (Ending::DeleteLater, Root::Subscription(id)) = (ending, &license.identity.root) {
        let ended = draft.subscription(id).and_then(|record| record.ended());
        let at = ended.unwrap_or(version).plus(DELETION_DELAY);
        draft.timer(DueDate::DeletionDue(id.clone()), at);
    }
    let releases = attributes
        .release_machines
        .unwrap_or(draft.question.rules.policy.release_machines);
    if releases && !given.is_released {
        draft.act(license, Action::ReleaseMachines, version);
    }
}

/// The end that an ending at that time brings; an earlier one stays.
pub fn expired(draft: &Draft<'_>, license: &License, at: Timestamp) -> Timestamp {
    let at = draft.question.rules.abilities.end(at);
    license.given.end.map_or(at, |given| given.min(at))
}

/// What ends has no grace either, also where its end had come before.
fn expire(draft: &mut Draft<'_>, license: &License, at: Timestamp, version: Timestamp) {
    let given = &license.given;
    let end = expired(draft, license, at);
    let grace_hours = draft.question.rules.abilities.has_grace.then_some(0);
    let has_grace = grace_hours.is_some() && given.beside.grace_hours != grace_hours;
    if given.end != Some(end) || has_grace {
        let action = Action::SetTerm {
            end: Some(end),
            through: None,
            beside: BesideEnd {
                grace_hours,
                ..BesideEnd::default()
            },
        };
        draft.act(license, action, version);
    }
}

/// What was paid for stays for ever: the end goes first, so that nobody stands without a license in between.
fn keep_version(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    (at, version): (Timestamp, Timestamp),
) {
    let given = &license.given;
    let is_endless = given.end.is_none()
        && (given.term_version >= Some(version)
            || license
                .shown
                .as_ref()
                .is_none_or(|shown| shown.is_perpetual));
    if !is_endless {
        let action = Action::SetTerm {
            end: None,
            through: None,
            beside: BesideEnd::default(),
        };
        draft.act(license, action, version);
    }
    maintenance::freeze(draft, license, attributes, (at, version));
    let unpaid = [Cause::Overdue, Cause::Pause];
    let causes: Vec<_> = unpaid
        .into_iter()
        .filter(|cause| given.causes.contains(cause))
        .collect();
    if !causes.is_empty() {
        draft.act(license, Action::Reinstate { causes }, version);
    }
}
