//! How a sandbox behaves where the real server may be set up, or is not known to behave, one way or the other.

use crate::fault::Fault;
use crate::limiter::RateLimit;

/// Settings of a sandbox; the default is what one would try first by hand.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// What ids, keys and rates are drawn from; `None` draws it from the machine.
    pub seed: Option<u64>,
    /// Whether members and filters that the API does not know are refused (they are ignored otherwise).
    pub is_strict: bool,
    /// Whether unknown products, templates, entitlement sets and tags are refused.
    /// In an open catalog they spring into being.
    pub is_catalog_closed: bool,
    /// How many requests a source address may send.
    pub rate_limit: RateLimit,
    /// Bearer texts that get a 401, as if revoked.
    pub refused_tokens: Vec<String>,
    /// What a PATCH does with metadata rows that it does not name.
    pub metadata_patch: MetadataPatch,
    /// What a renewal adds to once the end has passed.
    pub renewal_base: RenewalBase,
    /// Whether text filters tell `A` from `a`.
    pub are_filters_case_sensitive: bool,
    /// Whether a user who holds licenses may be deleted (409 otherwise).
    pub may_delete_linked_users: bool,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
}

/// What a PATCH does with metadata rows that it does not name. The real server does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetadataPatch {
    /// They stay.
    #[default]
    Merge,
    /// They go.
    Replace,
}

/// What a renewal adds to once the end has passed. The real server's text says "to the expiration date".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RenewalBase {
    /// The end, even if it is long past.
    #[default]
    End,
    /// The moment of the call, if that is later.
    LaterOfEndAndNow,
}
