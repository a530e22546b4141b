//! Whom an address reaches, in one spelling: what budgets are kept by, and what secrets are bound to.

use std::fmt;

use url::{Host, Url};

/// `scheme://host[:port]`, alike for all spellings that reach the same server: case, escapes, a port that goes without
/// saying, a dot after the name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin of an address; one without a host, which is never called, has its scheme alone.
    pub fn of(url: &Url) -> Self {
        let scheme = url.scheme();
        let host = match url.host() {
            // A name with a dot at its end is the same name, said absolutely.
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
            Some(host) => host.to_string(),
            None => String::new(),
        };
        // The port that goes without saying is none to the URL already.
        Self(match url.port() {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        })
    }

    /// Its spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> String {
        Origin::of(&url.parse().unwrap()).to_string()
    }

    #[test]
    fn all_spellings_of_a_server_are_one() {
        for (expected, spellings) in [
            (
                "https://api.cryptlex.com",
                &[
                    "https://api.cryptlex.com",
                    "https://api.cryptlex.com.",
                    "https://API.Cryptlex.COM",
                    "HTTPS://api.cryptlex.com:443/v3",
                    "https://api.cryptlex.com.:443/",
                    "https://api.cryptlex.com:/v3?page=1#top",
                    "https://api%2Ecryptlex.com",
                    "https://api.cryptlex。com",
                    "https://ａpi.cryptlex.com..",
                    "https://user@api.cryptlex.com",
                ][..],
            ),
            (
                "http://on.example",
                &[
                    "http://on.example:80",
                    "http://ON.example.",
                    "http://on.example/",
                ],
            ),
            (
                "https://on.example:8443",
                &["https://on.example.:8443/v3", "https://ON.EXAMPLE:08443"],
            ),
            (
                "https://xn--bcher-kva.example",
                &[
                    "https://bücher.example",
                    "https://BÜCHER.example.",
                    "https://xn--bcher-kva.example",
                    "https://XN--BCHER-KVA.example",
                ],
            ),
            (
                "http://127.0.0.1:9800",
                &["http://2130706433:9800", "http://0x7f.1:9800"],
            ),
            (
                "https://[::1]",
                &["https://[0:0::1]:443", "https://[::0001]/v3"],
            ),
        ] {
            for spelling in spellings {
                assert_eq!(origin(spelling), expected, "{spelling}");
            }
        }
    }

    #[test]
    fn other_servers_are_others() {
        let others = [
            "https://api.cryptlex.com",
            "http://api.cryptlex.com",
            "https://api.cryptlex.com:444",
            "https://api.eu.cryptlex.com",
            "https://cryptlex.com",
        ];
        for (place, one) in others.iter().enumerate() {
            for other in &others[place + 1..] {
                assert_ne!(origin(one), origin(other));
            }
        }
    }
}
