//! One request on its way through the sandbox, after its URL was understood.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::collection::Document;
use crate::message::{Answer, Response};

/// One request, its URL understood.
pub struct Call<'a> {
    /// The time that the sandbox shows.
    pub now: Timestamp,
    /// The path's id; empty where it has none.
    pub id: &'a str,
    /// The path's second id; empty where it has none.
    pub inner_id: &'a str,
    /// The path as a whole.
    pub path: &'a str,
    /// The query's pairs.
    pub query: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// The caller's token.
    pub bearer: Option<&'a str>,
    /// The caller's key.
    pub api_key: Option<&'a str>,
    /// How far lists lag behind.
    pub lag: Option<Duration>,
}

/// 200 with a document.
pub fn shown(document: Document) -> Answer {
    Ok(Response::json(200, &Value::Object(document)))
}

/// 201 with a document.
pub fn created(document: Document) -> Answer {
    Ok(Response::json(201, &Value::Object(document)))
}

/// 200 with a sentence and nothing else.
pub fn said(sentence: &str) -> Answer {
    Ok(Response::json(200, &json!({ "message": sentence })))
}

/// 204.
pub fn deleted() -> Answer {
    Ok(Response::empty(204))
}
