//! What happened to an event, step by step.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::time::Timestamp;
use crate::store::deliveries::{Delivery, FETCHED};
use crate::store::effects::Effect;
use crate::store::events::Event;
use crate::web::api::evidence::CallView;

/// One step.
#[derive(Serialize, ToSchema)]
#[schema(as = Step)]
pub struct StepView {
    at: Timestamp,
    /// `received`, `decided`, `asked`, `done`, `checked` or `settled`.
    #[schema(example = "received")]
    step: &'static str,
    /// The step in words, without personal data.
    text: String,
}

/// Every step, the oldest first.
pub fn timeline(
    (event, delivery): (&Event, Option<&Delivery>),
    effects: &[Effect],
    calls: &[CallView],
) -> Vec<StepView> {
    let is_fetched = delivery.is_some_and(|delivery| delivery.outcome == FETCHED);
    let came = if is_fetched {
        "Fetched from FastSpring, stored on disk"
    } else {
        "Stored on disk"
    };
    let mut steps = vec![step(event.received_at, "received", came.to_owned())];
    for effect in effects {
        let summary = effect.summary.as_str();
        steps.push(step(effect.created_at, "decided", summary.to_owned()));
        if let Some(at) = effect.settled_at {
            let text = format!("{summary}: {}", effect.state.as_str());
            steps.push(step(at, "done", text));
        }
        if let Some(at) = effect.verified_at {
            steps.push(step(
                at,
                "checked",
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
            "asked",
            format!("{} {}: {answer}", call.method, call.url),
        )
    }));
    if let Some(at) = event.settled_at {
        steps.push(step(at, "settled", event.state.as_str().to_owned()));
    }
    steps.sort_by_key(|step| step.at);
    steps
}

const fn step(at: Timestamp, step: &'static str, text: String) -> StepView {
    StepView { at, step, text }
}
