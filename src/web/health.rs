//! What probes ask: does the process live, and can it work?

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use actix_web::web::Data;

use crate::web::state::State;

/// `GET /healthz`: 200 while the process lives.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body("ok")
}

/// `GET /readyz`: 200 only after a real write and read in the database, else 503 with the reason.
pub async fn ready(state: Data<State>) -> HttpResponse {
    match state.readiness.check().await {
        Ok(()) => alive().await,
        Err(reason) => HttpResponse::ServiceUnavailable()
            .content_type(ContentType::plaintext())
            .body(reason.to_string()),
    }
}
