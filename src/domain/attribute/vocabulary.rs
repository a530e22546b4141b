//! A vocabulary: which attributes speak to stores of one kind of license server, and which one a slip of the hand meant.
//!
//! A product may carry attributes of several kinds; each store reads its own.

use std::collections::BTreeMap;
use std::fmt;

use crate::domain::attribute::{Attributes, InvalidAttribute};

/// The attributes that speak to stores of one kind of license server.
///
/// Names are short in mappings and forms, and have the vocabulary's prefix at the shop.
pub struct Vocabulary {
    /// What every name begins with at the shop.
    pub(super) prefix: &'static str,
    /// Every attribute of a fixed name, short.
    pub(super) names: &'static [&'static str],
    /// Beginnings of names that a vendor's own name follows; a longer one goes before a shorter.
    pub(super) families: &'static [&'static str],
    /// The attribute that names the product at the license server.
    pub(in crate::domain) product: &'static str,
    /// The attribute that names the template there.
    pub(in crate::domain) template: &'static str,
    /// The attribute that names the entitlement set there; `None` where there are none.
    pub(in crate::domain) entitlement_set: Option<&'static str>,
    /// The attribute whose value is a feature, or the beginning of one whose name ends with it.
    pub(super) feature: &'static str,
    /// The attribute that names the type of license.
    pub(in crate::domain) license_type: &'static str,
    /// The names of the period of a renewal, the strongest first.
    pub(super) intervals: &'static [&'static str],
    /// The attribute of a product that never gives a license.
    pub(in crate::domain) ignore: &'static str,
    /// The attribute and value with which a quantity becomes the seats of one license.
    pub(in crate::domain) one_license: (&'static str, &'static str),
    /// Attributes that count for some licenses only, and for which.
    pub(super) conditions: &'static [(&'static str, &'static str)],
    /// Reads attributes as the shop spells them; those of others are passed over.
    pub(super) read: fn(&BTreeMap<String, String>) -> Result<Attributes, InvalidAttribute>,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Vocabulary")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Slips that still tell what was meant.
const SLIPS: usize = 3;

impl Vocabulary {
    /// Reads attributes as the shop spells them; those of others are passed over.
    pub fn read(
        &self,
        attributes: &BTreeMap<String, String>,
    ) -> Result<Attributes, InvalidAttribute> {
        (self.read)(attributes)
    }

    /// Every attribute of a fixed name, short.
    pub const fn names(&self) -> &'static [&'static str] {
        self.names
    }

    /// Beginnings of names that a vendor's own name follows.
    pub const fn families(&self) -> &'static [&'static str] {
        self.families
    }

    /// The attribute that names the product at the license server, as the shop has it.
    pub fn product_name(&self) -> String {
        self.full_name(self.product)
    }

    /// A name as mappings and forms have it: without the prefix, with which it may have been written too.
    pub fn short_name<'a>(&self, name: &'a str) -> &'a str {
        name.strip_prefix(self.prefix).unwrap_or(name)
    }

    /// A name as the shop has it.
    pub fn full_name(&self, name: &str) -> String {
        format!("{}{}", self.prefix, self.short_name(name))
    }

    /// Whether a short name is one of the period of a renewal.
    pub fn is_interval(&self, short: &str) -> bool {
        self.intervals.contains(&short)
    }

    /// Whether a name at the shop is one of an attribute; others belong to other systems.
    pub fn is_attribute(&self, name: &str) -> bool {
        match self.prefix {
            "" => self.is_known(name),
            prefix => name.starts_with(prefix),
        }
    }

    /// The attribute that gives a feature of that name and value, and what it says.
    pub fn feature<'a>(&self, name: &'a str, value: &'a str) -> (String, &'a str) {
        match self.families.contains(&self.feature) {
            true => (format!("{}{name}", self.feature), value),
            false => (self.feature.to_owned(), name),
        }
    }

    /// The attribute that an unknown name most likely means, as the shop has it; `None` where it is known, somebody
    /// else's, or like nothing that there is.
    pub fn meant(&self, name: &str) -> Option<String> {
        let lower = name.trim().to_lowercase().replace(['-', ' '], "_");
        let short = match lower.strip_prefix(self.prefix) {
            Some(short) => short,
            // Other systems have attributes too: only the prefix itself may be misspelt here.
            None => self.after_misspelt_prefix(&lower)?,
        };
        let is_known = |short: &str| self.is_known(short);
        if name.strip_prefix(self.prefix).is_some_and(is_known) {
            return None;
        }
        let names = self.names.iter();
        let (slips, known) = names
            .map(|known| (strsim::osa_distance(known, short), *known))
            .min()?;
        (slips <= self.most_slips(known)).then(|| self.full_name(known))
    }

    /// A sentence for each of these names that does not always count; with or without the prefix.
    pub fn notes<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        names
            .into_iter()
            .map(|name| self.short_name(name))
            .filter_map(|name| self.conditions.iter().find(|(known, _)| *known == name))
            .map(|(name, condition)| format!("{} {condition}", self.full_name(name)))
            .collect()
    }

    /// Without a prefix, a short name that is somebody else's must be told from a slip.
    fn most_slips(&self, name: &str) -> usize {
        let share = match self.prefix {
            "" => name.len() / 5,
            _ => name.len() - 1,
        };
        share.min(SLIPS)
    }

    fn is_known(&self, short: &str) -> bool {
        let mut families = self.families.iter();
        self.names.contains(&short) || families.any(|family| short.starts_with(family))
    }

    fn after_misspelt_prefix<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (beginning, rest) = name.split_once('_')?;
        let word = self.prefix.trim_end_matches('_');
        (strsim::osa_distance(beginning, word) <= 2).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::licensespring;
    use crate::domain::kind::LicenseServerKind;

    const CRYPTLEX: &Vocabulary = Vocabulary::of(LicenseServerKind::Cryptlex);

    #[test]
    fn slips_of_the_hand_are_understood_and_other_names_left_alone() {
        for (name, expected) in [
            ("cryptlex_prodct_id", Some("cryptlex_product_id")),
            ("cryptlex_Product_ID", Some("cryptlex_product_id")),
            ("crytplex_product_id", Some("cryptlex_product_id")),
            (
                "cryptlex_mapping_quantity",
                Some("cryptlex_mappings_quantity"),
            ),
            (
                "cryptlex_license-template-id",
                Some("cryptlex_license_template_id"),
            ),
            ("cryptlex_product_id", None),
            ("cryptlex_metadata_anything", None),
            ("cryptlex_feature_x", None),
            ("cryptlex_later_invention", None),
            ("product_id", None),
            ("uuid", None),
        ] {
            assert_eq!(CRYPTLEX.meant(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn without_a_prefix_only_what_is_nearly_a_name_is_taken_for_a_slip() {
        let licensespring = &licensespring::VOCABULARY;
        for (name, expected) in [
            ("product_shortcode", Some("product_short_code")),
            ("Max-Activations", Some("max_activations")),
            ("licence_type", Some("license_type")),
            ("custom_field_Serial", None),
            ("product_short_code", None),
            ("cryptlex_product_id", None),
            ("guid", None),
            ("product_code", None),
            ("Color", None),
        ] {
            assert_eq!(licensespring.meant(name).as_deref(), expected, "{name}");
        }
        assert!(licensespring.is_attribute("custom_field_Serial"));
        assert!(!licensespring.is_attribute("cryptlex_product_id"));
    }

    #[test]
    fn a_feature_is_named_by_a_name_or_by_a_value() {
        for (vocabulary, expected) in [
            (CRYPTLEX, ("feature_export", "pdf")),
            (&licensespring::VOCABULARY, ("feature_code", "export")),
        ] {
            let (attribute, value) = vocabulary.feature("export", "pdf");

            assert_eq!((attribute.as_str(), value), expected);
        }
    }

    #[test]
    fn only_what_does_not_always_count_is_noted() {
        let names = ["cryptlex_expires_after", "expires_at", "trial", "other"];

        let notes = CRYPTLEX.notes(names);

        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].starts_with("cryptlex_expires_after counts for what is bought once"));
        assert!(notes[1].starts_with("cryptlex_expires_at "));
    }
}
