//! Names of attributes: which there are, and which one a slip of the hand meant.

use crate::domain::attribute::{PREFIX, full_name};

/// Every attribute of a fixed name, without the prefix.
pub const NAMES: [&str; 29] = [
    "product_id",
    "license_template_id",
    "license_type",
    "max_allowed_release_version",
    "maintenance_policy_id",
    "entitlement_set_id",
    "end_users_from",
    "mappings_quantity",
    "subscription_covers",
    "subscription_start_trigger",
    "license_subscription_interval",
    "subscription_interval",
    "expires_after",
    "maintenance_duration",
    "expires_at",
    "allowed_activations",
    "allowed_floating_clients",
    "user_max_activations",
    "grace_hours",
    "is_feature",
    "is_bundle",
    "bundle_license",
    "is_license_manager",
    "trial",
    "suspend_only_on_full_refund",
    "ignore",
    "assign_user",
    "release_machines",
    "single_license",
];

/// Beginnings of names that a vendor's own name follows.
pub const FAMILIES: [&str; 4] = ["metadata_hidden_", "metadata_", "feature_", "meter_"];

/// Slips that still tell what was meant.
const SLIPS: usize = 3;

/// The attribute that an unknown name most likely means, with the prefix; `None` where it is known, somebody else's, or
/// like nothing that there is.
pub fn meant(name: &str) -> Option<String> {
    let lower = name.trim().to_lowercase().replace(['-', ' '], "_");
    let short = match lower.strip_prefix(PREFIX) {
        Some(short) => short,
        // Other systems have attributes too: only the prefix itself may be misspelt here.
        None => misspelt_prefix(&lower)?,
    };
    if name.strip_prefix(PREFIX).is_some_and(is_known) {
        return None;
    }
    let nearest = NAMES
        .into_iter()
        .map(|known| (strsim::osa_distance(known, short), known))
        .min()?;
    let (slips, known) = nearest;
    (slips <= SLIPS && slips < known.len()).then(|| full_name(known))
}

fn is_known(short: &str) -> bool {
    NAMES.contains(&short) || FAMILIES.iter().any(|family| short.starts_with(family))
}

fn misspelt_prefix(name: &str) -> Option<&str> {
    let (beginning, rest) = name.split_once('_')?;
    let word = PREFIX.trim_end_matches('_');
    (strsim::osa_distance(beginning, word) <= 2).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(meant(name).as_deref(), expected, "{name}");
        }
    }
}
