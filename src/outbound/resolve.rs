//! Turns names into addresses and keeps back those that may not be called.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::outbound::address::is_public;

/// Which addresses a client may connect to.
#[derive(Debug, Clone)]
pub(super) enum Accept {
    /// Public ones, and these networks.
    PublicAnd(Arc<[IpNet]>),
    /// These networks.
    Only(Arc<[IpNet]>),
    /// All.
    Any,
}

/// Asks the system's resolver. What it accepts is what is connected to: there is no second look-up in between.
#[derive(Debug, Clone)]
pub(super) struct GuardedResolver {
    pub(super) accept: Accept,
}

/// Why a name gives no address; found again in the chain of the client's error.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("the name {0} cannot be found")]
    NotFound(String),
    #[error("the name {0} points to an address that may not be called")]
    Private(String),
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let accept = self.accept.clone();
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|_cause| ResolveError::NotFound(name.clone()))?
                .collect();
            if found.is_empty() {
                return Err(ResolveError::NotFound(name).into());
            }
            let accepted: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| accept.accepts(address.ip()))
                .collect();
            if accepted.is_empty() {
                return Err(ResolveError::Private(name).into());
            }
            Ok(Box::new(accepted.into_iter()) as Addrs)
        })
    }
}

impl Accept {
    fn accepts(&self, address: IpAddr) -> bool {
        let within = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&address));
        match self {
            Self::PublicAnd(networks) => is_public(address) || within(networks),
            Self::Only(networks) => within(networks),
            Self::Any => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolve(accept: Accept) -> Result<usize, ResolveError> {
        let resolver = GuardedResolver { accept };
        match resolver.resolve("localhost".parse().unwrap()).await {
            Ok(addresses) => Ok(addresses.count()),
            Err(error) => Err(*error.downcast().unwrap()),
        }
    }

    #[tokio::test]
    async fn a_name_that_points_inside_is_refused_unless_allowed() {
        let inside: Arc<[IpNet]> =
            Arc::from(["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]);
        let elsewhere: Arc<[IpNet]> = Arc::from(["10.0.0.0/8".parse().unwrap()]);

        for accept in [
            Accept::PublicAnd(Arc::clone(&elsewhere)),
            Accept::Only(elsewhere),
        ] {
            assert!(matches!(
                resolve(accept).await,
                Err(ResolveError::Private(name)) if name == "localhost"
            ));
        }
        for accept in [
            Accept::Any,
            Accept::Only(Arc::clone(&inside)),
            Accept::PublicAnd(inside),
        ] {
            assert!(resolve(accept).await.unwrap() > 0);
        }
    }
}
