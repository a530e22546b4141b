//! A license's term: how it is renewed, moved, and logged.

use serde_json::{Value, json};

use crate::calendar::spell;
use crate::call::{Call, shown};
use crate::collection::{Document, number, text, time};
use crate::cryptlex::fields;
use crate::cryptlex::licenses::{find, present};
use crate::cryptlex::rows::touched;
use crate::cryptlex::schema;
use crate::cryptlex::state::State;
use crate::cryptlex::term_length::Length;
use crate::message::{Answer, Refusal};
use crate::options::RenewalBase;

/// `POST …/renew`: one period more. Not idempotent; a license without an end is refused.
pub fn renew(state: &mut State, call: &Call<'_>) -> Answer {
    let license = find(state, call.id)?;
    let (Some(end), Some(length)) = (time(&license, "expiresAt"), Length::of(&license)) else {
        return Err(Refusal::invalid(
            "The license has no term that could be renewed.",
        ));
    };
    let base = match state.options.renewal_base {
        RenewalBase::End => end,
        RenewalBase::LaterOfEndAndNow => end.max(call.now),
    };
    let end = spell(length.after(base));
    change(
        state,
        call,
        license,
        "license.renewed",
        &[("expiresAt", end)],
    )
}

/// `POST …/extend`: so many seconds more.
pub fn extend(state: &mut State, call: &Call<'_>) -> Answer {
    let license = find(state, call.id)?;
    let body = schema::check(
        call.body,
        &[fields::EXTENSION],
        &["extensionLength"],
        state.options.is_strict,
    )?;
    let Some(end) = time(&license, "expiresAt") else {
        return Err(Refusal::invalid(
            "The license has no end that could be extended.",
        ));
    };
    let length = Length::Seconds(number(&body, "extensionLength"));
    change(
        state,
        call,
        license,
        "license.extended",
        &[("expiresAt", spell(length.after(end)))],
    )
}

/// `PATCH …/expires-at`: an absolute end; none makes it perpetual.
pub fn set_end_of_term(state: &mut State, call: &Call<'_>) -> Answer {
    let license = find(state, call.id)?;
    let body = schema::check(
        call.body,
        &[fields::EXPIRES_AT],
        &[],
        state.options.is_strict,
    )?;
    let end = time(&body, "expiresAt").map_or(Value::Null, spell);
    let is_perpetual = Value::Bool(end.is_null());
    let changes = [("expiresAt", end), ("perpetual", is_perpetual)];
    change(state, call, license, "license.expiresAt.updated", &changes)
}

/// `PATCH …/subscription`: period and start trigger; the end stays where it is.
pub fn set_subscription(state: &mut State, call: &Call<'_>) -> Answer {
    let license = find(state, call.id)?;
    let required = &["subscriptionInterval"];
    let body = schema::check(
        call.body,
        &[fields::SUBSCRIPTION],
        required,
        state.options.is_strict,
    )?;
    let mut changes = Vec::new();
    for name in ["subscriptionInterval", "subscriptionStartTrigger"] {
        if let Some(value) = body.get(name) {
            changes.push((
                name,
                if value == "" {
                    Value::Null
                } else {
                    value.clone()
                },
            ));
        }
    }
    change(
        state,
        call,
        license,
        "license.subscription.updated",
        &changes,
    )
}

/// `POST …/maintenance/renew`: one period of the maintenance policy more.
pub fn renew_maintenance(state: &mut State, call: &Call<'_>) -> Answer {
    let mut license = find(state, call.id)?;
    let (Some(end), Some(length)) = (
        time(&license, "maintenanceExpiresAt"),
        Length::of_maintenance(state, &license),
    ) else {
        return Err(Refusal::invalid(
            "The license has no maintenance that could be renewed.",
        ));
    };
    license.insert("maintenanceExpiresAt".to_owned(), spell(length.after(end)));
    let license = touched(license, call.now);
    state.licenses.put(call.now, license.clone());
    shown(present(state, license))
}

/// `PATCH …/maintenance/expires-at`.
pub fn set_end_of_maintenance(state: &mut State, call: &Call<'_>) -> Answer {
    let mut license = find(state, call.id)?;
    let required = &["maintenanceExpiresAt"];
    let allowed = [fields::MAINTENANCE_EXPIRES_AT];
    license.extend(schema::check(
        call.body,
        &allowed,
        required,
        state.options.is_strict,
    )?);
    let license = touched(license, call.now);
    state.licenses.put(call.now, license.clone());
    shown(present(state, license))
}

/// Writes the changes to the license and its subscription log.
fn change(
    state: &mut State,
    call: &Call<'_>,
    mut license: Document,
    event: &str,
    changes: &[(&str, Value)],
) -> Answer {
    let mut logged = Vec::new();
    for (name, new) in changes {
        let old = license
            .insert((*name).to_owned(), new.clone())
            .unwrap_or(Value::Null);
        if old != *new {
            logged.push(json!({ "propertyName": name, "oldValue": old, "newValue": new }));
        }
    }
    let license = touched(license, call.now);
    state.licenses.put(call.now, license.clone());
    let entry = json!({
        "licenseId": text(&license, "id"), "licenseKey": text(&license, "key"), "event": event, "changes": logged,
    });
    let entry = state.stamped(call.now, entry.as_object().cloned().unwrap_or_default());
    state.subscription_logs.put(call.now, entry);
    shown(present(state, license))
}
