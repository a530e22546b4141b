//! Lists of licenses, filtered and paged.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

use crate::domain::id::{CustomerId, LicenseId, StorefrontId, TenantId};
use crate::domain::license::LicenseState;
use crate::domain::time::Timestamp;
use crate::store::db::{Db, MultiBackend};
use crate::store::error::StoreError;
use crate::store::licenses::Row;
use crate::store::schema::licenses;

/// Which licenses; every field that is set must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LicenseFilter {
    /// Of this store.
    pub storefront_id: Option<StorefrontId>,
    /// Of this order, by its id or receipt number.
    pub order: Option<String>,
    /// Of this subscription.
    pub subscription_id: Option<String>,
    /// For one of these people.
    pub customer_ids: Option<Vec<CustomerId>>,
    /// Standing there at the time that the query names.
    pub state: Option<LicenseState>,
    /// Bought as this product path.
    pub product_path: Option<String>,
    /// Of live or of test orders.
    pub live: Option<bool>,
    /// Found by a search; every part that is set widens it.
    pub search: Option<LicenseSearch>,
}

/// What a search may have meant.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LicenseSearch {
    /// An order id, reference, subscription id, id at the license server, or the beginning of a product path.
    pub text: String,
    /// People who were found.
    pub customer_ids: Vec<CustomerId>,
    /// Keyed hash of the text as a license key.
    pub key_hash: Option<Vec<u8>>,
}

/// The last license of a page; the next page begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LicenseCursor {
    /// When it was made.
    pub created_at: Timestamp,
    /// Its id.
    pub id: LicenseId,
}

type Query<'a> = licenses::BoxedQuery<'a, MultiBackend>;

/// Licenses of a tenant as they stand at `now`, the newest first, after the cursor.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    (filter, now): (&LicenseFilter, Timestamp),
    after: Option<LicenseCursor>,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let mut query = filtered(tenant, filter, now);
    if let Some(LicenseCursor { created_at, id }) = after {
        query = query.filter(
            licenses::created_at
                .lt(created_at)
                .or(licenses::created_at.eq(created_at).and(licenses::id.lt(id))),
        );
    }
    Ok(query
        .order((licenses::created_at.desc(), licenses::id.desc()))
        .limit(limit)
        .load(db)?)
}

/// How many licenses there are at `now`.
pub fn count(
    db: &mut Db,
    tenant: TenantId,
    filter: &LicenseFilter,
    now: Timestamp,
) -> Result<i64, StoreError> {
    Ok(filtered(tenant, filter, now)
        .select(sql::<BigInt>("count(*)"))
        .get_result(db)?)
}

fn filtered(tenant: TenantId, filter: &LicenseFilter, now: Timestamp) -> Query<'_> {
    let mut query = licenses::table
        .filter(licenses::tenant_id.eq(tenant))
        .into_boxed();
    if let Some(storefront) = filter.storefront_id {
        query = query.filter(licenses::storefront_id.eq(storefront));
    }
    if let Some(order) = &filter.order {
        query = query.filter(
            licenses::order_id
                .eq(order)
                .or(licenses::reference.eq(order)),
        );
    }
    if let Some(subscription) = &filter.subscription_id {
        query = query.filter(licenses::subscription_id.eq(subscription));
    }
    if let Some(customers) = &filter.customer_ids {
        query = query.filter(licenses::customer_id.assume_not_null().eq_any(customers));
    }
    if let Some(path) = &filter.product_path {
        query = query.filter(licenses::product_path.eq(path));
    }
    if let Some(live) = filter.live {
        query = query.filter(licenses::live.eq(live));
    }
    if let Some(state) = filter.state {
        query = standing(query, state, now);
    }
    if let Some(search) = &filter.search {
        query = found(query, search);
    }
    query
}

/// An end that has passed is not written to the row, so it is seen here.
fn standing(query: Query<'_>, state: LicenseState, now: Timestamp) -> Query<'_> {
    match state {
        LicenseState::Expired => query
            .filter(licenses::state.eq(LicenseState::Active))
            .filter(licenses::expires_at.le(now)),
        LicenseState::Active => query
            .filter(licenses::state.eq(LicenseState::Active))
            .filter(
                licenses::expires_at
                    .is_null()
                    .or(licenses::expires_at.gt(now).assume_not_null()),
            ),
        other => query.filter(licenses::state.eq(other)),
    }
}

fn found<'a>(query: Query<'a>, search: &'a LicenseSearch) -> Query<'a> {
    let mut beginning = String::new();
    for letter in search.text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            beginning.push('\\');
        }
        beginning.push(letter);
    }
    beginning.push('%');
    let text = licenses::order_id
        .eq(&search.text)
        .or(licenses::reference.eq(&search.text))
        .or(licenses::subscription_id.eq(&search.text))
        .or(licenses::remote_id.eq(&search.text))
        .or(licenses::product_path.like(beginning).escape('\\'))
        .or(licenses::customer_id
            .assume_not_null()
            .eq_any(&search.customer_ids));
    match &search.key_hash {
        Some(key_hash) => query.filter(text.or(licenses::key_hash.eq(key_hash))),
        None => query.filter(text),
    }
}
