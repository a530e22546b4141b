//! Applies an event to the records and begins what follows from it, in one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::consent::Consents;
use crate::domain::fact::Fact;
use crate::domain::fold::fold;
use crate::domain::id::{CustomerId, LicenseId};
use crate::domain::license::Root;
use crate::domain::news::News;
use crate::domain::plan::Known;
use crate::domain::portion::Portion;
use crate::domain::reason::ReasonCode;
use crate::domain::record::{OrderKind, OrderRecord, Records, SubscriptionRecord};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::touches::Touches;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::effects::EventEffects;
use crate::pipeline::event::next::Next;
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::event::people::{self, RecordedPeople};
use crate::pipeline::event::state::{LoadedLicense, ProcessingState};
use crate::pipeline::keys;
use crate::pipeline::planning::load_records::{LoadedRecords, load_records};
use crate::pipeline::planning::next_action::plan_next_action;
use crate::pipeline::planning::{progress, read_again};
use crate::store::{
    Db, StoreError, effects, events, licenses, mappings, orders, remembered, subscriptions,
};

/// Applies an event to the records that it touches, and plans what is next.
#[tracing::instrument(level = "debug", skip_all)]
pub fn apply_and_plan(
    db: &mut Db,
    context: &EventContext,
    known: &Known,
) -> Result<(ProcessingState, Next), StoreError> {
    let (records, people) = apply_fact(db, context)?;
    let mut state = build_state(db, context, records, people)?;
    state.known = known.clone();
    keys::record_licenses::record_licenses(db, context, &mut state)?;
    let next = plan_next_action(db, context, &mut state)?;
    // Others may come to know them before the next transaction.
    state.user_lookup = None;
    if let Next::Finished(outcome) = &next {
        record_outcome(db, context, &state, outcome)?;
        read_again::request_read_back(db, context, &state)?;
    }
    Ok((state, next))
}

/// Applies an event to the records.
pub fn apply_fact(
    db: &mut Db,
    context: &EventContext,
) -> Result<(Records, RecordedPeople), StoreError> {
    let opened = &context.opened;
    let LoadedRecords {
        records: before,
        customer_id,
    } = load_records(db, context)?;
    let mut records = fold(before.clone(), &opened.fact, opened.event.occurred_at);
    keys::records::save(db, context, &before, &mut records)?;
    let people = people::record(db, context, customer_id)?;
    save_records(db, context, &before, &records, people.customer_id)?;
    record_products(db, context, &records)?;
    wake_waiting_events(db, context, &before, &records)?;
    Ok((records, people))
}

/// The state of an event as it is stored, without applying the event again.
pub fn reload_state(db: &mut Db, context: &EventContext) -> Result<ProcessingState, StoreError> {
    let LoadedRecords {
        records,
        customer_id,
    } = load_records(db, context)?;
    let people = people::record(db, context, customer_id)?;
    build_state(db, context, records, people)
}

fn build_state(
    db: &mut Db,
    context: &EventContext,
    records: Records,
    people: RecordedPeople,
) -> Result<ProcessingState, StoreError> {
    let opened = &context.opened;
    let (portion, licenses) = load_licenses(db, context, &records, people.customer_id)?;
    Ok(ProcessingState {
        fact: Arc::clone(&opened.fact),
        occurred_at: opened.event.occurred_at,
        rules: keys::records::rules(&opened.rules, &records),
        is_live: opened.event.live,
        effects: load_effects(db, context, &portion, &licenses)?,
        licenses,
        portion,
        records,
        known: Known::default(),
        people: people.people,
        customer_id: people.customer_id,
        user_lookup: people.user,
        consents: Consents::default(),
        is_consent_known: false,
        counted: BTreeSet::new(),
        blocked: BTreeMap::new(),
        remarks: Vec::new(),
        is_stopped: false,
        in_flight: None,
        calls: Vec::new(),
    })
}

/// Records the outcome of an event.
pub fn record_outcome(
    db: &mut Db,
    context: &EventContext,
    state: &ProcessingState,
    outcome: &EventOutcome,
) -> Result<(), StoreError> {
    let event = &context.opened.event;
    let reason = outcome.reason.as_ref().map(|reason| reason.code);
    if reason == Some(ReasonCode::IntervalMismatch) {
        forget_templates(db, context, &state.known)?;
    }
    events::settle_and_link(
        db,
        event.tenant_id,
        event.id,
        &outcome
            .for_store(event.attempts, Some(context.opened.server.id), context.now)
            .sealed(&context.opened.keys, event.id),
        &events::Links {
            customer_id: state.customer_id,
            headline: Some(context.opened.headline.clone()),
            news: News::of(&context.opened.fact),
            ..events::Links::default()
        },
    )
}

/// A vendor who corrects a template at the license server and replays the event has the new template applied.
fn forget_templates(db: &mut Db, context: &EventContext, known: &Known) -> Result<(), StoreError> {
    let (tenant, server) = (context.opened.tenant, context.opened.server.id);
    let templates = known.templates.keys().map(|id| format!("template:{id}"));
    let products = known
        .default_templates
        .keys()
        .map(|id| format!("product:{id}"));
    for subject in templates.chain(products) {
        remembered::forget(db, tenant, server, &subject)?;
    }
    Ok(())
}

/// Writes the records that the event changed; an event that changed nothing writes nothing.
fn save_records(
    db: &mut Db,
    context: &EventContext,
    before: &Records,
    after: &Records,
    customer_id: Option<CustomerId>,
) -> Result<(), StoreError> {
    for (id, record) in &after.orders {
        if before.orders.get(id) != Some(record) {
            save_order(db, context, id, record, customer_id)?;
        }
    }
    for (id, record) in &after.subscriptions {
        if before.subscriptions.get(id) != Some(record) {
            save_subscription(db, context, id, record, customer_id)?;
        }
    }
    Ok(())
}

fn save_order(
    db: &mut Db,
    context: &EventContext,
    id: &OrderId,
    record: &OrderRecord,
    customer_id: Option<CustomerId>,
) -> Result<(), StoreError> {
    let opened = &context.opened;
    orders::put(
        db,
        &orders::Order {
            tenant_id: opened.tenant,
            storefront_id: opened.storefront,
            order_id: id.clone(),
            reference: record.reference.clone(),
            live: opened.event.live,
            customer_id,
            record: serde_json::to_string(record)
                .map_err(|error| StoreError::corrupt("orders.record", error))?,
            changed_at: record.changed,
            updated_at: context.now,
        },
    )
}

fn save_subscription(
    db: &mut Db,
    context: &EventContext,
    id: &SubscriptionId,
    record: &SubscriptionRecord,
    customer_id: Option<CustomerId>,
) -> Result<(), StoreError> {
    let opened = &context.opened;
    subscriptions::put(
        db,
        &subscriptions::Subscription {
            tenant_id: opened.tenant,
            storefront_id: opened.storefront,
            subscription_id: id.clone(),
            live: opened.event.live,
            customer_id,
            product_path: record.product_path.get().cloned(),
            record: serde_json::to_string(record)
                .map_err(|error| StoreError::corrupt("subscriptions.record", error))?,
            next: record.paid.get().map(|paid| paid.next),
            updated_at: context.now,
        },
    )
}

fn record_products(
    db: &mut Db,
    context: &EventContext,
    records: &Records,
) -> Result<(), StoreError> {
    let opened = &context.opened;
    let mut seen = Vec::new();
    for product in &opened.products {
        let attributes = product
            .attributes
            .as_ref()
            .map(serde_json::to_string)
            .transpose()
            .map_err(|error| StoreError::corrupt("products_seen.attributes", error))?;
        seen.push(mappings::ProductSeen {
            tenant_id: opened.tenant,
            storefront_id: opened.storefront,
            product_path: product.path.clone(),
            display: product.display.clone(),
            attributes,
            first_seen_at: context.now,
            last_seen_at: context.now,
            shop_key_at: records
                .has_shop_key(&opened.fact, &product.path)
                .then_some(context.now),
        });
    }
    if seen.is_empty() {
        return Ok(());
    }
    mappings::see(db, &seen, &opened.settings.seen)
}

/// Events that waited for an order, or for its purchases, are looked at again once it is known.
///
/// Who waits for something has touched it, and left a record of it: what had none is awaited by nobody. Nor is a
/// purchase whose order was known before.
fn wake_waiting_events(
    db: &mut Db,
    context: &EventContext,
    before: &Records,
    after: &Records,
) -> Result<(), StoreError> {
    let orders = before.orders.keys().map(OrderId::as_str);
    let subscriptions = before.subscriptions.keys().map(SubscriptionId::as_str);
    let touched: BTreeSet<&str> = orders.chain(subscriptions).collect();
    let bought: BTreeSet<&Root> = known_orders(before)
        .filter(|(_, order)| order.kind == OrderKind::First)
        .flat_map(|(_, order)| order.lines.iter().map(|line| &line.root))
        .collect();
    let known: BTreeSet<&OrderId> = known_orders(before).map(|(id, _)| id).collect();
    let names: Vec<String> = known_orders(after)
        .filter(|(id, _)| !known.contains(id))
        .flat_map(|(id, order)| {
            let roots = order.lines.iter().map(|line| &line.root);
            let roots = roots.filter(|root| !bought.contains(root));
            roots.map(Root::as_str).chain([id.as_str()])
        })
        .filter(|name| touched.contains(name))
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let (tenant, storefront) = (context.opened.tenant, context.opened.storefront);
    events::wake_waiting_for(db, tenant, storefront, &names, context.now).map(drop)
}

/// The orders of which more is known than their names.
fn known_orders(records: &Records) -> impl Iterator<Item = (&OrderId, &OrderRecord)> {
    records.orders.iter().filter(|(_, order)| match order.kind {
        OrderKind::Unknown => false,
        OrderKind::First => !order.lines.is_empty(),
        OrderKind::Charge { .. } => true,
    })
}

/// The licenses of the event's purchases; what was adopted before its buyer was known is the buyer's from now on.
fn load_licenses(
    db: &mut Db,
    context: &EventContext,
    records: &Records,
    customer_id: Option<CustomerId>,
) -> Result<(Portion, Vec<LoadedLicense>), StoreError> {
    let mut roots = Touches::roots(records);
    if let Fact::Wished(wished) = &*context.opened.fact {
        // What was adopted may have no record.
        roots.insert(wished.root.clone());
    }
    let roots: Vec<Root> = roots.into_iter().collect();
    let (portion, rows) = progress::load_portion(db, context, records, &roots)?;
    if let Some(customer) = customer_id {
        for row in rows.iter().filter(|row| row.customer_id.is_none()) {
            licenses::name_customer(db, context.opened.tenant, row.id, customer)?;
        }
    }
    let loaded: Result<_, StoreError> = rows
        .into_iter()
        .map(|row| {
            Ok(LoadedLicense {
                updated_at: row.updated_at,
                busy: row.busy_effect_id.zip(row.busy_since),
                license: row.license()?,
                key_sealed: row.key_sealed,
            })
        })
        .collect();
    Ok((portion, loaded?))
}

/// The effects of the event so far: of a great purchase those on the licenses of the portion.
fn load_effects(
    db: &mut Db,
    context: &EventContext,
    portion: &Portion,
    licenses: &[LoadedLicense],
) -> Result<EventEffects, StoreError> {
    let (tenant, event) = (context.opened.tenant, context.opened.event.id);
    if context.opened.is_new {
        return Ok(EventEffects::default());
    }
    if portion.on_record.is_empty() {
        let effects = effects::list_of_event(db, tenant, event)?;
        return Ok(EventEffects::loaded(effects));
    }
    let ids: Vec<LicenseId> = licenses.iter().map(|loaded| loaded.license.id).collect();
    let effects = effects::list_of_event_on(db, tenant, event, &ids)?;
    let next = effects::next_position(db, tenant, event)?;
    Ok(EventEffects::loaded(effects).continued_at(next))
}
