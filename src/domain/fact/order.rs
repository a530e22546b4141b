//! An order as a shop shows it: who bought what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::fact::{Amount, Person, ProductReference, SubscriptionSnapshot};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;

/// An order as the shop shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderSnapshot {
    /// The order's id.
    pub id: OrderId,
    /// The number on the receipt.
    pub reference: Option<String>,
    /// When the shop last changed it.
    pub changed: Option<Timestamp>,
    /// Who paid.
    pub buyer: Option<Person>,
    /// Who shall use it; often the buyer again.
    pub recipients: Vec<Person>,
    /// What was bought, in the shop's order.
    pub lines: Vec<OrderLine>,
    /// Currency code of the amounts.
    pub currency: Option<String>,
    /// The order's total before tax.
    pub total: Option<Amount>,
    /// Buyer- or seller-set texts; untrusted.
    pub tags: BTreeMap<String, String>,
    /// The subscriptions that the lines carry in full.
    pub subscriptions: Vec<SubscriptionSnapshot>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What was bought.
    pub product: ProductReference,
    /// How many; at least 1 on a purchase.
    pub quantity: u32,
    /// Price of the line before tax, after discount.
    pub subtotal: Option<Amount>,
    /// The subscription that this line began.
    pub subscription: Option<SubscriptionId>,
    /// The subscription that this line is an add-on of.
    pub parent_subscription: Option<SubscriptionId>,
    /// The product path of the bundle that brought this line.
    pub bundle: Option<String>,
    /// The product path of the line that this one was chosen as an option of.
    pub option_of: Option<String>,
    /// Whether the shop calls the line a subscription although it names none.
    pub is_subscription: bool,
    /// Keys that were already delivered for this line by a license generator.
    pub delivered_keys: Vec<String>,
}
