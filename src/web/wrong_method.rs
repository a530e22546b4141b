//! What is said of a method that an address does not have. Which ones it has stands in `Allow` already.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;
use actix_web::middleware::{ErrorHandlerResponse, ErrorHandlers};

/// Wraps addresses of one kind of caller: the refusal gets the words that they can read.
pub fn answered_with(words: fn() -> HttpResponse) -> ErrorHandlers<BoxBody> {
    ErrorHandlers::new().handler(
        StatusCode::METHOD_NOT_ALLOWED,
        move |refused: ServiceResponse| {
            let mut answer = words();
            if let Some(methods) = refused.headers().get(ALLOW) {
                answer.headers_mut().insert(ALLOW, methods.clone());
            }
            let answered = refused.into_response(answer);
            Ok(ErrorHandlerResponse::Response(
                answered.map_into_left_body(),
            ))
        },
    )
}
