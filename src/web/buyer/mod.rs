//! One buyer: everything that is known of them, for their page and for the API.

pub mod answer;
pub mod reply;
pub mod story;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::effect::EventState;
use crate::domain::fact::Person;
use crate::domain::id::{CustomerId, LicenseId, StorefrontId, TenantId};
use crate::domain::license::License;
use crate::domain::record::{OrderRecord, SubscriptionRecord};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;
use crate::store::customers::Customer;
use crate::store::effects::Effect;
use crate::store::events::{About, Event, EventFilter};
use crate::store::licenses::{LicenseFilter, Row};
use crate::store::{Db, StoreError, customers, effects, events, licenses, orders, subscriptions};
use crate::vault::TenantKeys;
use crate::web::buyer::answer::{Answer, BuyerLicense};
use crate::web::buyer::story::Said;
use crate::web::license_names::told_apart;
use crate::web::names::{self, Names};
use crate::web::{event_words, search};

/// Licenses and messages that are looked at; who has more is a reseller, whose list is the better page.
const MOST_LICENSES: i64 = 200;
const MOST_EVENTS: i64 = 500;

/// A buyer with everything that belongs to them.
pub struct Buyer {
    /// Their row.
    pub customer: Customer,
    /// Who they are.
    pub person: Person,
    /// Their licenses, the newest first.
    pub licenses: Vec<(Row, License)>,
    /// What the shop says of their subscriptions.
    pub subscriptions: BTreeMap<SubscriptionId, SubscriptionRecord>,
    /// What the shop says of their orders.
    pub orders: BTreeMap<OrderId, OrderRecord>,
    /// Every message about them or their purchases, the newest first.
    pub events: Vec<Event>,
    /// What was done to their licenses, the oldest first.
    pub effects: Vec<Effect>,
    /// What people at the company said when they asked for something.
    pub said: Said,
    /// What products are called.
    pub names: Names,
    /// What each license is called, told apart from the others.
    pub called: BTreeMap<LicenseId, String>,
}

/// The buyer of that id; `None` when there is none.
pub fn find(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    id: CustomerId,
    now: Timestamp,
) -> Result<Option<Buyer>, StoreError> {
    let Some(customer) = customers::find(db, tenant, id)? else {
        return Ok(None);
    };
    let filter = LicenseFilter {
        customer_ids: Some(vec![id]),
        ..LicenseFilter::default()
    };
    let rows = licenses::list(db, tenant, (&filter, now), None, MOST_LICENSES)?;
    let about = About {
        license_ids: rows.iter().map(|row| row.id).collect(),
        subjects: subjects(&rows),
        customer_ids: vec![id],
    };
    let effects = effects::list_of_licenses(db, tenant, &about.license_ids)?;
    let filter = EventFilter {
        about: Some(about),
        ..EventFilter::default()
    };
    let mut events = events::list(db, tenant, &filter, None, MOST_EVENTS)?;
    for event in &mut events {
        event.open_words(keys)?;
    }
    let names = Names::look_up(db, (tenant, keys), [id])?;
    Ok(Some(Buyer {
        person: names::person(keys, &customer)?,
        subscriptions: records(db, tenant, &rows)?,
        orders: orders_named(db, tenant, &events)?,
        said: story::said(db, tenant, (&events, &effects))?,
        called: told_apart(&rows, &names, keys)?,
        events,
        effects,
        names,
        licenses: rows
            .into_iter()
            .map(|row| row.license().map(|license| (row, license)))
            .collect::<Result<_, StoreError>>()?,
        customer,
    }))
}

/// People whom a text may mean: their address or words of their names, a number on a receipt, a subscription or a key.
pub fn search(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    text: &str,
    now: Timestamp,
) -> Result<Vec<CustomerId>, StoreError> {
    let search = search::of_licenses(db, tenant, (keys, text))?;
    let mut found: BTreeSet<CustomerId> = search.customer_ids.iter().copied().collect();
    let filter = LicenseFilter {
        search: Some(search),
        ..LicenseFilter::default()
    };
    let licenses = licenses::list(db, tenant, (&filter, now), None, MOST_LICENSES)?;
    found.extend(licenses.iter().filter_map(|license| license.customer_id));
    Ok(found.into_iter().collect())
}

/// The messages that a license's history is made of: those that changed it, and those about its purchase that did not.
pub fn about_license(license: &Row) -> About {
    About {
        license_ids: vec![license.id],
        subjects: subjects(std::slice::from_ref(license)),
        customer_ids: Vec::new(),
    }
}

/// The subscriptions and orders of licenses, as messages are filed under them.
pub fn subjects(rows: &[Row]) -> Vec<String> {
    let mut subjects = BTreeSet::new();
    for row in rows {
        subjects.insert(row.root.clone());
        subjects.extend(row.subscription_id.as_ref().map(ToString::to_string));
        subjects.extend(row.order_id.as_ref().map(ToString::to_string));
    }
    subjects.into_iter().collect()
}

fn records(
    db: &mut Db,
    tenant: TenantId,
    rows: &[Row],
) -> Result<BTreeMap<SubscriptionId, SubscriptionRecord>, StoreError> {
    let wanted: BTreeSet<(StorefrontId, SubscriptionId)> = rows
        .iter()
        .filter_map(|row| Some((row.storefront_id, row.subscription_id.clone()?)))
        .collect();
    let mut records = BTreeMap::new();
    for (storefront, id) in wanted {
        if let Some(row) = subscriptions::find(db, tenant, storefront, &id)? {
            let record = serde_json::from_str(&row.record)
                .map_err(|error| StoreError::corrupt("subscriptions.record", error))?;
            records.insert(id, record);
        }
    }
    Ok(records)
}

/// What the shop says of these orders of a store.
pub fn orders(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    ids: &[OrderId],
) -> Result<BTreeMap<OrderId, OrderRecord>, StoreError> {
    let rows = orders::list_by_ids(db, tenant, storefront, ids)?;
    rows.into_iter()
        .map(|row| {
            let record = serde_json::from_str(&row.record)
                .map_err(|error| StoreError::corrupt("orders.record", error))?;
            Ok((row.order_id, record))
        })
        .collect()
}

fn orders_named(
    db: &mut Db,
    tenant: TenantId,
    events: &[Event],
) -> Result<BTreeMap<OrderId, OrderRecord>, StoreError> {
    let mut named: BTreeMap<StorefrontId, BTreeSet<OrderId>> = BTreeMap::new();
    for event in events {
        if let Some(order) = event.order_id.as_deref().and_then(OrderId::new) {
            named.entry(event.storefront_id).or_default().insert(order);
        }
    }
    let mut records = BTreeMap::new();
    for (storefront, ids) in named {
        let ids: Vec<OrderId> = ids.into_iter().collect();
        records.extend(orders(db, tenant, storefront, &ids)?);
    }
    Ok(records)
}

impl Buyer {
    /// What they are called; their address where nothing else is known, and nothing where not even that is.
    pub fn name(&self) -> String {
        names::called(&self.person).unwrap_or_default()
    }

    /// Their first name, else all of what they are called.
    pub fn first_name(&self) -> String {
        let first = self.person.first_name.as_deref().map(str::trim);
        first
            .filter(|name| !name.is_empty())
            .map_or_else(|| self.name(), str::to_owned)
    }

    /// What the answer is made of.
    pub fn held(&self, now: Timestamp) -> Vec<BuyerLicense> {
        let held = |(row, license): &(Row, License)| {
            let record = row
                .subscription_id
                .as_ref()
                .and_then(|id| self.subscriptions.get(id));
            BuyerLicense {
                product: self.called.get(&row.id).cloned().unwrap_or_default(),
                program: self
                    .names
                    .product(row.storefront_id, &row.product_path)
                    .to_owned(),
                state: license.state(now),
                service: self.names.service(row.storefront_id),
                causes: license.given.causes.iter().copied().collect(),
                taken_for: license.given.taken_for,
                is_by_hand: license.given.causes.is_empty() && !license.given.is_revoked,
                ends: row.expires_at,
                is_perpetual: license
                    .shown
                    .as_ref()
                    .is_some_and(|shown| shown.is_perpetual),
                paid_until: license.given.renewed_through,
                missed_since: record
                    .filter(|record| record.has_missed_payment())
                    .and_then(|record| record.failed_at.max(record.overdue_at)),
                href: format!("/licenses/{}", row.id),
            }
        };
        self.licenses.iter().map(held).collect()
    }

    /// The newest message about them that is not carried out.
    pub fn open(&self) -> Result<Option<answer::Open>, StoreError> {
        let is_open = |event: &&Event| match event.state {
            EventState::Waiting => !event_words::is_planned(event),
            state => !state.is_settled() || state == EventState::Parked,
        };
        let Some(event) = self.events.iter().find(is_open) else {
            return Ok(None);
        };
        Ok(Some(answer::Open {
            needs_vendor: event.state == EventState::Parked,
            reason: event_words::reason(event, self.names.service(event.storefront_id))?,
            next: event
                .due_at
                .filter(|_| event.state == EventState::Retrying)
                .map(event_words::clock),
            href: format!("/activity/{}", event.id),
        }))
    }

    /// Does the buyer have a working license?
    pub fn answer(&self, now: Timestamp) -> Result<(Answer, Vec<BuyerLicense>), StoreError> {
        let held = self.held(now);
        let answer = answer::answer(&held, self.open()?.as_ref(), now);
        Ok((answer, held))
    }

    /// When money last came in for one of their subscriptions.
    pub fn paid_at(&self) -> Option<Timestamp> {
        let records = self.subscriptions.values();
        records.filter_map(|record| record.charged_at).max()
    }
}
