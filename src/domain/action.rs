//! What is done to a license, and how it is stored.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::license::{Aspect, BesideEnd, Cause, QuantityMode, Seats};
use crate::domain::shop_id::OrderId;
use crate::domain::time::{Period, Timestamp};

/// One change to one license. Free of personal data: the holder is named by the record, not here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// Make the license. Adding: happens once per identity.
    Issue(Box<Issue>),
    /// Add one period at the license server. Adding: happens once per paid period.
    Renew {
        /// The shop's paid-through date that this renewal brings the license to.
        through: Option<Timestamp>,
        /// The charge's order where the shop sets no dates (ad-hoc subscriptions).
        charge: Option<OrderId>,
    },
    /// Set the end; `None` makes the license perpetual.
    SetTerm {
        /// The new end.
        end: Option<Timestamp>,
        /// The paid-through date that this end stands for, if it gives paid time.
        through: Option<Timestamp>,
        /// What is set with it.
        #[serde(default, skip_serializing_if = "BesideEnd::is_empty")]
        beside: BesideEnd,
    },
    /// Stop it until lifted, for one more cause.
    Suspend {
        /// Why.
        cause: Cause,
    },
    /// Lift our own suspensions for these causes; the license runs again when none is left.
    Reinstate {
        /// The causes that no longer hold.
        causes: Vec<Cause>,
    },
    /// Stop it; machines must activate again if it is ever lifted.
    Revoke {
        /// Why.
        cause: Cause,
    },
    /// Remove it for good.
    Delete {
        /// Why.
        cause: Cause,
    },
    /// Set how many machines or clients may use it.
    SetSeats {
        /// The new number.
        seats: Seats,
    },
    /// Set which features it gives.
    SetEntitlements {
        /// The entitlement set.
        entitlement_set_id: Option<String>,
        /// Features named one by one, with their values.
        features: Vec<(String, String)>,
    },
    /// Set the end of maintenance, or the newest version that may run.
    SetMaintenance {
        /// The new end.
        end: Option<Timestamp>,
        /// The paid-through date, where the subscription pays for updates.
        #[serde(default)]
        through: Option<Timestamp>,
        /// The newest version, where the license is frozen at one.
        #[serde(default)]
        newest_version: Option<String>,
    },
    /// Link people beyond the one that the license was made for.
    Assign {
        /// Whether the buyer administers the organization that the license then belongs to.
        #[serde(default)]
        is_managed: bool,
        /// The order tag that holds the addresses of further users.
        #[serde(default)]
        users_from: Option<String>,
    },
    /// Write metadata rows; always the full intended set.
    Annotate {
        /// Every row the license shall have.
        metadata: Vec<Metadata>,
        /// The plan that the license is for from now on; `None` = as before.
        #[serde(default)]
        plan: Option<Box<PlanChange>>,
        /// Whom it is linked to, where another system made it for nobody; `None` = it stays whose it is.
        #[serde(default)]
        holder: Option<HolderRule>,
    },
    /// Delete its activations.
    ReleaseMachines,
}

/// Another plan of the same product; of its values those that differ from what was given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanChange {
    /// The product path that the license is for from now on.
    pub product_path: String,
    /// What a renewal adds.
    pub interval: Option<Period>,
    /// What the bought quantity becomes.
    pub quantity: Option<QuantityMode>,
    /// How many may use it.
    pub seats: Option<Seats>,
    /// The entitlement set.
    pub entitlement_set_id: Option<String>,
    /// The newest version that may run; the license server may take it for nothing beside a maintenance policy.
    pub newest_version: Option<String>,
    /// The maintenance policy.
    pub maintenance_policy_id: Option<String>,
    /// What the plan before gave and this one does not give.
    pub left_out: Vec<LeftOut>,
    /// Our line in its notes, written where the notes were just read.
    pub note: Option<String>,
}

impl PlanChange {
    /// Whether something of that side is left out.
    pub fn has_left_out(&self, aspect: Aspect) -> bool {
        self.left_out.iter().any(|part| part.aspect() == aspect)
    }
}

impl LeftOut {
    /// The side of the license that it belongs to.
    pub const fn aspect(self) -> Aspect {
        match self {
            Self::Seats(_) => Aspect::Seats,
            Self::EntitlementSet => Aspect::Entitlements,
            Self::NewestVersion | Self::MaintenancePolicy => Aspect::Maintenance,
        }
    }
}

/// What a plan does not give any more: it is again as the template has it, which for all but seats is not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// The seats of the template; 0 = unlimited.
    Seats(Seats),
    /// The entitlement set.
    EntitlementSet,
    /// The newest version that may run.
    NewestVersion,
    /// The maintenance policy.
    MaintenancePolicy,
}

/// Everything a new license is made of, the holder aside.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Issue {
    /// The product at the license server.
    pub license_product_id: String,
    /// The template there; `None` = the product's own.
    pub license_template_id: Option<String>,
    /// How its term comes about.
    pub term: Term,
    /// What goes beside its end.
    #[serde(skip_serializing_if = "BesideEnd::is_empty")]
    pub beside: BesideEnd,
    /// What the bought quantity becomes from now on; `None` in actions of versions that did not keep it.
    pub quantity: Option<QuantityMode>,
    /// Seats, where the quantity becomes seats.
    pub seats: Option<Seats>,
    /// The type of license, where an attribute names it.
    pub license_type: Option<String>,
    /// When a term begins, where the record or an attribute says so.
    pub start_trigger: Option<StartTrigger>,
    /// The newest version it may run.
    pub max_allowed_release_version: Option<String>,
    /// The maintenance policy.
    pub maintenance_policy_id: Option<String>,
    /// The entitlement set.
    pub entitlement_set_id: Option<String>,
    /// Metadata rows.
    pub metadata: Vec<Metadata>,
    /// Our line in its notes.
    pub note: Option<String>,
    /// Meter attributes: name and allowed uses.
    pub meters: Vec<(String, i64)>,
    /// Causes for which it is born suspended (its payment was lost before it could be made).
    pub suspended_for: Vec<Cause>,
    /// Whether a person is linked: the buyer, the recipient, or nobody.
    pub holder: HolderRule,
    /// The paid-through date known now; what `renewed_through` becomes. `None` = the license's own end.
    pub through: Option<Timestamp>,
}

/// How the term of a new license comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// As the template says.
    #[default]
    Template,
    /// Never ends.
    Perpetual,
    /// This period, from creation or activation on.
    Period(Period),
    /// Ends then; the period is kept for later renewals.
    Until {
        /// The end.
        end: Timestamp,
        /// The period of a renewal, if one is known.
        period: Option<Period>,
    },
}

/// When a term begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartTrigger {
    /// When the license is made.
    Creation,
    /// When it is first activated.
    Activation,
}

/// Whom a new license is linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderRule {
    /// Who paid.
    #[default]
    Customer,
    /// Who shall use it, else who paid.
    Recipient,
    /// Nobody.
    None,
}

/// A metadata row at the license server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Metadata {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// Whether the application and its user may read it.
    pub is_visible: bool,
}

/// The kinds of action, as effects and answers name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ActionKind {
    /// Make a license.
    Issue,
    /// Add a period.
    Renew,
    /// Set the end.
    SetTerm,
    /// Suspend.
    Suspend,
    /// Lift a suspension.
    Reinstate,
    /// Revoke.
    Revoke,
    /// Delete.
    Delete,
    /// Set seats.
    SetSeats,
    /// Set entitlements.
    SetEntitlements,
    /// Set maintenance.
    SetMaintenance,
    /// Link a user.
    Assign,
    /// Write metadata.
    Annotate,
    /// Delete activations.
    ReleaseMachines,
}

impl Action {
    /// The cause for which it takes access away; `None` where it has none.
    pub const fn cause(&self) -> Option<Cause> {
        match self {
            Self::Suspend { cause } | Self::Revoke { cause } | Self::Delete { cause } => {
                Some(*cause)
            }
            _ => None,
        }
    }

    /// Whether it cannot be undone: what the brake limits.
    pub const fn is_irreversible(&self) -> bool {
        matches!(
            self,
            Self::Revoke { .. } | Self::Delete { .. } | Self::ReleaseMachines
        )
    }

    /// Its kind.
    pub const fn kind(&self) -> ActionKind {
        match self {
            Self::Issue(_) => ActionKind::Issue,
            Self::Renew { .. } => ActionKind::Renew,
            Self::SetTerm { .. } => ActionKind::SetTerm,
            Self::Suspend { .. } => ActionKind::Suspend,
            Self::Reinstate { .. } => ActionKind::Reinstate,
            Self::Revoke { .. } => ActionKind::Revoke,
            Self::Delete { .. } => ActionKind::Delete,
            Self::SetSeats { .. } => ActionKind::SetSeats,
            Self::SetEntitlements { .. } => ActionKind::SetEntitlements,
            Self::SetMaintenance { .. } => ActionKind::SetMaintenance,
            Self::Assign { .. } => ActionKind::Assign,
            Self::Annotate { .. } => ActionKind::Annotate,
            Self::ReleaseMachines => ActionKind::ReleaseMachines,
        }
    }
}

impl Action {
    /// Whom it links the license to, as a rule says; `None` = it links nobody.
    pub fn holder(&self) -> Option<HolderRule> {
        match self {
            Self::Issue(issue) => Some(issue.holder),
            Self::Annotate { holder, .. } => *holder,
            _ => None,
        }
    }
}

impl ActionKind {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// The side of the license that it changes.
    pub const fn aspect(self) -> Aspect {
        match self {
            Self::Issue | Self::Delete => Aspect::Existence,
            Self::Renew | Self::SetTerm => Aspect::Term,
            Self::Suspend | Self::Reinstate | Self::Revoke => Aspect::Standing,
            Self::SetSeats => Aspect::Seats,
            Self::SetEntitlements => Aspect::Entitlements,
            Self::SetMaintenance => Aspect::Maintenance,
            Self::Assign => Aspect::Holder,
            Self::Annotate => Aspect::Notes,
            Self::ReleaseMachines => Aspect::Machines,
        }
    }

    /// Whether doing it twice would give something twice.
    pub const fn is_adding(self) -> bool {
        matches!(self, Self::Issue | Self::Renew)
    }
}
