//! What a product gives: the shop's product attributes and a vendor's mapping, read into types.

mod cryptlex;
pub mod licensespring;
#[cfg(test)]
mod sources_tests;
mod values;
mod vocabulary;

use crate::domain::action::{Metadata, StartTrigger};
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::QuantityMode;
use crate::domain::time::{Period, Timestamp};

pub use vocabulary::Vocabulary;

/// The type of floating licenses that the license server itself hosts.
pub const HOSTED_FLOATING: &str = "hosted-floating";

/// What a product gives; every field is absent when nobody said it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attributes {
    /// The product at the license server; without it the product gives no license.
    pub license_product_id: Option<String>,
    /// The template there.
    pub license_template_id: Option<String>,
    /// The period of a renewal.
    pub interval: Option<LicenseInterval>,
    /// Whether the interval was said by the vendor in Latchkey, which settles any doubt about it.
    pub is_interval_chosen: bool,
    /// When the term begins.
    pub start_trigger: Option<StartTrigger>,
    /// A fixed term.
    pub expires_after: Option<Period>,
    /// A fixed end.
    pub expires_at: Option<Timestamp>,
    /// What the bought quantity becomes.
    pub quantity: QuantityMode,
    /// Machines that may be activated.
    pub allowed_activations: Option<u32>,
    /// Floating clients.
    pub allowed_floating_clients: Option<u32>,
    /// The type of license.
    pub license_type: Option<String>,
    /// The newest version it may run.
    pub max_allowed_release_version: Option<String>,
    /// The maintenance policy.
    pub maintenance_policy_id: Option<String>,
    /// How long maintenance lasts.
    pub maintenance_duration: Option<Period>,
    /// The entitlement set.
    pub entitlement_set_id: Option<String>,
    /// What the subscription pays for.
    pub covers: Covers,
    /// Entitlements named one by one.
    pub features: Vec<(String, String)>,
    /// Whether an add-on gives features to the main license instead of a license of its own.
    pub is_feature: bool,
    /// Metadata rows of the vendor's own.
    pub metadata: Vec<Metadata>,
    /// Meter attributes and their allowed uses.
    pub meters: Vec<(String, i64)>,
    /// Whether there is maintenance at all; `None` = as the template says.
    pub has_maintenance: Option<bool>,
    /// How often it may be used, where uses are counted.
    pub max_consumptions: Option<u32>,
    /// Fields of the license server's product that get other values than it says.
    pub custom_fields: Vec<(String, String)>,
    /// The account at the license server that it is meant for, where the account tells its own name.
    pub account: Option<String>,
    /// Whether the product at the license server is a bundle, which is licensed as one.
    pub is_server_bundle: bool,
    /// Whether this is a bundle whose members are licensed instead.
    pub is_bundle: bool,
    /// Whether a bundle gives a license of its own too.
    pub bundle_license: bool,
    /// Whether the buyer is linked; `None` = as the rules say.
    pub assign_user: Option<bool>,
    /// Whether the buyer administers the organization's licenses.
    pub is_license_manager: bool,
    /// The order tag that holds the users' addresses.
    pub end_users_from: Option<String>,
    /// Machines per user.
    pub user_max_activations: Option<u32>,
    /// Extra hours of this product.
    pub grace_hours: Option<u32>,
    /// Whether its licenses are trials.
    pub trial: bool,
    /// Whether only a refund in full ends it, whatever the rules say.
    pub suspend_only_on_full_refund: bool,
    /// Whether activations are deleted when it ends; `None` = as the rules say.
    pub release_machines: Option<bool>,
    /// Whether it never gives a license.
    pub ignore: bool,
}

/// The period of a license as an attribute says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenseInterval {
    /// It never ends.
    Perpetual,
    /// Each paid period adds this.
    Every(Period),
}

/// What a subscription pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Covers {
    /// The license.
    #[default]
    License,
    /// Updates: charges move the end of maintenance only.
    Maintenance,
}

/// An attribute whose value makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute {name} has a value that makes no sense")]
pub struct InvalidAttribute {
    /// The attribute, as the shop spells it.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Vocabulary {
    /// The attributes that speak to stores of that kind.
    pub const fn of(kind: LicenseServerKind) -> &'static Self {
        match kind {
            LicenseServerKind::Cryptlex => &cryptlex::VOCABULARY,
        }
    }
}

impl Attributes {
    /// Whether those who use a license at once are counted as machines, as they are where the license server itself
    /// hosts the floating license.
    pub fn counts_clients_as_machines(&self) -> bool {
        self.license_type.as_deref() == Some(HOSTED_FLOATING)
    }
}
