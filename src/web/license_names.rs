//! What a license is called: by its product, and so that licenses of one product are told apart.

use std::collections::BTreeMap;

use crate::domain::id::LicenseId;
use crate::domain::masked;
use crate::store::StoreError;
use crate::store::licenses::Row;
use crate::vault::{Field, TenantKeys};
use crate::web::names::Names;

/// The end of the key, as people read it out; the whole key is shown to nobody here. Empty before there is one.
pub fn ending(license: &Row, keys: &TenantKeys) -> Result<String, StoreError> {
    let Some(sealed) = &license.key_sealed else {
        return Ok(String::new());
    };
    let key = keys
        .open(Field::LicenseKey(license.id).place(), sealed)
        .map_err(|error| StoreError::corrupt("licenses.key", error))?;
    Ok(masked::key(&String::from_utf8_lossy(&key)))
}

/// The number that people know the purchase by.
pub fn reference(license: &Row) -> String {
    license
        .reference
        .clone()
        .or_else(|| license.subscription_id.as_ref().map(ToString::to_string))
        .or_else(|| license.order_id.as_ref().map(ToString::to_string))
        .unwrap_or_default()
}

/// `Studio Pro`; `Studio Pro …C204E8` where another license of these is called so too, and where even that is not enough,
/// with its purchase, line and number.
pub fn told_apart(
    licenses: &[Row],
    names: &Names,
    keys: &TenantKeys,
) -> Result<BTreeMap<LicenseId, String>, StoreError> {
    let spelled = licenses
        .iter()
        .map(|license| spellings(license, names, keys))
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(licenses
        .iter()
        .enumerate()
        .map(|(this, license)| (license.id, first_of_its_own(&spelled, this).to_owned()))
        .collect())
}

/// From the shortest to the longest.
fn spellings(license: &Row, names: &Names, keys: &TenantKeys) -> Result<[String; 3], StoreError> {
    let product = names.product(license.storefront_id, &license.product_path);
    let ending = ending(license, keys)?;
    let by_key = format!("{product} {ending}");
    let by_place = format!(
        "{} ({}, {}, number {})",
        by_key.trim_end(),
        reference(license),
        license.slot,
        license.unit
    );
    Ok([product.to_owned(), by_key.trim_end().to_owned(), by_place])
}

/// The first of its spellings that no other has, else the longest.
fn first_of_its_own(spelled: &[[String; 3]], this: usize) -> &str {
    let Some(own) = spelled.get(this) else {
        return "";
    };
    let [.., longest] = own;
    let is_shared = |level: usize, text: &str| {
        spelled.iter().enumerate().any(|(other, spellings)| {
            other != this && spellings.get(level).is_some_and(|other| other == text)
        })
    };
    own.iter()
        .enumerate()
        .find(|(level, text)| !is_shared(*level, text))
        .map_or(longest, |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_told_apart_by_as_little_as_needed() {
        let spelled = [
            ["Reverb", "Reverb …A", "Reverb …A (R, reverb, number 1)"],
            ["Studio", "Studio …B", "Studio …B (R, studio, number 1)"],
            ["Studio", "Studio …C", "Studio …C (R, studio, number 2)"],
            ["Delay", "Delay", "Delay (R, delay, number 1)"],
            ["Delay", "Delay", "Delay (R, delay, number 2)"],
        ]
        .map(|spellings| spellings.map(str::to_owned));

        let called: Vec<&str> = (0..spelled.len())
            .map(|this| first_of_its_own(&spelled, this))
            .collect();

        assert_eq!(
            called,
            [
                "Reverb",
                "Studio …B",
                "Studio …C",
                "Delay (R, delay, number 1)",
                "Delay (R, delay, number 2)",
            ]
        );
    }
}
