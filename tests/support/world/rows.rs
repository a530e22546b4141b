//! What the database itself holds of a tenant, whatever Latchkey shows of it.

use diesel::sql_types::Text;
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Every row of the tables that name a tenant, of this one, in the order of their texts.
pub fn of_sqlite(connection: &mut SqliteConnection, tenant: &str) -> Vec<String> {
    let mut ask = |statement: String| lines(sql_query(statement).load(connection));
    let tables = ask(
        "SELECT m.name AS text FROM sqlite_master m WHERE m.type = 'table' \
         AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'tenant_id')"
            .to_owned(),
    );
    let mut rows = Vec::new();
    for table in tables {
        let columns = ask(format!(
            "SELECT 'quote(\"' || name || '\")' AS text FROM pragma_table_info('{table}')"
        ));
        let columns = columns.join(" || ', ' || ");
        rows.extend(ask(format!(
            "SELECT '{table}: ' || {columns} AS text FROM \"{table}\" WHERE tenant_id = {tenant}"
        )));
    }
    rows.sort();
    rows
}

/// The same on PostgreSQL.
pub fn of_postgres(connection: &mut PgConnection, tenant: &str) -> Vec<String> {
    let mut ask = |statement: String| lines(sql_query(statement).load(connection));
    let tables = ask("SELECT c.table_name::text AS text FROM information_schema.columns c \
         JOIN information_schema.tables t USING (table_schema, table_name) \
         WHERE c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE' AND table_schema = current_schema()"
        .to_owned());
    let mut rows = Vec::new();
    for table in tables {
        rows.extend(ask(format!(
            "SELECT '{table}: ' || t::text AS text FROM \"{table}\" t WHERE tenant_id = {tenant}"
        )));
    }
    rows.sort();
    rows
}

fn lines(found: diesel::QueryResult<Vec<Line>>) -> Vec<String> {
    let found = found.expect("the statement is right");
    found.into_iter().map(|line| line.text).collect()
}
