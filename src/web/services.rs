//! Which license server each store of a vendor speaks to, so that a sentence names the one that is meant.

use std::collections::BTreeMap;

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::kind::{LicenseServerKind, ServiceNames};
use crate::store::{Db, StoreError, license_servers, storefronts};

/// The kinds of a vendor's accounts.
pub fn of_accounts(db: &mut Db, tenant: TenantId) -> Result<Vec<LicenseServerKind>, StoreError> {
    let accounts = license_servers::list(db, tenant)?;
    Ok(accounts.iter().map(|server| server.kind).collect())
}

/// The kinds of license server of a vendor's stores.
#[derive(Debug, Clone, Default)]
pub struct Services {
    of_store: BTreeMap<StorefrontId, LicenseServerKind>,
}

impl Services {
    /// Those of all stores, of removed ones too: their messages are still told.
    pub fn look_up(db: &mut Db, tenant: TenantId) -> Result<Self, StoreError> {
        let kinds = storefronts::list_license_server_kinds(db, tenant)?;
        Ok(Self {
            of_store: kinds.into_iter().collect(),
        })
    }

    /// Those of all stores, by their names.
    pub fn names(&self) -> ServiceNames {
        ServiceNames::and(self.of_store.values().copied())
    }

    /// That of a store; for one that is not known, the kind that was there first.
    pub fn of(&self, store: StorefrontId) -> LicenseServerKind {
        self.of_store.get(&store).copied().unwrap_or_default()
    }
}
