//! Whose address a request has that comes through proxies.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderName};

use crate::config::{Network, ProxyHeader};

/// The most proxies behind one another.
const MOST: usize = 32;

/// The address of whoever asked: that of the connection; where that is a trusted proxy's, what it says,
/// and so on, from the end of the header on. What stands before may be anybody's invention.
pub(super) fn client(
    peer: IpAddr,
    headers: &HeaderMap,
    trusted: &[Network],
    header: ProxyHeader,
) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(client) {
        return client;
    }
    let name = match header {
        ProxyHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
        ProxyHeader::Forwarded => HeaderName::from_static("forwarded"),
    };
    let lines: Vec<&str> = headers.get_all(name).filter_map(|line| line.to_str().ok()).collect();
    let said = lines.iter().rev().flat_map(|line| line.rsplit(','));
    for said in said.take(MOST) {
        let said = match header {
            ProxyHeader::XForwardedFor => Some(said),
            ProxyHeader::Forwarded => for_whom(said),
        };
        // Who is hidden is behind the proxy that hides them.
        let Some(address) = said.and_then(address) else { return client };
        client = address;
        if !is_trusted(client) {
            return client;
        }
    }
    client
}

/// The `for` of an element of `Forwarded`.
fn for_whom(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let found = bare.parse::<IpAddr>().ok().or_else(with_port);
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn of(peer: &str, header: ProxyHeader, lines: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "::1"].map(|network| network.parse().expect("a network"));
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_str(value).expect("a value");
            headers.append(HeaderName::from_static(name), value);
        }
        client(peer.parse().expect("an address"), &headers, &trusted, header).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_say_is_believed() {
        let line = |text| [("x-forwarded-for", text)];
        for (peer, said, client) in [
            ("203.0.113.1", "198.51.100.1", "203.0.113.1"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("::1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "10.9.9.9, 10.0.0.2", "10.9.9.9"),
            ("10.0.0.1", "1.1.1.1, unknown", "10.0.0.1"),
            ("10.0.0.1", "1.1.1.1, , 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
            ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
            ("10.0.0.1", "", "10.0.0.1"),
        ] {
            let found = of(peer, ProxyHeader::XForwardedFor, &line(said));
            assert_eq!(found, client, "{peer} {said}");
        }
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(of("10.0.0.1", ProxyHeader::XForwardedFor, &lines), "198.51.100.1");
    }

    #[test]
    fn the_standard_header_is_read_where_it_is_the_one() {
        for (said, client) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("for=1.1.1.1, For=\"198.51.100.1:80\";proto=https;by=10.0.0.2", "198.51.100.1"),
            ("proto=https;for=\"[2001:db8::7]:4711\", for=10.0.0.3", "2001:db8::7"),
            ("for=1.1.1.1, for=_hidden", "10.0.0.1"),
            ("for=1.1.1.1, by=10.0.0.2", "10.0.0.1"),
            ("for=\"1.1.1.1, for=198.51.100.1", "198.51.100.1"),
        ] {
            let found = of("10.0.0.1", ProxyHeader::Forwarded, &[("forwarded", said)]);
            assert_eq!(found, client, "{said}");
        }
        let both = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(of("10.0.0.1", ProxyHeader::XForwardedFor, &both), "198.51.100.1");
        assert_eq!(of("10.0.0.1", ProxyHeader::Forwarded, &both), "1.1.1.1");
    }
}
