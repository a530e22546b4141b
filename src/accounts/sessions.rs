//! Signing in and out: sessions live in the database, the browser holds only a random secret.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::accounts::audit::author;
use crate::accounts::email::EmailAddress;
use crate::accounts::password::{self, PasswordError};
use crate::accounts::throttle::{Throttle, TooMany};
use crate::domain::act::Act;
use crate::domain::id::{TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::audit::Actor;
use crate::store::{self, Db, Store, StoreError};
use crate::store::{PlatformUse, Scope};
use crate::vault::{MasterKeys, digest, random_token};

/// A session ends this long after signing in, whatever happens …
const LENGTH: SignedDuration = SignedDuration::from_hours(12);
/// … and this long after it was last used.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// How exact the time of last use is: a page view shall not cost a write.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// Begins, finds and ends sessions. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    pub(super) store: Store,
    pub(super) master_keys: Arc<MasterKeys>,
    pub(super) sign_ups: Arc<Throttle>,
    throttle: Arc<Throttle>,
}

/// Somebody who wants to sign in.
pub struct Credentials {
    /// Their address.
    pub email: EmailAddress,
    /// Their password.
    pub password: SecretString,
    /// Where they come from, if that is known.
    pub address: Option<IpAddr>,
}

/// A session that has just begun.
pub struct NewSession {
    /// What the browser's cookie holds.
    pub secret: SecretString,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// Who is signed in, and for whom they act. Has no `Debug`: it is personal and holds the form token.
#[derive(Clone)]
pub struct Session {
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Whether they see the operator pages.
    pub is_operator: bool,
    /// The tenant they act for; `None` for somebody who belongs to none.
    pub tenant: Option<Seat>,
    /// All tenants that they may act for.
    pub seats: Vec<Seat>,
    /// What every form of this session carries.
    pub csrf_token: String,
}

/// A tenant that a person may act for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// As what they act.
    pub role: String,
}

/// Why somebody was not signed in. A wrong address and a wrong password are the same.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, or not its password.
    #[error("the address or the password is not right")]
    Wrong,
    /// Too many failed tries.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The password could not be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database.
    #[error("signing in")]
    Store(#[from] StoreError),
}

impl Sessions {
    /// No tries are remembered yet.
    pub fn new(store: Store, master_keys: Arc<MasterKeys>) -> Self {
        Self {
            store,
            master_keys,
            sign_ups: Arc::default(),
            throttle: Arc::default(),
        }
    }

    /// Begins a session under a new secret; takes as long for unknown accounts as for wrong passwords.
    pub async fn sign_in(
        &self,
        credentials: Credentials,
        now: Timestamp,
    ) -> Result<NewSession, SignInError> {
        let email = credentials.email.as_str().to_owned();
        self.throttle.attempt(&email, credentials.address, now)?;
        let wanted = email.clone();
        let user = self
            .store
            .read(Scope::Platform(PlatformUse::SignIn), move |db| {
                store::users::find_by_email(db, &wanted)
            })
            .await?;
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let fits = password::fits(credentials.password, hash).await?;
        let Some(user) = user.filter(|_| fits) else {
            return Err(SignInError::Wrong);
        };
        self.throttle.succeeded(&email, credentials.address);
        Ok(self.begin(user.id, now).await?)
    }

    /// The same as [`Self::find`] without anybody's presence: a page that refreshes itself keeps no session alive.
    pub async fn peek(&self, secret: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let found = self.look_up(digest(secret), now).await?;
        Ok(found.map(|(session, _last_seen_at)| session))
    }

    /// The session of a cookie; `None` when there is none, or it has ended.
    pub async fn find(&self, secret: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let hash = digest(secret);
        let Some((session, last_seen_at)) = self.look_up(hash, now).await? else {
            return Ok(None);
        };
        if now.since(last_seen_at) >= SEEN_WITHIN {
            self.store
                .write(Scope::Platform(PlatformUse::SignIn), move |db| {
                    store::sessions::touch(db, &hash, now)
                })
                .await?;
        }
        Ok(Some(session))
    }

    /// Acts for another tenant from now on; false when the person may not, and nothing changes.
    pub async fn choose(
        &self,
        secret: &str,
        session: &Session,
        tenant: TenantId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if !session.seats.iter().any(|seat| seat.tenant == tenant) {
            return Ok(false);
        }
        let (hash, user) = (digest(secret), session.user);
        let record = self.recorder(Act::SessionBegin, now);
        self.store
            .write(Scope::Platform(PlatformUse::SignIn), move |db| {
                store::sessions::choose_tenant(db, &hash, Some(tenant))?;
                record(db, tenant, user)
            })
            .await?;
        Ok(true)
    }

    /// Whether this is the person's password; asked again before secrets are changed, and throttled alike.
    pub async fn confirm(
        &self,
        session: &Session,
        password: SecretString,
        now: Timestamp,
    ) -> Result<(), SignInError> {
        self.throttle.attempt(&session.email, None, now)?;
        let user = session.user;
        let found = self
            .store
            .read(Scope::Platform(PlatformUse::SignIn), move |db| {
                store::users::find(db, user)
            })
            .await?;
        if !password::fits(password, found.map(|user| user.password_hash)).await? {
            return Err(SignInError::Wrong);
        }
        self.throttle.succeeded(&session.email, None);
        Ok(())
    }

    /// Ends a session; silent when it has ended.
    pub async fn sign_out(
        &self,
        secret: &str,
        session: &Session,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (hash, user) = (digest(secret), session.user);
        let tenant = session.tenant.as_ref().map(|seat| seat.tenant);
        let record = self.recorder(Act::SessionEnd, now);
        self.store
            .write(Scope::Platform(PlatformUse::SignIn), move |db| {
                store::sessions::delete_one(db, &hash)?;
                tenant.map_or(Ok(()), |tenant| record(db, tenant, user))
            })
            .await
    }

    /// Puts on record, for the company that a person acts for, that they come or go.
    fn recorder(
        &self,
        act: Act,
        now: Timestamp,
    ) -> impl Fn(&mut Db, TenantId, UserId) -> Result<(), StoreError> + Send + 'static {
        let master_keys = Arc::clone(&self.master_keys);
        move |db, tenant, user| {
            let author = author(db, &master_keys, (tenant, Actor::Person(user)), now)?;
            author.record(db, act, user, &json!({}))
        }
    }

    async fn look_up(
        &self,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Session, Timestamp)>, StoreError> {
        self.store
            .read(Scope::Platform(PlatformUse::SignIn), move |db| {
                read(db, &hash, now)
            })
            .await
    }

    async fn begin(&self, user: UserId, now: Timestamp) -> Result<NewSession, StoreError> {
        let secret = SecretString::from(random_token());
        let expires_at = now.plus(LENGTH);
        let id_hash = digest(secret.expose_secret()).to_vec();
        let csrf_token = random_token();
        let record = self.recorder(Act::SessionBegin, now);
        self.store
            .write(Scope::Platform(PlatformUse::SignIn), move |db| {
                let seats = store::users::list_tenants_across_tenants(db, user)?;
                let session = store::sessions::Session {
                    id_hash: id_hash.clone(),
                    user_id: user,
                    tenant_id: seats.first().map(|(tenant, _)| tenant.id),
                    csrf_token: csrf_token.clone(),
                    created_at: now,
                    last_seen_at: now,
                    expires_at,
                };
                store::sessions::create(db, &session)?;
                let tenant = session.tenant_id;
                tenant.map_or(Ok(()), |tenant| record(db, tenant, user))
            })
            .await?;
        Ok(NewSession { secret, expires_at })
    }
}

/// The session with its person, and when it was last seen.
fn read(
    db: &mut Db,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(Session, Timestamp)>, StoreError> {
    let Some(row) = store::sessions::find(db, hash, now)? else {
        return Ok(None);
    };
    if now.since(row.last_seen_at) >= IDLE {
        return Ok(None);
    }
    let Some(user) = store::users::find(db, row.user_id)? else {
        return Ok(None);
    };
    let seats: Vec<Seat> = store::users::list_tenants_across_tenants(db, user.id)?
        .into_iter()
        .map(|(tenant, membership)| Seat {
            tenant: tenant.id,
            name: tenant.name,
            role: membership.role,
        })
        .collect();
    // A seat that was taken away meanwhile is not sat in any longer.
    let tenant = seats
        .iter()
        .find(|seat| Some(seat.tenant) == row.tenant_id)
        .or(seats.first())
        .cloned();
    let session = Session {
        user: user.id,
        email: user.email,
        is_operator: user.is_operator,
        tenant,
        seats,
        csrf_token: row.csrf_token,
    };
    Ok(Some((session, row.last_seen_at)))
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
