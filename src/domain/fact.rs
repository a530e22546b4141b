//! What an event says, in our words, free of any shop's wire format.
//!
//! Every field that a shop may leave out is an `Option` or may be empty; a fact never invents.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::id::KeyRequestId;
use crate::domain::key_request::KeysRequested;
use crate::domain::time::{Period, Timestamp};
use crate::domain::wish::Wished;

/// The shop's id of an order; opaque, case-sensitive, never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(String);

/// The shop's id of a subscription; opaque, case-sensitive, never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriptionId(String);

macro_rules! shop_id {
    ($name:ident) => {
        impl $name {
            /// `None` for empty text, so that nothing is ever looked up by an empty id.
            pub fn new(text: &str) -> Option<Self> {
                let text = text.trim();
                (!text.is_empty()).then(|| Self(text.to_owned()))
            }

            /// As the shop wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

shop_id!(OrderId);
shop_id!(SubscriptionId);

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

/// Amounts before tax in the order's own currency, in millionths of a major unit (1.00 = 1,000,000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub i64);

/// A product as a line or a subscription names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProductReference {
    /// The product path, what a vendor maps.
    pub path: String,
    /// As the shop displays it.
    pub display: Option<String>,
    /// The product's attributes; `None` when the message does not carry any (they may then be known from elsewhere).
    pub attributes: Option<BTreeMap<String, String>>,
}

/// A person named by an order. Sealed wherever it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// The shop's account id.
    pub account_id: Option<String>,
    /// E-mail address, as given.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
}

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

impl SubscriptionSnapshot {
    /// Whether it is no more than an id, as a shop sends it that leaves details out.
    pub fn is_bare(&self) -> bool {
        self.state.is_none() && self.product.is_none() && self.next.is_none()
    }
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
