//! A made-up story, played through a store's webhook URL.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{JobId, StorefrontId};
use crate::pipeline::calls::budgeted_call::CallError;
use crate::pipeline::support::simulate::{SimulationError, SimulationPlan, prepare};
use crate::storefronts::pretend::Scenario;
use crate::web::api::extract::{At, Body};
use crate::web::auth::{Caller, ConfigWrite};
use crate::web::error::Problem;
use crate::web::state::State;

/// The story that is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// `one_time`, `subscription`, `trial`, `plan_change`, `pause` or `bundle`.
    #[schema(value_type = Scenario, example = "subscription")]
    scenario: Scenario,
    /// What is bought.
    #[schema(example = "studio-pro")]
    product_path: String,
    /// What a plan changes to, or what comes with a bundle; left out, a plan gets one unit more.
    other_product_path: Option<String>,
    /// How many, 1 to 20.
    #[serde(default = "one")]
    quantity: u32,
    /// How often a subscription is paid: `month` or `year`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "month")]
    interval: Billing,
    /// Says that pretended licenses may be made in an account that holds real ones.
    #[serde(default)]
    confirm_real_account: bool,
}

/// How often a subscription is paid.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Billing {
    #[default]
    Month,
    Year,
}

/// The story is being played.
#[derive(Serialize, ToSchema)]
pub struct Simulating {
    /// Its job.
    job_id: JobId,
}

/// Plays a made-up story through the store's webhook URL, as test events signed with its own secret.
#[utoipa::path(post, path = "/storefronts/{id}/simulate", tag = "Set-up", params(("id" = StorefrontId, Path)), request_body = Simulation, responses((status = 202, body = Simulating)))]
pub async fn simulate(
    caller: Caller<ConfigWrite>,
    state: Data<State>,
    At(id): At<StorefrontId>,
    Body(body): Body<Simulation>,
) -> Result<HttpResponse, Problem> {
    let keys = state.tenant_keys.of(caller.tenant).await?;
    let simulation = SimulationPlan {
        scenario: body.scenario,
        product_path: body.product_path,
        other_product_path: body.other_product_path,
        quantity: body.quantity,
        is_yearly: body.interval == Billing::Year,
        is_confirmed: body.confirm_real_account,
    };
    let play = prepare(state.stage(), caller.tenant, &keys, id, simulation).await?;
    let job_id = play.job;
    tokio::spawn(play.run());
    Ok(HttpResponse::Accepted().json(Simulating { job_id }))
}

const fn one() -> u32 {
    1
}

impl From<SimulationError> for Problem {
    fn from(error: SimulationError) -> Self {
        let field = |field: &str, message: &str| {
            Self::invalid_fields(BTreeMap::from([(field.to_owned(), message.to_owned())]))
        };
        match error {
            SimulationError::RealAccount => field(
                "confirm_real_account",
                "these licenses would be made in an account that holds real ones; set `test_events` to `test_server` with a test account, or send `true`",
            ),
            SimulationError::Invalid {
                field: name,
                message,
            } => field(name, message),
            SimulationError::Suspended => CallError::Suspended.into(),
            SimulationError::Store(error) => error.into(),
            SimulationError::Vault(error) => error.into(),
        }
    }
}
