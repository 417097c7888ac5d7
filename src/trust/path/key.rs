//! The working public key (RFC 5280 §6.1.4 (d) to (f)): DSA parameters may be left out of a
//! certificate and are then those of its issuer.

use crate::format::asn1::read::Reader;
use crate::format::cms::read::Algorithm;
use crate::trust::algorithms::{KeyFacts, PublicKeyRef, Rejection};
use crate::trust::certificate::Certificate;
use std::sync::Arc;

/// id-dsa (RFC 3279 §2.3.2).
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];

/// A certificate's key with the parameters that it takes from above, if it takes any.
#[derive(Clone, Debug)]
pub(in crate::trust) struct WorkingKey {
    certificate: Arc<Certificate>,
    /// The encoding of the inherited parameters.
    inherited: Option<Vec<u8>>,
}

impl WorkingKey {
    /// The key of an anchor: whatever it lacks, nothing gives it.
    pub(in crate::trust) fn of_anchor(certificate: &Arc<Certificate>) -> Self {
        Self {
            certificate: Arc::clone(certificate),
            inherited: None,
        }
    }

    /// The key of a certificate that is signed under `self`.
    pub(in crate::trust) fn next(&self, certificate: &Arc<Certificate>) -> Self {
        let next = self.reference().below(certificate.public_key());
        Self {
            inherited: next.inherited.map(<[u8]>::to_vec),
            certificate: Arc::clone(certificate),
        }
    }

    /// The certificate.
    pub(in crate::trust) fn certificate(&self) -> &Arc<Certificate> {
        &self.certificate
    }

    /// What was inherited.
    pub(in crate::trust) fn inherited(&self) -> Option<&[u8]> {
        self.inherited.as_deref()
    }

    /// The key as the verifiers take it.
    pub(in crate::trust) fn reference(&self) -> PublicKeyRef<'_> {
        PublicKeyRef {
            spki: self.certificate.public_key(),
            inherited: self.inherited(),
        }
    }

    /// Its kind and size.
    pub(in crate::trust) fn facts(&self) -> Result<KeyFacts, Rejection> {
        match self.inherited {
            Some(_) => KeyFacts::of(self.reference()),
            None => self.certificate.key_facts(),
        }
    }
}

fn algorithm(certificate: &Certificate) -> Option<Algorithm<'_>> {
    let mut spki = Reader::new(certificate.public_key())
        .expect(0x30)
        .ok()?
        .reader();
    Algorithm::read(&mut spki).ok()
}

/// Whether the key is one of DSA without parameters of its own.
pub(in crate::trust) fn lacks_parameters(certificate: &Certificate) -> bool {
    algorithm(certificate)
        .is_some_and(|a| a.oid == DSA && a.parameters.is_none_or(|p| p.tag == 0x05))
}
