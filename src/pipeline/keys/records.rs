//! Requests for keys among the records of an event: found, moved to their order, and applied to the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::id::KeyRequestId;
use crate::domain::reason::ReasonCode;
use crate::domain::record::KeyRequestRecord;
use crate::domain::record::Records;
use crate::domain::rules::Rules;
use crate::domain::touches::Touches;
use crate::pipeline::event::context::{EventContext, OpenedEvent};
use crate::store::key_requests::{self, Named};
use crate::store::licenses::{self, Relink};
use crate::store::{Db, StoreError, events};
use crate::vault::Field;

/// The requests of these ids, as they are just now.
pub fn find(
    db: &mut Db,
    context: &EventContext,
    ids: &BTreeSet<KeyRequestId>,
) -> Result<BTreeMap<KeyRequestId, KeyRequestRecord>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let named = Named {
        ids: ids.iter().copied().collect(),
        ..Named::default()
    };
    list(db, &context.opened, &named)
}

/// Every request that the event may concern; nobody asks for more of these meanwhile.
pub fn load(
    db: &mut Db,
    context: &EventContext,
    touches: &Touches,
    records: &mut Records,
) -> Result<(), StoreError> {
    let references: BTreeSet<String> = touches
        .references
        .iter()
        .cloned()
        .chain(
            records
                .key_requests
                .values()
                .filter_map(|request| request.reference.clone()),
        )
        .collect();
    let roots: BTreeSet<String> = Touches::roots(records)
        .iter()
        .map(|root| root.as_str().to_owned())
        .chain(
            touches
                .subscriptions
                .iter()
                .map(|id| id.as_str().to_owned()),
        )
        .collect();
    let opened = &context.opened;
    let is_possible = opened.settings.may_ask_for_keys || opened.settings.has_key_requests;
    if !is_possible || references.is_empty() && roots.is_empty() {
        return Ok(());
    }
    if opened.settings.may_ask_for_keys {
        let names: BTreeSet<String> = references.union(&roots).cloned().collect();
        key_requests::lock(db, opened.storefront, &names)?;
    }
    let named = Named {
        ids: records.key_requests.keys().copied().collect(),
        references: references.into_iter().collect(),
        roots: roots.into_iter().collect(),
    };
    records.key_requests = list(db, opened, &named)?;
    Ok(())
}

/// Moves keys and licenses of requests whose order became known; where that place is taken, all stays as it was.
pub fn save(
    db: &mut Db,
    context: &EventContext,
    before: &Records,
    after: &mut Records,
) -> Result<(), StoreError> {
    let opened = &context.opened;
    for (id, request) in &mut after.key_requests {
        let Some(was) = before.key_requests.get(id).filter(|was| *was != request) else {
            continue;
        };
        let relink = Relink {
            from: (&was.root, &was.slot),
            to: (&request.root, &request.slot),
            order_id: request.order_id.as_ref(),
            now: context.now,
        };
        if licenses::relink(db, opened.tenant, opened.storefront, relink)? {
            let place = (&request.root, request.slot.as_str());
            key_requests::relink(db, opened.tenant, *id, place, request.order_id.as_ref())?;
            resolve_problem(db, context, request)?;
        } else {
            request.clone_from(was);
        }
    }
    Ok(())
}

/// Wakes events that were parked because nobody seemed to have paid for these keys.
fn resolve_problem(
    db: &mut Db,
    context: &EventContext,
    request: &KeyRequestRecord,
) -> Result<(), StoreError> {
    let subscription = request.subscription.iter().map(ToString::to_string);
    let names: Vec<String> = request
        .reference
        .iter()
        .cloned()
        .chain(subscription)
        .collect();
    let parked_for = (ReasonCode::KeyWithoutOrder, names.as_slice());
    let (tenant, storefront) = (context.opened.tenant, context.opened.storefront);
    events::unpark_of(db, tenant, storefront, parked_for, context.now).map(drop)
}

/// The rules, overridden by what requests said of their products.
pub fn rules(rules: &Arc<Rules>, records: &Records) -> Arc<Rules> {
    let mut requests = records
        .key_requests
        .values()
        .filter(|request| !request.parameters.is_empty())
        .peekable();
    if requests.peek().is_none() {
        return Arc::clone(rules);
    }
    let mut rules = Rules::clone(rules);
    for request in requests {
        rules.hear(&request.product_path, &request.parameters);
    }
    Arc::new(rules)
}

fn list(
    db: &mut Db,
    opened: &OpenedEvent,
    named: &Named,
) -> Result<BTreeMap<KeyRequestId, KeyRequestRecord>, StoreError> {
    let rows = key_requests::list_named(db, opened.tenant, opened.storefront, named)?;
    rows.into_iter()
        .map(|row| Ok((row.id, record(opened, &row)?)))
        .collect()
}

fn record(opened: &OpenedEvent, row: &key_requests::Row) -> Result<KeyRequestRecord, StoreError> {
    let parameters = match &row.parameters_sealed {
        None => BTreeMap::new(),
        Some(sealed) => {
            let corrupt = |error: &dyn std::fmt::Display| {
                StoreError::corrupt("key_requests.parameters", error.to_string())
            };
            let text = opened
                .keys
                .open(Field::KeyRequestParameters(row.id).place(), sealed)
                .map_err(|error| corrupt(&error))?;
            serde_json::from_slice(&text).map_err(|error| corrupt(&error))?
        }
    };
    Ok(KeyRequestRecord {
        root: row.root()?,
        reference: row.reference.clone(),
        subscription: row.subscription_id.clone(),
        product_path: row.product_path.clone(),
        quantity: u32::try_from(row.quantity).unwrap_or(1),
        slot: row.slot.clone(),
        order_id: row.order_id.clone(),
        parameters,
        is_answered: row.answered_at.is_some(),
    })
}
