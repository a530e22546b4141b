//! What the company's plan lacks: whoever uses it is refused.

use serde_json::Value;

use crate::collection::Document;
use crate::message::Refusal;
use crate::options::PlanFeature;

/// Refuses what a body says about licenses where the plan lacks what it uses.
pub fn check(lacking: &[PlanFeature], body: &Document) -> Result<(), Refusal> {
    let uses = |feature: &PlanFeature| members(*feature).iter().any(|name| is_used(body, name));
    match lacking.iter().find(|feature| uses(feature)) {
        Some(feature) => Err(Refusal::new(403, refusal(*feature))),
        None => Ok(()),
    }
}

fn members(feature: PlanFeature) -> &'static [&'static str] {
    match feature {
        PlanFeature::Floating => &["is_floating", "is_floating_cloud", "floating_users"],
        PlanFeature::Maintenance => &[
            "enable_maintenance_period",
            "maintenance_duration",
            "maintenance_period",
        ],
    }
}

fn refusal(feature: PlanFeature) -> &'static str {
    match feature {
        PlanFeature::Floating => "Your plan does not include floating licenses.",
        PlanFeature::Maintenance => "Your plan does not include the maintenance period.",
    }
}

/// Turning off what is not there uses nothing.
fn is_used(body: &Document, name: &str) -> bool {
    match body.get(name) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Number(number)) => number.as_i64() != Some(0),
        Some(_) => true,
    }
}
