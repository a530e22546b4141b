//! A storefront's secrets: the token of its URL, the secret the shop signs with, and changing that one.

use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::json;

use crate::accounts::new_id;
use crate::accounts::setup::secrets::{optional, seal};
use crate::accounts::setup::storefronts::get;
use crate::accounts::setup::{FieldError, SetUpError, Vendor};
use crate::domain::act::Act;
use crate::domain::id::{OlderSecretId, StorefrontId};
use crate::domain::time::Timestamp;
use crate::store::older_secrets::{self, OlderSecret};
use crate::store::storefronts::{self, SecretRotation, Storefront};
use crate::vault::{Field, random_token};

/// How long both secrets are believed unless something else is said.
pub const OVERLAP_HOURS: u32 = 24;
const MOST_OVERLAP_HOURS: u32 = 30 * 24;
/// Each delivery is tried with every secret that is believed.
const MOST_OLDER: usize = 20;

/// What a storefront's webhook URL ends with.
pub fn hook_token(vendor: &Vendor, storefront: &Storefront) -> Result<SecretString, SetUpError> {
    let place = Field::HookToken(storefront.id);
    let token = vendor
        .keys
        .open(place.place(), &storefront.hook_token_sealed)?;
    Ok(String::from_utf8_lossy(&token).into_owned().into())
}

/// Changes the secret that the shop signs with; the old one is believed for the overlap too, and those before it until
/// theirs ends. Without an overlap none is believed beside the new one.
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
    let overlap = SignedDuration::from_hours(overlap_hours.into());
    let until = (overlap_hours > 0).then(|| vendor.now.plus(overlap));
    let rotation = SecretRotation {
        webhook_secret_sealed: seal(vendor, Field::WebhookSecret(id), &secret),
        previous_secret_sealed: until
            .map(|_| vendor.keys.seal(Field::PreviousSecret(id).place(), &old)),
        previous_secret_until: until,
    };
    let older = match until {
        Some(_) => one_before(vendor, &known).await?,
        None => None,
    };
    let (tenant, now, author) = (vendor.tenant, vendor.now, vendor.author());
    vendor
        .write(move |db| {
            storefronts::rotate(db, (tenant, id), &known.webhook_secret_sealed, &rotation)?;
            match until {
                Some(_) => older_secrets::delete_lapsed(db, tenant, id, now)?,
                None => older_secrets::delete_all(db, tenant, id)?,
            }
            if let Some(older) = &older {
                older_secrets::create(db, older)?;
            }
            let details = json!({ "overlap_hours": overlap_hours });
            author.record(db, Act::SecretRotate, id, &details)
        })
        .await?;
    Ok(secret)
}

/// Until when a secret of before is accepted; `None` when only the newest is.
pub async fn believed_until(
    vendor: &Vendor,
    storefront: &Storefront,
) -> Result<Option<Timestamp>, SetUpError> {
    let older = still_believed(vendor, storefront.id).await?;
    let older = older.iter().map(|older| older.believed_until);
    let until = older.chain(storefront.previous_secret_until).max();
    Ok(until.filter(|until| *until > vendor.now))
}

async fn still_believed(vendor: &Vendor, id: StorefrontId) -> Result<Vec<OlderSecret>, SetUpError> {
    let (tenant, now) = (vendor.tenant, vendor.now);
    vendor
        .read(move |db| older_secrets::list(db, tenant, id, now))
        .await
}

/// The previous secret as one of before, while it is believed.
async fn one_before(
    vendor: &Vendor,
    known: &Storefront,
) -> Result<Option<OlderSecret>, SetUpError> {
    let (Some(sealed), Some(until)) = (&known.previous_secret_sealed, known.previous_secret_until)
    else {
        return Ok(None);
    };
    if until <= vendor.now {
        return Ok(None);
    }
    if still_believed(vendor, known.id).await?.len() >= MOST_OLDER {
        return Err(SetUpError::InUse(
            "So many secrets of before are still accepted that there cannot be another now. Wait until one of them lapses.",
        ));
    }
    let secret = vendor
        .keys
        .open(Field::PreviousSecret(known.id).place(), sealed)?;
    let id = OlderSecretId::from_uuid(new_id(vendor.now));
    Ok(Some(OlderSecret {
        tenant_id: vendor.tenant,
        id,
        storefront_id: known.id,
        secret_sealed: vendor.keys.seal(Field::OlderSecret(id).place(), &secret),
        believed_until: until,
    }))
}
