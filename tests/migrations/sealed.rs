//! Every column of sealed values is in the list that is gone through when a data key is renewed.

use std::collections::BTreeSet;

use latchkey::store::sealed::SEALED_COLUMNS;

use crate::postgres::TestDatabase;
use crate::postgres_lines;

/// Bytes that are not sealed: hashes, links, and what a master key wraps.
const NOT_SEALED: [&str; 13] = [
    "api_tokens.token_hash",
    "audit.link",
    "audit_heads.link",
    "audit_heads.seal",
    "customer_terms.term",
    "customers.email_hash",
    "devices.secret_hash",
    "email_proofs.secret_hash",
    "licenses.key_hash",
    "remote_users.email_hash",
    "sessions.id_hash",
    "storefronts.hook_token_hash",
    "tenant_keys.wrapped",
];

#[test]
fn every_sealed_column_is_listed() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };

    let bytes = postgres_lines(
        &database,
        "SELECT table_name || '.' || column_name AS line FROM information_schema.columns \
         JOIN pg_class ON relname = table_name AND NOT relispartition \
         WHERE table_schema = 'public' AND data_type = 'bytea'",
    );
    let rows = postgres_lines(
        &database,
        "SELECT table_name || '.' || column_name AS line FROM information_schema.columns \
         WHERE table_schema = 'public' AND data_type = 'uuid'",
    );

    let listed: BTreeSet<String> = SEALED_COLUMNS
        .iter()
        .map(|listed| format!("{}.{}", listed.table, listed.column))
        .collect();
    let sealed: BTreeSet<String> = bytes
        .into_iter()
        .filter(|column| !NOT_SEALED.contains(&column.as_str()))
        .collect();
    assert_eq!(listed, sealed);
    for listed in SEALED_COLUMNS {
        let row = format!("{}.{}", listed.table, listed.row);
        assert!(rows.contains(&row), "{row} names no row");
    }
}
