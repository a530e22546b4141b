//! The ways in which a filter may find an event, so that each is asked for by itself.
//!
//! A database that is asked for one of several things at once looks through all events.

use diesel::prelude::*;

use crate::domain::id::{CustomerId, LicenseId, TenantId};
use crate::store::db::MultiBackend;
use crate::store::events::EventFilter;
use crate::store::schema::{effects, events, storefronts};

/// One way in which an event may be found; each has an index.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    Order(&'a str),
    Reference(&'a str),
    /// Worked with that subscription.
    Subscription(&'a str),
    /// Worked with something else.
    BesideSubject(&'a str),
    Source(&'a str),
    Subjects(&'a [String]),
    Customers(&'a [CustomerId]),
    Licenses(&'a [LicenseId]),
}

/// All ways in which events may fit a filter; `None` alone where it leaves no choice.
pub(super) fn ways(filter: &EventFilter) -> Vec<Option<Way<'_>>> {
    let mut ways = Vec::new();
    if let Some(search) = &filter.search {
        ways.extend(of_order(&search.text));
        ways.extend(of_subscription(&search.text));
        ways.extend([
            Way::Source(&search.text),
            Way::Customers(&search.customer_ids),
            Way::Licenses(&search.license_ids),
        ]);
    } else if let Some(about) = &filter.about {
        ways.extend([
            Way::Subjects(&about.subjects),
            Way::Customers(&about.customer_ids),
            Way::Licenses(&about.license_ids),
        ]);
    } else if let Some(order) = &filter.order {
        ways.extend(of_order(order));
    } else if let Some(subscription) = &filter.subscription_id {
        ways.extend(of_subscription(subscription));
    } else {
        return vec![None];
    }
    ways.retain(|way| !way.is_of_nothing());
    ways.into_iter().map(Some).collect()
}

const fn of_order(text: &str) -> [Way<'_>; 2] {
    [Way::Order(text), Way::Reference(text)]
}

const fn of_subscription(text: &str) -> [Way<'_>; 2] {
    [Way::Subscription(text), Way::BesideSubject(text)]
}

impl Way<'_> {
    const fn is_of_nothing(&self) -> bool {
        match self {
            Self::Subjects(subjects) => subjects.is_empty(),
            Self::Customers(customers) => customers.is_empty(),
            Self::Licenses(licenses) => licenses.is_empty(),
            _ => false,
        }
    }
}

/// Those of a query that are found in one way.
pub(super) fn narrowed<'a>(
    query: events::BoxedQuery<'a, MultiBackend>,
    tenant: TenantId,
    way: Option<Way<'a>>,
) -> events::BoxedQuery<'a, MultiBackend> {
    match way {
        None => query,
        Some(Way::Order(text)) => query.filter(events::order_id.eq(text)),
        Some(Way::Reference(text)) => query.filter(events::order_reference.eq(text)),
        Some(Way::Subscription(text)) => query
            .filter(events::subject.eq(text))
            .filter(events::subscription_id.eq(text)),
        Some(Way::BesideSubject(text)) => query
            .filter(events::subscription_id.eq(text))
            .filter(events::subscription_id.ne(events::subject.nullable())),
        Some(Way::Source(text)) => {
            let stores = storefronts::table.filter(storefronts::tenant_id.eq(tenant));
            query
                .filter(events::storefront_id.eq_any(stores.select(storefronts::id)))
                .filter(events::source_event_id.eq(text))
        }
        Some(Way::Subjects(subjects)) => query.filter(events::subject.eq_any(subjects)),
        Some(Way::Customers(customers)) => {
            query.filter(events::customer_id.assume_not_null().eq_any(customers))
        }
        Some(Way::Licenses(licenses)) => {
            let effects = effects::table
                .filter(effects::tenant_id.eq(tenant))
                .filter(effects::license_id.eq_any(licenses));
            query.filter(events::id.eq_any(effects.select(effects::event_id)))
        }
    }
}
