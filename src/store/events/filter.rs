//! Lists of events, filtered and paged.

use std::cmp::Reverse;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::domain::effect::EventState;
use crate::domain::id::{CustomerId, EventId, LicenseId, StorefrontId, TenantId};
use crate::domain::news::News;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::db::{Db, MultiBackend};
use crate::store::error::StoreError;
use crate::store::events::Event;
use crate::store::events::ways::{narrowed, ways};
use crate::store::schema::{effects, events};

/// Which events; every field that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Of this store.
    pub storefront_id: Option<StorefrontId>,
    /// In one of these states; empty = any.
    pub states: Vec<EventState>,
    /// Of this type.
    pub event_type: Option<String>,
    /// Naming this order, by its id or receipt number.
    pub order: Option<String>,
    /// Naming this subscription.
    pub subscription_id: Option<String>,
    /// Concerning one of these people.
    pub customer_ids: Option<Vec<CustomerId>>,
    /// That did something to this license.
    pub license_id: Option<LicenseId>,
    /// That did something to one of these licenses, or speak of the purchase behind them.
    pub about: Option<About>,
    /// Of live or of test orders.
    pub live: Option<bool>,
    /// That came then or later.
    pub received_after: Option<Timestamp>,
    /// That came before.
    pub received_before: Option<Timestamp>,
    /// Standing there for this reason.
    pub reason_code: Option<ReasonCode>,
    /// The same, about this.
    pub reason_subject: Option<String>,
    /// Of this kind of news.
    pub news: Option<News>,
    /// Found by a search; every part that is set widens it.
    pub search: Option<Search>,
}

/// Licenses, and the purchases and people that belong to them; every part that is set widens it.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The licenses.
    pub license_ids: Vec<LicenseId>,
    /// The subscriptions and orders, by their ids.
    pub subjects: Vec<String>,
    /// The people.
    pub customer_ids: Vec<CustomerId>,
}

/// What a search may have meant.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// An order id, reference, subscription id or event id of the shop.
    pub text: String,
    /// People who were found.
    pub customer_ids: Vec<CustomerId>,
    /// Licenses that were found.
    pub license_ids: Vec<LicenseId>,
}

/// The last event of a page; the next page begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor {
    /// When it came.
    pub received_at: Timestamp,
    /// Its id.
    pub id: EventId,
}

type Query<'a> = events::BoxedQuery<'a, MultiBackend>;

/// Events of a tenant, the newest first, after the cursor.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    filter: &EventFilter,
    after: Option<EventCursor>,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let mut found: Vec<Event> = Vec::new();
    for way in ways(filter) {
        let mut query = narrowed(filtered(tenant, filter), tenant, way);
        if let Some(EventCursor { received_at, id }) = after {
            // The first is what the index is entered by; the second is not.
            query = query.filter(events::received_at.le(received_at)).filter(
                events::received_at
                    .lt(received_at)
                    .or(events::received_at.eq(received_at).and(events::id.lt(id))),
            );
        }
        let query = query.order((events::received_at.desc(), events::id.desc()));
        found.extend(query.limit(limit).load::<Event>(db)?);
    }
    Ok(first_of(found, limit, |event| {
        Reverse((event.received_at, event.id))
    }))
}

/// The ids of events, the oldest first: the order in which they are run again.
pub fn list_ids(
    db: &mut Db,
    tenant: TenantId,
    filter: &EventFilter,
    limit: i64,
) -> Result<Vec<EventId>, StoreError> {
    let mut found: Vec<(Timestamp, EventId)> = Vec::new();
    for way in ways(filter) {
        let query = narrowed(filtered(tenant, filter), tenant, way)
            .order((events::received_at, events::id));
        let query = query.limit(limit).select((events::received_at, events::id));
        found.extend(query.load::<(Timestamp, EventId)>(db)?);
    }
    let found = first_of(found, limit, |place| *place);
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// What was found in several ways, in order and once each.
fn first_of<Row, Place: Ord>(
    mut rows: Vec<Row>,
    limit: i64,
    place: impl Fn(&Row) -> Place,
) -> Vec<Row> {
    rows.sort_by_key(&place);
    rows.dedup_by_key(|row| place(row));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    rows
}

/// How many events there are.
pub fn count(db: &mut Db, tenant: TenantId, filter: &EventFilter) -> Result<i64, StoreError> {
    Ok(filtered(tenant, filter)
        .select(sql::<BigInt>("count(*)"))
        .get_result(db)?)
}

/// How many events stand where, since a point in time.
pub fn count_by_state(
    db: &mut Db,
    tenant: TenantId,
    since: Timestamp,
) -> Result<Vec<(EventState, i64)>, StoreError> {
    Ok(events::table
        .filter(events::tenant_id.eq(tenant))
        .filter(events::received_at.ge(since))
        .group_by(events::state)
        .select((events::state, diesel::dsl::count_star()))
        .load(db)?)
}

fn filtered(tenant: TenantId, filter: &EventFilter) -> Query<'_> {
    let mut query = events::table
        .filter(events::tenant_id.eq(tenant))
        .into_boxed();
    if let Some(storefront) = filter.storefront_id {
        query = query.filter(events::storefront_id.eq(storefront));
    }
    if !filter.states.is_empty() {
        query = query.filter(events::state.eq_any(&filter.states));
    }
    if let Some(event_type) = &filter.event_type {
        query = query.filter(events::event_type.eq(event_type));
    }
    if let Some(live) = filter.live {
        query = query.filter(events::live.eq(live));
    }
    if let Some(time) = filter.received_after {
        query = query.filter(events::received_at.ge(time));
    }
    if let Some(time) = filter.received_before {
        query = query.filter(events::received_at.lt(time));
    }
    if let Some(code) = filter.reason_code {
        query = query.filter(events::reason_code.eq(code));
    }
    if let Some(subject) = &filter.reason_subject {
        query = query.filter(events::reason_subject.eq(subject));
    }
    if let Some(news) = filter.news {
        query = query.filter(events::news.eq(news));
    }
    concerning(query, tenant, filter)
}

fn concerning<'a>(mut query: Query<'a>, tenant: TenantId, filter: &'a EventFilter) -> Query<'a> {
    if let Some(order) = &filter.order {
        query = query.filter(
            events::order_id
                .eq(order)
                .or(events::order_reference.eq(order)),
        );
    }
    if let Some(subscription) = &filter.subscription_id {
        query = query.filter(events::subscription_id.eq(subscription));
    }
    if let Some(customers) = &filter.customer_ids {
        query = query.filter(events::customer_id.assume_not_null().eq_any(customers));
    }
    if let Some(license) = filter.license_id {
        query = query.filter(
            events::id.eq_any(
                effects::table
                    .filter(effects::tenant_id.eq(tenant))
                    .filter(effects::license_id.eq(license))
                    .select(effects::event_id),
            ),
        );
    }
    if let Some(about) = &filter.about {
        let of_licenses = effects::table
            .filter(effects::tenant_id.eq(tenant))
            .filter(effects::license_id.eq_any(&about.license_ids))
            .select(effects::event_id);
        query = query.filter(
            events::subject
                .eq_any(&about.subjects)
                .or(events::id.eq_any(of_licenses))
                .or(events::customer_id
                    .assume_not_null()
                    .eq_any(&about.customer_ids)),
        );
    }
    if let Some(search) = &filter.search {
        let of_licenses = effects::table
            .filter(effects::tenant_id.eq(tenant))
            .filter(effects::license_id.eq_any(&search.license_ids))
            .select(effects::event_id);
        query = query.filter(
            events::order_id
                .eq(&search.text)
                .or(events::order_reference.eq(&search.text))
                .or(events::subscription_id.eq(&search.text))
                .or(events::source_event_id.eq(&search.text))
                .or(events::customer_id
                    .assume_not_null()
                    .eq_any(&search.customer_ids))
                .or(events::id.eq_any(of_licenses))
                .assume_not_null(),
        );
    }
    query
}
