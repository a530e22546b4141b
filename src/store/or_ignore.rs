//! An insert that is silent about a row that is there already, on whichever database.

use diesel::QueryResult;
use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// An insert with `ON CONFLICT DO NOTHING`, which diesel offers for each database but not for both at once.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct OrIgnore<Insert>(Insert);

/// Counts 0 when the row is there already; a violated unique index would lose a PostgreSQL transaction instead.
pub(super) fn or_ignore<Insert>(insert: Insert) -> OrIgnore<Insert> {
    OrIgnore(insert)
}

impl<Insert, DB: Backend> QueryFragment<DB> for OrIgnore<Insert>
where
    Insert: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" ON CONFLICT DO NOTHING");
        Ok(())
    }
}

impl<Insert, Connection> RunQueryDsl<Connection> for OrIgnore<Insert> {}
