//! How documents reach a unit: by its own choice, as the registry says.

/// What the gateway does when a document waits for a unit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Channel {
    /// Nothing: the unit asks (`GET /v1/inbox`).
    #[default]
    Pull,
    /// It sends the document to the unit's own address, over mutual TLS.
    Push {
        /// An https address.
        url: String,
        /// The file of the CA that the receiver's certificate must come from, in `certs/push/`.
        ca: String,
    },
    /// It says that a document waits (Standard Webhooks), and the unit fetches it.
    Webhook {
        /// An https address.
        url: String,
        /// The file of the CA, in `certs/push/`; without it the system's CAs are trusted.
        ca: Option<String>,
    },
}

/// The longest address. Those in use stay below 200 characters.
const MAX_URL: usize = 1024;

impl Channel {
    /// Its stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push { .. } => "push",
            Self::Webhook { .. } => "webhook",
        }
    }

    /// Its address, where it has one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Pull => None,
            Self::Push { url, .. } | Self::Webhook { url, .. } => Some(url),
        }
    }

    /// The file of its CA, where it names one.
    #[must_use]
    pub fn ca(&self) -> Option<&str> {
        match self {
            Self::Pull => None,
            Self::Push { ca, .. } => Some(ca),
            Self::Webhook { ca, .. } => ca.as_deref(),
        }
    }

    /// Whether `url` can be an address of a channel: https, with a host, nothing hidden in it.
    #[must_use]
    pub fn is_address(url: &str) -> bool {
        let rest = url.strip_prefix("https://");
        rest.is_some_and(|rest| {
            let host = rest.split(['/', '?']).next().unwrap_or_default();
            !host.is_empty() && !host.contains('@')
        }) && url.len() <= MAX_URL
            && url
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#')
    }

    /// Whether `name` can be a file of `certs/push/`: a plain name that leads nowhere else.
    #[must_use]
    pub fn is_file(name: &str) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.bytes().all(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_and_hides_nothing() {
        for good in [
            "https://a.vn",
            "https://10.1.2.3:8443/nhan",
            "https://[fd00::1]/x?y=1",
        ] {
            assert!(Channel::is_address(good), "{good}");
        }
        for bad in [
            "http://a.vn/",
            "https://",
            "https:///x",
            "https://u:p@a.vn/",
            "https://a.vn/#x",
            "https://a.vn/ x",
            "https://a.vn\\x",
            "",
        ] {
            assert!(!Channel::is_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_file_is_a_plain_name() {
        assert!(Channel::is_file("H53.7.1.pem"));
        for bad in ["", "../x", "a/b", ".x", "ca .pem"] {
            assert!(!Channel::is_file(bad), "{bad}");
        }
    }
}
