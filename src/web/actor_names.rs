//! What people and tokens are called that did something.

use std::collections::BTreeMap;

use crate::domain::id::{ApiTokenId, TenantId, UserId};
use crate::store::audit::ActRow as Row;
use crate::store::{Db, StoreError, api_tokens, users};

/// What people and tokens are called.
pub struct ActorNames {
    people: BTreeMap<UserId, String>,
    tokens: BTreeMap<ApiTokenId, String>,
}

impl ActorNames {
    /// Everybody of a company; somebody who has left it has no name any longer.
    pub fn look_up(db: &mut Db, tenant: TenantId) -> Result<Self, StoreError> {
        let people = users::list(db, tenant)?.into_iter();
        let tokens = api_tokens::list(db, tenant)?.into_iter();
        Ok(Self {
            people: people.map(|(user, _)| (user.id, user.email)).collect(),
            tokens: tokens.map(|token| (token.id, token.name)).collect(),
        })
    }

    /// The person's address or the token's name.
    pub fn of(&self, act: &Row) -> Option<&str> {
        let person = act.user_id.and_then(|id| self.people.get(&id));
        let token = act.api_token_id.and_then(|id| self.tokens.get(&id));
        person.or(token).map(String::as_str)
    }
}
