//! People known from orders, sealed, and the hashed words by which they are found.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::{insert_into, select, update};

use crate::domain::id::{CustomerId, LicenseServerId, StorefrontId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept::kept;
use crate::store::or_ignore::or_ignore;
use crate::store::schema::{customer_terms, customers, remote_users};
use crate::store::tenants::present;
use crate::vault::TermHash;

/// A person, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
pub struct Customer {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: CustomerId,
    /// The store at the shop.
    pub storefront_id: Option<StorefrontId>,
    /// Keyed hash of the address.
    pub email_hash: Option<Vec<u8>>,
    /// Name and addresses, sealed.
    pub person_sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Stores a person unless the address is known, and answers who it is now; people without an address are always new.
///
/// What is sealed names the row, so a known person is changed by [`change`] with the id that this answers.
pub fn accept(db: &mut Db, customer: &Customer) -> Result<CustomerId, StoreError> {
    let stored = or_ignore(insert_into(customers::table).values(customer)).execute(db)?;
    let (0, Some(email_hash)) = (stored, &customer.email_hash) else {
        return Ok(customer.id);
    };
    Ok(customers::table
        .filter(customers::tenant_id.eq(customer.tenant_id))
        .filter(customers::email_hash.eq(email_hash))
        .select(customers::id)
        .first(db)?)
}

/// The person of an address, by its keyed hash.
pub fn find_by_email(
    db: &mut Db,
    tenant: TenantId,
    email_hash: &[u8],
) -> Result<Option<Customer>, StoreError> {
    Ok(customers::table
        .filter(customers::tenant_id.eq(tenant))
        .filter(customers::email_hash.eq(email_hash))
        .first(db)
        .optional()?)
}

/// What an address is known as.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct KnownAs {
    /// The person whose it is.
    pub customer_id: Option<CustomerId>,
    /// The user that an account at the license server is remembered to have for it.
    pub user_id: Option<String>,
}

/// What an address is known as here and in that account, by its keyed hash.
pub fn known_as(
    db: &mut Db,
    tenant: TenantId,
    server: LicenseServerId,
    email_hash: &[u8],
) -> Result<KnownAs, StoreError> {
    let customer = customers::table
        .filter(customers::tenant_id.eq(tenant))
        .filter(customers::email_hash.eq(email_hash))
        .select(customers::id);
    let user = remote_users::table
        .find((tenant, server, email_hash))
        .select(remote_users::remote_id);
    Ok(select((customer.single_value(), user.single_value())).get_result(db)?)
}

/// The person; `None` when there is none of that id.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    customer: CustomerId,
) -> Result<Option<Customer>, StoreError> {
    Ok(customers::table
        .find((tenant, customer))
        .first(db)
        .optional()?)
}

/// Several people at once; those that are not there are left out.
pub fn list(
    db: &mut Db,
    tenant: TenantId,
    ids: &[CustomerId],
) -> Result<Vec<Customer>, StoreError> {
    Ok(customers::table
        .filter(customers::tenant_id.eq(tenant))
        .filter(customers::id.eq_any(ids))
        .load(db)?)
}

/// The last person of a page; the next page begins after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerCursor {
    /// Since when they are known.
    pub created_at: Timestamp,
    /// Their id.
    pub id: CustomerId,
}

/// People of a tenant, those known last first, after the cursor; only those of `ids` where some are given.
pub fn list_page(
    db: &mut Db,
    tenant: TenantId,
    ids: Option<&[CustomerId]>,
    after: Option<CustomerCursor>,
    limit: i64,
) -> Result<Vec<Customer>, StoreError> {
    let mut query = customers::table
        .filter(customers::tenant_id.eq(tenant))
        .into_boxed();
    if let Some(ids) = ids {
        query = query.filter(customers::id.eq_any(ids));
    }
    if let Some(CustomerCursor { created_at, id }) = after {
        query = query.filter(
            customers::created_at
                .lt(created_at)
                .or(customers::created_at
                    .eq(created_at)
                    .and(customers::id.lt(id))),
        );
    }
    Ok(query
        .order((customers::created_at.desc(), customers::id.desc()))
        .limit(limit)
        .load(db)?)
}

/// Seals what is known of a person anew.
pub fn change(
    db: &mut Db,
    tenant: TenantId,
    customer: CustomerId,
    person_sealed: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = update(customers::table.find((tenant, customer)))
        .set((
            customers::person_sealed.eq(person_sealed),
            customers::updated_at.eq(now),
        ))
        .execute(db)?;
    present(changed)
}

/// Adds words by which a person is found; silent about those that are known.
pub fn add_terms<'a>(
    db: &mut Db,
    tenant: TenantId,
    customer: CustomerId,
    terms: impl IntoIterator<Item = &'a TermHash>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = terms
        .into_iter()
        .map(|term| {
            (
                customer_terms::tenant_id.eq(tenant),
                customer_terms::term.eq(term.0.as_slice()),
                customer_terms::customer_id.eq(customer),
            )
        })
        .collect();
    // Several rows in one insert, and ON CONFLICT; a person has few words.
    let insert = insert_into(customer_terms::table)
        .values(&rows)
        .on_conflict_do_nothing();
    match db {
        Db::Postgres(connection) => kept(insert).execute(connection)?,
        Db::Sqlite(connection) => insert.execute(connection)?,
    };
    Ok(())
}

/// People who have all of these words; a word is known by any of its hashes. At most `limit` per word are looked at.
pub fn search(
    db: &mut Db,
    tenant: TenantId,
    words: &[Vec<TermHash>],
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let mut found: BTreeMap<CustomerId, usize> = BTreeMap::new();
    for word in words {
        let hashes: Vec<&[u8]> = word.iter().map(|term| term.0.as_slice()).collect();
        let of_word: Vec<CustomerId> = customer_terms::table
            .filter(customer_terms::tenant_id.eq(tenant))
            .filter(customer_terms::term.eq_any(hashes))
            .select(customer_terms::customer_id)
            .distinct()
            .limit(limit)
            .load(db)?;
        for customer in of_word {
            *found.entry(customer).or_default() += 1;
        }
    }
    found.retain(|_, count| *count == words.len());
    Ok(found.into_keys().collect())
}
