//! Proving an address by a link in a mail. Until then an account has only what it made for itself, and joins nothing.
//!
//! Whoever reads the mailbox decides: they choose the account's password as they open the link, so that an account which
//! somebody else made under their address becomes theirs.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::accounts::audit::author;
use crate::accounts::email::EmailAddress;
use crate::accounts::outbox;
use crate::accounts::password::{self, PasswordError};
use crate::accounts::sessions::{Session, Sessions};
use crate::accounts::throttle::{TooMany, Trier};
use crate::domain::act::Act;
use crate::domain::time::Timestamp;
use crate::mail::Mail;
use crate::store::audit::Actor;
use crate::store::email_proofs::EmailProof;
use crate::store::users::User;
use crate::store::{self, Db, PlatformUse, Scope, Store, StoreError};
use crate::vault::{MasterKeys, digest, random_token};

/// Why an address was not proved.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// Used before, too old, or never made.
    #[error("this link does not work any more")]
    Void,
    /// The password may not be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database.
    #[error("proving an address")]
    Store(#[from] StoreError),
}

/// Why no link was sent.
#[derive(Debug, thiserror::Error)]
pub enum ProofNotSent {
    /// One was sent a moment ago.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The database.
    #[error("sending a link")]
    Store(#[from] StoreError),
}

impl Sessions {
    /// Takes the word of whoever opens the link of this secret: the address is theirs, and this is the account's password.
    ///
    /// Where the account had another password, somebody else may have made it: their sessions, devices and API tokens end.
    pub async fn prove(
        &self,
        secret: &str,
        chosen: SecretString,
        now: Timestamp,
    ) -> Result<(), ProveError> {
        let scope = Scope::Platform(PlatformUse::SignIn);
        let hash = digest(secret);
        let user = self
            .store
            .read(scope, move |db| {
                let user = store::email_proofs::find_user(db, &hash, now)?;
                user.map_or(Ok(None), |user| store::users::find(db, user))
            })
            .await?
            .ok_or(ProveError::Void)?;
        let is_theirs = password::fits(chosen.clone(), Some(user.password_hash.clone())).await?;
        let new_hash = match is_theirs {
            true => None,
            false => Some(password::hash(chosen).await?),
        };
        let master_keys = Arc::clone(&self.master_keys);
        self.store
            .write(scope, move |db| {
                if !store::email_proofs::delete_one(db, &hash)? {
                    return Err(ProveError::Void);
                }
                store::email_proofs::delete_all(db, user.id)?;
                store::users::prove_email(db, user.id, now)?;
                if let Some(new_hash) = &new_hash {
                    take_over(db, &user, new_hash, now)?;
                }
                let details = json!({ "password_changed": new_hash.is_some() });
                for (tenant, _) in store::users::list_tenants_across_tenants(db, user.id)? {
                    let person = (tenant.id, Actor::Person(user.id));
                    let author = author(db, &master_keys, person, now)?;
                    author.record(db, Act::EmailProve, user.id, &details)?;
                }
                Ok(())
            })
            .await
    }

    /// Sends a signed-in person the link once more; nothing when the address is proved.
    pub async fn send_proof(&self, session: &Session, now: Timestamp) -> Result<(), ProofNotSent> {
        let trier = Trier::Sender(session.email.clone());
        self.sign_ups.attempt(&trier, now)?;
        Ok(self.write_proof(session.email.clone(), now).await?)
    }

    /// Tells whoever reads the mailbox that their address was written into the form: with a link while it is not proved.
    pub(super) async fn tell_signed_up(
        &self,
        email: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let trier = Trier::Sender(email.clone());
        // Who asks once more within a moment has the letter already.
        match self.sign_ups.attempt(&trier, now) {
            Ok(()) => self.write_proof(email, now).await,
            Err(TooMany { .. }) => Ok(()),
        }
    }

    async fn write_proof(&self, email: String, now: Timestamp) -> Result<(), StoreError> {
        let (master_keys, url) = (Arc::clone(&self.master_keys), Arc::clone(&self.public_url));
        self.store
            .write(Scope::Platform(PlatformUse::SignIn), move |db| {
                let Some(user) = store::users::find_by_email(db, &email)? else {
                    return Ok(());
                };
                let mail = letter(db, &user, &url, now)?;
                outbox::put(db, &master_keys, mail, now)
            })
            .await
    }
}

/// Sends a link to the account of an address; false when there is none, or it is proved already.
pub async fn send(
    (store, master_keys): (&Store, &Arc<MasterKeys>),
    email: &EmailAddress,
    public_url: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (master_keys, email) = (Arc::clone(master_keys), email.as_str().to_owned());
    let url = public_url.to_owned();
    store
        .write(Scope::Platform(PlatformUse::Operator), move |db| {
            let user = store::users::find_by_email(db, &email)?;
            let Some(user) = user.filter(|user| user.email_proved_at.is_none()) else {
                return Ok(false);
            };
            let mail = letter(db, &user, &url, now)?;
            outbox::put(db, &master_keys, mail, now)?;
            Ok(true)
        })
        .await
}

/// The account is the mailbox's from now on, and nobody else's.
fn take_over(
    db: &mut Db,
    user: &User,
    password_hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    store::users::set_password(db, user.id, password_hash)?;
    store::sessions::delete_all(db, user.id)?;
    store::devices::delete_all(db, user.id)?;
    for (tenant, _) in store::users::list_tenants_across_tenants(db, user.id)? {
        store::api_tokens::revoke_all(db, tenant.id, now)?;
    }
    Ok(())
}

/// What a person's mailbox is told, with a new link while their address is not proved.
fn letter(db: &mut Db, user: &User, url: &str, now: Timestamp) -> Result<Mail, StoreError> {
    if user.email_proved_at.is_some() {
        return Ok(Mail {
            to: user.email.clone(),
            subject: "You have an account at Latchkey already".to_owned(),
            text: format!(
                "Somebody, most likely you, asked for an account at {url} with this address.\n\
                 There is one already. Sign in with its own password:\n\n\
                 {url}/sign-in\n\n\
                 If it was not you, there is nothing to do.\n"
            ),
        });
    }
    let secret = SecretString::from(random_token());
    let expires_at = now.plus(outbox::KEPT);
    let proof = EmailProof {
        secret_hash: digest(secret.expose_secret()).to_vec(),
        user_id: user.id,
        created_at: now,
        expires_at,
    };
    store::email_proofs::create(db, &proof)?;
    let (secret, day) = (secret.expose_secret(), expires_at.long_day());
    Ok(Mail {
        to: user.email.clone(),
        subject: "Prove that this address is yours".to_owned(),
        text: format!(
            "Somebody, most likely you, made an account at {url} with this address.\n\
             Open this link to say that the address is yours; it works once, until {day}:\n\n\
             {url}/prove/{secret}\n\n\
             If it was not you, do nothing. Until the link is opened, the account has only what was made in it, and nobody \
             can invite it.\n"
        ),
    })
}
