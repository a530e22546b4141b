//! Machines that use a license.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::calendar::spell;
use crate::call::{Call, deleted};
use crate::collection::{Document, flag, number, rows, text, time};
use crate::cryptlex::fields;
use crate::cryptlex::resources::{ACTIVATION, find};
use crate::cryptlex::schema;
use crate::cryptlex::state::State;
use crate::cryptlex::term_length;
use crate::message::{Answer, Refusal, Response};

/// `POST /v3/activations`: asks for the key alone, so that tests can add a machine by hand.
pub fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let body = schema::check(
        call.body,
        &[fields::ACTIVATION],
        &["key"],
        state.options.is_strict,
    )?;
    let key = [text(&body, "key").to_owned()];
    let found = state.licenses.list_by("key", &key).unwrap_or_default();
    let Some(mut license) = found.first().map(|license| (*license).clone()) else {
        return Err(refusal(
            "INVALID_LICENSE_KEY",
            "The license key is invalid!",
        ));
    };
    check_license(&license, call.now)?;
    term_length::begin_at_activation(&mut license, call.now);
    license.insert(
        "totalActivations".to_owned(),
        json!(number(&license, "totalActivations") + 1),
    );
    license.insert("lastUsedAt".to_owned(), spell(call.now));
    let activation = state.stamped(call.now, new_activation(&license, &body, call.now));
    let token = format!("sandbox.{}.unsigned", text(&activation, "id"));
    state.licenses.put(call.now, license);
    state.activations.put(call.now, activation);
    Ok(Response::json(201, &json!({ "activationToken": token })))
}

/// `DELETE /v3/activations/{id}`: the seat is free again.
pub fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let activation = find(&ACTIVATION, state, call.id)?;
    let license = state.licenses.find(text(&activation, "licenseId")).cloned();
    if let Some(mut license) = license {
        let allowed = number(&license, "allowedDeactivations");
        let done = number(&license, "totalDeactivations");
        if allowed >= 0 && done >= allowed {
            let code = Some("DEACTIVATION_LIMIT_REACHED");
            return Err(Refusal {
                code,
                ..Refusal::new(409, "The deactivation limit is reached!")
            });
        }
        let left = (number(&license, "totalActivations") - 1).max(0);
        license.insert("totalActivations".to_owned(), json!(left));
        license.insert("totalDeactivations".to_owned(), json!(done + 1));
        state.licenses.put(call.now, license);
    }
    state.activations.remove(call.id);
    deleted()
}

fn check_license(license: &Document, now: Timestamp) -> Result<(), Refusal> {
    let allowed = number(license, "allowedActivations");
    if flag(license, "revoked") {
        return Err(refusal("REVOKED_LICENSE", "The license has been revoked!"));
    }
    if flag(license, "suspended") {
        return Err(refusal(
            "SUSPENDED_LICENSE",
            "The license has been suspended!",
        ));
    }
    if time(license, "expiresAt").is_some_and(|end| end <= now) {
        return Err(refusal("EXPIRED_LICENSE", "The license has expired!"));
    }
    if allowed > 0 && number(license, "totalActivations") >= allowed {
        return Err(refusal(
            "ACTIVATION_LIMIT_REACHED",
            "The activation limit is reached!",
        ));
    }
    Ok(())
}

fn new_activation(license: &Document, body: &Document, now: Timestamp) -> Document {
    let or = |name: &str, other: &str| match text(body, name) {
        "" => other.to_owned(),
        text => text.to_owned(),
    };
    let activation = json!({
        "os": or("os", "linux"), "osVersion": body.get("osVersion"), "hostname": or("hostname", "sandbox"),
        "location": { "ipAddress": "192.0.2.1", "countryCode": null }, "vmName": null,
        "container": false, "offline": false, "appVersion": null, "releaseVersion": null,
        "productId": license.get("productId"), "licenseId": license.get("id"),
        "licenseKey": license.get("key"), "expiresAt": null, "leaseExpiresAt": null,
        "lastSyncedAt": spell(now), "userId": license.get("userId"),
        "metadata": rows(body, "metadata"), "meterAttributes": [],
    });
    match activation {
        Value::Object(activation) => activation,
        _ => Document::new(),
    }
}

fn refusal(code: &'static str, message: &str) -> Refusal {
    Refusal {
        code: Some(code),
        ..Refusal::invalid(message)
    }
}
