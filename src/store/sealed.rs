//! Every column that holds sealed values: what is gone through when a data key is renewed.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Binary, Nullable, Text};
use uuid::Uuid;

use crate::domain::id::{
    CallId, CustomerId, EventId, KeyRequestId, LicenseId, LicenseServerId, MailId, MappingId,
    OlderSecretId, OnceId, StorefrontId, TenantId,
};
use crate::store::columns::{Id, IdValue};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::vault::Field;

/// A column of sealed values, empty ones among them.
#[derive(Debug, Clone, Copy)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The column whose id the values are bound to; unique within a tenant.
    pub row: &'static str,
    /// The field that the value in the row of this id is.
    pub field: fn(Uuid) -> Field,
    /// What of the row the values are bound to besides, as SQL; an empty text for most.
    bound_to: &'static str,
}

/// All of them; a test compares them with the schema.
pub const SEALED_COLUMNS: [SealedColumn; 18] = [
    // What opens everything else comes first: it is little, and asked for most.
    SealedColumn {
        bound_to: "base_url",
        ..column("license_servers", "access_token_sealed", |id| {
            Field::AccessToken(LicenseServerId::from_uuid(id))
        })
    },
    column("storefronts", "hook_token_sealed", |id| {
        Field::HookToken(StorefrontId::from_uuid(id))
    }),
    column("storefronts", "webhook_secret_sealed", |id| {
        Field::WebhookSecret(StorefrontId::from_uuid(id))
    }),
    column("storefronts", "previous_secret_sealed", |id| {
        Field::PreviousSecret(StorefrontId::from_uuid(id))
    }),
    column("older_secrets", "secret_sealed", |id| {
        Field::OlderSecret(OlderSecretId::from_uuid(id))
    }),
    column("storefronts", "fulfillment_key_sealed", |id| {
        Field::FulfillmentKey(StorefrontId::from_uuid(id))
    }),
    column("storefronts", "api_username_sealed", |id| {
        Field::ApiUsername(StorefrontId::from_uuid(id))
    }),
    column("storefronts", "api_password_sealed", |id| {
        Field::ApiPassword(StorefrontId::from_uuid(id))
    }),
    column("mappings", "fulfillment_key_sealed", |id| {
        Field::MappingFulfillmentKey(MappingId::from_uuid(id))
    }),
    column("key_requests", "parameters_sealed", |id| {
        Field::KeyRequestParameters(KeyRequestId::from_uuid(id))
    }),
    column("customers", "person_sealed", |id| {
        Field::Person(CustomerId::from_uuid(id))
    }),
    column("outbox", "sealed", |id| Field::Mail(MailId::from_uuid(id))),
    column("shown_once", "sealed", |id| {
        Field::ShownOnce(OnceId::from_uuid(id))
    }),
    column("licenses", "key_sealed", |id| {
        Field::LicenseKey(LicenseId::from_uuid(id))
    }),
    column("events", "words_sealed", |id| {
        Field::ReasonWords(EventId::from_uuid(id))
    }),
    column("calls", "request_sealed", |id| {
        Field::CallRequest(CallId::from_uuid(id))
    }),
    column("calls", "response_sealed", |id| {
        Field::CallResponse(CallId::from_uuid(id))
    }),
    SealedColumn {
        row: "event_id",
        ..column("payloads", "sealed", |id| {
            Field::Payload(EventId::from_uuid(id))
        })
    },
];

const fn column(
    table: &'static str,
    column: &'static str,
    field: fn(Uuid) -> Field,
) -> SealedColumn {
    SealedColumn {
        table,
        column,
        row: "id",
        field,
        bound_to: "''",
    }
}

/// A value that was sealed under another data key than the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    /// The id of its row.
    pub row: Uuid,
    /// The value.
    pub sealed: Vec<u8>,
    /// What it is bound to beyond its place.
    pub bound_to: String,
}

/// Some rows of a column, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The last row that was looked at; `None` when there is none after the one that was asked for.
    pub last: Option<Uuid>,
    /// What is sealed under another key, among those rows.
    pub outdated: Vec<Outdated>,
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Id)]
    row_id: IdValue,
    #[diesel(sql_type = Nullable<Binary>)]
    sealed: Option<Vec<u8>>,
    #[diesel(sql_type = Text)]
    bound_to: String,
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Id)]
    row_id: IdValue,
}

/// Looks at the next rows after this one for what is not sealed under that version; the others stay in the database.
pub fn look_through(
    db: &mut Db,
    tenant: TenantId,
    column: &SealedColumn,
    (after, version): (Uuid, u32),
    rows: u32,
) -> Result<Page, StoreError> {
    let SealedColumn {
        table,
        column,
        row,
        bound_to,
        ..
    } = column;
    // The second to fifth byte of a sealed value name the version of its key.
    let query = format!(
        "SELECT {row} AS row_id, CASE WHEN substr({column}, 2, 4) <> $1 THEN {column} END AS sealed, {bound_to} AS bound_to \
         FROM {table} WHERE tenant_id = $2 AND {row} > $3 ORDER BY {row} LIMIT {rows}"
    );
    let cells: Vec<Cell> = sql_query(query)
        .bind::<Binary, _>(version.to_be_bytes().to_vec())
        .bind::<Id, _>(tenant)
        .bind::<Id, _>(IdValue::from(after))
        .load(db)?;
    let last = cells.last().map(|cell| cell.row_id.as_uuid());
    let outdated = cells.into_iter().filter_map(|cell| {
        Some(Outdated {
            row: cell.row_id.as_uuid(),
            sealed: cell.sealed?,
            bound_to: cell.bound_to,
        })
    });
    Ok(Page {
        last,
        outdated: outdated.collect(),
    })
}

/// Puts these values in place of what was read, and tells how many: what was changed meanwhile, or is being changed, is left.
pub fn replace(
    db: &mut Db,
    tenant: TenantId,
    column: &SealedColumn,
    values: &[(Outdated, Vec<u8>)],
) -> Result<usize, StoreError> {
    let free = lock_free(db, tenant, column, values)?;
    let SealedColumn {
        table, column, row, ..
    } = column;
    let query = format!(
        "UPDATE {table} SET {column} = $1 WHERE tenant_id = $2 AND {row} = $3 AND {column} = $4"
    );
    let mut replaced = 0;
    for (before, anew) in values.iter().filter(|(value, _)| free.contains(&value.row)) {
        replaced += sql_query(&query)
            .bind::<Binary, _>(anew)
            .bind::<Id, _>(tenant)
            .bind::<Id, _>(IdValue::from(before.row))
            .bind::<Binary, _>(&before.sealed)
            .execute(db)?;
    }
    Ok(replaced)
}

/// Locks those rows that nobody else holds: work in hand is not waited for while others are held up. SQLite has one writer.
fn lock_free(
    db: &mut Db,
    tenant: TenantId,
    column: &SealedColumn,
    values: &[(Outdated, Vec<u8>)],
) -> Result<Vec<Uuid>, StoreError> {
    let rows = values.iter().map(|(value, _)| value.row);
    let Db::Postgres(connection) = db else {
        return Ok(rows.collect());
    };
    let SealedColumn { table, row, .. } = column;
    let query = format!(
        "SELECT {row} AS row_id FROM {table} WHERE tenant_id = $1 AND {row} = ANY ($2) FOR UPDATE SKIP LOCKED"
    );
    let rows: Vec<IdValue> = rows.map(IdValue::from).collect();
    let locked: Vec<Locked> = sql_query(query)
        .bind::<Id, _>(tenant)
        .bind::<Array<Id>, _>(rows)
        .load(connection)?;
    Ok(locked.into_iter().map(|row| row.row_id.as_uuid()).collect())
}
