//! Whose word is taken for where a request comes from.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

/// The proxies in front of us. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Text that is no list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` in LATCHKEY_TRUSTED_PROXIES is neither a network nor an IP address; write for example 10.1.0.0/16,192.0.2.7"
)]
pub struct InvalidTrustedProxies(String);

impl TrustedProxies {
    /// Whether this is one of them.
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for TrustedProxies {
    type Err = InvalidTrustedProxies;

    /// Networks and addresses with commas between; an empty text trusts nobody.
    fn from_str(text: &str) -> Result<Self, InvalidTrustedProxies> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let network = |entry: &str| {
            let entry = entry.trim();
            let address = || Some(IpNet::from(entry.parse::<IpAddr>().ok()?.to_canonical()));
            let network = entry.parse().ok().or_else(address);
            network.ok_or_else(|| InvalidTrustedProxies(entry.to_owned()))
        };
        text.split(',')
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_single_addresses_are_trusted() {
        let proxies: TrustedProxies = "10.1.0.0/16, 192.0.2.7,fd00::/8".parse().unwrap();

        for (address, is_trusted) in [
            ("10.1.2.3", true),
            ("10.2.2.3", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("fd12::1", true),
            ("2001:db8::1", false),
            ("::ffff:10.1.2.3", true),
        ] {
            assert_eq!(
                proxies.has(address.parse().unwrap()),
                is_trusted,
                "{address}"
            );
        }
    }

    #[test]
    fn nobody_is_trusted_unless_named() {
        let nobody: TrustedProxies = " ".parse().unwrap();

        assert!(!nobody.has(IpAddr::from([127, 0, 0, 1])));
    }

    #[test]
    fn an_entry_that_is_no_network_is_named() {
        for (text, entry) in [
            ("10.0.0.0/33", "10.0.0.0/33"),
            ("10.0.0.1,proxy.internal", "proxy.internal"),
            ("10.0.0.1,", ""),
            ("10.0.0.1:80", "10.0.0.1:80"),
        ] {
            let refused = text.parse::<TrustedProxies>().unwrap_err();

            let sentence = refused.to_string();
            assert!(
                sentence.starts_with(&format!("`{entry}` in LATCHKEY_TRUSTED_PROXIES")),
                "{sentence}"
            );
        }
    }
}
