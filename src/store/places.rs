//! Places at the database: whoever has none waits for one before it takes a thread, so that a crowd costs no memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    pub(super) fn new(connections: usize) -> Self {
        Self(Arc::new(Semaphore::new(connections.max(1))))
    }

    /// The places of so many connections: those for deliveries, which wait behind no work and no person, and all others.
    pub(super) fn with_some_for_deliveries(connections: usize) -> (Self, Self) {
        let for_deliveries = (connections / 4).min(2);
        let others = Self::new(connections - for_deliveries);
        match for_deliveries {
            0 => (others.clone(), others),
            _ => (Self::new(for_deliveries), others),
        }
    }

    /// Waits for a place, for so long as makes sense.
    pub(super) async fn take(&self) -> Result<Place, StoreError> {
        within_reason(self.queue()).await
    }

    async fn queue(&self) -> Result<Place, StoreError> {
        let place = Arc::clone(&self.0).acquire_owned().await;
        place.map_err(StoreError::unavailable)
    }
}

async fn within_reason<T>(
    waiting: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let waited = timeout(WAIT, waiting).await;
    waited.unwrap_or_else(|elapsed| Err(StoreError::unavailable(elapsed)))
}

/// The people and programs that wait for an answer: they have a quarter of the places, so that a crowd of them never keeps
/// deliveries and work from the database and its processors.
///
/// A tenant has half of that quarter, and half of the line: whoever else asks waits behind few, however many one sends.
#[derive(Clone)]
pub(super) struct Crowd(Arc<Inner>);

struct Inner {
    places: Places,
    of_one_tenant: usize,
    line: Arc<Semaphore>,
    tenants: Mutex<HashMap<TenantId, OfTenant>>,
}

/// What one tenant has of the crowd's places, kept while it has any.
struct OfTenant {
    in_line: usize,
    places: Places,
}

/// A place among the crowd, given back when dropped.
pub(super) struct Entry {
    crowd: Crowd,
    tenant: Option<TenantId>,
    _in_line: Place,
    places: Vec<Place>,
}

impl Crowd {
    pub(super) fn new(connections: usize) -> Self {
        let places = (connections / 4).max(2);
        Self(Arc::new(Inner {
            places: Places::new(places),
            of_one_tenant: places / 2,
            line: Arc::new(Semaphore::new(LINE + places)),
            tenants: Mutex::default(),
        }))
    }

    /// Waits for a place; refused at once where too many wait already.
    pub(super) async fn enter(&self, scope: Scope) -> Result<Entry, StoreError> {
        let line = Arc::clone(&self.0.line);
        let in_line = line.try_acquire_owned().map_err(|_full| StoreError::Busy)?;
        let mut entry = Entry {
            crowd: self.clone(),
            tenant: None,
            _in_line: in_line,
            places: Vec::with_capacity(2),
        };
        let own = match scope {
            Scope::Tenant(tenant) => {
                let own = self.line_up(tenant)?;
                entry.tenant = Some(tenant);
                Some(own)
            }
            Scope::Platform(_) => None,
        };
        within_reason(async {
            if let Some(own) = own {
                entry.places.push(own.queue().await?);
            }
            entry.places.push(self.0.places.queue().await?);
            Ok(entry)
        })
        .await
    }

    /// Counts one more of a tenant, unless half of the line is of that tenant; says which places are its own.
    fn line_up(&self, tenant: TenantId) -> Result<Places, StoreError> {
        let mut tenants = self.tenants();
        let of_tenant = tenants.entry(tenant).or_insert_with(|| OfTenant {
            in_line: 0,
            places: Places::new(self.0.of_one_tenant),
        });
        if of_tenant.in_line >= LINE / 2 {
            return Err(StoreError::Busy);
        }
        of_tenant.in_line += 1;
        Ok(of_tenant.places.clone())
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, OfTenant>> {
        let tenants = self.0.tenants.lock();
        tenants.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Some(tenant) = self.tenant else { return };
        let mut tenants = self.crowd.tenants();
        if let Some(of_tenant) = tenants.get_mut(&tenant) {
            of_tenant.in_line -= 1;
            if of_tenant.in_line == 0 {
                tenants.remove(&tenant);
            }
        }
    }
}
