//! Adopts licenses that were found at the license server: made by another system, or before a row was lost.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;

use crate::domain::fact::{OrderId, SubscriptionId};
use crate::domain::id::LicenseId;
use crate::domain::license::{Given, Identity, License, LicenseState, Root};
use crate::domain::plan::Search;
use crate::domain::rules::Product;
use crate::domain::time::Timestamp;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::case::Case;
use crate::pipeline::clock::id_at;
use crate::store::licenses::LicenseChange;
use crate::store::{Db, StoreError, licenses};
use crate::vault::Field;

/// The metadata key by which licenses name their subscription.
const SUBSCRIPTION_KEY: &str = "fastspring_subscription_id";

/// Puts what a search found on record; licenses that are there already stay as they are.
pub fn adopt(
    db: &mut Db,
    case: &Case,
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
        if licenses::find_by_remote_id(db, case.tenant, case.server.id, &remote.id)?.is_some() {
            continue;
        }
        let slot = slot(case, remote);
        let unit = units.entry(slot.clone()).or_insert(0);
        *unit += 1;
        let license = license(&root, slot, *unit, remote, now);
        let row = row(case, &license, remote, now)?;
        if licenses::create(db, &[row])?.contains(&license.id) {
            let change = LicenseChange::of(&license, now)?;
            licenses::change(db, case.tenant, license.id, &change)?;
        }
    }
    Ok(())
}

fn root(search: &Search) -> Option<Root> {
    if search.key == SUBSCRIPTION_KEY {
        SubscriptionId::new(&search.value).map(Root::Subscription)
    } else {
        OrderId::new(&search.value).map(Root::Order)
    }
}

/// The product path that gives this license's product; else the product's own id, so that it is at least told apart.
fn slot(case: &Case, remote: &RemoteLicense) -> String {
    case.products
        .iter()
        .map(|product| product.path.as_str())
        .chain(case.rules.mappings.keys().map(String::as_str))
        .chain(case.rules.seen.keys().map(String::as_str))
        .find(|path| {
            matches!(
                case.rules.product(path, None),
                Ok(Product::Licensed(attributes)) if attributes.license_product_id.as_ref() == Some(&remote.product_id)
            )
        })
        .unwrap_or(&remote.product_id)
        .to_owned()
}

fn license(
    root: &Root,
    slot: String,
    unit: u32,
    remote: &RemoteLicense,
    now: Timestamp,
) -> License {
    License {
        id: LicenseId::from_uuid(id_at(now)),
        product_path: slot.clone(),
        identity: Identity {
            root: root.clone(),
            slot,
            unit,
            generation: 1,
        },
        remote_id: Some(remote.id.clone()),
        given: Given {
            end: remote.expires_at,
            ..Given::default()
        },
        shown: Some(remote.shown(now)),
        is_adopted: true,
        deleted_at: None,
    }
}

fn row(
    case: &Case,
    license: &License,
    remote: &RemoteLicense,
    now: Timestamp,
) -> Result<licenses::Row, StoreError> {
    let key = remote.key.expose_secret();
    let given = serde_json::to_string(&license.given)
        .map_err(|error| StoreError::corrupt("licenses.given", error))?;
    let (order_id, subscription_id) = match &license.identity.root {
        Root::Subscription(id) => (None, Some(id.clone())),
        Root::Order(id) => (Some(id.clone()), None),
        Root::Reference(_) => (None, None),
    };
    let mut row = licenses::Row {
        tenant_id: case.tenant,
        id: license.id,
        storefront_id: case.storefront,
        license_server_id: case.server.id,
        root_kind: String::new(),
        root: String::new(),
        slot: String::new(),
        unit: 0,
        generation: 0,
        product_path: license.product_path.clone(),
        order_id,
        reference: None,
        subscription_id,
        customer_id: None,
        key_hash: Some(case.keys.license_key_term(key).0.to_vec()),
        key_sealed: Some(
            case.keys
                .seal(Field::LicenseKey(license.id).place(), key.as_bytes()),
        ),
        remote_id: license.remote_id.clone(),
        given,
        shown: None,
        is_adopted: true,
        deleted_at: None,
        busy_effect_id: None,
        busy_since: None,
        verified_at: None,
        changed_by_hand_at: None,
        state: LicenseState::Active,
        expires_at: remote.expires_at,
        live: case.event.live,
        created_at: now,
        updated_at: now,
    };
    row.set_identity(&license.identity);
    Ok(row)
}
