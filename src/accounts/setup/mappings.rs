//! Mappings: what a product path gives.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::json;

use crate::accounts::new_id;
use crate::accounts::setup::secrets::{optional, seal};
use crate::accounts::setup::storefronts::get;
use crate::accounts::setup::{FieldError, SetUpError, Vendor, all_right, checked};
use crate::domain::act::Act;
use crate::domain::attribute::Vocabulary;
use crate::domain::id::{MappingId, StorefrontId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::mapping::Mapping;
use crate::domain::reason::ReasonCode;
use crate::domain::rules::{Product, Rules};
use crate::store::storefronts::{Storefront, StorefrontUpdate};
use crate::store::{Db, StoreError, events, license_servers, mappings, storefronts};
use crate::vault::{Field, KeyMask};

/// Reasons of parked events that a mapping may settle.
const SETTLED: [ReasonCode; 6] = [
    ReasonCode::ProductNotMapped,
    ReasonCode::MappingInvalid,
    ReasonCode::IntervalMismatch,
    ReasonCode::LicenseServerRejected,
    ReasonCode::ShopKeyNotAdopted,
    ReasonCode::TooManyLicenses,
];

/// A mapping that is to be put.
pub struct NewMapping {
    /// What the product gives.
    pub mapping: Mapping,
    /// What license requests for this product are signed with; `Some(None)` takes it away, `None` leaves it.
    pub fulfillment_key: Option<Option<SecretString>>,
}

/// Says what a product path gives, and sets going the orders that waited for it.
pub async fn put(
    vendor: &Vendor,
    storefront: StorefrontId,
    product_path: &str,
    new: NewMapping,
) -> Result<mappings::Mapping, SetUpError> {
    let store = get(vendor, storefront).await?;
    let known = find(vendor, storefront, product_path).await?;
    let id = known.as_ref().map_or_else(
        || MappingId::from_uuid(new_id(vendor.now)),
        |known| known.id,
    );
    let (kind, seen) = seen(vendor, &store, product_path).await?;
    let mut errors = judge(kind, (product_path, &new.mapping), seen.as_ref());
    let fulfillment_key_sealed = match new.fulfillment_key {
        None => known.and_then(|known| known.fulfillment_key_sealed),
        Some(key) => checked(optional("fulfillment_key", key.as_ref()), &mut errors)
            .flatten()
            .map(|key| seal(vendor, Field::MappingFulfillmentKey(id), &key)),
    };
    all_right(errors)?;
    let row = mappings::Mapping {
        tenant_id: vendor.tenant,
        storefront_id: storefront,
        product_path: product_path.to_owned(),
        id,
        mapping: serde_json::to_string(&new.mapping)
            .map_err(|error| FieldError::new("attributes", error))?,
        fulfillment_key_sealed,
        updated_at: vendor.now,
    };
    let (written, change) = (row.clone(), rules_changed(vendor));
    let (tenant, now, author) = (vendor.tenant, vendor.now, vendor.author());
    let details = json!({ "product_path": product_path, "gives": new.mapping });
    vendor
        .write(move |db| {
            mappings::put(db, &written)?;
            storefronts::change(db, tenant, storefront, &change)?;
            for code in SETTLED {
                events::unpark(db, tenant, storefront, (code, &written.product_path), now)?;
            }
            author.record(db, Act::MappingPut, storefront, &details)
        })
        .await?;
    Ok(row)
}

/// The attributes that speak to a storefront.
pub async fn vocabulary(
    vendor: &Vendor,
    storefront: StorefrontId,
) -> Result<&'static Vocabulary, SetUpError> {
    let store = get(vendor, storefront).await?;
    let tenant = vendor.tenant;
    let kind = vendor
        .read(move |db| license_servers::kind(db, tenant, store.license_server_id))
        .await?;
    Ok(Vocabulary::of(kind))
}

/// All mappings of a storefront, by path.
pub async fn list(
    vendor: &Vendor,
    storefront: StorefrontId,
) -> Result<Vec<mappings::Mapping>, SetUpError> {
    get(vendor, storefront).await?;
    let tenant = vendor.tenant;
    vendor
        .read(move |db| mappings::list(db, tenant, storefront))
        .await
}

/// The mapping of a path; `None` when nothing was said of it.
pub async fn find(
    vendor: &Vendor,
    storefront: StorefrontId,
    product_path: &str,
) -> Result<Option<mappings::Mapping>, SetUpError> {
    check_path(product_path)?;
    let (tenant, path) = (vendor.tenant, product_path.to_owned());
    vendor
        .read(move |db| mappings::find(db, tenant, storefront, &path))
        .await
}

/// Takes a mapping away; the product's own attributes count again. An error when there is none.
pub async fn delete(
    vendor: &Vendor,
    storefront: StorefrontId,
    product_path: &str,
) -> Result<(), SetUpError> {
    get(vendor, storefront).await?;
    check_path(product_path)?;
    let (tenant, path, change) = (
        vendor.tenant,
        product_path.to_owned(),
        rules_changed(vendor),
    );
    let author = vendor.author();
    vendor
        .write(move |db: &mut Db| {
            if !mappings::delete_one(db, tenant, storefront, &path)? {
                return Err(StoreError::NotFound);
            }
            storefronts::change(db, tenant, storefront, &change)?;
            let details = json!({ "product_path": path });
            author.record(db, Act::MappingDelete, storefront, &details)
        })
        .await
}

/// Where the store's licenses live, and what the shop says of a product; `None` when it said nothing yet.
async fn seen(
    vendor: &Vendor,
    store: &Storefront,
    product_path: &str,
) -> Result<(LicenseServerKind, Option<BTreeMap<String, String>>), SetUpError> {
    let (tenant, id, server) = (vendor.tenant, store.id, store.license_server_id);
    let path = product_path.to_owned();
    vendor
        .read(move |db| {
            let kind = license_servers::kind(db, tenant, server)?;
            let seen = mappings::attributes_seen(db, tenant, id, &path)?;
            Ok::<_, StoreError>((kind, seen))
        })
        .await
}

/// Before anything is looked up by it.
fn check_path(product_path: &str) -> Result<(), FieldError> {
    let is_path = !product_path.trim().is_empty()
        && product_path.len() <= 300
        && !product_path.contains(char::is_control);
    match is_path {
        true => Ok(()),
        false => Err(FieldError::new(
            "product_path",
            "write the product path as the shop shows it",
        )),
    }
}

fn rules_changed(vendor: &Vendor) -> StorefrontUpdate {
    StorefrontUpdate {
        rules_changed_at: Some(vendor.now),
        ..StorefrontUpdate::default()
    }
}

/// What is wrong with a mapping, over what the shop itself says of the product.
fn judge(
    kind: LicenseServerKind,
    (product_path, mapping): (&str, &Mapping),
    seen: Option<&BTreeMap<String, String>>,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(mask) = &mapping.key_mask
        && let Err(error) = mask.parse::<KeyMask>()
    {
        errors.push(FieldError::new("key_mask", error));
    }
    let rules = Rules {
        mappings: BTreeMap::from([(product_path.to_owned(), mapping.clone())]),
        ..Rules::of(kind)
    };
    match rules.product(product_path, seen) {
        Ok(Product::Licensed(_) | Product::Bundle | Product::Ignored) => {}
        Ok(Product::Unmapped) => {
            let message =
                "choose the product that is licensed, or say that this one never gives a license";
            errors.push(FieldError::new("license_product_id", message));
        }
        Err(invalid) => {
            let name = rules.vocabulary().short_name(&invalid.name);
            let message = format!("`{}` makes no sense here", invalid.value);
            errors.push(FieldError::new(&format!("attributes.{name}"), message));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(mapping: &Mapping) -> Vec<String> {
        judge(LicenseServerKind::Cryptlex, ("studio-pro", mapping), None)
            .into_iter()
            .map(|error| error.field)
            .collect()
    }

    fn attribute(name: &str, value: &str) -> Mapping {
        Mapping {
            license_product_id: Some("p".to_owned()),
            attributes: BTreeMap::from([(name.to_owned(), value.to_owned())]),
            ..Mapping::default()
        }
    }

    #[test]
    fn a_mapping_names_a_product_or_says_never() {
        let never = Mapping {
            ignore: true,
            ..Mapping::default()
        };

        assert_eq!(fields(&Mapping::default()), ["license_product_id"]);
        assert!(fields(&never).is_empty());
    }

    #[test]
    fn bundles_features_and_what_the_shop_names_need_no_product_here() {
        let said = |name: &str, value: &str| Mapping {
            license_product_id: None,
            ..attribute(name, value)
        };
        let seen = BTreeMap::from([("cryptlex_product_id".to_owned(), "p".to_owned())]);
        let seats = said("allowed_activations", "5");

        assert!(fields(&said("is_bundle", "true")).is_empty());
        assert!(fields(&said("is_feature", "true")).is_empty());
        assert_eq!(fields(&seats), ["license_product_id"]);
        assert_eq!(
            judge(
                LicenseServerKind::Cryptlex,
                ("studio-pro", &seats),
                Some(&seen)
            ),
            []
        );
    }

    #[test]
    fn a_senseless_attribute_or_mask_is_named() {
        let short = Mapping {
            key_mask: Some("XXX".to_owned()),
            ..attribute("allowed_activations", "5")
        };

        assert!(fields(&attribute("license_subscription_interval", "P1M")).is_empty());
        assert_eq!(
            fields(&attribute("license_subscription_interval", "monthly")),
            ["attributes.license_subscription_interval"]
        );
        assert_eq!(fields(&short), ["key_mask"]);
    }
}
