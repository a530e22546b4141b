//! Stores what arrives, and answers only when it is on disk.
//!
//! Requests that arrive together share one commit: drain the queue, commit, repeat. No timer: while one commit is under
//! way the next batch gathers by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use crate::pipeline::metrics;
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Store, StoreError, events};

/// How long a delivery waits for the database before the shop is asked to come again: its first retry is an hour later.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries while the database is away.
pub(in crate::pipeline) const PAUSE: Duration = Duration::from_millis(100);
/// Deliveries that may wait at once; beyond it, asking to come again is kinder than running out of memory.
const QUEUE: usize = 4_096;
/// Deliveries in one commit.
const BATCH: usize = 256;

/// A delivery that could not be committed in time; nothing of it may be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// The database did not take it in time.
    #[error("the database did not take the delivery in time")]
    Unavailable,
    /// The database refuses this very delivery.
    #[error("the database refuses this delivery")]
    Refused,
}

/// One delivery's rows, sealed and ready.
pub use crate::store::events::Arrival;

/// Takes deliveries; cheap to clone.
#[derive(Clone)]
pub struct GroupCommit {
    queue: mpsc::Sender<PendingDelivery>,
}

struct PendingDelivery {
    arrival: Arc<Arrival>,
    answer: oneshot::Sender<Result<(), IngestError>>,
    until: Instant,
}

impl GroupCommit {
    /// The queue, and the writer that must run beside it; the writer ends when all clones of the queue are dropped.
    pub fn new(
        store: &Store,
        stored: Arc<Notify>,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (queue, arrivals) = mpsc::channel(QUEUE);
        (
            Self { queue },
            write(store.for_deliveries(), arrivals, stored),
        )
    }

    /// Returns when the delivery is on disk, stored now or before; fails when it is not by `until`.
    pub async fn accept(&self, arrival: Arrival, until: Instant) -> Result<(), IngestError> {
        let (answer, answered) = oneshot::channel();
        let pending = PendingDelivery {
            arrival: Arc::new(arrival),
            answer,
            until,
        };
        timeout_at(until, self.queue.send(pending))
            .await
            .map_err(|_elapsed| IngestError::Unavailable)?
            .map_err(|_closed| IngestError::Unavailable)?;
        // The writer gives up by itself; the pause is for its last answer.
        timeout_at(until + PAUSE, answered)
            .await
            .map_err(|_elapsed| IngestError::Unavailable)?
            .map_err(|_dropped| IngestError::Unavailable)?
    }
}

async fn write(store: Store, mut arrivals: mpsc::Receiver<PendingDelivery>, stored: Arc<Notify>) {
    let mut batch = Vec::with_capacity(BATCH);
    while arrivals.recv_many(&mut batch, BATCH).await > 0 {
        commit(&store, std::mem::take(&mut batch)).await;
        stored.notify_one();
    }
}

/// Commits a batch; one that the database refuses is tried once more, then row by row, so that one delivery
/// that cannot be stored fails no other.
#[tracing::instrument(name = "commit_deliveries", level = "debug", skip_all)]
async fn commit(store: &Store, mut batch: Vec<PendingDelivery>) {
    let mut refused = 0;
    while !batch.is_empty() {
        match accept_all(store, &batch).await {
            Ok(()) => return answer_all(batch, Ok(())),
            Err(StoreError::Unavailable(_)) => {
                sleep(PAUSE).await;
                batch = answer_late(batch);
            }
            Err(error) if refused == 0 => {
                tracing::warn!(error = %error, "a batch of deliveries was refused; trying once more");
                refused = 1;
            }
            Err(_) => return commit_one_by_one(store, batch).await,
        }
    }
}

async fn commit_one_by_one(store: &Store, batch: Vec<PendingDelivery>) {
    for pending in batch {
        let one = vec![pending];
        let result = match accept_all(store, &one).await {
            Ok(()) => Ok(()),
            Err(StoreError::Unavailable(_)) => Err(IngestError::Unavailable),
            Err(error) => {
                tracing::error!(error = %error, "a delivery cannot be stored");
                Err(IngestError::Refused)
            }
        };
        answer_all(one, result);
    }
}

async fn accept_all(store: &Store, batch: &[PendingDelivery]) -> Result<(), StoreError> {
    let arrivals: Vec<Arc<Arrival>> = batch
        .iter()
        .map(|pending| Arc::clone(&pending.arrival))
        .collect();
    let events = arrivals.iter().map(|arrival| arrival.events.len()).sum();
    let begun = Instant::now();
    store
        .write(Scope::Platform(PlatformUse::Ingest), move |db| {
            events::accept_batch(db, &arrivals)
        })
        .await?;
    metrics::count_commit(batch.len(), events, begun.elapsed().as_secs_f64());
    Ok(())
}

/// Tells those whose time is over; keeps the others.
fn answer_late(batch: Vec<PendingDelivery>) -> Vec<PendingDelivery> {
    let now = Instant::now();
    let (late, kept) = batch.into_iter().partition(|pending| pending.until <= now);
    answer_all(late, Err(IngestError::Unavailable));
    kept
}

fn answer_all(batch: Vec<PendingDelivery>, result: Result<(), IngestError>) {
    for pending in batch {
        // Whoever does not listen any more has been told to come again.
        if pending.answer.send(result).is_err() {
            tracing::debug!("a delivery was stored after its sender had gone");
        }
    }
}
