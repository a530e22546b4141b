//! For whom a transaction is: one tenant, or the platform for a named purpose.

use strum::IntoStaticStr;

use crate::domain::id::TenantId;

/// For whom a transaction is. On PostgreSQL row-level security holds it to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One tenant: rows of others are not there.
    Tenant(TenantId),
    /// All tenants, for this purpose.
    Platform(PlatformUse),
}

/// Why a transaction must see more than one tenant, or rows that belong to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PlatformUse {
    /// Finding the storefront of a hook and storing what arrived for several tenants at once.
    Ingest,
    /// Choosing the subjects to work on, tenants in turn, and keeping their leases.
    Claim,
    /// Finding a person, a session or an API token before the tenant is known.
    SignIn,
    /// What an operator does: making tenants, counting them, rotating keys.
    Operator,
    /// Retention, sweeps, probes and health.
    Upkeep,
}

impl PlatformUse {
    /// As PostgreSQL is told.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Scope {
    /// The local setting that row-level security checks. Both values are spelled by us, so nothing needs quoting.
    pub(super) fn setting(self) -> String {
        match self {
            Self::Tenant(tenant) => {
                format!("SET LOCAL latchkey.tenant = '{}'", tenant.as_uuid())
            }
            Self::Platform(purpose) => {
                format!("SET LOCAL latchkey.platform = '{}'", purpose.as_str())
            }
        }
    }
}
