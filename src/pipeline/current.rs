//! The action under way: what was said about it, what is on record of it, and what may be asked without asking the
//! database first.

use jiff::SignedDuration;

use crate::domain::effect::EffectState;
use crate::domain::id::LicenseId;
use crate::domain::plan::Planned;
use crate::domain::time::Timestamp;
use crate::pipeline::conversation::{Ask, Conversation};
use crate::pipeline::permits::Permit;
use crate::store::{StoreError, effects};

/// How long after its mark a license's next call needs no new one: well before others may think that it was left.
const MARK_SERVES: SignedDuration = SignedDuration::from_secs(1);

/// The action under way.
#[derive(Debug, Clone)]
pub struct Current {
    /// What is done.
    pub planned: Planned,
    /// The license's row.
    pub license_id: LicenseId,
    /// Its effect; may be an earlier event's, whose answer was lost.
    pub effect: effects::Effect,
    /// What was said so far.
    pub conversation: Conversation,
    /// The leave to make the next call.
    pub permit: Permit,
    /// Whether the effect is on record as one that may have been applied.
    is_announced: bool,
}

impl Current {
    /// An action of which nothing was asked yet.
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
            permit: Permit::Free,
            is_announced: false,
        }
    }

    /// How the effect must stand on record before this leaves; `None` when nothing of it changes.
    ///
    /// A question that a change follows at once is announced as if it were that change, where no permit has to be
    /// taken in between: one transaction serves both.
    pub fn announce(
        &mut self,
        ask: &Ask,
        now: Timestamp,
    ) -> Result<Option<effects::Effect>, StoreError> {
        if ask.is_changing() {
            self.note_sent(now)?;
            self.is_announced = true;
            return Ok(Some(self.effect.clone()));
        }
        if self.permit != Permit::Free || !ask.leads_to_a_change() {
            return Ok(None);
        }
        self.is_announced = true;
        self.effect.before = self.before()?;
        Ok(Some(effects::Effect {
            state: EffectState::Sent,
            sent_at: Some(now),
            ..self.effect.clone()
        }))
    }

    /// Goes on to this question, unless something must be on record first; `marked` is when the license was.
    pub fn go_on(
        &mut self,
        ask: &Ask,
        (marked, now): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        if self.permit != Permit::Free || now.since(marked) > MARK_SERVES {
            return Ok(false);
        }
        if !ask.is_changing() {
            return Ok(true);
        }
        if !self.is_announced || self.before()? != self.effect.before {
            return Ok(false);
        }
        self.note_sent(now)?;
        Ok(true)
    }

    /// From here on the effect may have been applied.
    fn note_sent(&mut self, now: Timestamp) -> Result<(), StoreError> {
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
