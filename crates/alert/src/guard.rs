//! Keeps messages out of the network that the service runs in.
//!
//! A name is looked up once, all that it leads to is judged, and the connection is made to just those addresses: who
//! answers otherwise the next time (DNS rebinding) gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::error::SendError;

/// Most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 16;

/// Whether an address belongs to the public internet: neither private, loopback, link-local, multicast nor set aside
/// for anything else (RFC 6890 and the registries of IANA that it began), also when it stands inside an IPv6 address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        // Shared by providers, RFC 6598.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments, and measurements of networks, RFC 2544.
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        // Relays of 6to4, RFC 7526.
        || (a == 192 && b == 88 && c == 99)
        // Multicast and reserved.
        || a >= 224;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, .., y, z] = address.segments();
    let inner = |high: u16, low: u16| {
        let ([w, x], [y, z]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(w, x, y, z))
    };
    match (a, b) {
        // Mapped and compatible IPv4, loopback, unspecified.
        (0, 0) => address.to_ipv4_mapped().is_some_and(is_public_v4),
        // IPv4 behind NAT64, RFC 6052; the local form of it is private, RFC 8215.
        (0x64, 0xff9b) => c == 0 && d == 0 && inner(y, z),
        // 6to4, RFC 3056.
        (0x2002, _) => inner(b, c),
        // Teredo, ORCHID, documentation.
        (0x2001, 0..=0x1ff | 0xdb8) => false,
        (0x3fff, 0..=0xfff) => false,
        // Only this part is given out: all else is local, multicast or set aside.
        _ => (0x2000..0x4000).contains(&a),
    }
}

/// The addresses of a host, each of which may be called.
///
/// # Errors
/// When the name leads nowhere, or to a place that must not be called.
pub(crate) async fn resolve(
    (host, port): (&str, u16),
    may_be_private: bool,
) -> Result<Vec<SocketAddr>, SendError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let failed = |reason: String| SendError::Name { host: host.to_owned(), reason };
    let found: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => {
            let found = tokio::net::lookup_host((bare, port)).await;
            found.map_err(|error| failed(error.to_string()))?.take(MAX_ADDRESSES).collect()
        }
    };
    if found.is_empty() {
        return Err(failed("it has no address".to_owned()));
    }
    let private = found.iter().find(|address| !may_be_private && !is_public(address.ip()));
    match private {
        Some(address) => Err(SendError::Refused { host: host.to_owned(), address: address.ip() }),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for private in [
            "127.0.0.1",
            "127.255.255.254",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "255.255.255.255",
            "224.0.0.1",
            "240.0.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "192.0.2.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "100::1",
            "4000::1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "8.8.8.8",
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn names_and_addresses_that_lead_inside_are_refused() {
        for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"] {
            let refused = resolve((host, 80), false).await.unwrap_err();
            assert!(matches!(refused, SendError::Refused { .. }) && refused.is_final(), "{host}: {refused}");
            assert!(!resolve((host, 80), true).await.unwrap().is_empty());
        }
        let unknown = resolve(("nothing.invalid", 80), false).await.unwrap_err();
        assert!(matches!(unknown, SendError::Name { .. }) && !unknown.is_final(), "{unknown}");
    }
}
