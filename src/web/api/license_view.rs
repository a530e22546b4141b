//! A license as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::by_hand;
use crate::domain::id::{LicenseId, LicenseServerId, StorefrontId};
use crate::domain::license::LicenseState;
use crate::domain::license::{Aspect, Cause};
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::licenses::Row;

/// A license. Its key is shown only by `/licenses/{id}/key`.
#[derive(Serialize, ToSchema)]
#[schema(as = License)]
pub struct LicenseView {
    id: LicenseId,
    storefront_id: StorefrontId,
    license_server_id: LicenseServerId,
    /// Its id at the licensing service; `null` until it is made.
    remote_license_id: Option<String>,
    /// `pending`, `active`, `expired`, `suspended`, `revoked` or `deleted`.
    #[schema(value_type = LicenseState, example = "active")]
    state: &'static str,
    /// Why it is suspended, revoked or gone.
    #[schema(example = json!(["overdue"]))]
    causes: Vec<&'static str>,
    order_id: Option<String>,
    /// The receipt number of that order.
    reference: Option<String>,
    subscription_id: Option<String>,
    /// The product path at the shop.
    product_path: String,
    /// The line of the purchase.
    slot: String,
    /// Which of the bought units, from 1.
    unit: u32,
    /// Rises when the license before it is gone.
    generation: u32,
    /// Whether it was found rather than made.
    adopted: bool,
    /// False for those of test orders.
    live: bool,
    /// `null` = never ends, or its term has not begun.
    expires_at: Option<Timestamp>,
    /// When it was last read back and found as it should be.
    verified_at: Option<Timestamp>,
    /// The sides that a person changed at the licensing service and that are kept so, such as `term` or `seats`.
    #[schema(example = json!(["term"]))]
    changed_by_hand: Vec<&'static str>,
    /// When a change by a person was last seen; stays when the shop has changed that side since.
    changed_by_hand_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// A license as it stands at `now`.
pub fn view(row: Row, now: Timestamp) -> Result<LicenseView, StoreError> {
    let license = row.license()?;
    let mut causes = license.given.causes.clone();
    causes.extend(license.given.taken_for);
    let by_hand = by_hand::changed(&license);
    let is_stopped = license
        .shown
        .as_ref()
        .is_some_and(|shown| shown.is_suspended || shown.is_revoked);
    if is_stopped && causes.is_empty() {
        causes.insert(Cause::ByHand);
    }
    Ok(LicenseView {
        id: row.id,
        storefront_id: row.storefront_id,
        license_server_id: row.license_server_id,
        state: license.state(now).as_str(),
        causes: causes.into_iter().map(Cause::as_str).collect(),
        order_id: row.order_id.map(|id| id.as_str().to_owned()),
        reference: row.reference,
        subscription_id: row.subscription_id.map(|id| id.as_str().to_owned()),
        product_path: row.product_path,
        slot: license.identity.slot,
        unit: license.identity.unit,
        generation: license.identity.generation,
        adopted: row.is_adopted,
        live: row.live,
        remote_license_id: row.remote_id,
        expires_at: row.expires_at,
        verified_at: row.verified_at,
        changed_by_hand: by_hand.into_iter().map(Aspect::as_str).collect(),
        changed_by_hand_at: row.changed_by_hand_at,
        created_at: row.created_at,
    })
}
