//! The settings of a store at the shop: its row, its account, and what the vendor decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::abilities::Abilities;
use crate::domain::id::LicenseServerId;
use crate::domain::kind::LicenseServerKind;
use crate::domain::mapping::Mapping;
use crate::domain::policy::{Policy, TestEvents};
use crate::domain::rules::Rules;
use crate::store::license_servers::LicenseServer as ServerRow;
use crate::store::mappings::ProductSeen;
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError, license_servers, mappings};

/// A store at the shop, and where its licenses live.
pub struct StoreSettings {
    pub storefront: Storefront,
    pub server: ServerRow,
    /// What the vendor decided.
    pub rules: Arc<Rules>,
    /// Products that were seen in it.
    pub seen: Vec<ProductSeen>,
    /// Whether the shop was given a key to ask for keys with.
    pub may_ask_for_keys: bool,
    /// Whether it ever did.
    pub has_key_requests: bool,
}

/// Whether the shop was given a key to ask for keys with.
pub(in crate::pipeline) fn may_ask_for_keys(
    storefront: &Storefront,
    mappings: &[mappings::Mapping],
) -> bool {
    let mut keys = mappings
        .iter()
        .map(|mapping| &mapping.fulfillment_key_sealed);
    storefront.fulfillment_key_sealed.is_some() || keys.any(Option::is_some)
}

/// Where licenses live: those of test orders in the test account, where the rules say so.
///
/// `None` when there is none: a test order must never give a license in the account of real ones.
pub(in crate::pipeline) fn account_of(
    storefront: &Storefront,
    is_live: bool,
) -> Result<Option<LicenseServerId>, StoreError> {
    let usual = storefront.license_server_id;
    let test = storefront.test_license_server_id;
    Ok(account(
        policy(storefront)?.test_events,
        is_live,
        usual,
        test,
    ))
}

fn account<T>(rule: TestEvents, is_live: bool, usual: T, test: Option<T>) -> Option<T> {
    match rule {
        TestEvents::TestServer if !is_live => test,
        TestEvents::Process | TestEvents::Mark | TestEvents::Ignore | TestEvents::TestServer => {
            Some(usual)
        }
    }
}

/// A store's rules, and the products that were seen in it.
pub fn read_rules(
    db: &mut Db,
    storefront: &Storefront,
) -> Result<(Rules, Vec<ProductSeen>), StoreError> {
    let (tenant, id) = (storefront.tenant_id, storefront.id);
    let kind = license_servers::kind(db, tenant, storefront.license_server_id)?;
    let seen = mappings::list_seen(db, tenant, id)?;
    let rules = rules(kind, storefront, mappings::list(db, tenant, id)?, &seen)?;
    Ok((rules, seen))
}

/// The rules as stored: policy, mappings, attributes last seen.
pub fn rules(
    kind: LicenseServerKind,
    storefront: &Storefront,
    mappings: Vec<mappings::Mapping>,
    seen: &[mappings::ProductSeen],
) -> Result<Rules, StoreError> {
    let mut rules = Rules {
        kind,
        abilities: Abilities::of(kind),
        policy: policy(storefront)?,
        mappings: BTreeMap::new(),
        seen: BTreeMap::new(),
        takeover_at: storefront.takeover_at,
    };
    for row in mappings {
        let mapping: Mapping = serde_json::from_str(&row.mapping)
            .map_err(|error| StoreError::corrupt("mappings.mapping", error))?;
        rules.mappings.insert(row.product_path, mapping);
    }
    for row in seen {
        let Some(attributes) = &row.attributes else {
            continue;
        };
        let attributes = serde_json::from_str(attributes)
            .map_err(|error| StoreError::corrupt("products_seen.attributes", error))?;
        rules.seen.insert(row.product_path.clone(), attributes);
    }
    Ok(rules)
}

fn policy(storefront: &Storefront) -> Result<Policy, StoreError> {
    serde_json::from_str(&storefront.policy)
        .map_err(|error| StoreError::corrupt("storefronts.policy", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_says_where_licenses_of_test_orders_live() {
        use TestEvents::{Mark, Process, TestServer};
        for (rule, is_live, test, expected) in [
            (Process, false, Some("test"), Some("usual")),
            (Mark, false, Some("test"), Some("usual")),
            (TestServer, false, Some("test"), Some("test")),
            (TestServer, true, Some("test"), Some("usual")),
            (TestServer, false, None, None),
        ] {
            let found = account(rule, is_live, "usual", test);

            assert_eq!(found, expected, "{rule:?} {is_live} {test:?}");
        }
    }
}
