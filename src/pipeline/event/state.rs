//! The state of one event in memory while it is processed: all that is known of it, and what may be done next.
//!
//! Pure but for its ids: the same functions serve a dry run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::action::ActionKind;
use crate::domain::compare::{Question, compare};
use crate::domain::consent::Consents;
use crate::domain::effect::EffectState;
use crate::domain::fact::Fact;
use crate::domain::id::{CustomerId, EffectId, LicenseId};
use crate::domain::license::{Identity, License, Root};
use crate::domain::plan::{Known, Outcome, Plan, Planned};
use crate::domain::portion::Portion;
use crate::domain::record::Records;
use crate::domain::rules::Rules;
use crate::domain::time::Timestamp;
use crate::pipeline::event::context::People;
use crate::pipeline::event::effects::EventEffects;
use crate::pipeline::event::in_flight::InFlight;
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::protocol::Request;
use crate::store::{StoreError, calls, effects};
use crate::vault::TermHash;

/// The form of stored actions; a worker leaves forms that it does not know to a newer one.
pub const ACTION_VERSION: i32 = 2;

/// The state of an event. Cloned for every transaction, so that a retried transaction begins from the same state.
#[derive(Clone)]
pub struct ProcessingState {
    /// What the event says.
    pub fact: Arc<Fact>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Whether real money moved.
    pub is_live: bool,
    /// What the vendor decided.
    pub rules: Arc<Rules>,
    /// What the shop says now.
    pub records: Records,
    /// The licenses of the event: of a great purchase one portion.
    pub licenses: Vec<LoadedLicense>,
    pub portion: Portion,
    /// Answers that compare asked for.
    pub known: Known,
    /// This event's effects so far.
    pub effects: EventEffects,
    /// What people answered about endings, and where the brake holds.
    pub consents: Consents,
    /// Whether these answers were loaded: only plans that take something away ask for them.
    pub is_consent_known: bool,
    /// Purchases whose endings the brake has counted.
    pub counted: BTreeSet<Root>,
    /// Actions that failed in this attempt and are not tried again in it.
    pub blocked: BTreeMap<(Identity, ActionKind), EventOutcome>,
    /// Something that a person must be told although the actions were carried out.
    pub remarks: Vec<EventOutcome>,
    /// Whether the license server as a whole failed, so that nothing more is tried in this attempt.
    pub is_stopped: bool,
    /// Whom licenses are linked to.
    pub people: People,
    /// Who is concerned, as far as a row is there.
    pub customer_id: Option<CustomerId>,
    /// Who the buyer is at the license server, as far as this transaction has looked it up.
    pub user_lookup: Option<UserLookup>,
    /// The action in flight.
    pub in_flight: Option<InFlight>,
    /// Calls that were made and are not recorded yet.
    pub calls: Vec<calls::Call>,
}

/// A license as it was loaded for an event.
#[derive(Debug, Clone)]
pub struct LoadedLicense {
    /// The license.
    pub license: License,
    /// When its row was last written: whoever marks it busy must have seen that version.
    pub updated_at: Timestamp,
    /// The effect that may be calling the license server for it, and since when.
    pub busy: Option<(EffectId, Timestamp)>,
    /// Its key, sealed; absent for an adopted license whose key was never read.
    pub key_sealed: Option<Vec<u8>>,
}

impl ProcessingState {
    /// What remains to be done, given all that is known now.
    pub fn compare(&self, now: Timestamp) -> Outcome {
        let licenses: Vec<License> = self
            .licenses
            .iter()
            .map(|loaded| loaded.license.clone())
            .collect();
        compare(&Question {
            fact: &self.fact,
            occurred_at: self.occurred_at,
            records: &self.records,
            rules: &self.rules,
            licenses: &licenses,
            known: &self.known,
            now,
            is_live: self.is_live,
            consents: &self.consents,
            portion: &self.portion,
        })
    }

    /// Whether a first license of the keys that were asked for proved that the others can be made: token, product,
    /// template.
    pub fn has_proof(&self) -> bool {
        let Fact::KeysRequested(requested) = &*self.fact else {
            return false;
        };
        let Some(request) = self.records.key_requests.get(&requested.id) else {
            return false;
        };
        self.licenses.iter().any(|loaded| {
            let identity = &loaded.license.identity;
            identity.root == request.root
                && identity.slot == request.slot
                && loaded.license.remote_id.is_some()
        })
    }

    /// The next action that did not fail in this attempt; later ones of the same license wait for it.
    pub fn next<'a>(&self, plan: &'a Plan) -> Option<&'a Planned> {
        plan.actions.iter().find(|planned| {
            !self.is_stopped
                && !self
                    .blocked
                    .keys()
                    .any(|(license, _)| *license == planned.license)
                && planned
                    .after
                    .as_ref()
                    .is_none_or(|(root, slot)| self.has(root, slot))
        })
    }

    /// Whether every license of a slot exists at the license server, except those that were deleted.
    fn has(&self, root: &Root, slot: &str) -> bool {
        let mut of_slot = self
            .licenses
            .iter()
            .map(|loaded| &loaded.license)
            .filter(|license| license.identity.root == *root && license.identity.slot == slot)
            .filter(|license| license.deleted_at.is_none())
            .peekable();
        of_slot.peek().is_some() && of_slot.all(|license| license.remote_id.is_some())
    }

    /// The receipt number of the order behind an action, where it is known.
    pub fn reference_of(&self, planned: &Planned) -> Option<String> {
        let order = self.records.orders.get(planned.order_id.as_ref()?)?;
        order.reference.clone()
    }

    /// The effect of this kind on a license that has not come to its end.
    pub fn open_effect(&self, license: LicenseId, kind: ActionKind) -> Option<&effects::Effect> {
        self.effects.iter().find(|effect| {
            effect.license_id == license
                && effect.kind == kind
                && matches!(effect.state, EffectState::Planned | EffectState::Sent)
        })
    }

    /// The license of that identity, if it has a row.
    pub fn find_license(&self, identity: &Identity) -> Option<&LoadedLicense> {
        self.licenses
            .iter()
            .find(|loaded| loaded.license.identity == *identity)
    }

    /// The same, to be changed.
    pub fn find_license_mut(&mut self, id: LicenseId) -> Option<&mut LoadedLicense> {
        self.licenses
            .iter_mut()
            .find(|loaded| loaded.license.id == id)
    }

    /// When the license of the action in flight was marked busy.
    pub fn marked_at(&self) -> Option<Timestamp> {
        let license = self.in_flight.as_ref()?.license_id;
        let mut loaded = self.licenses.iter();
        let loaded = loaded.find(|loaded| loaded.license.id == license)?;
        loaded.busy.map(|(_, since)| since)
    }

    /// Continues with the next request of the action in flight, where all that it needs is recorded.
    pub fn may_send_unrecorded(
        &mut self,
        request: &Request,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let marked_at = self.marked_at();
        match (&mut self.in_flight, marked_at) {
            (Some(in_flight), Some(marked_at)) => {
                in_flight.may_send_unrecorded(request, marked_at, now)
            }
            _ => Ok(false),
        }
    }

    /// The worst outcome of the plan, of what failed and of what needs a remark.
    pub fn combine_outcomes(&self, plan: EventOutcome) -> EventOutcome {
        self.blocked
            .values()
            .chain(&self.remarks)
            .cloned()
            .fold(plan, EventOutcome::worse)
    }
}

/// Whom the license server is remembered to have for an address.
#[derive(Debug, Clone)]
pub struct UserLookup {
    /// The hashed address.
    pub email: TermHash,
    /// The user's id; absent where none is remembered.
    pub user_id: Option<String>,
}
