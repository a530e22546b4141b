//! The address of a license server, as a person types it and as requests begin.

use std::fmt;

use url::{Host, Url};

use crate::outbound::Origin;

/// An address without version, query or slash at its end, so that two spellings of one server are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    text: String,
    origin: Origin,
}

/// Why text is not the address of a license server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBaseUrl {
    /// No address at all.
    #[error("write the whole address, such as https://api.cryptlex.com")]
    NoAddress,
    /// Neither http nor https.
    #[error("the address begins with https://, not {0}:")]
    Scheme(String),
    /// A user name or password is in it.
    #[error("leave user name and password out of the address; access is by token")]
    Credentials,
    /// Something follows the path.
    #[error("leave out what follows ? or # in the address")]
    Query,
}

impl BaseUrl {
    /// Takes the address with or without a version (`/v3`) and slashes at its end.
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text.trim()).map_err(|_unreadable| InvalidBaseUrl::NoAddress)?;
        match url.scheme() {
            "http" | "https" => {}
            // `api.cryptlex.com:443` reads as a scheme.
            scheme if scheme.contains('.') || scheme == "localhost" => {
                return Err(InvalidBaseUrl::NoAddress);
            }
            scheme => return Err(InvalidBaseUrl::Scheme(scheme.to_owned())),
        }
        let is_nameless = match url.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').is_empty(),
            host => host.is_none(),
        };
        if is_nameless {
            return Err(InvalidBaseUrl::NoAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidBaseUrl::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidBaseUrl::Query);
        }

        let origin = Origin::of(&url);
        let text = format!("{origin}{}", without_version(url.path()));
        Ok(Self { text, origin })
    }

    /// The same without this at the end of its path, which a kind's requests begin with by themselves.
    #[must_use]
    pub fn without(self, path_end: &str) -> Self {
        let text = match self.path().strip_suffix(path_end) {
            Some(path) => format!("{}{path}", self.origin),
            None => return self,
        };
        Self { text, ..self }
    }

    /// Without a slash at its end; a path is appended as it is.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path that every request begins with; empty for most servers.
    pub fn path(&self) -> &str {
        self.text
            .strip_prefix(self.origin.as_str())
            .unwrap_or_default()
    }

    /// The key of its budget, and what its token is bound to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The version is each adapter's own matter, but manuals print it as part of the address.
fn without_version(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    match path.rsplit_once("/v") {
        Some((before, version))
            if !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            before.trim_end_matches('/')
        }
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_server_are_one() {
        for (text, expected) in [
            ("https://api.cryptlex.com", "https://api.cryptlex.com"),
            ("https://api.cryptlex.com/", "https://api.cryptlex.com"),
            (" https://API.cryptlex.com/v3/ ", "https://api.cryptlex.com"),
            (
                "https://api.cryptlex.com:443//v3//",
                "https://api.cryptlex.com",
            ),
            ("https://api.cryptlex.com./v3", "https://api.cryptlex.com"),
            ("http://127.0.0.1:9800/v3", "http://127.0.0.1:9800"),
            (
                "https://on.example/licensing/v3",
                "https://on.example/licensing",
            ),
            ("https://on.example/vendor", "https://on.example/vendor"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().as_str(), expected, "{text}");
        }
    }

    #[test]
    fn the_budget_is_kept_per_origin() {
        let url = BaseUrl::parse("https://on.example:8443/licensing/v3").unwrap();

        assert_eq!(url.origin().as_str(), "https://on.example:8443");
        assert_eq!(url.path(), "/licensing");
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_fix() {
        for (text, expected) in [
            ("", InvalidBaseUrl::NoAddress),
            ("https://./v3", InvalidBaseUrl::NoAddress),
            ("api.cryptlex.com", InvalidBaseUrl::NoAddress),
            ("api.cryptlex.com:443", InvalidBaseUrl::NoAddress),
            ("localhost:9800", InvalidBaseUrl::NoAddress),
            (
                "ftp://api.cryptlex.com",
                InvalidBaseUrl::Scheme("ftp".to_owned()),
            ),
            (
                "https://me:secret@api.cryptlex.com",
                InvalidBaseUrl::Credentials,
            ),
            ("https://api.cryptlex.com/?page=1", InvalidBaseUrl::Query),
            ("https://api.cryptlex.com/#v3", InvalidBaseUrl::Query),
        ] {
            assert_eq!(BaseUrl::parse(text), Err(expected), "{text}");
        }
    }
}
