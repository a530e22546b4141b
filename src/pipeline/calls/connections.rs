//! Accounts at license servers, opened once and kept for a while.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use secrecy::SecretString;

use crate::domain::id::LicenseServerId;
use crate::license_servers::Account;
use crate::license_servers::base_url::BaseUrl;
use crate::outbound::{Origin, Outbound};
use crate::pipeline::error::ProcessingError;
use crate::store::StoreError;
use crate::store::license_servers::LicenseServer;
use crate::vault::{AccessToken, TenantKeys, VaultError};

/// How long an account is kept that is not asked.
const KEPT: Duration = Duration::from_secs(600);

/// Accounts at license servers, one per row, token and address. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    outbound: Outbound,
    accounts: Cache<(LicenseServerId, i32, String), Arc<Account>>,
}

/// Why an account cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Its token does not open: altered, or sealed for another address than the row names by now.
    #[error("opening an access token")]
    Vault(#[from] VaultError),
    /// Its address is none.
    #[error("reading the address of a license server")]
    Address(#[source] StoreError),
}

impl Connections {
    /// Accounts that are called through `outbound`.
    pub fn new(outbound: Outbound) -> Self {
        Self {
            outbound,
            accounts: Cache::builder()
                .time_to_idle(KEPT)
                .max_capacity(10_000)
                .build(),
        }
    }

    /// The origins that were called lately.
    pub fn origins(&self) -> Vec<Origin> {
        let mut origins: Vec<Origin> = self
            .accounts
            .iter()
            .map(|(_, account)| account.origin().clone())
            .collect();
        origins.sort();
        origins.dedup();
        origins
    }

    /// The account of a row.
    pub fn account(
        &self,
        keys: &TenantKeys,
        server: &LicenseServer,
    ) -> Result<Arc<Account>, ConnectError> {
        let name = (server.id, server.token_version, server.base_url.clone());
        if let Some(account) = self.accounts.get(&name) {
            return Ok(account);
        }
        let base_url = BaseUrl::parse(&server.base_url).map_err(|error| {
            ConnectError::Address(StoreError::corrupt("license_servers.base_url", error))
        })?;
        let place = AccessToken {
            account: server.id,
            base_url: &server.base_url,
        };
        let token = keys.open(place.place(), &server.access_token_sealed)?;
        let token = SecretString::from(String::from_utf8_lossy(&token).into_owned());
        let account = Account::new(server.kind, base_url, token, self.outbound.clone());
        let account = Arc::new(account);
        self.accounts.insert(name, Arc::clone(&account));
        Ok(account)
    }
}

impl From<ConnectError> for ProcessingError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Vault(error) => error.into(),
            ConnectError::Address(error) => error.into(),
        }
    }
}
