//! A subscription as a shop shows it, alone or in a group, and what happened to it.

use serde::{Deserialize, Serialize};

use crate::domain::fact::{Amount, Person, ProductReference};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::{Period, Timestamp};

/// What happened to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionNews {
    /// It began, perhaps as a trial.
    Activated,
    /// Anything was edited: product, quantity, add-ons, dates, price, payment method.
    Updated,
    /// It will end at its deactivation date; paid up until then.
    Canceled,
    /// A cancellation was withdrawn.
    Uncanceled,
    /// It pauses, now or at its pause date.
    Paused,
    /// It runs again, or a scheduled pause was withdrawn.
    Resumed,
    /// The shop told the buyer that payment is overdue.
    Overdue,
    /// It ended.
    Ended,
}

/// A subscription as the shop shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionSnapshot {
    /// The subscription's id.
    pub id: SubscriptionId,
    /// When the shop last changed it: the version of everything below.
    pub changed: Option<Timestamp>,
    /// The state in the shop's words.
    pub state: Option<ShopState>,
    /// The kind of trial that it is in; `None` outside of one.
    #[serde(default)]
    pub trial: Option<Trial>,
    /// Whether the shop considers the buyer entitled.
    pub is_active: Option<bool>,
    /// What is subscribed to.
    pub product: Option<ProductReference>,
    /// How many.
    pub quantity: Option<u32>,
    /// Add-ons; `None` when the message does not say, empty when there are none.
    pub addons: Option<Vec<Addon>>,
    /// The length of a period; `None` when not said.
    pub interval: Option<BillingInterval>,
    /// When it began.
    pub begin: Option<Timestamp>,
    /// The end of the current period: the next charge.
    pub next: Option<Timestamp>,
    /// When it ended or will end for good.
    pub end: Option<Timestamp>,
    /// When a canceled subscription will end, or did end.
    pub deactivation_date: Option<Timestamp>,
    /// When a scheduled pause begins.
    pub pause_date: Option<Timestamp>,
    /// Number of the current period, 1 for the first. Proves nothing.
    pub sequence: Option<u32>,
    /// Periods that are left; `None` for endless or unknown.
    pub remaining_periods: Option<u32>,
    /// The order that began it, when the shop says so.
    pub initial_order_id: Option<OrderId>,
    /// The receipt number of that order.
    pub initial_order_reference: Option<String>,
    /// Who pays.
    pub buyer: Option<Person>,
}

impl SubscriptionSnapshot {
    /// Whether it is no more than an id, as a shop sends it that leaves details out.
    pub fn is_bare(&self) -> bool {
        self.state.is_none() && self.product.is_none() && self.next.is_none()
    }
}

/// An add-on of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addon {
    /// The add-on product.
    pub product: ProductReference,
    /// How many.
    pub quantity: u32,
}

/// A subscription's state in the shop's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopState {
    /// Paid.
    Active,
    /// In a free or paid trial.
    Trial,
    /// Payment is overdue.
    Overdue,
    /// Will end at its deactivation date.
    Canceled,
    /// Paused.
    Paused,
    /// Ended.
    Deactivated,
}

/// What a trial costs the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// Nothing; also assumed when the shop does not say.
    Free,
    /// Less than the regular price.
    Paid,
}

/// How often a subscription is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingInterval {
    /// Every such period.
    Every(Period),
    /// Whenever the vendor triggers a charge.
    AdHoc,
}

/// What happened to a co-term group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupNews {
    /// Created, prorated or edited.
    Updated,
    /// Charged with success.
    Charged,
    /// A charge failed.
    ChargeFailed,
    /// Overdue notice.
    Overdue,
    /// Ended.
    Ended,
}

/// A co-term group as its news shows it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Each member as it stands now.
    pub members: Vec<SubscriptionSnapshot>,
    /// The one order by which all were charged; `None` when not said.
    pub order_id: Option<OrderId>,
    /// The receipt number of that order.
    pub order_reference: Option<String>,
    /// The amount before tax, where the message carries the order.
    pub total: Option<Amount>,
}
