//! Whose token this is.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::TenantId;
use crate::store::{Scope, tenants};
use crate::web::auth::{AnyToken, Caller};
use crate::web::error::Problem;
use crate::web::state::State;

/// The company of a token, and what the token may do.
#[derive(Serialize, ToSchema)]
pub struct Me {
    tenant_id: TenantId,
    /// The company's name.
    name: String,
    /// What the token may do.
    scopes: Vec<&'static str>,
}

/// Whose token is this, and what may it do?
#[utoipa::path(get, path = "/me", tag = "Account", responses((status = 200, body = Me)))]
pub async fn show(caller: Caller<AnyToken>, state: Data<State>) -> Result<Json<Me>, Problem> {
    let tenant = caller.tenant;
    let row = state
        .store
        .read(Scope::Tenant(tenant), move |db| tenants::get(db, tenant))
        .await?;
    Ok(Json(Me {
        tenant_id: tenant,
        name: row.name,
        scopes: caller
            .token
            .scopes
            .iter()
            .map(|scope| scope.as_str())
            .collect(),
    }))
}
