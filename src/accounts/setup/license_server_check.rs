//! What a license server says about a token, and what a new token sets going again.

use crate::accounts::setup::license_servers::get;
use crate::accounts::setup::{FieldError, SetUpError, Vendor};
use crate::domain::id::LicenseServerId;
use crate::domain::reason::ReasonCode;
use crate::license_servers::base_url::BaseUrl;
use crate::license_servers::connect;
use crate::license_servers::remote::{TokenCheck, TokenState};
use crate::license_servers::reply::Failure;
use crate::store::license_servers::{BreakerState, Checked, LicenseServer, ServerState};
use crate::store::{StoreError, events, license_servers};
use crate::vault::Field;

/// Reasons that a new token or address may settle.
const HELD: [ReasonCode; 3] = [
    ReasonCode::LicenseServerUnauthorized,
    ReasonCode::LicenseServerMissingScope,
    ReasonCode::LicenseServerUnreachable,
];

/// Asks what the token may do and keeps the answer; no answer is an answer too. What was held for a refused token goes on
/// when it is found in order.
pub async fn check(vendor: &Vendor, id: LicenseServerId) -> Result<LicenseServer, SetUpError> {
    let server = get(vendor, id).await?;
    let result = ask(vendor, &server).await?;
    let (scopes, missing_scopes) = match &result {
        Ok(token) => (
            token.scopes.clone().unwrap_or_default().join(" "),
            token.missing_scopes.join(" "),
        ),
        // What the token may do is still what was last known, if the server merely does not answer.
        Err(_) => (server.scopes, server.missing_scopes),
    };
    let checked = Checked {
        state: state(TokenState::of(&result)),
        scopes,
        missing_scopes,
        checked_at: Some(vendor.now),
    };
    let tenant = vendor.tenant;
    let goes_on = checked.state == ServerState::Ok && server.held_since.is_some();
    vendor
        .write(move |db| license_servers::set_checked(db, tenant, id, &checked))
        .await?;
    if goes_on {
        resume(vendor, id).await?;
    }
    get(vendor, id).await
}

/// Lifts holds and wakes what waited for this account.
pub async fn resume(vendor: &Vendor, id: LicenseServerId) -> Result<(), SetUpError> {
    let (tenant, now) = (vendor.tenant, vendor.now);
    vendor
        .write(move |db| {
            license_servers::set_breaker(db, tenant, id, &BreakerState::default())?;
            for code in HELD {
                events::wake_reason(db, tenant, code, &id.to_string(), now)?;
            }
            Ok::<_, StoreError>(())
        })
        .await
}

async fn ask(
    vendor: &Vendor,
    server: &LicenseServer,
) -> Result<Result<TokenCheck, Failure>, SetUpError> {
    let base_url =
        BaseUrl::parse(&server.base_url).map_err(|error| FieldError::new("base_url", error))?;
    let token = vendor.keys.open(
        Field::AccessToken(server.id).place(),
        &server.access_token_sealed,
    )?;
    let token = String::from_utf8_lossy(&token).into_owned().into();
    let client = connect(server.kind, &base_url, token, vendor.outbound.clone());
    Ok(client.check().await.result)
}

const fn state(token: TokenState) -> ServerState {
    match token {
        TokenState::Ok => ServerState::Ok,
        TokenState::Unauthorized => ServerState::Unauthorized,
        TokenState::Unreachable => ServerState::Unreachable,
        TokenState::Unchecked => ServerState::Unchecked,
    }
}
