//! Keys in the receipt: what FastSpring calls a "Remote Server Request", made while an order is being placed.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType, RETRY_AFTER};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;

use crate::pipeline::ingest::group_commit::PATIENCE;
use crate::pipeline::keys::answer::KeyAnswer;
use crate::storefronts::key_request::KeyRequestError;
use crate::web::body;
use crate::web::hooks::{LARGEST_BODY_BYTES, not_whole, refusal};
use crate::web::state::State;

/// Seconds until a request that could not be answered is worth sending again.
const COME_AGAIN_SECONDS: &str = "60";

/// `POST /hooks/{token}/license` and `/hooks/{token}/license/{product_path}`.
pub async fn give(state: Data<State>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let token = http.match_info().get("token").unwrap_or_default();
    let until = Instant::now() + PATIENCE;
    let hook = match state.receiver.hook(token, until).await {
        Ok(Some(hook)) => hook,
        Ok(None) => return answer(KeyAnswer::UnknownHook),
        Err(_) => return answer(KeyAnswer::database_away()),
    };
    let form = body::read(&http, &mut payload.into_inner(), LARGEST_BODY_BYTES);
    let form = match form.await {
        Ok(form) => form,
        Err(unread) => return not_whole(unread),
    };
    let path = http.match_info().get("product_path");
    let given = state.pipeline.answer_key_request(&hook, path, &form).await;
    if let Some(cause) = given.refusal() {
        state.receiver.count_refused_request(&hook, cause, &form);
    }
    answer(given)
}

fn answer(answer: KeyAnswer) -> HttpResponse {
    match answer {
        KeyAnswer::Keys(keys) => {
            let lines: Vec<&str> = keys.iter().map(|key| key.expose_secret()).collect();
            HttpResponse::Ok()
                .content_type(ContentType::plaintext())
                .insert_header((CACHE_CONTROL, "no-store"))
                .body(lines.join("\n"))
        }
        KeyAnswer::Malformed(error) => words(
            StatusCode::BAD_REQUEST,
            "malformed",
            &match error {
                KeyRequestError::Invalid { what } => {
                    format!("The parameter \"{what}\" is absent or cannot be read.")
                }
                KeyRequestError::Doubled { what } => {
                    format!("The parameter \"{what}\" is there twice.")
                }
            },
        ),
        KeyAnswer::SignatureMissing => refusal(StatusCode::UNAUTHORIZED, "signature_missing"),
        KeyAnswer::SignatureMismatch => refusal(StatusCode::UNAUTHORIZED, "signature_mismatch"),
        KeyAnswer::UnknownHook => refusal(StatusCode::NOT_FOUND, "unknown_hook"),
        KeyAnswer::Refused { cause, text } => {
            words(StatusCode::UNPROCESSABLE_ENTITY, cause.as_str(), &text)
        }
        KeyAnswer::Unavailable(why) => {
            let mut response = words(StatusCode::SERVICE_UNAVAILABLE, why.code, &why.text);
            let later = actix_web::http::header::HeaderValue::from_static(COME_AGAIN_SECONDS);
            response.headers_mut().insert(RETRY_AFTER, later);
            response
        }
    }
}

/// The code, and after a colon what a person should know.
fn words(status: StatusCode, code: &str, text: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(ContentType::plaintext())
        .body(format!("{code}: {text}"))
}
