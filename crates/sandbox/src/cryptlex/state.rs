//! Everything the sandbox remembers.

use jiff::Timestamp;
use serde_json::Value;

use crate::calendar::spell;
use crate::collection::{Collection, Document};
use crate::options::SandboxOptions;
use crate::random::Random;

/// Everything the sandbox remembers, and how it behaves.
#[derive(Debug)]
pub struct State {
    /// How it behaves.
    pub options: SandboxOptions,
    /// Licenses.
    pub licenses: Collection,
    /// Renewals and other changes of terms.
    pub subscription_logs: Collection,
    /// Entitlements of single licenses.
    pub entitlements: Collection,
    /// Machines.
    pub activations: Collection,
    /// Templates.
    pub templates: Collection,
    /// Products.
    pub products: Collection,
    /// Features.
    pub features: Collection,
    /// Entitlement sets.
    pub entitlement_sets: Collection,
    /// Maintenance policies.
    pub maintenance_policies: Collection,
    /// Users.
    pub users: Collection,
    /// Organizations.
    pub organizations: Collection,
    /// Tags.
    pub tags: Collection,
    /// Personal access tokens.
    pub tokens: Collection,
    /// What ids and keys are drawn from.
    pub random: Random,
}

impl State {
    /// An empty memory.
    pub fn new(options: SandboxOptions) -> Self {
        Self {
            random: Random::new(options.seed),
            options,
            licenses: Collection::new(&["key", "userId", "metadata.value"]),
            subscription_logs: Collection::new(&["licenseId"]),
            entitlements: Collection::new(&["licenseId"]),
            activations: Collection::new(&["licenseId"]),
            templates: Collection::new(&["name"]),
            products: Collection::new(&["name"]),
            features: Collection::new(&["name"]),
            entitlement_sets: Collection::new(&["name"]),
            maintenance_policies: Collection::new(&["name"]),
            users: Collection::new(&["email", "metadata.value"]),
            organizations: Collection::new(&["name"]),
            tags: Collection::new(&["name"]),
            tokens: Collection::new(&[]),
        }
    }

    /// The document with a fresh id and both times set, unless it brings its own.
    pub fn stamped(&mut self, now: Timestamp, members: Document) -> Document {
        let mut document = Document::new();
        document.insert("id".to_owned(), Value::String(self.random.uuid()));
        document.insert("createdAt".to_owned(), spell(now));
        document.insert("updatedAt".to_owned(), spell(now));
        document.extend(members);
        document
    }

    /// A fresh license key in the default pattern: six groups of six hexadecimal digits.
    pub fn new_key(&mut self) -> String {
        let groups: Vec<String> = (0..6)
            .map(|_| format!("{:06X}", self.random.below(0x0100_0000)))
            .collect();
        groups.join("-")
    }

    /// Every collection.
    pub fn all(&mut self) -> [&mut Collection; 13] {
        [
            &mut self.licenses,
            &mut self.subscription_logs,
            &mut self.entitlements,
            &mut self.activations,
            &mut self.templates,
            &mut self.products,
            &mut self.features,
            &mut self.entitlement_sets,
            &mut self.maintenance_policies,
            &mut self.users,
            &mut self.organizations,
            &mut self.tags,
            &mut self.tokens,
        ]
    }
}
