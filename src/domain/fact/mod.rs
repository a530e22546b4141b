//! What an event says, in our words, free of any shop's wire format.
//!
//! Every field that a shop may leave out is an `Option` or may be empty; a fact never invents.

mod charge;
mod keys;
mod money;
mod order;
mod person;
mod product;
mod subscription;

use serde::{Deserialize, Serialize};

use crate::domain::id::KeyRequestId;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::wish::Wished;

pub use charge::Charge;
pub use keys::KeysRequested;
pub use money::{Amount, Chargeback, Return, ReturnLine};
pub use order::{OrderLine, OrderSnapshot};
pub use person::Person;
pub use product::ProductReference;
pub use subscription::{
    Addon, BillingInterval, Group, GroupNews, ShopState, SubscriptionNews, SubscriptionSnapshot,
    Trial,
};

/// What one event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// An order was paid and fulfilled.
    OrderCompleted(Box<OrderSnapshot>),
    /// Something about a subscription; the snapshot is how it stands now.
    Subscription(SubscriptionNews, Box<SubscriptionSnapshot>),
    /// Money came in for a running subscription: a renewal, a proration, or a managed charge.
    Charged(Box<Charge>),
    /// A charge for a running subscription failed.
    ChargeFailed(Box<Charge>),
    /// Several subscriptions of one co-term group were charged together, or failed, or fell overdue.
    Group(GroupNews, Box<Group>),
    /// Money went back to the buyer.
    Returned(Box<Return>),
    /// The buyer's bank took the money back.
    ChargedBack(Chargeback),
    /// The shop was paid but could not get a key; the order is held back.
    FulfillmentFailed(FulfillmentFailure),
    /// The shop asked for keys while the order was being placed.
    KeysRequested(Box<KeysRequested>),
    /// A buyer's name or address changed.
    AccountChanged(Box<Person>),
    /// The shop only informs; no license is concerned.
    Notice(Notice),
    /// A kind of message that this version does not know.
    Unknown,
    /// A date that Latchkey itself had set has come.
    DateCame(DueDate),
    /// A person at the company asked for something.
    Wished(Box<Wished>),
}

/// The kinds of information that concern no license; each has its sentence on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A checkout payment was declined.
    OrderFailed,
    /// An order was canceled or ran out before payment.
    OrderCanceled,
    /// Accepted, but the money is not there yet.
    PaymentPending,
    /// An order waits for the seller's approval.
    ApprovalPending,
    /// A payment is coming.
    PaymentReminder,
    /// A trial is about to end.
    TrialReminder,
    /// Money was or will be paid out to the vendor.
    Payout,
    /// A buyer account was made.
    AccountCreated,
    /// A quote was made or edited.
    Quote,
    /// A mailing list changed.
    MailingList,
    /// An invoice reminder was mailed.
    InvoiceReminder,
    /// A co-term group payment reminder.
    GroupPaymentReminder,
}

/// A key that could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FulfillmentFailure {
    /// The order.
    pub order_id: Option<OrderId>,
    /// Its receipt number.
    pub reference: Option<String>,
    /// The product.
    pub product_path: Option<String>,
    /// The subscription, if any.
    pub subscription_id: Option<SubscriptionId>,
    /// What the shop says went wrong.
    pub reason: Option<String>,
}

/// A date of our own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueDate {
    /// No order came for an activated subscription: issue from the snapshot.
    OrderMissing(SubscriptionId),
    /// The extra days after a missed payment are over.
    GraceOver(SubscriptionId),
    /// A scheduled pause begins.
    PauseBegins(SubscriptionId),
    /// The days before a delayed deletion are over.
    DeletionDue(SubscriptionId),
    /// A person wants ends to follow the shop's dates from now on.
    DatesFollowed(SubscriptionId),
    /// The order for which keys were handed out must have come by now.
    KeysWithoutOrder(KeyRequestId),
}

impl DueDate {
    /// The subscription it is about; `None` when it is about keys that were asked for.
    pub fn subscription(&self) -> Option<&SubscriptionId> {
        match self {
            Self::OrderMissing(id)
            | Self::GraceOver(id)
            | Self::PauseBegins(id)
            | Self::DeletionDue(id)
            | Self::DatesFollowed(id) => Some(id),
            Self::KeysWithoutOrder(_) => None,
        }
    }
}
