//! What an access token says about itself. It is read, not verified: only the server can do that.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::license_servers::cryptlex::scope::{
    LICENSE_READ, LICENSE_WRITE, POLICY_READ, PRODUCT_READ, TEMPLATE_READ, USER_READ, USER_WRITE,
};
use crate::license_servers::remote::TokenCheck;

/// Without these no license can be issued, found or changed, and no buyer linked.
const REQUIRED: [&str; 4] = [LICENSE_READ, LICENSE_WRITE, USER_READ, USER_WRITE];

/// Each is satisfied by any of its spellings; the first is what the portal shows.
const RECOMMENDED: [&[&str]; 2] = [&[TEMPLATE_READ, POLICY_READ], &[PRODUCT_READ]];

/// The scopes of a token that is one of the usual kind, and those that it lacks.
pub fn check(token: &str) -> TokenCheck {
    let Some(scopes) = scopes_of(token) else {
        return TokenCheck {
            scopes: None,
            missing_scopes: Vec::new(),
            missing_recommended_scopes: Vec::new(),
        };
    };
    let has = |scope: &str| scopes.iter().any(|given| given == scope);
    let missing_scopes = REQUIRED
        .into_iter()
        .filter(|scope| !has(scope))
        .map(str::to_owned)
        .collect();
    let missing_recommended_scopes = RECOMMENDED
        .into_iter()
        .filter(|spellings| !spellings.iter().any(|scope| has(scope)))
        .filter_map(|spellings| spellings.first().map(|&scope| scope.to_owned()))
        .collect();
    TokenCheck {
        missing_scopes,
        missing_recommended_scopes,
        scopes: Some(scopes),
    }
}

#[derive(Deserialize)]
struct Claims {
    scope: Scopes,
}

/// An array in every token seen; the standard way is one string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scopes {
    Many(Vec<String>),
    Joined(String),
}

/// `None` when the token is not a JWT that names its scopes.
fn scopes_of(token: &str) -> Option<Vec<String>> {
    let mut parts = token.trim().split('.');
    let (_header, payload) = (parts.next()?, parts.next()?);
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    Some(match claims.scope {
        Scopes::Many(scopes) => scopes,
        Scopes::Joined(text) => text.split_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn missing_scopes_are_named() {
        let token = token(
            r#"{"sub":"1","scope":["license:read","user:read","user:write","licensePolicy:read"]}"#,
        );

        let check = check(&token);

        assert_eq!(check.missing_scopes, ["license:write"]);
        assert_eq!(check.missing_recommended_scopes, ["product:read"]);
    }

    #[test]
    fn scopes_in_one_string_are_read_too() {
        let token = token(
            r#"{"scope":"license:read license:write user:read user:write product:read licenseTemplate:read"}"#,
        );

        let check = check(&token);

        assert!(check.missing_scopes.is_empty() && check.missing_recommended_scopes.is_empty());
    }

    #[test]
    fn a_token_that_does_not_tell_is_not_accused() {
        for text in ["", "opaque", "a.b.c", &token("{}"), &token("not json")] {
            let check = check(text);

            assert_eq!(check.scopes, None, "{text}");
            assert!(check.missing_scopes.is_empty());
        }
    }
}
