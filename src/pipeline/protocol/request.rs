//! What a conversation may ask of a license server, without personal data: addresses are filled in as it is sent.

use crate::license_servers::order::Setting;
use crate::pipeline::protocol::user_fields::UserFields;

/// One request to the license server.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Find the license with our key.
    FindByKey,
    /// Make a user for the holder.
    CreateUser,
    /// Find the user who has the holder's address already.
    FindUser,
    /// Set these details of the holder's user, as the purchase says them.
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
    /// Find the user of the buyer, who is to administer the license.
    FindManager,
    /// Find the organization that has the buyer's address.
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
    CreateFurtherUser(usize),
    /// Find the user who has the address at this place already.
    FindFurtherUser(usize),
    /// Read the license.
    Read,
    /// Read what renewed it, and when.
    ReadLog,
    /// Add a period.
    Renew,
    /// Make one side of it so.
    Set(Setting),
    /// Remove it.
    Delete,
    /// List the machines on which it is activated.
    ListMachines,
    /// Free this machine.
    FreeMachine(String),
    /// List the features that it has by itself.
    ListFeatureValues {
        /// From 1.
        page: u32,
    },
    /// List the features that there are.
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
    /// Remove a feature again.
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

    /// Whether it changes the license when it arrives: its response must not get lost unnoticed.
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
            | Self::CreateFurtherUser(_)
            | Self::FindFurtherUser(_)
            | Self::Read
            | Self::ReadLog
            | Self::ListFeatureValues { .. }
            | Self::ListFeatures { .. }
            | Self::ListMachines => false,
        }
    }
}
