//! What is asked of a license server: new licenses, new users, settings.

use secrecy::SecretString;

use crate::domain::action::{Issue, LeftOut, Metadata, StartTrigger};
use crate::domain::fact::Person;
use crate::domain::license::{BesideEnd, Seats};
use crate::domain::time::{Period, Timestamp};

/// A license to be made.
#[derive(Debug, Clone, Default)]
pub struct NewLicense {
    /// Its key, on disk before it is sent; `None` where people sign in to use it.
    pub key: Option<SecretString>,
    /// What it is made of.
    pub issue: Issue,
    /// The user it is linked to; `None` = nobody.
    pub user_id: Option<String>,
}

/// A user to be made. The address must be there; a missing first name falls back to whatever else is known.
#[derive(Clone)]
pub struct NewUser {
    /// Who it is.
    pub person: Person,
    /// A random password that nobody will ever be told.
    pub password: SecretString,
    /// The organization that it administers, by id.
    pub administers: Option<String>,
}

/// An organization to be made. Both must be there.
#[derive(Clone)]
pub struct NewOrganization {
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
}

/// What shall change about a user; `None` leaves it as it is.
#[derive(Clone, Default)]
pub struct UserChange {
    /// E-mail address.
    pub email: Option<String>,
    /// First name; empty is taken for `None`.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// The organization that it shall administer, by id.
    pub administers: Option<String>,
}

/// One side of a license and how it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Suspended or not.
    Suspended(bool),
    /// Revoked or not.
    Revoked(bool),
    /// Its end; `None` makes it perpetual.
    Term(Option<Timestamp>),
    /// The same, with what goes beside it; refused where the server has nothing of that kind.
    TermBeside {
        /// Its end; `None` makes it perpetual.
        end: Option<Timestamp>,
        /// What is set with it.
        beside: BesideEnd,
    },
    /// The period that a renewal adds; leaves the end alone.
    Interval {
        /// `None` = a renewal adds nothing.
        period: Option<Period>,
        /// When a term begins; `None` leaves it as it is.
        start_trigger: Option<StartTrigger>,
    },
    /// How many may use it; zero is refused, since license servers take it for unlimited.
    Seats(Seats),
    /// The end of maintenance.
    MaintenanceEnd(Timestamp),
    /// The entitlement set, by id.
    EntitlementSet(String),
    /// The newest version that may run.
    NewestVersion(String),
    /// The user, by id.
    User(String),
    /// All users beyond that one, by id.
    FurtherUsers(Vec<String>),
    /// The organization that it belongs to, by id.
    Organization(String),
    /// All of its metadata rows.
    Metadata(Vec<Metadata>),
    /// All of its notes, other people's lines too.
    Notes(String),
    /// The maintenance policy, by id.
    MaintenancePolicy(String),
    /// What a plan gave and the next one does not give; the template's seats may be unlimited.
    LeftOut(LeftOut),
    /// Several of these in one request; refused where one of them needs a request of its own, as dates do.
    Several(Vec<Setting>),
}
