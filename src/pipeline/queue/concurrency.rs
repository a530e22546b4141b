//! How many subjects are processed at once: as many as there are workers, and a suspect alone.

use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// The places of this process, first come, first served: a suspect waits until all are free, and whoever comes later
/// waits behind it.
#[derive(Clone)]
pub struct ConcurrencyLimit {
    places: Arc<Semaphore>,
    all: u32,
}

impl ConcurrencyLimit {
    /// A limit of so many places.
    pub fn new(workers: usize) -> Self {
        let all = u32::try_from(workers.max(1)).unwrap_or(u32::MAX);
        Self {
            places: Arc::new(Semaphore::new(workers.max(1))),
            all,
        }
    }

    /// A place, or all of them for one who is to be alone; given back when it is dropped.
    pub async fn acquire(&self, is_alone: bool) -> Result<OwnedSemaphorePermit, AcquireError> {
        let places = if is_alone { self.all } else { 1 };
        Arc::clone(&self.places).acquire_many_owned(places).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_suspect_is_alone() {
        let limit = ConcurrencyLimit::new(2);
        let first = limit.acquire(false).await.unwrap();

        let mut suspect = Box::pin(limit.acquire(true));
        assert!(futures::poll!(&mut suspect).is_pending(), "one is there");
        let mut later = Box::pin(limit.acquire(false));
        assert!(futures::poll!(&mut later).is_pending(), "a suspect waits");

        drop(first);
        let alone = suspect.await.unwrap();
        assert!(
            futures::poll!(&mut later).is_pending(),
            "a suspect is there"
        );
        drop(alone);
        drop(later.await.unwrap());
    }
}
