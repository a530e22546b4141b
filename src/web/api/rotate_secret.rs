//! A new secret for a store's webhook, the old one believed a while longer.

use actix_web::web::{Data, Json};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::setup::storefront_secrets::{OVERLAP_HOURS, rotate};
use crate::domain::id::StorefrontId;
use crate::web::api::extract::{At, Body};
use crate::web::api::secret::{Secret, unwrapped};
use crate::web::auth::{Caller, ConfigWrite};
use crate::web::error::Problem;
use crate::web::state::State;

/// How the secret is to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The new secret; made when left out.
    webhook_secret: Option<Secret>,
    /// How long the old one is believed too.
    #[serde(default = "usual_overlap")]
    #[schema(default = 24)]
    overlap_hours: u32,
}

/// The new secret; it is not shown again.
#[derive(Serialize, ToSchema)]
pub struct Rotated {
    /// What the shop signs with from now on.
    webhook_secret: String,
}

/// Changes what the shop signs with.
#[utoipa::path(post, path = "/storefronts/{id}/rotate-secret", tag = "Set-up", params(("id" = StorefrontId, Path)), request_body = Rotation, responses((status = 200, body = Rotated)))]
pub async fn rotate_secret(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At(id): At<StorefrontId>,
    Body(rotation): Body<Rotation>,
) -> Result<Json<Rotated>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let given = unwrapped(rotation.webhook_secret);
    let secret = rotate(&vendor, id, given, rotation.overlap_hours).await?;
    state.storefront_changed();
    Ok(Json(Rotated {
        webhook_secret: secret.expose_secret().to_owned(),
    }))
}

const fn usual_overlap() -> u32 {
    OVERLAP_HOURS
}
