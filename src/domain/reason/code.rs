//! The codes of reasons, as programs and the store read them.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Every reason that an event can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The code of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
