//! What license servers show, in our words.

use secrecy::SecretString;
use strum::IntoStaticStr;

use crate::domain::action::{Metadata, StartTrigger};
use crate::domain::license::{PurchaseId, Shown};
use crate::domain::plan::{self, TemplateSeats};
use crate::domain::time::{Period, Timestamp};
use crate::license_servers::reply::{Failure, FailureClass};

/// A license as the license server shows it.
#[derive(Debug, Clone)]
pub struct RemoteLicense {
    /// Its id there.
    pub id: String,
    /// Its key; `None` where people sign in to use it.
    pub key: Option<SecretString>,
    /// The product there.
    pub product_id: String,
    /// The user it is linked to.
    pub user_id: Option<String>,
    /// Its end; `None` = never, or not begun (see `is_perpetual`).
    pub expires_at: Option<Timestamp>,
    /// Whether it never ends.
    pub is_perpetual: bool,
    /// The period that a renewal adds.
    pub interval: Option<Period>,
    /// When its term begins, if it says so.
    pub start_trigger: Option<StartTrigger>,
    /// Suspended, by whomever.
    pub is_suspended: bool,
    /// Revoked, by whomever.
    pub is_revoked: bool,
    /// The type, in the server's own words; decides which kind of seats it counts.
    pub license_type: Option<String>,
    /// Machines that may be activated; 0 or less = unlimited.
    pub allowed_activations: Option<i64>,
    /// Floating clients; 0 = unlimited.
    pub allowed_floating_clients: Option<i64>,
    /// Machines that are activated now.
    pub activations: Option<i64>,
    /// The end of maintenance.
    pub maintenance_ends_at: Option<Timestamp>,
    /// The newest version that may run; `None` = any.
    pub newest_version: Option<String>,
    /// The organization it belongs to.
    pub organization_id: Option<String>,
    /// Users beyond the one it is linked to.
    pub further_user_ids: Vec<String>,
    /// The entitlement set.
    pub entitlement_set_id: Option<String>,
    /// The purchases that it says it belongs to.
    pub purchases: PurchaseNames,
    /// Metadata rows.
    pub metadata: Vec<Metadata>,
    /// Notes, which people write too; kept nowhere else, since they may name somebody.
    pub notes: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

impl RemoteLicense {
    /// The part that Latchkey remembers, as read at that time.
    pub fn shown(&self, read_at: Timestamp) -> Shown {
        Shown {
            read_at,
            expires_at: self.expires_at,
            is_perpetual: self.is_perpetual,
            interval: self.interval,
            is_suspended: self.is_suspended,
            is_revoked: self.is_revoked,
            allowed_activations: self.allowed_activations,
            allowed_floating_clients: self.allowed_floating_clients,
            newest_version: self.newest_version.clone(),
            maintenance_ends_at: self.maintenance_ends_at,
            entitlement_set_id: self.entitlement_set_id.clone(),
            user_id: self.user_id.clone(),
        }
    }

    /// Whether one metadata row has this key and this value.
    pub fn has_metadata(&self, key: &str, value: &str) -> bool {
        self.metadata
            .iter()
            .any(|row| row.key == key && row.value == value)
    }
}

/// The purchases that a license says it belongs to, by the shop's ids as they are written there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurchaseNames {
    /// Subscriptions.
    pub subscriptions: Vec<String>,
    /// Orders.
    pub orders: Vec<String>,
}

impl PurchaseNames {
    /// Whether this purchase is among them.
    pub fn has(&self, purchase: &PurchaseId) -> bool {
        let names = match purchase {
            PurchaseId::Subscription(_) => &self.subscriptions,
            PurchaseId::Order(_) => &self.orders,
        };
        names.iter().any(|name| name == purchase.as_str())
    }

    /// Whether another purchase than those of these ids is among them.
    pub fn has_another(&self, ours: &[&str]) -> bool {
        let mut names = self.subscriptions.iter().chain(&self.orders);
        names.any(|name| !ours.contains(&name.as_str()))
    }
}

/// A user as the license server shows it. Holds personal data, hence no `Debug`.
#[derive(Clone)]
pub struct RemoteUser {
    /// Its id there.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// First name; may be empty.
    pub first_name: String,
    /// Last name; may be empty.
    pub last_name: String,
    /// Company; may be empty.
    pub company: String,
    /// The organization it belongs to.
    pub organization_id: Option<String>,
    /// What it may do there.
    pub standing: UserStanding,
}

/// What a user may do at the license server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserStanding {
    /// Use its own licenses.
    User,
    /// Administer its organization.
    OrganizationAdmin,
    /// Anything else; never to be changed by us.
    Staff,
}

/// An organization of users at the license server. Holds personal data, hence no `Debug`.
#[derive(Clone)]
pub struct Organization {
    /// Its id there.
    pub id: String,
    /// Its e-mail address.
    pub email: String,
}

/// A product at the license server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteProduct {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The template of licenses that name none.
    pub default_template_id: Option<String>,
}

/// What a template gives to licenses made by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How long a term is; `None` with `is_perpetual` unset = written in a way that cannot be read.
    pub interval: Option<Period>,
    /// Whether its licenses never end.
    pub is_perpetual: bool,
    /// When a term begins, if it says so.
    pub start_trigger: Option<StartTrigger>,
    /// How many may use its licenses.
    pub seats: TemplateSeats,
    /// The type, in the server's own words.
    pub license_type: Option<String>,
    /// Metadata keys without which no license can be made by it.
    pub required_metadata_keys: Vec<String>,
    /// Meters without which no license can be made by it.
    pub required_meters: Vec<String>,
}

impl From<Template> for plan::Template {
    fn from(template: Template) -> Self {
        Self {
            interval: template.interval,
            start_trigger: template.start_trigger,
            seats: template.seats,
        }
    }
}

/// One of the lists from which a mapping is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Catalog {
    /// Products.
    Products,
    /// License templates.
    Templates,
    /// Entitlement sets.
    EntitlementSets,
    /// Features.
    Features,
}

/// Something to choose in a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogItem {
    /// Its id.
    pub id: String,
    /// The name by which programs know it.
    pub name: String,
    /// The name by which people know it; the same where there is no other.
    pub display_name: String,
    /// Of a product: whether the server mails the keys of its new licenses; `None` = it does not tell.
    pub is_key_mailed: Option<bool>,
}

impl CatalogItem {
    /// Whether the server mails the keys of a product among these; `None` = it does not tell.
    pub fn is_key_mailed_of(offered: &[Self], product_id: &str) -> Option<bool> {
        let product = offered.iter().find(|item| item.id == product_id);
        product.and_then(|item| item.is_key_mailed)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it; may be empty though further pages follow.
    pub items: Vec<T>,
    /// Whether no page follows.
    pub is_last: bool,
}

/// Several licenses, as one call showed them.
#[derive(Debug, Clone, Default)]
pub struct ReadMany {
    /// Those that are there; who is not among them and not unreadable is gone.
    pub licenses: Vec<RemoteLicense>,
    /// The ids of those that are there and cannot be read.
    pub unreadable: Vec<String>,
}

impl ReadMany {
    /// The license of that id, if it was shown and could be read.
    pub fn license(&self, remote_id: Option<&String>) -> Option<&RemoteLicense> {
        let mut licenses = self.licenses.iter();
        licenses.find(|license| Some(&license.id) == remote_id)
    }

    /// Whether the license of that id may be there and could not be read.
    pub fn is_unreadable(&self, remote_id: Option<&String>) -> bool {
        remote_id.is_some_and(|id| self.unreadable.contains(id))
    }
}

/// A feature that is set on a license by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureValue {
    /// The id of this setting, not of the feature.
    pub id: String,
    /// The feature.
    pub feature_id: String,
    /// The name by which programs know the feature.
    pub feature_name: String,
    /// Its value; `None` = merely on.
    pub value: Option<String>,
}

/// A machine on which a license is activated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Its id.
    pub id: String,
    /// What the machine is called; may be empty.
    pub machine: String,
    /// Its system, in the server's own words; may be empty.
    pub system: String,
    /// When it was activated.
    pub activated_at: Option<Timestamp>,
    /// When it last asked the server.
    pub last_seen_at: Option<Timestamp>,
    /// Whether it was activated without a connection, so that it hears of changes by a new file only.
    pub is_offline: bool,
}

/// One entry of what happened to the end or period of a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewalEntry {
    /// Its id.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: RenewalEntryKind,
    /// The end before, where the entry tells.
    pub old_end: Option<Timestamp>,
    /// The end after, where the entry tells.
    pub new_end: Option<Timestamp>,
}

/// What a renewal entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RenewalEntryKind {
    /// A period was added.
    Renewed,
    /// The end was set.
    TermSet,
    /// The period was set.
    IntervalSet,
    /// Something that this version does not know.
    Other,
}

/// What an accepted token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenCheck {
    /// The scopes that it names; `None` when it is of a kind that does not tell.
    pub scopes: Option<Vec<String>>,
    /// Scopes without which licenses cannot be issued.
    pub missing_scopes: Vec<String>,
    /// Scopes without which single pages and checks stay empty.
    pub missing_recommended_scopes: Vec<String>,
}

/// How a token stands, as the API and the store spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum TokenState {
    /// Accepted.
    Ok,
    /// Refused.
    Unauthorized,
    /// The server did not answer.
    Unreachable,
    /// The server answered something that says nothing about the token.
    Unchecked,
}

impl TokenState {
    /// What a check says about the token.
    pub const fn of(result: &Result<TokenCheck, Failure>) -> Self {
        match result {
            Ok(_) => Self::Ok,
            Err(failure) => match failure.class {
                FailureClass::Unauthorized => Self::Unauthorized,
                FailureClass::Transient => Self::Unreachable,
                _ => Self::Unchecked,
            },
        }
    }

    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
