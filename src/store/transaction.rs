//! Runs a closure in a transaction: commits what succeeds, rolls back what fails or panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};

use crate::store::connections::Pooled;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::scope::Scope;

type Transactions = <Db as Connection>::TransactionManager;

/// Whether a transaction may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// What runs in a transaction; whoever made it keeps its answer.
///
/// Without a type of the answer, so that the machinery around it is compiled once and not for every query.
pub(super) type Work = Box<dyn FnMut(&mut Db) -> Completion + Send>;

/// What becomes of a transaction once its work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Completion {
    Commit,
    RollBack,
    /// Rolled back, since the database asks for all of it to be run again.
    Repeat,
}

/// How a transaction ended.
pub(super) enum Ending {
    /// As its work asked for.
    Completed(Completion),
    /// Nothing was done, because it could not begin.
    NotBegun(StoreError),
    /// The work succeeded, the commit did not.
    NotCommitted(StoreError),
    /// The work panicked; rolled back.
    Panicked,
}

/// Runs `work` in a transaction of its own; marks the connection when it must not be used again.
pub(super) fn run(pooled: &mut Pooled, scope: Scope, access: Access, work: &mut Work) -> Ending {
    if let Err(error) = begin(&mut pooled.db, scope, access) {
        pooled.is_broken = true;
        return Ending::NotBegun(error.into());
    }
    let (ending, is_broken) = finish(&mut pooled.db, work);
    pooled.is_broken |= is_broken;
    ending
}

/// Runs `work` in a savepoint of the transaction that is open; `true` when that transaction is lost with it.
pub(super) fn run_in_savepoint(db: &mut Db, work: &mut Work) -> (Ending, bool) {
    match Transactions::begin_transaction(db) {
        Ok(()) => finish(db, work),
        Err(error) => (Ending::NotBegun(error.into()), true),
    }
}

/// Begins a transaction, its scope told in the same round trip.
pub(super) fn begin(db: &mut Db, scope: Scope, access: Access) -> diesel::QueryResult<()> {
    match (db, access) {
        (Db::Postgres(connection), Access::Read) => AnsiTransactionManager::begin_transaction_sql(
            connection,
            &format!("BEGIN READ ONLY; {}", scope.setting()),
        ),
        (Db::Postgres(connection), Access::Write) => AnsiTransactionManager::begin_transaction_sql(
            connection,
            &format!("BEGIN; {}", scope.setting()),
        ),
        (Db::Sqlite(connection), Access::Read) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN")
        }
        // A read that later turns into a write would fail at once with "database is locked".
        (Db::Sqlite(connection), Access::Write) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
        }
    }
}

/// Commits the transaction that is open.
pub(super) fn commit(db: &mut Db) -> diesel::QueryResult<()> {
    Transactions::commit_transaction(db)
}

/// Rolls back the transaction that is open.
pub(super) fn roll_back(db: &mut Db) -> diesel::QueryResult<()> {
    Transactions::rollback_transaction(db)
}

fn finish(db: &mut Db, work: &mut Work) -> (Ending, bool) {
    // Unwind safe: whatever the work left behind is rolled back.
    match catch_unwind(AssertUnwindSafe(|| work(db))) {
        Ok(Completion::Commit) => match commit(db) {
            Ok(()) => (Ending::Completed(Completion::Commit), false),
            Err(error) => (
                Ending::NotCommitted(error.into()),
                roll_back(db).is_err() || Transactions::is_broken_transaction_manager(db),
            ),
        },
        // What the work refused is told even when the rollback fails too.
        Ok(completion) => (Ending::Completed(completion), roll_back(db).is_err()),
        Err(_panic) => (Ending::Panicked, roll_back(db).is_err()),
    }
}
