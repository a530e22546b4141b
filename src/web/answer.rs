//! How handlers of pages answer: a page, the inside of a region that refreshes itself, or the way to another page.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType, ETAG, IF_NONE_MATCH, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use sha2::{Digest, Sha256};

use crate::web::pages::failure::PageError;

/// What a page answers.
pub type Answer = Result<HttpResponse, PageError>;

/// A whole page. Never kept by anyone but the person's own browser.
pub fn page(template: &impl Template) -> Answer {
    page_as(StatusCode::OK, template)
}

/// A page with a form on it that has to be set right.
pub fn page_to_mend(template: &impl Template) -> Answer {
    page_as(StatusCode::UNPROCESSABLE_ENTITY, template)
}

/// A page with a status of its own.
pub fn page_as(status: StatusCode, template: &impl Template) -> Answer {
    let html = template.render()?;
    Ok(HttpResponse::build(status)
        .content_type(ContentType::html())
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(html))
}

/// The inside of a live region; 304 when the browser has it already.
pub fn fragment(http: &HttpRequest, template: &impl Template) -> Answer {
    let html = template.render()?;
    let hash = hex::encode(Sha256::digest(html.as_bytes()));
    let tag = format!("\"{}\"", hash.get(..24).unwrap_or(&hash));
    let known = http.headers().get(IF_NONE_MATCH);
    let is_known = known
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(&tag));
    let mut answer = HttpResponse::build(if is_known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    });
    // Weak, for it may be compressed on its way.
    answer
        .insert_header((ETAG, format!("W/{tag}")))
        .insert_header((CACHE_CONTROL, "private, no-cache"));
    if is_known {
        return Ok(answer.finish());
    }
    Ok(answer.content_type(ContentType::html()).body(html))
}

/// After something was done: the page on which it shows.
pub fn see(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, address))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .finish()
}

/// Whether the script asks for a live region, not a person for a page.
pub fn is_live(http: &HttpRequest) -> bool {
    http.headers().contains_key("x-live")
}
