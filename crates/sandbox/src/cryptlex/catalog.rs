//! Templates and products, and how an open catalog makes up what it does not know.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Call, created, shown};
use crate::collection::{Document, rows, text};
use crate::cryptlex::fields;
use crate::cryptlex::rows::touched;
use crate::cryptlex::schema;
use crate::cryptlex::state::State;
use crate::message::{Answer, Refusal};

/// The template that a new license follows: the one it names, else the product's.
pub fn template_of(
    state: &mut State,
    now: Timestamp,
    body: &Document,
) -> Result<Document, Refusal> {
    let named = match text(body, "licenseTemplateId") {
        "" => text(body, "licensePolicyId"),
        id => id,
    };
    let absent =
        |what: &str| Refusal::invalid(format!("The {what} of this license does not exist."));
    let product =
        product(state, now, (text(body, "productId"), named)).ok_or_else(|| absent("product"))?;
    let id = match named {
        "" => text(&product, "licenseTemplateId"),
        id => id,
    };
    template(state, now, id).ok_or_else(|| absent("license template"))
}

/// `GET /v3/products/{id}`.
pub fn get_product(state: &mut State, call: &Call<'_>) -> Answer {
    product(state, call.now, (call.id, ""))
        .map_or_else(|| Err(Refusal::not_found("Product")), shown)
}

/// `GET /v3/license-templates/{id}`.
pub fn get_template(state: &mut State, call: &Call<'_>) -> Answer {
    template(state, call.now, call.id)
        .map_or_else(|| Err(Refusal::not_found("License template")), shown)
}

/// The product; in an open catalog an unknown one springs into being, with that template.
fn product(state: &mut State, now: Timestamp, (id, template_id): (&str, &str)) -> Option<Document> {
    let known = state.products.find(id).cloned();
    if known.is_some() || state.options.is_catalog_closed {
        return known;
    }
    let product = state.stamped(now, made_up_product(id, template_id));
    state.products.put(now, product.clone());
    Some(product)
}

/// The template; in an open catalog an unknown one springs into being, perpetual.
fn template(state: &mut State, now: Timestamp, id: &str) -> Option<Document> {
    let known = state.templates.find(id).cloned();
    if known.is_some() || state.options.is_catalog_closed {
        return known;
    }
    let members = [("id", json!(id)), ("name", json!(format!("Template {id}")))];
    let members = members.map(|(name, value)| (name.to_owned(), value));
    let template = new_template(members.into_iter().collect());
    let template = state.stamped(now, template);
    state.templates.put(now, template.clone());
    Some(template)
}

/// Whether the catalog things that a license names exist; in an open catalog everything does.
pub fn check_links(state: &State, body: &Document) -> Result<(), Refusal> {
    if !state.options.is_catalog_closed {
        return Ok(());
    }
    for (link, collection, what) in [
        (
            "entitlementSetId",
            &state.entitlement_sets,
            "entitlement set",
        ),
        (
            "maintenancePolicyId",
            &state.maintenance_policies,
            "maintenance policy",
        ),
    ] {
        let id = text(body, link);
        if !id.is_empty() && collection.find(id).is_none() {
            return Err(Refusal::invalid(format!(
                "The {what} of this license does not exist."
            )));
        }
    }
    let mut tags = rows(body, "tags").iter().filter_map(Value::as_str);
    match tags.find(|tag| !state.tags.is_taken("name", tag, None)) {
        Some(tag) => Err(Refusal::invalid(format!("The tag {tag} does not exist."))),
        None => Ok(()),
    }
}

/// A template's document: these members over the defaults of the real portal.
pub fn new_template(members: Document) -> Document {
    let defaults = json!({
        "name": "", "type": "node-locked", "subscriptionInterval": null,
        "subscriptionStartTrigger": "creation", "validity": 0, "expirationStrategy": "immediate",
        "fingerprintMatchingStrategy": "fuzzy", "allowedActivations": 1, "allowedDeactivations": -1,
        "allowedFloatingClients": 0, "keyPattern": "^([A-F0-9]{6}-){5}[A-F0-9]{6}$",
        "leaseDuration": 0, "leasingStrategy": "per-machine", "allowClientLeaseDuration": false,
        "serverSyncGracePeriod": 0, "serverSyncInterval": 3600, "allowedClockOffset": 3600,
        "disableClockValidation": false, "cryptoBindingEnabled": false, "expiringSoonEventOffset": 0,
        "allowVmActivation": true, "allowContainerActivation": true, "userLocked": false,
        "disableGeoLocation": false, "requireAuthentication": false, "allowedIpRange": null,
        "allowedIpRanges": [], "allowedCountries": [], "disallowedCountries": [],
        "allowedIpAddresses": [], "disallowedIpAddresses": [], "requiredMetadataKeys": [],
        "requiredMeterAttributes": [],
    });
    let mut template = defaults.as_object().cloned().unwrap_or_default();
    template.extend(members);
    template
}

/// A product's document: these members over the defaults.
pub fn new_product(members: Document) -> Document {
    let defaults = json!({
        "name": "", "displayName": "", "description": "", "publicKey": "", "totalLicenses": 0,
        "totalTrialActivations": 0, "totalReleases": 0, "totalProductVersions": 0,
        "totalFeatureFlags": 0, "automatedEmails": [], "licenseTemplateId": null,
        "trialPolicyId": null, "metadata": [],
    });
    let mut product = defaults.as_object().cloned().unwrap_or_default();
    product.extend(members);
    product
}

/// `POST /v3/license-templates`.
pub fn create_template(state: &mut State, call: &Call<'_>) -> Answer {
    // The real server wants them all; whoever only tries things out may leave them to the portal's defaults.
    let required = if state.options.is_strict {
        fields::TEMPLATE_REQUIRED
    } else {
        &["name"]
    };
    let body = schema::check(call.body, &TEMPLATE, required, state.options.is_strict)?;
    if body
        .get("subscriptionInterval")
        .is_some_and(|interval| interval == "")
    {
        return Err(Refusal::invalid(
            "Leave subscriptionInterval out for a perpetual template.",
        ));
    }
    let template = state.stamped(call.now, new_template(body));
    state.templates.put(call.now, template.clone());
    created(template)
}

/// `PATCH /v3/license-templates/{id}`: licenses that exist stay as they are.
pub fn patch_template(state: &mut State, call: &Call<'_>) -> Answer {
    let template = state.templates.find(call.id).cloned();
    let mut template = template.ok_or_else(|| Refusal::not_found("License template"))?;
    for (name, value) in schema::check(call.body, &TEMPLATE, &[], state.options.is_strict)? {
        template.insert(name, if value == "" { Value::Null } else { value });
    }
    let template = touched(template, call.now);
    state.templates.put(call.now, template.clone());
    shown(template)
}

const TEMPLATE: [&[schema::Field]; 3] = [fields::SHARED, fields::FIXED, fields::TEMPLATE];

fn made_up_product(id: &str, template_id: &str) -> Document {
    let template_id = match template_id {
        "" => format!("{id}-template"),
        named => named.to_owned(),
    };
    let name = format!("Product {id}");
    let members = [
        ("id", id.to_owned()),
        ("name", name.clone()),
        ("displayName", name),
        ("licenseTemplateId", template_id),
    ];
    let members = members.map(|(name, value)| (name.to_owned(), Value::String(value)));
    new_product(members.into_iter().collect())
}
