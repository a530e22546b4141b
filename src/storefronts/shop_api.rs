//! A shop's own API: what is asked of it, and what its answers say. Pure: others send the requests.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::domain::fact::{Person, ProductReference, SubscriptionSnapshot};
use crate::domain::shop_id::SubscriptionId;
use crate::outbound::{Request, Response};
use crate::storefronts::Envelope;

/// What every shop with an API of its own can be asked; each question is one request.
pub trait ShopApi: Send + Sync {
    /// The request that asks the question, at an address that may have a path of its own.
    fn request(
        &self,
        base_url: &Url,
        credentials: &ShopCredentials,
        question: &ShopQuestion,
    ) -> Request;

    /// Whether an answer is one, or why there is none.
    fn judge(&self, response: &Response) -> Result<(), ShopFailure>;

    /// Reads the answer to [`ShopQuestion::Subscription`]; the caller compares the id with the one it asked for.
    fn read_subscription(&self, body: &[u8]) -> Result<FoundSubscription, ShopFailure>;

    /// Reads the answer to [`ShopQuestion::Account`]; likewise.
    fn read_account(&self, body: &[u8]) -> Result<Person, ShopFailure>;

    /// Reads the answer to [`ShopQuestion::Product`]; likewise.
    fn read_product(&self, body: &[u8]) -> Result<ProductReference, ShopFailure>;

    /// Reads the answer to [`ShopQuestion::Unacknowledged`].
    fn read_events<'a>(&self, body: &'a [u8]) -> Result<EventsPage<'a>, ShopFailure>;
}

/// A question to a shop's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopQuestion {
    /// How a subscription stands now.
    Subscription(SubscriptionId),
    /// Who a buyer is, by the shop's account id.
    Account(String),
    /// What a product says of itself, by its path.
    Product(String),
    /// Events that nobody has acknowledged; asked again, it shows those after them once these are acknowledged.
    Unacknowledged {
        /// How many days back.
        days: u8,
    },
    /// An event, by the shop's id, is in our hands.
    Acknowledge(String),
}

/// Name and password for a shop's API.
#[derive(Clone)]
pub struct ShopCredentials {
    /// The name.
    pub username: SecretString,
    /// The password.
    pub password: SecretString,
}

/// A subscription as the shop shows it now.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSubscription {
    /// How it stands.
    pub snapshot: SubscriptionSnapshot,
    /// Every product that it names.
    pub products: Vec<ProductReference>,
}

/// Some events, as webhooks would have brought them.
#[derive(Debug, Default)]
pub struct EventsPage<'a> {
    /// The events.
    pub envelope: Envelope<'a>,
    /// Whether there are more than these.
    pub has_more: bool,
}

/// Why a shop's API gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopFailure {
    /// The credentials are not accepted: everything that needs them waits for others.
    Unauthorized,
    /// Too many requests.
    RateLimited {
        /// How long the shop asks to wait, if it says so.
        after: Option<Duration>,
    },
    /// There is no such thing, or there were too many requests: the answer does not tell which.
    Unclear,
    /// There is no such thing.
    Unknown,
    /// No answer, a broken one, or a fault of the shop.
    Transient,
}
