//! The progress of an event whose purchase is processed in portions, so that other events are processed in between.

use serde::{Deserialize, Serialize};

use crate::domain::effect::EventState;
use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::license::Root;
use crate::domain::plan::Plan;
use crate::domain::portion::Portion;
use crate::domain::reason::Reason;
use crate::domain::record::Records;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::event::state::ProcessingState;
use crate::store::events::Event;
use crate::store::licenses::{self, Row, Units};
use crate::store::{Db, StoreError, events};

/// What is known after earlier portions, and what a person approved.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The units of each line that are done.
    after: u32,
    /// Whether a person said that all licenses shall be made.
    is_agreed: bool,
    /// The outcome of the portions so far; `None` before the first has ended.
    left: Option<EarlierOutcome>,
}

/// The outcome that the event would have had after the portions so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct EarlierOutcome {
    state: EventState,
    reason: Option<Reason>,
}

/// A person approved all licenses of an event, however many: it begins anew.
pub fn allow_all(db: &mut Db, event: &Event) -> Result<(), StoreError> {
    let agreed = Progress {
        is_agreed: true,
        ..Progress::default()
    };
    agreed.write(db, event)
}

/// The next portion, with the rows of its licenses.
pub fn load_portion(
    db: &mut Db,
    context: &EventContext,
    records: &Records,
    roots: &[Root],
) -> Result<(Portion, Vec<Row>), StoreError> {
    let progress = Progress::of(&context.opened.event)?;
    let home = (context.opened.tenant, context.opened.storefront);
    let mut portion = Portion {
        most: context.options.most_licenses,
        is_agreed: progress.is_agreed,
        ..Portion::of_lines(progress.after, lines(records))
    };
    let rows = load_rows(db, home, roots, &mut portion)?;
    Ok((portion, rows))
}

/// Reads the rows of a portion, and what is on record beside it where there may be more.
pub fn load_rows(
    db: &mut Db,
    home: (TenantId, StorefrontId),
    roots: &[Root],
    portion: &mut Portion,
) -> Result<Vec<Row>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let units = Units {
        after: portion.after,
        through: portion.through(),
    };
    let rows = licenses::list_units_of_roots(db, home, roots, units)?;
    // A purchase that fills half a portion may have licenses beyond it; few do.
    let is_great = portion.after > 0 || rows.len() * 2 >= portion.length as usize;
    if is_great {
        portion.on_record = licenses::last_units(db, home, roots)?;
    }
    Ok(rows)
}

/// The lines and add-ons that the records speak of: together they share one portion.
pub fn lines(records: &Records) -> usize {
    let of_orders = records.orders.values().map(|order| order.lines.len());
    let of_subscriptions = records.subscriptions.values().map(|record| {
        let listed = record.addons.get().map_or(0, Vec::len);
        let ordered = record.addon_orders.values().map(|order| order.addons.len());
        1 + listed.max(ordered.sum())
    });
    of_orders.sum::<usize>().max(of_subscriptions.sum())
}

/// Requeues an event when licenses are left for another portion; else combines the outcomes of all portions.
///
/// A portion that waits or failed is processed once more.
pub fn record_progress(
    db: &mut Db,
    context: &EventContext,
    state: &ProcessingState,
    plan: &Plan,
    outcome: EventOutcome,
) -> Result<EventOutcome, StoreError> {
    let event = &context.opened.event;
    let before = Progress::of(event)?;
    let is_through = state.blocked.is_empty() && !state.is_stopped && is_final(outcome.state);
    let goes_on = plan.beyond > 0 || state.portion.beyond() > 0;
    if !is_through || !goes_on && before.left.is_none() {
        return Ok(outcome);
    }
    let together = match before.left {
        Some(left) => left.outcome().worse(outcome),
        None => outcome,
    };
    let (after, left, outcome) = match goes_on {
        true => {
            let left = EarlierOutcome {
                state: together.state,
                reason: together.reason,
            };
            let after = state.portion.through();
            (after, Some(left), EventOutcome::requeued(context.now))
        }
        false => (0, None, together),
    };
    let progress = Progress {
        after,
        is_agreed: before.is_agreed,
        left,
    };
    progress.write(db, event)?;
    Ok(outcome)
}

const fn is_final(state: EventState) -> bool {
    matches!(
        state,
        EventState::Done | EventState::Ignored | EventState::Parked
    )
}

impl Progress {
    /// How far an event is.
    fn of(event: &Event) -> Result<Self, StoreError> {
        match &event.progress {
            None => Ok(Self::default()),
            Some(text) => serde_json::from_str(text)
                .map_err(|error| StoreError::corrupt("events.progress", error)),
        }
    }

    fn write(&self, db: &mut Db, event: &Event) -> Result<(), StoreError> {
        let text = serde_json::to_string(self)
            .map_err(|error| StoreError::corrupt("events.progress", error))?;
        let text = (*self != Self::default()).then_some(text.as_str());
        events::set_progress(db, event.tenant_id, event.id, text)
    }
}

impl EarlierOutcome {
    fn outcome(self) -> EventOutcome {
        EventOutcome {
            state: self.state,
            reason: self.reason,
            due_at: None,
            is_failed_attempt: false,
        }
    }
}
