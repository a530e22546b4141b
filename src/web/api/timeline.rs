//! What happened to an event, step by step.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::time::Timestamp;
use crate::store::deliveries::{Delivery, Outcome};
use crate::store::effects::Effect;
use crate::store::events::Event;
use crate::web::api::evidence::CallView;

/// One step.
#[derive(Serialize, ToSchema)]
#[schema(as = Step)]
pub struct StepView {
    at: Timestamp,
    step: StepKind,
    /// The step in words, without personal data.
    text: String,
}

/// What happened in a step.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The event came.
    Received,
    /// What is to be done was put on record.
    Decided,
    /// Somebody was asked.
    Asked,
    /// It was done, or its end known otherwise.
    Done,
    /// It was read back.
    Checked,
    /// The event came to rest.
    Settled,
}

/// Every step, the oldest first.
pub fn timeline(
    (event, delivery): (&Event, Option<&Delivery>),
    effects: &[Effect],
    calls: &[CallView],
) -> Vec<StepView> {
    let is_fetched = delivery.is_some_and(|delivery| delivery.outcome == Outcome::Fetched);
    let came = if is_fetched {
        "Fetched from FastSpring, stored on disk"
    } else {
        "Stored on disk"
    };
    let mut steps = vec![step(event.received_at, StepKind::Received, came.to_owned())];
    for effect in effects {
        let summary = effect.summary.as_str();
        steps.push(step(
            effect.created_at,
            StepKind::Decided,
            summary.to_owned(),
        ));
        if let Some(at) = effect.settled_at {
            let text = format!("{summary}: {}", effect.state.as_str());
            steps.push(step(at, StepKind::Done, text));
        }
        if let Some(at) = effect.verified_at {
            steps.push(step(
                at,
                StepKind::Checked,
                format!("{summary}: read back, as it should be"),
            ));
        }
    }
    steps.extend(calls.iter().map(|call| {
        let answer = match (call.status, &call.error) {
            (Some(status), _) => status.to_string(),
            (None, Some(error)) => error.clone(),
            (None, None) => "no answer".to_owned(),
        };
        step(
            call.at,
            StepKind::Asked,
            format!("{} {}: {answer}", call.method, call.url),
        )
    }));
    if let Some(at) = event.settled_at {
        steps.push(step(at, StepKind::Settled, event.state.as_str().to_owned()));
    }
    steps.sort_by_key(|step| step.at);
    steps
}

const fn step(at: Timestamp, step: StepKind, text: String) -> StepView {
    StepView { at, step, text }
}
