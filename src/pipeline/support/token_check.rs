//! What an account's token may do, asked of the license server because a person wants to know.

use crate::domain::id::LicenseServerId;
use crate::license_servers::remote::TokenState;
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallError};
use crate::store::license_servers::{Checked, LicenseServer, ServerState};
use crate::store::{Scope, StoreError, holds, license_servers};

/// Checks a token, and records the answer, or that there was none; events that a refused token held are woken once it is
/// accepted.
pub async fn check(caller: ApiCaller<'_>, id: LicenseServerId) -> Result<LicenseServer, CallError> {
    let account = caller.account(id).await?;
    let reply = caller.call(&account, |client| client.check()).await?;
    let found = TokenState::of(&reply.result);
    let (tenant, now) = (caller.tenant, caller.budget.clock.now());
    let checked = caller.budget.store.write(Scope::Tenant(tenant), move |db| {
        let server = get(license_servers::find(db, tenant, id)?)?;
        let (scopes, missing_scopes) = match &reply.result {
            Ok(token) => (
                token.scopes.clone().unwrap_or_default().join(" "),
                token.missing_scopes.join(" "),
            ),
            // What the token may do is still what was last known, if the server merely does not answer.
            Err(_) => (server.scopes, server.missing_scopes),
        };
        let checked = Checked {
            state: state(found),
            scopes,
            missing_scopes,
            checked_at: Some(now),
        };
        license_servers::set_checked(db, tenant, id, &checked)?;
        if checked.state == ServerState::Ok && server.held_since.is_some() {
            holds::lift(db, tenant, id, now)?;
        }
        get(license_servers::find(db, tenant, id)?)
    });
    Ok(checked.await?)
}

/// The same after a change that is stored already; where nobody may be asked now, the account is left unchecked.
pub async fn check_changed(
    caller: ApiCaller<'_>,
    changed: LicenseServer,
) -> Result<LicenseServer, CallError> {
    match check(caller, changed.id).await {
        Err(CallError::Exhausted { .. } | CallError::Suspended) => Ok(changed),
        checked => checked,
    }
}

fn get(server: Option<LicenseServer>) -> Result<LicenseServer, StoreError> {
    server.ok_or(StoreError::NotFound)
}

const fn state(token: TokenState) -> ServerState {
    match token {
        TokenState::Ok => ServerState::Ok,
        TokenState::Unauthorized => ServerState::Unauthorized,
        TokenState::Unreachable => ServerState::Unreachable,
        TokenState::Unchecked => ServerState::Unchecked,
    }
}
