//! Plain things of the API that are only kept, listed and shown.

use serde_json::{Map, Value, json};

use crate::call::{Call, created, deleted, shown};
use crate::collection::{Collection, Document, rows, text};
use crate::cryptlex::catalog;
use crate::cryptlex::fields;
use crate::cryptlex::filter::{FilterKind, Filterable};
use crate::cryptlex::listing;
use crate::cryptlex::rows::{merge_metadata, touched};
use crate::cryptlex::schema::{self, Field};
use crate::cryptlex::state::State;
use crate::message::{Answer, Refusal, Response};

/// A plain thing: where it is kept, what it may hold, what must be unique.
#[derive(Debug)]
pub struct Resource {
    what: &'static str,
    collection: fn(&State) -> &Collection,
    collection_mut: fn(&mut State) -> &mut Collection,
    fields: &'static [Field],
    required: &'static [&'static str],
    unique: Option<&'static str>,
    filters: &'static [Filterable],
    /// What is shown where the body says nothing.
    blank: fn() -> Value,
}

/// The list.
pub fn list(resource: &Resource, state: &mut State, call: &Call<'_>) -> Answer {
    let collection = (resource.collection)(state);
    let page = listing::page(
        collection,
        &state.options,
        call,
        resource.filters,
        listing::values,
    )?;
    let page = page.into_iter().cloned().map(Value::Object);
    Ok(Response::json(200, &page.collect()))
}

/// One of them.
pub fn get(resource: &Resource, state: &mut State, call: &Call<'_>) -> Answer {
    shown(find(resource, state, call.id)?)
}

/// A new one.
pub fn create(resource: &Resource, state: &mut State, call: &Call<'_>) -> Answer {
    let is_strict = state.options.is_strict;
    let body = schema::check(call.body, &[resource.fields], resource.required, is_strict)?;
    check_unique(resource, state, &body, None)?;
    let mut document = (resource.blank)().as_object().cloned().unwrap_or_default();
    let sent = rows(&body, "metadata").to_vec();
    document.extend(body);
    if document.contains_key("metadata") {
        let metadata = merge_metadata(state, call.now, &Map::new(), &sent)?;
        document.insert("metadata".to_owned(), metadata);
    }
    let document = state.stamped(call.now, document);
    (resource.collection_mut)(state).put(call.now, document.clone());
    created(document)
}

/// A change: what is not named stays.
pub fn patch(resource: &Resource, state: &mut State, call: &Call<'_>) -> Answer {
    let mut document = find(resource, state, call.id)?;
    let mut body = schema::check(call.body, &[resource.fields], &[], state.options.is_strict)?;
    check_unique(resource, state, &body, Some(call.id))?;
    if let Some(Value::Array(sent)) = body.remove("metadata") {
        let metadata = merge_metadata(state, call.now, &document, &sent)?;
        document.insert("metadata".to_owned(), metadata);
    }
    document.extend(body);
    let document = touched(document, call.now);
    (resource.collection_mut)(state).put(call.now, document.clone());
    shown(document)
}

/// A removal.
pub fn delete(resource: &Resource, state: &mut State, call: &Call<'_>) -> Answer {
    find(resource, state, call.id)?;
    (resource.collection_mut)(state).remove(call.id);
    deleted()
}

/// The document of that id, else 404.
pub fn find(resource: &Resource, state: &State, id: &str) -> Result<Document, Refusal> {
    let document = (resource.collection)(state).find(id).cloned();
    document.ok_or_else(|| Refusal::not_found(resource.what))
}

fn check_unique(
    resource: &Resource,
    state: &State,
    body: &Document,
    id: Option<&str>,
) -> Result<(), Refusal> {
    let Some(field) = resource.unique.filter(|field| body.contains_key(*field)) else {
        return Ok(());
    };
    if (resource.collection)(state).is_taken(field, text(body, field), id) {
        return Err(Refusal::duplicate(format!(
            "{} {field} is already taken!",
            resource.what
        )));
    }
    Ok(())
}

/// Templates; made and changed by [`catalog`].
pub const TEMPLATE: Resource = Resource {
    what: "License template",
    collection: |state| &state.templates,
    collection_mut: |state| &mut state.templates,
    fields: fields::TEMPLATE,
    required: fields::TEMPLATE_REQUIRED,
    unique: None,
    filters: &[],
    blank: || Value::Object(catalog::new_template(Document::new())),
};

/// Products.
pub const PRODUCT: Resource = Resource {
    what: "Product",
    collection: |state| &state.products,
    collection_mut: |state| &mut state.products,
    fields: fields::PRODUCT,
    required: &["name", "displayName", "description", "licenseTemplateId"],
    unique: Some("name"),
    filters: &[],
    blank: || Value::Object(catalog::new_product(Document::new())),
};

/// Features.
pub const FEATURE: Resource = Resource {
    what: "Feature",
    collection: |state| &state.features,
    collection_mut: |state| &mut state.features,
    fields: fields::FEATURE,
    required: &["name", "displayName"],
    unique: Some("name"),
    filters: &[],
    blank: || json!({ "description": null }),
};

/// Entitlement sets.
pub const ENTITLEMENT_SET: Resource = Resource {
    what: "Entitlement set",
    collection: |state| &state.entitlement_sets,
    collection_mut: |state| &mut state.entitlement_sets,
    fields: fields::ENTITLEMENT_SET,
    required: &["name", "displayName", "productIds"],
    unique: Some("name"),
    filters: &[],
    blank: || json!({ "description": null, "tier": 0 }),
};

/// Maintenance policies.
pub const MAINTENANCE_POLICY: Resource = Resource {
    what: "Maintenance policy",
    collection: |state| &state.maintenance_policies,
    collection_mut: |state| &mut state.maintenance_policies,
    fields: fields::MAINTENANCE_POLICY,
    required: &["name"],
    unique: Some("name"),
    filters: &[],
    blank: || json!({ "description": null, "subscriptionInterval": null }),
};

/// Users; creation and removal have rules of their own in [`users`](super::users).
pub const USER: Resource = Resource {
    what: "User",
    collection: |state| &state.users,
    collection_mut: |state| &mut state.users,
    fields: fields::USER,
    required: &[],
    unique: Some("email"),
    filters: &[
        ("email", FilterKind::Text),
        ("role", FilterKind::Text),
        ("company", FilterKind::Text),
        ("organizationId", FilterKind::Id),
        ("resellerId", FilterKind::Id),
        ("tags", FilterKind::Id),
    ],
    blank: || json!({}),
};

/// Organizations.
pub const ORGANIZATION: Resource = Resource {
    what: "Organization",
    collection: |state| &state.organizations,
    collection_mut: |state| &mut state.organizations,
    fields: fields::ORGANIZATION,
    required: &["name", "email", "allowedUsers"],
    unique: Some("name"),
    filters: &[("email", FilterKind::Text)],
    blank: || json!({ "description": "", "address": {}, "resellerId": null }),
};

/// Tags.
pub const TAG: Resource = Resource {
    what: "Tag",
    collection: |state| &state.tags,
    collection_mut: |state| &mut state.tags,
    fields: fields::TAG,
    required: &["name", "description"],
    unique: Some("name"),
    filters: &[],
    blank: || json!({}),
};

/// Machines; made and removed by [`activations`](super::activations).
pub const ACTIVATION: Resource = Resource {
    what: "Activation",
    collection: |state| &state.activations,
    collection_mut: |state| &mut state.activations,
    fields: fields::ACTIVATION,
    required: &["key"],
    unique: None,
    filters: &[
        ("licenseId", FilterKind::Id),
        ("licenseKey", FilterKind::Id),
        ("productId", FilterKind::Id),
        ("userId", FilterKind::Id),
        ("lastSyncedAt", FilterKind::Time),
    ],
    blank: || json!({}),
};

/// Subscription logs, read only.
pub const SUBSCRIPTION_LOG: Resource = Resource {
    what: "Subscription log",
    collection: |state| &state.subscription_logs,
    collection_mut: |state| &mut state.subscription_logs,
    fields: &[],
    required: &[],
    unique: None,
    filters: &[
        ("licenseId", FilterKind::Id),
        ("event", FilterKind::Id),
        ("licenseKey", FilterKind::Id),
    ],
    blank: || json!({}),
};

/// Personal access tokens, minimal.
pub const TOKEN: Resource = Resource {
    what: "Personal access token",
    collection: |state| &state.tokens,
    collection_mut: |state| &mut state.tokens,
    fields: fields::TOKEN,
    required: &["name"],
    unique: None,
    filters: &[],
    blank: || json!({ "revoked": false, "scopes": [], "expiresAt": null, "tokenId": "", "userId": "" }),
};
