//! Which accounts hold real licenses, so that nothing pretended is made there unasked.

use url::{Host, Url};

use crate::domain::policy::{Policy, TestEvents};
use crate::domain::rules::Mode;
use crate::store::StoreError;
use crate::store::license_servers::LicenseServer;
use crate::store::storefronts::Storefront;

/// Whether test events of the store would make licenses in an account that holds real ones.
pub fn makes_real_licenses(
    storefront: &Storefront,
    server: &LicenseServer,
) -> Result<bool, StoreError> {
    let policy: Policy = serde_json::from_str(&storefront.policy)
        .map_err(|error| StoreError::corrupt("storefronts.policy", error))?;
    // A store on hold works on what came meanwhile when it is resumed.
    let is_watching = storefront.mode == Mode::Shadow;
    Ok(match policy.test_events {
        _ if is_watching => false,
        TestEvents::Ignore | TestEvents::TestServer => false,
        TestEvents::Process | TestEvents::Mark => !is_sandbox(&server.base_url),
    })
}

/// A license server on this very machine is the sandbox, or one that nobody else is served by.
fn is_sandbox(base_url: &str) -> bool {
    let Ok(url) = Url::parse(base_url) else {
        return false;
    };
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_license_server_of_this_machine_counts_as_the_sandbox() {
        for (base_url, is_one) in [
            ("http://127.0.0.1:9800", true),
            ("http://[::1]:9800", true),
            ("http://localhost:9800", true),
            ("https://api.cryptlex.com", false),
            ("https://localhost.example.com", false),
            ("http://10.1.2.3:9800", false),
            ("nothing", false),
        ] {
            assert_eq!(is_sandbox(base_url), is_one, "{base_url}");
        }
    }
}
