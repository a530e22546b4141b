//! Adopts licenses that were found at the license server: made by another system, or before a row was lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::compare::SUBSCRIPTION_KEY;
use crate::domain::fact::{OrderId, SubscriptionId};
use crate::domain::id::{LicenseId, LicenseServerId, StorefrontId, TenantId};
use crate::domain::license::{Given, Identity, License, Root};
use crate::domain::plan::Search;
use crate::domain::rules::{Product, Rules};
use crate::domain::time::Timestamp;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::clock::id_at;
use crate::pipeline::license_row::{Origin, license_row};
use crate::store::{Db, StoreError, licenses};
use crate::vault::TenantKeys;

/// The first license of a unit.
const FIRST_GENERATION: u32 = 1;

/// Where licenses that are new to us belong.
#[derive(Clone)]
pub struct Home {
    /// Whose they are.
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// The account that they live in.
    pub server: LicenseServerId,
    /// The tenant's keys.
    pub keys: Arc<TenantKeys>,
    /// Whether real money moved.
    pub is_live: bool,
}

/// Puts what a search found on record; licenses that are there already stay as they are.
pub fn adopt(
    db: &mut Db,
    (home, rules): (&Home, &Rules),
    search: &Search,
    found: &[RemoteLicense],
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(root) = root(search) else {
        return Ok(());
    };
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
        let row = license_row(home, &license, &remote.key, origin(&root), now)?;
        licenses::create(db, &[row])?;
    }
    Ok(())
}

/// Puts a license that a person picked on record for a purchase, where it has room; `None` when the key is another's.
///
/// It is theirs to say, so it takes the place of one that is gone, and need not name the purchase yet.
pub fn pick(
    db: &mut Db,
    (home, rules): (&Home, &Rules),
    search: &Search,
    remote: &RemoteLicense,
    now: Timestamp,
) -> Result<Option<LicenseId>, StoreError> {
    let Some(root) = root(search) else {
        return Ok(None);
    };
    let roots = [root.clone()];
    let held: Vec<License> = licenses::list_of_roots(db, home.tenant, home.storefront, &roots)?
        .iter()
        .map(licenses::Row::license)
        .collect::<Result<_, _>>()?;
    let identity = room(&held, &root, slot(rules, remote));
    let mut license = license(identity, remote, now);
    if !remote.has_metadata(search.key, &search.value) {
        // It names no purchase yet, or another, so that this one is written on it.
        license.given.named = Some(Root::Reference(String::new()));
        license.given.has_other_notes = true;
    }
    let row = license_row(home, &license, &remote.key, origin(&root), now)?;
    let created = licenses::create(db, &[row])?;
    Ok(created.into_iter().next())
}

/// The first place of a slot that no license holds.
fn room(held: &[License], root: &Root, slot: String) -> Identity {
    let mut place = Identity {
        root: root.clone(),
        slot,
        unit: 1,
        generation: FIRST_GENERATION,
    };
    loop {
        let latest = held
            .iter()
            .filter(|license| license.identity.slot == place.slot)
            .filter(|license| license.identity.unit == place.unit)
            .max_by_key(|license| license.identity.generation);
        match latest {
            None => return place,
            Some(license) if license.deleted_at.is_some() => {
                place.generation = license.identity.generation.saturating_add(1);
                return place;
            }
            Some(_) => place.unit = place.unit.saturating_add(1),
        }
    }
}

fn root(search: &Search) -> Option<Root> {
    if search.key == SUBSCRIPTION_KEY {
        SubscriptionId::new(&search.value).map(Root::Subscription)
    } else {
        OrderId::new(&search.value).map(Root::Order)
    }
}

/// The product path that gives this license's product; else the product's own id, so that it is at least told apart.
fn slot(rules: &Rules, remote: &RemoteLicense) -> String {
    rules
        .mappings
        .keys()
        .chain(rules.seen.keys())
        .find(|path| {
            matches!(
                rules.product(path, None),
                Ok(Product::Licensed(attributes)) if attributes.license_product_id.as_ref() == Some(&remote.product_id)
            )
        })
        .unwrap_or(&remote.product_id)
        .to_owned()
}

fn license(identity: Identity, remote: &RemoteLicense, now: Timestamp) -> License {
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

fn origin(root: &Root) -> Origin {
    match root {
        Root::Subscription(id) => Origin {
            subscription_id: Some(id.clone()),
            ..Origin::default()
        },
        Root::Order(id) => Origin {
            order_id: Some(id.clone()),
            ..Origin::default()
        },
        Root::Reference(reference) => Origin {
            reference: Some(reference.clone()),
            ..Origin::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(slot: &str, unit: u32, generation: u32, is_deleted: bool) -> License {
        let at = Timestamp::from_microsecond(0);
        License {
            id: LicenseId::from_uuid(id_at(at)),
            product_path: slot.to_owned(),
            identity: Identity {
                root: Root::Reference("R".to_owned()),
                slot: slot.to_owned(),
                unit,
                generation,
            },
            remote_id: None,
            given: Given::default(),
            shown: None,
            is_adopted: false,
            deleted_at: is_deleted.then_some(at),
        }
    }

    #[test]
    fn a_picked_license_takes_the_first_place_that_none_holds() {
        let root = Root::Reference("R".to_owned());
        for (name, licenses, expected) in [
            ("nothing there", vec![], (1, 1)),
            ("one runs", vec![held("a", 1, 1, false)], (2, 1)),
            ("one is gone", vec![held("a", 1, 1, true)], (1, 2)),
            (
                "one was followed by another",
                vec![held("a", 1, 1, true), held("a", 1, 2, false)],
                (2, 1),
            ),
            (
                "the second is gone",
                vec![held("a", 1, 1, false), held("a", 2, 3, true)],
                (2, 4),
            ),
            (
                "one of another product",
                vec![held("b", 1, 1, false)],
                (1, 1),
            ),
        ] {
            let place = room(&licenses, &root, "a".to_owned());

            assert_eq!((place.unit, place.generation), expected, "{name}");
        }
    }
}
