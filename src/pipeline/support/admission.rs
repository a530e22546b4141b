//! Requests that cost much work are answered few at once, and of each vendor one: the others are told to come again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::TenantId;

/// Vendors for whom something is being worked out just now. Cheap to clone; all clones share what they know.
#[derive(Clone)]
pub struct AtOnce {
    most: usize,
    begun: Arc<Mutex<BTreeSet<TenantId>>>,
}

/// There is no place just now: another request of the vendor, or as many of others as are answered at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("as many requests of this kind as are answered at once are being answered")]
pub struct Busy;

/// A place, given back when it is dropped.
pub struct Place {
    tenant: TenantId,
    begun: Arc<Mutex<BTreeSet<TenantId>>>,
}

impl AtOnce {
    /// Places for so many vendors.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            begun: Arc::default(),
        }
    }

    /// A place for a vendor.
    pub fn begin(&self, tenant: TenantId) -> Result<Place, Busy> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() >= self.most || !begun.insert(tenant) {
            return Err(Busy);
        }
        Ok(Place {
            tenant,
            begun: Arc::clone(&self.begun),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.remove(&self.tenant);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_vendor_has_one_place_and_all_together_have_few() {
        let [one, two, three] = [1, 2, 3].map(|id| TenantId::from_uuid(Uuid::from_u128(id)));
        let at_once = AtOnce::new(2);

        let first = at_once.begin(one);
        assert!(first.is_ok());
        assert_eq!(at_once.begin(one).err(), Some(Busy));
        let _second = at_once.begin(two).unwrap();
        assert_eq!(at_once.begin(three).err(), Some(Busy));

        drop(first);
        assert!(at_once.begin(three).is_ok());
    }
}
