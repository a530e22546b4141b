//! Who did what. Rows are added and read, never changed, and chained, so that a change would be seen.

mod chain;
mod end;
mod list;
mod older;
mod verify;

use std::sync::Arc;

use rand::RngExt as _;
use serde_json::Value as Json;

pub use chain::ActRow;
pub use end::{ChainEnd, InvalidChainEnd, contains, find_end, list_ends_across_tenants};
pub use list::{AuditFilter, list};
pub use older::{chain_older, list_to_chain_across_tenants};
pub use verify::{ChainFault, ChainVerdict, FaultKind, verify};

use crate::domain::act;
use crate::domain::id::{ApiTokenId, TenantId, UserId, uuid_at};
use crate::domain::time::Timestamp;
use crate::store::columns::IdValue;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::vault::TenantKeys;

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person who is signed in.
    Person(UserId),
    /// A program with a token.
    Token(ApiTokenId),
    /// Whoever runs Latchkey, at the command line; also Latchkey itself where nobody else did it.
    Operator,
}

/// Who acts, for whom and when; puts what they change on record, in the transaction that changes it. Cheap to clone.
#[derive(Clone)]
pub struct Author {
    /// For whom.
    pub tenant: TenantId,
    /// The keys that chain the record.
    pub keys: Arc<TenantKeys>,
    /// Who.
    pub actor: Actor,
    /// When.
    pub now: Timestamp,
}

impl Author {
    /// Puts an act on record; it comes last in a transaction, since acts of one tenant wait for one another.
    ///
    /// `details` say which fields changed, and never hold secrets or what is personal.
    pub fn record(
        &self,
        db: &mut Db,
        act: act::Act,
        target: impl ToString,
        details: &Json,
    ) -> Result<(), StoreError> {
        let act = self.act(act, target.to_string(), details);
        chain::append(db, &self.keys, act)
    }

    /// The same for the very first act, by which the tenant comes to be; a conflict when it has acts already.
    pub fn record_first(
        &self,
        db: &mut Db,
        act: act::Act,
        target: impl ToString,
        details: &Json,
    ) -> Result<(), StoreError> {
        let act = self.act(act, target.to_string(), details);
        chain::begin(db, &self.keys, act)
    }

    /// The act, not chained yet.
    fn act(&self, act: act::Act, target: String, details: &Json) -> ActRow {
        let (user_id, api_token_id) = match self.actor {
            Actor::Person(user) => (Some(user), None),
            Actor::Token(token) => (None, Some(token)),
            Actor::Operator => (None, None),
        };
        ActRow {
            tenant_id: self.tenant,
            id: IdValue::from(uuid_at(self.now, &rand::rng().random())),
            at: self.now,
            user_id,
            api_token_id,
            action: act.as_str().to_owned(),
            target,
            details: details.to_string(),
            number: 0,
            link: Vec::new(),
        }
    }
}
