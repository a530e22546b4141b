//! Policy, mappings and attributes together: what a product path gives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::abilities::Abilities;
use crate::domain::attribute::{Attributes, InvalidAttribute, Vocabulary};
use crate::domain::fact::ProductReference;
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::QuantityMode;
use crate::domain::mapping::Mapping;
use crate::domain::policy::{Policy, Renewal};
use crate::domain::time::Timestamp;

/// Everything that a vendor decides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// Where licenses live, which decides what attributes speak to this store.
    pub kind: LicenseServerKind,
    /// What these licenses can do by themselves.
    pub abilities: Abilities,
    /// How things are done.
    pub policy: Policy,
    /// What products give, as said in Latchkey, by product path.
    pub mappings: BTreeMap<String, Mapping>,
    /// What products give, as last seen at the shop, by product path; see [`Rules::see`] for the event at hand.
    pub seen: BTreeMap<String, BTreeMap<String, String>>,
    /// When the store was switched over from another system; orders of the 7 days before are looked up first.
    pub takeover_at: Option<Timestamp>,
}

/// What the store does with what arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Mode {
    /// Acts.
    #[default]
    Live,
    /// Plans and shows, sends nothing.
    Shadow,
    /// Keeps, does nothing.
    Paused,
}

impl Mode {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The mode of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// What a product path gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Product {
    /// A license.
    Licensed(Box<Attributes>),
    /// Members are licensed instead.
    Bundle,
    /// Never a license, as the vendor said.
    Ignored,
    /// Nobody has said.
    Unmapped,
}

impl Rules {
    /// The rules of a vendor who has decided nothing.
    pub fn of(kind: LicenseServerKind) -> Self {
        Self {
            kind,
            abilities: Abilities::of(kind),
            ..Self::default()
        }
    }

    /// The attributes that speak to this store.
    pub const fn vocabulary(&self) -> &'static Vocabulary {
        Vocabulary::of(self.kind)
    }

    /// What a charge does: where licenses have no periods, their ends follow the shop's dates whatever the policy says.
    pub const fn renewal(&self) -> Renewal {
        if self.abilities.has_periods {
            self.policy.renewal
        } else {
            Renewal::PaidThrough
        }
    }

    /// The extra hours in force after a missed payment, by what renews; a product's own go before the policy's.
    pub fn grace_hours(&self, own: Option<u32>) -> u32 {
        self.policy.grace_hours(own, self.renewal())
    }

    /// Takes note of what an event itself says of products; one that says nothing of attributes changes nothing.
    pub fn see(&mut self, products: &[ProductReference]) {
        for product in products {
            if let Some(attributes) = &product.attributes {
                self.seen.insert(product.path.clone(), attributes.clone());
            }
        }
    }

    /// Takes note of what a request for keys said of a product itself: it goes before everything else.
    ///
    /// `single_license` asks for one license for the whole quantity.
    pub fn hear(&mut self, path: &str, parameters: &BTreeMap<String, String>) {
        let vocabulary = self.vocabulary();
        let mut said: BTreeMap<String, String> = parameters
            .iter()
            .filter(|(name, _)| vocabulary.is_attribute(name))
            .map(|(name, value)| (vocabulary.short_name(name).to_owned(), value.clone()))
            .collect();
        let mapping = self.mappings.entry(path.to_owned()).or_default();
        if let Some(product) = said.remove(vocabulary.product) {
            mapping.license_product_id = Some(product);
            mapping.license_template_id = said.remove(vocabulary.template);
        } else if let Some(template) = said.remove(vocabulary.template) {
            mapping.license_template_id = Some(template);
        }
        // What has two names must not stay under the other one.
        if said.keys().any(|name| vocabulary.is_interval(name)) {
            let attributes = &mut mapping.attributes;
            attributes.retain(|name, _| !vocabulary.is_interval(vocabulary.short_name(name)));
        }
        mapping.ignore &= !said.contains_key(vocabulary.ignore);
        for (name, value) in said {
            mapping.attributes.remove(&vocabulary.full_name(&name));
            mapping.attributes.insert(name, value);
        }
        let wants_one = parameters
            .get(SINGLE_LICENSE)
            .is_some_and(|value| is_yes(value));
        let gives_many = matches!(
            self.product(path, None),
            Ok(Product::Licensed(attributes)) if attributes.quantity == QuantityMode::TotalLicenses
        );
        if wants_one && gives_many {
            let (name, value) = vocabulary.one_license;
            let single = BTreeMap::from([(vocabulary.full_name(name), value.to_owned())]);
            self.hear(path, &single);
        }
    }

    /// What a product path gives: the mapping over the attributes at hand, else over those last seen.
    pub fn product(
        &self,
        path: &str,
        at_hand: Option<&BTreeMap<String, String>>,
    ) -> Result<Product, InvalidAttribute> {
        let mapping = self.mappings.get(path);
        if mapping.is_some_and(|mapping| mapping.ignore) {
            return Ok(Product::Ignored);
        }
        let vocabulary = self.vocabulary();
        let mut attributes = at_hand
            .or_else(|| self.seen.get(path))
            .cloned()
            .unwrap_or_default();
        let mut is_interval_chosen = false;
        if let Some(mapping) = mapping {
            let own = own_attributes(vocabulary, mapping);
            let is_interval = |name: &str| vocabulary.is_interval(vocabulary.short_name(name));
            if own.keys().any(|name| is_interval(name)) {
                attributes.retain(|name, _| !is_interval(name));
                is_interval_chosen = true;
            }
            attributes.extend(own);
        }
        let mut parsed = vocabulary.read(&attributes)?;
        parsed.is_interval_chosen = is_interval_chosen;
        Ok(if parsed.ignore {
            Product::Ignored
        } else if parsed.is_bundle && !parsed.bundle_license {
            Product::Bundle
        } else if parsed.license_product_id.is_some() || parsed.is_feature {
            Product::Licensed(Box::new(parsed))
        } else {
            Product::Unmapped
        })
    }
}

/// The parameter of a request for keys that asks for one license for the whole quantity.
pub const SINGLE_LICENSE: &str = "single_license";

fn is_yes(value: &str) -> bool {
    ["true", "1", "yes"]
        .iter()
        .any(|yes| value.trim().eq_ignore_ascii_case(yes))
}

/// A mapping as attributes at the shop would say it.
fn own_attributes(vocabulary: &Vocabulary, mapping: &Mapping) -> BTreeMap<String, String> {
    let mut own: BTreeMap<_, _> = mapping
        .attributes
        .iter()
        .map(|(name, value)| (vocabulary.full_name(name), value.clone()))
        .collect();
    let template_name = vocabulary.full_name(vocabulary.template);
    if let Some(product) = &mapping.license_product_id {
        own.insert(vocabulary.product_name(), product.clone());
        // A template belongs to its product; the shop's must not stay beside another product.
        let template = mapping.license_template_id.clone().unwrap_or_default();
        own.insert(template_name, template);
    } else if let Some(template) = &mapping.license_template_id {
        own.insert(template_name, template.clone());
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
        rows.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn rules(mapping: Option<Mapping>) -> Rules {
        Rules {
            mappings: mapping
                .map(|mapping| ("studio-pro".to_owned(), mapping))
                .into_iter()
                .collect(),
            ..Rules::default()
        }
    }

    #[test]
    fn a_mapping_replaces_product_and_template_together() {
        let rules = rules(Some(Mapping {
            license_product_id: Some("ours".to_owned()),
            ..Mapping::default()
        }));
        let at_hand = shop(&[
            ("cryptlex_product_id", "theirs"),
            ("cryptlex_license_template_id", "their-template"),
            ("cryptlex_allowed_activations", "3"),
        ]);

        let Ok(Product::Licensed(attributes)) = rules.product("studio-pro", Some(&at_hand)) else {
            panic!("gives a license");
        };

        assert_eq!(attributes.license_product_id.as_deref(), Some("ours"));
        assert_eq!(attributes.license_template_id, None);
        assert_eq!(attributes.allowed_activations, Some(3));
    }

    #[test]
    fn an_interval_of_the_mapping_is_the_vendors_own_word() {
        let rules = rules(Some(Mapping {
            attributes: shop(&[("subscription_interval", "P1M")]),
            ..Mapping::default()
        }));
        let at_hand = shop(&[
            ("cryptlex_product_id", "theirs"),
            ("cryptlex_license_subscription_interval", "P1Y"),
        ]);

        let Ok(Product::Licensed(attributes)) = rules.product("studio-pro", Some(&at_hand)) else {
            panic!("gives a license");
        };

        assert!(attributes.is_interval_chosen);
        assert_eq!(
            attributes.interval,
            Some(crate::domain::attribute::LicenseInterval::Every(
                "P1M".parse().unwrap()
            ))
        );
    }

    #[test]
    fn what_a_request_says_goes_before_the_mapping() {
        let mut rules = rules(Some(Mapping {
            license_product_id: Some("ours".to_owned()),
            license_template_id: Some("our-template".to_owned()),
            attributes: shop(&[("allowed_activations", "3"), ("metadata_team", "blue")]),
            ..Mapping::default()
        }));
        let said = [
            ("cryptlex_product_id", "asked"),
            ("cryptlex_allowed_activations", "5"),
            ("single_license", "TRUE"),
            ("Zone", "eu"),
        ];

        rules.hear("studio-pro", &shop(&said));

        let Ok(Product::Licensed(attributes)) = rules.product("studio-pro", None) else {
            panic!("gives a license");
        };
        assert_eq!(attributes.license_product_id.as_deref(), Some("asked"));
        assert_eq!(attributes.license_template_id, None);
        assert_eq!(attributes.allowed_activations, Some(5));
        assert_eq!(attributes.quantity, QuantityMode::AllowedActivations);
        assert_eq!(attributes.metadata.len(), 1);
    }

    #[test]
    fn what_nobody_mapped_is_told_from_what_is_never_licensed() {
        let ignore = Mapping {
            ignore: true,
            ..Mapping::default()
        };
        let bundle = shop(&[("cryptlex_is_bundle", "true")]);

        assert_eq!(
            rules(None).product("studio-pro", None),
            Ok(Product::Unmapped)
        );
        assert_eq!(
            rules(Some(ignore)).product("studio-pro", None),
            Ok(Product::Ignored)
        );
        assert_eq!(
            rules(None).product("studio-pro", Some(&bundle)),
            Ok(Product::Bundle)
        );
    }

    #[test]
    fn attributes_last_seen_serve_where_none_are_at_hand() {
        let mut rules = rules(None);
        rules.seen.insert(
            "studio-pro".to_owned(),
            shop(&[("cryptlex_product_id", "seen")]),
        );

        assert!(matches!(
            rules.product("studio-pro", None),
            Ok(Product::Licensed(_))
        ));
    }
}
