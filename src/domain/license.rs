//! A license that Latchkey issued or adopted: identity, and what is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::id::LicenseId;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::{Period, Timestamp};

/// Which purchase a license belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Root {
    /// A subscription; add-ons have their parent's.
    Subscription(SubscriptionId),
    /// A one-time order.
    Order(OrderId),
    /// An order of which only the receipt number is known (a key was asked for before the order came).
    Reference(String),
}

impl Root {
    /// The shop's own id, without its kind.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Subscription(id) => id.as_str(),
            Self::Order(id) => id.as_str(),
            Self::Reference(text) => text,
        }
    }
}

/// A purchase that license servers can name, and by which its licenses are found there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PurchaseId {
    /// A subscription; licenses of add-ons name their parent's.
    Subscription(SubscriptionId),
    /// The order of a one-time purchase.
    Order(OrderId),
}

impl PurchaseId {
    /// The purchase of that root; `None` while only its receipt is known.
    pub fn of(root: &Root) -> Option<Self> {
        match root {
            Root::Subscription(id) => Some(Self::Subscription(id.clone())),
            Root::Order(id) => Some(Self::Order(id.clone())),
            Root::Reference(_) => None,
        }
    }

    /// The root that its licenses have.
    pub fn root(&self) -> Root {
        match self {
            Self::Subscription(id) => Root::Subscription(id.clone()),
            Self::Order(id) => Root::Order(id.clone()),
        }
    }

    /// The shop's own id, without its kind.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Subscription(id) => id.as_str(),
            Self::Order(id) => id.as_str(),
        }
    }
}

/// The generation of the first license of a unit.
pub const FIRST_GENERATION: u32 = 1;
/// The unit that every line of licenses has.
pub const FIRST_UNIT: u32 = 1;

/// What makes a license the same license for ever. Never depends on rules, so that changing a rule never doubles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The purchase.
    pub root: Root,
    /// The line: product path, `#2` for a further line of the same path, `bundle/path` for members.
    pub slot: String,
    /// 1 … quantity; 1 where the quantity becomes seats.
    pub unit: u32,
    /// Rises only when the earlier license is known to be deleted or was replaced.
    pub generation: u32,
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} / {} / {} / {}",
            self.root.as_str(),
            self.slot,
            self.unit,
            self.generation
        )
    }
}

/// One side of a license that can change by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Aspect {
    /// Whether it is there.
    Existence,
    /// Its end date.
    Term,
    /// Suspended, revoked, or neither.
    Standing,
    /// How many machines or clients.
    Seats,
    /// Which features.
    Entitlements,
    /// Until when updates are included.
    Maintenance,
    /// Who uses it.
    Holder,
    /// Metadata and notes.
    Notes,
    /// Its activations.
    Machines,
}

impl Aspect {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The side of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Why a license is suspended or revoked by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    /// A payment is overdue.
    Overdue,
    /// The subscription is paused.
    Pause,
    /// The money went back.
    Refund,
    /// The bank took the money back.
    Chargeback,
    /// The subscription ended.
    Ended,
    /// Fewer units are paid for.
    FewerUnits,
    /// Another license took its place.
    Replaced,
    /// The key was handed out and no order followed.
    NoOrder,
    /// A person at the license server; never lifted by us.
    ByHand,
}

impl Cause {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The cause of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// How many may use a license, and what the license server counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seats {
    /// Machines that may be activated (also the seats of hosted floating licenses).
    Activations(u32),
    /// Clients of a floating license on the buyer's own server.
    FloatingClients(u32),
}

/// What goes beside an end at license servers that have it; `None` = it stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BesideEnd {
    /// Whether it is a trial, rather than a full license.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_trial: Option<bool>,
    /// How many hours it works beyond its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_hours: Option<u32>,
}

impl BesideEnd {
    /// Whether nothing goes beside the end.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// This, and what it leaves as it is.
    pub fn over(self, before: Self) -> Self {
        Self {
            is_trial: self.is_trial.or(before.is_trial),
            grace_hours: self.grace_hours.or(before.grace_hours),
        }
    }
}

/// What the bought quantity becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantityMode {
    /// So many licenses.
    #[default]
    TotalLicenses,
    /// One license for so many machines.
    AllowedActivations,
    /// One license for so many floating clients.
    AllowedFloatingClients,
}

/// Where a license stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum LicenseState {
    /// On record, not yet confirmed by the license server.
    Pending,
    /// Usable.
    Active,
    /// Its end has passed.
    Expired,
    /// Suspended.
    Suspended,
    /// Revoked.
    Revoked,
    /// Gone.
    Deleted,
}

impl LicenseState {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A license as we know it: what we gave, and what the license server last showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct License {
    /// Our id.
    pub id: LicenseId,
    /// What makes it itself.
    pub identity: Identity,
    /// The product path it is for: as it was bought, or the plan that its subscription changed to since.
    pub product_path: String,
    /// Its id at the license server; `None` until issued.
    pub remote_id: Option<String>,
    /// What we gave, and from which version of the shop's word.
    pub given: Given,
    /// What the license server last showed; `None` before the first answer.
    pub shown: Option<Shown>,
    /// Whether it was found at the license server rather than made by us.
    pub is_adopted: bool,
    /// When it was found to be gone or was deleted by us.
    pub deleted_at: Option<Timestamp>,
}

/// What Latchkey gave a license. The license server may show otherwise when a person changed it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    /// The shop's paid-through date up to which time was given.
    pub renewed_through: Option<Timestamp>,
    /// Charges of ad-hoc subscriptions for which time was given.
    pub renewed_for: BTreeSet<OrderId>,
    /// The purchase that its metadata at the license server names; `None` = not known, taken to be right.
    pub named: Option<Root>,
    /// Whether it came with metadata of another system, beside which ours is written.
    pub has_other_notes: bool,
    /// The end that we set or were answered.
    pub end: Option<Timestamp>,
    /// What we set beside the end.
    #[serde(skip_serializing_if = "BesideEnd::is_empty")]
    pub beside: BesideEnd,
    /// Until when a person gave it more days; nothing takes these back without a yes.
    pub promised_until: Option<Timestamp>,
    /// What it had when it was made or found; `None` = not known.
    pub made: Option<Box<Shown>>,
    /// The causes of our own suspensions.
    pub causes: BTreeSet<Cause>,
    /// Whether we revoked it.
    pub is_revoked: bool,
    /// Why we revoked or deleted it; decides whether the same purchase may be given a next license.
    pub taken_for: Option<Cause>,
    /// Whether its activations were deleted when it ended.
    pub is_released: bool,
    /// What the bought quantity became when it was sold; `None` = not known, or not sold by us.
    pub quantity: Option<QuantityMode>,
    /// The seats we set.
    pub seats: Option<Seats>,
    /// The end of updates that we set.
    pub maintenance_end: Option<Timestamp>,
    /// The entitlement set that we set.
    pub entitlement_set_id: Option<String>,
    /// The newest version that may run, where we set it later than at first.
    pub newest_version: Option<String>,
    /// The maintenance policy that we set.
    pub maintenance_policy_id: Option<String>,
    /// What a renewal adds, where we set it later than at first.
    pub interval: Option<Period>,
    /// Whether managers and further users were linked.
    pub is_assigned: bool,
    /// The features that we set, with their values.
    pub features: BTreeMap<String, String>,
    /// Versions of the shop's word that were applied, per aspect.
    pub term_version: Option<Timestamp>,
    /// As above.
    pub standing_version: Option<Timestamp>,
    /// As above.
    pub seats_version: Option<Timestamp>,
}

/// What a license server shows of a license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// When it was read.
    pub read_at: Timestamp,
    /// Its end; `None` = never, or not begun (see `is_perpetual`).
    pub expires_at: Option<Timestamp>,
    /// Whether it never ends.
    pub is_perpetual: bool,
    /// The period that a renewal adds.
    pub interval: Option<Period>,
    /// Suspended, by whomever.
    pub is_suspended: bool,
    /// Revoked, by whomever.
    pub is_revoked: bool,
    /// Machines that may be activated; 0 or less = unlimited.
    pub allowed_activations: Option<i64>,
    /// Floating clients; 0 = unlimited.
    pub allowed_floating_clients: Option<i64>,
    /// The newest version that may run; `None` = any.
    #[serde(default)]
    pub newest_version: Option<String>,
    /// The end of updates; `None` = none, or nobody said.
    #[serde(default)]
    pub maintenance_ends_at: Option<Timestamp>,
    /// The entitlement set.
    #[serde(default)]
    pub entitlement_set_id: Option<String>,
    /// The user that it is linked to, by id.
    #[serde(default)]
    pub user_id: Option<String>,
}

impl Shown {
    /// A license of which nothing is known but that it was read.
    pub const fn empty(read_at: Timestamp) -> Self {
        Self {
            read_at,
            expires_at: None,
            is_perpetual: false,
            interval: None,
            is_suspended: false,
            is_revoked: false,
            allowed_activations: None,
            allowed_floating_clients: None,
            newest_version: None,
            maintenance_ends_at: None,
            entitlement_set_id: None,
            user_id: None,
        }
    }
}

impl License {
    /// Takes in what reading it back showed; a suspension that is none of ours is a person's, until it is gone.
    pub fn see(&mut self, shown: Shown) {
        if shown.is_suspended && self.given.causes.is_empty() {
            self.given.causes.insert(Cause::ByHand);
        }
        self.hear(shown);
    }

    /// Takes in what an answer showed. Whose a suspension is that is none of ours is told by reading it back: we may have
    /// lifted ours, and been told that it was done when it was not.
    pub fn hear(&mut self, shown: Shown) {
        if !shown.is_suspended {
            self.given.causes.remove(&Cause::ByHand);
        }
        self.shown = Some(shown);
    }

    /// The state that people are shown, at `now`.
    pub fn state(&self, now: Timestamp) -> LicenseState {
        if self.deleted_at.is_some() {
            return LicenseState::Deleted;
        }
        match &self.shown {
            None => LicenseState::Pending,
            Some(shown) if shown.is_revoked => LicenseState::Revoked,
            Some(shown) if shown.is_suspended => LicenseState::Suspended,
            Some(shown) if shown.expires_at.is_some_and(|end| end <= now) => LicenseState::Expired,
            Some(_) => LicenseState::Active,
        }
    }
}
