//! Licenses as tests look at them, and changes that a person makes by hand.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::calendar::spell;
use crate::collection::{Document, flag, number, rows, text, time};
use crate::cryptlex::rows::touched;
use crate::cryptlex::state::State;
use crate::snapshot::{HandEdit, LicenseSnapshot};

/// The license as it stands.
pub fn snapshot(license: &Document) -> LicenseSnapshot {
    let optional =
        |name: &str| Some(text(license, name).to_owned()).filter(|text| !text.is_empty());
    let metadata = rows(license, "metadata")
        .iter()
        .filter_map(Value::as_object);
    LicenseSnapshot {
        id: text(license, "id").to_owned(),
        key: text(license, "key").to_owned(),
        product_id: text(license, "productId").to_owned(),
        created_at: time(license, "createdAt"),
        expires_at: time(license, "expiresAt"),
        maintenance_expires_at: time(license, "maintenanceExpiresAt"),
        subscription_interval: text(license, "subscriptionInterval").to_owned(),
        is_perpetual: flag(license, "perpetual"),
        is_suspended: flag(license, "suspended"),
        is_revoked: flag(license, "revoked"),
        allowed_activations: number(license, "allowedActivations"),
        allowed_floating_clients: number(license, "allowedFloatingClients"),
        total_activations: number(license, "totalActivations"),
        entitlement_set_id: optional("entitlementSetId"),
        user_id: optional("userId"),
        metadata: metadata
            .map(|row| (text(row, "key").to_owned(), text(row, "value").to_owned()))
            .collect(),
    }
}

/// Makes the change; false where there is no such license.
pub fn edit(state: &mut State, now: Timestamp, id: &str, edit: HandEdit) -> bool {
    let Some(mut license) = state.licenses.find(id).cloned() else {
        return false;
    };
    if let Some(end) = edit.expires_at {
        license.insert("expiresAt".to_owned(), end.map_or(Value::Null, spell));
        license.insert("perpetual".to_owned(), json!(end.is_none()));
    }
    let members = [
        ("suspended", edit.is_suspended.map(Value::Bool)),
        ("revoked", edit.is_revoked.map(Value::Bool)),
        (
            "allowedActivations",
            edit.allowed_activations.map(Value::from),
        ),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            license.insert(name.to_owned(), value);
        }
    }
    let mut metadata = rows(&license, "metadata").to_vec();
    for (key, value) in edit.metadata {
        metadata.retain(|row| row["key"] != key);
        let row = json!({ "key": key, "value": value, "viewPermissions": [], "visible": false });
        let row = state.stamped(now, row.as_object().cloned().unwrap_or_default());
        metadata.push(Value::Object(row));
    }
    license.insert("metadata".to_owned(), Value::Array(metadata));
    state.licenses.put(now, touched(license, now));
    true
}
