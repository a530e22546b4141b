//! What a webhook body would lead to; nothing is stored or sent.

use actix_web::web::{Data, Json};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::action::ActionKind;
use crate::domain::effect::EventState;
use crate::domain::id::{LicenseId, StorefrontId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::plan::{LineOutcome, LineState, Planned};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::pipeline::support::dry_run::{DryRunEvent, dry_run};
use crate::web::api::extract::{At, Raw};
use crate::web::api::reason::ReasonView;
use crate::web::api::schema::FreeObject;
use crate::web::auth::{Caller, ConfigRead};
use crate::web::error::Problem;
use crate::web::state::State;

/// What a webhook body would lead to.
#[derive(Serialize, ToSchema)]
pub struct PlanView {
    /// Its events, in their order.
    events: Vec<EventPlan>,
}

/// What one event would lead to.
#[derive(Serialize, ToSchema)]
pub struct EventPlan {
    /// As the shop spells it.
    r#type: String,
    outcome: PlanOutcome,
    /// Why; `null` when there are simply actions.
    reason: Option<ReasonView>,
    /// What becomes of each line.
    lines: Vec<LinePlan>,
    /// What would be done, in this order.
    actions: Vec<ActionPlan>,
    /// What would wait for a person's yes.
    held: Vec<ActionPlan>,
    /// When it would be looked at again.
    timers: Vec<Timestamp>,
    /// How many licenses would follow in later pieces, or are not listed because there are too many.
    further: u64,
}

/// What an event would come to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanOutcome {
    /// Something would be done.
    Actions,
    /// Nothing would.
    Ignored,
    /// A person would have to act.
    Parked,
    /// Something else would have to come first.
    Waiting,
}

/// What becomes of one line.
#[derive(Serialize, ToSchema)]
pub struct LinePlan {
    /// The line; `null` when the event as a whole is meant.
    slot: Option<String>,
    product_path: Option<String>,
    /// `done`, `ignored`, `waiting` or `parked`.
    #[schema(value_type = EventState, example = "done")]
    state: &'static str,
    reason: Option<ReasonView>,
}

/// One change to one license.
#[derive(Serialize, ToSchema)]
pub struct ActionPlan {
    /// `issue`, `renew`, `set_term`, …
    #[schema(value_type = ActionKind, example = "issue")]
    kind: &'static str,
    /// The same in words.
    summary: String,
    license: LicenseName,
    /// `null` for a license that is to be made.
    license_id: Option<LicenseId>,
    product_path: String,
    /// Everything that the action says.
    #[schema(value_type = FreeObject)]
    details: Value,
}

/// What makes a license itself.
#[derive(Serialize, ToSchema)]
pub struct LicenseName {
    /// The subscription, else the order.
    root: String,
    /// The line.
    slot: String,
    /// Which of the bought units, from 1.
    unit: u32,
    /// Rises when the license before it is gone.
    generation: u32,
}

/// What would a webhook body lead to? Nothing is stored or sent.
#[utoipa::path(post, path = "/storefronts/{id}/plan", tag = "Set-up", params(("id" = StorefrontId, Path)), request_body(content = FreeObject, description = "A webhook body as the shop posts it"), responses((status = 200, body = PlanView)))]
pub async fn show(
    caller: Caller<ConfigRead>,
    state: Data<State>,
    At(id): At<StorefrontId>,
    Raw(body): Raw,
) -> Result<Json<PlanView>, Problem> {
    let vendor = caller.vendor(&state).await?;
    let caller = state.caller(&vendor);
    let _permit = state.pipeline.looking_ahead.try_admit(caller.tenant)?;
    let most = state.pipeline.options.most_licenses;
    let foreseen = dry_run(caller, &state.shops, id, most, &body).await?;
    Ok(Json(PlanView {
        events: foreseen.into_iter().map(view).collect(),
    }))
}

fn view(foreseen: DryRunEvent) -> EventPlan {
    let (plan, kind) = (foreseen.plan, foreseen.kind);
    let nothing = Reason::new(ReasonCode::NothingToDo);
    let (outcome, default_reason) = match plan.state() {
        _ if !plan.actions.is_empty() => (PlanOutcome::Actions, None),
        LineState::Ignored | LineState::Done => (PlanOutcome::Ignored, Some(&nothing)),
        LineState::Waiting => (PlanOutcome::Waiting, None),
        LineState::Parked => (PlanOutcome::Parked, None),
    };
    EventPlan {
        r#type: foreseen.event_type,
        outcome,
        reason: plan
            .reason()
            .or(default_reason)
            .map(|reason| ReasonView::of(reason, kind)),
        lines: plan.lines.iter().map(|one| line(one, kind)).collect(),
        actions: plan.actions.iter().map(action).collect(),
        held: plan.held.iter().map(action).collect(),
        timers: plan.timers.iter().map(|timer| timer.at).collect(),
        further: plan.beyond,
    }
}

fn line(line: &LineOutcome, kind: LicenseServerKind) -> LinePlan {
    LinePlan {
        slot: line.slot.clone(),
        product_path: line.product_path.clone(),
        state: match line.state {
            LineState::Ignored => "ignored",
            LineState::Done => "done",
            LineState::Waiting => "waiting",
            LineState::Parked => "parked",
        },
        reason: line
            .reason
            .as_ref()
            .map(|reason| ReasonView::of(reason, kind)),
    }
}

fn action(planned: &Planned) -> ActionPlan {
    let identity = &planned.license;
    ActionPlan {
        kind: planned.action.kind().as_str(),
        summary: planned.summary.clone(),
        license: LicenseName {
            root: identity.root.as_str().to_owned(),
            slot: identity.slot.clone(),
            unit: identity.unit,
            generation: identity.generation,
        },
        license_id: planned.license_id,
        product_path: planned.product_path.clone(),
        details: serde_json::to_value(&planned.action).unwrap_or_default(),
    }
}
