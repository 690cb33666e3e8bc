//! Where a request came from: over which connection, and from whom behind it.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use packhouse_forge::identity::Source;

/// How many characters of what a client calls itself are kept.
const MAX_USER_AGENT: usize = 512;

/// The other end of the connection that a request came on. Whoever takes connections, or a gateway's events, puts it among
/// the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub ip: IpAddr,
    /// Whether the connection is encrypted.
    pub secure: bool,
}

/// The client behind `trusted_proxies` proxies, of which `peer` is the last one. Each of them is to add the address that it
/// sees to `X-Forwarded-For`, and the first to set `X-Forwarded-Proto`; what a client itself writes there is never
/// believed. A request that came past them is its peer's own.
#[must_use]
pub fn of(headers: &HeaderMap, peer: Option<Peer>, trusted_proxies: usize) -> Source {
    let user_agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let direct = Source {
        ip: peer.map(|peer| peer.ip.to_canonical()),
        secure: peer.is_some_and(|peer| peer.secure),
        user_agent: user_agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
    };
    if trusted_proxies == 0 {
        return direct;
    }
    let addresses = listed(headers, "x-forwarded-for");
    let Some(at) = addresses.len().checked_sub(trusted_proxies) else {
        return direct;
    };
    let protocols = listed(headers, "x-forwarded-proto");
    Source {
        ip: addresses.get(at).and_then(|address| parse(address)),
        secure: if protocols.is_empty() {
            direct.secure
        } else {
            protocols.iter().all(|protocol| protocol.eq_ignore_ascii_case("https"))
        },
        ..direct
    }
}

/// The elements of a list that may be spread over several headers. One that is no text stands there empty, so that it
/// shifts none of the others.
pub(super) fn listed<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let values = headers.get_all(name).iter();
    values
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(str::trim)
        .collect()
}

/// An address, as proxies write it: some add a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let with_port = || text.parse().map(|address: SocketAddr| address.ip());
    bare.parse()
        .or_else(|_| with_port())
        .ok()
        .map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const PEER: Peer = Peer {
        ip: IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)),
        secure: false,
    };

    fn headers(rows: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in rows {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn as_many_proxies_are_believed_as_are_trusted() {
        let check = |trusted: usize, forwarded: &[&'static str], expect: Option<&str>| {
            let rows: Vec<_> = forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
            let ip = of(&headers(&rows), Some(PEER), trusted).ip;
            assert_eq!(ip, expect.map(|ip| ip.parse().unwrap()), "{trusted} {forwarded:?}");
        };
        let peer = Some("10.0.0.1");
        check(0, &[], peer);
        check(0, &["192.0.2.1"], peer);
        check(1, &[], peer);
        check(1, &["192.0.2.1"], Some("192.0.2.1"));
        check(1, &["6.6.6.6, 192.0.2.1"], Some("192.0.2.1"));
        check(1, &["6.6.6.6", "192.0.2.1"], Some("192.0.2.1"));
        check(2, &["6.6.6.6, 192.0.2.1, 10.0.0.2"], Some("192.0.2.1"));
        check(2, &["6.6.6.6, 192.0.2.1", "10.0.0.2"], Some("192.0.2.1"));
        check(2, &["192.0.2.1"], peer);
        check(1, &["192.0.2.1:4711"], Some("192.0.2.1"));
        check(1, &["2001:db8::1"], Some("2001:db8::1"));
        check(1, &["[2001:db8::1]"], Some("2001:db8::1"));
        check(1, &["[2001:db8::1]:4711"], Some("2001:db8::1"));
        check(1, &["::ffff:192.0.2.1"], Some("192.0.2.1"));
        check(1, &["192.0.2.1, unknown"], None);
        check(1, &["192.0.2.1,"], None);
        check(usize::MAX, &["192.0.2.1"], peer);
    }

    #[test]
    fn a_connection_is_secure_when_the_whole_way_was() {
        let check = |trusted: usize, rows: &[(&'static str, &'static str)], secure: bool, expect: bool| {
            let peer = Peer { secure, ..PEER };
            assert_eq!(
                of(&headers(rows), Some(peer), trusted).secure,
                expect,
                "{trusted} {rows:?}"
            );
        };
        let address = ("x-forwarded-for", "192.0.2.1");
        check(0, &[], true, true);
        check(0, &[], false, false);
        check(0, &[("x-forwarded-proto", "https")], false, false);
        check(1, &[("x-forwarded-proto", "https")], false, false);
        check(1, &[address, ("x-forwarded-proto", "https")], false, true);
        check(1, &[address, ("x-forwarded-proto", "HTTPS")], false, true);
        check(1, &[address, ("x-forwarded-proto", "http")], true, false);
        check(1, &[address, ("x-forwarded-proto", "https, http")], false, false);
        check(1, &[address], true, true);
    }

    #[test]
    fn what_a_client_calls_itself_is_cut() {
        let long: &'static str = "x".repeat(10_000).leak();
        let source = of(&headers(&[("user-agent", long)]), None, 0);
        assert_eq!(source.user_agent.unwrap().len(), MAX_USER_AGENT);
        assert_eq!(source.ip, None);
    }
}
