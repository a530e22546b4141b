//! The calls of a message's story: what was asked of the license server or the shop, and what came back.

use crate::store::calls::Call as CallRow;
use crate::vault::{Field, TenantKeys, VaultError};
use crate::web::bodies::{Keys, pretty};
use crate::web::partials::{CallEvidence, StoryStep, Tone};

/// A call as a step, its bodies opened; one that did not go to the shop went to that license server.
pub fn asked(
    call: &CallRow,
    (position, of): (usize, usize),
    keys: (&TenantKeys, Keys),
    service: &str,
) -> Result<StoryStep, VaultError> {
    if call.storefront_id.is_some() {
        return asked_shop(call, (position, of), keys);
    }
    let (tone, answer) = match call.status {
        Some(200..=299) => (Tone::Good, ""),
        Some(404) => (Tone::Quiet, "There was nothing of that number."),
        Some(429) => (Tone::Wait, "Our turn had not come; asked again later."),
        Some(401 | 403) => (Tone::Bad, "The token was refused."),
        Some(500..) => (
            Tone::Wait,
            "{service} stumbled. It is asked again, in a way that does nothing twice.",
        ),
        Some(_) => (Tone::Bad, "{service} said no."),
        None => (
            Tone::Wait,
            "No answer came. What became of it is looked up before anything else is done.",
        ),
    };
    let title = match (call.method.as_str(), position) {
        ("GET", _) => format!("Looked it up at {service}"),
        _ => format!("Asked {service}"),
    };
    Ok(StoryStep {
        call: Some(evidence(call, (position, of), keys)?),
        ..StoryStep::new(tone, title, answer.replace("{service}", service))
    })
}

fn asked_shop(
    call: &CallRow,
    place: (usize, usize),
    keys: (&TenantKeys, Keys),
) -> Result<StoryStep, VaultError> {
    let title = match call.method.as_str() {
        "GET" => "Looked it up at FastSpring",
        _ => "Told FastSpring that it is here",
    };
    let (tone, answer) = match call.status {
        Some(200..=299) => (Tone::Good, ""),
        Some(404 | 429) => (Tone::Wait, "Our turn had not come; asked again later."),
        Some(401 | 403) => (Tone::Bad, "The API credentials were refused."),
        Some(400..=499) => (Tone::Bad, "FastSpring knows nothing of it."),
        Some(_) => (Tone::Wait, "FastSpring stumbled. It is asked again."),
        None => (Tone::Wait, "No answer came. It is asked again."),
    };
    Ok(StoryStep {
        call: Some(evidence(call, place, keys)?),
        ..StoryStep::new(tone, title, answer)
    })
}

/// What opens below a step: what was sent, and what came back.
fn evidence(
    call: &CallRow,
    (position, of): (usize, usize),
    (keys, shown): (&TenantKeys, Keys),
) -> Result<CallEvidence, VaultError> {
    let status = call.status.map_or_else(
        || call.error.clone().unwrap_or_else(|| "no answer".to_owned()),
        |status| status.to_string(),
    );
    let body = |field: Field, sealed: &Option<Vec<u8>>| -> Result<String, VaultError> {
        let Some(sealed) = sealed else {
            return Ok(String::new());
        };
        Ok(pretty(&keys.open(field.place(), sealed)?, shown))
    };
    Ok(CallEvidence {
        summary: format!("{status}, {} ms", call.duration_ms),
        method: call.method.clone(),
        url: call.url.clone(),
        request: body(Field::CallRequest(call.id), &call.request_sealed)?,
        response: body(Field::CallResponse(call.id), &call.response_sealed)?,
        attempt: format!("call {} of {of}", position + 1),
    })
}
