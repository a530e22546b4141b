//! What a license server may say to a request.
//!
//! The accessors say what the pending request is answered by; a response of another kind is a [`Mismatch`].

use crate::license_servers::remote::{
    CatalogItem, FeatureValue, Page, RemoteLicense, RenewalEntry, UserStanding,
};
use crate::pipeline::protocol::user_fields::UserFields;

/// A response that was understood.
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

/// The response belongs to another request than the pending one.
#[derive(Debug)]
pub(super) struct Mismatch;

impl Response {
    pub(super) fn license(self) -> Result<RemoteLicense, Mismatch> {
        match self {
            Self::License(license) => Ok(license),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn found(self) -> Result<Option<RemoteLicense>, Mismatch> {
        match self {
            Self::Found(found) => Ok(found),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn user(self) -> Result<Option<String>, Mismatch> {
        match self {
            Self::User(user) => Ok(user),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn manager(self) -> Result<Option<Manager>, Mismatch> {
        match self {
            Self::Manager(manager) => Ok(manager),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn organization(self) -> Result<Option<String>, Mismatch> {
        match self {
            Self::Organization(organization) => Ok(organization),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn log(self) -> Result<Vec<RenewalEntry>, Mismatch> {
        match self {
            Self::Log(log) => Ok(log),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn machines(self) -> Result<Vec<String>, Mismatch> {
        match self {
            Self::Machines(machines) => Ok(machines),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn feature_values(self) -> Result<Page<FeatureValue>, Mismatch> {
        match self {
            Self::FeatureValues(feature_values) => Ok(feature_values),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn features(self) -> Result<Page<CatalogItem>, Mismatch> {
        match self {
            Self::Features(features) => Ok(features),
            _ => Err(Mismatch),
        }
    }

    pub(super) fn nothing(self) -> Result<(), Mismatch> {
        match self {
            Self::Nothing => Ok(()),
            _ => Err(Mismatch),
        }
    }
}
