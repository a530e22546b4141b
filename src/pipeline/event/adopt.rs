//! Adopts licenses that were found at the license server: made by another system, or before a row was lost.

use std::collections::BTreeMap;

use crate::domain::id::LicenseId;
use crate::domain::license::{FIRST_GENERATION, Given, Identity, License, PurchaseId, Root};
use crate::domain::rules::{Product, Rules};
use crate::domain::time::Timestamp;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::clock::id_at;
use crate::pipeline::event::license_row::LicenseHome;
use crate::pipeline::event::license_row::{LicenseOrigin, license_row};
use crate::store::{Db, StoreError, licenses};

/// Where licenses are adopted, by which rules, and when.
#[derive(Clone, Copy)]
pub struct Adoption<'a> {
    pub home: &'a LicenseHome,
    /// What the vendor decided.
    pub rules: &'a Rules,
    pub now: Timestamp,
}

/// Creates the rows of licenses that were found for a purchase; those that have a row stay as they are.
pub fn adopt(
    db: &mut Db,
    adoption: Adoption<'_>,
    purchase: &PurchaseId,
    found: &[RemoteLicense],
) -> Result<(), StoreError> {
    let Adoption { home, rules, now } = adoption;
    let root = purchase.root();
    let mut units: BTreeMap<String, u32> = BTreeMap::new();
    let mut found: Vec<&RemoteLicense> = found.iter().collect();
    found.sort_by(|left, right| (left.created_at, &left.id).cmp(&(right.created_at, &right.id)));
    for remote in found {
        if licenses::find_by_remote_id(db, home.tenant, home.server, &remote.id)?.is_some() {
            continue;
        }
        let slot = slot(rules, remote);
        let unit = units.entry(slot.clone()).or_insert(0);
        *unit += 1;
        let identity = Identity {
            root: root.clone(),
            slot,
            unit: *unit,
            generation: FIRST_GENERATION,
        };
        let license = license(identity, remote, now);
        let row = license_row(home, &license, remote.key.as_ref(), origin(&root), now)?;
        licenses::create(db, &[row])?;
    }
    Ok(())
}

/// The product path that gives this license's product; else the product's own id, so that it is at least told apart.
pub fn slot(rules: &Rules, remote: &RemoteLicense) -> String {
    rules
        .mappings
        .keys()
        .chain(rules.seen.keys())
        .find(|path| gives(rules, path, remote))
        .unwrap_or(&remote.product_id)
        .to_owned()
}

/// Whether a product path gives licenses of this license's product.
pub fn gives(rules: &Rules, path: &str, remote: &RemoteLicense) -> bool {
    matches!(
        rules.product(path, None),
        Ok(Product::Licensed(attributes)) if attributes.license_product_id.as_ref() == Some(&remote.product_id)
    )
}

/// A license that was found, at its place.
pub fn license(identity: Identity, remote: &RemoteLicense, now: Timestamp) -> License {
    License {
        id: LicenseId::from_uuid(id_at(now)),
        product_path: identity.slot.clone(),
        identity,
        remote_id: Some(remote.id.clone()),
        given: Given {
            end: remote.expires_at,
            made: Some(Box::new(remote.shown(now))),
            ..Given::default()
        },
        shown: Some(remote.shown(now)),
        is_adopted: true,
        deleted_at: None,
    }
}

/// Where a license of a purchase comes from, as far as the purchase tells.
pub fn origin(root: &Root) -> LicenseOrigin {
    match root {
        Root::Subscription(id) => LicenseOrigin {
            subscription_id: Some(id.clone()),
            ..LicenseOrigin::default()
        },
        Root::Order(id) => LicenseOrigin {
            order_id: Some(id.clone()),
            ..LicenseOrigin::default()
        },
        Root::Reference(reference) => LicenseOrigin {
            reference: Some(reference.clone()),
            ..LicenseOrigin::default()
        },
    }
}
