//! What browsers are answered where there is no page: an address that leads nowhere, a method that a page does not have.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError as _};

use crate::web::answer::{Answer, page_as};
use crate::web::pages::error::ErrorPage;

/// Whatever else is asked for.
pub async fn not_found() -> Answer {
    page_as(StatusCode::NOT_FOUND, &ErrorPage::not_found())
}

/// A page asked with a method that it does not have.
pub fn wrong_method() -> HttpResponse {
    let page = ErrorPage::wrong_method();
    page_as(StatusCode::METHOD_NOT_ALLOWED, &page).unwrap_or_else(|error| error.error_response())
}
