//! Deliveries that were refused: counted in memory, written now and then, so that garbage costs next to nothing.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::domain::id::{DeliveryId, StorefrontId, TenantId};
use crate::domain::time::Timestamp;
use crate::pipeline::clock::id_at;
use crate::store::deliveries::{self, Refusal};
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Store, StoreError};

/// Counts until they are written. What was not yet written is lost with the process: a count, not an event.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<HashMap<Key, Count>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    tenant: TenantId,
    storefront: StorefrontId,
    cause: &'static str,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    refused: i64,
    body_bytes: usize,
    latest_at: Timestamp,
}

impl Refusals {
    /// Counts one more.
    #[expect(clippy::too_many_arguments, reason = "each is another kind of thing")]
    pub fn count(
        &self,
        tenant: TenantId,
        storefront: StorefrontId,
        cause: &'static str,
        body_bytes: usize,
        now: Timestamp,
    ) {
        let key = Key {
            tenant,
            storefront,
            cause,
        };
        let mut counts = self.lock();
        let count = counts.entry(key).or_insert(Count {
            refused: 0,
            body_bytes,
            latest_at: now,
        });
        count.refused += 1;
        count.body_bytes = body_bytes;
        count.latest_at = now;
    }

    /// Writes the counts and, of each cause, the latest delivery as a sample.
    pub async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let counts = std::mem::take(&mut *self.lock());
        if counts.is_empty() {
            return Ok(());
        }
        let refusals: Vec<Refusal> = counts.into_iter().map(refusal).collect();
        store
            .write(Scope::Platform(PlatformUse::Ingest), move |db| {
                deliveries::refuse(db, &refusals)
            })
            .await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Count>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn refusal((key, count): (Key, Count)) -> Refusal {
    Refusal {
        tenant_id: key.tenant,
        storefront_id: key.storefront,
        sample_id: DeliveryId::from_uuid(id_at(count.latest_at)),
        cause: key.cause.to_owned(),
        refused: count.refused,
        body_bytes: i64::try_from(count.body_bytes).unwrap_or(i64::MAX),
        at: count.latest_at,
    }
}
