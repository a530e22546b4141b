//! Cryptlex, web API v3.
//!
//! Its words (subscription interval, `expires-at`, view permissions, scopes) do not leave this folder.

#[cfg(test)]
mod client_tests;
mod dialect;
mod failure;
mod incoming;
mod outgoing;
mod renewal_log;
#[cfg(test)]
mod sandbox_tests;
mod scope;
mod setting;
mod token;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::domain::action::Metadata;
use crate::domain::compare::{ORDER_KEY, SUBSCRIPTION_KEY};
use crate::domain::license::PurchaseId;
use crate::license_servers::cryptlex::dialect::operation;
use crate::license_servers::cryptlex::scope::{
    ACTIVATION_READ, ACTIVATION_WRITE, ENTITLEMENT_SET_READ, FEATURE_READ, LICENSE_READ,
    LICENSE_WRITE, ORGANIZATION_READ, ORGANIZATION_WRITE, PRODUCT_READ, TEMPLATE_READ, USER_READ,
    USER_WRITE,
};
use crate::license_servers::http::client::Client;
use crate::license_servers::http::fields::{Fields, FromFields, UnreadableField};
use crate::license_servers::http::operation::{Method, Operation};
use crate::license_servers::http::paging::List;
use crate::license_servers::order::{NewLicense, NewOrganization, NewUser, Setting, UserChange};
use crate::license_servers::remote::{
    Activation, Catalog, CatalogItem, FeatureValue, Organization, Page, ReadMany, RemoteLicense,
    RemoteProduct, RemoteUser, RenewalEntry, Template, TokenCheck,
};
use crate::license_servers::reply::{Failure, Reply};
use crate::license_servers::{Account, LicenseServer, READ_MANY_LIMIT};
use crate::outbound::Leave;

/// One vendor's account at Cryptlex, for one question.
pub struct Cryptlex {
    client: Client,
}

impl Cryptlex {
    /// Sends nothing yet.
    pub const fn new(account: Account, leave: Leave) -> Self {
        Self {
            client: Client::new(account, leave),
        }
    }

    async fn license(self, operation: Operation) -> Reply<RemoteLicense> {
        self.client.ask(operation).await
    }
}

#[async_trait]
impl LicenseServer for Cryptlex {
    async fn issue(self: Box<Self>, license: &NewLicense) -> Reply<RemoteLicense> {
        let operation = operation(Method::Post, LICENSE_WRITE, &["licenses"])
            .json(outgoing::license(license))
            .refuse(outgoing::seats_refusal(license.issue.seats));
        // Without one it would make one of its own, by which an issue whose answer was lost could not be found.
        let operation = match &license.key {
            Some(key) => operation.secret(key),
            None => operation.refuse(Some("a license is never made without its key".to_owned())),
        };
        self.license(operation).await
    }

    async fn find_by_key(self: Box<Self>, key: &SecretString) -> Reply<Option<RemoteLicense>> {
        let key = key.expose_secret();
        let operation = operation(Method::Get, LICENSE_READ, &["licenses"])
            .private_filter("key[eq]", key)
            .page(1);
        self.client.list(operation).await.and_then(|list| {
            let licenses: Vec<RemoteLicense> = list.read(|fields| fields.may_be("key", key))?;
            let is_ours = |license: &RemoteLicense| has_key(license, key);
            Ok(licenses.into_iter().find(is_ours))
        })
    }

    async fn read(self: Box<Self>, remote_id: &str) -> Reply<RemoteLicense> {
        let operation = operation(Method::Get, LICENSE_READ, &["licenses", remote_id]);
        self.license(operation).await
    }

    async fn read_many(self: Box<Self>, remote_ids: &[String]) -> Reply<ReadMany> {
        let is_too_many = remote_ids.len() > READ_MANY_LIMIT;
        let operation = operation(Method::Get, LICENSE_READ, &["licenses"])
            .ids("id[in]", remote_ids)
            .page(1)
            .refuse(
                is_too_many.then(|| format!("at most {READ_MANY_LIMIT} licenses are read at once")),
            );
        let list = self.client.list(operation).await;
        list.map(|list| {
            let (licenses, unreadable) =
                list.read_of_ids(remote_ids, |license: &RemoteLicense| &license.id);
            ReadMany {
                licenses,
                unreadable,
            }
        })
    }

    async fn list_of_purchase(
        self: Box<Self>,
        purchase: &PurchaseId,
        page: u32,
    ) -> Reply<Page<RemoteLicense>> {
        let key = match purchase {
            PurchaseId::Subscription(_) => SUBSCRIPTION_KEY,
            PurchaseId::Order(_) => ORDER_KEY,
        };
        let operation = operation(Method::Get, LICENSE_READ, &["licenses"])
            .filter("metadata.key[eq]", key)
            .filter("metadata.value[eq]", purchase.as_str())
            .page(page);
        self.client.list(operation).await.and_then(|list| {
            // The server may match key and value on two different rows.
            let mut licenses: Vec<RemoteLicense> = list.read(|fields| {
                let rows = fields.objects::<Metadata>("metadata");
                rows.map_or(true, |rows| incoming::purchases(&rows).has(purchase))
            })?;
            licenses.retain(|license| license.purchases.has(purchase));
            Ok(Page {
                is_last: list.is_last(),
                items: licenses,
            })
        })
    }

    async fn set(
        self: Box<Self>,
        remote_id: &str,
        setting: &Setting,
    ) -> Reply<Option<RemoteLicense>> {
        let set = self.license(setting::operation(remote_id, setting)).await;
        set.map(Some)
    }

    async fn renew(self: Box<Self>, remote_id: &str) -> Reply<RemoteLicense> {
        let segments = ["licenses", remote_id, "renew"];
        self.license(operation(Method::Post, LICENSE_WRITE, &segments))
            .await
    }

    async fn delete(self: Box<Self>, remote_id: &str) -> Reply<()> {
        let operation = operation(Method::Delete, LICENSE_WRITE, &["licenses", remote_id]);
        self.client.tell(operation).await
    }

    async fn renewal_log(self: Box<Self>, remote_id: &str) -> Reply<Vec<RenewalEntry>> {
        let operation = operation(
            Method::Get,
            LICENSE_READ,
            &["licenses", "subscription-logs"],
        )
        .filter("licenseId[eq]", remote_id)
        .parameter("sort", "-createdAt")
        .page(1);
        let list = self.client.list(operation).await;
        list.and_then(|list| renewal_log::entries(&list, remote_id))
    }

    async fn list_feature_values(
        self: Box<Self>,
        remote_id: &str,
        page: u32,
    ) -> Reply<Page<FeatureValue>> {
        let segments = ["licenses", remote_id, "feature-entitlements"];
        let operation = operation(Method::Get, LICENSE_READ, &segments).page(page);
        let list = self.client.list(operation).await;
        list.and_then(|list| page_of(&list, |_| true))
    }

    async fn add_feature_value(
        self: Box<Self>,
        remote_id: &str,
        feature_id: &str,
        value: &str,
    ) -> Reply<FeatureValue> {
        let segments = ["licenses", remote_id, "feature-entitlements"];
        let operation = operation(Method::Post, LICENSE_WRITE, &segments)
            .json(json!({"featureId": feature_id, "value": value}))
            .names(feature_id);
        self.client.ask(operation).await
    }

    async fn change_feature_value(
        self: Box<Self>,
        remote_id: &str,
        feature_value_id: &str,
        value: &str,
    ) -> Reply<FeatureValue> {
        let segments = [
            "licenses",
            remote_id,
            "feature-entitlements",
            feature_value_id,
        ];
        let operation =
            operation(Method::Patch, LICENSE_WRITE, &segments).json(json!({"value": value}));
        self.client.ask(operation).await
    }

    async fn remove_feature_value(
        self: Box<Self>,
        remote_id: &str,
        feature_value_id: &str,
    ) -> Reply<()> {
        let segments = [
            "licenses",
            remote_id,
            "feature-entitlements",
            feature_value_id,
        ];
        self.client
            .tell(operation(Method::Delete, LICENSE_WRITE, &segments))
            .await
    }

    async fn list_activations(
        self: Box<Self>,
        remote_id: &str,
        page: u32,
    ) -> Reply<Page<Activation>> {
        let operation = operation(Method::Get, ACTIVATION_READ, &["activations"])
            .filter("licenseId[eq]", remote_id)
            .page(page);
        let list = self.client.list(operation).await;
        list.and_then(|list| {
            // Those listed may be deleted next: an activation of another license must never be among them.
            let of_license = |fields: &Fields<'_>| fields.may_be("licenseId", remote_id);
            let activations: Vec<Of<Activation>> = list.read(of_license)?;
            let ours = activations.into_iter();
            let ours = ours.filter(|activation| activation.license_id == remote_id);
            Ok(Page {
                is_last: list.is_last(),
                items: ours.map(|activation| activation.item).collect(),
            })
        })
    }

    async fn delete_activation(self: Box<Self>, activation_id: &str) -> Reply<()> {
        let segments = ["activations", activation_id];
        self.client
            .tell(operation(Method::Delete, ACTIVATION_WRITE, &segments))
            .await
    }

    async fn create_user(self: Box<Self>, user: &NewUser) -> Reply<RemoteUser> {
        let operation = operation(Method::Post, USER_WRITE, &["users"])
            .json(outgoing::user(user))
            .secret(&user.password);
        self.client.ask(operation).await
    }

    async fn find_user(self: Box<Self>, email: &str) -> Reply<Option<RemoteUser>> {
        let email = email.trim();
        let operation = operation(Method::Get, USER_READ, &["users"])
            .private_filter("email[eq]", email)
            .page(1);
        let list = self.client.list(operation).await;
        list.and_then(|list| {
            let wanted = email.to_lowercase();
            let found: Vec<RemoteUser> = list.read(|fields| fields.may_be("email", email))?;
            let mut found = found.into_iter();
            Ok(found.find(|user| user.email.to_lowercase() == wanted))
        })
    }

    async fn update_user(self: Box<Self>, user_id: &str, change: &UserChange) -> Reply<RemoteUser> {
        let operation = operation(Method::Patch, USER_WRITE, &["users", user_id])
            .json(outgoing::user_change(change));
        self.client.ask(operation).await
    }

    async fn find_organization(self: Box<Self>, email: &str) -> Reply<Option<Organization>> {
        let email = email.trim();
        let operation = operation(Method::Get, ORGANIZATION_READ, &["organizations"])
            .private_filter("search", email)
            .page(1);
        let list = self.client.list(operation).await;
        list.and_then(|list| {
            let wanted = email.to_lowercase();
            let found: Vec<Organization> = list.read(|fields| fields.may_be("email", email))?;
            let mut found = found.into_iter();
            Ok(found.find(|organization| organization.email.to_lowercase() == wanted))
        })
    }

    async fn create_organization(self: Box<Self>, new: &NewOrganization) -> Reply<Organization> {
        let operation = operation(Method::Post, ORGANIZATION_WRITE, &["organizations"])
            .json(outgoing::organization(new));
        self.client.ask(operation).await
    }

    async fn product(self: Box<Self>, id: &str) -> Reply<RemoteProduct> {
        let operation = operation(Method::Get, PRODUCT_READ, &["products", id]);
        self.client.ask(operation).await
    }

    async fn template(self: Box<Self>, id: &str) -> Reply<Template> {
        let operation = operation(Method::Get, TEMPLATE_READ, &["license-templates", id]);
        self.client.ask(operation).await
    }

    async fn list_catalog(
        self: Box<Self>,
        catalog: Catalog,
        page: u32,
    ) -> Reply<Page<CatalogItem>> {
        let (scope, segment) = match catalog {
            Catalog::Products => (PRODUCT_READ, "products"),
            Catalog::Templates => (TEMPLATE_READ, "license-templates"),
            Catalog::EntitlementSets => (ENTITLEMENT_SET_READ, "entitlement-sets"),
            Catalog::Features => (FEATURE_READ, "features"),
        };
        let operation = operation(Method::Get, scope, &[segment]).page(page);
        let list = self.client.list(operation).await;
        list.and_then(|list| page_of(&list, |_| false))
    }

    async fn check(self: Box<Self>) -> Reply<TokenCheck> {
        let token = self.client.token().clone();
        self.probe()
            .await
            .map(|()| token::check(token.expose_secret()))
    }

    async fn probe(self: Box<Self>) -> Reply<()> {
        // An object must come: a portal's web server answers every path with 200 and a page.
        self.client
            .ask::<Anything>(dialect::probe())
            .await
            .map(|Anything| ())
    }
}

/// Whether that is its key, whatever the case of its letters.
fn has_key(license: &RemoteLicense, key: &str) -> bool {
    let own = license.key.as_ref().map(SecretString::expose_secret);
    own.is_some_and(|own| own.eq_ignore_ascii_case(key))
}

/// An object of which nothing is read.
struct Anything;

impl FromFields for Anything {
    fn read(_fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self)
    }
}

/// Something with the license that it belongs to.
struct Of<T> {
    license_id: String,
    item: T,
}

impl<T: FromFields> FromFields for Of<T> {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            license_id: fields.text("licenseId")?,
            item: T::read(fields)?,
        })
    }
}

fn page_of<T: FromFields>(
    list: &List,
    may_be_wanted: impl Fn(&Fields<'_>) -> bool,
) -> Result<Page<T>, Failure> {
    Ok(Page {
        is_last: list.is_last(),
        items: list.read(may_be_wanted)?,
    })
}
