//! Signing in and out: sessions live in the database, the browser holds only a random secret.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::accounts::audit::author;
use crate::accounts::email::EmailAddress;
use crate::accounts::password::{self, PasswordError};
use crate::accounts::throttle::{Throttle, TooMany, Trier};
use crate::domain::act::Act;
use crate::domain::id::{TenantId, UserId};
use crate::domain::time::Timestamp;
use crate::store::audit::Actor;
use crate::store::users::Role;
use crate::store::{self, Db, Store, StoreError};
use crate::store::{PlatformUse, Scope};
use crate::vault::{MasterKeys, digest, random_token};

/// A session ends this long after signing in, whatever happens …
const LENGTH: SignedDuration = SignedDuration::from_hours(12);
/// … and this long after it was last used.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// How exact the time of last use is: a page view shall not cost a write.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// A browser in which nobody signs in for this long is a stranger's again.
pub const DEVICE_KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Begins, finds and ends sessions. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    pub(super) store: Store,
    pub(super) master_keys: Arc<MasterKeys>,
    pub(super) public_url: Arc<str>,
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
    /// The secret of a browser in which somebody signed in before.
    pub device: Option<SecretString>,
    /// The secret of the session that this browser holds, which ends.
    pub previous: Option<SecretString>,
}

/// A session that has just begun.
pub struct NewSession {
    /// What the browser's cookie holds.
    pub secret: SecretString,
    /// What the browser is known by next time.
    pub device: SecretString,
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
    /// Whether it is proved that the address is theirs.
    pub is_proved: bool,
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
    pub role: Role,
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
    /// No tries are remembered yet. Links in mails begin with `public_url`.
    pub fn new(store: Store, master_keys: Arc<MasterKeys>, public_url: &str) -> Self {
        Self {
            store,
            master_keys,
            public_url: public_url.into(),
            sign_ups: Arc::default(),
            throttle: Arc::default(),
        }
    }

    /// Begins a session under a new secret, and ends the one that this browser held.
    ///
    /// It takes as long for unknown accounts as for wrong passwords.
    pub async fn sign_in(
        &self,
        credentials: Credentials,
        now: Timestamp,
    ) -> Result<NewSession, SignInError> {
        let account = credentials.email.as_str().to_owned();
        let device = credentials.device;
        let device_hash = device.as_ref().map(|secret| digest(secret.expose_secret()));
        let wanted = account.clone();
        let (user, known_device) = self
            .store
            .read(Scope::Platform(PlatformUse::SignIn), move |db| {
                let user = store::users::find_by_email(db, &wanted)?;
                let device = known_device(db, user.as_ref(), device_hash, now)?;
                Ok::<_, StoreError>((user, device))
            })
            .await?;
        let trier = known_device.map_or(
            Trier::Stranger {
                account,
                address: credentials.address,
            },
            |(user, hash)| Trier::Device(user, hash),
        );
        self.throttle.attempt(&trier, now)?;
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let fits = password::fits(credentials.password, hash).await?;
        let Some(user) = user.filter(|_| fits) else {
            return Err(SignInError::Wrong);
        };
        self.throttle.succeeded(&trier);
        // What is not known is never taken over: somebody else may have put it there.
        let device = device
            .filter(|_| known_device.is_some())
            .unwrap_or_else(|| random_token().into());
        let previous = credentials.previous;
        Ok(self.begin(user.id, (device, previous), now).await?)
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

    /// Whether this is the person's password; asked again before secrets are changed, and counted by session.
    pub async fn confirm(
        &self,
        secret: &str,
        session: &Session,
        password: SecretString,
        now: Timestamp,
    ) -> Result<(), SignInError> {
        let trier = Trier::Session(digest(secret));
        self.throttle.attempt(&trier, now)?;
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
        self.throttle.succeeded(&trier);
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

    async fn begin(
        &self,
        user: UserId,
        (device, previous): (SecretString, Option<SecretString>),
        now: Timestamp,
    ) -> Result<NewSession, StoreError> {
        let secret = SecretString::from(random_token());
        let expires_at = now.plus(LENGTH);
        let id_hash = digest(secret.expose_secret()).to_vec();
        let device_hash = digest(device.expose_secret());
        let previous_hash = previous.map(|secret| digest(secret.expose_secret()));
        let csrf_token = random_token();
        let record = self.recorder(Act::SessionBegin, now);
        let record_end = self.recorder(Act::SessionEnd, now);
        self.store
            .write(Scope::Platform(PlatformUse::SignIn), move |db| {
                if let Some(hash) = previous_hash {
                    let ended = store::sessions::find(db, &hash, now)?;
                    store::sessions::delete_one(db, &hash)?;
                    if let Some((tenant, user)) =
                        ended.and_then(|row| Some((row.tenant_id?, row.user_id)))
                    {
                        record_end(db, tenant, user)?;
                    }
                }
                store::devices::remember(db, user, &device_hash, now)?;
                let seats = store::users::list_tenants_across_tenants(db, user)?;
                let session = store::sessions::SessionRow {
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
        Ok(NewSession {
            secret,
            device,
            expires_at,
        })
    }
}

/// The device of that hash where this person signed in with it before.
fn known_device(
    db: &mut Db,
    user: Option<&store::users::User>,
    hash: Option<[u8; 32]>,
    now: Timestamp,
) -> Result<Option<(UserId, [u8; 32])>, StoreError> {
    let (Some(user), Some(hash)) = (user, hash) else {
        return Ok(None);
    };
    let is_known = store::devices::is_known(db, user.id, &hash, now.plus(-DEVICE_KEPT))?;
    Ok(is_known.then_some((user.id, hash)))
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
        is_proved: user.email_proved_at.is_some(),
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
