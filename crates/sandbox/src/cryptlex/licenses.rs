//! Licenses: create, read, list, change, delete.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::calendar::spell;
use crate::call::{Call, created, deleted, shown};
use crate::collection::{Collection, Document, rows, text, time};
use crate::cryptlex::catalog;
use crate::cryptlex::fields;
use crate::cryptlex::filter::{FilterKind, Filterable};
use crate::cryptlex::listing;
use crate::cryptlex::rows::{merge_metadata, merge_meters, missing, touched};
use crate::cryptlex::schema;
use crate::cryptlex::state::State;
use crate::cryptlex::term_length;
use crate::message::{Answer, Refusal, Response};

/// `POST /v3/licenses`: the template's settings, then the body's over them.
pub fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let allowed = [
        fields::SHARED,
        fields::FIXED,
        fields::LICENSE,
        fields::LICENSE_CREATE,
    ];
    let body = schema::check(call.body, &allowed, &["productId"], state.options.is_strict)?;
    let template = catalog::template_of(state, call.now, &body)?;
    check_links(state, &body)?;
    let mut license = inherited(&template);
    override_with(&mut license, &body);
    check_required_rows(&template, &body)?;
    let key = match text(&body, "key") {
        "" => state.new_key(),
        key => key.to_owned(),
    };
    check_key(state, &key, None)?;
    license.insert("key".to_owned(), Value::String(key));

    let now = time(&body, "createdAt").unwrap_or(call.now);
    let start = time(&body, "effectiveDate").unwrap_or(now);
    license.insert("effectiveDate".to_owned(), spell(start));
    term_length::begin(&mut license, start, time(&body, "expiresAt"));
    term_length::begin_maintenance(state, &mut license, start);
    let rows_sent = rows(&body, "metadata").to_vec();
    let metadata = merge_metadata(state, call.now, &Map::new(), &rows_sent)?;
    license.insert("metadata".to_owned(), metadata);
    let meters = merge_meters(state, call.now, &Map::new(), rows(&body, "meterAttributes"));
    license.insert("meterAttributes".to_owned(), meters);

    let license = state.stamped(now, license);
    state.licenses.put(call.now, license.clone());
    created(present(state, license))
}

/// `GET /v3/licenses/{id}`.
pub fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let license = find(state, call.id)?;
    shown(present(state, license))
}

/// `GET /v3/licenses`.
pub fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let values = |license: &Document, field: &str| values(state, call.now, license, field);
    let page = listing::page(&state.licenses, &state.options, call, FILTERS, values)?;
    let page = page
        .into_iter()
        .map(|license| present(state, license.clone()));
    Ok(Response::json(200, &page.collect()))
}

/// `PATCH /v3/licenses/{id}`: what is not named stays.
pub fn patch(state: &mut State, call: &Call<'_>) -> Answer {
    let license = find(state, call.id)?;
    let allowed = [fields::SHARED, fields::LICENSE];
    let body = schema::check(call.body, &allowed, &[], state.options.is_strict)?;
    check_links(state, &body)?;
    if body.contains_key("key") {
        check_key(state, text(&body, "key"), Some(call.id))?;
    }
    let mut changed = license.clone();
    override_with(&mut changed, &body);
    for (list, is_metadata) in [("metadata", true), ("meterAttributes", false)] {
        if !body.contains_key(list) {
            continue;
        }
        let sent = rows(&body, list).to_vec();
        let merged = if is_metadata {
            merge_metadata(state, call.now, &license, &sent)?
        } else {
            merge_meters(state, call.now, &license, &sent)
        };
        changed.insert(list.to_owned(), merged);
    }
    let changed = touched(changed, call.now);
    state.licenses.put(call.now, changed.clone());
    shown(present(state, changed))
}

/// `DELETE /v3/licenses/{id}`: its machines and entitlements go with it.
pub fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    find(state, call.id)?;
    let of_license = |collection: &Collection| {
        let documents = collection
            .list_by("licenseId", &[call.id.to_owned()])
            .unwrap_or_default();
        documents
            .into_iter()
            .map(|document| text(document, "id").to_owned())
            .collect::<Vec<_>>()
    };
    for id in of_license(&state.activations) {
        state.activations.remove(&id);
    }
    for id in of_license(&state.entitlements) {
        state.entitlements.remove(&id);
    }
    state.licenses.remove(call.id);
    deleted()
}

/// The license of that id, else 404.
pub fn find(state: &State, id: &str) -> Result<Document, Refusal> {
    let license = state.licenses.find(id).cloned();
    license.ok_or_else(|| Refusal::not_found("License"))
}

/// As the API shows it, with its user and organization.
pub fn present(state: &State, mut license: Document) -> Document {
    for (link, nested, collection) in [
        ("userId", "user", &state.users),
        ("organizationId", "organization", &state.organizations),
    ] {
        let linked = collection.find(text(&license, link)).cloned();
        license.insert(nested.to_owned(), linked.map_or(Value::Null, Value::Object));
    }
    license.insert("reseller".to_owned(), Value::Null);
    license
}

/// A license without template: what the server shows where nothing is set.
fn inherited(template: &Document) -> Document {
    let blank = json!({
        "key": "", "revoked": false, "suspended": false, "perpetual": false,
        "totalActivations": 0, "totalDeactivations": 0,
        "effectiveDate": null, "expiresAt": null, "activatedAt": null, "lastUsedAt": null,
        "requireAuthentication": false, "notes": null, "productId": null, "entitlementSetId": null,
        "productVersionId": null, "maintenancePolicyId": null, "maintenanceExpiresAt": null,
        "currentReleaseVersion": null, "maxAllowedReleaseVersion": null, "organizationId": null,
        "userId": null, "resellerId": null, "additionalUserIds": [], "externalUserIds": [],
        "allowedIpRange": null, "metadata": [], "meterAttributes": [], "tags": [],
    });
    let mut license = blank.as_object().cloned().unwrap_or_default();
    let taken_over = fields::SHARED.iter().chain(fields::FIXED);
    for (name, _) in taken_over.chain(&[("requireAuthentication", schema::Rule::Flag)]) {
        let value = template.get(*name).cloned().unwrap_or(Value::Null);
        license.insert((*name).to_owned(), value);
    }
    license
}

/// Writes the body's members over the license's; empty text clears. Rows and the key are the caller's.
fn override_with(license: &mut Document, body: &Document) {
    let elsewhere = [
        "metadata",
        "meterAttributes",
        "licenseTemplateId",
        "licensePolicyId",
        "createdAt",
    ];
    for (name, value) in body
        .iter()
        .filter(|(name, _)| !elsewhere.contains(&name.as_str()))
    {
        let value = if value == "" {
            Value::Null
        } else {
            value.clone()
        };
        license.insert(name.clone(), value);
    }
}

fn check_key(state: &State, key: &str, id: Option<&str>) -> Result<(), Refusal> {
    if key.chars().count() < 16 {
        return Err(Refusal::invalid(
            "The member key must be a text of 16 to 256 characters.",
        ));
    }
    if state.licenses.is_taken("key", key, id) {
        return Err(Refusal::duplicate("License key is already taken!"));
    }
    Ok(())
}

fn check_links(state: &State, body: &Document) -> Result<(), Refusal> {
    for (link, collection, what) in [
        ("userId", &state.users, "user"),
        ("organizationId", &state.organizations, "organization"),
    ] {
        let id = text(body, link);
        if !id.is_empty() && collection.find(id).is_none() {
            return Err(Refusal::invalid(format!(
                "The {what} of this license does not exist."
            )));
        }
    }
    catalog::check_links(state, body)
}

fn check_required_rows(template: &Document, body: &Document) -> Result<(), Refusal> {
    for (required, list, identity) in [
        ("requiredMetadataKeys", "metadata", "key"),
        ("requiredMeterAttributes", "meterAttributes", "name"),
    ] {
        if let Some(key) = missing(rows(template, required), rows(body, list), identity) {
            let message = format!("The license template requires {key} in {list}.");
            return Err(Refusal::invalid(message));
        }
    }
    Ok(())
}

fn values(state: &State, now: Timestamp, license: &Document, field: &str) -> Vec<Value> {
    match field.split_once('.') {
        Some(("user", member)) => linked(state.users.find(text(license, "userId")), member),
        Some(("organization", member)) => linked(
            state.organizations.find(text(license, "organizationId")),
            member,
        ),
        _ if field == "expired" => {
            vec![Value::Bool(
                time(license, "expiresAt").is_some_and(|end| end <= now),
            )]
        }
        _ if field == "userId" => {
            let mut users = listing::values(license, "additionalUserIds");
            users.extend(listing::values(license, "userId"));
            users
        }
        _ => listing::values(license, field),
    }
}

fn linked(document: Option<&Document>, member: &str) -> Vec<Value> {
    document
        .map(|document| listing::values(document, member))
        .unwrap_or_default()
}

const FILTERS: &[Filterable] = &[
    ("userId", FilterKind::Plain),
    ("revoked", FilterKind::Plain),
    ("suspended", FilterKind::Plain),
    ("expired", FilterKind::Plain),
    ("perpetual", FilterKind::Plain),
    ("allowVmActivation", FilterKind::Plain),
    ("userLocked", FilterKind::Plain),
    ("expirationStrategy", FilterKind::Plain),
    ("productId", FilterKind::Id),
    ("productVersionId", FilterKind::Id),
    ("organizationId", FilterKind::Id),
    ("resellerId", FilterKind::Id),
    ("entitlementSetId", FilterKind::Id),
    ("type", FilterKind::Id),
    ("tags", FilterKind::Id),
    ("key", FilterKind::Text),
    ("notes", FilterKind::Text),
    ("user.email", FilterKind::Text),
    ("user.company", FilterKind::Text),
    ("organization.name", FilterKind::Text),
    ("validity", FilterKind::Number),
    ("allowedActivations", FilterKind::Number),
    ("allowedDeactivations", FilterKind::Number),
    ("totalActivations", FilterKind::Number),
    ("totalDeactivations", FilterKind::Number),
    ("subscriptionInterval", FilterKind::Equal),
    ("subscriptionStartTrigger", FilterKind::Equal),
    ("expiresAt", FilterKind::Time),
    ("maintenanceExpiresAt", FilterKind::Time),
    ("activatedAt", FilterKind::Time),
    ("lastUsedAt", FilterKind::Time),
];
