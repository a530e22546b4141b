//! The codes of reasons, as programs and the store read them.

use serde::{Deserialize, Serialize};

/// Every reason that an event can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// The shop sent a kind of message that this version does not know.
    UnknownEventType,
    /// The shop only informs.
    NoticeOnly,
    /// No line gives a license.
    NoLicensedProduct,
    /// All licenses already are as the message says.
    NothingToDo,
    /// Nobody has said which license a paid product gives.
    ProductNotMapped,
    /// An attribute has a value that makes no sense.
    MappingInvalid,
    /// An earlier copy of the message did it.
    AlreadyApplied,
    /// Newer news was carried out before.
    Stale,
    /// The purchase is not known yet.
    WaitingForOrder,
    /// No license names the purchase.
    LicenseNotFound,
    /// The message carries ids instead of details.
    ExpansionOff,
    /// Sold for one period, licensed for another.
    IntervalMismatch,
    /// The license never ends.
    NothingToRenew,
    /// The paid-through date did not move.
    ProrationNoRenewal,
    /// A person changed the license at the license server.
    ChangedByHand,
    /// A person wants to be asked first.
    AwaitingConsent,
    /// More endings than usual.
    Brake,
    /// A person said that access shall not be taken away.
    KeptByChoice,
    /// Rules leave tests alone.
    TestEventIgnored,
    /// The store is only watched.
    ShadowMode,
    /// The store is on hold.
    StorefrontPaused,
    /// The license server refuses the token.
    LicenseServerUnauthorized,
    /// The token may not do this.
    LicenseServerMissingScope,
    /// The license server does not answer.
    LicenseServerUnreachable,
    /// The license server says no.
    LicenseServerRejected,
    /// The vendor's plan at the license server is used up.
    PlanLimit,
    /// The license is made, its user is not.
    UserNotCreated,
    /// The budget of calls is used.
    RateBudget,
    /// The message names no purchase.
    UnsafeWithoutReference,
    /// The message lacks something.
    PayloadInvalid,
    /// The license server said yes and did not do it.
    VerificationFailed,
    /// The message was worked on five times without an end.
    RepeatedCrash,
    /// Two stores receive the same orders.
    DuplicateConnection,
    /// A date of our own that has not come.
    NotDueYet,
    /// The shop was paid and got no key.
    DeliveryFailed,
    /// Keys were given out and no order followed.
    KeyWithoutOrder,
    /// The shop's own generator gave a key whose license cannot be adopted.
    ShopKeyNotAdopted,
    /// The first payment went back, a payment after a change of plan did not.
    RefundBeforeChange,
    /// The money for one of several went back, and nothing says for which.
    WhichLicense,
    /// More licenses were bought at once than are made without a yes.
    TooManyLicenses,
    /// The message names more things than are worked at once.
    TooManyLines,
    /// The shop refuses the API credentials.
    ShopApiUnauthorized,
    /// The shop's API does not answer.
    ShopApiUnreachable,
}

impl ReasonCode {
    /// Every code.
    pub const ALL: [Self; 43] = [
        Self::UnknownEventType,
        Self::NoticeOnly,
        Self::NoLicensedProduct,
        Self::NothingToDo,
        Self::ProductNotMapped,
        Self::MappingInvalid,
        Self::AlreadyApplied,
        Self::Stale,
        Self::WaitingForOrder,
        Self::LicenseNotFound,
        Self::ExpansionOff,
        Self::IntervalMismatch,
        Self::NothingToRenew,
        Self::ProrationNoRenewal,
        Self::ChangedByHand,
        Self::AwaitingConsent,
        Self::Brake,
        Self::KeptByChoice,
        Self::TestEventIgnored,
        Self::ShadowMode,
        Self::StorefrontPaused,
        Self::LicenseServerUnauthorized,
        Self::LicenseServerMissingScope,
        Self::LicenseServerUnreachable,
        Self::LicenseServerRejected,
        Self::PlanLimit,
        Self::UserNotCreated,
        Self::RateBudget,
        Self::UnsafeWithoutReference,
        Self::PayloadInvalid,
        Self::VerificationFailed,
        Self::RepeatedCrash,
        Self::DuplicateConnection,
        Self::NotDueYet,
        Self::DeliveryFailed,
        Self::KeyWithoutOrder,
        Self::ShopKeyNotAdopted,
        Self::RefundBeforeChange,
        Self::WhichLicense,
        Self::TooManyLicenses,
        Self::TooManyLines,
        Self::ShopApiUnauthorized,
        Self::ShopApiUnreachable,
    ];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownEventType => "unknown_event_type",
            Self::NoticeOnly => "notice_only",
            Self::NoLicensedProduct => "no_licensed_product",
            Self::NothingToDo => "nothing_to_do",
            Self::ProductNotMapped => "product_not_mapped",
            Self::MappingInvalid => "mapping_invalid",
            Self::AlreadyApplied => "already_applied",
            Self::Stale => "stale",
            Self::WaitingForOrder => "waiting_for_order",
            Self::LicenseNotFound => "license_not_found",
            Self::ExpansionOff => "expansion_off",
            Self::IntervalMismatch => "interval_mismatch",
            Self::NothingToRenew => "nothing_to_renew",
            Self::ProrationNoRenewal => "proration_no_renewal",
            Self::ChangedByHand => "changed_by_hand",
            Self::AwaitingConsent => "awaiting_consent",
            Self::Brake => "brake",
            Self::KeptByChoice => "kept_by_choice",
            Self::TestEventIgnored => "test_event_ignored",
            Self::ShadowMode => "shadow_mode",
            Self::StorefrontPaused => "storefront_paused",
            Self::LicenseServerUnauthorized => "license_server_unauthorized",
            Self::LicenseServerMissingScope => "license_server_missing_scope",
            Self::LicenseServerUnreachable => "license_server_unreachable",
            Self::LicenseServerRejected => "license_server_rejected",
            Self::PlanLimit => "plan_limit",
            Self::UserNotCreated => "user_not_created",
            Self::RateBudget => "rate_budget",
            Self::UnsafeWithoutReference => "unsafe_without_reference",
            Self::PayloadInvalid => "payload_invalid",
            Self::VerificationFailed => "verification_failed",
            Self::RepeatedCrash => "repeated_crash",
            Self::DuplicateConnection => "duplicate_connection",
            Self::NotDueYet => "not_due_yet",
            Self::DeliveryFailed => "delivery_failed",
            Self::KeyWithoutOrder => "key_without_order",
            Self::ShopKeyNotAdopted => "shop_key_not_adopted",
            Self::RefundBeforeChange => "refund_before_change",
            Self::WhichLicense => "which_license",
            Self::TooManyLicenses => "too_many_licenses",
            Self::TooManyLines => "too_many_lines",
            Self::ShopApiUnauthorized => "shop_api_unauthorized",
            Self::ShopApiUnreachable => "shop_api_unreachable",
        }
    }

    /// The code of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}
