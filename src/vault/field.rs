//! Every field that is stored sealed, on one page.

use crate::domain::id::{
    CallId, CustomerId, EventId, KeyRequestId, LicenseId, LicenseServerId, MailId, MappingId,
    OlderSecretId, OnceId, StorefrontId,
};
use crate::vault::sealed::Place;

/// A sealed field of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What the shop sent, or a due date of our own.
    Payload(EventId),
    /// What a license server said when it refused.
    ReasonWords(EventId),
    /// What was sent to a license server.
    CallRequest(CallId),
    /// What it answered.
    CallResponse(CallId),
    /// The token of a hook, so that its URL can be shown again.
    HookToken(StorefrontId),
    /// The secret that the shop signs with.
    WebhookSecret(StorefrontId),
    /// The one before it, until its overlap ends.
    PreviousSecret(StorefrontId),
    /// One before that, until its overlap ends.
    OlderSecret(OlderSecretId),
    /// The key that license requests of the storefront are signed with.
    FulfillmentKey(StorefrontId),
    /// The same of one product.
    MappingFulfillmentKey(MappingId),
    /// Name for the shop's API.
    ApiUsername(StorefrontId),
    /// Password for the shop's API.
    ApiPassword(StorefrontId),
    /// The token of an account at a license server; what is stored is bound to its address besides, see [`AccessToken`].
    AccessToken(LicenseServerId),
    /// What a request for keys said of its product.
    KeyRequestParameters(KeyRequestId),
    /// A license key.
    LicenseKey(LicenseId),
    /// A buyer or user.
    Person(CustomerId),
    /// To whom a mail goes, and what it says.
    Mail(MailId),
    /// What a page shows once.
    ShownOnce(OnceId),
}

impl Field {
    /// Where it is stored.
    pub fn place(&self) -> Place<'_> {
        let (table, row, column) = match self {
            Self::Payload(event) => ("payloads", event.as_bytes(), "sealed"),
            Self::ReasonWords(event) => ("events", event.as_bytes(), "words"),
            Self::CallRequest(call) => ("calls", call.as_bytes(), "request"),
            Self::CallResponse(call) => ("calls", call.as_bytes(), "response"),
            Self::HookToken(id) => ("storefronts", id.as_bytes(), "hook_token"),
            Self::WebhookSecret(id) => ("storefronts", id.as_bytes(), "webhook_secret"),
            Self::PreviousSecret(id) => ("storefronts", id.as_bytes(), "previous_secret"),
            Self::OlderSecret(id) => ("older_secrets", id.as_bytes(), "secret"),
            Self::FulfillmentKey(id) => ("storefronts", id.as_bytes(), "fulfillment_key"),
            Self::MappingFulfillmentKey(id) => ("mappings", id.as_bytes(), "fulfillment_key"),
            Self::ApiUsername(id) => ("storefronts", id.as_bytes(), "api_username"),
            Self::ApiPassword(id) => ("storefronts", id.as_bytes(), "api_password"),
            Self::AccessToken(id) => ("license_servers", id.as_bytes(), "access_token"),
            Self::KeyRequestParameters(id) => ("key_requests", id.as_bytes(), "parameters"),
            Self::LicenseKey(id) => ("licenses", id.as_bytes(), "key"),
            Self::Person(id) => ("customers", id.as_bytes(), "person"),
            Self::Mail(id) => ("outbox", id.as_bytes(), "sealed"),
            Self::ShownOnce(id) => ("shown_once", id.as_bytes(), "sealed"),
        };
        Place {
            table,
            row,
            column,
            bound_to: "",
        }
    }
}

/// The token of an account at a license server: it opens for the address that it was sealed for, and for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessToken<'a> {
    /// The account.
    pub account: LicenseServerId,
    /// To whom it may be sent, as the account's row spells it.
    pub base_url: &'a str,
}

impl AccessToken<'_> {
    /// Where it is stored.
    pub fn place(&self) -> Place<'_> {
        Place {
            table: "license_servers",
            row: self.account.as_bytes(),
            column: "access_token",
            bound_to: self.base_url,
        }
    }
}
