//! LicenseSpring, Management API v1.
//!
//! Its words (short codes, policies, orders, validity) do not leave this folder. No account can be of this kind yet: only
//! the tests ask it something.

pub mod catalog;
mod device;
mod dialect;
mod failure;
pub mod license;
pub mod licenses_of;
pub mod order;
pub mod order_answer;
pub mod patch;
#[cfg(test)]
mod sandbox_tests;
mod value;

use std::collections::HashSet;

use secrecy::SecretString;
use serde_json::json;

use crate::license_servers::Account;
use crate::license_servers::base_url::{BaseUrl, InvalidBaseUrl};
use crate::license_servers::http::client::Client;
use crate::license_servers::http::failure::not_understood;
use crate::license_servers::http::fields::{FromFields, UnreadableField};
use crate::license_servers::http::operation::{Method, Operation};
use crate::license_servers::licensespring::catalog::{LicensePolicy, ProductPart, SpringProduct};
use crate::license_servers::licensespring::dialect::{DIALECT, get, post};
use crate::license_servers::licensespring::license::{LicenseFeature, SpringLicense};
use crate::license_servers::licensespring::licenses_of::{FoundLicenses, LicensesOf};
use crate::license_servers::licensespring::order::NewOrder;
use crate::license_servers::licensespring::order_answer::{OrderAnswer, RemoteOrder};
use crate::license_servers::licensespring::patch::LicensePatch;
use crate::license_servers::remote::{Activation, Page, TokenCheck};
use crate::license_servers::reply::{Failure, Reply};
use crate::outbound::Leave;

/// The address as a person types it, with or without `/api/v1`.
pub fn base_url(text: &str) -> Result<BaseUrl, InvalidBaseUrl> {
    BaseUrl::parse(text).map(|url| url.without("/api"))
}

/// One vendor's company at LicenseSpring, for one question.
pub struct LicenseSpring {
    client: Client,
}

impl LicenseSpring {
    /// Sends nothing yet.
    pub const fn new(account: Account, leave: Leave) -> Self {
        Self {
            client: Client::new(account, leave),
        }
    }

    /// So many fresh keys, each another one. They are reserved for nothing: asking again gives others, and no license
    /// is made. `NotFound` for an unknown product.
    pub async fn generate_keys(
        self,
        product_code: &str,
        quantity: u32,
    ) -> Reply<Vec<SecretString>> {
        let none = (quantity == 0).then(|| "no keys at all are never asked for".to_owned());
        let operation = get(&["orders", "generate_license"])
            .filter("product", product_code)
            .filter("quantity", &quantity.to_string())
            .refuse(none);
        let reply = self.client.texts(operation).await;
        reply.and_then(|keys| fresh_keys(keys, quantity))
    }

    /// Makes an order with its licenses, or appends them to it. `Conflict` when its number is taken and it is not to be
    /// appended to. Never repeat a call whose answer was lost: nothing at the server prevents doubles.
    pub async fn create_order(self, order: &NewOrder) -> Reply<OrderAnswer> {
        self.client.ask(order::operation(order)).await
    }

    /// The orders of that number, which is one at most. Pages count from 1.
    pub async fn orders_of(self, number: &str, page: u32) -> Reply<Page<RemoteOrder>> {
        let operation = get(&["orders"]).filter("store_id", number).page(page);
        self.client.list(operation).await.and_then(|list| {
            // A filter that the server does not know would filter nothing.
            let mut orders: Vec<RemoteOrder> = list.read(|fields| {
                order_answer::number(fields).map_or(true, |found| found.as_deref() == Some(number))
            })?;
            orders.retain(|order| order.number.as_deref() == Some(number));
            Ok(Page {
                is_last: list.is_last(),
                items: orders,
            })
        })
    }

    /// The order of that id, which is the server's own.
    pub async fn order(self, order_id: &str) -> Reply<RemoteOrder> {
        self.client.ask(get(&["orders", order_id])).await
    }

    /// The license of that id; `NotFound` when it is gone.
    pub async fn license(self, license_id: &str) -> Reply<SpringLicense> {
        self.client.ask(get(&["licenses", license_id])).await
    }

    /// The licenses that something has. Pages count from 1.
    pub async fn licenses_of(self, wanted: &LicensesOf<'_>, page: u32) -> Reply<FoundLicenses> {
        let list = self.client.list(wanted.operation(page)).await;
        list.and_then(|list| wanted.found(&list))
    }

    /// Changes what is said and leaves the rest; doing it twice changes nothing more.
    pub async fn patch(self, license_id: &str, patch: &LicensePatch) -> Reply<SpringLicense> {
        self.client.ask(patch::operation(license_id, patch)).await
    }

    /// Switches a license off; its machines stay bound to it.
    pub async fn disable(self, license_id: &str) -> Reply<()> {
        let segments = ["licenses", license_id, "disable"];
        self.client.tell(post(&segments)).await
    }

    /// Switches a license on again.
    pub async fn enable(self, license_id: &str) -> Reply<()> {
        let segments = ["licenses", license_id, "enable"];
        self.client.tell(post(&segments)).await
    }

    /// Replaces all features of a license by these: what is not among them is taken off it. Those that shall stay are
    /// given as they were read, so that they keep their limits.
    pub async fn update_features(
        self,
        license_id: &str,
        features: &[LicenseFeature],
    ) -> Reply<SpringLicense> {
        let set: Vec<_> = features.iter().map(LicenseFeature::body).collect();
        let operation = post(&["licenses", license_id, "update_features"])
            .json(json!({"product_features": set}));
        self.client.ask(operation).await
    }

    /// Frees all machines of a license, and clears its counters of consumption.
    pub async fn reset(self, license_id: &str) -> Reply<()> {
        let segments = ["licenses", license_id, "reset"];
        self.client.tell(post(&segments)).await
    }

    /// Removes a license for good; `NotFound` when it is gone already.
    pub async fn delete(self, license_id: &str) -> Reply<()> {
        let operation = Operation::new(&DIALECT, Method::Delete, &["licenses", license_id]);
        self.client.tell(operation).await
    }

    /// The machines on which a license is activated. Pages count from 1.
    pub async fn devices(self, license_id: &str, page: u32) -> Reply<Page<Activation>> {
        let operation = get(&["devices"]).filter("license", license_id).page(page);
        let list = self.client.list(operation).await;
        list.and_then(|list| device::of_license(&list, license_id))
    }

    /// Frees one machine; counters stay as they are.
    pub async fn reset_device(self, device_id: &str) -> Reply<()> {
        let segments = ["devices", device_id, "reset"];
        self.client.tell(post(&segments)).await
    }

    /// One page of all products. Pages count from 1.
    pub async fn products(self, page: u32) -> Reply<Page<SpringProduct>> {
        self.catalog(get(&["products"]), page).await
    }

    /// The product of that short code, whether it is one or a bundle.
    pub async fn product(self, code: &str) -> Reply<Option<SpringProduct>> {
        let operation = get(&["products"]).filter("short_code", code).page(1);
        self.client.list(operation).await.and_then(|list| {
            let products = list.read(|fields| fields.may_be("short_code", code))?;
            let mut products = products.into_iter();
            Ok(products.find(|product: &SpringProduct| product.item.id == code))
        })
    }

    /// The products that a bundle is made of, a hundred at most.
    pub async fn members(self, bundle: &SpringProduct) -> Reply<Vec<SpringProduct>> {
        let operation = get(&["products", &bundle.remote_id, "bundle"]).page(1);
        let list = self.client.list(operation).await;
        // A member that is missed would go unnoticed when licenses are counted.
        list.and_then(|list| list.read(|_| true))
    }

    /// One page of the license policies; `of` is a product, else those of all are given. Pages count from 1.
    pub async fn policies(
        self,
        of: Option<&SpringProduct>,
        page: u32,
    ) -> Reply<Page<LicensePolicy>> {
        self.catalog(of_product("license-templates", of), page)
            .await
    }

    /// One page of the features; `of` is a product, else those of all are given. Pages count from 1.
    pub async fn features(self, of: Option<&SpringProduct>, page: u32) -> Reply<Page<ProductPart>> {
        self.catalog(of_product("product-features", of), page).await
    }

    /// One page of the products' fields; `of` is a product, else those of all are given. Pages count from 1.
    pub async fn custom_fields(
        self,
        of: Option<&SpringProduct>,
        page: u32,
    ) -> Reply<Page<ProductPart>> {
        self.catalog(of_product("product-custom-fields", of), page)
            .await
    }

    /// Whether the key is accepted. Keys do not tell what they may do.
    pub async fn check(self) -> Reply<TokenCheck> {
        self.ask_least(dialect::least()).await.map(|()| TokenCheck {
            scopes: None,
            missing_scopes: Vec::new(),
            missing_recommended_scopes: Vec::new(),
        })
    }

    /// Whether the server answers at all; gives up early.
    pub async fn probe(self) -> Reply<()> {
        self.ask_least(dialect::least().probing()).await
    }

    /// A list must come: a portal's web server answers every path with 200 and a page.
    async fn ask_least(self, operation: Operation) -> Reply<()> {
        self.client.list(operation).await.map(|_list| ())
    }

    async fn catalog<T: FromFields>(self, operation: Operation, page: u32) -> Reply<Page<T>> {
        let list = self.client.list(operation.page(page)).await;
        list.and_then(|list| {
            Ok(Page {
                is_last: list.is_last(),
                items: list.read(|_| false)?,
            })
        })
    }
}

fn of_product(segment: &str, of: Option<&SpringProduct>) -> Operation {
    let operation = get(&[segment]);
    match of {
        Some(product) => operation.filter("product", &product.remote_id),
        None => operation,
    }
}

/// Keys that are too few or alike cannot be given to so many units; nothing was done by asking.
fn fresh_keys(keys: Vec<String>, quantity: u32) -> Result<Vec<SecretString>, Failure> {
    let distinct: HashSet<&str> = keys.iter().map(|key| key.trim()).collect();
    let is_as_asked = distinct.len() == keys.len()
        && !distinct.contains("")
        && u32::try_from(keys.len()) == Ok(quantity);
    match is_as_asked {
        true => Ok(keys.into_iter().map(SecretString::from).collect()),
        false => Err(not_understood(UnreadableField("license keys"), false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_taken_with_and_without_its_prefix() {
        for (text, expected) in [
            (
                "https://saas.licensespring.com",
                "https://saas.licensespring.com",
            ),
            (
                "https://saas.licensespring.com/api/v1/",
                "https://saas.licensespring.com",
            ),
            (
                "https://saas.licensespring.com/api",
                "https://saas.licensespring.com",
            ),
            (
                "https://on.example/licensing/api/v1",
                "https://on.example/licensing",
            ),
            ("https://on.example/myapi", "https://on.example/myapi"),
        ] {
            assert_eq!(base_url(text).unwrap().as_str(), expected, "{text}");
        }
        assert!(base_url("saas.licensespring.com").is_err());
    }

    #[test]
    fn keys_that_are_too_few_or_alike_are_not_taken() {
        let keys = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        for (texts, quantity, is_taken) in [
            (vec!["A", "B"], 2, true),
            (vec!["A"], 2, false),
            (vec!["A", "B", "C"], 2, false),
            (vec!["A", "A"], 2, false),
            (vec!["A", " "], 2, false),
            (vec![], 1, false),
        ] {
            let taken = fresh_keys(keys(&texts), quantity);

            assert_eq!(taken.is_ok(), is_taken, "{texts:?}");
            assert!(taken.err().is_none_or(|failure| !failure.may_have_applied));
        }
    }
}
