//! Storefronts: connect, change, pause, remove.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value as Json, json};

use crate::accounts::new_id;
use crate::accounts::setup::secrets::{optional, seal};
use crate::accounts::setup::shop_credentials::{self, has_credentials};
use crate::accounts::setup::storefront_changes::changes;
use crate::accounts::setup::{FieldError, SetUpError, Vendor, all_right, checked, name};
use crate::domain::act::Act;
use crate::domain::id::{LicenseServerId, StorefrontId};
use crate::domain::kind::StorefrontKind;
use crate::domain::policy::{Policy, TestEvents};
use crate::domain::reason::ReasonCode;
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::store::licenses::LicenseFilter;
use crate::store::storefronts::{Storefront, StorefrontUpdate};
use crate::store::{Db, StoreError, events, license_servers, licenses, shop_apis, storefronts};
use crate::vault::{Field, digest, random_token};

/// A storefront that is to be connected.
pub struct ConnectStorefront {
    /// Its kind.
    pub kind: StorefrontKind,
    /// As people call it.
    pub name: String,
    /// Where its licenses live.
    pub license_server_id: LicenseServerId,
    /// Where licenses of test orders live, if elsewhere.
    pub test_license_server_id: Option<LicenseServerId>,
    /// What the shop signs with; one is made when none is given.
    pub webhook_secret: Option<SecretString>,
    /// What license requests are signed with.
    pub fulfillment_key: Option<SecretString>,
    /// Name for the shop's API.
    pub api_username: Option<SecretString>,
    /// Password for the shop's API.
    pub api_password: Option<SecretString>,
    /// What it does with what arrives.
    pub mode: Mode,
    /// When it was switched over from another system.
    pub takeover_at: Option<Timestamp>,
    /// A preset and single fields; nothing said is the `cryptlex` preset.
    pub policy: Option<Json>,
}

/// What may be changed of a storefront; what is absent stays, `Some(None)` takes it away.
#[derive(Default)]
pub struct StorefrontEdit {
    /// As people call it.
    pub name: Option<String>,
    /// Where its licenses live.
    pub license_server_id: Option<LicenseServerId>,
    /// Where licenses of test orders live.
    pub test_license_server_id: Option<Option<LicenseServerId>>,
    /// What license requests are signed with.
    pub fulfillment_key: Option<Option<SecretString>>,
    /// Name for the shop's API.
    pub api_username: Option<Option<SecretString>>,
    /// Password for the shop's API.
    pub api_password: Option<Option<SecretString>>,
    /// What it does with what arrives; leaving `paused` sets going what was held.
    pub mode: Option<Mode>,
    /// When it was switched over from another system.
    pub takeover_at: Option<Option<Timestamp>>,
    /// Fields that change; a preset sets every field.
    pub policy: Option<Json>,
}

/// A storefront that was connected.
pub struct CreatedStorefront {
    /// Its row.
    pub storefront: Storefront,
    /// What its webhook URL ends with.
    pub hook_token: SecretString,
    /// The webhook secret, if it was made here; shown this once.
    pub generated_secret: Option<SecretString>,
}

/// Connects a storefront, with a webhook URL of its own.
pub async fn create(
    vendor: &Vendor,
    new: ConnectStorefront,
) -> Result<CreatedStorefront, SetUpError> {
    let mut errors = Vec::new();
    let name = checked(name(&new.name), &mut errors).unwrap_or_default();
    let policy = checked(policy(&Policy::default(), new.policy.as_ref()), &mut errors);
    let is_homeless =
        |policy: &Policy| has_no_test_account(policy, new.test_license_server_id.is_some());
    errors.extend(policy.as_ref().and_then(is_homeless));
    let mut secret = |field, text: &Option<SecretString>| {
        checked(optional(field, text.as_ref()), &mut errors).flatten()
    };
    let given = secret("webhook_secret", &new.webhook_secret);
    let fulfillment_key = secret("fulfillment_key", &new.fulfillment_key);
    let api_username = secret("api_username", &new.api_username);
    let api_password = secret("api_password", &new.api_password);
    let accounts = [
        ("license_server_id", Some(new.license_server_id)),
        ("test_license_server_id", new.test_license_server_id),
    ];
    errors.extend(unknown_accounts(vendor, accounts).await?);
    all_right(errors)?;

    let generated = given.is_none().then(|| SecretString::from(random_token()));
    let hook_token = SecretString::from(random_token());
    let mut storefront = bare(vendor, &hook_token, new);
    let id = storefront.id;
    let sealed = |field, secret: Option<&SecretString>| Some(seal(vendor, field, secret?));
    storefront.name = name;
    storefront.policy = json_text(&policy.unwrap_or_default())?;
    storefront.webhook_secret_sealed = sealed(
        Field::WebhookSecret(id),
        given.as_ref().or(generated.as_ref()),
    )
    .unwrap_or_default();
    storefront.fulfillment_key_sealed = sealed(Field::FulfillmentKey(id), fulfillment_key.as_ref());
    storefront.api_username_sealed = sealed(Field::ApiUsername(id), api_username.as_ref());
    storefront.api_password_sealed = sealed(Field::ApiPassword(id), api_password.as_ref());
    let (row, author, now) = (storefront.clone(), vendor.author(), vendor.now);
    vendor
        .write(move |db| {
            storefronts::create(db, &row)?;
            if has_credentials(&row) {
                shop_credentials::changed(db, (row.tenant_id, row.id), true, now)?;
            }
            let details = json!({ "name": row.name, "mode": row.mode });
            author.record(db, Act::StorefrontCreate, id, &details)
        })
        .await?;
    Ok(CreatedStorefront {
        storefront,
        hook_token,
        generated_secret: generated,
    })
}

/// A row without what must be checked or sealed first.
fn bare(vendor: &Vendor, hook_token: &SecretString, new: ConnectStorefront) -> Storefront {
    let id = StorefrontId::from_uuid(new_id(vendor.now));
    Storefront {
        tenant_id: vendor.tenant,
        id,
        kind: new.kind,
        name: String::new(),
        license_server_id: new.license_server_id,
        test_license_server_id: new.test_license_server_id,
        hook_token_hash: digest(hook_token.expose_secret()).to_vec(),
        hook_token_sealed: seal(vendor, Field::HookToken(id), hook_token),
        webhook_secret_sealed: Vec::new(),
        previous_secret_sealed: None,
        previous_secret_until: None,
        fulfillment_key_sealed: None,
        api_username_sealed: None,
        api_password_sealed: None,
        mode: new.mode,
        takeover_at: new.takeover_at,
        policy: String::new(),
        rules_changed_at: vendor.now,
        created_at: vendor.now,
        deleted_at: None,
        last_event_at: None,
    }
}

/// The storefront; an error when it is not there.
pub async fn get(vendor: &Vendor, id: StorefrontId) -> Result<Storefront, SetUpError> {
    let tenant = vendor.tenant;
    vendor
        .read(move |db| storefronts::find(db, tenant, id))
        .await?
        .ok_or(SetUpError::NotFound)
}

/// All storefronts, the oldest first.
pub async fn list(vendor: &Vendor) -> Result<Vec<Storefront>, SetUpError> {
    let tenant = vendor.tenant;
    vendor.read(move |db| storefronts::list(db, tenant)).await
}

/// Changes a storefront. New rules hold for what is worked from now on; nothing is done over.
pub async fn change(
    vendor: &Vendor,
    id: StorefrontId,
    edit: StorefrontEdit,
) -> Result<Storefront, SetUpError> {
    let known = get(vendor, id).await?;
    let mut errors = Vec::new();
    let name = edit.name.map(|text| checked(name(&text), &mut errors));
    let current = policy_of(&known)?;
    let policy = edit
        .policy
        .and_then(|json| checked(policy(&current, Some(&json)), &mut errors));
    let test_account = edit
        .test_license_server_id
        .unwrap_or(known.test_license_server_id);
    let policy_then = policy.as_ref().unwrap_or(&current);
    errors.extend(has_no_test_account(policy_then, test_account.is_some()));
    let mut secret = |field: Field, secret: Option<Option<SecretString>>| {
        let secret = optional(field.place().column, secret?.as_ref());
        let pasted = checked(secret, &mut errors).flatten();
        Some(pasted.map(|secret| seal(vendor, field, &secret)))
    };
    let change = StorefrontUpdate {
        name: name.flatten(),
        license_server_id: edit.license_server_id,
        test_license_server_id: edit.test_license_server_id,
        fulfillment_key_sealed: secret(Field::FulfillmentKey(id), edit.fulfillment_key),
        api_username_sealed: secret(Field::ApiUsername(id), edit.api_username),
        api_password_sealed: secret(Field::ApiPassword(id), edit.api_password),
        mode: edit.mode,
        takeover_at: edit.takeover_at,
        policy: policy.as_ref().map(json_text).transpose()?,
        rules_changed_at: Some(vendor.now),
    };
    let test_account = edit.test_license_server_id.flatten();
    let accounts = [
        ("license_server_id", edit.license_server_id),
        ("test_license_server_id", test_account),
    ];
    errors.extend(unknown_accounts(vendor, accounts).await?);
    all_right(errors)?;
    let is_resumed =
        known.mode == Mode::Paused && edit.mode.is_some_and(|mode| mode != Mode::Paused);
    let details = changes(&known, &change, (&current, policy_then));
    let (tenant, now, author) = (vendor.tenant, vendor.now, vendor.author());
    vendor
        .write(move |db| {
            storefronts::change(db, tenant, id, &change)?;
            if is_resumed {
                let paused = ReasonCode::StorefrontPaused;
                events::wake_storefront(db, (tenant, id), paused, now)?;
            }
            shop_credentials::follow(db, (tenant, id), &change, now)?;
            author.record(db, Act::StorefrontChange, id, &details)
        })
        .await?;
    get(vendor, id).await
}

/// How many licenses of a storefront keep their terms when its rules change: all there are.
pub async fn count_licenses(vendor: &Vendor, id: StorefrontId) -> Result<u64, SetUpError> {
    let (tenant, now) = (vendor.tenant, vendor.now);
    let filter = LicenseFilter {
        storefront_id: Some(id),
        ..LicenseFilter::default()
    };
    let count = vendor
        .read(move |db| licenses::count(db, tenant, &filter, now))
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Removes a storefront: its webhook URL is unknown from now on. What it did stays to be seen.
pub async fn delete(vendor: &Vendor, id: StorefrontId) -> Result<(), SetUpError> {
    let (tenant, now, author) = (vendor.tenant, vendor.now, vendor.author());
    vendor
        .write(move |db| {
            shop_apis::end(db, tenant, id)?;
            storefronts::delete(db, tenant, id, now)?;
            author.record(db, Act::StorefrontDelete, id, &json!({}))
        })
        .await
}

/// The rules of a stored storefront.
pub fn policy_of(storefront: &Storefront) -> Result<Policy, SetUpError> {
    serde_json::from_str(&storefront.policy)
        .map_err(|error| SetUpError::Store(StoreError::corrupt("storefronts.policy", error)))
}

fn policy(current: &Policy, changes: Option<&Json>) -> Result<Policy, FieldError> {
    let nothing = json!({});
    current
        .with(changes.unwrap_or(&nothing))
        .map_err(|error| FieldError::new(&format!("policy.{}", error.field), error))
}

fn json_text(policy: &Policy) -> Result<String, SetUpError> {
    serde_json::to_string(policy)
        .map_err(|error| SetUpError::Store(StoreError::corrupt("storefronts.policy", error)))
}

/// Test orders cannot go to a test account that nobody has named.
fn has_no_test_account(policy: &Policy, is_named: bool) -> Option<FieldError> {
    (policy.test_events == TestEvents::TestServer && !is_named).then(|| {
        FieldError::new(
            "policy.test_events",
            "`test_server` needs a test account; name it in `test_license_server_id`, or choose another value",
        )
    })
}

async fn unknown_accounts(
    vendor: &Vendor,
    accounts: [(&'static str, Option<LicenseServerId>); 2],
) -> Result<Vec<FieldError>, SetUpError> {
    let tenant = vendor.tenant;
    let is_unknown = move |db: &mut Db, id: Option<LicenseServerId>| match id {
        Some(id) => Ok::<_, StoreError>(license_servers::find(db, tenant, id)?.is_none()),
        None => Ok(false),
    };
    vendor
        .read(move |db| {
            let mut errors = Vec::new();
            for (field, id) in accounts {
                if is_unknown(db, id)? {
                    let message = "there is no such account; take the id of one that is listed";
                    errors.push(FieldError::new(field, message));
                }
            }
            Ok(errors)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_orders_go_to_a_test_account_only_where_there_is_one() {
        for (rule, is_named, is_refused) in [
            (json!("test_server"), false, true),
            (json!("test_server"), true, false),
            (json!("process"), false, false),
            (json!("mark"), true, false),
        ] {
            let changes = json!({"test_events": rule});
            let policy = policy(&Policy::default(), Some(&changes)).unwrap();

            let error = has_no_test_account(&policy, is_named);

            assert_eq!(error.is_some(), is_refused, "{rule} {is_named}");
        }
    }
}
