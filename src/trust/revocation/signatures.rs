//! Signatures of certificates, lists and responses, checked once for each content and key: the hash
//! of a list of 24 megabytes takes far longer than any look-up in it, and an authority's certificates
//! come with every document.

use super::crl::Crl;
use super::ocsp::OcspResponse;
use crate::format::asn1::read::BerError;
use crate::format::cms::read::Algorithm;
use crate::model::Digest;
use crate::trust::algorithms::{PublicKeyRef, Rejection, SignatureScheme};
use crate::trust::certificate::Certificate;
use crate::trust::path::WorkingKey;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Results per generation; each takes about 100 octets.
const GENERATION: usize = 16 * 1024;

/// Evidence with a signature over part of it.
pub(in crate::trust) trait Signed {
    /// SHA-256 of the whole.
    fn sha256(&self) -> Digest;
    /// What was signed.
    fn to_be_signed(&self) -> &[u8];
    /// The algorithm.
    fn algorithm(&self) -> Result<Algorithm<'_>, BerError>;
    /// The signature value.
    fn signature(&self) -> &[u8];
}

impl Signed for Certificate {
    fn sha256(&self) -> Digest {
        self.sha256()
    }

    fn to_be_signed(&self) -> &[u8] {
        self.to_be_signed()
    }

    fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
        self.algorithm()
    }

    fn signature(&self) -> &[u8] {
        self.signature()
    }
}

impl Signed for Crl {
    fn sha256(&self) -> Digest {
        self.sha256()
    }

    fn to_be_signed(&self) -> &[u8] {
        self.to_be_signed()
    }

    fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
        self.algorithm()
    }

    fn signature(&self) -> &[u8] {
        self.signature()
    }
}

impl Signed for OcspResponse {
    fn sha256(&self) -> Digest {
        self.sha256()
    }

    fn to_be_signed(&self) -> &[u8] {
        self.to_be_signed()
    }

    fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
        self.algorithm()
    }

    fn signature(&self) -> &[u8] {
        self.signature()
    }
}

/// Of a content under a key.
type Key = (Digest, Digest);
type Checked = Result<(), Rejection>;

#[derive(Debug, Default)]
struct Generations {
    young: BTreeMap<Key, Checked>,
    old: BTreeMap<Key, Checked>,
}

/// The signatures that were checked. Bounded: what was not asked for during a whole generation is
/// checked again.
#[derive(Debug, Default)]
pub(in crate::trust) struct CheckedSignatures(Mutex<Generations>);

impl CheckedSignatures {
    /// Whether the signature of `evidence` verifies under a key. This says nothing of whether its
    /// algorithm is accepted.
    ///
    /// # Errors
    /// [`Rejection`].
    pub(in crate::trust) fn check(&self, evidence: &impl Signed, issuer: &WorkingKey) -> Checked {
        if let Some(known) = self.known(evidence, issuer) {
            return known;
        }
        // Not under the lock: others need not wait for the hash of a large list.
        let checked = verify(evidence, issuer.reference());
        if let Some(key) = key(evidence, issuer) {
            let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            generations.put(key, checked.clone());
        }
        checked
    }

    /// What an earlier check found.
    pub(in crate::trust) fn known(
        &self,
        evidence: &impl Signed,
        issuer: &WorkingKey,
    ) -> Option<Checked> {
        let key = key(evidence, issuer)?;
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(checked) = generations.young.get(&key) {
            return Some(checked.clone());
        }
        let checked = generations.old.remove(&key)?;
        generations.put(key, checked.clone());
        Some(checked)
    }
}

/// Whether the signature of `evidence` verifies under a key.
///
/// # Errors
/// [`Rejection`].
pub(in crate::trust) fn verify(evidence: &impl Signed, key: PublicKeyRef<'_>) -> Checked {
    let algorithm = evidence.algorithm().map_err(|_| Rejection::Invalid)?;
    let scheme = SignatureScheme::new(&algorithm, None)?;
    scheme.verify(key, evidence.to_be_signed(), evidence.signature())
}

/// `None` for a key that takes its parameters from elsewhere: its digest alone does not name it.
fn key(evidence: &impl Signed, issuer: &WorkingKey) -> Option<Key> {
    let whole = issuer.inherited().is_none();
    whole.then(|| (evidence.sha256(), issuer.certificate().key_digest()))
}

impl Generations {
    fn put(&mut self, key: Key, checked: Checked) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, checked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::ocsp::{CertId, CertStatus, Hash, Response, Single};
    use crate::forge::{Entity, RevocationList, Revoked, Template, Validity};
    use crate::model::Timestamp;

    use std::sync::Arc;

    const NOW: Timestamp = Timestamp(1_795_478_400_000);

    fn authority(common: &str) -> (Entity, WorkingKey) {
        let template = Template::authority(common, Validity::around(NOW));
        let ca = template.self_signed().expect("authority");
        let certificate = Certificate::parse(&ca.der).expect("certificate");
        (ca, WorkingKey::of_anchor(&Arc::new(certificate)))
    }

    #[test]
    fn no_flipped_octet_and_no_other_key_verifies() {
        let ((ca, key), (_, other)) = (authority("CA"), authority("CA"));
        let entry = Revoked::new(&[7], NOW).reason(1);
        let list = RevocationList::complete(1, Validity::days(NOW, 1, 6)).revoke(entry);
        let crl = list.signed_by(&ca).expect("list");
        let single = Single::new(CertId::new(&ca, &[7], Hash::Sha1), CertStatus::Good, NOW);
        let response = Response::new(NOW, vec![single]).signed_by(&ca);
        let response = response.expect("response");
        let checked = CheckedSignatures::default();
        let list = |der: &[u8]| Crl::parse(der.to_vec().into()).ok();
        let answer = |der: &[u8]| OcspResponse::parse(der.to_vec().into()).ok();
        // Twice: what is remembered is what was found.
        for _ in 0..2 {
            for (issuer, good) in [(&key, true), (&other, false)] {
                let (list, answer) = (list(&crl), answer(&response));
                assert_eq!(checked.check(&list.expect("list"), issuer).is_ok(), good);
                assert_eq!(
                    checked.check(&answer.expect("answer"), issuer).is_ok(),
                    good
                );
            }
        }
        for at in 0..crl.len().max(response.len()) {
            for (whole, is_list) in [(&crl, true), (&response, false)] {
                let mut flipped = whole.clone();
                let Some(octet) = flipped.get_mut(at) else {
                    continue;
                };
                *octet ^= 0x10;
                let refused = if is_list {
                    list(&flipped).is_none_or(|list| checked.check(&list, &key).is_err())
                } else {
                    answer(&flipped).is_none_or(|answer| checked.check(&answer, &key).is_err())
                };
                assert!(refused, "octet {at}, list: {is_list}");
            }
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut generations = Generations::default();
        for number in 0..u64::try_from(3 * GENERATION).expect("number") {
            let key = Digest::of(&number.to_be_bytes());
            generations.put((key, key), Err(Rejection::Invalid));
        }
        assert!(generations.young.len() <= GENERATION && generations.old.len() <= GENERATION);
    }
}
