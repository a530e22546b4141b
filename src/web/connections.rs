//! How many connections are open, in all and for one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{counter, gauge};

use crate::config::{ConnectionLimits, TrustedProxies};
use crate::telemetry::names;

/// Lets connections in. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct OpenConnections(Arc<Inner>);

struct Inner {
    limits: ConnectionLimits,
    proxies: TrustedProxies,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The place of a connection, given back when dropped.
pub struct ConnectionSeat {
    connections: OpenConnections,
    address: Option<IpAddr>,
}

impl OpenConnections {
    /// None is open yet.
    pub fn new(limits: ConnectionLimits, proxies: TrustedProxies) -> Self {
        Self(Arc::new(Inner {
            limits,
            proxies,
            open: Mutex::default(),
        }))
    }

    /// A seat for one more; `None` when there are too many. A trusted proxy speaks for any number of callers.
    pub fn let_in(&self, peer: IpAddr) -> Option<ConnectionSeat> {
        let address = (!self.0.proxies.has(peer)).then(|| network(peer));
        let mut open = self.open();
        if open.all >= self.0.limits.all {
            counter!(names::CONNECTIONS_REFUSED, "limit" => "all").increment(1);
            return None;
        }
        if let Some(address) = address {
            let of_address = open.by_address.entry(address).or_default();
            if *of_address >= self.0.limits.per_address {
                counter!(names::CONNECTIONS_REFUSED, "limit" => "address").increment(1);
                return None;
            }
            *of_address += 1;
        }
        open.all += 1;
        gauge!(names::CONNECTIONS_OPEN).set(open.all as f64);
        Some(ConnectionSeat {
            connections: self.clone(),
            address,
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionSeat {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.all -= 1;
        gauge!(names::CONNECTIONS_OPEN).set(open.all as f64);
        let Some(address) = self.address else { return };
        if let Some(of_address) = open.by_address.get_mut(&address) {
            *of_address -= 1;
            if *of_address == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

/// A household has a whole /64 of IPv6 to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ConnectionLimits = ConnectionLimits {
        all: 5,
        per_address: 2,
    };

    fn connections() -> OpenConnections {
        OpenConnections::new(LIMITS, "10.0.0.1".parse().unwrap())
    }

    fn let_in(connections: &OpenConnections, address: &str) -> Option<ConnectionSeat> {
        connections.let_in(address.parse().unwrap())
    }

    #[test]
    fn an_address_has_so_many_and_a_household_is_one() {
        for (first, second, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"),
        ] {
            let connections = connections();
            let _first = let_in(&connections, first).unwrap();
            let second = let_in(&connections, second).unwrap();

            assert!(let_in(&connections, first).is_none());
            assert!(let_in(&connections, other).is_some());
            drop(second);
            assert!(let_in(&connections, first).is_some());
        }
    }

    #[test]
    fn a_proxy_has_as_many_as_there_are() {
        let connections = connections();
        let mut seats: Vec<ConnectionSeat> = (0..5)
            .filter_map(|_| let_in(&connections, "10.0.0.1"))
            .collect();

        assert_eq!(seats.len(), 5);
        assert!(let_in(&connections, "192.0.2.1").is_none());
        seats.pop();
        assert!(let_in(&connections, "192.0.2.1").is_some());
    }
}
