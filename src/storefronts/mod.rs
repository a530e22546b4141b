//! Storefront kinds: each verifies, splits and translates one shop's wire format into facts.
//!
//! Everything here is pure: no I/O, no clock, no secrets kept.
//! Adding a kind is a folder, an arm in [`of`] and a variant of [`StorefrontKind`].

pub mod fastspring;
pub mod headline;
pub mod key_request;
pub mod pretend;
pub mod shop_api;

use std::borrow::Cow;

use crate::domain::fact::{Fact, Person, ProductReference};
use crate::domain::kind::StorefrontKind;
use crate::domain::lane::Lane;
use crate::domain::shop_id::SubscriptionId;
use crate::domain::time::Timestamp;
use crate::storefronts::key_request::{KeyRequest, KeyRequestError};
use crate::storefronts::pretend::Pretended;
use crate::storefronts::shop_api::ShopApi;

/// Finds the storefront kind's implementation.
pub fn of(kind: StorefrontKind) -> &'static dyn Storefront {
    match kind {
        StorefrontKind::Fastspring => &fastspring::Fastspring,
    }
}

/// Looks up all values of a request header by its name in lower case; empty when the header is absent.
pub type HeaderValues<'a> = dyn Fn(&str) -> Vec<&'a [u8]> + 'a;

/// What every kind of shop can do for us; all of it without I/O.
pub trait Storefront: Send + Sync {
    /// Checks who sent a body and says which of the secrets fits; an empty secret fits nothing.
    fn verify(
        &self,
        headers: &HeaderValues<'_>,
        body: &[u8],
        secrets: &[&[u8]],
    ) -> Result<usize, SignatureError>;

    /// Takes a verified body apart; one bad event does not spoil the others.
    fn split<'a>(&self, body: &'a [u8]) -> Result<Envelope<'a>, EnvelopeError>;

    /// Says in our words what one event means; an unknown type is [`Fact::Unknown`], not an error.
    fn translate(&self, event_type: &str, payload: &[u8]) -> Result<Translation, TranslateError>;

    /// Checks who sent a request for keys and says which of the fulfillment keys fits; an empty one fits nothing.
    fn verify_key_request(&self, form: &[u8], keys: &[&[u8]]) -> Result<usize, SignatureError>;

    /// Reads a request for keys, verified or not, since the product decides which key must fit.
    fn read_key_request(&self, form: &[u8]) -> Result<KeyRequest, KeyRequestError>;

    /// The shop's own API.
    fn api(&self) -> &dyn ShopApi;

    /// The bodies of a made-up story, one for each call that the shop would make, oldest first.
    fn pretend(&self, pretended: &Pretended) -> Vec<String>;

    /// The headers by which [`Storefront::verify`] believes a body.
    fn sign(&self, body: &[u8], secret: &[u8]) -> Vec<(&'static str, String)>;

    /// The types of events without which licenses go wrong, as a vendor ticks them at the shop.
    fn needed_event_types(&self) -> &'static [&'static str];
}

/// Why a body is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No signature came with the request, or an empty one.
    #[error("the request carries no signature")]
    Missing,
    /// The signature was not made with any of our secrets over these bytes.
    #[error("the signature does not fit the request")]
    Mismatch,
}

/// A body that cannot be taken apart at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON, or without a list of events.
    #[error("the body is not a list of events")]
    Malformed,
}

/// The events of one delivery.
#[derive(Debug, Default)]
pub struct Envelope<'a> {
    /// Those that can be stored, in the shop's order.
    pub events: Vec<RawEvent<'a>>,
    /// How many others lack an id or a type.
    pub malformed: usize,
}

/// One event as it came, with what is needed to store and to queue it.
#[derive(Debug)]
pub struct RawEvent<'a> {
    /// The shop's id of the event; the same on automatic retries, another on a resend by hand.
    pub source_id: Cow<'a, str>,
    /// The shop's name of the event's type.
    pub event_type: Cow<'a, str>,
    /// False for test orders.
    pub live: bool,
    /// When the shop made the event; absent in trimmed bodies.
    pub created: Option<Timestamp>,
    /// When the thing itself happened; the best of the dates that the event carries.
    pub occurred_at: Option<Timestamp>,
    /// The order that the event names; of a return the order that is refunded.
    pub order_id: Option<String>,
    /// The receipt number of that order.
    pub order_reference: Option<String>,
    /// The subscription that the event names.
    pub subscription_id: Option<String>,
    /// How urgent the calls are that it may lead to.
    pub lane: Lane,
    /// What must be worked one at a time: subscription (for add-ons the parent's), else order, else account.
    pub subject: Option<String>,
    /// The whole event, byte for byte.
    pub payload: &'a str,
}

/// An event in our words.
#[derive(Debug, Clone, PartialEq)]
pub struct Translation {
    /// What it says.
    pub fact: Fact,
    /// Every product that it names, each path once.
    pub products: Vec<ProductReference>,
    /// What the shop left out and would have sent with webhook expansion on.
    pub missing: Vec<Missing>,
    /// Everyone whom it names with an e-mail address, each address once.
    pub people: Vec<Person>,
}

/// Something that an event names by id only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A subscription.
    Subscription(SubscriptionId),
    /// A buyer, by the shop's account id.
    Account(String),
}

/// An event of a known type that cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TranslateError {
    /// A part that nothing can be done without is absent or senseless.
    #[error("the event's `{what}` is absent or cannot be read")]
    Invalid {
        /// The part, in the shop's spelling.
        what: &'static str,
    },
    /// More lines, add-ons, subscriptions or people than are worked at once.
    #[error("the event names {named} things")]
    TooMany {
        /// How many were counted.
        named: usize,
    },
}
