//! Users: an e-mail address is unique, whatever its case; a password is checked and forgotten.

use serde_json::{Map, Value, json};

use crate::call::{Call, created, deleted, shown};
use crate::collection::{Document, rows, text};
use crate::cryptlex::fields;
use crate::cryptlex::resources::{USER, find};
use crate::cryptlex::rows::{merge_metadata, touched};
use crate::cryptlex::schema;
use crate::cryptlex::state::State;
use crate::message::{Answer, Refusal};

/// `POST /v3/users`.
pub fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let allowed = [fields::USER, fields::PASSWORD];
    let required = ["email", "firstName", "password"];
    let mut body = schema::check(call.body, &allowed, &required, state.options.is_strict)?;
    check_organization(state, &body)?;
    check_email(state, &body, None)?;
    body.remove("password");
    let metadata = merge_metadata(state, call.now, &Map::new(), rows(&body, "metadata"))?;
    let mut user = blank();
    user.extend(body);
    user.insert("metadata".to_owned(), metadata);
    let user = state.stamped(call.now, named(user));
    state.users.put(call.now, user.clone());
    created(user)
}

/// `PATCH /v3/users/{id}`: what is not named stays; the password cannot be changed.
pub fn patch(state: &mut State, call: &Call<'_>) -> Answer {
    let mut user = find(&USER, state, call.id)?;
    let mut body = schema::check(call.body, &[fields::USER], &[], state.options.is_strict)?;
    check_organization(state, &body)?;
    check_email(state, &body, Some(call.id))?;
    if let Some(Value::Array(sent)) = body.remove("metadata") {
        let metadata = merge_metadata(state, call.now, &user, &sent)?;
        user.insert("metadata".to_owned(), metadata);
    }
    user.extend(body);
    let user = touched(named(user), call.now);
    state.users.put(call.now, user.clone());
    shown(user)
}

/// `DELETE /v3/users/{id}`: refused while the user holds licenses, unless the options say otherwise.
pub fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    find(&USER, state, call.id)?;
    if !state.options.may_delete_linked_users && state.licenses.is_taken("userId", call.id, None) {
        return Err(Refusal::new(409, "The user has licenses."));
    }
    state.users.remove(call.id);
    deleted()
}

fn check_email(state: &State, body: &Document, id: Option<&str>) -> Result<(), Refusal> {
    if body.contains_key("email") && state.users.is_taken("email", text(body, "email"), id) {
        return Err(Refusal::duplicate("Email address is already taken!"));
    }
    Ok(())
}

fn check_organization(state: &State, body: &Document) -> Result<(), Refusal> {
    let id = text(body, "organizationId");
    if !id.is_empty() && state.organizations.find(id).is_none() {
        return Err(Refusal::invalid(
            "The organization of this user does not exist.",
        ));
    }
    Ok(())
}

fn named(mut user: Document) -> Document {
    let name = format!("{} {}", text(&user, "firstName"), text(&user, "lastName"));
    let role = text(&user, "role").to_owned();
    user.insert("name".to_owned(), json!(name.trim()));
    user.insert("roles".to_owned(), json!([role]));
    user
}

fn blank() -> Document {
    let blank = json!({
        "name": "", "firstName": "", "lastName": "", "email": "", "company": null, "role": "user",
        "roles": [], "twoFactorEnabled": false, "googleSsoEnabled": false,
        "allowCustomerPortalAccess": false, "lastLoginAt": null, "lastSeenAt": null,
        "organizationId": null, "organization": null, "resellerId": null, "reseller": null,
        "metadata": [], "tags": [], "emailPreference": { "metrics": false },
    });
    blank.as_object().cloned().unwrap_or_default()
}
