//! Room for subjects in work: usually for as many as there are workers, for a suspect alone.

use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Room in this process. Who asks first is first; a suspect waits until the others have left, and those after it wait.
#[derive(Clone)]
pub struct Room {
    places: Arc<Semaphore>,
    all: u32,
}

impl Room {
    /// Room for so many.
    pub fn new(workers: usize) -> Self {
        let all = u32::try_from(workers.max(1)).unwrap_or(u32::MAX);
        Self {
            places: Arc::new(Semaphore::new(workers.max(1))),
            all,
        }
    }

    /// A place, or all of them for one who is to be alone; given back when it is dropped.
    pub async fn of(&self, is_alone: bool) -> Result<OwnedSemaphorePermit, AcquireError> {
        let places = if is_alone { self.all } else { 1 };
        Arc::clone(&self.places).acquire_many_owned(places).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_suspect_is_alone() {
        let room = Room::new(2);
        let first = room.of(false).await.unwrap();

        let mut suspect = Box::pin(room.of(true));
        assert!(futures::poll!(&mut suspect).is_pending(), "one is there");
        let mut later = Box::pin(room.of(false));
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
