//! People who sign in, and for whom they may act.

use diesel::prelude::*;
use diesel::{delete, insert_into, update};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::id::{TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::columns::text_column;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::{memberships, tenants, users};
use crate::store::tenants::{Tenant, present};

/// A person. Not printable, since it holds the hash of a password.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Lower case; unique.
    pub email: String,
    /// As they are called.
    pub name: String,
    /// Argon2id, as its text form.
    pub password_hash: String,
    /// Whether the operator pages are shown.
    pub is_operator: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is proved that the address is theirs; until then the account joins nothing.
    pub email_proved_at: Option<Timestamp>,
}

/// As what a person acts for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Owner,
}

impl Role {
    /// As the store spells it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The role of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

text_column!(Role, Role::parse);

/// What a person may do for a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
pub struct Membership {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Makes a person; a conflict when the address is taken.
pub fn create(db: &mut Db, user: &User) -> Result<(), StoreError> {
    insert_into(users::table).values(user).execute(db)?;
    Ok(())
}

/// The person; `None` when there is none of that id.
pub fn find(db: &mut Db, user: UserId) -> Result<Option<User>, StoreError> {
    Ok(users::table.find(user).first(db).optional()?)
}

/// The person of that address, which is compared in lower case.
pub fn find_by_email(db: &mut Db, email: &str) -> Result<Option<User>, StoreError> {
    Ok(users::table
        .filter(users::email.eq(email.to_lowercase()))
        .first(db)
        .optional()?)
}

/// Sets another password.
pub fn set_password(db: &mut Db, user: UserId, password_hash: &str) -> Result<(), StoreError> {
    let changed = update(users::table.find(user))
        .set(users::password_hash.eq(password_hash))
        .execute(db)?;
    present(changed)
}

/// Notes that the address is the person's.
pub fn prove_email(db: &mut Db, user: UserId, now: Timestamp) -> Result<(), StoreError> {
    let changed = update(users::table.find(user))
        .set(users::email_proved_at.eq(now))
        .execute(db)?;
    present(changed)
}

/// Lets a person see the operator pages, or no longer.
pub fn set_operator(db: &mut Db, user: UserId, is_operator: bool) -> Result<(), StoreError> {
    let changed = update(users::table.find(user))
        .set(users::is_operator.eq(is_operator))
        .execute(db)?;
    present(changed)
}

/// Lets a person act for a tenant; a conflict when they may already.
pub fn join(db: &mut Db, membership: &Membership) -> Result<(), StoreError> {
    insert_into(memberships::table)
        .values(membership)
        .execute(db)?;
    Ok(())
}

/// Ends it; silent when it was not so.
pub fn leave(db: &mut Db, tenant: TenantId, user: UserId) -> Result<(), StoreError> {
    delete(memberships::table.find((tenant, user))).execute(db)?;
    Ok(())
}

/// The tenants that a person may act for, the oldest first.
pub fn list_tenants_across_tenants(
    db: &mut Db,
    user: UserId,
) -> Result<Vec<(Tenant, Membership)>, StoreError> {
    Ok(tenants::table
        .inner_join(memberships::table.on(memberships::tenant_id.eq(tenants::id)))
        .filter(memberships::user_id.eq(user))
        .order(tenants::id)
        .select((tenants::all_columns, memberships::all_columns))
        .load(db)?)
}

/// The people who may act for a tenant.
pub fn list(db: &mut Db, tenant: TenantId) -> Result<Vec<(User, Membership)>, StoreError> {
    Ok(users::table
        .inner_join(memberships::table.on(memberships::user_id.eq(users::id)))
        .filter(memberships::tenant_id.eq(tenant))
        .order(users::email)
        .select((users::all_columns, memberships::all_columns))
        .load(db)?)
}
