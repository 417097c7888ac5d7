//! Which addresses may be asked (`verdicts.md` §3, attack catalogue K7): a certificate must not be
//! able to make the gateway knock at doors inside its own network.

use super::error::{AddressError, Range};
use crate::model::HostPort;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest address followed. Distribution points measured in practice stay below 200.
const MAX_URI: usize = 2048;

/// Whom the operator lets the gateway ask.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Doors {
    /// Hosts inside the own network that may be asked, each with its port.
    pub private: Vec<HostPort>,
    /// If there are any: only these public hosts, and those below a name that starts with a dot.
    pub hosts: Vec<String>,
}

/// An address that may be asked once its resolved addresses were looked at too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) door: HostPort,
    /// The address itself, where the host is one.
    pub(super) literal: Option<IpAddr>,
}

impl Doors {
    /// Whether a URI may be asked, as far as it says by itself.
    pub(super) fn target(&self, uri: &str) -> Result<Target, AddressError> {
        // The parser of URLs mends white space, back slashes and missing hosts; a person who reads
        // the certificate would see another address than is asked.
        let plain = uri.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        let (_, rest) = uri.split_once("://").ok_or(AddressError::Malformed)?;
        if uri.len() > MAX_URI || !plain || rest.starts_with('/') {
            return Err(AddressError::Malformed);
        }
        let mut url = Url::parse(uri).map_err(|_| AddressError::Malformed)?;
        url.set_fragment(None);
        self.checked(url)
    }

    /// Whether a URI may be asked, as far as can be said without resolving names. `localhost` is this machine wherever it
    /// is resolved (RFC 6761 §6.3).
    ///
    /// # Errors
    /// [`AddressError`]: it will never be asked.
    pub fn admit(&self, uri: &str) -> Result<(), AddressError> {
        let target = self.target(uri)?;
        let host = target.door.host().trim_end_matches('.');
        if host == "localhost" || host.ends_with(".localhost") {
            self.reachable(&target, &[Ipv4Addr::LOCALHOST.into()])?;
        }
        Ok(())
    }

    /// Where a redirect leads, if it stays with the same scheme, host and port.
    pub(super) fn redirected(&self, from: &Target, to: &str) -> Result<Target, AddressError> {
        let elsewhere = || AddressError::Elsewhere { to: shortened(to) };
        let mut url = from.url.join(to).map_err(|_| elsewhere())?;
        url.set_fragment(None);
        let target = self.checked(url).map_err(|_| elsewhere())?;
        let same = target.url.scheme() == from.url.scheme() && target.door == from.door;
        same.then_some(target).ok_or_else(elsewhere)
    }

    fn checked(&self, url: Url) -> Result<Target, AddressError> {
        if !matches!(url.scheme(), "http" | "https") {
            let scheme = shortened(url.scheme());
            return Err(AddressError::Scheme { scheme });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::UserInfo);
        }
        let host = url.host_str().ok_or(AddressError::Malformed)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default();
        let door = HostPort::new(host, port.ok_or(AddressError::Malformed)?);
        let literal: Option<IpAddr> = door.host().parse().ok();
        let listed = self.is_listed(&door);
        // Below 1024 other services live, and some of them take HTTP for their own commands.
        let usual = matches!(door.port(), 80 | 443 | 1024..);
        if !usual && !listed {
            return Err(AddressError::Port { port: door.port() });
        }
        if !listed && !self.is_allowed(door.host()) {
            let host = door.host().to_owned();
            return Err(AddressError::HostNotAllowed { host });
        }
        let target = Target { url, door, literal };
        if let Some(address) = literal {
            self.reachable(&target, &[address])?;
        }
        Ok(target)
    }

    /// Whether every one of the resolved addresses may be connected to. One that may not refuses
    /// them all: a name that leads both out and in is a trap.
    pub(super) fn reachable(
        &self,
        target: &Target,
        resolved: &[IpAddr],
    ) -> Result<(), AddressError> {
        let listed = self.is_listed(&target.door);
        for address in resolved {
            let Some(range) = not_public(*address) else {
                continue;
            };
            // Listing a name opens the own network behind it; only listing the address itself
            // opens what no name in a certificate may ever lead to.
            let opened = listed && (range.is_inside() || target.literal == Some(*address));
            if !opened {
                return Err(AddressError::NotPublic {
                    door: target.door.clone(),
                    address: *address,
                    range,
                });
            }
        }
        Ok(())
    }

    fn is_listed(&self, door: &HostPort) -> bool {
        let address: Option<IpAddr> = door.host().parse().ok();
        self.private.iter().any(|listed| {
            // Addresses compare as addresses: `fd00::1` and `fd00:0::1` are one.
            let same = listed.host() == door.host()
                || address.is_some() && listed.host().parse().ok() == address;
            same && listed.port() == door.port()
        })
    }

    fn is_allowed(&self, host: &str) -> bool {
        let fits = |allowed: &String| {
            if allowed.starts_with('.') {
                host.ends_with(allowed.as_str())
            } else {
                host == allowed
            }
        };
        self.hosts.is_empty() || self.hosts.iter().any(fits)
    }
}

/// A part of what others wrote, short enough to be told.
fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

/// The range of an address that is not on the public internet (the IANA registries of special
/// purpose addresses); `None` for a public one.
pub(super) fn not_public(address: IpAddr) -> Option<Range> {
    match address {
        IpAddr::V4(v4) => not_public4(v4),
        IpAddr::V6(v6) => not_public6(v6),
    }
}

fn not_public4(address: Ipv4Addr) -> Option<Range> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, ..) => Range::Unspecified,
        (127, ..) => Range::Loopback,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Range::Private,
        (100, 64..=127, _) => Range::CarrierNat,
        // 169.254.169.254: where clouds keep their machines' credentials.
        (169, 254, _) => Range::LinkLocal,
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Range::Documentation,
        (224..=239, ..) => Range::Multicast,
        // Protocol assignments, the old 6to4 relays, benchmarks, future use and broadcast.
        (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) | (240..=255, ..) => Range::Reserved,
        _ => return None,
    })
}

fn not_public6(address: Ipv6Addr) -> Option<Range> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let [w, x] = high.to_be_bytes();
        let [y, z] = low.to_be_bytes();
        not_public4(Ipv4Addr::new(w, x, y, z))
    };
    match (a, b) {
        _ if address.is_unspecified() => Some(Range::Unspecified),
        _ if address.is_loopback() => Some(Range::Loopback),
        // IPv4-mapped, ::ffff:0:0/96.
        (0, 0) if (c, d, e, f) == (0, 0, 0, 0xffff) => embedded(g, h),
        // NAT64, 64:ff9b::/96 (RFC 6052), and 6to4 (RFC 3056): what they lead to decides.
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => embedded(g, h),
        (0x2002, high) => embedded(high, c),
        (0xfc00..=0xfdff, _) => Some(Range::Private),
        (0xfe80..=0xfebf, _) => Some(Range::LinkLocal),
        (0xff00..=0xffff, _) => Some(Range::Multicast),
        (0x2001, 0xdb8) | (0x3fff, 0..=0xfff) => Some(Range::Documentation),
        // Teredo, ORCHID and the other protocol assignments of 2001::/23.
        (0x2001, 0..=0x1ff) => Some(Range::Reserved),
        // 2000::/3 is all that is given out as public.
        (0x2000..=0x3fff, _) => None,
        _ => Some(Range::Reserved),
    }
}

#[cfg(test)]
mod tests;
