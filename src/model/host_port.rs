//! A host with a port, as an administrator lists it: `ocsp.noi-bo.vn:8080`, `10.1.2.3:80`,
//! `[fd00::1]:80`.

use std::fmt;
use std::sync::Arc;

/// The longest name in the DNS (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;

/// A host, lower-case and without the brackets of an IPv6 address, and a port.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HostPort {
    host: Arc<str>,
    port: u16,
}

impl HostPort {
    /// Puts one together; the host becomes lower-case and loses a closing dot.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        Self {
            host: host.into(),
            port,
        }
    }

    /// Parses `host:port`; `None` if there is no port, or the host is no name and no address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let fits = match bracketed {
            Some(address) => is_address6(address),
            None => is_host_name(host),
        };
        // `u16` alone would take a sign.
        let digits = port.bytes().all(|b| b.is_ascii_digit());
        let port: u16 = port.parse().ok().filter(|p| *p > 0 && digits)?;
        fits.then(|| Self::new(bracketed.unwrap_or(host), port))
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Whether `text` can be a host's name or an IPv4 address.
#[must_use]
pub fn is_host_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let label = |l: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&l.len()) && l.bytes().all(inner)
    };
    text.len() <= MAX_NAME && text.split('.').all(label)
}

fn is_address6(text: &str) -> bool {
    let known = |b: u8| b.is_ascii_hexdigit() || b == b':' || b == b'.';
    text.contains(':') && text.len() <= 45 && text.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_needs_its_port() {
        let good = [
            ("10.1.2.3:80", "10.1.2.3", 80),
            ("OCSP.Noi-Bo.vn.:8080", "ocsp.noi-bo.vn", 8080),
            ("[FD00::1]:65535", "fd00::1", 65535),
        ];
        for (text, host, port) in good {
            let found = HostPort::parse(text).expect(text);
            assert_eq!((found.host(), found.port()), (host, port), "{text}");
            assert_eq!(HostPort::parse(&found.to_string()), Some(found), "{text}");
        }
        let bad = [
            "",
            "a",
            "a:",
            ":80",
            "a:0",
            "a:65536",
            "a:+80",
            "a:80x",
            "a b:80",
            "a..b:80",
            "http://a:80",
            "a@b:80",
            "fd00::1:80",
            "[a]:80",
            "[]:80",
            "*.vn:80",
            "a/b:80",
        ];
        for text in bad {
            assert_eq!(HostPort::parse(text), None, "{text}");
        }
    }
}
