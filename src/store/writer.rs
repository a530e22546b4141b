//! SQLite's one writer: runs the writes that wait in one transaction, each in its own savepoint.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use metrics::gauge;
use tokio::sync::oneshot;

use crate::config::DatabaseUrl;
use crate::store::connections::{Purpose, open};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::scope::Scope;
use crate::store::transaction::{Access, Ending, begin, commit, roll_back, run_in_savepoint};
use crate::telemetry::names;

/// Writes that share one commit; more wait for the next.
const BATCH: usize = 256;

/// The queue to the writer's thread, which ends when the last sender is gone.
#[derive(Clone)]
pub(super) struct Writer {
    queue: Sender<Write>,
}

/// A write in line: it keeps its own answer and tells it once the commit is through.
struct Write {
    scope: Scope,
    work: Box<dyn FnOnce(&mut Db) -> Done + Send>,
    lost: Box<dyn FnOnce(&StoreError) + Send>,
}

type Tell = Box<dyn FnOnce(Option<&StoreError>) + Send>;

/// What a write left behind.
struct Done {
    /// Tells the caller: its own answer, or that the commit failed.
    tell: Tell,
    /// Whether the transaction around it is lost.
    is_broken: bool,
}

impl Writer {
    /// Starts the thread; the file is opened with the first write.
    pub(super) fn start(url: DatabaseUrl) -> Result<Self, StoreError> {
        let (queue, writes) = channel();
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || serve(&url, &writes))
            .map_err(StoreError::unavailable)?;
        Ok(Self { queue })
    }

    /// Runs `work` on the writer's thread, and answers after the commit.
    pub(super) async fn write<T, E>(
        &self,
        scope: Scope,
        mut work: impl FnMut(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel::<Result<T, E>>();
        // Shared by the two ways in which a write can end; only one of them comes to pass.
        let answer = std::sync::Arc::new(std::sync::Mutex::new(Some(answer)));
        let lost = std::sync::Arc::clone(&answer);
        let write = Write {
            scope,
            work: Box::new(move |db| {
                let (ending, is_broken) = run_in_savepoint(db, &mut work);
                let tell = Box::new(move |failed: Option<&StoreError>| {
                    tell(&answer, outcome(ending, failed));
                });
                Done { tell, is_broken }
            }),
            lost: Box::new(move |error| tell(&lost, Err(again(error).into()))),
        };
        gauge!(names::WRITER_QUEUE).increment(1.0);
        if self.queue.send(write).is_err() {
            return Err(StoreError::unavailable("the writer has ended").into());
        }
        match answered.await {
            Ok(result) => result,
            Err(_closed) => Err(StoreError::unavailable("the writer has ended").into()),
        }
    }
}

type Answer<T, E> = std::sync::Mutex<Option<oneshot::Sender<Result<T, E>>>>;

/// A caller who no longer waits is no fault.
fn tell<T, E>(answer: &Answer<T, E>, result: Result<T, E>) {
    let sender = answer
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .take();
    if let Some(sender) = sender {
        drop(sender.send(result));
    }
}

fn outcome<T, E: From<StoreError>>(
    ending: Ending<T, E>,
    failed: Option<&StoreError>,
) -> Result<T, E> {
    match (ending, failed) {
        (Ending::Answered(Err(error)), _) => Err(error),
        (Ending::Answered(Ok(_)), Some(error)) => Err(again(error).into()),
        (ending, _) => ending.into_result(),
    }
}

/// One failed commit is told to every write that it took along.
fn again(error: &StoreError) -> StoreError {
    StoreError::unavailable(format!("the shared commit failed: {error}"))
}

fn serve(url: &DatabaseUrl, writes: &Receiver<Write>) {
    let mut kept: Option<Db> = None;
    while let Ok(first) = writes.recv() {
        let batch = std::iter::once(first).chain(writes.try_iter().take(BATCH - 1));
        let batch: Vec<Write> = batch.collect();
        gauge!(names::WRITER_QUEUE).decrement(batch.len() as f64);
        let db = match kept.take() {
            Some(db) => Ok(db),
            None => open(url, &Purpose::Serve { role: None }),
        };
        match db {
            Ok(mut db) => {
                if run_batch(&mut db, batch) {
                    kept = Some(db);
                }
            }
            Err(error) => batch.into_iter().for_each(|write| (write.lost)(&error)),
        }
    }
}

/// Runs the batch in one transaction; `false` when the connection must not be used again.
fn run_batch(db: &mut Db, batch: Vec<Write>) -> bool {
    let Some(scope) = batch.first().map(|write| write.scope) else {
        return true;
    };
    if let Err(error) = begin(db, scope, Access::Write) {
        let error = StoreError::from(error);
        batch.into_iter().for_each(|write| (write.lost)(&error));
        return false;
    }
    let mut done = Vec::with_capacity(batch.len());
    let mut is_broken = false;
    for write in batch {
        if is_broken {
            (write.lost)(&StoreError::unavailable("the transaction was lost"));
            continue;
        }
        let finished = (write.work)(db);
        is_broken = finished.is_broken;
        done.push(finished.tell);
    }
    let committed = if is_broken {
        Err(StoreError::unavailable("the transaction was lost"))
    } else {
        commit(db).map_err(StoreError::from)
    };
    let failed = committed.err();
    done.into_iter().for_each(|tell| tell(failed.as_ref()));
    match failed {
        None => true,
        Some(_) => !is_broken && roll_back(db).is_ok(),
    }
}
