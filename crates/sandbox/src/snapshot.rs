//! Licenses as tests look at them, and changes that a person makes by hand.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// A license at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseSnapshot {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// Its product.
    pub product_id: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Its end; `None` = never, or not begun.
    pub expires_at: Option<Timestamp>,
    /// The end of its maintenance.
    pub maintenance_expires_at: Option<Timestamp>,
    /// What a renewal adds, as the API shows it; empty = nothing.
    pub subscription_interval: String,
    /// Whether it never ends.
    pub is_perpetual: bool,
    /// Suspended.
    pub is_suspended: bool,
    /// Revoked.
    pub is_revoked: bool,
    /// Machines that may be activated.
    pub allowed_activations: i64,
    /// Floating clients.
    pub allowed_floating_clients: i64,
    /// Machines that are.
    pub total_activations: i64,
    /// Its entitlement set.
    pub entitlement_set_id: Option<String>,
    /// Its user.
    pub user_id: Option<String>,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
}

/// What a person changes by hand, outside of the API; `None` = stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandEdit {
    /// The end; `Some(None)` makes it perpetual.
    pub expires_at: Option<Option<Timestamp>>,
    /// Suspended.
    pub is_suspended: Option<bool>,
    /// Revoked.
    pub is_revoked: Option<bool>,
    /// Machines that may be activated.
    pub allowed_activations: Option<i64>,
    /// Metadata rows to set.
    pub metadata: BTreeMap<String, String>,
}
