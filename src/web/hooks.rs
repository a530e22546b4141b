//! What shops call: one URL per storefront, answered only when everything is on disk.

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, RETRY_AFTER};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use metrics::{counter, histogram};
use tokio::time::Instant;

use crate::pipeline::ingest::group_commit::PATIENCE;
use crate::pipeline::ingest::receive::Answer;
use crate::telemetry::names;
use crate::web::body::{self, Unread};
use crate::web::state::State;

/// The largest body that is taken.
pub const LARGEST_BODY_BYTES: usize = 2 * 1024 * 1024;
/// Seconds until a delivery that could not be stored is worth sending again.
const COME_AGAIN_SECONDS: &str = "60";

/// `POST /hooks/{token}`: a webhook.
#[tracing::instrument(name = "webhook", level = "debug", skip_all)]
pub async fn receive(state: Data<State>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let begun = Instant::now();
    let answer = take(&state, &http, payload).await;
    let status = answer.status().as_u16().to_string();
    counter!(names::DELIVERIES, "answer" => status).increment(1);
    histogram!(names::DELIVERY_SECONDS).record(begun.elapsed().as_secs_f64());
    answer
}

async fn take(state: &State, http: &HttpRequest, payload: Payload) -> HttpResponse {
    let token = http.match_info().get("token").unwrap_or_default();
    let begun = Instant::now();
    let hook = match state.receiver.hook(token, begun + PATIENCE).await {
        Ok(Some(hook)) => hook,
        Ok(None) => return answer(Answer::UnknownHook),
        Err(_) => return answer(Answer::Unavailable),
    };
    // What the database may still take; its sender may take longer.
    let left = PATIENCE.saturating_sub(begun.elapsed());
    let body = body::read(http, &mut payload.into_inner(), LARGEST_BODY_BYTES);
    let body = match body.await {
        Ok(body) => body,
        Err(unread) => return not_whole(unread),
    };
    let until = Instant::now() + left;
    let headers = |name: &str| -> Vec<&[u8]> {
        let values = http.headers().get_all(name);
        values.map(|value| value.as_bytes()).collect()
    };
    let taken = state.receiver.receive(&hook, &headers, &body, until);
    answer(taken.await)
}

/// Whatever else is asked for below `/hooks`.
pub async fn unknown() -> HttpResponse {
    answer(Answer::UnknownHook)
}

/// An address of ours, asked with a method that it does not have.
pub fn wrong_method() -> HttpResponse {
    refusal(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
}

/// What is said of a body that did not arrive whole.
pub fn not_whole(unread: Unread) -> HttpResponse {
    match unread {
        Unread::TooLarge => refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Unread::TooSlow => refusal(StatusCode::REQUEST_TIMEOUT, "too_slow"),
        Unread::BrokenOff => refusal(StatusCode::BAD_REQUEST, "malformed"),
    }
}

fn answer(answer: Answer) -> HttpResponse {
    match answer {
        Answer::Accepted { ids } => accepted(StatusCode::OK, &ids),
        Answer::AcceptedPartly { ids } => accepted(StatusCode::ACCEPTED, &ids),
        Answer::Malformed => refusal(StatusCode::BAD_REQUEST, "malformed"),
        Answer::SignatureMissing => refusal(StatusCode::UNAUTHORIZED, "signature_missing"),
        Answer::SignatureMismatch => refusal(StatusCode::UNAUTHORIZED, "signature_mismatch"),
        Answer::UnknownHook => refusal(StatusCode::NOT_FOUND, "unknown_hook"),
        Answer::Unavailable => HttpResponse::ServiceUnavailable()
            .content_type(ContentType::plaintext())
            .insert_header((RETRY_AFTER, COME_AGAIN_SECONDS))
            .body("unavailable"),
    }
}

/// The ids of what is on disk, one per line.
fn accepted(status: StatusCode, ids: &[String]) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(ContentType::plaintext())
        .body(ids.join("\n"))
}

/// A code as the whole body.
pub fn refusal(status: StatusCode, code: &'static str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(ContentType::plaintext())
        .body(code)
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[actix_web::test]
    async fn each_answer_has_its_status_and_its_body() {
        let ids = || vec!["first".to_owned(), "second".to_owned()];
        for (given, status, body) in [
            (Answer::Accepted { ids: ids() }, 200, "first\nsecond"),
            (Answer::Accepted { ids: Vec::new() }, 200, ""),
            (Answer::AcceptedPartly { ids: ids() }, 202, "first\nsecond"),
            (Answer::Malformed, 400, "malformed"),
            (Answer::SignatureMissing, 401, "signature_missing"),
            (Answer::SignatureMismatch, 401, "signature_mismatch"),
            (Answer::UnknownHook, 404, "unknown_hook"),
            (Answer::Unavailable, 503, "unavailable"),
        ] {
            let response = answer(given);

            assert_eq!(response.status().as_u16(), status, "{body}");
            let sent = to_bytes(response.into_body()).await.unwrap();
            assert_eq!(sent, body);
        }
    }
}
