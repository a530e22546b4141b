//! License-server kinds: each performs actions at one vendor's licensing account.
//!
//! A kind is a folder; its vendor's words stay inside. Every method sends at most one HTTP request, and uses up the leave
//! that it was granted for: the caller takes one permit of the budget and records one call.

pub mod base_url;
pub mod cryptlex;
pub mod http;
pub mod licensespring;
pub mod order;
pub mod remote;
pub mod reply;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::domain::kind::LicenseServerKind;
use crate::domain::license::PurchaseId;
use crate::license_servers::base_url::BaseUrl;
use crate::license_servers::cryptlex::Cryptlex;
use crate::license_servers::order::{NewLicense, NewOrganization, NewUser, Setting, UserChange};
use crate::license_servers::remote::{
    Activation, Catalog, CatalogItem, FeatureValue, Organization, Page, ReadMany, RemoteLicense,
    RemoteProduct, RemoteUser, RenewalEntry, Template, TokenCheck,
};
use crate::license_servers::reply::Reply;
use crate::outbound::{Leave, Origin, Outbound};

/// The most licenses that [`LicenseServer::read_many`] takes at once.
pub const READ_MANY_LIMIT: usize = 50;

/// One vendor's account at a license server. It can be asked only by whoever has leave to send to its origin.
#[derive(Clone)]
pub struct Account {
    kind: LicenseServerKind,
    base_url: BaseUrl,
    token: SecretString,
    outbound: Outbound,
}

impl Account {
    /// The account of that kind at that address.
    pub const fn new(
        kind: LicenseServerKind,
        base_url: BaseUrl,
        token: SecretString,
        outbound: Outbound,
    ) -> Self {
        Self {
            kind,
            base_url,
            token,
            outbound,
        }
    }

    /// The key of its budget.
    pub fn origin(&self) -> &Origin {
        self.base_url.origin()
    }

    /// The license server, for one question.
    pub fn ask(&self, leave: Leave) -> Box<dyn LicenseServer> {
        let account = self.clone();
        match self.kind {
            LicenseServerKind::Cryptlex => Box::new(Cryptlex::new(account, leave)),
        }
    }
}

/// A license server, to which one question may be put in the name of an account.
///
/// An id that is empty or no id at all is refused without a request: a reply whose exchange has no status and whose
/// failure is `Rejected`.
#[async_trait]
pub trait LicenseServer: Send + Sync {
    /// Makes a license; `Conflict` when its key is taken, which may be by ourselves a moment ago.
    async fn issue(self: Box<Self>, license: &NewLicense) -> Reply<RemoteLicense>;

    /// The license of that key, whatever the case of its letters.
    async fn find_by_key(self: Box<Self>, key: &SecretString) -> Reply<Option<RemoteLicense>>;

    /// The license of that id; `NotFound` when it is gone.
    async fn read(self: Box<Self>, remote_id: &str) -> Reply<RemoteLicense>;

    /// The licenses of 1 to [`READ_MANY_LIMIT`] ids, in any order; those that are gone are left out, and one that cannot
    /// be read keeps no other from being shown.
    async fn read_many(self: Box<Self>, remote_ids: &[String]) -> Reply<ReadMany>;

    /// Licenses that name this purchase. Pages count from 1.
    async fn list_of_purchase(
        self: Box<Self>,
        purchase: &PurchaseId,
        page: u32,
    ) -> Reply<Page<RemoteLicense>>;

    /// Makes one side of a license so; doing it twice changes nothing more. `None` where the server says that it is done
    /// and does not show the license, which must be read then.
    async fn set(
        self: Box<Self>,
        remote_id: &str,
        setting: &Setting,
    ) -> Reply<Option<RemoteLicense>>;

    /// Adds the license's own period to its end. Every call adds one: never repeat a call whose answer was lost.
    async fn renew(self: Box<Self>, remote_id: &str) -> Reply<RemoteLicense>;

    /// Removes a license for good; `NotFound` when it is gone already.
    async fn delete(self: Box<Self>, remote_id: &str) -> Reply<()>;

    /// The entries about the end and period of a license, newest first, a hundred at most.
    async fn renewal_log(self: Box<Self>, remote_id: &str) -> Reply<Vec<RenewalEntry>>;

    /// The features that are set on a license by itself. Pages count from 1.
    async fn list_feature_values(
        self: Box<Self>,
        remote_id: &str,
        page: u32,
    ) -> Reply<Page<FeatureValue>>;

    /// Sets a feature on a license that has none for it yet; `Conflict` when it has.
    async fn add_feature_value(
        self: Box<Self>,
        remote_id: &str,
        feature_id: &str,
        value: &str,
    ) -> Reply<FeatureValue>;

    /// Changes a feature that is set on a license.
    async fn change_feature_value(
        self: Box<Self>,
        remote_id: &str,
        feature_value_id: &str,
        value: &str,
    ) -> Reply<FeatureValue>;

    /// Takes a feature that is set on a license off again.
    async fn remove_feature_value(
        self: Box<Self>,
        remote_id: &str,
        feature_value_id: &str,
    ) -> Reply<()>;

    /// The machines on which a license is activated. Pages count from 1.
    async fn list_activations(
        self: Box<Self>,
        remote_id: &str,
        page: u32,
    ) -> Reply<Page<Activation>>;

    /// Frees one machine; `NotFound` when it is free already.
    async fn delete_activation(self: Box<Self>, activation_id: &str) -> Reply<()>;

    /// Makes a user; `Conflict` when the address is taken.
    async fn create_user(self: Box<Self>, user: &NewUser) -> Reply<RemoteUser>;

    /// The user of that address, whatever the case of its letters; an empty address is refused.
    async fn find_user(self: Box<Self>, email: &str) -> Reply<Option<RemoteUser>>;

    /// Changes what is given, leaves the rest.
    async fn update_user(self: Box<Self>, user_id: &str, change: &UserChange) -> Reply<RemoteUser>;

    /// The organization of that address, whatever the case of its letters; an empty address is refused.
    async fn find_organization(self: Box<Self>, email: &str) -> Reply<Option<Organization>>;

    /// Makes an organization; `Conflict` when its name is taken.
    async fn create_organization(self: Box<Self>, new: &NewOrganization) -> Reply<Organization>;

    /// A product with its default template.
    async fn product(self: Box<Self>, id: &str) -> Reply<RemoteProduct>;

    /// What a template gives to licenses made by it.
    async fn template(self: Box<Self>, id: &str) -> Reply<Template>;

    /// One page of what can be chosen from when products are mapped. Pages count from 1.
    async fn list_catalog(self: Box<Self>, catalog: Catalog, page: u32)
    -> Reply<Page<CatalogItem>>;

    /// Whether the token is accepted, and what it may do.
    async fn check(self: Box<Self>) -> Reply<TokenCheck>;

    /// Whether the server answers at all; gives up early, so that a breaker may ask every few seconds.
    async fn probe(self: Box<Self>) -> Reply<()>;
}
