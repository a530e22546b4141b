//! Which events are meant, as a query asks for them.

use diesel::prelude::*;

use crate::domain::effect::EventState;
use crate::domain::id::{CustomerId, LicenseId, StorefrontId, TenantId};
use crate::domain::news::News;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::db::MultiBackend;
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
    pub search: Option<EventSearch>,
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
pub struct EventSearch {
    /// An order id, reference, subscription id or event id of the shop.
    pub text: String,
    /// People who were found.
    pub customer_ids: Vec<CustomerId>,
    /// Licenses that were found.
    pub license_ids: Vec<LicenseId>,
}

type Query<'a> = events::BoxedQuery<'a, MultiBackend>;

/// The events of a tenant that a filter means, by every field of it.
pub(super) fn filtered(tenant: TenantId, filter: &EventFilter) -> Query<'_> {
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
