//! The keys of an order that the shop's own generator gave and no license was adopted for, with what to do about them.

use crate::domain::fact::{Fact, OrderSnapshot};
use crate::domain::id::TenantId;
use crate::domain::mapping::KeyGiver;
use crate::domain::mapping::Mapping;
use crate::domain::masked;
use crate::domain::reason::{Reason, ReasonCode};
use crate::store::events::Event;
use crate::store::licenses;
use crate::store::mappings;
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError};
use crate::storefronts;
use crate::vault::TenantKeys;
use crate::web::names::Names;
use crate::web::partials::Way;
use crate::web::query::Query;

/// A key that waits for a person.
#[derive(Debug, Clone)]
pub struct LeftKey {
    /// Its end; the whole key is shown to nobody here.
    pub ending: String,
    /// The product that it was given for.
    pub product: String,
    /// Why its license is not on record, as far as that is known.
    pub why: &'static str,
    /// What to do.
    pub fix: String,
    /// Where to say that Latchkey shall make the licenses.
    pub way: Way,
}

/// The keys in a message's order that were not adopted; none while the message does not wait because of them.
pub fn list(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    (event, store): (&Event, &Storefront),
    payload: &[u8],
    names: &Names,
) -> Result<Vec<LeftKey>, StoreError> {
    let Some(order) = order(event, store, payload) else {
        return Ok(Vec::new());
    };
    let mut left = Vec::new();
    for line in &order.lines {
        let path = &line.product.path;
        if !is_of_shop(db, tenant, store, path)? {
            continue;
        }
        for key in &line.delivered_keys {
            let known = licenses::find_by_key(db, tenant, &keys.license_key_term(key).0)?;
            let is_ours = |row: &licenses::Row| row.order_id.as_ref() == Some(&order.id);
            let why = match known {
                Some(row) if is_ours(&row) => continue,
                Some(_) => "The license of this key belongs to another purchase.",
                None => "No license of this key could be adopted.",
            };
            let product = names.product(store.id, path).to_owned();
            let reason = Reason::new(ReasonCode::ShopKeyNotAdopted).with("product", &product);
            let page = Query::default().with("path", path);
            left.push(LeftKey {
                ending: masked::key(key),
                product,
                why,
                fix: reason.fix(names.service(store.id)),
                way: Way::link(
                    "Who makes its keys",
                    page.at(&format!("/products/{}", store.id)),
                ),
            });
        }
    }
    Ok(left)
}

fn order(event: &Event, store: &Storefront, payload: &[u8]) -> Option<Box<OrderSnapshot>> {
    if event.reason_code != Some(ReasonCode::ShopKeyNotAdopted) {
        return None;
    }
    let kind = storefronts::of(store.kind);
    // What cannot be read waits for another reason than its keys.
    let translation = kind.translate(&event.event_type, payload);
    match translation.map(|translation| translation.fact) {
        Ok(Fact::OrderCompleted(order)) => Some(order),
        Ok(_) | Err(_) => None,
    }
}

/// Whether the vendor said that the shop's own generator makes the keys of a product.
fn is_of_shop(
    db: &mut Db,
    tenant: TenantId,
    store: &Storefront,
    path: &str,
) -> Result<bool, StoreError> {
    let Some(row) = mappings::find(db, tenant, store.id, path)? else {
        return Ok(false);
    };
    let mapping: Mapping = serde_json::from_str(&row.mapping)
        .map_err(|error| StoreError::corrupt("mappings.mapping", error))?;
    Ok(mapping.key_delivery == Some(KeyGiver::Shop))
}
