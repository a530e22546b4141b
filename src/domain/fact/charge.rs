//! Money that came for a running subscription.

use serde::{Deserialize, Serialize};

use crate::domain::fact::{Amount, SubscriptionSnapshot};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;

/// A charge for a running subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// What was charged for; `None` when the message does not say, which is unsafe to act on.
    pub subscription_id: Option<SubscriptionId>,
    /// The subscription in full, when the message carries it.
    pub subscription: Option<SubscriptionSnapshot>,
    /// The order of this charge: a renewal's or a proration's own, not the first one.
    pub order_id: Option<OrderId>,
    /// The receipt number of that order.
    pub order_reference: Option<String>,
    /// When the money came.
    pub charged_at: Option<Timestamp>,
    /// The amount before tax.
    pub total: Option<Amount>,
    /// Why a charge failed, in the shop's code.
    pub reason: Option<String>,
}
