//! Tokens for the API: made, listed and revoked by people.

use secrecy::SecretString;
use serde_json::json;

use crate::accounts::api_tokens::new;
use crate::accounts::scope::ApiScope;
use crate::accounts::setup::{FieldError, SetUpError, Vendor, all_right, checked, name};
use crate::domain::act::Act;
use crate::domain::id::ApiTokenId;
use crate::store::api_tokens::{self, ApiTokenRow};

/// Makes a token of these scopes; its text is answered here and never again.
pub async fn create(
    vendor: &Vendor,
    called: &str,
    scopes: &[ApiScope],
) -> Result<SecretString, SetUpError> {
    let mut errors = Vec::new();
    let name = checked(name(called), &mut errors).unwrap_or_default();
    if scopes.is_empty() {
        let message = "tick what it may do; a token that may do nothing is of no use";
        errors.push(FieldError::new("scopes", message));
    }
    all_right(errors)?;
    let (token, row) = new(vendor.tenant, &name, scopes, vendor.now);
    let (author, details) = (
        vendor.author(),
        json!({ "name": row.name, "scopes": row.scopes }),
    );
    vendor
        .write(move |db| {
            api_tokens::create(db, &row)?;
            author.record(db, Act::ApiTokenCreate, row.id, &details)
        })
        .await?;
    Ok(token)
}

/// Every token, the newest first; revoked ones too, so that who used them stays known.
pub async fn list(vendor: &Vendor) -> Result<Vec<ApiTokenRow>, SetUpError> {
    let tenant = vendor.tenant;
    vendor.read(move |db| api_tokens::list(db, tenant)).await
}

/// Makes a token void; one that is void already stays as it is, and not found when it is another tenant's.
pub async fn revoke(vendor: &Vendor, id: ApiTokenId) -> Result<(), SetUpError> {
    let (tenant, now, author) = (vendor.tenant, vendor.now, vendor.author());
    let known = list(vendor).await?.into_iter();
    let mut found = known.filter(|token| token.id == id);
    let token = found.next().ok_or(SetUpError::NotFound)?;
    if token.revoked_at.is_some() {
        return Ok(());
    }
    let details = json!({ "name": token.name });
    vendor
        .write(move |db| {
            api_tokens::revoke(db, tenant, id, now)?;
            author.record(db, Act::ApiTokenRevoke, id, &details)
        })
        .await
}
