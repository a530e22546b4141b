//! Who calls: the peer, or whom a proxy that the operator trusts names in its place.

mod forwarded;

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};
use actix_web::web::Data;

use crate::config::TrustedProxies;
use crate::web::state::State;

/// One that passed the request on; `None` when it is hidden or cannot be read.
type Hop = Option<IpAddr>;

/// The address that limits count; `None` only for a request without a connection.
pub fn client_address(http: &HttpRequest) -> Option<IpAddr> {
    let peer = http.peer_addr()?.ip().to_canonical();
    let state = http.app_data::<Data<State>>()?;
    Some(client(peer, http.headers(), &state.trusted_proxies))
}

/// The last address that no trusted proxy has, as far as trusted ones tell.
///
/// A proxy writes one of the two headers and may let the other pass as the caller made it up, so where both are there
/// and name different callers, neither is believed.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> IpAddr {
    let named = |hops: Vec<Hop>| last_untrusted(peer, &hops, proxies);
    let forwarded = hops(headers, FORWARDED, forwarded::hops).map(named);
    let x_forwarded_for = hops(headers, X_FORWARDED_FOR, x_forwarded_for).map(named);
    match (forwarded, x_forwarded_for) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    }
}

/// Each proxy vouches only for whom it took the request from.
fn last_untrusted(peer: IpAddr, hops: &[Hop], proxies: &TrustedProxies) -> IpAddr {
    let mut client = peer;
    for hop in hops.iter().rev() {
        match hop {
            Some(address) if proxies.has(client) => client = *address,
            _ => break,
        }
    }
    client
}

/// Every hop that a header names, the nearest last; `None` when the header is absent.
fn hops(
    headers: &HeaderMap,
    name: HeaderName,
    read: fn(&str) -> Option<Vec<Hop>>,
) -> Option<Vec<Hop>> {
    let lines: Vec<_> = headers.get_all(name).collect();
    if lines.is_empty() {
        return None;
    }
    let read = |line: &str| read(line).unwrap_or_else(|| vec![None]);
    let hops = lines
        .into_iter()
        .flat_map(|line| line.to_str().map_or_else(|_not_text| vec![None], read));
    Some(hops.collect())
}

fn x_forwarded_for(line: &str) -> Option<Vec<Hop>> {
    Some(line.split(',').map(address).collect())
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`, with a hidden port such as `:_p` too.
fn address(text: &str) -> Hop {
    let text = text.trim();
    let text = match text.rsplit_once(":_") {
        Some((address, _hidden_port)) => address,
        None => text,
    };
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    let address: Option<IpAddr> = text.parse().ok().or_else(bare).or_else(with_port);
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn client_of(peer: &str, lines: &[(&str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::try_from(*name).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        let proxies = "10.0.0.0/8,fd00::/8".parse().unwrap();
        client(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn the_last_untrusted_address_is_the_client() {
        for (line, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("203.0.113.9, 192.0.2.1", "192.0.2.1"),
            ("203.0.113.9, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711,fd00::2", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("192.0.2.1, unknown", PROXY),
            ("192.0.2.1, nonsense, 10.0.0.2", "10.0.0.2"),
            ("192.0.2.1,", PROXY),
            ("", PROXY),
        ] {
            assert_eq!(
                client_of(PROXY, &[("x-forwarded-for", line)]),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn forwarded_is_read_like_it() {
        for (line, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            (
                r#"for=203.0.113.9, For="[2001:db8::1]:4711";proto=https;by=10.0.0.1"#,
                "2001:db8::1",
            ),
            (r#"for="192.0.2.1:_port";host="a,b;c""#, "192.0.2.1"),
            ("for=192.0.2.1, for=_hidden", PROXY),
            ("for=192.0.2.1, for=unknown, for=10.0.0.2", "10.0.0.2"),
            ("for=192.0.2.1, proto=https", PROXY),
        ] {
            assert_eq!(client_of(PROXY, &[("forwarded", line)]), expected, "{line}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = [
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-for", "192.0.2.2, 10.0.0.2"),
        ];

        assert_eq!(client_of(PROXY, &lines), "192.0.2.2");
    }

    #[test]
    fn a_stranger_is_not_believed() {
        for header in [
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=192.0.2.1"),
        ] {
            assert_eq!(client_of("203.0.113.9", &[header]), "203.0.113.9");
        }
    }

    #[test]
    fn headers_that_contradict_each_other_are_not_believed() {
        let made_up = ("forwarded", "for=192.0.2.66");
        let true_one = ("x-forwarded-for", "192.0.2.1");

        assert_eq!(client_of(PROXY, &[made_up, true_one]), PROXY);
        let same = ("forwarded", "for=192.0.2.1;proto=https");
        assert_eq!(client_of(PROXY, &[same, true_one]), "192.0.2.1");
    }
}
