//! What people and products are called: opened for the person who looks, never logged.

use std::collections::BTreeMap;

use crate::domain::fact::Person;
use crate::domain::id::{CustomerId, StorefrontId, TenantId};
use crate::domain::kind::{LicenseServerKind, ServiceNames};
use crate::store::customers::Customer;
use crate::store::{Db, StoreError, customers, mappings, storefronts};
use crate::vault::{Field, TenantKeys};
use crate::web::services::Services;

/// The names on one page.
#[derive(Debug, Default)]
pub struct Names {
    people: BTreeMap<CustomerId, String>,
    products: BTreeMap<(StorefrontId, String), String>,
    stores: BTreeMap<StorefrontId, String>,
    services: Services,
}

impl Names {
    /// Looks up these people, and all products and stores of the tenant.
    pub fn look_up(
        db: &mut Db,
        (tenant, keys): (TenantId, &TenantKeys),
        people: impl IntoIterator<Item = CustomerId>,
    ) -> Result<Self, StoreError> {
        let mut ids: Vec<CustomerId> = people.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut names = Self {
            services: Services::look_up(db, tenant)?,
            ..Self::default()
        };
        for customer in customers::list(db, tenant, &ids)? {
            if let Some(name) = called(&person(keys, &customer)?) {
                names.people.insert(customer.id, name);
            }
        }
        for store in storefronts::list(db, tenant)? {
            for product in mappings::list_seen(db, tenant, store.id)? {
                if let Some(display) = product.display.filter(|text| !text.trim().is_empty()) {
                    names
                        .products
                        .insert((store.id, product.product_path), display);
                }
            }
            names.stores.insert(store.id, store.name);
        }
        Ok(names)
    }

    /// What a person is called; `None` for people who are not known.
    pub fn person(&self, customer: Option<CustomerId>) -> Option<&str> {
        self.people.get(&customer?).map(String::as_str)
    }

    /// What a product is called at the shop, else its path.
    pub fn product<'a>(&'a self, storefront: StorefrontId, path: &'a str) -> &'a str {
        self.products
            .get(&(storefront, path.to_owned()))
            .map_or(path, String::as_str)
    }

    /// What a store is called; empty for one that was removed.
    pub fn store(&self, storefront: StorefrontId) -> &str {
        self.stores.get(&storefront).map_or("", String::as_str)
    }

    /// The kind of license server that a store speaks to.
    pub fn service(&self, storefront: StorefrontId) -> LicenseServerKind {
        self.services.of(storefront)
    }

    /// The license servers that the stores speak to.
    pub fn services(&self) -> ServiceNames {
        self.services.names()
    }

    /// Every store.
    pub fn stores(&self) -> impl Iterator<Item = (&StorefrontId, &String)> {
        self.stores.iter()
    }
}

/// Who a customer is.
pub fn person(keys: &TenantKeys, customer: &Customer) -> Result<Person, StoreError> {
    let unreadable = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::corrupt("customers.person", error)
    };
    let text = keys
        .open(Field::Person(customer.id).place(), &customer.person_sealed)
        .map_err(|error| unreadable(error.into()))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.into()))
}

/// The name, else the company, else the address; `None` when nothing of it is known.
pub fn called(person: &Person) -> Option<String> {
    let given = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let names: Vec<String> = [given(&person.first_name), given(&person.last_name)]
        .into_iter()
        .flatten()
        .collect();
    if names.is_empty() {
        return given(&person.company).or_else(|| given(&person.email));
    }
    Some(names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_called_by_name_then_company_then_address() {
        let mut person = Person {
            account_id: None,
            email: Some("anna@lindqvist.example".to_owned()),
            first_name: Some("Anna".to_owned()),
            last_name: Some(" ".to_owned()),
            company: Some("Kite Films".to_owned()),
        };
        assert_eq!(called(&person).as_deref(), Some("Anna"));

        person.first_name = None;
        assert_eq!(called(&person).as_deref(), Some("Kite Films"));

        person.company = None;
        assert_eq!(called(&person).as_deref(), Some("anna@lindqvist.example"));
    }
}
