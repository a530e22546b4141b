//! FastSpring, contextual store: server webhooks and license requests.

mod date;
mod decimal;
mod envelope;
mod fulfillment;
mod named;
mod payload;
mod signature;
mod translate;

use crate::storefronts::key_request::{KeyRequest, KeyRequestError};
use crate::storefronts::{
    Envelope, EnvelopeError, HeaderValues, SignatureError, Storefront, TranslateError, Translation,
};

/// The FastSpring kind.
#[derive(Debug, Clone, Copy)]
pub struct Fastspring;

impl Storefront for Fastspring {
    fn verify(
        &self,
        headers: &HeaderValues<'_>,
        body: &[u8],
        secrets: &[&[u8]],
    ) -> Result<usize, SignatureError> {
        signature::verify(&headers(signature::HEADER), body, secrets)
    }

    fn split<'a>(&self, body: &'a [u8]) -> Result<Envelope<'a>, EnvelopeError> {
        envelope::split(body)
    }

    fn translate(&self, event_type: &str, payload: &[u8]) -> Result<Translation, TranslateError> {
        translate::translate(event_type, payload)
    }

    fn verify_key_request(&self, form: &[u8], keys: &[&[u8]]) -> Result<usize, SignatureError> {
        fulfillment::verify(form, keys)
    }

    fn read_key_request(&self, form: &[u8]) -> Result<KeyRequest, KeyRequestError> {
        fulfillment::read(form)
    }
}

#[cfg(test)]
mod tests;
