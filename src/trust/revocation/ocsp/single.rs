//! One answer (RFC 6960 §4.2.1, SingleResponse).

use super::key_bits;
use crate::format::asn1::oid;
use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::asn1::values::{generalized_time, minimal};
use crate::format::cms::read::Algorithm;
use crate::format::x509::extension::Extension;
use crate::model::Timestamp;
use crate::trust::algorithms::{DigestAlgorithm, DigestValue};
use crate::trust::certificate::Certificate;
use crate::trust::revocation::reason::RevocationReason;
use bytes::Bytes;

/// id-pkix-ocsp-archive-cutoff (§4.4.4).
const ARCHIVE_CUTOFF: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 6];
/// id-pkix-ocsp-crl (§4.4.2): where the answer comes from; nothing hangs on it.
const CRL_REFERENCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 3];
/// id-isismtt-at-certHash (Common PKI, part 4 §3.1.2).
const CERT_HASH: &[u8] = &[0x2b, 0x24, 8, 3, 13];
/// CRL entry extensions (§4.4.5): reason and invalidity date say no more than the status.
const ENTRY_EXTENSIONS: [&[u8]; 2] = [&[0x55, 0x1d, 0x15], &[0x55, 0x1d, 0x18]];

/// What is answered about one certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked, or on hold.
    Revoked {
        /// revocationTime.
        at: Timestamp,
        /// revocationReason.
        reason: RevocationReason,
    },
    /// The responder does not know it.
    Unknown,
}

impl CertStatus {
    /// How much it says against the certificate.
    pub(super) fn gravity(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Unknown => 1,
            Self::Revoked { reason, .. } => reason.gravity().saturating_add(2),
        }
    }

    fn read(element: &Element<'_>) -> Result<Self, BerError> {
        match (element.tag, element.content) {
            (0x80, []) => Ok(Self::Good),
            (0x82, []) => Ok(Self::Unknown),
            (0xa1, _) => {
                let mut fields = element.reader();
                let at = moment(&fields.any()?)?;
                let reason = match fields.optional(0xa0)? {
                    Some(explicit) => RevocationReason::read(&only(explicit.reader())?)?,
                    None => RevocationReason::Unspecified,
                };
                fields.end()?;
                Ok(Self::Revoked { at, reason })
            }
            _ => Err(BerError::Value(element.start)),
        }
    }
}

/// The hash of a certificate that the responder knows (certHash).
#[derive(Clone, PartialEq, Eq, Debug)]
struct CertificateHash {
    /// The digest's object identifier, content octets.
    algorithm: Bytes,
    value: Bytes,
}

/// One answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Single {
    algorithm: Bytes,
    name_hash: Bytes,
    key_hash: Bytes,
    serial: Bytes,
    status: CertStatus,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    cert_hash: Option<CertificateHash>,
    archive_cutoff: Option<Timestamp>,
    defect: Option<String>,
}

impl Single {
    /// The status.
    #[must_use]
    pub fn status(&self) -> CertStatus {
        self.status
    }

    /// thisUpdate: when the status was known to be right.
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// nextUpdate.
    #[must_use]
    pub fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    /// The serial number's content octets.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Certificates that expired after it are still answered for (§4.4.4).
    #[must_use]
    pub fn archive_cutoff(&self) -> Option<Timestamp> {
        self.archive_cutoff
    }

    /// What bars it from saying anything good, if anything does.
    #[must_use]
    pub fn defect(&self) -> Option<&str> {
        self.defect.as_deref()
    }

    /// Whether the responder shows by certHash that it knows this very certificate: `None` if it says
    /// nothing of it, `Some(false)` if it means another.
    #[must_use]
    pub fn knows(&self, certificate: &Certificate) -> Option<bool> {
        let hash = self.cert_hash.as_ref()?;
        let own = digest(&hash.algorithm, certificate.der());
        Some(own.is_some_and(|own| own.as_ref() == hash.value))
    }

    /// Whether it is about the certificate with this serial number under the key of `issuer`, whose
    /// name is spelt `name` (§4.1.1, CertID).
    pub(super) fn is_about(&self, issuer: &Certificate, name: &[u8], serial: &[u8]) -> bool {
        if minimal(&self.serial) != minimal(serial) {
            return false;
        }
        let same = |bytes: &[u8], hash: &[u8]| {
            digest(&self.algorithm, bytes).is_some_and(|own| own.as_ref() == hash)
        };
        same(name, &self.name_hash) && key_bits(issuer).is_some_and(|key| same(key, &self.key_hash))
    }

    pub(super) fn read(element: &Element<'_>, der: &Bytes) -> Result<Self, BerError> {
        let mut fields = element.reader();
        let mut id = fields.expect(0x30)?.reader();
        let algorithm = Algorithm::read(&mut id)?.oid;
        let name_hash = id.expect(0x04)?.content;
        let key_hash = id.expect(0x04)?.content;
        let serial = id.expect(0x02)?;
        id.end()?;
        if serial.content.is_empty() {
            return Err(BerError::Value(serial.start));
        }
        let status = CertStatus::read(&fields.any()?)?;
        let this_update = moment(&fields.any()?)?;
        let next_update = match fields.optional(0xa0)? {
            Some(explicit) => Some(moment(&only(explicit.reader())?)?),
            None => None,
        };
        let extensions = fields.optional(0xa1)?;
        fields.end()?;
        let mut single = Self {
            algorithm: der.slice_ref(algorithm),
            name_hash: der.slice_ref(name_hash),
            key_hash: der.slice_ref(key_hash),
            serial: der.slice_ref(serial.content),
            status,
            this_update,
            next_update,
            cert_hash: None,
            archive_cutoff: None,
            defect: None,
        };
        if let Some(explicit) = extensions {
            let list = sequence(explicit.reader())?;
            for extension in Extension::list(list.reader())? {
                single.take(&extension, der)?;
            }
        }
        Ok(single)
    }

    fn take(&mut self, extension: &Extension<'_>, der: &Bytes) -> Result<(), BerError> {
        let kind = extension.kind;
        if kind == ARCHIVE_CUTOFF {
            self.archive_cutoff = Some(moment(&only(extension.reader())?)?);
        } else if kind == CERT_HASH {
            let mut fields = sequence(extension.reader())?.reader();
            let algorithm = Algorithm::read(&mut fields)?.oid;
            let value = fields.expect(0x04)?.content;
            fields.end()?;
            self.cert_hash = Some(CertificateHash {
                algorithm: der.slice_ref(algorithm),
                value: der.slice_ref(value),
            });
        } else if extension.critical && kind != CRL_REFERENCE && !ENTRY_EXTENSIONS.contains(&kind) {
            // §4.4: one that is not recognised must not be passed over.
            self.defect = Some(format!("critical extension {}", oid::dotted(kind)));
        }
        Ok(())
    }
}

/// The digest under an object identifier. SHA-1 only names certificates here; nothing is accepted
/// because of it.
fn digest(algorithm: &[u8], bytes: &[u8]) -> Option<DigestValue> {
    DigestAlgorithm::from_oid(algorithm)
        .ok()
        .map(|a| a.of(bytes))
}

/// The one element of a reader.
pub(super) fn only(mut reader: Reader<'_>) -> Result<Element<'_>, BerError> {
    let element = reader.any()?;
    reader.end()?;
    Ok(element)
}

/// The one element of a reader, which must be a SEQUENCE.
pub(super) fn sequence(mut reader: Reader<'_>) -> Result<Element<'_>, BerError> {
    let element = reader.expect(0x30)?;
    reader.end()?;
    Ok(element)
}

/// GeneralizedTime, always (§4.2.1); some responders write a fraction.
pub(super) fn moment(element: &Element<'_>) -> Result<Timestamp, BerError> {
    generalized_time(element).ok_or(BerError::Value(element.start))
}
