//! Acts as people look for them.

use diesel::prelude::*;

use crate::domain::id::{ApiTokenId, TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::audit::ActRow;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::audit;

/// Which acts; every field that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this kind.
    pub action: Option<String>,
    /// Done to this thing.
    pub target: Option<String>,
    /// By this person.
    pub user_id: Option<UserId>,
    /// By this token.
    pub api_token_id: Option<ApiTokenId>,
    /// At this time or later.
    pub after: Option<Timestamp>,
    /// Before this time.
    pub before: Option<Timestamp>,
}

/// Acts of a tenant, the latest first; those before the number `below` where it is given.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    filter: &AuditFilter,
    below: Option<i64>,
    limit: i64,
) -> Result<Vec<ActRow>, StoreError> {
    let mut query = audit::table
        .filter(audit::tenant_id.eq(tenant))
        .into_boxed();
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action));
    }
    if let Some(target) = &filter.target {
        query = query.filter(audit::target.eq(target));
    }
    if let Some(user) = filter.user_id {
        query = query.filter(audit::user_id.eq(user));
    }
    if let Some(token) = filter.api_token_id {
        query = query.filter(audit::api_token_id.eq(token));
    }
    if let Some(after) = filter.after {
        query = query.filter(audit::at.ge(after));
    }
    if let Some(before) = filter.before {
        query = query.filter(audit::at.lt(before));
    }
    if let Some(number) = below {
        query = query.filter(audit::number.lt(number));
    }
    Ok(query
        .order((audit::number.desc(), audit::id.desc()))
        .limit(limit)
        .load(db)?)
}
