//! The action in flight: its conversation, its record, and what may be sent without writing to the database first.

use jiff::SignedDuration;

use crate::domain::effect::EffectState;
use crate::domain::id::LicenseId;
use crate::domain::plan::Planned;
use crate::domain::time::Timestamp;
use crate::outbound::Leave;
use crate::pipeline::calls::budget::Permit;
use crate::pipeline::protocol::{Conversation, Request};
use crate::store::{StoreError, effects};

/// How long after its mark a license's next call needs no new mark: well before others may take its effect over.
const MARK_REUSABLE_FOR: SignedDuration = SignedDuration::from_secs(1);

/// The action in flight.
#[derive(Debug, Clone)]
pub struct InFlight {
    pub planned: Planned,
    pub license_id: LicenseId,
    /// Its effect; may be an earlier event's, whose answer was lost.
    pub effect: effects::Effect,
    /// What was said so far.
    pub conversation: Conversation,
    /// What allows the next call; `None` before one was taken.
    pub permit: Option<Permit>,
    /// Whether the effect is on record as one that may have been applied.
    is_written_ahead: bool,
}

impl InFlight {
    /// An action for which nothing was sent yet.
    pub const fn new(
        planned: Planned,
        license_id: LicenseId,
        effect: effects::Effect,
        conversation: Conversation,
    ) -> Self {
        Self {
            planned,
            license_id,
            effect,
            conversation,
            permit: None,
            is_written_ahead: false,
        }
    }

    /// The effect as it must be recorded before this request leaves; `None` when its record does not change.
    ///
    /// Where no permit has to be taken in between, a question that leads to a change already records the effect as sent:
    /// one transaction serves both.
    pub fn write_ahead(
        &mut self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Option<effects::Effect>, StoreError> {
        if request.is_changing() {
            self.mark_sent(now)?;
            self.is_written_ahead = true;
            return Ok(Some(self.effect.clone()));
        }
        if !self.is_unlimited() || !request.leads_to_a_change() {
            return Ok(None);
        }
        self.is_written_ahead = true;
        self.effect.before = self.before()?;
        Ok(Some(effects::Effect {
            state: EffectState::Sent,
            sent_at: Some(now),
            ..self.effect.clone()
        }))
    }

    /// Continues with this request, unless something must be recorded first; `marked_at` is when the license was.
    pub fn may_send_unrecorded(
        &mut self,
        request: &Request,
        marked_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if !self.is_unlimited() || now.since(marked_at) > MARK_REUSABLE_FOR {
            return Ok(false);
        }
        if !request.is_changing() {
            return Ok(true);
        }
        if !self.is_written_ahead || self.before()? != self.effect.before {
            return Ok(false);
        }
        self.mark_sent(now)?;
        Ok(true)
    }

    /// The leave to send the next request; `None` without a permit that may still serve one.
    pub fn leave(&mut self) -> Option<Leave> {
        self.permit.as_mut()?.leave()
    }

    fn is_unlimited(&self) -> bool {
        self.permit.as_ref().is_some_and(Permit::is_unlimited)
    }

    /// From here on the effect may have been applied.
    fn mark_sent(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.effect.before = self.before()?;
        self.effect.state = EffectState::Sent;
        self.effect.sent_at = Some(now);
        self.effect.attempts += 1;
        Ok(())
    }

    /// What the license server showed before the action, as JSON.
    fn before(&self) -> Result<Option<String>, StoreError> {
        let shown = self.conversation.before();
        shown
            .map(serde_json::to_string)
            .transpose()
            .map_err(|error| StoreError::corrupt("effects.before", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::{Action, ActionKind};
    use crate::domain::id::{EffectId, EventId, TenantId};
    use crate::domain::license::{Aspect, Given, Identity, Root};
    use crate::domain::shop_id::OrderId;

    const ISSUE: Request = Request::Issue { user_id: None };

    /// At these milliseconds.
    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_microsecond(millisecond * 1_000)
    }

    fn slot() -> Permit {
        Permit::for_tests(Some(1))
    }

    fn free() -> Permit {
        Permit::for_tests(None)
    }

    fn in_flight(permit: Permit) -> InFlight {
        let action = Action::ReleaseMachines;
        let conversation = Conversation::new(action.clone(), Given::default(), None, None, at(0));
        let id = uuid::Uuid::nil();
        let effect = effects::Effect {
            tenant_id: TenantId::from_uuid(id),
            id: EffectId::from_uuid(id),
            event_id: EventId::from_uuid(id),
            license_id: LicenseId::from_uuid(id),
            position: 0,
            kind: ActionKind::ReleaseMachines,
            state: EffectState::Planned,
            aspect: Aspect::Machines,
            action: String::new(),
            action_version: 1,
            summary: String::new(),
            before: None,
            after: None,
            attempts: 0,
            release: String::new(),
            created_at: at(0),
            sent_at: None,
            settled_at: None,
            verified_at: None,
        };
        let planned = Planned {
            license: Identity {
                root: Root::Order(OrderId::new("O-1").unwrap()),
                slot: String::new(),
                unit: 1,
                generation: 1,
            },
            license_id: None,
            product_path: "app".to_owned(),
            order_id: None,
            subscription_id: None,
            action,
            version: at(0),
            after: None,
            summary: String::new(),
            question: None,
            ask: None,
            is_wish: false,
            refuses: Vec::new(),
        };
        let mut in_flight = InFlight::new(planned, effect.license_id, effect, conversation);
        in_flight.permit = Some(permit);
        in_flight
    }

    #[test]
    fn a_question_goes_without_a_record_only_where_one_serves_it() {
        let cases = [
            (
                "written ahead",
                free(),
                Some(Request::CreateUser),
                ISSUE,
                1_000,
                true,
            ),
            ("changed before", free(), Some(ISSUE), ISSUE, 1_000, true),
            ("not written ahead", free(), None, ISSUE, 0, false),
            (
                "written ahead by no change",
                free(),
                Some(Request::Read),
                ISSUE,
                0,
                false,
            ),
            ("changes nothing", free(), None, Request::FindUser, 0, true),
            (
                "marked too long ago",
                free(),
                Some(Request::CreateUser),
                ISSUE,
                1_001,
                false,
            ),
            ("needs a permit", slot(), Some(ISSUE), ISSUE, 0, false),
            (
                "needs a permit to read",
                slot(),
                None,
                Request::FindUser,
                0,
                false,
            ),
        ];
        for (name, permit, written_ahead, next, after, expected) in cases {
            let mut in_flight = in_flight(permit);
            if let Some(first) = written_ahead {
                in_flight.write_ahead(&first, at(0)).unwrap();
            }

            let is_next = in_flight
                .may_send_unrecorded(&next, at(0), at(after))
                .unwrap();

            assert_eq!(is_next, expected, "{name}");
        }
    }

    #[test]
    fn what_a_question_leads_to_is_on_record_before_it_was_sent() {
        let mut in_flight = in_flight(free());

        let on_record = in_flight
            .write_ahead(&Request::CreateUser, at(5))
            .unwrap()
            .unwrap();

        assert_eq!(
            (on_record.state, on_record.sent_at),
            (EffectState::Sent, Some(at(5)))
        );
        assert_eq!(
            (in_flight.effect.state, in_flight.effect.sent_at),
            (EffectState::Planned, None)
        );
    }

    #[test]
    fn a_slot_serves_one_call_and_a_lifted_budget_any_number() {
        for (permit, leaves) in [(Some(slot()), 1), (Some(free()), 3), (None, 0)] {
            let mut in_flight = in_flight(slot());
            in_flight.permit = permit.clone();

            let granted = (0..3).filter(|_| in_flight.leave().is_some()).count();

            assert_eq!(granted, leaves, "{permit:?}");
        }
    }

    #[test]
    fn nothing_is_written_ahead_where_a_permit_is_taken_in_between() {
        assert_eq!(
            in_flight(slot())
                .write_ahead(&Request::CreateUser, at(5))
                .unwrap(),
            None
        );
    }
}
