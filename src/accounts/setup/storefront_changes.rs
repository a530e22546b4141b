//! What a change of a store changes, as the record of who did what keeps it: secrets by name, the rest from and to.

use serde_json::{Map, Value as Json, json};

use crate::domain::policy::Policy;
use crate::store::storefronts::{Storefront, StorefrontUpdate};

/// Every field that changes; a secret only says that it did.
pub fn changes(
    known: &Storefront,
    change: &StorefrontUpdate,
    (rules, rules_then): (&Policy, &Policy),
) -> Json {
    let mut changes = Map::new();
    let mut differ = |field: &str, from: Json, to: Json| {
        if from != to {
            changes.insert(field.to_owned(), json!({ "from": from, "to": to }));
        }
    };
    if let Some(name) = &change.name {
        differ("name", json!(known.name), json!(name));
    }
    if let Some(mode) = &change.mode {
        differ("mode", json!(known.mode), json!(mode));
    }
    if let Some(at) = change.takeover_at {
        differ("takeover_at", json!(known.takeover_at), json!(at));
    }
    if let Some(server) = change.license_server_id {
        differ(
            "license_server_id",
            json!(known.license_server_id),
            json!(server),
        );
    }
    if let Some(server) = change.test_license_server_id {
        differ(
            "test_license_server_id",
            json!(known.test_license_server_id),
            json!(server),
        );
    }
    if let (Json::Object(from), Json::Object(to)) = (rules.to_json(), rules_then.to_json()) {
        for (field, value) in to {
            let before = from.get(&field).cloned().unwrap_or_default();
            differ(&format!("policy.{field}"), before, value);
        }
    }
    for (field, secret) in [
        ("fulfillment_key", &change.fulfillment_key_sealed),
        ("api_username", &change.api_username_sealed),
        ("api_password", &change.api_password_sealed),
    ] {
        let said = secret.as_ref().map(|secret| match secret {
            Some(_) => "replaced",
            None => "taken away",
        });
        changes.extend(said.map(|said| (field.to_owned(), json!(said))));
    }
    Json::Object(changes)
}
