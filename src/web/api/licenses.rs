//! Licenses, and the one place that shows a key.

use std::sync::Arc;

use actix_web::web::{Data, Json};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::domain::act::Act;
use crate::domain::id::{LicenseId, TenantId};
use crate::store::licenses::{self, LicenseCursor, Row};
use crate::store::{Scope, StoreError};
use crate::vault::Field;
use crate::web::api::extract::At;
use crate::web::api::license_view::{LicenseView, view};
use crate::web::api::listing::{Cursor, Listing, Page, PageParameters};
use crate::web::auth::{Caller, LicensesKeys, LicensesRead};
use crate::web::error::Problem;
use crate::web::filter::LicenseQuery;
use crate::web::state::State;

/// The key of a license.
#[derive(Serialize, ToSchema)]
pub struct LicenseKey {
    key: String,
}

/// Licenses, the newest first.
#[utoipa::path(get, path = "/licenses", tag = "Licenses", params(LicenseQuery, PageParameters), responses((status = 200, body = Page<LicenseView>)))]
pub async fn list(
    caller: Caller<LicensesRead>,
    state: Data<State>,
    listing: Listing<LicenseQuery>,
) -> Result<Json<Page<LicenseView>>, Problem> {
    let (tenant, now) = (caller.tenant, state.clock.now());
    let keys = state.tenant_keys.of(tenant).await?;
    let after = listing.after_time(|created_at, id| LicenseCursor {
        created_at,
        id: LicenseId::from_uuid(id),
    })?;
    let (query, fetch) = (listing.filter.clone(), listing.fetch());
    let rows = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let filter = query.look_up(db, (tenant, &keys))?;
            licenses::list(db, tenant, (&filter, now), after, fetch)
        })
        .await?;
    let cursor = |row: &Row| Cursor::of_time(row.created_at, row.id.as_uuid());
    Ok(Json(listing.try_page(rows, cursor, |row| view(row, now))?))
}

/// One license.
#[utoipa::path(get, path = "/licenses/{id}", tag = "Licenses", params(("id" = LicenseId, Path)), responses((status = 200, body = LicenseView)))]
pub async fn show(
    caller: Caller<LicensesRead>,
    state: Data<State>,
    At(id): At<LicenseId>,
) -> Result<Json<LicenseView>, Problem> {
    let row = get(&state, caller.tenant, id).await?;
    Ok(Json(view(row, state.clock.now())?))
}

/// The key of a license; that it was shown is kept on record.
#[utoipa::path(get, path = "/licenses/{id}/key", tag = "Licenses", params(("id" = LicenseId, Path)), responses((status = 200, body = LicenseKey)))]
pub async fn show_key(
    caller: Caller<LicensesKeys>,
    state: Data<State>,
    At(id): At<LicenseId>,
) -> Result<Json<LicenseKey>, Problem> {
    let tenant = caller.tenant;
    let sealed = get(&state, tenant, id).await?.key_sealed;
    let sealed = sealed.ok_or_else(Problem::not_found)?;
    let author = caller.author(&state).await?;
    let keys = Arc::clone(&author.keys);
    state
        .store
        .write(Scope::Tenant(tenant), move |db| {
            author.record(db, Act::LicenseKeyShow, id, &json!({}))
        })
        .await?;
    let key = keys.open(Field::LicenseKey(id).place(), &sealed)?;
    Ok(Json(LicenseKey {
        key: String::from_utf8_lossy(&key).into_owned(),
    }))
}

/// The license; not found when it is another tenant's.
pub async fn get(state: &State, tenant: TenantId, id: LicenseId) -> Result<Row, Problem> {
    let row = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            licenses::find(db, tenant, id)?.ok_or(StoreError::NotFound)
        })
        .await?;
    Ok(row)
}
