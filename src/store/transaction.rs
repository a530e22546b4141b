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

/// How a transaction ended.
pub(super) enum Ending<T, E> {
    /// The closure's answer; committed when `Ok`, else rolled back.
    Answered(Result<T, E>),
    /// Nothing was done, because it could not begin.
    NotBegun(StoreError),
    /// The closure succeeded, the commit did not.
    NotCommitted(StoreError),
    /// The closure panicked; rolled back.
    Panicked,
}

/// Runs `work` in a transaction of its own; marks the connection when it must not be used again.
pub(super) fn run<T, E>(
    pooled: &mut Pooled,
    scope: Scope,
    access: Access,
    work: impl FnOnce(&mut Db) -> Result<T, E>,
) -> Ending<T, E> {
    if let Err(error) = begin(&mut pooled.db, scope, access) {
        pooled.is_broken = true;
        return Ending::NotBegun(error.into());
    }
    let (ending, is_broken) = finish(&mut pooled.db, work);
    pooled.is_broken |= is_broken;
    ending
}

/// Runs `work` in a savepoint of the transaction that is open; `true` when that transaction is lost with it.
pub(super) fn run_in_savepoint<T, E>(
    db: &mut Db,
    work: impl FnOnce(&mut Db) -> Result<T, E>,
) -> (Ending<T, E>, bool) {
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

fn finish<T, E>(db: &mut Db, work: impl FnOnce(&mut Db) -> Result<T, E>) -> (Ending<T, E>, bool) {
    // Unwind safe: whatever the closure left behind is rolled back.
    match catch_unwind(AssertUnwindSafe(|| work(db))) {
        Ok(Ok(value)) => match commit(db) {
            Ok(()) => (Ending::Answered(Ok(value)), false),
            Err(error) => (
                Ending::NotCommitted(error.into()),
                roll_back(db).is_err() || Transactions::is_broken_transaction_manager(db),
            ),
        },
        // The closure's own error is told even when the rollback fails too.
        Ok(Err(error)) => {
            let is_broken = roll_back(db).is_err();
            (Ending::Answered(Err(error)), is_broken)
        }
        Err(_panic) => {
            let is_broken = roll_back(db).is_err();
            (Ending::Panicked, is_broken)
        }
    }
}

impl<T, E: From<StoreError>> Ending<T, E> {
    /// What the caller of a door is told.
    pub(super) fn into_result(self) -> Result<T, E> {
        match self {
            Self::Answered(result) => result,
            Self::NotBegun(error) | Self::NotCommitted(error) => Err(error.into()),
            Self::Panicked => Err(StoreError::Other("a store function panicked".into()).into()),
        }
    }
}
