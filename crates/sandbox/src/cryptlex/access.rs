//! Tokens: who may call at all, and with which scopes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::Call;
use crate::cryptlex::state::State;
use crate::message::{Answer, Refusal, Response};

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Open,
    /// Any good token.
    AnyToken,
    /// A token with this scope.
    Scope(&'static str),
}

/// What a token that is a JWT says of itself. Its signature is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Claims {
    scope: Option<Vec<String>>,
    exp: Option<i64>,
    email: Option<String>,
    sub: Option<String>,
}

/// Whether the call may go on. A token that is no JWT, or names no scopes, may do everything.
pub fn check(
    access: Access,
    bearer: Option<&str>,
    refused: &[String],
    now: Timestamp,
) -> Result<(), Refusal> {
    if access == Access::Open {
        return Ok(());
    }
    let unauthorized = || Refusal::new(401, "The access token is invalid, expired or revoked.");
    let token = bearer
        .map(str::trim)
        .filter(|token| !token.is_empty())
        .ok_or_else(unauthorized)?;
    if refused.iter().any(|refused| refused == token) {
        return Err(unauthorized());
    }
    let claims = claims(token).unwrap_or_default();
    if claims
        .exp
        .is_some_and(|end| end.saturating_mul(1_000_000) <= now.as_microsecond())
    {
        return Err(unauthorized());
    }
    match (access, claims.scope) {
        (Access::Scope(needed), Some(scopes))
            if !scopes.iter().any(|scope| grants(scope, needed)) =>
        {
            Err(Refusal::new(
                403,
                format!("The access token lacks the scope {needed}."),
            ))
        }
        _ => Ok(()),
    }
}

/// `GET /v3/me`: the token's owner.
pub fn profile(_: &mut State, call: &Call<'_>) -> Answer {
    let claims = call.bearer.and_then(claims).unwrap_or_default();
    let since = "2026-01-01T00:00:00.0000000Z";
    let profile = json!({
        "id": claims.sub.unwrap_or_else(|| "00000000-0000-4000-8000-000000000001".to_owned()),
        "createdAt": since, "updatedAt": since, "name": "Sandbox Owner", "firstName": "Sandbox",
        "lastName": "Owner", "email": claims.email.unwrap_or_else(|| "owner@sandbox.example".to_owned()),
        "role": "admin", "company": "Sandbox", "twoFactorEnabled": false, "googleSsoEnabled": false,
        "lastLoginAt": null,
    });
    Ok(Response::json(200, &profile))
}

/// `GET /v3/status` and `GET /healthz`.
pub fn status(_: &mut State, _: &Call<'_>) -> Answer {
    Ok(Response::json(200, &json!({ "status": "healthy" })))
}

/// `GET /v3/webhooks/events`: what the real server would announce; the sandbox announces nothing.
pub fn webhook_events(_: &mut State, _: &Call<'_>) -> Answer {
    let groups: [(&str, &[&str]); 3] = [
        (
            "license",
            &[
                "license.created",
                "license.updated",
                "license.deleted",
                "license.renewed",
                "license.expired",
                "license.expiresAt.updated",
                "license.subscription.updated",
            ],
        ),
        ("activation", &["activation.created", "activation.deleted"]),
        ("user", &["user.created", "user.updated", "user.deleted"]),
    ];
    let groups = groups.map(|(name, events)| (name.to_owned(), json!(events)));
    Ok(Response::json(
        200,
        &Value::Object(groups.into_iter().collect()),
    ))
}

/// Documents disagree about the name of the template scopes; either is taken.
fn grants(scope: &str, needed: &str) -> bool {
    let plain = |scope: &str| scope.replace("licensePolicy:", "licenseTemplate:");
    plain(scope) == plain(needed)
}

fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &Value) -> String {
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        format!("e30.{payload}.c2ln")
    }

    #[test]
    fn tokens_are_let_in_by_their_scopes_and_dates() {
        let write = Access::Scope("license:write");
        let template = Access::Scope("licensePolicy:read");
        let scoped = |scopes: &[&str]| Some(token(&json!({ "scope": scopes })));
        for (access, bearer, status) in [
            (Access::Open, None, None),
            (Access::AnyToken, None, Some(401)),
            (Access::AnyToken, Some(" ".to_owned()), Some(401)),
            (Access::AnyToken, Some("revoked".to_owned()), Some(401)),
            (write, Some("any text".to_owned()), None),
            (write, Some("three.plain.parts".to_owned()), None),
            (write, scoped(&["license:write"]), None),
            (write, scoped(&["license:read"]), Some(403)),
            (Access::AnyToken, scoped(&[]), None),
            (template, scoped(&["licenseTemplate:read"]), None),
            (write, Some(token(&json!({ "exp": 100 }))), Some(401)),
            (write, Some(token(&json!({ "exp": 101 }))), None),
        ] {
            let now = Timestamp::from_second(100).unwrap();
            let checked = check(access, bearer.as_deref(), &["revoked".to_owned()], now);

            assert_eq!(
                checked.err().map(|refusal| refusal.status),
                status,
                "{access:?} {bearer:?}"
            );
        }
    }
}
