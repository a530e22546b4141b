//! A form that a signed-in person sent from one of our pages.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use secrecy::SecretString;
use subtle::ConstantTimeEq as _;

use crate::domain::search_text::InvalidSearchText;
use crate::web::body;
use crate::web::error::Problem;
use crate::web::pages::failure::PageError;
use crate::web::query::Query;
use crate::web::visitor::Visitor;

/// The largest form that is read.
const LARGEST_FORM_BYTES: usize = 64 * 1024;
/// The same of strangers, of whom any number may come: more than any field of theirs takes.
const LARGEST_FORM_OF_STRANGERS_BYTES: usize = 8 * 1024;

/// The person and what they filled in; there only when the form carries the session's token.
pub struct Sent {
    /// Who sent it.
    pub visitor: Visitor,
    fields: Query,
}

impl Sent {
    /// A field as it was filled in, without blanks around it; empty when it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_default().trim()
    }

    /// A secret; `None` when it was left empty.
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        let text = self.fields.get(name)?;
        Some(text.to_owned().into())
    }

    /// Whether a box was ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        self.fields.get(name).is_some()
    }

    /// What it asks for besides, as a URL would.
    pub fn query(&self) -> Query {
        self.fields.clone().without(&["csrf"])
    }
}

impl FromRequest for Sent {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(http, payload);
        let body = body::read(http, payload, LARGEST_FORM_BYTES);
        Box::pin(async move {
            let visitor = visitor.await?;
            let fields = fields(&body.await.map_err(PageError::FormUnread)?)?;
            if !is_same(
                fields.get("csrf").unwrap_or_default(),
                &visitor.session.csrf_token,
            ) {
                return Err(PageError::FormExpired);
            }
            Ok(Self { visitor, fields })
        })
    }
}

/// A form before anyone has signed in; the caller checks where it comes from.
pub struct SentByStranger {
    /// What was filled in.
    pub fields: Query,
}

impl FromRequest for SentByStranger {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = body::read(http, payload, LARGEST_FORM_OF_STRANGERS_BYTES);
        Box::pin(async move {
            let fields = fields(&body.await.map_err(PageError::FormUnread)?)?;
            Ok(Self { fields })
        })
    }
}

/// Whether two tokens are the same; takes as long for nearly right ones. Empty ones are never the same.
pub fn is_same(left: &str, right: &str) -> bool {
    !left.is_empty() && bool::from(left.as_bytes().ct_eq(right.as_bytes()))
}

/// What was filled in; a NUL, which no browser sends, is refused before it reaches a database.
fn fields(body: &[u8]) -> Result<Query, PageError> {
    let fields = Query::parse(body);
    let odd = fields.pairs().find(|(_, value)| value.contains('\0'));
    match odd {
        Some((name, _)) => Err(Problem::not_searchable((name, InvalidSearchText::Nul)).into()),
        None => Ok(fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_not_the_same_as_nothing() {
        assert!(is_same("abc", "abc"));
        assert!(!is_same("abc", "abd"));
        assert!(!is_same("", ""));
    }
}
