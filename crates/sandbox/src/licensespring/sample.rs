//! A catalog to try things with: a product of keys, one for users, and a bundle of two.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::licensespring::company::{Company, object, stamped};

/// The codes of the sample catalog, the same in every sandbox.
pub mod codes {
    /// Studio, licensed by keys; its default policy is a subscription.
    pub const STUDIO: &str = "studio";
    /// Reverb, licensed by keys; perpetual.
    pub const REVERB: &str = "reverb";
    /// Team, licensed to users.
    pub const TEAM: &str = "team";
    /// The bundle of Studio and Reverb.
    pub const SUITE: &str = "suite";
    /// The default policy of Studio: a subscription.
    pub const MONTHLY: &str = "studio-monthly";
    /// Another policy of Studio: perpetual, with the feature.
    pub const PERPETUAL: &str = "studio-perpetual";
    /// A feature of Studio.
    pub const SURROUND: &str = "surround";
    /// A feature of Studio that is used up.
    pub const EXPORTS: &str = "exports";
    /// A custom field of Studio.
    pub const REGION: &str = "Region";
}

/// Puts the sample catalog there, made at `now`. The ids are the same in every sandbox.
pub fn stock(company: &mut Company, now: Timestamp) {
    let id = |number: u64| json!(5_249_113_700_000_000_u64 + number);
    for (number, name, code, method, products) in [
        (1, "Studio", codes::STUDIO, "license-key", json!([])),
        (2, "Reverb", codes::REVERB, "license-key", json!([])),
        (3, "Team", codes::TEAM, "user", json!([])),
        (
            4,
            "Suite",
            codes::SUITE,
            "license-key",
            json!([id(1), id(2)]),
        ),
    ] {
        let product = json!({
            "name": name, "short_code": code, "authorization_method": method,
            "is_bundle": code == codes::SUITE, "products": products, "is_archived": false,
            "metadata": {},
        });
        let product = stamped(id(number), now, object(product));
        company.products.put(now, product);
    }
    let surround = json!([{ "product_feature": codes::SURROUND }]);
    for (number, product, code, kind, features) in [
        (11, 1, codes::MONTHLY, "subscription", json!([])),
        (12, 1, codes::PERPETUAL, "perpetual", surround),
        (13, 2, "reverb-default", "perpetual", json!([])),
        (14, 3, "team-default", "subscription", json!([])),
        (15, 4, "suite-default", "perpetual", json!([])),
    ] {
        let mut policy = object(json!({
            "name": code, "code": code, "product": id(product), "license_type": kind,
            "is_default": code != codes::PERPETUAL, "max_activations": 2, "user_max_activations": 1,
            "license_product_feature_templates": features, "license_custom_field_templates": [],
            "metadata": {},
        }));
        if code == codes::MONTHLY {
            policy.insert("valid_duration".to_owned(), Value::from("1m"));
        }
        let policy = stamped(id(number), now, policy);
        company.policies.put(now, policy);
    }
    for (number, name, code, kind, most) in [
        (21, "Surround", codes::SURROUND, "activation", 0),
        (22, "Exports", codes::EXPORTS, "consumption", 10),
    ] {
        let feature = json!({
            "name": name, "code": code, "product": id(1), "feature_type": kind,
            "max_consumption": most, "metadata": {},
        });
        let feature = stamped(id(number), now, object(feature));
        company.features.put(now, feature);
    }
    let field = json!({
        "name": codes::REGION, "product": id(1), "data_type": "text", "default_value": "EU",
        "description": "",
    });
    let field = stamped(id(31), now, object(field));
    company.custom_fields.put(now, field);
}
