//! Why a request got no answer, in kinds that a person can act upon.

use super::wire::Problem;
use std::error::Error;
use std::path::PathBuf;

/// Why the gateway did not do what was asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection, or it broke.
    #[error("{url}: {why}")]
    Unreachable {
        /// The gateway's address.
        url: String,
        /// What happened.
        why: Unreachable,
    },
    /// The gateway answered with a problem.
    #[error("{} ({}): {}", .0.title, .0.code, .0.detail)]
    Problem(Box<Problem>),
    /// The gateway answered with something that is not of this interface.
    #[error("unexpected answer with status {0}: {1}")]
    Unexpected(u16, String),
    /// The profile's certificate or key cannot be used.
    #[error("{0}")]
    Setup(String),
    /// A local file could not be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, String),
}

/// Why there is no connection.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unreachable {
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// No answer in time.
    #[error("timed out")]
    Slow,
    /// The gateway does not take our certificate: its TLS alert.
    #[error("the gateway refused the client certificate ({0})")]
    OurCertificate(String),
    /// The gateway's certificate is not under the pinned CA, expired or for another name.
    #[error("the gateway's certificate is not trusted ({0})")]
    ItsCertificate(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl ClientError {
    pub(super) fn of(url: &str, error: &reqwest::Error) -> Self {
        Self::Unreachable {
            url: url.to_owned(),
            why: why(error),
        }
    }
}

fn why(error: &reqwest::Error) -> Unreachable {
    let mut deepest = error.to_string();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = next {
        if let Some(found) = known(current) {
            return found;
        }
        deepest = current.to_string();
        // An I/O error that wraps another does not name it as its source.
        let inner = current
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    if error.is_timeout() {
        Unreachable::Slow
    } else {
        Unreachable::Other(deepest)
    }
}

fn known(error: &(dyn Error + 'static)) -> Option<Unreachable> {
    use rustls::AlertDescription as Alert;
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        if let rustls::Error::AlertReceived(alert) = tls {
            let ours = matches!(
                alert,
                Alert::BadCertificate
                    | Alert::UnsupportedCertificate
                    | Alert::CertificateRevoked
                    | Alert::CertificateExpired
                    | Alert::CertificateUnknown
                    | Alert::CertificateRequired
                    | Alert::UnknownCA
                    | Alert::AccessDenied
                    | Alert::DecryptError
                    | Alert::HandshakeFailure
            );
            return ours.then(|| Unreachable::OurCertificate(format!("{alert:?}")));
        }
        if let rustls::Error::InvalidCertificate(reason) = tls {
            return Some(Unreachable::ItsCertificate(format!("{reason:?}")));
        }
        return None;
    }
    let io = error.downcast_ref::<std::io::Error>()?;
    let refused = [
        std::io::ErrorKind::ConnectionRefused,
        std::io::ErrorKind::NotFound,
    ];
    if refused.contains(&io.kind()) {
        return Some(Unreachable::Refused);
    }
    (io.kind() == std::io::ErrorKind::TimedOut).then_some(Unreachable::Slow)
}
