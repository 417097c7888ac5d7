//! Signatures of certificates, lists and responses, checked once for each content and key: the hash
//! of a list of 24 megabytes takes far longer than any look-up in it, and an authority's certificates
//! come with every document.

use super::crl::Crl;
use super::ocsp::OcspResponse;
use crate::format::asn1::read::BerError;
use crate::format::cms::read::Algorithm;
use crate::model::Digest;
use crate::trust::algorithms::{Message, PublicKeyRef, Rejection, SignatureScheme};
use crate::trust::cache::Remembered;
use crate::trust::certificate::Certificate;
use crate::trust::path::WorkingKey;

/// Results per generation; each takes about 100 octets.
const GENERATION: usize = 16 * 1024;

/// Evidence with a signature over part of it.
pub(in crate::trust) trait Signed {
    /// SHA-256 of the whole.
    fn sha256(&self) -> Digest;
    /// What was signed.
    fn to_be_signed(&self) -> Message<'_>;
    /// The algorithm.
    fn algorithm(&self) -> Result<Algorithm<'_>, BerError>;
    /// The signature value.
    fn signature(&self) -> &[u8];
}

/// The types read these parts for others, too.
macro_rules! signed {
    ($($kind:ty),*) => {$(
        impl Signed for $kind {
            fn sha256(&self) -> Digest {
                self.sha256()
            }

            fn to_be_signed(&self) -> Message<'_> {
                self.to_be_signed().into()
            }

            fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
                self.algorithm()
            }

            fn signature(&self) -> &[u8] {
                self.signature()
            }
        }
    )*};
}

signed!(Certificate, Crl, OcspResponse);

/// Of a content under a key.
type Key = (Digest, Digest);
/// What a check found.
pub(in crate::trust) type Checked = Result<(), Rejection>;

/// The signatures that were checked.
#[derive(Debug)]
pub(in crate::trust) struct CheckedSignatures(Remembered<Key, Checked>);

impl Default for CheckedSignatures {
    fn default() -> Self {
        Self(Remembered::new(GENERATION))
    }
}

impl CheckedSignatures {
    /// Whether the signature of `evidence` verifies under a key, computed or remembered. This says
    /// nothing of whether its algorithm is accepted. `spend` is asked before anything is computed.
    ///
    /// # Errors
    /// That of `spend`.
    pub(in crate::trust) fn check<E>(
        &self,
        evidence: &impl Signed,
        issuer: &WorkingKey,
        spend: impl FnOnce() -> Result<(), E>,
    ) -> Result<Checked, E> {
        let key = key(evidence, issuer);
        if let Some(known) = key.as_ref().and_then(|key| self.0.get(key)) {
            return Ok(known);
        }
        spend()?;
        // Not under the lock: others need not wait for the hash of a large list.
        let checked = verify(evidence, issuer.reference());
        if let Some(key) = key {
            self.0.put(key, checked.clone());
        }
        Ok(checked)
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
        let remembered = CheckedSignatures::default();
        let free = || Ok::<(), std::convert::Infallible>(());
        let list = |der: &[u8]| Crl::parse(der.to_vec().into()).ok();
        let answer = |der: &[u8]| OcspResponse::parse(der.to_vec().into()).ok();
        // Twice: what is remembered is what was found.
        for _ in 0..2 {
            for (issuer, good) in [(&key, true), (&other, false)] {
                let (list, answer) = (list(&crl), answer(&response));
                let checked = remembered.check(&list.expect("list"), issuer, free);
                assert_eq!(checked.map(|c| c.is_ok()), Ok(good));
                let checked = remembered.check(&answer.expect("answer"), issuer, free);
                assert_eq!(checked.map(|c| c.is_ok()), Ok(good));
            }
        }
        for at in 0..crl.len().max(response.len()) {
            for (whole, is_list) in [(&crl, true), (&response, false)] {
                let mut flipped = whole.clone();
                let Some(octet) = flipped.get_mut(at) else {
                    continue;
                };
                *octet ^= 0x10;
                let bad = |checked: Result<Checked, _>| checked.is_ok_and(|c| c.is_err());
                let refused = if is_list {
                    list(&flipped).is_none_or(|list| bad(remembered.check(&list, &key, free)))
                } else {
                    let answer = answer(&flipped);
                    answer.is_none_or(|answer| bad(remembered.check(&answer, &key, free)))
                };
                assert!(refused, "octet {at}, list: {is_list}");
            }
        }
    }
}
