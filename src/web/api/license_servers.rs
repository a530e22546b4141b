//! Accounts at licensing services.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::setup::license_servers::{self as use_cases, LicenseServerEdit};
use crate::domain::id::LicenseServerId;
use crate::domain::kind::LicenseServerKind;
use crate::domain::time::Timestamp;
use crate::pipeline::support::token_check::{self, check_changed};
use crate::store::license_servers::{LicenseServer, ServerState};
use crate::web::api::extract::{At, Body};
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::api::secret::{Secret, unwrapped};
use crate::web::auth::{Caller, ConfigRead, ConfigWrite};
use crate::web::error::Problem;
use crate::web::state::State;

/// An account at a licensing service. Its token is never shown.
#[derive(Serialize, ToSchema)]
#[schema(as = LicenseServer)]
pub struct LicenseServerView {
    id: LicenseServerId,
    /// Its kind.
    #[schema(value_type = LicenseServerKind, example = "cryptlex")]
    kind: &'static str,
    /// As people call it.
    name: String,
    /// Where its API is.
    base_url: String,
    /// `ok`, `unauthorized`, `unreachable` or `unchecked`.
    #[schema(value_type = ServerState, example = "ok")]
    state: &'static str,
    /// Scopes that the token has.
    scopes: Vec<String>,
    /// Scopes without which licenses cannot be made.
    missing_scopes: Vec<String>,
    /// When the token was last checked.
    checked_at: Option<Timestamp>,
}

/// An account that is to be connected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLicenseServer {
    /// Its kind: `cryptlex`.
    #[schema(value_type = LicenseServerKind, example = "cryptlex")]
    kind: LicenseServerKind,
    /// As people call it.
    name: String,
    /// Where its API is, with or without `/v3`.
    #[schema(example = "https://api.cryptlex.com")]
    base_url: String,
    access_token: Secret,
}

/// What changes of an account; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenseServerChange {
    /// As people call it.
    name: Option<String>,
    /// Where its API is, with or without `/v3`; a new one needs `access_token` too, since a token is kept for one address.
    base_url: Option<String>,
    /// A new token; what waited for one goes on by itself.
    access_token: Option<Secret>,
}

/// Connects an account, and checks its token; where the calls allowed are used for now, its state is `unchecked`.
#[utoipa::path(post, path = "/license-servers", tag = "Set-up", request_body = NewLicenseServer, responses((status = 201, body = LicenseServerView)))]
pub async fn create(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    Body(new): Body<NewLicenseServer>,
) -> Result<HttpResponse, Problem> {
    let vendor = caller.vendor(&state).await?;
    let new = use_cases::ConnectLicenseServer {
        kind: new.kind,
        name: new.name,
        base_url: new.base_url,
        access_token: new.access_token.0,
    };
    let created = use_cases::create(&vendor, new).await?;
    let server = check_changed(state.caller(&vendor), created).await?;
    Ok(HttpResponse::Created().json(view(server)))
}

/// Every account, the oldest first.
#[utoipa::path(get, path = "/license-servers", tag = "Set-up", params(PageParameters), responses((status = 200, body = Page<LicenseServerView>)))]
pub async fn list(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<LicenseServerView>>, Problem> {
    let servers = use_cases::list(&caller.vendor(&state).await?).await?;
    let page = listing.page_of_all(servers, |server| Cursor::of_text(server.id), view);
    Ok(Json(page))
}

/// One account.
#[utoipa::path(get, path = "/license-servers/{id}", tag = "Set-up", params(("id" = LicenseServerId, Path)), responses((status = 200, body = LicenseServerView)))]
pub async fn show(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<LicenseServerId>,
) -> Result<Json<LicenseServerView>, Problem> {
    let server = use_cases::get(&caller.vendor(&state).await?, id).await?;
    Ok(Json(view(server)))
}

/// Changes an account; a new token is checked, and a new address needs one.
#[utoipa::path(patch, path = "/license-servers/{id}", tag = "Set-up", params(("id" = LicenseServerId, Path)), request_body = LicenseServerChange, responses((status = 200, body = LicenseServerView)))]
pub async fn change(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At(id): At<LicenseServerId>,
    Body(body): Body<LicenseServerChange>,
) -> Result<Json<LicenseServerView>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let is_token_new = body.access_token.is_some();
    let edit = LicenseServerEdit {
        name: body.name,
        base_url: body.base_url,
        access_token: unwrapped(body.access_token),
    };
    let mut server = use_cases::change(&vendor, id, edit).await?;
    if is_token_new {
        server = check_changed(state.caller(&vendor), server).await?;
    }
    state.wake.notify_one();
    Ok(Json(view(server)))
}

/// Removes an account that no store uses.
#[utoipa::path(delete, path = "/license-servers/{id}", tag = "Set-up", params(("id" = LicenseServerId, Path)), responses((status = 204)))]
pub async fn remove(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At(id): At<LicenseServerId>,
) -> Result<HttpResponse, Problem> {
    use_cases::delete(&caller.vendor(&state).await?, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asks the account what its token may do.
#[utoipa::path(post, path = "/license-servers/{id}/check", tag = "Set-up", params(("id" = LicenseServerId, Path)), responses((status = 200, body = LicenseServerView)))]
pub async fn check(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At(id): At<LicenseServerId>,
) -> Result<Json<LicenseServerView>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let server = token_check::check(state.caller(&vendor), id).await?;
    state.wake.notify_one();
    Ok(Json(view(server)))
}

fn view(server: LicenseServer) -> LicenseServerView {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    LicenseServerView {
        id: server.id,
        kind: server.kind.as_str(),
        state: server.state.as_str(),
        scopes: words(&server.scopes),
        missing_scopes: words(&server.missing_scopes),
        name: server.name,
        base_url: server.base_url,
        checked_at: server.checked_at,
    }
}
