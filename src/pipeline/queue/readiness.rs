//! Whether this process can do its work: only when it has just written to and read from the database, and can open what
//! is sealed there.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, timeout};

use crate::pipeline::calls::tenant_keys::TenantKeyCache;
use crate::pipeline::clock::Clock;
use crate::pipeline::error::TenantKeysError;
use crate::store::{PlatformUse, ProcessId, Scope, Store, upkeep};

/// How long an answer is kept, so that many probes cost one write.
const KEPT: Duration = Duration::from_secs(2);
/// A database that takes longer is as good as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why this process shall get no work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It is about to end.
    #[error("shutting down")]
    Stopping,
    /// The database refuses to write or read.
    #[error("the database does not take a write")]
    Database,
    /// The database does not answer.
    #[error("the database does not answer in time")]
    Late,
    /// The master keys are not those that the database was sealed with.
    #[error("wrong master key")]
    MasterKey,
}

/// Tells whether this process is ready. Cheap to clone; clones agree.
#[derive(Clone)]
pub struct Readiness(Arc<Inner>);

struct Inner {
    store: Store,
    tenant_keys: TenantKeyCache,
    clock: Clock,
    owner: ProcessId,
    is_stopping: watch::Sender<bool>,
    latest: Mutex<Option<(Instant, Result<(), NotReady>)>>,
}

impl Readiness {
    /// Nothing was asked yet.
    pub fn new(store: Store, tenant_keys: TenantKeyCache, clock: Clock, owner: ProcessId) -> Self {
        Self(Arc::new(Inner {
            store,
            tenant_keys,
            clock,
            owner,
            is_stopping: watch::Sender::new(false),
            latest: Mutex::new(None),
        }))
    }

    /// Not ready from now on, whatever the database says.
    pub fn begin_to_stop(&self) {
        self.0.is_stopping.send_replace(true);
    }

    /// Whether the end has begun.
    pub fn is_stopping(&self) -> bool {
        *self.0.is_stopping.borrow()
    }

    /// Comes back once the end has begun.
    pub async fn stopping(&self) {
        let mut is_stopping = self.0.is_stopping.subscribe();
        // The sender is ours, so that there is always one.
        drop(is_stopping.wait_for(|is_stopping| *is_stopping).await);
    }

    /// Writes and reads, unless that was done a moment ago; those who ask meanwhile get the same answer.
    pub async fn check(&self) -> Result<(), NotReady> {
        if self.is_stopping() {
            return Err(NotReady::Stopping);
        }
        let mut latest = self.0.latest.lock().await;
        if let Some((at, answer)) = *latest
            && at.elapsed() < KEPT
        {
            return answer;
        }
        let answer = match timeout(PATIENCE, self.check_database()).await {
            Ok(checked) => checked.map_err(|error| {
                tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
                match error {
                    TenantKeysError::Store(_) => NotReady::Database,
                    TenantKeysError::Vault(_) => NotReady::MasterKey,
                }
            }),
            Err(_elapsed) => Err(NotReady::Late),
        };
        *latest = Some((Instant::now(), answer));
        answer
    }

    /// What was sealed must open too, or nothing can be done with what is there.
    async fn check_database(&self) -> Result<(), TenantKeysError> {
        let (owner, now) = (self.0.owner, self.0.clock.now());
        self.0
            .store
            .write(Scope::Platform(PlatformUse::Upkeep), move |db| {
                upkeep::beat(db, owner, now)
            })
            .await?;
        self.0.tenant_keys.check().await
    }
}
