//! No vendor's scope reaches another vendor's rows, to read or to write: every table and every partition, from the schema.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Text};

use crate::postgres::{ROLE, TestDatabase};

const OWN: &str = "00000000-0000-0000-0000-00000000000a";
const FOREIGN: &str = "00000000-0000-0000-0000-00000000000b";

/// Lets columns hold any text.
const UNCHECKED: &str = "DO $$ DECLARE found record; BEGIN \
    FOR found IN SELECT conrelid::regclass AS of_table, conname FROM pg_constraint WHERE conname LIKE '%_is_known' LOOP \
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.of_table, found.conname); \
    END LOOP; END $$";

/// What keeps a role from more than it may.
const REFUSALS: [&str; 2] = ["row-level security", "permission denied"];

/// Tables in which the role that serves may not even delete a row of the tenant whose scope it has.
const KEPT: [&str; 2] = ["audit", "audit_heads"];

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    column: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A table with its columns, and by which of them it belongs to a tenant.
struct Table {
    name: String,
    columns: Vec<Column>,
}

#[test]
fn no_write_and_no_read_crosses_tenants() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };
    let mut connection = PgConnection::establish(&database.url()).unwrap();
    connection
        .batch_execute("SELECT latchkey_make_partitions('2027-01-01', 2)")
        .unwrap();
    let tables = tables(&mut connection);
    assert!(tables.iter().any(|table| table.name == "payloads_2027_02"));
    assert!(tables.len() > 30, "{}", tables.len());
    // References and sets of values are no part of this; whoever seeds is not held by anything.
    connection.batch_execute(UNCHECKED).unwrap();
    connection
        .batch_execute("SET session_replication_role = replica")
        .unwrap();
    for table in &tables {
        for tenant in [OWN, FOREIGN] {
            connection
                .batch_execute(&table.insert(tenant, "seed"))
                .unwrap();
        }
    }
    connection
        .batch_execute(&format!(
            "SET session_replication_role = origin; SET ROLE {ROLE}"
        ))
        .unwrap();

    for table in &tables {
        table.assert_fenced_in(&mut connection);
    }
}

impl Table {
    fn assert_fenced_in(&self, connection: &mut PgConnection) {
        let (name, tenant) = (&self.name, self.tenant());
        for (statement, what) in [
            (self.insert(FOREIGN, "put in"), "inserts"),
            (
                format!("UPDATE {name} SET {tenant} = '{FOREIGN}' WHERE {tenant} = '{OWN}'"),
                "moves to another",
            ),
        ] {
            let done = attempt(connection, &statement);
            assert!(is_refused(&done), "{name} {what}: {done:?}");
        }
        for (statement, what) in [
            (
                format!("UPDATE {name} SET {tenant} = '{OWN}' WHERE {tenant} = '{FOREIGN}'"),
                "takes over",
            ),
            (
                format!("UPDATE {name} SET {tenant} = {tenant} WHERE {tenant} = '{FOREIGN}'"),
                "updates",
            ),
            (
                format!("DELETE FROM {name} WHERE {tenant} = '{FOREIGN}'"),
                "deletes",
            ),
        ] {
            let done = attempt(connection, &statement);
            assert!(
                is_refused(&done) || done == Ok(0),
                "{name} {what}: {done:?}"
            );
        }
        let foreign = self.count(connection, FOREIGN);
        assert!(
            is_refused(&foreign) || foreign == Ok(0),
            "{name} reads: {foreign:?}"
        );
        // The fence is not simply shut: what is its own is there, save in a month that was made after the grant.
        let own = self.count(connection, OWN);
        if !name.contains("_2027_") {
            assert!(own.is_ok_and(|count| count > 0), "{name} reads its own");
            let deleted = attempt(
                connection,
                &format!("DELETE FROM {name} WHERE {tenant} = '{OWN}'"),
            );
            let is_kept = KEPT.contains(&name.as_str());
            assert_eq!(is_refused(&deleted), is_kept, "{name}: {deleted:?}");
        }
    }

    /// Statement for a row of a tenant; `which` keeps the rows of one tenant apart.
    fn insert(&self, tenant: &str, which: &str) -> String {
        let names: Vec<&str> = self
            .columns
            .iter()
            .map(|column| column.column.as_str())
            .collect();
        let values = self.columns.iter().map(|column| {
            let text = format!("md5('{} {tenant} {which}')", self.name);
            match column.kind.as_str() {
                _ if column.column == self.tenant() => format!("'{tenant}'"),
                "uuid" => format!("{text}::uuid"),
                "bytea" => format!("decode({text}, 'hex')"),
                "boolean" => "false".to_owned(),
                "integer" | "bigint" => "1".to_owned(),
                "timestamp with time zone" => format!("'{}'", self.time()),
                _ => text,
            }
        });
        let values: Vec<String> = values.collect();
        format!(
            "INSERT INTO {} ({}) VALUES ({})",
            self.name,
            names.join(", "),
            values.join(", ")
        )
    }

    /// A time that belongs into this partition.
    fn time(&self) -> String {
        match self.name.rsplit_once("_2027_") {
            Some((_, month)) => format!("2027-{month}-15"),
            None => "2001-01-01".to_owned(),
        }
    }

    /// The column that says whose a row is.
    fn tenant(&self) -> &'static str {
        match self.name.as_str() {
            "tenants" => "id",
            _ => "tenant_id",
        }
    }

    fn count(&self, connection: &mut PgConnection, tenant: &str) -> Result<usize, String> {
        let (name, column) = (&self.name, self.tenant());
        let query = format!("SELECT count(*) AS count FROM {name} WHERE {column} = '{tenant}'");
        in_own_scope(connection, |connection| {
            let counted: Count = diesel::sql_query(&query).get_result(connection)?;
            Ok(usize::try_from(counted.count).unwrap())
        })
    }
}

/// How many rows a statement touches in the scope of the one tenant; nothing of it stays.
fn attempt(connection: &mut PgConnection, statement: &str) -> Result<usize, String> {
    in_own_scope(connection, |connection| {
        diesel::sql_query(statement).execute(connection)
    })
}

fn in_own_scope(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<usize>,
) -> Result<usize, String> {
    let mut answer = Ok(0);
    let rolled_back = connection.transaction::<(), Error, _>(|connection| {
        connection.batch_execute(&format!("SET LOCAL latchkey.tenant = '{OWN}'"))?;
        answer = work(connection).map_err(|error| error.to_string());
        Err(Error::RollbackTransaction)
    });
    assert_eq!(rolled_back, Err(Error::RollbackTransaction));
    answer
}

fn is_refused(done: &Result<usize, String>) -> bool {
    let is_known = |error: &String| REFUSALS.iter().any(|refusal| error.contains(refusal));
    done.as_ref().is_err_and(is_known)
}

/// Every table and partition whose rows belong to tenants.
fn tables(connection: &mut PgConnection) -> Vec<Table> {
    let columns: Vec<Column> = diesel::sql_query(
        "SELECT table_name::text AS \"table\", column_name::text AS \"column\", data_type::text AS kind \
         FROM information_schema.columns AS here WHERE table_schema = 'public' AND (table_name = 'tenants' \
             OR EXISTS (SELECT FROM information_schema.columns AS other WHERE other.table_schema = 'public' \
                 AND other.table_name = here.table_name AND other.column_name = 'tenant_id')) \
         ORDER BY table_name, ordinal_position",
    )
    .load(connection)
    .unwrap();
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for column in columns {
        tables.entry(column.table.clone()).or_default().push(column);
    }
    tables
        .into_iter()
        .map(|(name, columns)| Table { name, columns })
        .collect()
}
