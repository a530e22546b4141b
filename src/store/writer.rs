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
use crate::store::transaction::{
    Access, Completion, Ending, Work, begin, commit, roll_back, run_in_savepoint,
};
use crate::telemetry::names;

/// Writes that share one commit; more wait for the next.
const BATCH: usize = 256;

/// The queue to the writer's thread, which ends when the last sender is gone.
#[derive(Clone)]
pub(super) struct Writer {
    queue: Sender<Write>,
}

/// A write in line.
struct Write {
    scope: Scope,
    work: Work,
    /// Whom its end is told, once the commit is through.
    caller: oneshot::Sender<Ending>,
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
    pub(super) async fn write(&self, scope: Scope, work: Work) -> Ending {
        let (caller, ended) = oneshot::channel();
        gauge!(names::WRITER_QUEUE).increment(1.0);
        let is_queued = self.queue.send(Write {
            scope,
            work,
            caller,
        });
        let gone = || Ending::NotBegun(StoreError::unavailable("the writer has ended"));
        match is_queued {
            Ok(()) => ended.await.unwrap_or_else(|_closed| gone()),
            Err(_ended) => gone(),
        }
    }
}

impl Write {
    /// Tells the caller; one who no longer waits is no fault.
    fn end(self, ending: Ending) {
        drop(self.caller.send(ending));
    }
}

/// One failed commit is told to every write that it took along.
fn again(error: &StoreError) -> StoreError {
    StoreError::unavailable(format!("the shared commit failed: {error}"))
}

fn refuse(batch: Vec<Write>, error: &StoreError) {
    for write in batch {
        write.end(Ending::NotBegun(again(error)));
    }
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
            Err(error) => refuse(batch, &error),
        }
    }
}

/// Runs the batch in one transaction; `false` when the connection must not be used again.
fn run_batch(db: &mut Db, batch: Vec<Write>) -> bool {
    let Some(scope) = batch.first().map(|write| write.scope) else {
        return true;
    };
    if let Err(error) = begin(db, scope, Access::Write) {
        refuse(batch, &StoreError::from(error));
        return false;
    }
    let mut ended = Vec::with_capacity(batch.len());
    let mut is_lost = false;
    for mut write in batch {
        let ending = match is_lost {
            false => {
                let (ending, is_broken) = run_in_savepoint(db, &mut write.work);
                is_lost = is_broken;
                ending
            }
            true => Ending::NotBegun(StoreError::unavailable("the transaction was lost")),
        };
        ended.push((write, ending));
    }
    let committed = match is_lost {
        true => Err(StoreError::unavailable("the transaction was lost")),
        false => commit(db).map_err(StoreError::from),
    };
    let failed = committed.err();
    for (write, ending) in ended {
        write.end(match (ending, &failed) {
            (Ending::Completed(Completion::Commit), Some(error)) => {
                Ending::NotCommitted(again(error))
            }
            (ending, _) => ending,
        });
    }
    match failed {
        None => true,
        Some(_) => !is_lost && roll_back(db).is_ok(),
    }
}
