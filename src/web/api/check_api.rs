//! Whether a store's credentials for the shop's API are accepted.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::StorefrontId;
use crate::domain::time::Timestamp;
use crate::pipeline::shop::check;
use crate::store::license_servers::ServerState;
use crate::store::shop_apis::ShopApi;
use crate::web::api::extract::At;
use crate::web::auth::{Caller, ConfigWrite};
use crate::web::error::{Problem, ProblemCode};
use crate::web::state::State;

/// How a store's credentials for the shop's API stand.
#[derive(Serialize, ToSchema)]
#[schema(as = ShopApi)]
pub struct ShopApiView {
    /// `ok`, `unauthorized`, `unreachable` or `unchecked`.
    #[schema(value_type = ServerState, example = "ok")]
    state: &'static str,
    /// When the shop was last asked.
    checked_at: Option<Timestamp>,
    /// When events that never came were last fetched.
    fetched_at: Option<Timestamp>,
    /// When they are fetched next; `null` while the credentials are refused.
    fetch_due_at: Option<Timestamp>,
}

impl From<ShopApi> for ShopApiView {
    fn from(row: ShopApi) -> Self {
        Self {
            state: row.state.as_str(),
            checked_at: row.checked_at,
            fetched_at: row.fetched_at,
            fetch_due_at: row.fetch_due_at,
        }
    }
}

/// Asks the shop whether it accepts the store's API credentials; what waited for them goes on if it does.
#[utoipa::path(post, path = "/storefronts/{id}/check-api", tag = "Set-up", params(("id" = StorefrontId, Path)), responses((status = 200, body = ShopApiView)))]
pub async fn check_api(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At(id): At<StorefrontId>,
) -> Result<Json<ShopApiView>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let checked = check::check(state.caller(&vendor), &state.shops, id).await?;
    state.wake.notify_one();
    checked.map(|row| Json(row.into())).ok_or_else(|| {
        Problem::new(
            ProblemCode::Conflict,
            "The store has no API credentials. Send `api_username` and `api_password` first.",
        )
    })
}
