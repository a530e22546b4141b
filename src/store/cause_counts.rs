//! How many events stand still, by what they stand for; kept by triggers, so that pages never count events.

use diesel::delete;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;

use crate::domain::effect::EventState;
use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::cause_counts;

/// What events of these states are counted for; those that wait only where it is for one of [`WAITING`].
pub const STATES: [EventState; 3] = [
    EventState::Parked,
    EventState::Retrying,
    EventState::Waiting,
];

/// Waiting that a person may want to know of; the triggers have the same list.
pub const WAITING: [ReasonCode; 7] = [
    ReasonCode::LicenseServerUnauthorized,
    ReasonCode::LicenseServerMissingScope,
    ReasonCode::LicenseServerUnreachable,
    ReasonCode::ShopApiUnauthorized,
    ReasonCode::ShopApiUnreachable,
    ReasonCode::AwaitingConsent,
    ReasonCode::StorefrontPaused,
];

/// Events that stand in one place for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseCount {
    /// The store at the shop.
    pub storefront_id: StorefrontId,
    /// Where they stand.
    pub state: EventState,
    /// The reason that they share; `None` where there is none, or one of another version.
    pub reason_code: Option<ReasonCode>,
    /// What the reason is about.
    pub reason_subject: Option<String>,
    /// How many they are.
    pub count: i64,
    /// How many of them are purchases.
    pub purchases: i64,
}

impl CauseCount {
    /// Whether they stand there for this reason.
    pub fn is(&self, state: EventState, code: ReasonCode) -> bool {
        self.state == state && self.reason_code == Some(code)
    }
}

type Row = (StorefrontId, EventState, String, String, bool, i64);

/// Everything of a tenant that stands still.
pub fn list(db: &mut Db, tenant: TenantId) -> Result<Vec<CauseCount>, StoreError> {
    let key = (
        cause_counts::storefront_id,
        cause_counts::state,
        cause_counts::reason_code,
        cause_counts::reason_subject,
        cause_counts::is_purchase,
    );
    let rows: Vec<Row> = cause_counts::table
        .filter(cause_counts::tenant_id.eq(tenant))
        .group_by(key)
        .order(key)
        .select((
            cause_counts::storefront_id,
            cause_counts::state,
            cause_counts::reason_code,
            cause_counts::reason_subject,
            cause_counts::is_purchase,
            // A sum is a number without an end on PostgreSQL.
            sql::<BigInt>("CAST(sum(count) AS bigint)"),
        ))
        .load(db)?;
    let mut counts: Vec<CauseCount> = Vec::new();
    for (storefront_id, state, code, subject, is_purchase, count) in rows {
        let one = CauseCount {
            storefront_id,
            state,
            reason_code: ReasonCode::parse(&code),
            reason_subject: (!subject.is_empty()).then_some(subject),
            count,
            purchases: if is_purchase { count } else { 0 },
        };
        match counts.last_mut() {
            // Purchases come next to what is none.
            Some(last) if last.is_alike(&one) => {
                last.count += one.count;
                last.purchases += one.purchases;
            }
            _ => counts.push(one),
        }
    }
    counts.retain(|count| count.count > 0);
    Ok(counts)
}

/// Makes one row of what was added since; what became nothing goes.
pub fn fold_across_tenants(db: &mut Db) -> Result<(), StoreError> {
    match db {
        Db::Postgres(connection) => {
            sql_query("SELECT latchkey_fold_causes()").execute(connection)?;
        }
        // There a change is made where it is counted.
        Db::Sqlite(connection) => {
            delete(cause_counts::table.filter(cause_counts::count.eq(0))).execute(connection)?;
        }
    }
    Ok(())
}

impl CauseCount {
    fn is_alike(&self, other: &Self) -> bool {
        self.storefront_id == other.storefront_id
            && self.state == other.state
            && self.reason_code == other.reason_code
            && self.reason_subject == other.reason_subject
    }
}
