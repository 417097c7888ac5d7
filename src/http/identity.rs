//! Who calls: the client certificate, and nothing else.
//!
//! Identity is SHA-256 of the public key of the transport CA that really signed the certificate and
//! SHA-256 of the certificate's own key, bound to one unit in the registry (`verdicts.md` §5). Names
//! decide nothing. That the CA signed is checked once per certificate; binding, dates and revocation
//! (the end of a binding) on every request, and again before a request that waited is answered.

use super::problem::{Problem, ProblemCode};
use crate::model::{Digest, Timestamp, UnitCode};
use crate::registry::{KeyPair, Registry, Role};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Certificates remembered; a province has 800 units with a few systems each.
const REMEMBERED: usize = 4096;

/// A client certificate that a transport CA signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Its identity.
    pub keys: KeyPair,
    /// notBefore.
    pub from: Timestamp,
    /// notAfter.
    pub until: Timestamp,
}

/// A certificate that is no transport CA.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the transport CA cannot be used: {0}")]
pub struct AuthorityError(String);

/// The transport CAs, and the certificates seen that they signed.
pub struct Identity {
    authorities: Vec<Vec<u8>>,
    known: Mutex<HashMap<Digest, Peer>>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} authorities)", self.authorities.len())
    }
}

impl Identity {
    /// From the CAs' certificates, DER.
    ///
    /// # Errors
    /// [`AuthorityError`] if one cannot be read.
    pub fn new(authorities: Vec<Vec<u8>>) -> Result<Self, AuthorityError> {
        for der in &authorities {
            X509Certificate::from_der(der).map_err(|e| AuthorityError(e.to_string()))?;
        }
        Ok(Self {
            authorities,
            known: Mutex::default(),
        })
    }

    /// What a client certificate says of itself, once a transport CA is found to have signed it.
    ///
    /// # Errors
    /// [`ProblemCode::CertificateUnknown`].
    pub fn peer(&self, der: &[u8]) -> Result<Peer, Problem> {
        let name = Digest::of(der);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = known().get(&name) {
            return Ok(*peer);
        }
        let peer = self.check(der).ok_or(ProblemCode::CertificateUnknown)?;
        let mut known = known();
        if known.len() >= REMEMBERED {
            // Certificates are checked anew; nothing is lost but time.
            known.clear();
        }
        known.insert(name, peer);
        Ok(peer)
    }

    fn check(&self, der: &[u8]) -> Option<Peer> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let signed = |ca: &X509Certificate<'_>| {
            ca.subject().as_raw() == certificate.issuer().as_raw()
                && certificate.verify_signature(Some(ca.public_key())).is_ok()
        };
        let issuer = self.authorities.iter().find_map(|ca| {
            let (_, ca) = X509Certificate::from_der(ca).ok()?;
            signed(&ca).then(|| Digest::of(ca.public_key().raw))
        })?;
        let validity = certificate.validity();
        Some(Peer {
            keys: KeyPair {
                issuer,
                subject: Digest::of(certificate.public_key().raw),
            },
            from: Timestamp::from_secs(validity.not_before.timestamp()),
            // RFC 5280 §4.1.2.5: the validity includes its last second.
            until: Timestamp::from_secs(validity.not_after.timestamp().saturating_add(1)),
        })
    }
}

/// The unit that a certificate speaks for at `now`.
///
/// # Errors
/// A problem that says what is wrong with the certificate or its binding.
pub fn caller(registry: &Registry, peer: &Peer, now: Timestamp) -> Result<UnitCode, Problem> {
    if now < peer.from || peer.until <= now {
        let args = vec![
            ("from", peer.from.to_string()),
            ("until", peer.until.to_string()),
        ];
        return Err(Problem::new(ProblemCode::CertificateExpired).at("", "field-validity", args));
    }
    match registry.binding(peer.keys, now) {
        Some(binding) if binding.role == Role::Transport => Ok(binding.unit.clone()),
        Some(_) => Err(ProblemCode::CertificateNotBound.into()),
        None if registry.ever_bound(peer.keys) => Err(ProblemCode::BindingEnded.into()),
        None => Err(ProblemCode::CertificateNotBound.into()),
    }
}
