//! Rules that hold for a license whether an order makes it or a change meets it.

use serde_json::{Value, json};

use crate::collection::{Document, flag, number, rows, text, value};
use crate::licensespring::catalog::{self, objects};
use crate::licensespring::company::{Company, object};
use crate::licensespring::plan;
use crate::message::Refusal;

/// An end and a length are never said together.
pub fn check_one_end(body: &Document) -> Result<(), Refusal> {
    match body.contains_key("validity_period") && body.contains_key("valid_duration") {
        true => Err(Refusal::invalid_field(
            "valid_duration",
            "Set either valid_duration or validity_period.",
        )),
        false => Ok(()),
    }
}

/// What a license as a whole may not be.
pub fn check(license: &Document) -> Result<(), Refusal> {
    let most = number(license, "max_activations");
    let is_bounded = !flag(license, "allow_unlimited_activations");
    if is_bounded && number(license, "floating_users") > most {
        return Err(Refusal::invalid_field(
            "floating_users",
            "Floating users cannot exceed max activations.",
        ));
    }
    let is_perpetual = text(license, "license_type") == "perpetual" && !flag(license, "is_trial");
    if is_perpetual && !text(license, "validity_period").is_empty() {
        return Err(Refusal::invalid_field(
            "validity_period",
            "A perpetual license has no validity period.",
        ));
    }
    let users = i64::try_from(rows(license, "license_users").len()).unwrap_or(i64::MAX);
    let most_users = number(license, "max_license_users");
    if most_users > 0 && users > most_users {
        return Err(Refusal::invalid_field(
            "users",
            "More users than max_license_users.",
        ));
    }
    Ok(())
}

/// The features that the rows of a list name under a member, as a license holds them; their counters begin at 0.
pub fn features(
    company: &mut Company,
    product: &Document,
    (document, list, member): (&Document, &str, &str),
) -> Result<Value, Refusal> {
    let mut features = Vec::new();
    for row in objects(document, list) {
        plan::check(&company.options.lacking, row)?;
        let feature = catalog::feature(company, product, text(row, member))?;
        let mut held = object(json!({
            "max_consumption": value(&feature, "max_consumption"), "total_consumptions": 0,
            "allow_overages": false, "max_overages": 0, "reset_consumption": false,
            "consumption_period": null, "expiry_date": null, "is_floating": false,
            "floating_users": 0, "metadata": {},
        }));
        held.extend(row.clone());
        held.remove(member);
        held.insert("id".to_owned(), company.new_id());
        held.insert("product_feature".to_owned(), Value::Object(feature));
        features.push(Value::Object(held));
    }
    Ok(Value::Array(features))
}
