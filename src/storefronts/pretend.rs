//! Stories that a shop might tell, made up so that a vendor sees what would come of them.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::time::Timestamp;

/// What happens in a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Scenario {
    /// Something is bought once.
    OneTime,
    /// A subscription is bought, renewed, not paid, paid after all, and the first order refunded.
    Subscription,
    /// A free trial becomes a subscription, which is then not paid and ends.
    Trial,
    /// A subscription changes to more units, or to another product, in mid-period, and is renewed.
    PlanChange,
    /// A subscription is paused, goes on, and is renewed.
    Pause,
    /// A bundle is bought.
    Bundle,
}

/// What a story is about.
#[derive(Debug, Clone)]
pub struct Pretended {
    /// What happens.
    pub scenario: Scenario,
    /// What is bought; the bundle, where one is.
    pub product_path: String,
    /// What a plan changes to, or what comes with a bundle.
    pub other_product_path: Option<String>,
    /// How many.
    pub quantity: u32,
    /// Whether it is paid yearly rather than monthly.
    pub is_yearly: bool,
    /// Tells this story's ids from those of all others.
    pub tag: String,
    /// When it ends; it begins far enough back.
    pub now: Timestamp,
}

impl Scenario {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The scenario of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
