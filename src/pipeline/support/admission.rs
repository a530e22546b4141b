//! Requests that cost much work are answered few at once, and of each vendor one: the others are told to come again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::TenantId;

/// Vendors for whom something is being worked out just now. Cheap to clone; all clones share what they know.
#[derive(Clone)]
pub struct AdmissionLimit {
    most: usize,
    admitted: Arc<Mutex<BTreeSet<TenantId>>>,
}

/// There is no place just now: another request of the vendor, or as many of others as are answered at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("as many requests of this kind as are answered at once are being answered")]
pub struct Busy;

/// A place, given back when it is dropped.
pub struct AdmissionPermit {
    tenant: TenantId,
    admitted: Arc<Mutex<BTreeSet<TenantId>>>,
}

impl AdmissionLimit {
    /// Places for so many vendors.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            admitted: Arc::default(),
        }
    }

    /// A place for a vendor.
    pub fn try_admit(&self, tenant: TenantId) -> Result<AdmissionPermit, Busy> {
        let mut admitted = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        if admitted.len() >= self.most || !admitted.insert(tenant) {
            return Err(Busy);
        }
        Ok(AdmissionPermit {
            tenant,
            admitted: Arc::clone(&self.admitted),
        })
    }
}

impl Drop for AdmissionPermit {
    fn drop(&mut self) {
        let mut admitted = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        admitted.remove(&self.tenant);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_vendor_has_one_place_and_all_together_have_few() {
        let [one, two, three] = [1, 2, 3].map(|id| TenantId::from_uuid(Uuid::from_u128(id)));
        let limit = AdmissionLimit::new(2);

        let first = limit.try_admit(one);
        assert!(first.is_ok());
        assert_eq!(limit.try_admit(one).err(), Some(Busy));
        let _second = limit.try_admit(two).unwrap();
        assert_eq!(limit.try_admit(three).err(), Some(Busy));

        drop(first);
        assert!(limit.try_admit(three).is_ok());
    }
}
