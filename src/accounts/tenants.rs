//! Making a tenant: its keys, its owner, its first API token.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::json;
use strum::VariantArray as _;

use crate::accounts::api_tokens;
use crate::accounts::audit::author;
use crate::accounts::email::EmailAddress;
use crate::accounts::new_id;
use crate::accounts::password::{self, PasswordError};
use crate::accounts::scope::ApiScope;
use crate::domain::act::Act;
use crate::domain::id::{TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::api_tokens::ApiTokenRow;
use crate::store::audit::{Actor, Author};
use crate::store::tenants::Tenant;
use crate::store::users::{Membership, Role, User};
use crate::store::{self, Db, Store, StoreError};
use crate::store::{PlatformUse, Scope};
use crate::vault::{MasterKeys, TenantKeys};

/// A tenant that is to be made.
#[derive(Clone)]
pub struct NewTenant {
    /// As people call it.
    pub name: String,
    /// The owner's address; somebody who has an account already keeps their password.
    pub email: EmailAddress,
    /// The owner's password.
    pub password: SecretString,
}

/// A tenant that was made.
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: TenantId,
    /// Its owner.
    pub user: UserId,
    /// Whether the owner had an account before, and so keeps its password.
    pub was_known: bool,
    /// A token with every scope; shown this once.
    pub api_token: SecretString,
}

/// Why a tenant was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateTenantError {
    /// No name, or a very long one.
    #[error("a name has 1 to 200 characters")]
    Name,
    /// See there.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Somebody signed up with the owner's address, and it is not known to be theirs.
    #[error(
        "the account of this address was made by signing up, and nobody has proved the address"
    )]
    NotProved,
    /// The database.
    #[error("storing a tenant")]
    Store(#[from] StoreError),
}

/// Who makes a tenant, and so what its owner may be.
enum Maker {
    /// Whoever runs the platform, who knows the owner's address; makes a token too.
    Operator(ApiTokenRow),
    /// The owner, who may have written any address.
    Owner,
}

/// Makes a tenant with an owner and a token. Two of the same name are two tenants.
pub async fn create(
    store: &Store,
    master_keys: &MasterKeys,
    new: NewTenant,
    now: Timestamp,
) -> Result<CreatedTenant, CreateTenantError> {
    let tenant = TenantId::from_uuid(new_id(now));
    let (api_token, row) = api_tokens::new(tenant, "First token", ApiScope::VARIANTS, now);
    let maker = Maker::Operator(row);
    let (user, was_known) = make(store, master_keys, new, (tenant, maker), now).await?;
    Ok(CreatedTenant {
        tenant,
        user,
        was_known,
        api_token,
    })
}

/// The same without a token, for somebody who signs up and makes their own when they need one.
pub async fn create_by_sign_up(
    store: &Store,
    master_keys: &MasterKeys,
    new: NewTenant,
    now: Timestamp,
) -> Result<UserId, CreateTenantError> {
    let tenant = TenantId::from_uuid(new_id(now));
    let (user, _) = make(store, master_keys, new, (tenant, Maker::Owner), now).await?;
    Ok(user)
}

async fn make(
    store: &Store,
    master_keys: &MasterKeys,
    new: NewTenant,
    (id, maker): (TenantId, Maker),
    now: Timestamp,
) -> Result<(UserId, bool), CreateTenantError> {
    let (name, password_hash) = checked(&new).await?;
    let tenant = Tenant {
        id,
        name,
        created_at: now,
        suspended_at: None,
    };
    let keys = TenantKeys::generate();
    let wrapped = keys.wrap(master_keys, id);
    let owner = User {
        id: UserId::from_uuid(new_id(now)),
        email: new.email.as_str().to_owned(),
        name: String::new(),
        password_hash,
        is_operator: false,
        created_at: now,
        email_proved_at: matches!(maker, Maker::Operator(_)).then_some(now),
    };
    let author = Author {
        tenant: id,
        keys: Arc::new(keys),
        actor: Actor::Operator,
        now,
    };
    store
        .write(Scope::Platform(PlatformUse::Operator), move |db| {
            store::tenants::create(db, &tenant, &wrapped)?;
            let (user, was_known) = match maker {
                Maker::Operator(_) => find_proved_or_create(db, &owner)?,
                Maker::Owner => find_or_create(db, &owner)?,
            };
            let membership = Membership {
                tenant_id: id,
                user_id: user,
                role: Role::Owner,
                created_at: now,
            };
            store::users::join(db, &membership)?;
            let mut details = json!({ "name": tenant.name });
            if let Maker::Operator(token) = &maker {
                store::api_tokens::create(db, token)?;
                details = json!({ "name": tenant.name, "api_token_id": token.id });
            }
            author.record_first(db, Act::TenantCreate, user, &details)?;
            Ok((user, was_known))
        })
        .await
}

/// Refuses what [`create`] would refuse, with as much work, and makes nothing.
pub async fn check(new: &NewTenant) -> Result<(), CreateTenantError> {
    checked(new).await.map(drop)
}

/// The name without blanks around it, and the hash of the password.
async fn checked(new: &NewTenant) -> Result<(String, String), CreateTenantError> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 || name.contains(char::is_control) {
        return Err(CreateTenantError::Name);
    }
    let password_hash = password::hash(new.password.clone()).await?;
    Ok((name, password_hash))
}

/// The person of that address, made if need be, and whether they were known; an address that is not proved joins nothing.
pub(super) fn find_proved_or_create(
    db: &mut Db,
    user: &User,
) -> Result<(UserId, bool), CreateTenantError> {
    match store::users::find_by_email(db, &user.email)? {
        Some(known) if known.email_proved_at.is_none() => Err(CreateTenantError::NotProved),
        _ => Ok(find_or_create(db, user)?),
    }
}

fn find_or_create(db: &mut Db, user: &User) -> Result<(UserId, bool), StoreError> {
    if let Some(known) = store::users::find_by_email(db, &user.email)? {
        return Ok((known.id, true));
    }
    store::users::create(db, user)?;
    Ok((user.id, false))
}

/// Stops acting for a tenant, or goes on; storing goes on either way.
pub async fn suspend(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    (tenant, is_suspended): (TenantId, bool),
    now: Timestamp,
) -> Result<(), StoreError> {
    let master_keys = Arc::clone(master_keys);
    let act = match is_suspended {
        true => Act::TenantSuspend,
        false => Act::TenantResume,
    };
    store
        .write(Scope::Platform(PlatformUse::Operator), move |db| {
            store::tenants::suspend(db, tenant, is_suspended.then_some(now))?;
            let author = author(db, &master_keys, (tenant, Actor::Operator), now)?;
            author.record(db, act, tenant, &json!({}))
        })
        .await
}
