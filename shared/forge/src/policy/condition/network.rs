//! Ranges of IP addresses.

use std::net::IpAddr;

use crate::policy::invalid::quoted;

/// A range in CIDR notation, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    V4 { base: u32, mask: u32 },
    V6 { base: u128, mask: u128 },
}

impl Network {
    /// Reads a range; bits behind its prefix do not count. IPv4 ranges that are written as IPv6 are IPv4 ranges.
    ///
    /// # Errors
    /// That it is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| {
            let text = quoted(text);
            format!("{text} is not an IP address or a range such as 203.0.113.0/24 or 2001:db8::/32")
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let bits = |most: u32| match prefix {
            Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_digit()) => {
                prefix.parse().ok().filter(|bits| *bits <= most)
            }
            Some(_) => None,
            None => Some(most),
        };
        match address.parse().ok()? {
            IpAddr::V4(address) => Some(Self::v4(address.to_bits(), bits(32)?)),
            IpAddr::V6(address) => {
                let bits = bits(128)?;
                match address.to_ipv4_mapped() {
                    Some(mapped) if bits >= 96 => Some(Self::v4(mapped.to_bits(), bits - 96)),
                    _ => {
                        let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                        Some(Self::V6 {
                            base: address.to_bits() & mask,
                            mask,
                        })
                    }
                }
            }
        }
    }

    fn v4(address: u32, bits: u32) -> Self {
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
        Self::V4 {
            base: address & mask,
            mask,
        }
    }

    /// Whether an address, in its canonical form, lies in the range.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4 { base, mask }, IpAddr::V4(address)) => address.to_bits() & mask == *base,
            (Self::V6 { base, mask }, IpAddr::V6(address)) => address.to_bits() & mask == *base,
            (Self::V4 { .. }, IpAddr::V6(_)) | (Self::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_in_their_ranges() {
        let rows = [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.77/24", "203.0.113.1", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("203.0.113.7/32", "203.0.113.8", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:9::1", true),
            ("2001:db8:1234:5678::/64", "2001:db8:1234:5679::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false),
            ("2001:db8::1", "2001:db8::1", true),
            ("2001:db8::1", "2001:db8::2", false),
            ("::ffff:192.0.2.0/120", "192.0.2.9", true),
            ("::ffff:192.0.2.0/120", "192.0.3.9", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
        ];
        for (range, address, expect) in rows {
            let network = Network::parse(range).expect(range);
            assert_eq!(
                network.contains(address.parse().expect(address)),
                expect,
                "{range} {address}"
            );
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let rows = [
            "",
            "/",
            "203.0.113.0/",
            "203.0.113.0/33",
            "203.0.113.0/-1",
            "203.0.113.0/+8",
            "203.0.113.0/8/8",
            "203.0.113",
            "*",
            "203.0.113.*",
            "2001:db8::/129",
            "::1%lo",
            "203.0.113.0/99999999999",
            "${aws:SourceIp}",
            " 203.0.113.0",
        ];
        for text in rows {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }
}
