//! SigningCertificate and SigningCertificateV2: which certificate the signer meant (EN 319 132-1 §5.2.2,
//! TS 101 903 §7.2.2). Others than the signing one may be named beside it.

use super::super::key::{ByDigest, decimal};
use super::Properties;
use crate::format::asn1::read::Reader;
use crate::format::asn1::values::significant;
use crate::format::xml::signature::qualifying::{CertificateId, SignerSerial, SigningCertificate};
use crate::model::{Reason, ReasonCode, SubIndication};
use crate::trust::algorithms::{DigestAlgorithm, DigestValue, uri};
use crate::trust::certificate::Certificate;
use crate::trust::path::rejected;
use crate::trust::signatures::conclude::Judged;
use crate::trust::verdict::Verdict;
use std::cell::RefCell;
use std::collections::BTreeMap;

impl Properties {
    /// Whether the signer names a certificate at all.
    pub(in super::super) fn names_any(&self) -> bool {
        self.signed().is_some_and(|s| !s.certificates.is_empty())
    }

    /// The certificates that it names. They only say where to look: [`Self::check_certificate`] decides.
    pub(in super::super) fn named(&self) -> ByDigest<'_> {
        let all = self.signed().into_iter().flat_map(|s| &s.certificates);
        let all = all.flat_map(|property| &property.certificates);
        ByDigest::of(all.map(|id| (&*id.algorithm, &*id.digest)))
    }

    /// EN 319 102-1 §5.2.3.4: what is there and names another certificate fails.
    pub(in super::super) fn check_certificate(
        &self,
        judged: &Judged<'_>,
        certificate: &Certificate,
    ) -> Result<(), Verdict> {
        let own = Digested::of(certificate);
        let mut all = self.signed().into_iter().flat_map(|s| &s.certificates);
        all.try_for_each(|property| check(judged, property, &own))
    }

    /// A hint beside the certificate's digest that points elsewhere.
    pub(in super::super) fn misleading(&self, certificate: &Certificate) -> Option<Reason> {
        let all = self.signed().into_iter().flat_map(|s| &s.certificates);
        let mut all = all.flat_map(|property| &property.certificates);
        let own = Digested::of(certificate);
        let wrong = |id: &CertificateId| {
            let algorithm = uri::digest(&id.algorithm);
            algorithm.is_ok_and(|a| own.is(a, &id.digest)) && !has_serial(id, certificate)
        };
        let any = all.any(wrong);
        any.then(|| ReasonCode::SigningCertificateHintWrong.into())
    }
}

/// A certificate, digested once by each algorithm, however many digests it is compared with.
struct Digested<'a> {
    certificate: &'a Certificate,
    known: RefCell<BTreeMap<DigestAlgorithm, DigestValue>>,
}

impl<'a> Digested<'a> {
    fn of(certificate: &'a Certificate) -> Self {
        Self {
            certificate,
            known: RefCell::default(),
        }
    }

    fn is(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> bool {
        let mut known = self.known.borrow_mut();
        let own = known.entry(algorithm);
        let own = own.or_insert_with(|| algorithm.of(self.certificate.der()));
        (*own).as_ref() == digest
    }
}

fn check(
    judged: &Judged<'_>,
    property: &SigningCertificate,
    own: &Digested<'_>,
) -> Result<(), Verdict> {
    let mismatch = || {
        let code = ReasonCode::SigningCertificateMismatch;
        Verdict::failed(SubIndication::SigConstraintsFailure, code)
    };
    let mut unknown = None;
    for id in &property.certificates {
        let algorithm = match uri::digest(&id.algorithm) {
            Ok(algorithm) => algorithm,
            Err(rejection) => {
                unknown = Some(rejected(rejection));
                continue;
            }
        };
        if !own.is(algorithm, &id.digest) {
            continue;
        }
        // TS 101 903 §7.2.2 binds issuer and serial number; EN 319 132-1 §5.2.2 gives them as a hint.
        if property.old && !has_serial(id, own.certificate) {
            return Err(mismatch());
        }
        // As signing-certificate of RFC 2634, the first version only points at the certificate.
        if property.old && algorithm == DigestAlgorithm::Sha1 {
            return Ok(());
        }
        let algorithms = judged.validator.material().algorithms();
        let usage = judged.purpose.usage();
        let accepted = algorithms.judge_digest(usage, algorithm, judged.algorithms_at);
        return accepted.problem().map_or(Ok(()), Err);
    }
    Err(unknown.unwrap_or_else(mismatch))
}

/// Whether the serial number that is said beside the digest, if one is, is the certificate's.
fn has_serial(id: &CertificateId, certificate: &Certificate) -> bool {
    let serial = significant(certificate.serial());
    match &id.serial {
        None => true,
        Some(SignerSerial::Text(text)) => text.serial.trim_start_matches('0') == decimal(serial),
        Some(SignerSerial::Der(der)) => {
            let number = der.as_deref().and_then(number);
            number.is_some_and(|number| significant(number) == serial)
        }
    }
}

/// The number in an IssuerSerial (RFC 5035 §4).
fn number(der: &[u8]) -> Option<&[u8]> {
    let mut fields = Reader::new(der).expect(0x30).ok()?.reader();
    fields.expect(0x30).ok()?;
    Some(fields.expect(0x02).ok()?.content)
}
