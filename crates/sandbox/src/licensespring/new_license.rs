//! How an order makes a license: its policy's values, and over them what the order says itself.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::Call;
use crate::collection::{Document, flag, rows, text, value};
use crate::licensespring::catalog::{self, objects};
use crate::licensespring::company::{Company, object, stamped};
use crate::licensespring::{fields, people, plan, rules, terms};
use crate::message::Refusal;

/// Where a license stands in its order.
#[derive(Debug)]
pub struct OrderPlace<'a> {
    /// The order.
    pub order: &'a Document,
    /// The id of the item.
    pub item_id: &'a Value,
    /// The subscription of the item; empty where there is none.
    pub subscription_id: &'a str,
    /// What the license is for.
    pub product: &'a Document,
}

/// Makes the license that an order asks for.
pub fn make(
    company: &mut Company,
    call: &Call<'_>,
    place: &OrderPlace<'_>,
    wanted: &Document,
) -> Result<Document, Refusal> {
    plan::check(&company.options.lacking, wanted)?;
    rules::check_one_end(wanted)?;
    let policy = catalog::policy(company, place.product, text(wanted, "policy_code"))?;
    let mut license = blank();
    license.extend(values(&policy, wanted));
    let features = features(company, place.product, &policy, wanted)?;
    license.insert("product_features".to_owned(), features);
    let custom_fields = custom_fields(company, place.product, &policy, wanted)?;
    license.insert("product_custom_fields".to_owned(), custom_fields);
    let key = key(company, place.product, wanted)?;
    license.insert("license_key".to_owned(), key);
    let users = users(company, call.now, (place.product, &policy), wanted)?;
    license.insert("license_users".to_owned(), users);
    rules::check(&license)?;

    license.extend(belongings(place, &policy));
    let metadata = serde_json::from_str(text(wanted, "metadata"));
    let metadata = Value::Object(metadata.unwrap_or_default());
    license.insert("metadata".to_owned(), metadata);
    let license = stamped(company.new_id(), call.now, license);
    let license = terms::begun(license, call.now);
    company.licenses.put(call.now, license.clone());
    Ok(license)
}

/// A license of which nothing is said.
fn blank() -> Document {
    object(json!({
        "license_type": "perpetual", "enabled": true, "is_trial": false, "trial_days": 0,
        "validity_period": null, "valid_duration": null, "start_date": null,
        "max_activations": 1, "allow_unlimited_activations": false, "times_activated": 0,
        "max_license_users": 0, "max_transfers": 0, "transfer_count": 0,
        "max_consumptions": 0, "total_consumptions": 0, "allow_unlimited_consumptions": false,
        "allow_negative_consumptions": false, "allow_overages": false, "max_overages": 0,
        "reset_consumption": false, "consumption_period": null,
        "enable_maintenance_period": false, "maintenance_duration": null, "maintenance_period": null,
        "is_floating": false, "is_floating_cloud": false, "floating_users": 0,
        "floating_timeout": 0, "floating_in_use_devices": 0, "can_borrow": false,
        "max_borrow_time": 0, "allow_grace_period": false, "grace_period": 0, "prevent_vm": false,
        "is_air_gapped": false, "is_hardware_key_auth": false, "note": "",
        "time_activated": null, "time_disabled": null, "last_check": null,
    }))
}

/// The policy's values, and over them those of the order; an end that the order names stands alone.
fn values(policy: &Document, wanted: &Document) -> Document {
    let known = [fields::VALUES, fields::FIXED_VALUES];
    let known = known.iter().copied().flatten().map(|(name, _)| *name);
    let mut values = Document::new();
    for name in known {
        if let Some(value) = wanted.get(name).or_else(|| policy.get(name)) {
            values.insert(name.to_owned(), value.clone());
        }
    }
    for (end, length) in [
        ("validity_period", "valid_duration"),
        ("maintenance_period", "maintenance_duration"),
    ] {
        if let Some(end_of_order) = wanted.get(end) {
            values.insert(end.to_owned(), end_of_order.clone());
            values.insert(length.to_owned(), Value::Null);
        }
    }
    for name in ["start_date", "enabled"] {
        if let Some(value) = wanted.get(name) {
            values.insert(name.to_owned(), value.clone());
        }
    }
    values
}

/// A product as its licenses and items of orders show it.
pub fn short_product(product: &Document) -> Value {
    let members = [
        "id",
        "name",
        "short_code",
        "authorization_method",
        "is_bundle",
    ];
    let members = members.map(|name| (name.to_owned(), value(product, name).clone()));
    Value::Object(members.into_iter().collect())
}

/// What the license belongs to.
fn belongings(place: &OrderPlace<'_>, policy: &Document) -> Document {
    let subscription_id = match place.subscription_id {
        "" => Value::Null,
        id => json!(id),
    };
    object(json!({
        "order": value(place.order, "id"), "order_store_id": value(place.order, "store_id"),
        "order_item": place.item_id, "customer": value(place.order, "customer"),
        "subscription_id": subscription_id, "license_template": value(policy, "id"),
        "product": short_product(place.product),
    }))
}

/// A key for a product of keys: the order's, which nobody compares with others, else a fresh one.
fn key(company: &mut Company, product: &Document, wanted: &Document) -> Result<Value, Refusal> {
    let is_for_users = text(product, "authorization_method") == "user";
    match (is_for_users, text(wanted, "key")) {
        (true, "") => Ok(Value::Null),
        (true, _) => Err(Refusal::invalid_field(
            "key",
            "The product is licensed to users.",
        )),
        (false, "") => Ok(json!(company.new_key(16))),
        (false, key) => Ok(json!(key)),
    }
}

/// The users of a license of a product for users: one at least.
fn users(
    company: &mut Company,
    now: Timestamp,
    (product, policy): (&Document, &Document),
    wanted: &Document,
) -> Result<Value, Refusal> {
    let sent = rows(wanted, "users");
    let refused = |message: &str| Err(Refusal::invalid_field("users", message));
    match (text(product, "authorization_method"), sent.len()) {
        ("user", 0) => return refused("At least one user is required."),
        ("user", _) | (_, 0) => {}
        (_, _) => return refused("The product is licensed by keys."),
    }
    let mut users = Vec::new();
    for row in objects(wanted, "users") {
        if !row.contains_key("email") {
            return refused("Each user needs an email.");
        }
        let mut user = people::user(company, now, row);
        let most = row
            .get("max_activations")
            .unwrap_or(value(policy, "user_max_activations"));
        user.insert("max_activations".to_owned(), most.clone());
        user.insert("total_activations".to_owned(), json!(0));
        user.insert("is_manager".to_owned(), json!(flag(row, "is_manager")));
        users.push(Value::Object(user));
    }
    Ok(Value::Array(users))
}

/// The order's features in place of the policy's; the policy's where the order says nothing of features.
fn features(
    company: &mut Company,
    product: &Document,
    policy: &Document,
    wanted: &Document,
) -> Result<Value, Refusal> {
    match wanted.contains_key("product_features") {
        true => rules::features(company, product, (wanted, "product_features", "code")),
        false => {
            let list = "license_product_feature_templates";
            rules::features(company, product, (policy, list, "product_feature"))
        }
    }
}

/// All custom fields of the product: with the order's value, else the policy's, else their own.
fn custom_fields(
    company: &Company,
    product: &Document,
    policy: &Document,
    wanted: &Document,
) -> Result<Value, Refusal> {
    for row in objects(wanted, "custom_fields") {
        catalog::custom_field(company, product, text(row, "name"))?;
    }
    let fields = catalog::of_product(&company.custom_fields, product);
    let fields = fields.into_iter().map(|field| {
        let name = text(field, "name");
        let named = |document, list, member: &'static str| {
            let mut rows = objects(document, list);
            rows.find(|row: &&Document| text(row, member) == name)
        };
        let of_order = named(wanted, "custom_fields", "name");
        let of_policy = || {
            named(
                policy,
                "license_custom_field_templates",
                "product_custom_field",
            )
        };
        let said = of_order.or_else(of_policy).and_then(|row| row.get("value"));
        json!({
            "name": name, "data_type": value(field, "data_type"), "product_custom_field": value(field, "id"),
            "value": said.unwrap_or(value(field, "default_value")),
        })
    });
    Ok(fields.collect())
}
