//! Places at the database: whoever has none waits for one before it takes a thread, so that a crowd costs no memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::domain::id::TenantId;
use crate::store::error::StoreError;
use crate::store::scope::Scope;

/// How long one waits before it is told that the database is not available.
pub(super) const WAIT: Duration = Duration::from_secs(5);
/// Requests that may wait at once; beyond it, asking to come again is kinder than an answer that nobody waits for.
const LINE: usize = 512;

/// As many places as connections, in the order of asking.
#[derive(Clone)]
pub(super) struct Places(Arc<Semaphore>);

/// A place, given back when dropped.
pub(super) type Place = OwnedSemaphorePermit;

impl Places {
    pub(super) fn new(connections: u32) -> Self {
        Self(Arc::new(Semaphore::new(connections.max(1) as usize)))
    }

    /// Waits for a place, for so long as makes sense.
    pub(super) async fn take(&self) -> Result<Place, StoreError> {
        match timeout(WAIT, Arc::clone(&self.0).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(closed)) => Err(StoreError::unavailable(closed)),
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }
}

/// The people and programs that wait for an answer: they have a quarter of the places, so that a crowd of them never keeps
/// deliveries and work from the database and its processors, and one tenant's crowd never fills the line.
#[derive(Clone)]
pub(super) struct Crowd(Arc<Inner>);

struct Inner {
    places: Places,
    line: Arc<Semaphore>,
    of_tenants: Mutex<HashMap<TenantId, usize>>,
}

/// A place among the crowd, given back when dropped.
pub(super) struct Entry {
    crowd: Crowd,
    tenant: Option<TenantId>,
    _in_line: Place,
    place: Option<Place>,
}

impl Crowd {
    pub(super) fn new(connections: u32) -> Self {
        let places = (connections / 4).max(2);
        Self(Arc::new(Inner {
            places: Places::new(places),
            line: Arc::new(Semaphore::new(LINE + places as usize)),
            of_tenants: Mutex::default(),
        }))
    }

    /// Waits for a place; refused at once where too many wait already.
    pub(super) async fn enter(&self, scope: Scope) -> Result<Entry, StoreError> {
        let line = Arc::clone(&self.0.line);
        let in_line = line.try_acquire_owned().map_err(|_full| StoreError::Busy)?;
        let mut entry = Entry {
            crowd: self.clone(),
            tenant: self.count(scope)?,
            _in_line: in_line,
            place: None,
        };
        entry.place = Some(self.0.places.take().await?);
        Ok(entry)
    }

    /// Counts one more of a tenant, unless half of the line is of that tenant.
    fn count(&self, scope: Scope) -> Result<Option<TenantId>, StoreError> {
        let Scope::Tenant(tenant) = scope else {
            return Ok(None);
        };
        let mut of_tenants = self.of_tenants();
        let of_tenant = of_tenants.entry(tenant).or_default();
        if *of_tenant >= LINE / 2 {
            return Err(StoreError::Busy);
        }
        *of_tenant += 1;
        Ok(Some(tenant))
    }

    fn of_tenants(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, usize>> {
        let of_tenants = self.0.of_tenants.lock();
        of_tenants.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Some(tenant) = self.tenant else { return };
        let mut of_tenants = self.crowd.of_tenants();
        if let Some(of_tenant) = of_tenants.get_mut(&tenant) {
            *of_tenant -= 1;
            if *of_tenant == 0 {
                of_tenants.remove(&tenant);
            }
        }
    }
}
