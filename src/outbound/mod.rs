//! The one HTTP client for everything outside, guarded against private addresses.
//!
//! Tenants name the hosts that Latchkey calls, so every URL is judged, every name is resolved by us and only
//! addresses of the public internet are connected to, save those that the operator allows.
//! Redirects are not followed and proxies of the environment not used: both would lead around the guard.
//! Each request needs a [`Leave`], which those who keep the budgets grant.

mod address;
mod allow;
mod exchange;
#[cfg(test)]
mod exchange_tests;
mod leave;
mod origin;
mod resolve;

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, retry};
use url::{Host, Url};

pub use address::is_public;
pub use allow::{AllowRule, InvalidAllowRule};
pub use exchange::{LARGEST_BODY_BYTES, Lost, NotSent, Request, Response, SendError, TIMEOUT};
pub use leave::Leave;
pub use origin::Origin;
pub use reqwest::Method;

use allow::AllowList;
use resolve::{Accept, GuardedResolver};

/// Sends requests; cheap to clone, one for the whole process.
#[derive(Clone)]
pub struct Outbound {
    allow: AllowList,
    /// For `https`: public and allowed addresses.
    secure: Client,
    /// For `http`: allowed networks only.
    plain: Client,
    /// For allowed `host:port` pairs: wherever they point.
    trusted: Client,
    /// Longer than this no call takes, whatever it asks for.
    longest: Duration,
}

/// A URL that is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefused {
    /// Not a web address.
    #[error("the address must begin with https://")]
    Scheme,
    /// A user name or password inside the URL.
    #[error("the address must not hold a user name or password; enter them in their own fields")]
    Credentials,
    /// Plain HTTP to a host that the operator does not allow.
    #[error(
        "the address must begin with https://; plain http:// works only for hosts that the operator lists in LATCHKEY_OUTBOUND_ALLOW"
    )]
    Plain,
    /// An address of a private network, or none that is routed.
    #[error(
        "{0} is not an address of the public internet; the operator can allow it in LATCHKEY_OUTBOUND_ALLOW"
    )]
    Private(String),
}

/// The HTTP client could not be made; happens only when the system's certificates cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("preparing the HTTP client")]
pub struct OutboundError(#[source] reqwest::Error);

impl Outbound {
    /// A client that also reaches what the rules allow.
    pub fn new(allow: Vec<AllowRule>) -> Result<Self, OutboundError> {
        let allow = AllowList::new(allow);
        Ok(Self {
            secure: client(Accept::PublicAnd(allow.networks()))?,
            plain: client(Accept::Only(allow.networks()))?,
            trusted: client(Accept::Any)?,
            allow,
            longest: Duration::MAX,
        })
    }

    /// The same, but no call takes longer than this; for time that is scaled.
    #[must_use]
    pub fn within(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// Whether a URL may be called, as far as that shows without asking for its address; for forms.
    pub fn check_url(&self, url: &Url) -> Result<(), UrlRefused> {
        self.client_for(url).map(|_| ())
    }

    /// Sends once, never again by itself. See [`SendError`] for what is known after a failure.
    pub async fn send(&self, leave: Leave, mut request: Request) -> Result<Response, SendError> {
        if *leave.origin() != Origin::of(&request.url) {
            return Err(SendError::NotSent(NotSent::WithoutLeave));
        }
        request.timeout = request.timeout.min(self.longest);
        let client = self
            .client_for(&request.url)
            .map_err(|refused| SendError::NotSent(NotSent::Refused(refused)))?;
        exchange::send(client, request).await
    }

    fn client_for(&self, url: &Url) -> Result<&Client, UrlRefused> {
        let is_plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(UrlRefused::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefused::Credentials);
        }
        let host = url.host().ok_or(UrlRefused::Scheme)?;
        if self.allow.has_host(&host, url.port_or_known_default()) {
            return Ok(&self.trusted);
        }
        // The connector does not ask the resolver about addresses, so they are judged here.
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        };
        match address {
            Some(address) if self.allow.has_address(address) => Ok(&self.trusted),
            Some(address) if !is_public(address) => Err(UrlRefused::Private(address.to_string())),
            None if is_plain && self.allow.has_networks() => Ok(&self.plain),
            _ if is_plain => Err(UrlRefused::Plain),
            _ => Ok(&self.secure),
        }
    }
}

fn client(accept: Accept) -> Result<Client, OutboundError> {
    Client::builder()
        .user_agent(concat!("Latchkey/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(exchange::CONNECT_TIMEOUT)
        .redirect(Policy::none())
        // Whether to send again is decided where it is known what was asked.
        .retry(retry::never())
        .no_proxy()
        .dns_resolver(GuardedResolver { accept })
        .build()
        .map_err(OutboundError)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbound(allow: &[&str]) -> Outbound {
        Outbound::new(allow.iter().map(|rule| rule.parse().unwrap()).collect()).unwrap()
    }

    fn refusal(outbound: &Outbound, url: &str) -> Option<UrlRefused> {
        outbound.check_url(&url.parse().unwrap()).err()
    }

    #[test]
    fn public_https_is_called() {
        for url in [
            "https://api.cryptlex.com/v3",
            "https://api.fastspring.com:8443",
            "https://1.1.1.1",
            "https://[2606:4700::1111]",
        ] {
            assert_eq!(refusal(&outbound(&[]), url), None, "{url}");
        }
    }

    #[test]
    fn everything_else_is_refused_in_every_spelling() {
        let private = |text: &str| Some(UrlRefused::Private(text.to_owned()));
        for (url, refused) in [
            ("ftp://example.com", Some(UrlRefused::Scheme)),
            ("file:///etc/passwd", Some(UrlRefused::Scheme)),
            ("http://example.com", Some(UrlRefused::Plain)),
            ("http://1.1.1.1", Some(UrlRefused::Plain)),
            ("https://user@example.com", Some(UrlRefused::Credentials)),
            ("https://:pass@example.com", Some(UrlRefused::Credentials)),
            ("https://127.0.0.1", private("127.0.0.1")),
            ("https://2130706433", private("127.0.0.1")),
            ("https://0x7f.1", private("127.0.0.1")),
            ("https://0177.0.0.1", private("127.0.0.1")),
            ("http://169.254.169.254/latest", private("169.254.169.254")),
            ("https://[::1]", private("::1")),
            ("https://[::ffff:10.0.0.1]", private("::ffff:10.0.0.1")),
            ("https://[fd00:ec2::254]", private("fd00:ec2::254")),
        ] {
            assert_eq!(refusal(&outbound(&[]), url), refused, "{url}");
        }
    }

    #[test]
    fn the_operator_may_allow_hosts_and_networks() {
        let allowing = outbound(&["cryptlex.internal:8080", "127.0.0.1:9800", "10.1.0.0/16"]);
        for (url, is_called) in [
            ("http://cryptlex.internal:8080/v3", true),
            ("http://CRYPTLEX.internal:8080/v3", true),
            ("https://cryptlex.internal:8080", true),
            ("http://127.0.0.1:9800", true),
            ("http://127.0.0.1:9801", false),
            ("https://127.0.0.1", false),
            ("http://10.1.2.3", true),
            ("https://10.1.2.3:8443", true),
            ("https://10.2.2.3", false),
            // Whether the name points into the allowed network shows when it is resolved.
            ("http://other.internal", true),
        ] {
            assert_eq!(refusal(&allowing, url).is_none(), is_called, "{url}");
        }
    }
}
