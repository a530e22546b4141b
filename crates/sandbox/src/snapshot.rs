//! Licenses as tests look at them, and changes that a person makes by hand.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::calendar::spell;
use crate::collection::{Document, flag, number, rows, text, time};
use crate::rows::touched;
use crate::state::State;

/// A license at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseSnapshot {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// Its product.
    pub product_id: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Its end; `None` = never, or not begun.
    pub expires_at: Option<Timestamp>,
    /// The end of its maintenance.
    pub maintenance_expires_at: Option<Timestamp>,
    /// What a renewal adds, as the API shows it; empty = nothing.
    pub subscription_interval: String,
    /// Whether it never ends.
    pub is_perpetual: bool,
    /// Suspended.
    pub is_suspended: bool,
    /// Revoked.
    pub is_revoked: bool,
    /// Machines that may be activated.
    pub allowed_activations: i64,
    /// Floating clients.
    pub allowed_floating_clients: i64,
    /// Machines that are.
    pub total_activations: i64,
    /// Its entitlement set.
    pub entitlement_set_id: Option<String>,
    /// Its user.
    pub user_id: Option<String>,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
}

/// What a person changes by hand, outside of the API; `None` = stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandEdit {
    /// The end; `Some(None)` makes it perpetual.
    pub expires_at: Option<Option<Timestamp>>,
    /// Suspended.
    pub is_suspended: Option<bool>,
    /// Revoked.
    pub is_revoked: Option<bool>,
    /// Machines that may be activated.
    pub allowed_activations: Option<i64>,
    /// Metadata rows to set.
    pub metadata: BTreeMap<String, String>,
}

/// The license as it stands.
pub fn of(license: &Document) -> LicenseSnapshot {
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
