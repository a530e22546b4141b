//! Amounts, and money that went back.

use serde::{Deserialize, Serialize};

use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;

/// Amounts before tax in the order's own currency, in millionths of a major unit (1.00 = 1,000,000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub i64);

/// A return or refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Return {
    /// The return's own id.
    pub id: String,
    /// The order that is refunded; may be a renewal's.
    pub order_id: Option<OrderId>,
    /// That order's receipt number.
    pub order_reference: Option<String>,
    /// The order's amount before tax.
    pub order_total: Option<Amount>,
    /// What went back, before tax.
    pub total: Option<Amount>,
    /// The currency of these amounts, as the shop spells it.
    pub currency: Option<String>,
    /// Subscriptions that the message names.
    pub subscriptions: Vec<SubscriptionId>,
    /// The lines concerned.
    pub lines: Vec<ReturnLine>,
    /// Why, as the seller wrote it.
    pub reason: Option<String>,
    /// When the money went back.
    pub returned_at: Option<Timestamp>,
}

/// A line of a return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReturnLine {
    /// The product.
    pub product_path: String,
    /// What went back for this line, before tax.
    pub subtotal: Option<Amount>,
    /// Whether the shop calls it full or partial; older messages do not say.
    pub is_full: Option<bool>,
    /// How many units; 0 on partial refunds of older messages.
    pub quantity: u32,
    /// The line's subscription.
    pub subscription: Option<SubscriptionId>,
}

/// A chargeback; names the order only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chargeback {
    /// The order.
    pub order_id: Option<OrderId>,
    /// The bank's reason.
    pub reason: Option<String>,
}
