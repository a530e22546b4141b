//! Tells the log where each record of who did what ends, so that a copy of that is kept outside the database.
//!
//! Whoever owns the database can cut the newest acts off and put back the end from before; only such a copy shows it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use metrics::gauge;

use crate::domain::id::TenantId;
use crate::store::audit::{self, ChainEnd};
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{Store, StoreError};
use crate::telemetry::names;
use crate::vault::digest;

/// The ends that this process has told.
#[derive(Debug, Default)]
pub struct ChainEnds(Mutex<BTreeMap<TenantId, ChainEnd>>);

impl ChainEnds {
    /// Tells the ends that are not where they were when it was last called, and a digest of all of them.
    pub async fn tell(&self, store: &Store) -> Result<(), StoreError> {
        let scope = Scope::Platform(PlatformUse::Upkeep);
        let ends = store.read(scope, audit::list_ends_across_tenants).await?;
        let acts: i64 = ends.iter().map(|end| end.number).sum();
        gauge!(names::AUDIT_ACTS).set(acts as f64);
        let moved = self.moved(&ends);
        for end in &moved {
            let link = hex::encode(&end.link);
            tracing::info!(tenant.id = %end.tenant_id, number = end.number, link, "audit chain {end}");
        }
        if !moved.is_empty() {
            let (chains, digest) = (ends.len(), digest_of(&ends));
            tracing::info!(chains, acts, digest, "audit chains");
        }
        Ok(())
    }

    /// Those that are not where they were, which are remembered.
    fn moved(&self, ends: &[ChainEnd]) -> Vec<ChainEnd> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_moved = |end: &&ChainEnd| told.get(&end.tenant_id) != Some(*end);
        let moved: Vec<ChainEnd> = ends.iter().filter(is_moved).cloned().collect();
        told.extend(moved.iter().map(|end| (end.tenant_id, end.clone())));
        moved
    }
}

/// SHA-256 over all ends, a line each, in the order of their tenants.
pub fn digest_of(ends: &[ChainEnd]) -> String {
    let lines: String = ends.iter().map(|end| format!("{end}\n")).collect();
    hex::encode(digest(&lines))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn end(tenant: u128, number: i64) -> ChainEnd {
        ChainEnd {
            tenant_id: TenantId::from_uuid(Uuid::from_u128(tenant)),
            number,
            link: vec![7; 32],
        }
    }

    #[test]
    fn only_what_moved_is_told_again() {
        let ends = ChainEnds::default();

        assert_eq!(ends.moved(&[end(1, 4), end(2, 9)]).len(), 2);
        assert_eq!(ends.moved(&[end(1, 4), end(2, 10)]), [end(2, 10)]);
        assert_eq!(ends.moved(&[end(1, 4), end(2, 10)]), []);
        // An end that fell back is told as well: that is what the log is for.
        assert_eq!(ends.moved(&[end(1, 3)]), [end(1, 3)]);
    }

    #[test]
    fn the_digest_depends_on_every_end() {
        let both = digest_of(&[end(1, 4), end(2, 9)]);

        assert_ne!(both, digest_of(&[end(1, 4)]));
        assert_ne!(both, digest_of(&[end(1, 4), end(2, 8)]));
    }
}
