//! Licenses as tests look at them, and changes that a person makes by hand.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::collection::{Document, flag, number, spelled, text, time, value};
use crate::licensespring::company::{Company, touched};
use crate::licensespring::dates;
use crate::snapshot::{HandEdit, LicenseSnapshot};

/// The license as it stands; its product is named by its code, and the last day is one that it no longer has.
pub fn snapshot(license: &Document) -> LicenseSnapshot {
    let end = |name: &str| dates::day(text(license, name)).map(dates::start_of);
    let product = value(license, "product").as_object();
    let metadata = value(license, "metadata").as_object().into_iter().flatten();
    let spell = |value: &Value| match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    LicenseSnapshot {
        id: spelled(license, "id").into_owned(),
        key: text(license, "license_key").to_owned(),
        product_id: product
            .map_or("", |product| text(product, "short_code"))
            .to_owned(),
        created_at: time(license, "created_at"),
        expires_at: end("validity_period"),
        maintenance_expires_at: end("maintenance_period"),
        subscription_interval: text(license, "valid_duration").to_owned(),
        is_perpetual: text(license, "license_type") == "perpetual" && !flag(license, "is_trial"),
        is_suspended: !flag(license, "enabled"),
        is_revoked: false,
        allowed_activations: number(license, "max_activations"),
        allowed_floating_clients: number(license, "floating_users"),
        total_activations: number(license, "times_activated"),
        entitlement_set_id: None,
        user_id: None,
        metadata: metadata
            .map(|(key, value)| (key.clone(), spell(value)))
            .collect(),
    }
}

/// Makes the change; false where there is no such license. Nothing is revoked here: it is disabled.
pub fn edit(company: &mut Company, now: Timestamp, id: &str, edit: HandEdit) -> bool {
    let Some(mut license) = company.licenses.find(id).cloned() else {
        return false;
    };
    if let Some(end) = edit.expires_at {
        let day = end.map(|end| dates::day_of(end).to_string());
        license.insert("validity_period".to_owned(), json!(day));
    }
    if let Some(is_off) = edit.is_suspended.or(edit.is_revoked) {
        license.insert("enabled".to_owned(), json!(!is_off));
    }
    if let Some(most) = edit.allowed_activations {
        license.insert("max_activations".to_owned(), json!(most));
    }
    let mut metadata = value(&license, "metadata")
        .as_object()
        .cloned()
        .unwrap_or_default();
    metadata.extend(
        edit.metadata
            .into_iter()
            .map(|(key, value)| (key, json!(value))),
    );
    license.insert("metadata".to_owned(), Value::Object(metadata));
    company.licenses.put(now, touched(license, now));
    true
}
