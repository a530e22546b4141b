//! API tokens: `lk_` and 43 characters, kept as a digest and looked up at every call.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use moka::sync::Cache;
use secrecy::SecretString;

use crate::accounts::new_id;
use crate::accounts::scope::ApiScope;
use crate::domain::id::{ApiTokenId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::{self, Store, StoreError};
use crate::store::{PlatformUse, Scope};
use crate::vault::{digest, random_token};

/// What every token begins with, so that people and scanners recognize one.
const PREFIX: &str = "lk_";
/// How long a token is remembered; one that is revoked stops within this time.
const KEPT: Duration = Duration::from_secs(5);
/// How exact the time of last use is.
const LAST_USED_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// What a token says about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// For whom it acts.
    pub tenant: TenantId,
    /// What it may do.
    pub scopes: Vec<ApiScope>,
}

/// Looks tokens up. Cheap to clone.
#[derive(Clone)]
pub struct ApiTokens {
    store: Store,
    known: Cache<[u8; 32], Option<Arc<ApiToken>>>,
}

/// A new token, and its row without it.
pub fn new(
    tenant: TenantId,
    name: &str,
    scopes: &[ApiScope],
    now: Timestamp,
) -> (SecretString, store::api_tokens::ApiTokenRow) {
    let token = format!("{PREFIX}{}", random_token());
    let row = store::api_tokens::ApiTokenRow {
        tenant_id: tenant,
        id: ApiTokenId::from_uuid(new_id(now)),
        token_hash: digest(&token).to_vec(),
        name: name.to_owned(),
        scopes: ApiScope::join(scopes),
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    (token.into(), row)
}

impl ApiToken {
    /// Whether it may do this.
    pub fn may(&self, scope: ApiScope) -> bool {
        self.scopes.contains(&scope)
    }
}

impl ApiTokens {
    /// Remembers nothing yet.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            known: Cache::builder()
                .time_to_live(KEPT)
                .max_capacity(10_000)
                .build(),
        }
    }

    /// The token of that text; `None` when it is unknown or revoked.
    pub async fn find(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<ApiToken>>, StoreError> {
        if !token.starts_with(PREFIX) {
            return Ok(None);
        }
        let hash = digest(token);
        if let Some(known) = self.known.get(&hash) {
            return Ok(known);
        }
        let row = self
            .store
            .read(Scope::Platform(PlatformUse::SignIn), move |db| {
                store::api_tokens::find_across_tenants(db, &hash)
            })
            .await?;
        if let Some(row) = &row {
            self.note_use(row, now).await?;
        }
        let token = row.map(|row| {
            Arc::new(ApiToken {
                id: row.id,
                tenant: row.tenant_id,
                scopes: ApiScope::split(&row.scopes),
            })
        });
        self.known.insert(hash, token.clone());
        Ok(token)
    }

    /// Lets a token that was revoked stop at once in this process.
    pub fn forget(&self) {
        self.known.invalidate_all();
    }

    async fn note_use(
        &self,
        row: &store::api_tokens::ApiTokenRow,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let is_recent = |at: Timestamp| now.since(at) < LAST_USED_WITHIN;
        if row.last_used_at.is_some_and(is_recent) {
            return Ok(());
        }
        let (tenant, id) = (row.tenant_id, row.id);
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                store::api_tokens::touch(db, tenant, id, now)
            })
            .await
    }
}
