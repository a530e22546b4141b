//! POSTs to hooks: those that brought events, and the refused ones, counted and sampled.

use diesel::insert_into;
use diesel::prelude::*;
use jiff::SignedDuration;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::id::{DeliveryId, StorefrontId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::columns::text_column;
use crate::store::db::{Db, on_backend};
use crate::store::error::StoreError;
use crate::store::schema::{deliveries, refusals};

/// What became of a POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// Its events are on disk.
    Accepted,
    /// Its events never came, and were fetched from the shop.
    Fetched,
    /// Nothing of it was stored.
    Refused,
}

impl Outcome {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The outcome of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

text_column!(Outcome, Outcome::parse);

/// One POST.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub struct Delivery {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: DeliveryId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// When it came.
    pub received_at: Timestamp,
    /// How large the body was.
    pub body_bytes: i64,
    /// How many events it held.
    pub events: i32,
    /// What it was answered.
    pub outcome: Outcome,
    /// Why it was refused.
    pub cause: Option<String>,
}

/// How many were refused in an hour.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = refusals, treat_none_as_default_value = false)]
pub struct RefusalCount {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The hour, at its beginning.
    pub hour: Timestamp,
    /// Why it was refused.
    pub cause: String,
    /// How many.
    pub count: i64,
}

/// Deliveries that were refused for one cause since the last time they were written.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Whose hook.
    pub tenant_id: TenantId,
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// The id of the sample that is kept.
    pub sample_id: DeliveryId,
    /// Why they were refused.
    pub cause: String,
    /// How many there were.
    pub refused: i64,
    /// How large the latest was.
    pub body_bytes: i64,
    /// When the latest came.
    pub at: Timestamp,
}

/// Adds to the counts, and keeps the latest of each cause as a sample.
pub fn refuse(db: &mut Db, refused: &[Refusal]) -> Result<(), StoreError> {
    let mut refused: Vec<&Refusal> = refused.iter().collect();
    refused.sort_by_key(|refusal| (refusal.tenant_id, refusal.storefront_id, &refusal.cause));
    for refusal in refused {
        let count = RefusalCount {
            tenant_id: refusal.tenant_id,
            storefront_id: refusal.storefront_id,
            hour: hour_of(refusal.at),
            cause: refusal.cause.clone(),
            count: refusal.refused,
        };
        // ON CONFLICT is not in the common subset.
        on_backend!(db, connection => insert_into(refusals::table)
            .values(&count)
            .on_conflict((refusals::tenant_id, refusals::storefront_id, refusals::hour, refusals::cause))
            .do_update()
            .set(refusals::count.eq(refusals::count + refusal.refused))
            .execute(connection))?;
        insert_into(deliveries::table)
            .values(sample(refusal))
            .execute(db)?;
    }
    Ok(())
}

/// The POST; `None` when it is not there.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    delivery: DeliveryId,
) -> Result<Option<Delivery>, StoreError> {
    Ok(deliveries::table
        .find((tenant, delivery))
        .first(db)
        .optional()?)
}

/// The latest POSTs, the newest first, from before a point in time on.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    before: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let mut query = deliveries::table
        .filter(deliveries::tenant_id.eq(tenant))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(deliveries::received_at.lt(before));
    }
    Ok(query
        .order((deliveries::received_at.desc(), deliveries::id.desc()))
        .limit(limit)
        .load(db)?)
}

/// How many were refused since a point in time, by store, hour and cause.
pub fn list_refusals(
    db: &mut Db,
    tenant: TenantId,
    since: Timestamp,
) -> Result<Vec<RefusalCount>, StoreError> {
    Ok(refusals::table
        .filter(refusals::tenant_id.eq(tenant))
        .filter(refusals::hour.ge(hour_of(since)))
        .order((refusals::hour.desc(), refusals::cause))
        .load(db)?)
}

fn sample(refusal: &Refusal) -> Delivery {
    Delivery {
        tenant_id: refusal.tenant_id,
        id: refusal.sample_id,
        storefront_id: refusal.storefront_id,
        received_at: refusal.at,
        body_bytes: refusal.body_bytes,
        events: 0,
        outcome: Outcome::Refused,
        cause: Some(refusal.cause.clone()),
    }
}

fn hour_of(time: Timestamp) -> Timestamp {
    let into_hour = time.as_microsecond().rem_euclid(3_600_000_000);
    time.plus(SignedDuration::from_micros(-into_hour))
}
