//! FastSpring, contextual store: server webhooks and license requests.

mod api;
mod date;
mod decimal;
mod envelope;
mod fulfillment;
mod named;
mod payload;
pub mod pretend;
mod signature;
mod translate;

use crate::storefronts::key_request::{KeyRequest, KeyRequestError};
use crate::storefronts::pretend::Pretended;
use crate::storefronts::shop_api::ShopApi;
use crate::storefronts::{
    Envelope, EnvelopeError, HeaderValues, SignatureError, Storefront, TranslateError, Translation,
};

/// Purchases, renewals, changes and endings; without one of these licenses are missing or outlive what was paid.
const NEEDED_EVENT_TYPES: &[&str] = &[
    "order.completed",
    "return.created",
    "chargeback.created",
    "fulfillment.failed",
    "subscription.activated",
    "subscription.charge.completed",
    "subscription.charge.failed",
    "subscription.updated",
    "subscription.canceled",
    "subscription.uncanceled",
    "subscription.paused",
    "subscription.resumed",
    "subscription.payment.overdue",
    "subscription.deactivated",
];

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

    fn api(&self) -> &dyn ShopApi {
        self
    }

    fn pretend(&self, pretended: &Pretended) -> Vec<String> {
        pretend::story(pretended)
    }

    fn sign(&self, body: &[u8], secret: &[u8]) -> Vec<(&'static str, String)> {
        vec![(signature::HEADER, signature::sign(body, secret))]
    }

    fn needed_event_types(&self) -> &'static [&'static str] {
        NEEDED_EVENT_TYPES
    }
}

#[cfg(test)]
mod tests;
