//! What was done about an event: effects and calls, as the API shows them.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::domain::action::ActionKind;
use crate::domain::effect::EffectState;
use crate::domain::id::{EffectId, LicenseId};
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::calls::Call;
use crate::store::effects::Effect;
use crate::vault::{Field, TenantKeys};
use crate::web::api::schema::{Anything, FreeObject};
use crate::web::bodies::{self, Keys};
use crate::web::error::Problem;

/// One change to one license.
#[derive(Serialize, ToSchema)]
#[schema(as = Effect)]
pub struct EffectView {
    id: EffectId,
    /// `issue`, `renew`, `set_term`, `suspend`, …
    #[schema(value_type = ActionKind, example = "issue")]
    kind: &'static str,
    /// `planned`, `sent`, `done`, `skipped` or `failed`.
    #[schema(value_type = EffectState, example = "done")]
    pub(super) state: &'static str,
    /// The side of the license that it changes.
    aspect: &'static str,
    /// The same in words.
    pub(super) summary: String,
    license_id: LicenseId,
    /// The license's id at the licensing service.
    remote_license_id: Option<String>,
    /// What the license showed before.
    #[schema(value_type = Option<FreeObject>)]
    before: Option<Box<RawValue>>,
    /// What it showed after.
    #[schema(value_type = Option<FreeObject>)]
    after: Option<Box<RawValue>>,
    /// How often it was sent.
    attempts: i32,
    created_at: Timestamp,
    /// When its end was known.
    settled_at: Option<Timestamp>,
    /// When it was read back and found as it should be.
    verified_at: Option<Timestamp>,
}

/// One request to the licensing service, or to the shop.
#[derive(Serialize, ToSchema)]
#[schema(as = Call)]
pub struct CallView {
    /// The effect it was made for; `null` when something was only looked up.
    effect_id: Option<EffectId>,
    #[schema(example = "POST")]
    pub(super) method: String,
    pub(super) url: String,
    /// `null` when no answer came.
    pub(super) status: Option<i32>,
    duration_ms: i64,
    /// What was sent.
    #[schema(value_type = Option<Anything>)]
    request: Option<Box<RawValue>>,
    /// What was answered.
    #[schema(value_type = Option<Anything>)]
    response: Option<Box<RawValue>>,
    pub(super) at: Timestamp,
    /// Why no answer came.
    pub(super) error: Option<String>,
}

/// An effect as the API shows it.
pub fn effect(effect: Effect, remote_license_id: Option<String>) -> Result<EffectView, StoreError> {
    let shown = |text: Option<String>| {
        text.map(RawValue::from_string)
            .transpose()
            .map_err(|error| StoreError::corrupt("effects.before or after", error))
    };
    Ok(EffectView {
        id: effect.id,
        kind: effect.kind.as_str(),
        state: effect.state.as_str(),
        aspect: effect.aspect.as_str(),
        summary: effect.summary,
        license_id: effect.license_id,
        remote_license_id,
        before: shown(effect.before)?,
        after: shown(effect.after)?,
        attempts: effect.attempts,
        created_at: effect.created_at,
        settled_at: effect.settled_at,
        verified_at: effect.verified_at,
    })
}

/// A call as the API shows it, its bodies opened, license keys cut to their ends.
pub fn call(call: Call, keys: &TenantKeys) -> Result<CallView, Problem> {
    let opened = |field: Field, sealed: Option<Vec<u8>>| {
        sealed
            .map(|sealed| {
                let body = keys.open(field.place(), &sealed)?;
                Ok::<_, Problem>(bodies::json(&body, Keys::Cut)?)
            })
            .transpose()
    };
    Ok(CallView {
        request: opened(Field::CallRequest(call.id), call.request_sealed)?,
        response: opened(Field::CallResponse(call.id), call.response_sealed)?,
        effect_id: call.effect_id,
        method: call.method,
        url: call.url,
        status: call.status,
        duration_ms: call.duration_ms,
        at: call.at,
        error: call.error,
    })
}
