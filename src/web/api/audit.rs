//! Who did what.

use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::domain::act::Act;
use crate::domain::id::{ApiTokenId, UserId};
use crate::domain::kind::ServiceNames;
use crate::domain::search_text::SearchText;
use crate::domain::time::Timestamp;
use crate::store::audit::{self, ActRow as Row, AuditFilter};
use crate::store::{Scope, StoreError};
use crate::web::actor_names::ActorNames;
use crate::web::api::listing::{Cursor, Listing, Page, PageParameters};
use crate::web::api::schema::FreeObject;
use crate::web::auth::{AuditRead, Caller};
use crate::web::error::Problem;
use crate::web::services;
use crate::web::state::State;

/// Which acts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// One kind of act, such as `storefront.change`.
    action: Option<SearchText>,
    /// The id of what it was done to.
    target: Option<SearchText>,
    /// By this person, `usr_…`.
    #[param(value_type = Option<String>)]
    user_id: Option<UserId>,
    /// By this token, `tok_…`.
    #[param(value_type = Option<String>)]
    api_token_id: Option<ApiTokenId>,
    /// Done at this time or later.
    after: Option<Timestamp>,
    /// Done before this time.
    before: Option<Timestamp>,
}

/// One act.
#[derive(Serialize, ToSchema)]
#[schema(as = Act)]
pub struct ActView {
    /// Its place among the company's acts, from 1.
    number: i64,
    at: Timestamp,
    actor: ActorView,
    /// What was done, as programs read it.
    #[schema(example = "storefront.change")]
    action: String,
    /// The same in words.
    text: String,
    /// The id of what it was done to.
    target: String,
    /// Which fields changed; secrets by name only.
    #[schema(value_type = FreeObject)]
    details: Value,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    kind: ActorKind,
    /// The id of the person or token; `null` for the operator.
    id: Option<String>,
    /// The person's address or the token's name; `null` when they are gone.
    name: Option<String>,
}

/// What kind of somebody it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Somebody who signed in.
    Person,
    /// A program with a token.
    Token,
    /// Whoever runs Latchkey.
    Operator,
}

/// Who did what, the latest first.
#[utoipa::path(get, path = "/audit", tag = "Account", params(AuditQuery, PageParameters), responses((status = 200, body = Page<ActView>)))]
pub async fn list(
    caller: Caller<AuditRead>,
    state: Data<State>,
    listing: Listing<AuditQuery>,
) -> Result<Json<Page<ActView>>, Problem> {
    let tenant = caller.tenant;
    let below = listing.after_number()?;
    let (filter, fetch) = (filter(&listing.filter), listing.fetch());
    let (rows, names, services) = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let rows = audit::list(db, tenant, &filter, below, fetch)?;
            let services = ServiceNames::or(services::of_accounts(db, tenant)?);
            Ok::<_, StoreError>((rows, ActorNames::look_up(db, tenant)?, services))
        })
        .await?;
    let cursor = |row: &Row| Cursor::of_text(row.number);
    Ok(Json(listing.try_page(rows, cursor, |row| {
        view(row, &names, &services)
    })?))
}

fn filter(query: &AuditQuery) -> AuditFilter {
    AuditFilter {
        action: query.action.clone().map(String::from),
        target: query.target.clone().map(String::from),
        user_id: query.user_id,
        api_token_id: query.api_token_id,
        after: query.after,
        before: query.before,
    }
}

fn view(row: Row, names: &ActorNames, services: &ServiceNames) -> Result<ActView, StoreError> {
    let (kind, id) = match (row.user_id, row.api_token_id) {
        (Some(user), _) => (ActorKind::Person, Some(user.to_string())),
        (None, Some(token)) => (ActorKind::Token, Some(token.to_string())),
        (None, None) => (ActorKind::Operator, None),
    };
    Ok(ActView {
        number: row.number,
        at: row.at,
        actor: ActorView {
            kind,
            id,
            name: names.of(&row).map(str::to_owned),
        },
        text: Act::parse(&row.action).map_or_else(|| row.action.clone(), |act| act.text(services)),
        action: row.action,
        target: row.target,
        details: serde_json::from_str(&row.details)
            .map_err(|error| StoreError::corrupt("audit.details", error))?,
    })
}
