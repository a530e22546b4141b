//! A storefront's secrets: the token of its URL, the secret the shop signs with, and changing that one.

use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::accounts::setup::secrets::optional;
use crate::accounts::setup::storefronts::get;
use crate::accounts::setup::{FieldError, SetUpError, Vendor};
use crate::domain::act::Act;
use crate::domain::id::StorefrontId;
use crate::store::storefronts::{self, Rotation, Storefront};
use crate::vault::{Field, random_token};

/// How long both secrets are believed unless something else is said.
pub const OVERLAP_HOURS: u32 = 24;
const MOST_OVERLAP_HOURS: u32 = 30 * 24;

/// What a storefront's webhook URL ends with.
pub fn hook_token(vendor: &Vendor, storefront: &Storefront) -> Result<SecretString, SetUpError> {
    let place = Field::HookToken(storefront.id);
    let token = vendor
        .keys
        .open(place.place(), &storefront.hook_token_sealed)?;
    Ok(String::from_utf8_lossy(&token).into_owned().into())
}

/// Changes the secret that the shop signs with; the old one is believed for the overlap too.
///
/// Answers the new secret, made here when none is given.
pub async fn rotate(
    vendor: &Vendor,
    id: StorefrontId,
    webhook_secret: Option<SecretString>,
    overlap_hours: u32,
) -> Result<SecretString, SetUpError> {
    if overlap_hours > MOST_OVERLAP_HOURS {
        let message = format!("write a number of hours from 0 to {MOST_OVERLAP_HOURS}");
        return Err(FieldError::new("overlap_hours", message).into());
    }
    let secret = optional("webhook_secret", webhook_secret.as_ref())?
        .unwrap_or_else(|| random_token().into());
    let known = get(vendor, id).await?;
    let old = vendor.keys.open(
        Field::WebhookSecret(id).place(),
        &known.webhook_secret_sealed,
    )?;
    let has_overlap = overlap_hours > 0;
    let until = vendor
        .now
        .plus(SignedDuration::from_hours(overlap_hours.into()));
    let rotation = Rotation {
        webhook_secret_sealed: seal(vendor, Field::WebhookSecret(id), &secret),
        previous_secret_sealed: has_overlap
            .then(|| vendor.keys.seal(Field::PreviousSecret(id).place(), &old)),
        previous_secret_until: has_overlap.then_some(until),
    };
    let (tenant, author) = (vendor.tenant, vendor.author());
    vendor
        .write(move |db| {
            storefronts::rotate(db, tenant, id, &rotation)?;
            let details = json!({ "overlap_hours": overlap_hours });
            author.record(db, Act::SecretRotate, id, &details)
        })
        .await?;
    Ok(secret)
}

pub(super) fn seal(vendor: &Vendor, field: Field, secret: &SecretString) -> Vec<u8> {
    vendor
        .keys
        .seal(field.place(), secret.expose_secret().as_bytes())
}
