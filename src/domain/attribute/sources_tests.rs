//! Every attribute from every source, and which source goes before which.

use std::collections::BTreeMap;

use super::{Attributes, Vocabulary};
use crate::domain::fact::ProductReference;
use crate::domain::kind::LicenseServerKind;
use crate::domain::mapping::Mapping;
use crate::domain::rules::{Product, Rules, SINGLE_LICENSE};

const PATH: &str = "studio-pro";
const VOCABULARY: &Vocabulary = Vocabulary::of(LicenseServerKind::Cryptlex);

/// Every attribute with two values that differ in what they give.
const ATTRIBUTES: [(&str, &str, &str); 33] = [
    ("product_id", "one", "other"),
    ("license_template_id", "one", "other"),
    ("license_type", "node-locked", "hosted-floating"),
    ("max_allowed_release_version", "5.9.9", "6.0.0"),
    ("maintenance_policy_id", "one", "other"),
    ("entitlement_set_id", "one", "other"),
    ("end_users_from", "users", "people"),
    (
        "mappings_quantity",
        "allowed_activations",
        "allowed_floating_clients",
    ),
    ("subscription_covers", "maintenance", "license"),
    ("subscription_start_trigger", "creation", "activation"),
    ("license_subscription_interval", "P1M", "P1Y"),
    ("license_subscription_interval", "", "P1Y"),
    ("subscription_interval", "P1M", "P1Y"),
    ("expires_after", "30d", "1y"),
    ("maintenance_duration", "P1Y", "6m"),
    ("expires_at", "2027-12-31", "2028-12-31"),
    ("allowed_activations", "3", "5"),
    ("allowed_floating_clients", "10", "20"),
    ("user_max_activations", "2", "4"),
    ("grace_hours", "336", "0"),
    ("is_feature", "true", "false"),
    ("is_bundle", "yes", "no"),
    ("bundle_license", "1", "0"),
    ("is_license_manager", "true", "false"),
    ("trial", "true", "false"),
    ("suspend_only_on_full_refund", "true", "false"),
    ("ignore", "true", "false"),
    ("assign_user", "true", "false"),
    ("release_machines", "true", "false"),
    ("metadata_edition", "pro", "lite"),
    ("metadata_hidden_batch", "7", "8"),
    ("feature_export", "pdf", "png"),
    ("meter_renders", "100", "200"),
];

/// Where an attribute may be said; the first goes before the second, and so on.
const SOURCES: [Source; 5] = [
    Source::KeyRequest,
    Source::Mapping,
    Source::Line,
    Source::Event,
    Source::LastSeen,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A parameter of a request for keys.
    KeyRequest,
    /// What a vendor said here.
    Mapping,
    /// The line of the order, kept on record.
    Line,
    /// A product or subscription that the event at hand shows.
    Event,
    /// The product as an earlier event showed it.
    LastSeen,
}

/// What one product is said to give, from all sources.
#[derive(Default)]
struct Said {
    rules: Rules,
    line: Option<BTreeMap<String, String>>,
    request: BTreeMap<String, String>,
    event: Option<BTreeMap<String, String>>,
}

impl Said {
    /// The same, with this attribute said there too.
    fn by(mut self, source: Source, name: &str, value: &str) -> Self {
        let full = VOCABULARY.full_name(name);
        let value = value.to_owned();
        let shop = |told: &mut Option<BTreeMap<String, String>>| {
            told.get_or_insert_default()
                .insert(full.clone(), value.clone());
        };
        match source {
            Source::KeyRequest => {
                self.request.insert(full, value);
            }
            Source::Mapping => say(
                self.rules.mappings.entry(PATH.into()).or_default(),
                name,
                value,
            ),
            Source::Line => shop(&mut self.line),
            Source::Event => shop(&mut self.event),
            Source::LastSeen => {
                let seen = self.rules.seen.entry(PATH.to_owned()).or_default();
                seen.insert(full, value);
            }
        }
        self
    }

    /// What the product gives, in the words of a test that fails.
    fn gives(mut self) -> String {
        self.rules.see(&[ProductReference {
            path: PATH.to_owned(),
            display: None,
            attributes: self.event,
        }]);
        self.rules.hear(PATH, &self.request);
        shown(self.rules.product(PATH, self.line.as_ref()).unwrap())
    }
}

/// As a form or the API says it, which have fields of their own for some.
fn say(mapping: &mut Mapping, name: &str, value: String) {
    match name {
        "product_id" => mapping.license_product_id = Some(value),
        "license_template_id" => mapping.license_template_id = Some(value),
        // The field only ever says yes.
        "ignore" if value == "true" => mapping.ignore = true,
        _ => {
            mapping.attributes.insert(name.to_owned(), value);
        }
    }
}

/// Whether the vendor's own word settled the interval is another matter.
fn shown(product: Product) -> String {
    match product {
        Product::Licensed(attributes) => format!(
            "{:?}",
            Attributes {
                is_interval_chosen: false,
                ..*attributes
            }
        ),
        Product::Bundle | Product::Ignored | Product::Unmapped => format!("{product:?}"),
    }
}

/// What the value gives by itself, for a product that gives a license.
fn expected(name: &str, value: &str) -> String {
    licensed().by(Source::LastSeen, name, value).gives()
}

/// A product that some source says a license of.
fn licensed() -> Said {
    Said::default().by(Source::LastSeen, "product_id", "p")
}

/// The product is named wherever anything is, as it is in life; a source that says nothing of it hides lower ones.
fn naming_product(sources: &[Source], name: &str) -> Said {
    sources
        .iter()
        .fold(licensed(), |said, source| match source {
            Source::Line | Source::Event if name != "product_id" => {
                said.by(*source, "product_id", "p")
            }
            _ => said,
        })
}

#[test]
fn the_table_has_every_attribute_and_its_values_differ() {
    let in_table = |name: &str| ATTRIBUTES.iter().any(|(known, ..)| known.starts_with(name));
    let names = VOCABULARY.names().iter().copied();
    for name in names.filter(|name| *name != SINGLE_LICENSE) {
        assert!(
            ATTRIBUTES.iter().any(|(known, ..)| *known == name),
            "{name}"
        );
    }
    for family in VOCABULARY.families() {
        assert!(in_table(family), "{family}");
    }
    for (name, one, other) in ATTRIBUTES {
        assert_ne!(expected(name, one), expected(name, other), "{name}");
    }
}

#[test]
fn every_attribute_is_read_from_every_source() {
    for (name, one, _) in ATTRIBUTES {
        for source in SOURCES {
            let gives = naming_product(&[source], name)
                .by(source, name, one)
                .gives();

            assert_eq!(gives, expected(name, one), "{name} by {source:?}");
        }
    }
}

#[test]
fn each_source_goes_before_the_next() {
    for pair in SOURCES.windows(2) {
        for (name, one, other) in ATTRIBUTES {
            for (first, second) in [(one, other), (other, one)] {
                let said = naming_product(pair, name)
                    .by(pair[1], name, second)
                    .by(pair[0], name, first);

                assert_eq!(said.gives(), expected(name, first), "{name}: {pair:?}");
            }
        }
    }
}

#[test]
fn either_name_of_the_interval_goes_before_that_of_the_next_source() {
    let names = ["subscription_interval", "license_subscription_interval"];
    for pair in SOURCES.windows(2) {
        for (first, second) in [(names[0], names[1]), (names[1], names[0])] {
            let said = naming_product(pair, first)
                .by(pair[1], second, "P1Y")
                .by(pair[0], first, "P1M");

            assert_eq!(said.gives(), expected(first, "P1M"), "{first}: {pair:?}");
        }
    }
}
