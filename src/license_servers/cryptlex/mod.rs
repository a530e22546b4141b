//! Cryptlex, web API v3.
//!
//! Its words (subscription interval, `expires-at`, view permissions, scopes) do not leave this folder.

mod client;
mod failure;
mod incoming;
mod lenient;
mod operation;
mod outgoing;
mod renewal_log;
mod scope;
mod setting;
mod token;

use std::collections::HashMap;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::license_servers::cryptlex::client::Client;
use crate::license_servers::cryptlex::incoming::{
    ActivationAnswer, FeatureValueAnswer, LicenseAnswer, NamedAnswer, OrganizationAnswer,
    TemplateAnswer, UserAnswer,
};
use crate::license_servers::cryptlex::operation::{Method, Operation, PAGE_SIZE};
use crate::license_servers::cryptlex::renewal_log::LogAnswer;
use crate::license_servers::cryptlex::scope::{
    ACTIVATION_READ, ACTIVATION_WRITE, ENTITLEMENT_SET_READ, FEATURE_READ, LICENSE_READ,
    LICENSE_WRITE, ORGANIZATION_READ, ORGANIZATION_WRITE, PRODUCT_READ, TEMPLATE_READ, USER_READ,
    USER_WRITE,
};
use crate::license_servers::order::{NewLicense, NewOrganization, NewUser, Setting, UserChange};
use crate::license_servers::remote::{
    Activation, Catalog, CatalogItem, FeatureValue, Organization, Page, Product, RemoteLicense,
    RemoteUser, RenewalEntry, Template, TokenCheck,
};
use crate::license_servers::reply::Reply;
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
        self.client
            .ask::<LicenseAnswer>(operation)
            .await
            .map(RemoteLicense::from)
    }

    async fn licenses(self, operation: Operation) -> Reply<Page<RemoteLicense>> {
        self.client
            .ask::<Vec<LicenseAnswer>>(operation)
            .await
            .map(|answers| page_of(answers, RemoteLicense::from))
    }

    async fn feature_value(self, operation: Operation) -> Reply<FeatureValue> {
        self.client
            .ask::<FeatureValueAnswer>(operation)
            .await
            .map(FeatureValue::from)
    }
}

#[async_trait]
impl LicenseServer for Cryptlex {
    async fn issue(self: Box<Self>, license: &NewLicense) -> Reply<RemoteLicense> {
        let operation = Operation::new(Method::Post, LICENSE_WRITE, &["licenses"])
            .json(outgoing::license(license))
            .refuse(outgoing::seats_refusal(license.issue.seats));
        self.license(operation).await
    }

    async fn find_by_key(self: Box<Self>, key: &SecretString) -> Reply<Option<RemoteLicense>> {
        let key = key.expose_secret();
        let operation = Operation::new(Method::Get, LICENSE_READ, &["licenses"])
            .private_filter("key[eq]", key)
            .page(1);
        self.licenses(operation).await.map(|page| {
            let mut licenses = page.items.into_iter();
            licenses.find(|license| license.key.expose_secret().eq_ignore_ascii_case(key))
        })
    }

    async fn read(self: Box<Self>, remote_id: &str) -> Reply<RemoteLicense> {
        let operation = Operation::new(Method::Get, LICENSE_READ, &["licenses", remote_id]);
        self.license(operation).await
    }

    async fn read_many(self: Box<Self>, remote_ids: &[String]) -> Reply<Vec<RemoteLicense>> {
        let is_too_many = remote_ids.len() > READ_MANY_LIMIT;
        let operation = Operation::new(Method::Get, LICENSE_READ, &["licenses"])
            .ids("id[in]", remote_ids)
            .page(1)
            .refuse(
                is_too_many.then(|| format!("at most {READ_MANY_LIMIT} licenses are read at once")),
            );
        self.licenses(operation).await.map(|page| {
            let licenses = page.items.into_iter();
            licenses
                .filter(|license| remote_ids.contains(&license.id))
                .collect()
        })
    }

    async fn list_by_metadata(
        self: Box<Self>,
        key: &str,
        value: &str,
        page: u32,
    ) -> Reply<Page<RemoteLicense>> {
        let operation = Operation::new(Method::Get, LICENSE_READ, &["licenses"])
            .filter("metadata.key[eq]", key)
            .filter("metadata.value[eq]", value)
            .page(page);
        // The server may match key and value on two different rows.
        self.licenses(operation).await.map(|mut page| {
            page.items
                .retain(|license| license.has_metadata(key, value));
            page
        })
    }

    async fn set(self: Box<Self>, remote_id: &str, setting: &Setting) -> Reply<RemoteLicense> {
        self.license(setting::operation(remote_id, setting)).await
    }

    async fn renew(self: Box<Self>, remote_id: &str) -> Reply<RemoteLicense> {
        let segments = ["licenses", remote_id, "renew"];
        self.license(Operation::new(Method::Post, LICENSE_WRITE, &segments))
            .await
    }

    async fn delete(self: Box<Self>, remote_id: &str) -> Reply<()> {
        let operation = Operation::new(Method::Delete, LICENSE_WRITE, &["licenses", remote_id]);
        self.client.tell(operation).await
    }

    async fn renewal_log(self: Box<Self>, remote_id: &str) -> Reply<Vec<RenewalEntry>> {
        let operation = Operation::new(
            Method::Get,
            LICENSE_READ,
            &["licenses", "subscription-logs"],
        )
        .filter("licenseId[eq]", remote_id)
        .newest_first()
        .page(1);
        self.client
            .ask::<Vec<LogAnswer>>(operation)
            .await
            .map(|answers| renewal_log::entries(answers, remote_id))
    }

    async fn list_feature_values(
        self: Box<Self>,
        remote_id: &str,
        page: u32,
    ) -> Reply<Page<FeatureValue>> {
        let segments = ["licenses", remote_id, "feature-entitlements"];
        let operation = Operation::new(Method::Get, LICENSE_READ, &segments).page(page);
        self.client
            .ask::<Vec<FeatureValueAnswer>>(operation)
            .await
            .map(|answers| page_of(answers, FeatureValue::from))
    }

    async fn add_feature_value(
        self: Box<Self>,
        remote_id: &str,
        feature_id: &str,
        value: &str,
    ) -> Reply<FeatureValue> {
        let segments = ["licenses", remote_id, "feature-entitlements"];
        let operation = Operation::new(Method::Post, LICENSE_WRITE, &segments)
            .json(json!({"featureId": feature_id, "value": value}))
            .names(feature_id);
        self.feature_value(operation).await
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
            Operation::new(Method::Patch, LICENSE_WRITE, &segments).json(json!({"value": value}));
        self.feature_value(operation).await
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
            .tell(Operation::new(Method::Delete, LICENSE_WRITE, &segments))
            .await
    }

    async fn list_activations(
        self: Box<Self>,
        remote_id: &str,
        page: u32,
    ) -> Reply<Page<Activation>> {
        let operation = Operation::new(Method::Get, ACTIVATION_READ, &["activations"])
            .filter("licenseId[eq]", remote_id)
            .page(page);
        let reply = self.client.ask::<Vec<ActivationAnswer>>(operation).await;
        // Those listed may be deleted next: an activation of another license must never be among them.
        reply.map(|answers| Page {
            is_last: answers.len() < PAGE_SIZE,
            items: answers
                .into_iter()
                .filter(|answer| answer.license_id == remote_id)
                .map(Activation::from)
                .collect(),
        })
    }

    async fn delete_activation(self: Box<Self>, activation_id: &str) -> Reply<()> {
        let segments = ["activations", activation_id];
        self.client
            .tell(Operation::new(Method::Delete, ACTIVATION_WRITE, &segments))
            .await
    }

    async fn create_user(self: Box<Self>, user: &NewUser) -> Reply<RemoteUser> {
        let operation =
            Operation::new(Method::Post, USER_WRITE, &["users"]).json(outgoing::user(user));
        self.client
            .ask::<UserAnswer>(operation)
            .await
            .map(RemoteUser::from)
    }

    async fn find_user(self: Box<Self>, email: &str) -> Reply<Option<RemoteUser>> {
        let email = email.trim();
        let operation = Operation::new(Method::Get, USER_READ, &["users"])
            .private_filter("email[eq]", email)
            .page(1);
        let reply = self.client.ask::<Vec<UserAnswer>>(operation).await;
        reply.map(|answers| {
            let wanted = email.to_lowercase();
            answers
                .into_iter()
                .map(RemoteUser::from)
                .find(|user| user.email.to_lowercase() == wanted)
        })
    }

    async fn update_user(self: Box<Self>, user_id: &str, change: &UserChange) -> Reply<RemoteUser> {
        let operation = Operation::new(Method::Patch, USER_WRITE, &["users", user_id])
            .json(outgoing::user_change(change));
        self.client
            .ask::<UserAnswer>(operation)
            .await
            .map(RemoteUser::from)
    }

    async fn find_organization(self: Box<Self>, email: &str) -> Reply<Option<Organization>> {
        let email = email.trim();
        let operation = Operation::new(Method::Get, ORGANIZATION_READ, &["organizations"])
            .private_filter("search", email)
            .page(1);
        let reply = self.client.ask::<Vec<OrganizationAnswer>>(operation).await;
        reply.map(|answers| {
            let wanted = email.to_lowercase();
            answers
                .into_iter()
                .map(Organization::from)
                .find(|organization| organization.email.to_lowercase() == wanted)
        })
    }

    async fn create_organization(self: Box<Self>, new: &NewOrganization) -> Reply<Organization> {
        let operation = Operation::new(Method::Post, ORGANIZATION_WRITE, &["organizations"])
            .json(outgoing::organization(new));
        self.client
            .ask::<OrganizationAnswer>(operation)
            .await
            .map(Organization::from)
    }

    async fn product(self: Box<Self>, id: &str) -> Reply<Product> {
        let operation = Operation::new(Method::Get, PRODUCT_READ, &["products", id]);
        self.client
            .ask::<NamedAnswer>(operation)
            .await
            .map(Product::from)
    }

    async fn template(self: Box<Self>, id: &str) -> Reply<Template> {
        let operation = Operation::new(Method::Get, TEMPLATE_READ, &["license-templates", id]);
        self.client
            .ask::<TemplateAnswer>(operation)
            .await
            .map(Template::from)
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
        let operation = Operation::new(Method::Get, scope, &[segment]).page(page);
        self.client
            .ask::<Vec<NamedAnswer>>(operation)
            .await
            .map(|answers| page_of(answers, CatalogItem::from))
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
            .ask::<HashMap<String, IgnoredAny>>(Operation::probe())
            .await
            .map(|_profile| ())
    }
}

/// No total is ever given: a page that is not full is the last.
fn page_of<A, T>(answers: Vec<A>, translate: impl Fn(A) -> T) -> Page<T> {
    Page {
        is_last: answers.len() < PAGE_SIZE,
        items: answers.into_iter().map(translate).collect(),
    }
}
