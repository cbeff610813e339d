//! Which addresses are on the public internet. An allow-list: what is not known to be public unicast is refused, so a
//! new special block, or an old one in a new spelling, does not slip through.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IANA's IPv4 Special-Purpose Address Registry (RFC 6890 and later), with multicast and what is reserved.
const SPECIAL_V4: [([u8; 4], u32); 17] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, and all above it: reserved, and the broadcast address.
    ([224, 0, 0, 0], 3),
];

/// What IANA's IPv6 Special-Purpose Address Registry lists inside of global unicast. Whatever carries an IPv4 address in
/// it (mapped, NAT64, 6to4, Teredo) is refused whole: no public website needs to be looked at that way.
const SPECIAL_V6: [([u16; 3], u32); 5] = [
    ([0x2001, 0, 0], 23),
    ([0x2001, 0x0db8, 0], 32),
    ([0x2002, 0, 0], 16),
    ([0x2620, 0x004f, 0x8000], 48),
    ([0x3fff, 0, 0], 20),
];

/// Whether an address is public unicast.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !SPECIAL_V4.iter().any(|(block, length)| {
        let shift = 32 - length;
        bits >> shift == u32::from_be_bytes(*block) >> shift
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let is_global_unicast = bits >> 125 == 0b001;
    is_global_unicast
        && !SPECIAL_V6.iter().any(|([a, b, c], length)| {
            let block = u128::from(*a) << 112 | u128::from(*b) << 96 | u128::from(*c) << 80;
            let shift = 128 - length;
            bits >> shift == block >> shift
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.215.14",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "9.255.255.255",
            "11.0.0.0",
            "126.255.255.255",
            "2606:4700::6810:84e5",
            "2a00:1450:4001::200e",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2400:cb00::1",
            "3fff:1000::1",
        ] {
            assert!(public(text), "{text}");
        }
    }

    #[test]
    fn everything_special_is_refused() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.0.170",
            "192.0.2.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.175.48.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::2",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::8.8.8.8",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "100:0:0:1::1",
            "2001::1",
            "2001:2::1",
            "2001:1ff::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:a00:1::",
            "2002:808:808::1",
            "2620:4f:8000::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "8000::1",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_loopback_private_or_link_local_address_is_public(low in any::<u32>()) {
            for (block, length) in SPECIAL_V4 {
                let mask = u32::MAX.checked_shr(length).unwrap_or(0);
                let address = Ipv4Addr::from_bits(u32::from_be_bytes(block) | (low & mask));
                prop_assert!(!is_public_v4(address), "{address}");
                prop_assert!(!is_public_v6(address.to_ipv6_mapped()) && !is_public_v6(address.to_ipv6_compatible()));
            }
        }

        #[test]
        fn agrees_with_the_standard_library(bits in any::<u32>()) {
            let address = Ipv4Addr::from_bits(bits);
            let special = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_broadcast()
                || address.is_documentation() || address.is_multicast() || address.is_unspecified();
            prop_assert!(!special || !is_public_v4(address));
        }

        #[test]
        fn nothing_outside_of_global_unicast_is_public(bits in any::<u128>()) {
            if is_public_v6(Ipv6Addr::from_bits(bits)) {
                prop_assert_eq!(bits >> 125, 1);
            }
        }
    }
}
