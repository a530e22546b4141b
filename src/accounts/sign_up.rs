//! Making an account for oneself, where the operator allows it.

use std::net::IpAddr;

use crate::accounts::password;
use crate::accounts::sessions::{Sessions, SignInError};
use crate::accounts::tenants::{self, CreateTenantError, NewTenant};
use crate::accounts::throttle::{TooMany, Trier};
use crate::domain::time::Timestamp;
use crate::store::{self, PlatformUse, Scope, StoreError};

/// Why nobody was signed up. That an address is known is no reason that is told.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Too many tries.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Name or password.
    #[error(transparent)]
    Tenant(#[from] CreateTenantError),
    /// The password could not be compared.
    #[error("comparing a password")]
    Compare(#[source] SignInError),
    /// The database.
    #[error("signing up")]
    Store(#[from] StoreError),
}

impl Sessions {
    /// Makes a company and its owner, who may work in it at once and joins nothing else until the address is proved.
    ///
    /// Somebody who has an account already gets one more company if this is their password, and nothing otherwise. The
    /// answer is the same, and whoever reads the mailbox is told: so nobody else learns which addresses have accounts.
    pub async fn sign_up(
        &self,
        new: NewTenant,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), SignUpError> {
        let email = new.email.as_str().to_owned();
        let trier = Trier::Stranger {
            account: email.clone(),
            address,
        };
        self.sign_ups.attempt(&trier, now)?;
        let wanted = email.clone();
        let known = self
            .store
            .read(Scope::Platform(PlatformUse::SignIn), move |db| {
                store::users::find_by_email(db, &wanted)
            })
            .await?;
        let is_known = known.is_some();
        let hash = known.map(|user| user.password_hash);
        let is_theirs = password::fits(new.password.clone(), hash)
            .await
            .map_err(|error| SignUpError::Compare(error.into()))?;
        if is_known && !is_theirs {
            // The same work as for a new account, and the same complaints.
            tenants::check(&new).await?;
        } else {
            tenants::create_by_sign_up(&self.store, &self.master_keys, new, now).await?;
        }
        Ok(self.tell_signed_up(email, now).await?)
    }
}
