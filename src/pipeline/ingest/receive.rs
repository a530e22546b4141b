//! One POST to a hook, from bytes to rows on disk.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use tokio::time::{Instant, sleep, timeout_at};
use zeroize::Zeroizing;

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::kind::StorefrontKind;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::pipeline::calls::tenant_keys::TenantKeyCache;
use crate::pipeline::clock::Clock;
use crate::pipeline::error::TenantKeysError;
use crate::pipeline::ingest::event_types::EventTypes;
use crate::pipeline::ingest::group_commit::{GroupCommit, IngestError, PAUSE};
use crate::pipeline::ingest::rejections::{Rejection, RejectionCounter};
use crate::pipeline::ingest::sealed_rows::{EventSource, seal_delivery};
use crate::store::deliveries::Outcome;
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Store, StoreError, older_secrets, storefronts};
use crate::storefronts::{self as kinds, HeaderValues, SignatureError};
use crate::vault::{Field, TenantKeys, VaultError, digest};

/// How long a hook's secrets are kept: a rotated secret is known everywhere after this long.
const KEPT: Duration = Duration::from_secs(5);

/// What the sender is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Every event is on disk.
    Accepted {
        /// The shop's ids of the events.
        ids: Vec<String>,
    },
    /// These are on disk; others of the delivery could not be read.
    AcceptedPartly {
        /// The shop's ids of those that are.
        ids: Vec<String>,
    },
    /// Nothing in it could be read.
    Malformed,
    /// It is not signed.
    SignatureMissing,
    /// It is not signed by anyone we know.
    SignatureMismatch,
    /// No such hook, or its storefront was removed.
    UnknownHook,
    /// Not on disk; the sender must come again.
    Unavailable,
}

/// Takes deliveries. Cheap to clone.
#[derive(Clone)]
pub struct Receiver {
    store: Store,
    tenant_keys: TenantKeyCache,
    clock: Clock,
    ingest: GroupCommit,
    rejections: Arc<RejectionCounter>,
    event_types: EventTypes,
    hooks: Cache<[u8; 32], Option<Arc<Hook>>>,
}

/// What verifies a delivery and seals its events.
pub struct Hook {
    /// Whose it is.
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// Its kind.
    pub kind: StorefrontKind,
    /// Whether events wait until the storefront is resumed.
    pub is_paused: bool,
    /// The tenant's keys.
    pub keys: Arc<TenantKeys>,
    opened_at: Timestamp,
    secret: Zeroizing<Vec<u8>>,
    /// Those of before, each until its overlap ends.
    earlier: Vec<(Zeroizing<Vec<u8>>, Timestamp)>,
}

/// Why a hook cannot be opened.
#[derive(Debug, thiserror::Error)]
enum HookError {
    #[error("reading a hook")]
    Store(#[from] StoreError),
    #[error("opening a hook's tenant")]
    TenantKeys(#[from] TenantKeysError),
    #[error("opening a hook's secret")]
    Vault(#[from] VaultError),
}

impl HookError {
    /// Whether trying again may help.
    const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Unavailable(_))
                | Self::TenantKeys(TenantKeysError::Store(StoreError::Unavailable(_)))
        )
    }
}

impl Receiver {
    /// Takes deliveries for every storefront of this store.
    pub fn new(
        store: &Store,
        tenant_keys: TenantKeyCache,
        clock: Clock,
        ingest: GroupCommit,
        rejections: Arc<RejectionCounter>,
    ) -> Self {
        Self {
            store: store.for_deliveries(),
            tenant_keys,
            clock,
            ingest,
            rejections,
            event_types: EventTypes::default(),
            hooks: Cache::builder()
                .time_to_live(KEPT)
                .max_capacity(100_000)
                .build(),
        }
    }

    /// Reads hooks anew from the next delivery on: a store's secret or mode was changed, or it was removed.
    ///
    /// Other processes notice within a few seconds.
    pub fn forget_hooks(&self) {
        self.hooks.invalidate_all();
    }

    /// The hook of a token; `None` when there is none. An error means that it could not be loaded by `until`.
    ///
    /// Deliveries that come together share one read: while the database is away, a read for each would hold a thread.
    pub async fn hook(
        &self,
        token: &str,
        until: Instant,
    ) -> Result<Option<Arc<Hook>>, IngestError> {
        let hash = digest(token);
        loop {
            let look = self.hooks.try_get_with(hash, self.load_hook(hash));
            let found = timeout_at(until, look).await;
            let found = found.map_err(|_elapsed| IngestError::Unavailable)?;
            let error = match found {
                // The cache of a process that slept has not counted the time that passed.
                Ok(Some(hook)) if self.is_stale(&hook) => {
                    self.hooks.invalidate(&hash).await;
                    continue;
                }
                Ok(hook) => return Ok(hook),
                Err(error) => error,
            };
            if !error.is_transient() {
                tracing::error!(error = %error, "a hook cannot be opened");
                return Err(IngestError::Unavailable);
            }
            tracing::debug!(error = %error, "a hook cannot be opened yet");
            sleep(PAUSE).await;
        }
    }

    fn is_stale(&self, hook: &Hook) -> bool {
        self.clock.now().since(hook.opened_at).unsigned_abs() >= KEPT
    }

    /// Checks, splits, seals and stores one body; returns when it is on disk, or could not be stored until then.
    #[tracing::instrument(name = "receive_delivery", level = "debug", skip_all)]
    pub async fn receive(
        &self,
        hook: &Hook,
        headers: &HeaderValues<'_>,
        body: &[u8],
        until: Instant,
    ) -> Answer {
        let kind = kinds::of(hook.kind);
        let now = self.clock.now();
        match kind.verify(headers, body, &hook.secrets(now)) {
            Ok(_which) => {}
            Err(error) => return self.reject(hook, error, body, now),
        }
        let Ok(envelope) = kind.split(body) else {
            self.count_rejection(hook, Refusal::Malformed, body, now);
            return Answer::Malformed;
        };
        if envelope.events.is_empty() && envelope.malformed > 0 {
            self.count_rejection(hook, Refusal::Malformed, body, now);
            return Answer::Malformed;
        }
        let ids: Vec<String> = envelope
            .events
            .iter()
            .map(|event| event.source_id.to_string())
            .collect();
        if ids.is_empty() {
            return Answer::Accepted { ids };
        }
        let sealed = seal_delivery(
            hook.source(),
            &envelope.events,
            body.len(),
            Outcome::Accepted,
            now,
        );
        let Ok(arrival) = sealed else {
            return Answer::Unavailable;
        };
        let new_types = self.event_types.new_of(hook.source(), &envelope.events);
        let arrival = arrival.with_new_types(&new_types);
        let stored = self.ingest.accept(arrival, until).await;
        if stored.is_ok() {
            self.event_types.remember(hook.storefront, &new_types);
        }
        match stored {
            Ok(()) if envelope.malformed == 0 => Answer::Accepted { ids },
            Ok(()) => Answer::AcceptedPartly { ids },
            Err(IngestError::Unavailable | IngestError::Refused) => Answer::Unavailable,
        }
    }

    /// Counts a request for keys that was refused.
    pub fn count_refused_request(&self, hook: &Hook, cause: Refusal, body: &[u8]) {
        self.count_rejection(hook, cause, body, self.clock.now());
    }

    fn count_rejection(&self, hook: &Hook, cause: Refusal, body: &[u8], at: Timestamp) {
        self.rejections.count(Rejection {
            tenant: hook.tenant,
            storefront: hook.storefront,
            cause,
            body_bytes: body.len(),
            at,
        });
    }

    fn reject(&self, hook: &Hook, error: SignatureError, body: &[u8], now: Timestamp) -> Answer {
        let (cause, answer) = match error {
            SignatureError::Missing => (Refusal::SignatureMissing, Answer::SignatureMissing),
            SignatureError::Mismatch => (Refusal::SignatureMismatch, Answer::SignatureMismatch),
        };
        self.count_rejection(hook, cause, body, now);
        answer
    }

    async fn load_hook(&self, hash: [u8; 32]) -> Result<Option<Arc<Hook>>, HookError> {
        let now = self.clock.now();
        let found = self
            .store
            .read(Scope::Platform(PlatformUse::Ingest), move |db| {
                let Some(row) = storefronts::find_hook_across_tenants(db, &hash)? else {
                    return Ok(None);
                };
                let older = older_secrets::list(db, row.tenant_id, row.storefront_id, now)?;
                Ok::<_, StoreError>(Some((row, older)))
            })
            .await?;
        let Some((row, older)) = found else {
            return Ok(None);
        };
        let keys = self.tenant_keys.of(row.tenant_id).await?;
        let secret = keys.open(
            Field::WebhookSecret(row.storefront_id).place(),
            &row.webhook_secret_sealed,
        )?;
        let mut earlier = Vec::new();
        if let (Some(sealed), Some(until)) =
            (&row.previous_secret_sealed, row.previous_secret_until)
        {
            let previous = keys.open(Field::PreviousSecret(row.storefront_id).place(), sealed)?;
            earlier.push((previous, until));
        }
        for older in older {
            let place = Field::OlderSecret(older.id);
            let secret = keys.open(place.place(), &older.secret_sealed)?;
            earlier.push((secret, older.believed_until));
        }
        Ok(Some(Arc::new(Hook {
            tenant: row.tenant_id,
            storefront: row.storefront_id,
            kind: row.kind,
            is_paused: row.is_paused,
            keys,
            opened_at: now,
            secret,
            earlier,
        })))
    }
}

impl Hook {
    /// Whose events it takes.
    fn source(&self) -> EventSource<'_> {
        EventSource {
            tenant: self.tenant,
            storefront: self.storefront,
            kind: self.kind,
            is_paused: self.is_paused,
            keys: &self.keys,
        }
    }

    fn secrets(&self, now: Timestamp) -> Vec<&[u8]> {
        let earlier = self.earlier.iter().filter(|(_, until)| *until > now);
        std::iter::once(self.secret.as_slice())
            .chain(earlier.map(|(secret, _)| secret.as_slice()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tokio::runtime::Builder;
    use tokio::time::timeout;

    use super::*;

    /// Takes deliveries for a database that is away.
    fn receiver() -> Receiver {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("postgres://nobody@{address}/away").parse().unwrap();
        let store = Store::open(&url, 2).unwrap();
        let master_keys = Arc::new(format!("one:{}=", "A".repeat(43)).parse().unwrap());
        let (ingest, _writer) = GroupCommit::new(&store, Arc::default());
        Receiver::new(
            &store,
            TenantKeyCache::new(&store, master_keys, Clock::system()),
            Clock::system(),
            ingest,
            Arc::default(),
        )
    }

    #[test]
    fn a_crowd_that_waits_for_the_database_is_answered_in_time() {
        let runtime = Builder::new_multi_thread()
            .max_blocking_threads(2)
            .enable_all()
            .build()
            .unwrap();

        let looked_up = runtime.block_on(async {
            let receiver = receiver();
            let until = Instant::now() + Duration::from_millis(200);
            let looks = (0..1_000).map(|_| receiver.hook("token", until));
            // Two threads would need forty minutes, if each look had its own.
            timeout(Duration::from_secs(60), join_all(looks)).await
        });
        runtime.shutdown_background();

        let looked_up = looked_up.expect("nobody waits for a thread");
        let away = |hook: &Result<_, _>| matches!(hook, Err(IngestError::Unavailable));
        assert_eq!(looked_up.iter().filter(|hook| away(hook)).count(), 1_000);
    }
}
