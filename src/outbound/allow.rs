//! What the operator allows to be called although it is private.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;
use url::{Host, Url};

/// One entry of `LATCHKEY_OUTBOUND_ALLOW`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowRule {
    /// This host at this port, over `http` too, wherever its name points.
    Host(Host, u16),
    /// Every address of this network, at every port, over `http` too.
    Network(IpNet),
}

/// Text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` in LATCHKEY_OUTBOUND_ALLOW is neither host:port nor a network; write for example cryptlex.internal:443 or 10.1.0.0/16"
)]
pub struct InvalidAllowRule(String);

impl FromStr for AllowRule {
    type Err = InvalidAllowRule;

    fn from_str(text: &str) -> Result<Self, InvalidAllowRule> {
        let text = text.trim();
        let invalid = || InvalidAllowRule(text.to_owned());
        if text.contains('/') {
            return text.parse().map(Self::Network).map_err(|_cause| invalid());
        }
        // The host is read as in a URL, so that both are compared in one spelling.
        let (host, port) = text.rsplit_once(':').ok_or_else(invalid)?;
        let port = port.parse().map_err(|_cause| invalid())?;
        let url = Url::parse(&format!("http://{host}:{port}")).map_err(|_cause| invalid())?;
        let host = url
            .host()
            .filter(|_| url.path() == "/" && url.username().is_empty());
        host.map(|host| Self::Host(host.to_owned(), port))
            .ok_or_else(invalid)
    }
}

/// The rules, by kind.
#[derive(Debug, Clone)]
pub(super) struct AllowList {
    hosts: Arc<[(Host, u16)]>,
    networks: Arc<[IpNet]>,
}

impl AllowList {
    pub(super) fn new(rules: Vec<AllowRule>) -> Self {
        let (mut hosts, mut networks) = (Vec::new(), Vec::new());
        for rule in rules {
            match rule {
                AllowRule::Host(host, port) => hosts.push((host, port)),
                AllowRule::Network(network) => networks.push(network),
            }
        }
        Self {
            hosts: hosts.into(),
            networks: networks.into(),
        }
    }

    pub(super) fn has_host(&self, host: &Host<&str>, port: Option<u16>) -> bool {
        let host = host.to_owned();
        self.hosts
            .iter()
            .any(|(allowed, at)| *allowed == host && Some(*at) == port)
    }

    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    pub(super) fn has_networks(&self) -> bool {
        !self.networks.is_empty()
    }

    pub(super) fn networks(&self) -> Arc<[IpNet]> {
        Arc::clone(&self.networks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let domain = |name: &str| Host::Domain(name.to_owned());
        for (text, rule) in [
            (
                "cryptlex.internal:443",
                AllowRule::Host(domain("cryptlex.internal"), 443),
            ),
            (" LocalHost:80 ", AllowRule::Host(domain("localhost"), 80)),
            (
                "127.0.0.1:9800",
                AllowRule::Host(Host::Ipv4([127, 0, 0, 1].into()), 9800),
            ),
            (
                "[::1]:9800",
                AllowRule::Host(Host::Ipv6(1_u128.into()), 9800),
            ),
            (
                "10.1.0.0/16",
                AllowRule::Network("10.1.0.0/16".parse().unwrap()),
            ),
            ("fd00::/8", AllowRule::Network("fd00::/8".parse().unwrap())),
        ] {
            assert_eq!(text.parse(), Ok(rule), "{text}");
        }
    }

    #[test]
    fn what_is_no_rule_is_named() {
        for text in [
            "",
            "localhost",
            "10.0.0.1",
            "10.0.0.0/33",
            "http://a:80",
            ":80",
            "a:b",
            "a b:80",
            "u@a:80",
            "a:0x1",
        ] {
            let refused = text.parse::<AllowRule>().unwrap_err();

            assert!(
                refused.to_string().contains("LATCHKEY_OUTBOUND_ALLOW"),
                "{text}"
            );
        }
    }
}
