//! FastSpring's REST API: the few calls that Latchkey makes there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use url::Url;

use crate::domain::fact::{Person, ProductReference};
use crate::outbound::{Method, Request, Response};
use crate::storefronts::fastspring::payload::Object;
use crate::storefronts::fastspring::{Fastspring, envelope, translate};
use crate::storefronts::shop_api::{
    EventsPage, FoundSubscription, ShopApi, ShopCredentials, ShopFailure, ShopQuestion,
};

impl ShopApi for Fastspring {
    fn request(
        &self,
        base_url: &Url,
        credentials: &ShopCredentials,
        question: &ShopQuestion,
    ) -> Request {
        let (path, body): ([&str; 2], Option<&str>) = match question {
            ShopQuestion::Subscription(id) => (["subscriptions", id.as_str()], None),
            ShopQuestion::Account(id) => (["accounts", id], None),
            ShopQuestion::Product(path) => (["products", path], None),
            ShopQuestion::Unacknowledged { .. } => (["events", "unprocessed"], None),
            ShopQuestion::Acknowledge(id) => (["events", id], Some(r#"{"processed":true}"#)),
        };
        let mut url = base_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if let ShopQuestion::Unacknowledged { days } = question {
            url.query_pairs_mut().append_pair("days", &days.to_string());
        }
        let method = body.map_or(Method::GET, |_| Method::POST);
        Request {
            headers: vec![
                ("authorization", basic(credentials)),
                ("accept", "application/json".to_owned()),
                // Required on every call, also on those without a body.
                ("content-type", "application/json".to_owned()),
            ],
            body: body.map(|body| body.as_bytes().to_vec()),
            ..Request::new(method, url)
        }
    }

    fn judge(&self, response: &Response) -> Result<(), ShopFailure> {
        match response.status {
            200..300 if is_error(&response.body) => Err(ShopFailure::Unknown),
            200..300 => Ok(()),
            401 | 403 => Err(ShopFailure::Unauthorized),
            // The vendor's pages name both as the answer to too many requests.
            404 => Err(ShopFailure::Unclear),
            429 => Err(ShopFailure::RateLimited {
                after: response.retry_after(),
            }),
            400 | 410 | 422 => Err(ShopFailure::Unknown),
            _ => Err(ShopFailure::Transient),
        }
    }

    fn read_subscription(&self, body: &[u8]) -> Result<FoundSubscription, ShopFailure> {
        let found = translate::found_subscription(&object(body)?);
        let (snapshot, products) = found.ok_or(ShopFailure::Unknown)?;
        Ok(FoundSubscription { snapshot, products })
    }

    fn read_account(&self, body: &[u8]) -> Result<Person, ShopFailure> {
        Ok(translate::found_account(&object(body)?))
    }

    fn read_product(&self, body: &[u8]) -> Result<ProductReference, ShopFailure> {
        translate::found_product(&object(body)?).ok_or(ShopFailure::Unknown)
    }

    fn read_events<'a>(&self, body: &'a [u8]) -> Result<EventsPage<'a>, ShopFailure> {
        let has_more = object(body)?.flag("more").unwrap_or(false);
        let envelope = envelope::split(body).map_err(|_no_list| ShopFailure::Transient)?;
        Ok(EventsPage { envelope, has_more })
    }
}

fn basic(credentials: &ShopCredentials) -> String {
    let pair = format!(
        "{}:{}",
        credentials.username.expose_secret(),
        credentials.password.expose_secret()
    );
    format!("Basic {}", STANDARD.encode(pair))
}

fn object(body: &[u8]) -> Result<Object<'_>, ShopFailure> {
    std::str::from_utf8(body)
        .ok()
        .and_then(Object::parse)
        .ok_or(ShopFailure::Transient)
}

/// Errors about one thing may come with any status: `{"result":"error","error":{…}}`.
fn is_error(body: &[u8]) -> bool {
    object(body).is_ok_and(|object| object.text("result").as_deref() == Some("error"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::shop_id::SubscriptionId;

    fn request(base_url: &str, question: &ShopQuestion) -> Request {
        let credentials = ShopCredentials {
            username: "name".into(),
            password: "word".into(),
        };
        Fastspring.request(&base_url.parse().unwrap(), &credentials, question)
    }

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: vec![("retry-after".to_owned(), "7".to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn each_question_is_one_request() {
        let subscription = |id| ShopQuestion::Subscription(SubscriptionId::new(id).unwrap());
        for (question, line) in [
            (
                subscription("S-1"),
                "GET https://x.example/subscriptions/S-1",
            ),
            (
                subscription("a/b?"),
                "GET https://x.example/subscriptions/a%2Fb%3F",
            ),
            (
                ShopQuestion::Account("A".to_owned()),
                "GET https://x.example/accounts/A",
            ),
            (
                ShopQuestion::Product("studio/pro".to_owned()),
                "GET https://x.example/products/studio%2Fpro",
            ),
            (
                ShopQuestion::Unacknowledged { days: 30 },
                "GET https://x.example/events/unprocessed?days=30",
            ),
            (
                ShopQuestion::Acknowledge("-E_1".to_owned()),
                "POST https://x.example/events/-E_1",
            ),
        ] {
            let request = request("https://x.example", &question);

            assert_eq!(format!("{} {}", request.method, request.url), line);
            assert!(
                request
                    .headers
                    .contains(&("authorization", "Basic bmFtZTp3b3Jk".to_owned()))
            );
        }
    }

    #[test]
    fn a_proxy_may_stand_below_a_path() {
        for base_url in ["https://x.example/shop", "https://x.example/shop/"] {
            let request = request(base_url, &ShopQuestion::Account("A".to_owned()));

            assert_eq!(request.url.as_str(), "https://x.example/shop/accounts/A");
        }
    }

    #[test]
    fn a_status_says_what_to_do_next() {
        let after = Some(Duration::from_secs(7));
        for (status, body, expected) in [
            (200, "{}", Ok(())),
            (200, r#"{"result":"success"}"#, Ok(())),
            (200, r#"{"result":"error"}"#, Err(ShopFailure::Unknown)),
            (400, "", Err(ShopFailure::Unknown)),
            (401, "", Err(ShopFailure::Unauthorized)),
            (403, "", Err(ShopFailure::Unauthorized)),
            (404, "", Err(ShopFailure::Unclear)),
            (429, "", Err(ShopFailure::RateLimited { after })),
            (302, "", Err(ShopFailure::Transient)),
            (503, "", Err(ShopFailure::Transient)),
        ] {
            assert_eq!(
                Fastspring.judge(&answer(status, body)),
                expected,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_subscription_is_read_bare_and_within_a_list() {
        let bare = r#"{"id":"S","state":"active","product":"a","nextChargeDate":"2025-12-01T00:00:00.000Z"}"#;
        for body in [bare.to_owned(), format!(r#"{{"subscriptions":[{bare}]}}"#)] {
            let found = Fastspring.read_subscription(body.as_bytes()).unwrap();

            assert_eq!(found.snapshot.id.as_str(), "S");
            assert_eq!(
                found.snapshot.next.map(|next| next.to_string()).as_deref(),
                Some("2025-12-01T00:00:00Z")
            );
            assert_eq!(found.products[0].path, "a");
        }
        for (body, failure) in [
            ("{}", ShopFailure::Unknown),
            ("<html>", ShopFailure::Transient),
        ] {
            assert_eq!(
                Fastspring.read_subscription(body.as_bytes()),
                Err(failure),
                "{body}"
            );
        }
    }

    #[test]
    fn a_product_is_read_bare_and_within_a_list() {
        let bare =
            r#"{"product":"a","display":{"en":"A"},"attributes":{"cryptlex_product_id":"p"}}"#;
        for body in [bare.to_owned(), format!(r#"{{"products":[{bare}]}}"#)] {
            let product = Fastspring.read_product(body.as_bytes()).unwrap();

            assert_eq!(product.path, "a");
            assert_eq!(product.display.as_deref(), Some("A"));
            assert_eq!(product.attributes.unwrap()["cryptlex_product_id"], "p");
        }
        let error =
            br#"{"products":[{"product":"a","result":"error","error":{"product":"Not found"}}]}"#;
        assert_eq!(Fastspring.read_product(error), Err(ShopFailure::Unknown));
    }

    #[test]
    fn a_page_holds_events_as_webhooks_bring_them() {
        let body = br#"{"action":"events.get","events":[{"id":"E","event":"E","type":"t"},{}],"more":true}"#;

        let page = Fastspring.read_events(body).unwrap();

        assert_eq!(page.envelope.events[0].source_id, "E");
        assert_eq!(page.envelope.malformed, 1);
        assert!(page.has_more);
    }
}
