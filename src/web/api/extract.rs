//! What a request brings: its body, and the ids in its address.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::Path;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::domain::search_text::InvalidSearchText;
use crate::web::api::fields;
use crate::web::auth::admitted;
use crate::web::body::{self, Unread};
use crate::web::error::{Problem, ProblemCode};

/// The largest body that is read: that of a webhook, which may be planned.
pub const LARGEST_BODY_BYTES: usize = 2 * 1024 * 1024;

/// A JSON object as that type; an empty body is an object without fields.
pub struct Body<T>(pub T);

/// A body as it came.
pub struct Raw(pub web::Bytes);

/// What the address names; an id that is none is not found.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (admitted, bytes) = (admitted(http), bytes(http, payload));
        Box::pin(async move {
            admitted.await?;
            let fields = object(&bytes.await?)?;
            if let Some((name, _)) = fields.iter().find(|(_, value)| holds_nul(value)) {
                return Err(Problem::not_searchable((name, InvalidSearchText::Nul)));
            }
            fields::read(fields)
                .map(Self)
                .map_err(Problem::invalid_fields)
        })
    }
}

impl FromRequest for Raw {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (admitted, bytes) = (admitted(http), bytes(http, payload));
        Box::pin(async move {
            admitted.await?;
            bytes.await.map(Self)
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for At<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admitted = admitted(http);
        let path = Path::<T>::from_request(http, payload).into_inner();
        Box::pin(async move {
            admitted.await?;
            match path {
                Ok(path) => Ok(Self(path.into_inner())),
                Err(_no_such_id) => Err(Problem::not_found()),
            }
        })
    }
}

fn bytes(
    http: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<web::Bytes, Problem>> + use<> {
    let announced = http
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let body = body::read(http, payload, LARGEST_BODY_BYTES);
    async move {
        if announced.is_some_and(|bytes| bytes > LARGEST_BODY_BYTES) {
            return Err(too_large());
        }
        body.await.map_err(|unread| match unread {
            Unread::TooLarge => too_large(),
            Unread::TooSlow => Problem::new(
                ProblemCode::TooSlow,
                "The body came too slowly. Send it at once.",
            ),
            Unread::BrokenOff => malformed("the body did not arrive whole"),
        })
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Json>, Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(_other) => Err(malformed("it is not an object")),
        Err(error) => Err(malformed(&error.to_string())),
    }
}

/// Whether a NUL, which no database column holds, is in any text of it.
fn holds_nul(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains('\0'),
        Json::Array(members) => members.iter().any(holds_nul),
        Json::Object(fields) => {
            let is_odd = |(name, value): (&String, &Json)| name.contains('\0') || holds_nul(value);
            fields.iter().any(is_odd)
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

fn malformed(why: &str) -> Problem {
    let detail = format!("Send one JSON object such as {{\"name\": \"…\"}}; {why}.");
    Problem::new(ProblemCode::Malformed, detail)
}

fn too_large() -> Problem {
    let detail = format!("A body has at most {LARGEST_BODY_BYTES} bytes.");
    Problem::new(ProblemCode::TooLarge, detail)
}
