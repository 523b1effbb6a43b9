//! Which addresses may be connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address may be connected to. `private` lets in the networks of a house and this machine;
/// what serves no connection, or tells a machine about itself, stays out.
pub(super) fn may_connect(address: IpAddr, private: bool) -> bool {
    match address {
        IpAddr::V4(address) => may_v4(address, private),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => may_v4(mapped, private),
            None => may_v6(address, private),
        },
    }
}

fn may_v4(address: Ipv4Addr, private: bool) -> bool {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        // This machine; houses; carriers.
        (127 | 10, ..) | (192, 168, _) | (100, 64..=127, _) | (172, 16..=31, _) => private,
        // Nowhere; link-local, where clouds tell machines their secrets; protocols; documentation;
        // relays; benchmarks; many at once; reserved.
        (0 | 224..=255, ..)
        | (169, 254, _)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => false,
        _ => true,
    }
}

fn may_v6(address: Ipv6Addr, private: bool) -> bool {
    let [a, b, ..] = address.segments();
    match (a, b) {
        _ if address == Ipv6Addr::LOCALHOST => private,
        (0xfc00..=0xfdff, _) => private,
        // Tunnels, in which another address is wrapped; documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x2002 | 0x3ffe | 0x3fff, _) => false,
        // Only this eighth of all addresses was ever given out.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(address: &str, private: bool) -> bool {
        may_connect(address.parse().expect("an address"), private)
    }

    #[test]
    fn only_public_addresses_are_connected_to() {
        for address in
            ["8.8.8.8", "114.114.114.114", "172.32.0.1", "2400:3200::1", "::ffff:8.8.8.8"]
        {
            assert!(may(address, false) && may(address, true), "{address}");
        }
        for address in [
            "127.0.0.1",
            "127.8.9.10",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "100.64.0.1",
            "::1",
            "fc00::1",
            "fd12:3456::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!may(address, false) && may(address, true), "{address}");
        }
        for address in [
            "0.0.0.0",
            "169.254.169.254",
            "192.0.2.1",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "2001::1",
            "2001:db8::1",
            "::127.0.0.1",
            "::ffff:169.254.169.254",
            "fec0::1",
        ] {
            assert!(!may(address, false) && !may(address, true), "{address}");
        }
    }
}
