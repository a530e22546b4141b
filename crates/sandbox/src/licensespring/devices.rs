//! Devices that use a license, and what they use up: what applications say to the License API.

use serde_json::{Value, json};

use crate::call::{Call, created, said};
use crate::collection::{Document, flag, number, rows, spelled, text, value};
use crate::licensespring::catalog::{self, objects};
use crate::licensespring::company::{Company, object, stamped, touched};
use crate::licensespring::lists::{self, ListFilter, Test};
use crate::licensespring::{fields, schema, terms};
use crate::message::{Answer, Refusal, Response};

/// Filters of devices.
pub const FILTERS: &[ListFilter] = &[
    ("license", "license", Test::Is),
    ("hardware_id", "hardware_id", Test::Is),
];

/// `GET devices/`.
pub fn list(company: &mut Company, call: &Call<'_>) -> Answer {
    lists::page(&company.devices, call, FILTERS, Document::clone)
}

/// `POST devices/{id}/reset/`: the device is gone, and its place free.
pub fn reset(company: &mut Company, call: &Call<'_>) -> Answer {
    let device = catalog::find(&company.devices, call.id)?;
    let license = company.licenses.find(&spelled(&device, "license")).cloned();
    if let Some(mut license) = license {
        let left = (number(&license, "times_activated") - 1).max(0);
        license.insert("times_activated".to_owned(), json!(left));
        company.licenses.put(call.now, touched(license, call.now));
    }
    company.devices.remove(call.id);
    said("Device reset.")
}

/// `POST /api/v4/activate_license`: a device begins to use a license; one that does already changes nothing.
pub fn activate(company: &mut Company, call: &Call<'_>) -> Answer {
    let is_strict = company.options.is_strict;
    let body = schema::read(call.body, &[fields::ACTIVATION], is_strict)?;
    schema::require(&body, &["hardware_id"])?;
    let license = license_of(company, call, &body)?;
    let id = spelled(&license, "id").into_owned();
    let known = company
        .devices
        .list_by("license", &[id])
        .unwrap_or_default();
    let mut known = known.into_iter();
    let hardware_id = text(&body, "hardware_id");
    if let Some(device) = known.find(|device| text(device, "hardware_id") == hardware_id) {
        return Ok(Response::json(200, &Value::Object(device.clone())));
    }
    let used = number(&license, "times_activated");
    let is_bounded = !flag(&license, "allow_unlimited_activations");
    if is_bounded && used >= number(&license, "max_activations") {
        return Err(Refusal::new(400, "license_activated_max_times"));
    }
    let mut license = match used {
        0 => terms::activated(license, call.now),
        _ => license,
    };
    license.insert("times_activated".to_owned(), json!(used + 1));
    let device = object(json!({
        "license": value(&license, "id"), "hardware_id": hardware_id, "hostname": text(&body, "hostname"),
        "blacklisted": false,
    }));
    let device = stamped(company.new_id(), call.now, device);
    company.devices.put(call.now, device.clone());
    company.licenses.put(call.now, license);
    created(device)
}

/// `POST /api/v4/add_consumption`: so much is used up, 1 unless said; with `feature`, of that feature.
pub fn consume(company: &mut Company, call: &Call<'_>) -> Answer {
    let is_strict = company.options.is_strict;
    let body = schema::read(call.body, &[fields::CONSUMPTION], is_strict)?;
    let mut license = license_of(company, call, &body)?;
    let used = body
        .get("consumptions")
        .and_then(Value::as_i64)
        .unwrap_or(1);
    let total = |held: &Document| number(held, "total_consumptions") + used;
    match text(&body, "feature") {
        "" => {
            let total = total(&license);
            license.insert("total_consumptions".to_owned(), json!(total));
        }
        code => {
            let features = objects(&license, "product_features").map(|feature| {
                let mut feature = feature.clone();
                if value(&feature, "product_feature")["code"] == code {
                    let total = total(&feature);
                    feature.insert("total_consumptions".to_owned(), json!(total));
                }
                Value::Object(feature)
            });
            let features = features.collect();
            license.insert("product_features".to_owned(), features);
        }
    }
    company.licenses.put(call.now, license);
    said("Consumption added.")
}

/// Removes the devices of a license.
pub fn free_all(company: &mut Company, license_id: &str) {
    let devices = company.devices.list_by("license", &[license_id.to_owned()]);
    let devices = devices.unwrap_or_default().into_iter();
    let ids: Vec<String> = devices
        .map(|device| spelled(device, "id").into_owned())
        .collect();
    for id in ids {
        company.devices.remove(&id);
    }
}

/// The usable license that an application means: of its product, by key or user. Of doubles the oldest.
fn license_of(company: &Company, call: &Call<'_>, body: &Document) -> Result<Document, Refusal> {
    let product = text(body, "product");
    let is_meant = |license: &&Document| {
        let of_user = || {
            rows(license, "license_users")
                .iter()
                .any(|user| user["true_email"] == text(body, "username"))
        };
        let is_theirs = match text(body, "license_key") {
            "" => of_user(),
            key => text(license, "license_key") == key,
        };
        is_theirs && value(license, "product")["short_code"] == product
    };
    let license = company.licenses.list().find(is_meant);
    let license = license.ok_or_else(|| Refusal::new(400, "license_not_found"))?;
    if !flag(license, "enabled") {
        return Err(Refusal::new(400, "license_not_enabled"));
    }
    if terms::is_expired(license, call.now) {
        return Err(Refusal::new(400, "license_expired"));
    }
    Ok(license.clone())
}
