//! How a sandbox behaves where the real server may be set up, or is not known to behave, one way or the other.

use std::time::Duration;

use crate::fault::Fault;
use crate::limiter::RateLimit;

/// Settings of a sandbox; the default is what one would try first by hand at Cryptlex.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Whose API it speaks; [`SandboxOptions::of`] gives the limits that go with it.
    pub kind: Kind,
    /// What ids, keys and rates are drawn from; `None` draws it from the machine.
    pub seed: Option<u64>,
    /// Whether members and filters that the API does not know are refused (they are ignored otherwise).
    pub is_strict: bool,
    /// Whether unknown products, templates, entitlement sets and tags are refused.
    /// In an open catalog they spring into being; LicenseSpring's is always closed.
    pub is_catalog_closed: bool,
    /// How many requests a source address may send.
    pub rate_limit: RateLimit,
    /// How many requests all callers together may send.
    pub company_limit: RateLimit,
    /// Tokens that are refused, as if revoked.
    pub refused_tokens: Vec<String>,
    /// What a PATCH does with metadata rows that it does not name.
    pub metadata_patch: MetadataPatch,
    /// What a renewal adds to once the end has passed.
    pub renewal_base: RenewalBase,
    /// Whether text filters tell `A` from `a`.
    pub are_filters_case_sensitive: bool,
    /// Whether a user who holds licenses may be deleted (409 otherwise).
    pub may_delete_linked_users: bool,
    /// What the company's plan lacks; only LicenseSpring has such plans.
    pub lacking: Vec<PlanFeature>,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
}

/// Whose API a sandbox speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Cryptlex's Web API.
    #[default]
    Cryptlex,
    /// LicenseSpring's Management API.
    LicenseSpring,
}

/// What not every plan of LicenseSpring has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanFeature {
    /// Floating licenses.
    Floating,
    /// Maintenance.
    Maintenance,
}

impl SandboxOptions {
    /// What one would try first by hand, with the limits of this kind.
    pub fn of(kind: Kind) -> Self {
        let per = |requests, seconds| RateLimit {
            requests: Some(requests),
            window: Duration::from_secs(seconds),
            ..RateLimit::default()
        };
        let (rate_limit, company_limit) = match kind {
            Kind::Cryptlex => (RateLimit::default(), RateLimit::off()),
            Kind::LicenseSpring => (per(200, 10), per(600, 60)),
        };
        Self {
            kind,
            seed: None,
            is_strict: false,
            is_catalog_closed: false,
            rate_limit,
            company_limit,
            refused_tokens: Vec::new(),
            metadata_patch: MetadataPatch::default(),
            renewal_base: RenewalBase::default(),
            are_filters_case_sensitive: false,
            may_delete_linked_users: false,
            lacking: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self::of(Kind::default())
    }
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
