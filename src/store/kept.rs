//! Statements that stay prepared although diesel would forget them.
//!
//! Diesel keeps what it can know by type. An UPDATE it plans anew each time, because its changes may be optional, and so
//! every statement that is written as text. On PostgreSQL that costs more than carrying out the statement does.

use diesel::QueryResult;
use diesel::RunQueryDsl;
use diesel::backend::Backend;
// No part of diesel's promise, but what its own `MultiConnection` is made of; the lock file holds its version.
use diesel::internal::derives::multiconnection::AstPassHelper;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;

use crate::store::db::{Db, on_backend};

/// A statement known again by its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<Statement>(Statement);

/// Carries out a statement that stays prepared; says how many rows it touched. See [`kept`].
pub(super) fn execute<Statement>(db: &mut Db, statement: Statement) -> QueryResult<usize>
where
    Statement: QueryFragment<Pg> + QueryFragment<Sqlite>,
{
    // The builder of a text for both databases at once cannot be made from nothing.
    on_backend!(db, connection => kept(statement).execute(connection))
}

/// Keeps a statement prepared for as long as its connection lives.
///
/// Only for those of few forms: each form of its text is kept for itself. A list of values is one array on PostgreSQL;
/// SQLite has none, and keeps a form for each length.
pub(super) fn kept<Statement>(statement: Statement) -> Kept<Statement> {
    Kept(statement)
}

impl<Statement, DB> QueryFragment<DB> for Kept<Statement>
where
    Statement: QueryFragment<DB>,
    DB: Backend,
    DB::QueryBuilder: Default,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if out.bind_collector().is_some() || out.debug_binds().is_some() {
            return self.0.walk_ast(out);
        }
        // Text alone: the statement is not asked whether it may be kept.
        let mut text = DB::QueryBuilder::default();
        self.0.to_sql(&mut text, out.backend())?;
        out.push_sql(&text.finish());
        Ok(())
    }
}

impl<Statement> QueryId for Kept<Statement> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Statement: Query> Query for Kept<Statement> {
    type SqlType = Statement::SqlType;
}

impl<Statement, Connection> RunQueryDsl<Connection> for Kept<Statement> {}
