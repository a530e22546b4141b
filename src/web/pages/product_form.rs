//! Between a product's form and its mapping.

use std::collections::BTreeMap;

use crate::accounts::setup::FieldError;
use crate::domain::attribute::Vocabulary;
use crate::domain::mapping::KeyGiver;
use crate::domain::mapping::Mapping;
use crate::web::sent::Sent;

/// The field that says what the bought quantity becomes.
pub const QUANTITY: &str = "mappings_quantity";
/// The attribute of a subscription's period, as errors name it.
pub const PERIOD: &str = "attributes.license_subscription_interval";
const INTERVAL: &str = "license_subscription_interval";
const USUAL_QUANTITY: &str = "total_licenses";

/// A form as it is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// The product's path.
    pub path: String,
    /// The product at the license server; empty when none is chosen.
    pub license_product_id: String,
    /// The template there; empty for the product's own.
    pub license_template_id: String,
    /// What the bought quantity becomes.
    pub quantity: String,
    /// The period of a subscription; empty for the template's.
    pub interval: String,
    /// Who gives buyers the key; empty when nothing is said.
    pub key_giver: String,
    /// The pattern of keys, which only the API sets; stays as it is.
    pub key_mask: Option<String>,
    /// Further attributes, one `name = value` per line.
    pub attributes: String,
}

impl Filled {
    /// A mapping as a form.
    pub fn of(mapping: &Mapping) -> Self {
        let mut attributes = mapping.attributes.clone();
        let mut take = |name: &str| attributes.remove(name).unwrap_or_default();
        let (interval, quantity) = (take(INTERVAL), take(QUANTITY));
        Self {
            path: String::new(),
            license_product_id: mapping.license_product_id.clone().unwrap_or_default(),
            license_template_id: mapping.license_template_id.clone().unwrap_or_default(),
            quantity: match quantity.as_str() {
                "" => USUAL_QUANTITY.to_owned(),
                _ => quantity,
            },
            interval,
            key_giver: mapping
                .key_delivery
                .map_or_else(String::new, |giver| giver.as_str().to_owned()),
            key_mask: mapping.key_mask.clone(),
            attributes: attributes
                .iter()
                .map(|(name, value)| format!("{name} = {value}\n"))
                .collect(),
        }
    }

    /// A form as it was sent.
    pub fn read(sent: &Sent) -> Self {
        let text = |name: &str| sent.text(name).to_owned();
        Self {
            path: text("product_path"),
            license_product_id: text("license_product_id"),
            license_template_id: text("license_template_id"),
            quantity: text(QUANTITY),
            interval: text("interval"),
            key_giver: text("key_delivery"),
            key_mask: None,
            attributes: text("attributes"),
        }
    }

    /// The mapping that the form means; an error names the line that is no attribute.
    pub fn mapping(&self, vocabulary: &Vocabulary) -> Result<Mapping, FieldError> {
        let mut attributes = BTreeMap::new();
        for line in self
            .attributes
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (name, value) = line.split_once('=').ok_or_else(|| {
                FieldError::new("attributes", format!("write “{line}” as name = value"))
            })?;
            let name = vocabulary.short_name(name.trim());
            attributes.insert(name.to_owned(), value.trim().to_owned());
        }
        if !self.interval.is_empty() {
            attributes.insert(INTERVAL.to_owned(), self.interval.clone());
        }
        if !self.quantity.is_empty() && self.quantity != USUAL_QUANTITY {
            attributes.insert(QUANTITY.to_owned(), self.quantity.clone());
        }
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Mapping {
            license_product_id: given(&self.license_product_id),
            license_template_id: given(&self.license_template_id),
            attributes,
            key_mask: self.key_mask.clone(),
            key_delivery: KeyGiver::parse(&self.key_giver),
            ignore: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kind::LicenseServerKind;

    const VOCABULARY: &Vocabulary = Vocabulary::of(LicenseServerKind::Cryptlex);

    #[test]
    fn a_mapping_survives_its_form() {
        let mapping = Mapping {
            license_product_id: Some("p1".to_owned()),
            attributes: [
                (INTERVAL, "P1Y"),
                (QUANTITY, "allowed_activations"),
                ("allowed_activations", "3"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
            key_mask: Some("X".repeat(24)),
            key_delivery: Some(KeyGiver::Vendor),
            ..Mapping::default()
        };

        assert_eq!(Filled::of(&mapping).mapping(VOCABULARY), Ok(mapping));
    }

    #[test]
    fn a_line_that_is_no_attribute_is_named() {
        let filled = Filled {
            attributes: "allowed_activations = 3\nthree machines".to_owned(),
            ..Filled::default()
        };

        let error = filled.mapping(VOCABULARY).unwrap_err();

        assert_eq!(error.message, "write “three machines” as name = value");
    }
}
