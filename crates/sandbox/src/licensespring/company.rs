//! Everything that a company has at LicenseSpring, and how it behaves.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::collection::{Collection, Document};
use crate::licensespring::dates;
use crate::options::SandboxOptions;
use crate::random::Random;

/// Ids have sixteen digits and are odd, above 2^53: none of them survives being taken for a float.
const LEAST_ID: u64 = 9_007_199_254_740_993;
/// How many there are.
const IDS: u64 = 496_400_372_629_503;
/// From one id to the next; a prime that does not divide `IDS`, so that none comes twice.
const STEP: u64 = 1_000_000_007;
/// Digits and capitals without those that are taken for each other.
const KEY_LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Everything that a company has.
#[derive(Debug)]
pub struct Company {
    /// How it behaves.
    pub options: SandboxOptions,
    /// Products and bundles.
    pub products: Collection,
    /// License policies, which the API calls templates.
    pub policies: Collection,
    /// Features of products.
    pub features: Collection,
    /// Custom fields of products.
    pub custom_fields: Collection,
    /// Customers.
    pub customers: Collection,
    /// Orders.
    pub orders: Collection,
    /// Licenses.
    pub licenses: Collection,
    /// License users, managers among them.
    pub users: Collection,
    /// Devices.
    pub devices: Collection,
    /// What ids, keys and chances are drawn from.
    pub random: Random,
    next_id: u64,
    next_person: u64,
}

impl Company {
    /// One that has nothing.
    pub fn new(options: SandboxOptions) -> Self {
        let mut random = Random::new(options.seed);
        Self {
            options,
            products: Collection::new(&["short_code"]),
            policies: Collection::new(&["product", "code"]),
            features: Collection::new(&["product", "code"]),
            custom_fields: Collection::new(&["product"]),
            customers: Collection::new(&["email", "company_name"]),
            orders: Collection::new(&["store_id", "customer"]),
            licenses: Collection::new(&["license_key", "order_store_id", "subscription_id"]),
            users: Collection::new(&["true_email"]),
            devices: Collection::new(&["license"]),
            next_id: u64::from(random.below(u32::MAX)) * 100_000,
            next_person: 1_000,
            random,
        }
    }

    /// A fresh id of sixteen digits.
    pub fn new_id(&mut self) -> Value {
        self.next_id = (self.next_id + STEP) % IDS;
        json!(LEAST_ID + 2 * self.next_id)
    }

    /// A fresh id of a customer or a user: a small number.
    pub fn new_person_id(&mut self) -> Value {
        self.next_person += 1;
        json!(self.next_person)
    }

    /// A fresh license key of so many letters, in groups of four.
    pub fn new_key(&mut self, length: usize) -> String {
        let mut key = String::new();
        for place in 0..length {
            if place > 0 && place % 4 == 0 {
                key.push('-');
            }
            let letter = KEY_LETTERS.get(self.random.below(32) as usize);
            key.push(letter.copied().map_or('2', char::from));
        }
        key
    }

    /// Every collection.
    pub fn all(&mut self) -> [&mut Collection; 9] {
        [
            &mut self.products,
            &mut self.policies,
            &mut self.features,
            &mut self.custom_fields,
            &mut self.customers,
            &mut self.orders,
            &mut self.licenses,
            &mut self.users,
            &mut self.devices,
        ]
    }
}

/// The document with this id and both times set, unless it brings its own.
pub fn stamped(id: Value, now: Timestamp, members: Document) -> Document {
    let mut document = Document::new();
    document.insert("id".to_owned(), id);
    document.insert("created_at".to_owned(), dates::moment(now));
    document.insert("updated_at".to_owned(), dates::moment(now));
    document.extend(members);
    document
}

/// The document's `updated_at` set to now.
pub fn touched(mut document: Document, now: Timestamp) -> Document {
    document.insert("updated_at".to_owned(), dates::moment(now));
    document
}

/// A JSON object as a document; empty where it is none.
pub fn object(value: Value) -> Document {
    match value {
        Value::Object(document) => document,
        _ => Document::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_have_sixteen_digits_that_no_float_holds_and_none_comes_twice() {
        let mut company = Company::new(SandboxOptions::default());

        let ids: BTreeSet<u64> = (0..10_000)
            .filter_map(|_| company.new_id().as_u64())
            .collect();

        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.to_string().len() == 16));
        assert!(ids.iter().all(|id| *id as f64 as u64 != *id));
    }

    #[test]
    fn keys_come_in_groups_of_four() {
        let mut company = Company::new(SandboxOptions::default());

        let groups: Vec<usize> = company.new_key(18).split('-').map(str::len).collect();

        assert_eq!(groups, [4, 4, 4, 4, 2]);
    }
}
