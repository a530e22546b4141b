//! What the shop says now: orders and subscriptions, folded from facts.
//!
//! A record only ever grows towards newer news, so that the order in which facts arrive does not matter.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::fact::{Amount, BillingInterval, Fact};
use crate::domain::id::KeyRequestId;
use crate::domain::license::Root;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;

/// The records that one fact touches, as loaded under their row locks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Records {
    /// Orders by id; absent = never heard of.
    pub orders: BTreeMap<OrderId, OrderRecord>,
    /// Subscriptions by id; absent = never heard of.
    pub subscriptions: BTreeMap<SubscriptionId, SubscriptionRecord>,
    /// Keys that were asked for before the order came.
    pub key_requests: BTreeMap<KeyRequestId, KeyRequestRecord>,
}

/// An order as far as it is known; lines may be missing when a return came first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderRecord {
    /// The form of this record, so that a later version can tell.
    pub format: u32,
    /// The number on the receipt.
    pub reference: Option<String>,
    /// What the order was for.
    pub kind: OrderKind,
    /// The version of the lines: when the shop last changed the order.
    pub changed: Option<Timestamp>,
    /// What was bought; empty until the order itself is seen.
    pub lines: Vec<LineRecord>,
    /// The total before tax.
    pub total: Option<Amount>,
    /// Returns by their own id, so that the same return counts once.
    pub returns: BTreeMap<String, ReturnRecord>,
    /// Whether the buyer's bank took the money back.
    pub is_charged_back: bool,
    /// Subscriptions that name it as the order that began them; all that is known of an order that is never seen.
    pub began: BTreeSet<SubscriptionId>,
}

impl OrderRecord {
    /// When money of it last went back; `None` while none did, or nobody said when.
    pub fn returned_at(&self) -> Option<Timestamp> {
        self.returns.values().filter_map(|one| one.at).max()
    }

    /// Notes that it charged a running subscription, beside others that it may have charged.
    pub fn charge(&mut self, id: &SubscriptionId) {
        let mut subscriptions = match &mut self.kind {
            OrderKind::Charge { subscriptions } => std::mem::take(subscriptions),
            OrderKind::Unknown | OrderKind::First => BTreeSet::new(),
        };
        subscriptions.insert(id.clone());
        self.kind = OrderKind::Charge { subscriptions };
    }
}

/// What an order was for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// Not said yet: only a return or a chargeback was seen.
    #[default]
    Unknown,
    /// A purchase.
    First,
    /// A charge for running subscriptions: a renewal, a proration, a managed charge.
    Charge {
        /// What was charged for; several where a group is charged together.
        subscriptions: BTreeSet<SubscriptionId>,
    },
}

/// One line of an order, with its place among the licenses assigned once and for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRecord {
    /// The purchase that its licenses belong to.
    pub root: Root,
    /// The line's name within the root.
    pub slot: String,
    /// The product path.
    pub product_path: String,
    /// How many were bought.
    pub quantity: u32,
    /// Price before tax.
    pub subtotal: Option<Amount>,
    /// What part the line plays.
    pub role: LineRole,
    /// The product path of the line that it was chosen as an option of.
    #[serde(default)]
    pub option_of: Option<String>,
    /// The product's attributes as the order carried them.
    pub attributes: Option<BTreeMap<String, String>>,
}

impl LineRecord {
    /// The subscription that it began, by itself or as a member of a bundle.
    pub fn began(&self) -> Option<&SubscriptionId> {
        match (&self.root, &self.role) {
            (_, LineRole::Addon { .. }) => None,
            (Root::Subscription(id), _) => Some(id),
            (Root::Order(_) | Root::Reference(_), _) => None,
        }
    }
}

/// What part a line plays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineRole {
    /// Bought once.
    OneTime,
    /// Began a subscription.
    Subscription(SubscriptionId),
    /// An add-on of a subscription, bought with it or later.
    Addon {
        /// The subscription it belongs to.
        parent: SubscriptionId,
    },
    /// A member of a bundle.
    BundleMember {
        /// The bundle's product path.
        bundle: String,
    },
}

/// One return of an order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReturnRecord {
    /// When the money went back.
    pub at: Option<Timestamp>,
    /// What went back before tax.
    pub total: Option<Amount>,
    /// The order's amount before tax, as the return names it.
    pub order_total: Option<Amount>,
    /// The currency of these amounts; `None` on records of older versions.
    pub currency: Option<String>,
    /// The lines concerned.
    pub lines: Vec<ReturnedLine>,
}

/// A line of a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedLine {
    /// The product.
    pub product_path: String,
    /// The line's subscription, where the shop names it.
    pub subscription: Option<SubscriptionId>,
    /// What went back for it, before tax.
    pub subtotal: Option<Amount>,
    /// Whether the shop calls it full; `None` on older messages.
    pub is_full: Option<bool>,
    /// How many units; 0 on partial refunds of older messages.
    pub quantity: u32,
}

/// A subscription as far as it is known.
///
/// Each side of it is written only by the facts that speak of that side, and the newest word stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriptionRecord {
    /// The form of this record, so that a later version can tell.
    pub format: u32,
    /// The order that began it.
    pub initial_order: Option<OrderId>,
    /// The receipt number of that order.
    pub initial_reference: Option<String>,
    /// The product path.
    pub product_path: Register<String>,
    /// The product path as any message names it, which makes no license: it tells what is never licensed.
    pub named_path: Register<String>,
    /// How many.
    pub quantity: Register<u32>,
    /// Add-ons as the subscription lists them.
    pub addons: Register<Vec<AddonRecord>>,
    /// Add-ons as orders brought them.
    pub addon_orders: BTreeMap<OrderId, AddonOrder>,
    /// How often it is billed.
    pub interval: Register<BillingInterval>,
    /// When it began.
    pub begin: Register<Timestamp>,
    /// The end of the time that was paid for or is free, as purchases and charges say.
    pub paid: Register<PaidThrough>,
    /// The earliest of the dates that purchases named: the first period.
    pub first: Option<PaidThrough>,
    /// Whether the money of the purchase that began it went back in full.
    pub is_purchase_returned: bool,
    /// The same date as edits at the shop say, without a charge.
    pub moved: Register<PaidThrough>,
    /// Charges by their order: what each brought the paid-through date to.
    pub charges: BTreeMap<OrderId, ChargeRecord>,
    /// When money last came in.
    pub charged_at: Option<Timestamp>,
    /// When the shop last said that payment is overdue.
    pub overdue_at: Option<Timestamp>,
    /// When a charge last failed.
    pub failed_at: Option<Timestamp>,
    /// When it pauses or paused; `None` inside = runs.
    pub pause: Register<Option<Timestamp>>,
    /// When it will end by its cancellation; `None` inside = endless.
    pub cancellation: Register<Option<Timestamp>>,
    /// When the shop said that it ended.
    pub endings: BTreeSet<Timestamp>,
    /// When the shop last said that it runs.
    pub ran_at: Option<Timestamp>,
    /// Its orders that the bank took back.
    pub charged_back_orders: BTreeSet<OrderId>,
}

/// A line for which keys were asked, with its place among the licenses.
///
/// Its first place is named by what the request knew; once the order is known it moves to that line of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRequestRecord {
    /// The receipt number.
    pub reference: Option<String>,
    /// The subscription that the request named.
    pub subscription: Option<SubscriptionId>,
    /// The product path.
    pub product_path: String,
    /// How many were bought.
    pub quantity: u32,
    /// The purchase that its licenses belong to.
    pub root: Root,
    /// The line's name within the root.
    pub slot: String,
    /// The order; `None` until it came.
    pub order_id: Option<OrderId>,
    /// What the request itself said of the product, as attributes.
    pub parameters: BTreeMap<String, String>,
    /// Whether the keys were handed out.
    pub is_answered: bool,
}

/// A value that the newest word wins; of two words of the same time the greater value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    word: Option<(Timestamp, T)>,
}

/// A paid-through date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PaidThrough {
    /// The end of the period.
    pub next: Timestamp,
    /// Whether the period is a trial.
    pub is_trial: bool,
}

/// An add-on as the record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AddonRecord {
    /// The product path.
    pub product_path: String,
    /// How many.
    pub quantity: u32,
}

/// Add-ons that one order brought to a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddonOrder {
    /// When the order was made.
    pub ordered_at: Timestamp,
    /// What it brought.
    pub addons: Vec<AddonRecord>,
}

/// A charge for a running subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChargeRecord {
    /// The paid-through date that came with it; `None` where the shop sets none.
    pub through: Option<Timestamp>,
    /// Whether its money went back in full.
    pub is_returned: bool,
    /// The products of its order whose own lines went back in full, where others did not.
    pub returned_products: BTreeSet<String>,
}

impl ChargeRecord {
    /// Whether all that it took for that product went back.
    pub fn is_returned_for(&self, product_path: &str) -> bool {
        self.is_returned || self.returned_products.contains(product_path)
    }
}

impl<T> Default for Register<T> {
    fn default() -> Self {
        Self { word: None }
    }
}

impl<T: Ord> Register<T> {
    /// Writes a word; an older one changes nothing, of the same time the greater value stays.
    pub fn put(&mut self, version: Timestamp, value: T) {
        let new = Some((version, value));
        if new > self.word {
            self.word = new;
        }
    }
}

impl<T> Register<T> {
    /// The newest word; `None` before the first.
    pub fn get(&self) -> Option<&T> {
        self.word.as_ref().map(|(_, value)| value)
    }

    /// When that word was said.
    pub fn version(&self) -> Option<Timestamp> {
        self.word.as_ref().map(|(version, _)| *version)
    }
}

impl Records {
    /// Whether an order carries a key of a product that nobody asked for here: another generator made it.
    pub fn has_shop_key(&self, fact: &Fact, product_path: &str) -> bool {
        let Fact::OrderCompleted(order) = fact else {
            return false;
        };
        let mut lines = order.lines.iter();
        let mut requests = self.key_requests.values();
        lines.any(|line| line.product.path == product_path && !line.delivered_keys.is_empty())
            && !requests.any(|request| request.product_path == product_path)
    }
}

impl SubscriptionRecord {
    /// When it ended; `None` while it runs, or runs again since.
    ///
    /// Said twice, the first word counts: what was taken away then is not given back by the second.
    pub fn ended(&self) -> Option<Timestamp> {
        let mut endings = self.endings.iter().copied();
        endings.find(|ended| Some(*ended) >= self.ran_at)
    }

    /// Whether something was charged beside the purchase, and all that was paid went back.
    pub fn is_all_returned(&self) -> bool {
        let mut charges = self.charges.values();
        self.is_purchase_returned
            && !self.charges.is_empty()
            && charges.all(|charge| charge.is_returned)
    }

    /// Whether payment is overdue: the notice is newer than the last payment.
    pub fn is_overdue(&self) -> bool {
        self.overdue_at > self.charged_at
    }

    /// Whether a charge failed or is overdue, and nothing was paid since.
    pub fn has_missed_payment(&self) -> bool {
        self.is_overdue() || self.failed_at > self.charged_at
    }

    /// When it pauses or paused, unless a payment came after that.
    pub fn paused_from(&self) -> Option<Timestamp> {
        let from = (*self.pause.get()?)?;
        (self.charged_at <= Some(from)).then_some(from)
    }

    /// Whether it is paused at `now`.
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_from().is_some_and(|from| from <= now)
    }
}
