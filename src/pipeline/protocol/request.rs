//! The questions of a conversation and their answers.

use crate::license_servers::order::Setting;
use crate::license_servers::remote::{
    CatalogItem, FeatureValue, Page, RemoteLicense, RenewalEntry, UserStanding,
};
use crate::pipeline::protocol::user_fields::UserFields;

/// One request to the license server.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Is there a license with our key?
    FindByKey,
    /// Make the user.
    CreateUser,
    /// Who has this address already?
    FindUser,
    /// Set these details of the user, as the purchase says them.
    UpdateUser {
        /// The user's id at the license server.
        user_id: String,
        /// The details.
        fields: UserFields,
    },
    /// Make the license for this user.
    Issue {
        /// The user's id at the license server.
        user_id: Option<String>,
    },
    /// Who is the buyer there, who is to administer the license?
    FindManager,
    /// Is there an organization of the buyer's address?
    FindOrganization,
    /// Make the buyer's organization.
    CreateOrganization {
        /// Whether its name shows the address too, because the plain name is taken.
        with_address: bool,
    },
    /// Make a user for the buyer who administers this organization.
    CreateManager {
        /// The organization.
        organization_id: String,
    },
    /// Let the buyer's user administer this organization.
    MakeManager {
        /// The user.
        user_id: String,
        /// The organization.
        organization_id: String,
    },
    /// Make a user of the address at this place.
    CreatePerson(usize),
    /// Who has the address at this place already?
    FindPerson(usize),
    /// Show the license.
    Read,
    /// What renewed it, and when?
    ReadLog,
    /// Add a period.
    Renew,
    /// Make one side of it so.
    Set(Setting),
    /// Remove it.
    Delete,
    /// On which machines is it activated?
    ListMachines,
    /// Free this machine.
    FreeMachine(String),
    /// Which features does it have by itself?
    ListFeatureValues {
        /// From 1.
        page: u32,
    },
    /// Which features are there?
    ListFeatures {
        /// From 1.
        page: u32,
    },
    /// Set a feature that it does not have by itself yet.
    AddFeature {
        /// The feature.
        feature_id: String,
        /// Its value.
        value: String,
    },
    /// Change a feature that it has by itself.
    ChangeFeature {
        /// The setting.
        value_id: String,
        /// The new value.
        value: String,
    },
    /// Take a feature off again.
    RemoveFeature {
        /// The setting.
        value_id: String,
    },
}

impl Request {
    /// Whether the change itself follows as a rule: it changes nothing of the license, and reads nothing of it.
    pub const fn leads_to_a_change(&self) -> bool {
        matches!(self, Self::CreateUser)
    }

    /// Whether it changes the license when it arrives: its answer must not get lost unnoticed.
    pub const fn is_changing(&self) -> bool {
        match self {
            Self::Issue { .. }
            | Self::Renew
            | Self::Set(_)
            | Self::Delete
            | Self::AddFeature { .. }
            | Self::ChangeFeature { .. }
            | Self::RemoveFeature { .. }
            | Self::FreeMachine(_) => true,
            Self::FindByKey
            | Self::CreateUser
            | Self::FindUser
            | Self::UpdateUser { .. }
            | Self::FindManager
            | Self::FindOrganization
            | Self::CreateOrganization { .. }
            | Self::CreateManager { .. }
            | Self::MakeManager { .. }
            | Self::CreatePerson(_)
            | Self::FindPerson(_)
            | Self::Read
            | Self::ReadLog
            | Self::ListFeatureValues { .. }
            | Self::ListFeatures { .. }
            | Self::ListMachines => false,
        }
    }
}

/// An answer that was understood.
#[derive(Debug)]
pub enum Response {
    /// The license as it is now.
    License(RemoteLicense),
    /// The license with our key, if there is one.
    Found(Option<RemoteLicense>),
    /// The user's id, if there is one.
    User(Option<String>),
    /// A user who is to follow what the purchase says.
    UserBehind {
        /// The user's id.
        id: String,
        /// The details in which it is behind.
        fields: UserFields,
    },
    /// The buyer there, if there is one.
    Manager(Option<Manager>),
    /// The organization's id, if there is one.
    Organization(Option<String>),
    /// What renewed it, newest first.
    Log(Vec<RenewalEntry>),
    /// The machines that are activated, by their ids; not all where there are many.
    Machines(Vec<String>),
    /// Features that the license has by itself.
    FeatureValues(Page<FeatureValue>),
    /// Features that there are.
    Features(Page<CatalogItem>),
    /// Done; nothing to show.
    Nothing,
}

/// The user of a buyer who is to administer a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manager {
    /// The user's id.
    pub user_id: String,
    /// The organization that it belongs to already.
    pub organization_id: Option<String>,
    /// What it may do.
    pub standing: UserStanding,
}
