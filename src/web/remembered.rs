//! What pages remember for a while, so that looking at them costs little. Lost with the process; never the only copy.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::domain::id::{LicenseServerId, TenantId};
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::web::pages::overview_numbers::Usual;

/// Whoever made a template at Cryptlex a moment ago wants to see it.
const CATALOG_KEPT: Duration = Duration::from_secs(30);
/// Last month does not change, but the hour of the day does.
const USUAL_KEPT: Duration = Duration::from_secs(600);

/// The caches of the pages.
pub struct PageCaches {
    /// What an account offers to choose from.
    pub catalogs: Cache<(TenantId, LicenseServerId, Catalog), Arc<Vec<CatalogItem>>>,
    /// What is usual by this time of the day.
    pub usual: Cache<TenantId, Usual>,
}

impl Default for PageCaches {
    fn default() -> Self {
        Self {
            catalogs: Cache::builder()
                .time_to_live(CATALOG_KEPT)
                .max_capacity(1_000)
                .build(),
            usual: Cache::builder()
                .time_to_live(USUAL_KEPT)
                .max_capacity(10_000)
                .build(),
        }
    }
}
