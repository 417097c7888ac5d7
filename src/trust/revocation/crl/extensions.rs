//! The extensions of a list (RFC 5280 §5.2).

use super::BerError;
use crate::format::asn1::oid::dotted;
use crate::format::asn1::read::{Element, Reader};
use crate::format::asn1::values::{minimal, time};
use crate::format::limits::MAX_EXTENSION_BYTES;
use crate::format::x509::distribution_point::{DistributionPoint, PointName, ReasonFlags};
use crate::format::x509::extension::Extension;
use crate::model::Timestamp;
use std::ops::Range;

/// id-ce-cRLNumber (§5.2.3).
const NUMBER: &[u8] = &[0x55, 0x1d, 0x14];
/// id-ce-deltaCRLIndicator (§5.2.4).
const DELTA_INDICATOR: &[u8] = &[0x55, 0x1d, 0x1b];
/// id-ce-issuingDistributionPoint (§5.2.5).
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 0x1c];
/// id-ce-authorityKeyIdentifier (§5.2.1).
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1d, 0x23];
/// id-ce-freshestCRL (§5.2.6).
const FRESHEST: &[u8] = &[0x55, 0x1d, 0x2e];
/// id-ce-issuerAltName (§5.2.2).
const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x12];
/// id-ce-expiredCertsOnCRL (X.509 §9.5.2.7).
const EXPIRED_CERTIFICATES: &[u8] = &[0x55, 0x1d, 0x3c];
/// A CRL number has at most 20 octets (§5.2.3).
const MAX_NUMBER_BYTES: usize = 20;

/// What part of an issuer's certificates a list covers (§5.2.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuingDistributionPoint<'a> {
    /// distributionPoint.
    pub point: Option<PointName<'a>>,
    /// onlyContainsUserCerts.
    pub only_user: bool,
    /// onlyContainsCACerts.
    pub only_ca: bool,
    /// onlyContainsAttributeCerts.
    pub only_attribute: bool,
    /// indirectCRL.
    pub indirect: bool,
    /// onlySomeReasons.
    pub only_some_reasons: Option<ReasonFlags>,
}

impl<'a> IssuingDistributionPoint<'a> {
    /// From the extension's value.
    ///
    /// # Errors
    /// [`BerError`] if it is malformed, or says what §5.2.5 forbids.
    pub fn read(mut value: Reader<'a>) -> Result<Self, BerError> {
        let sequence = value.expect(0x30)?;
        value.end()?;
        let mut fields = sequence.reader();
        let point = match fields.optional(0xa0)? {
            Some(point) => Some(PointName::read(point.reader())?),
            None => None,
        };
        let only_user = flag(&mut fields, 0x81)?;
        let only_ca = flag(&mut fields, 0x82)?;
        let reasons = fields.optional(0x83)?;
        let indirect = flag(&mut fields, 0x84)?;
        let only_attribute = flag(&mut fields, 0x85)?;
        fields.end()?;
        let kinds = [only_user, only_ca, only_attribute];
        // "at most one of onlyContainsUserCerts, onlyContainsCACerts, and
        // onlyContainsAttributeCerts may be set to TRUE"; and never an empty sequence.
        if kinds.iter().filter(|only| **only).count() > 1 || sequence.content.is_empty() {
            return Err(BerError::Value(sequence.start));
        }
        Ok(Self {
            point,
            only_user,
            only_ca,
            only_attribute,
            indirect,
            only_some_reasons: reasons.map(|bits| ReasonFlags::read(bits.content)),
        })
    }
}

/// BOOLEAN DEFAULT FALSE under an implicit tag.
fn flag(fields: &mut Reader<'_>, tag: u8) -> Result<bool, BerError> {
    match fields.optional(tag)? {
        None => Ok(false),
        Some(flag) => match flag.content {
            [octet] => Ok(*octet != 0),
            _ => Err(BerError::Value(flag.start)),
        },
    }
}

/// What the extensions say, as ranges of the list.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) number: Option<Range<usize>>,
    pub(super) base_number: Option<Range<usize>>,
    pub(super) authority_key: Option<Range<usize>>,
    /// The value of authorityKeyIdentifier, whole.
    pub(super) authority: Option<Range<usize>>,
    pub(super) point: Option<Range<usize>>,
    pub(super) indirect: bool,
    pub(super) freshest: Option<Range<usize>>,
    pub(super) expired_since: Option<Timestamp>,
    pub(super) defect: Option<String>,
}

impl Extensions {
    /// Reads crlExtensions, the content of the explicit tag.
    ///
    /// # Errors
    /// [`BerError`] if they are no extensions at all.
    pub(super) fn read(mut explicit: Reader<'_>) -> Result<Self, BerError> {
        let list = explicit.expect(0x30)?;
        explicit.end()?;
        let mut found = Self::default();
        for extension in Extension::list(list.reader())? {
            if let Err(error) = found.take(&extension) {
                let what = format!("extension {}: {error}", dotted(extension.kind));
                found.note(what);
            }
        }
        Ok(found)
    }

    fn note(&mut self, defect: String) {
        self.defect.get_or_insert(defect);
    }

    fn take(&mut self, extension: &Extension<'_>) -> Result<(), BerError> {
        let known = [NUMBER, AUTHORITY_KEY, FRESHEST, ISSUER_ALT_NAME];
        if extension.critical && known.contains(&extension.kind) {
            // §5.2.1, §5.2.2, §5.2.3, §5.2.6: non-critical.
            self.note(format!("critical extension {}", dotted(extension.kind)));
        }
        if extension.value.len() > MAX_EXTENSION_BYTES {
            return Err(BerError::Value(extension.value_start));
        }
        let range = extension.value_range();
        match extension.kind {
            NUMBER => self.number = Some(number(extension)?),
            DELTA_INDICATOR => {
                // A base that cannot be read still makes it a delta.
                self.base_number = Some(range.start..range.start);
                self.base_number = Some(number(extension)?);
            }
            ISSUING_DISTRIBUTION_POINT => {
                self.point = Some(range);
                self.indirect = IssuingDistributionPoint::read(extension.reader())?.indirect;
            }
            AUTHORITY_KEY => {
                self.authority = Some(range);
                self.authority_key = authority_key(extension)?;
            }
            FRESHEST => {
                DistributionPoint::sequence(extension.value)?;
                self.freshest = Some(range);
            }
            EXPIRED_CERTIFICATES => {
                let since = sole(extension, 0x18)?;
                let since = time(&since).ok_or(BerError::Value(since.start))?;
                self.expired_since = Some(since);
            }
            ISSUER_ALT_NAME => {}
            // §5.2: the list must not be used to determine the status of certificates.
            other if extension.critical => {
                self.note(format!("critical extension {}", dotted(other)));
            }
            _ => {}
        }
        Ok(())
    }
}

fn sole<'a>(extension: &Extension<'a>, tag: u8) -> Result<Element<'a>, BerError> {
    let mut value = extension.reader();
    let element = value.expect(tag)?;
    value.end()?;
    Ok(element)
}

/// Where the magnitude of a CRL number lies.
fn number(extension: &Extension<'_>) -> Result<Range<usize>, BerError> {
    let integer = sole(extension, 0x02)?;
    let malformed = BerError::Value(integer.start);
    let octets = match minimal(integer.content) {
        [first, ..] if *first >= 0x80 => return Err(malformed),
        // The octet that holds the sign alone.
        [0, rest @ ..] if !rest.is_empty() => rest,
        [] => return Err(malformed),
        octets => octets,
    };
    if octets.len() > MAX_NUMBER_BYTES {
        return Err(malformed);
    }
    let end = integer.content_range().end;
    Ok(end.saturating_sub(octets.len())..end)
}

/// Where keyIdentifier lies (§4.2.1.1).
fn authority_key(extension: &Extension<'_>) -> Result<Option<Range<usize>>, BerError> {
    let mut fields = sole(extension, 0x30)?.reader();
    let key = fields.optional(0x80)?;
    fields.optional(0xa1)?;
    fields.optional(0x82)?;
    fields.end()?;
    Ok(key.map(|key| key.content_range()))
}
