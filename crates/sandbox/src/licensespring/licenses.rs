//! Licenses: read, list, change, switch off and on, reset, delete.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Call, deleted, said, shown};
use crate::collection::{Document, flag, number, text, value};
use crate::licensespring::catalog::{self, objects};
use crate::licensespring::company::{Company, touched};
use crate::licensespring::lists::{self, ListFilter, Test};
use crate::licensespring::{dates, devices, fields, people, plan, rules, schema, terms};
use crate::message::{Answer, Refusal};

/// Filters of licenses.
pub const FILTERS: &[ListFilter] = &[
    ("id__in", "id", Test::In),
    ("license_key", "license_key", Test::Is),
    ("order__store_id", "order_store_id", Test::Is),
    ("subscription_id", "subscription_id", Test::Is),
    ("product_short_code", "product.short_code", Test::Is),
];

/// `GET licenses/`.
pub fn list(company: &mut Company, call: &Call<'_>) -> Answer {
    let show = |license: &Document| present(company, call.now, license);
    lists::page(&company.licenses, call, FILTERS, show)
}

/// `GET licenses/{id}/`.
pub fn get(company: &mut Company, call: &Call<'_>) -> Answer {
    let license = find(company, call.id)?;
    shown(present(company, call.now, &license))
}

/// `PATCH licenses/{id}/`: what is not named stays.
pub fn patch(company: &mut Company, call: &Call<'_>) -> Answer {
    let license = find(company, call.id)?;
    let sent = schema::object(call.body)?;
    check_companions(&sent)?;
    let members = [fields::VALUES, fields::CHANGE];
    let body = schema::check(sent, &members, company.options.is_strict)?;
    plan::check(&company.options.lacking, &body)?;
    rules::check_one_end(&body)?;
    let is_recounted = body.contains_key("valid_duration") || body.contains_key("trial_days");
    let names_end = body.contains_key("validity_period");
    let mut changed = license;
    if let Some(order) = body.get("order") {
        let order = company.orders.find(&order.to_string());
        let unknown = || Refusal::invalid_field("order", "Invalid pk - object does not exist.");
        let store_id = text(order.ok_or_else(unknown)?, "store_id");
        changed.insert("order_store_id".to_owned(), json!(store_id));
    }
    changed.extend(body);
    if names_end {
        changed.insert("valid_duration".to_owned(), Value::Null);
    } else if is_recounted {
        changed = terms::recounted(changed);
    }
    let is_perpetual = text(&changed, "license_type") == "perpetual";
    if is_perpetual && !flag(&changed, "is_trial") && !names_end {
        // What was the end of the trial goes with the trial.
        changed.insert("validity_period".to_owned(), Value::Null);
    }
    rules::check(&changed)?;
    store(company, call, changed)
}

/// `POST licenses/{id}/disable/`: its devices stay; once more changes nothing.
pub fn disable(company: &mut Company, call: &Call<'_>) -> Answer {
    switch(company, call, false)
}

/// `POST licenses/{id}/enable/`: once more changes nothing.
pub fn enable(company: &mut Company, call: &Call<'_>) -> Answer {
    switch(company, call, true)
}

/// `POST licenses/{id}/reset/`: frees its devices, and clears what was used up.
pub fn reset(company: &mut Company, call: &Call<'_>) -> Answer {
    let mut license = find(company, call.id)?;
    devices::free_all(company, call.id);
    for name in ["times_activated", "total_consumptions"] {
        license.insert(name.to_owned(), json!(0));
    }
    let cleared = |list: &str, name: &str| -> Value {
        let rows = objects(&license, list).cloned();
        rows.map(|mut row| {
            row.insert(name.to_owned(), json!(0));
            Value::Object(row)
        })
        .collect()
    };
    let features = cleared("product_features", "total_consumptions");
    let users = cleared("license_users", "total_activations");
    license.insert("product_features".to_owned(), features);
    license.insert("license_users".to_owned(), users);
    company.licenses.put(call.now, touched(license, call.now));
    said("License reset.")
}

/// `POST licenses/{id}/update_features/`: these features and no others.
pub fn update_features(company: &mut Company, call: &Call<'_>) -> Answer {
    let mut license = find(company, call.id)?;
    let is_strict = company.options.is_strict;
    let body = schema::read(call.body, &[fields::FEATURE_SET], is_strict)?;
    if !body.contains_key("product_features") {
        let message = "This field is required.";
        return Err(Refusal::invalid_field("product_features", message));
    }
    let product = value(&license, "product").as_object().cloned();
    let rows = (&body, "product_features", "product_feature");
    let features = rules::features(company, &product.unwrap_or_default(), rows)?;
    license.insert("product_features".to_owned(), features);
    store(company, call, license)
}

/// `DELETE licenses/{id}/`: its devices go with it.
pub fn delete(company: &mut Company, call: &Call<'_>) -> Answer {
    find(company, call.id)?;
    devices::free_all(company, call.id);
    company.licenses.remove(call.id);
    deleted()
}

/// The license of that id, else 404.
pub fn find(company: &Company, id: &str) -> Result<Document, Refusal> {
    catalog::find(&company.licenses, id)
}

/// As the API shows it: with its customer, and how it stands at `now`.
pub fn present(company: &Company, now: Timestamp, license: &Document) -> Document {
    let mut license = license.clone();
    let is_active =
        text(&license, "license_type") == "subscription" || number(&license, "times_activated") > 0;
    let status = match (flag(&license, "enabled"), is_active) {
        (false, _) => "disabled",
        (true, true) => "active",
        (true, false) => "inactive",
    };
    let is_expired = terms::is_expired(&license, now);
    let customer = people::shown_customer(company, &license);
    license.insert("status".to_owned(), json!(status));
    license.insert("active".to_owned(), json!(is_active));
    license.insert("is_expired".to_owned(), json!(is_expired));
    license.insert("customer".to_owned(), customer);
    license
}

/// What may never be named, and what must be named together.
fn check_companions(sent: &Document) -> Result<(), Refusal> {
    let mut unchangeable = fields::UNCHANGEABLE.iter();
    if let Some(name) = unchangeable.find(|name| sent.contains_key(**name)) {
        let message = "This field cannot be changed.";
        return Err(Refusal::invalid_field(name, message));
    }
    let dates = ["validity_period", "valid_duration", "trial_days"].as_slice();
    let maintenance = ["maintenance_period", "maintenance_duration"].as_slice();
    for (names, companion) in [
        (dates, "is_trial"),
        (maintenance, "enable_maintenance_period"),
    ] {
        let is_named = names.iter().any(|name| sent.contains_key(*name));
        if is_named && !sent.contains_key(companion) {
            let message = format!("Required with {}.", names.join(", "));
            return Err(Refusal::invalid_field(companion, message));
        }
    }
    Ok(())
}

fn switch(company: &mut Company, call: &Call<'_>, is_enabled: bool) -> Answer {
    let mut license = find(company, call.id)?;
    if flag(&license, "enabled") != is_enabled {
        license.insert("enabled".to_owned(), json!(is_enabled));
        let disabled = match is_enabled {
            true => Value::Null,
            false => dates::moment(call.now),
        };
        license.insert("time_disabled".to_owned(), disabled);
        company.licenses.put(call.now, touched(license, call.now));
    }
    said(match is_enabled {
        true => "License enabled.",
        false => "License disabled.",
    })
}

fn store(company: &mut Company, call: &Call<'_>, license: Document) -> Answer {
    let license = touched(license, call.now);
    company.licenses.put(call.now, license.clone());
    shown(present(company, call.now, &license))
}
