//! Tells with each answer how many requests the token has left: `RateLimit` and `RateLimit-Policy`.
//!
//! As <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/> spells them.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};

use crate::accounts::request_limit::Standing;
use crate::web::auth::Told;
use crate::web::error::whole_seconds;

/// Wraps everything that takes a token.
pub async fn tell(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let told = response.request().extensions().get::<Told>().cloned();
    let Some(standing) = told.and_then(|told| told.get()) else {
        return Ok(response);
    };
    for (name, value) in headers(standing) {
        // What is made of digits is a header.
        if let Ok(value) = HeaderValue::try_from(value) {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

fn headers(standing: Standing) -> [(&'static str, String); 2] {
    let (requests, window) = (
        standing.budget.calls,
        standing.budget.window.as_secs().max(1),
    );
    let (left, full_in) = (standing.left, whole_seconds(standing.full_in));
    [
        (
            "ratelimit-policy",
            format!("\"token\";q={requests};w={window}"),
        ),
        ("ratelimit", format!("\"token\";r={left};t={full_in}")),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;

    use super::*;
    use crate::config::Budget;

    #[test]
    fn the_headers_are_structured_fields() {
        let standing = Standing {
            budget: Budget {
                calls: 200,
                window: Duration::from_secs(10),
            },
            left: 199,
            full_in: SignedDuration::from_millis(50),
        };

        assert_eq!(
            headers(standing).map(|(_, value)| value),
            ["\"token\";q=200;w=10", "\"token\";r=199;t=1"]
        );
    }
}
