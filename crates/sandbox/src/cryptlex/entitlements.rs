//! What hangs on a single license: its own entitlements, metadata rows and meter attributes.

use serde_json::{Value, json};

use crate::call::{Call, deleted, shown};
use crate::collection::{Document, text};
use crate::cryptlex::fields;
use crate::cryptlex::licenses::{self, present};
use crate::cryptlex::rows::{owner, touched, without};
use crate::cryptlex::schema;
use crate::cryptlex::state::State;
use crate::message::{Answer, Refusal, Response};

/// `GET …/feature-entitlements`.
pub fn list(state: &mut State, call: &Call<'_>) -> Answer {
    licenses::find(state, call.id)?;
    let found = of_license(state, call.id)
        .into_iter()
        .cloned()
        .map(Value::Object);
    Ok(Response::json(200, &found.collect()))
}

/// `POST …/feature-entitlements`: answers 200, not 201. In an open catalog any feature is known.
pub fn create(state: &mut State, call: &Call<'_>) -> Answer {
    licenses::find(state, call.id)?;
    let body = schema::check(
        call.body,
        &[fields::ENTITLEMENT],
        &["featureId"],
        state.options.is_strict,
    )?;
    let feature_id = text(&body, "featureId").to_owned();
    let feature = state.features.find(&feature_id);
    if feature.is_none() && state.options.is_catalog_closed {
        return Err(Refusal::not_found("Feature"));
    }
    let name = feature
        .map_or(feature_id.as_str(), |feature| text(feature, "name"))
        .to_owned();
    let held = of_license(state, call.id);
    if held
        .iter()
        .any(|held| text(held, "featureId") == feature_id)
    {
        return Err(Refusal::duplicate("The license has this feature already!"));
    }
    let mut entitlement = Document::new();
    entitlement.insert("value".to_owned(), Value::Null);
    entitlement.insert("expiresAt".to_owned(), Value::Null);
    entitlement.extend(body);
    entitlement.insert("featureName".to_owned(), json!(name));
    entitlement.insert("licenseId".to_owned(), json!(call.id));
    let entitlement = state.stamped(call.now, entitlement);
    state.entitlements.put(call.now, entitlement.clone());
    shown(entitlement)
}

/// `PATCH …/feature-entitlements/{id}`.
pub fn patch(state: &mut State, call: &Call<'_>) -> Answer {
    let mut entitlement = find(state, call)?;
    for (name, value) in schema::check(
        call.body,
        &[fields::ENTITLEMENT],
        &[],
        state.options.is_strict,
    )? {
        let value = if name == "expiresAt" && value == "" {
            Value::Null
        } else {
            value
        };
        entitlement.insert(name, value);
    }
    let entitlement = touched(entitlement, call.now);
    state.entitlements.put(call.now, entitlement.clone());
    shown(entitlement)
}

/// `DELETE …/feature-entitlements/{id}`.
pub fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    find(state, call)?;
    state.entitlements.remove(call.inner_id);
    deleted()
}

/// `DELETE /v3/licenses/metadata/{id}`.
pub fn delete_metadata(state: &mut State, call: &Call<'_>) -> Answer {
    delete_row(state, call, "metadata")
}

/// `DELETE /v3/licenses/meter-attributes/{id}`.
pub fn delete_meter(state: &mut State, call: &Call<'_>) -> Answer {
    delete_row(state, call, "meterAttributes")
}

/// `POST /v3/licenses/meter-attributes/{id}/reset`.
pub fn reset_meter(state: &mut State, call: &Call<'_>) -> Answer {
    let mut license = row_owner(state, call, "meterAttributes")?;
    if let Some(Value::Array(meters)) = license.get_mut("meterAttributes") {
        let meter = meters.iter_mut().find(|meter| meter["id"] == call.id);
        if let Some(meter) = meter.and_then(Value::as_object_mut) {
            meter.insert("totalUses".to_owned(), json!(0));
        }
    }
    let license = touched(license, call.now);
    state.licenses.put(call.now, license.clone());
    shown(present(state, license))
}

fn delete_row(state: &mut State, call: &Call<'_>, list: &str) -> Answer {
    let mut license = row_owner(state, call, list)?;
    license.insert(list.to_owned(), without(&license, list, call.id));
    state.licenses.put(call.now, touched(license, call.now));
    deleted()
}

fn row_owner(state: &State, call: &Call<'_>, list: &str) -> Result<Document, Refusal> {
    owner(state, list, call.id).ok_or_else(|| Refusal::not_found("Row"))
}

fn find(state: &State, call: &Call<'_>) -> Result<Document, Refusal> {
    let found = state.entitlements.find(call.inner_id);
    let found = found.filter(|entitlement| text(entitlement, "licenseId") == call.id);
    found
        .cloned()
        .ok_or_else(|| Refusal::not_found("Feature entitlement"))
}

fn of_license<'a>(state: &'a State, id: &str) -> Vec<&'a Document> {
    let found = state.entitlements.list_by("licenseId", &[id.to_owned()]);
    found.unwrap_or_default()
}
