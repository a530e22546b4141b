//! How much of the calls that a licensing account allows are in use.

use crate::config::Budget;
use crate::domain::time::Timestamp;
use crate::license_servers::base_url::BaseUrl;
use crate::outbound::Origin;
use crate::store::license_servers::LicenseServer;
use crate::store::{Db, StoreError, permits};

/// Whose budget an account's calls are counted against; `None` for an address that cannot be read.
pub fn origin_of(server: &LicenseServer) -> Option<Origin> {
    let base_url = BaseUrl::parse(&server.base_url).ok()?;
    Some(base_url.origin().clone())
}

/// How many of its calls are taken now, by all companies together.
pub fn in_use(
    db: &mut Db,
    origin: &Origin,
    budget: Budget,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let free = permits::free_count(db, origin.as_str(), budget.calls, now)?;
    Ok(budget.calls.saturating_sub(free))
}
