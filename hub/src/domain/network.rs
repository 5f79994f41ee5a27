//! Whose address a request comes from, and the network that limits count by.
//!
//! The address is the socket's. A header that forwards another one counts only when the socket's
//! peer is a configured proxy, and then only its right-most hop that is not itself one (R-I1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

/// The network of an address: IPv4 whole, IPv6 by its /64, since one subscriber holds one (decisions.md 15).
pub fn network(address: IpAddr) -> String {
    match plain(address) {
        IpAddr::V4(address) => format!("{address}/32"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// The client's address, from the socket's peer and the forwarding header's values in their order.
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    proxies: &[Cidr],
) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|cidr| cidr.contains(address));
    let mut client = plain(peer);
    for hop in forwarded.flat_map(|value| value.split(',')).rev() {
        if !trusted(client) {
            break;
        }
        // What a proxy wrote is an address; anything else ends the chain at the proxy itself.
        let Some(hop) = parse_hop(hop) else { break };
        client = hop;
    }
    client
}

/// An address, perhaps in brackets and with a port, as proxies write it.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
        return Some(plain(socket.ip()));
    }
    text.trim_start_matches('[').trim_end_matches(']').parse().ok().map(plain)
}

/// An IPv4 address that came in its IPv6 clothes is the IPv4 address.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
    }
}

/// Names that the internet's own directory never leads anywhere (RFC 6761, 6762, 8375, and ICANN's `internal`).
const PRIVATE_ENDINGS: [&str; 4] = [".internal", ".local", ".home.arpa", ".localhost"];

/// Whether a host can only be one of a private network: an address of one (RFC 1918, 4193), a name without a dot,
/// such as containers have, or one that ends as private names do.
pub fn is_private_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>().map(plain) {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
        Err(_) => {
            let name = host.to_ascii_lowercase();
            !name.contains('.') || PRIVATE_ENDINGS.iter().any(|ending| name.ends_with(ending))
        }
    }
}

/// A range of addresses, such as `10.0.0.0/8` or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: IpAddr,
    bits: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("an address range reads 10.0.0.0/8, fd00::/8 or one address")]
pub struct NotACidr;

impl Cidr {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, plain(address)) {
            (IpAddr::V4(base), IpAddr::V4(address)) => same_start_v4(base, address, self.bits),
            (IpAddr::V6(base), IpAddr::V6(address)) => same_start_v6(base, address, self.bits),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn same_start_v4(a: Ipv4Addr, b: Ipv4Addr, bits: u8) -> bool {
    let differing = u32::from(a) ^ u32::from(b);
    bits == 0 || differing >> (32 - bits) == 0
}

fn same_start_v6(a: Ipv6Addr, b: Ipv6Addr, bits: u8) -> bool {
    let differing = u128::from(a) ^ u128::from(b);
    bits == 0 || differing >> (128 - bits) == 0
}

impl FromStr for Cidr {
    type Err = NotACidr;

    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| NotACidr)?)),
            None => (text, None),
        };
        let base = address.parse::<IpAddr>().map_err(|_| NotACidr)?;
        let whole = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(whole);
        if bits > whole { Err(NotACidr) } else { Ok(Self { base, bits }) }
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_host_is_told_from_one_on_the_internet() {
        for host in [
            "s3",
            "minio",
            "localhost",
            "s3.internal",
            "S3.Internal",
            "nas.local",
            "nas.home.arpa",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.9",
            "127.0.0.1",
            "169.254.1.1",
            "[fd00::1]",
            "[::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(is_private_host(host), "{host}");
        }
        for host in [
            "s3.example.org",
            "s3.amazonaws.com",
            "internal.example.org",
            "notinternal.com",
            "8.8.8.8",
            "172.32.0.1",
            "100.64.0.1",
            "[2001:db8::1]",
            "[::ffff:8.8.8.8]",
        ] {
            assert!(!is_private_host(host), "{host}");
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn a_network_is_one_ipv4_address_or_an_ipv6_64() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::1", "::/64"),
        ] {
            assert_eq!(network(ip(address)), expected);
        }
    }

    #[test]
    fn the_client_is_the_socket_or_the_right_most_hop_that_is_no_proxy() {
        let proxies: Vec<Cidr> = ["10.0.0.0/8", "fd00::/8", "127.0.0.1"].map(|c| c.parse().expect(c)).to_vec();
        for (peer, forwarded, expected) in [
            // Nobody vouches for the header.
            ("192.0.2.1", vec!["198.51.100.9"], "192.0.2.1"),
            ("192.0.2.1", vec![], "192.0.2.1"),
            // One proxy.
            ("10.0.0.1", vec!["198.51.100.9"], "198.51.100.9"),
            ("::ffff:10.0.0.1", vec!["198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            // What the client itself wrote stands to the left and counts for nothing.
            ("10.0.0.1", vec!["1.1.1.1, 198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", vec!["1.1.1.1", "198.51.100.9"], "198.51.100.9"),
            // Two proxies in a row.
            ("10.0.0.1", vec!["198.51.100.9, 10.0.0.2"], "198.51.100.9"),
            ("10.0.0.1", vec!["1.1.1.1, 198.51.100.9, fd00::2"], "198.51.100.9"),
            // All of them proxies: the left-most one.
            ("10.0.0.1", vec!["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            // Nonsense ends the chain where it stands.
            ("10.0.0.1", vec!["198.51.100.9, unknown"], "10.0.0.1"),
            ("10.0.0.1", vec![""], "10.0.0.1"),
            // Ports and brackets.
            ("127.0.0.1", vec!["[2001:db8::1]:4711"], "2001:db8::1"),
            ("127.0.0.1", vec!["198.51.100.9:4711"], "198.51.100.9"),
        ] {
            assert_eq!(
                client_address(ip(peer), forwarded.iter().copied(), &proxies),
                ip(expected),
                "{peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn ranges_are_read_strictly() {
        for text in ["10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", "::/129", "", "localhost"] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
        assert!("0.0.0.0/0".parse::<Cidr>().expect("a range").contains(ip("192.0.2.1")));
        assert!(!"0.0.0.0/0".parse::<Cidr>().expect("a range").contains(ip("2001:db8::1")));
    }
}
