//! A catalog to try things with: three products, their templates, an entitlement set.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::collection::{Collection, Document};
use crate::cryptlex::catalog::{new_product, new_template};
use crate::cryptlex::state::State;

/// The ids of the sample catalog, the same in every sandbox.
pub mod ids {
    /// Studio Pro, yearly by default.
    pub const STUDIO_PRO: &str = "5a9d2c10-0000-4000-8000-000000000001";
    /// Studio Lite, monthly by default.
    pub const STUDIO_LITE: &str = "5a9d2c10-0000-4000-8000-000000000002";
    /// Reverb, perpetual by default.
    pub const REVERB: &str = "5a9d2c10-0000-4000-8000-000000000003";
    /// The monthly template.
    pub const MONTHLY: &str = "5a9d2c10-0000-4000-8000-000000000011";
    /// The yearly template.
    pub const YEARLY: &str = "5a9d2c10-0000-4000-8000-000000000012";
    /// The perpetual template.
    pub const PERPETUAL: &str = "5a9d2c10-0000-4000-8000-000000000013";
    /// The entitlement set of Studio Pro.
    pub const PRO_FEATURES: &str = "5a9d2c10-0000-4000-8000-000000000021";
    /// The feature that it gives.
    pub const SURROUND: &str = "5a9d2c10-0000-4000-8000-000000000031";
}

/// Puts the sample catalog there, made at `now`.
pub fn stock(state: &mut State, now: Timestamp) {
    for (id, name, interval) in [
        (ids::MONTHLY, "Monthly", json!("P1M")),
        (ids::YEARLY, "Yearly", json!("P1Y")),
        (ids::PERPETUAL, "Perpetual", Value::Null),
    ] {
        let members = json!({ "id": id, "name": name, "subscriptionInterval": interval });
        put(
            state,
            now,
            |state| &mut state.templates,
            new_template(object(&members)),
        );
    }
    for (id, name, template) in [
        (ids::STUDIO_PRO, "Studio Pro", ids::YEARLY),
        (ids::STUDIO_LITE, "Studio Lite", ids::MONTHLY),
        (ids::REVERB, "Reverb", ids::PERPETUAL),
    ] {
        let members = json!({
            "id": id, "name": name, "displayName": name, "description": name,
            "licenseTemplateId": template, "automatedEmails": ["license.created"],
        });
        put(
            state,
            now,
            |state| &mut state.products,
            new_product(object(&members)),
        );
    }
    let feature = json!({
        "id": ids::SURROUND, "name": "surround", "displayName": "Surround", "description": null,
    });
    put(state, now, |state| &mut state.features, object(&feature));
    let set = json!({
        "id": ids::PRO_FEATURES, "name": "pro-features", "displayName": "Pro features",
        "description": null, "tier": 1, "productIds": [ids::STUDIO_PRO],
    });
    put(
        state,
        now,
        |state| &mut state.entitlement_sets,
        object(&set),
    );
}

fn put(
    state: &mut State,
    now: Timestamp,
    collection: fn(&mut State) -> &mut Collection,
    document: Document,
) {
    let document = state.stamped(now, document);
    collection(state).put(now, document);
}

fn object(value: &Value) -> Document {
    value.as_object().cloned().unwrap_or_default()
}
