//! Where the parts of a certificate lie (RFC 5280 §4.1): read once, whole, and strictly as DER. Only
//! the forms of its two times are left to a library.

use super::{CertificateError, Extensions};
use crate::format::asn1::read::{BerError, Element, Reader, check_lengths};
use crate::format::asn1::values::small_integer;
use crate::format::cms::read::Algorithm;
use crate::model::Timestamp;
use std::ops::Range;
use x509_parser::prelude::{ASN1Time, FromDer};

/// Where the parts lie in the DER, and the short ones read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fields {
    pub(super) version: u32,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) tbs: Range<usize>,
    pub(super) serial: Range<usize>,
    pub(super) issuer: Range<usize>,
    pub(super) subject: Range<usize>,
    pub(super) spki: Range<usize>,
    pub(super) algorithm: Range<usize>,
    pub(super) signature: Range<usize>,
    pub(super) algorithms_agree: bool,
}

/// Reads a whole certificate, DER.
pub(super) fn fields(der: &[u8]) -> Result<(Fields, Extensions), CertificateError> {
    let mut outer = Reader::new(der);
    let certificate = outer.expect(0x30)?;
    outer.end()?;
    // RFC 5280 §4.1: DER. With two encodings of what the signature does not cover, one certificate
    // would have two digests, and one of them would escape the list of those that are not trusted.
    check_lengths(&certificate)?;
    let mut certificate = certificate.reader();
    let whole = |e: &Element<'_>| e.start..e.start.saturating_add(e.full.len());
    let tbs = certificate.expect(0x30)?;
    let algorithm = certificate.expect(0x30)?;
    let signature = certificate.expect(0x03)?;
    certificate.end()?;
    Algorithm::read(&mut Reader::new(algorithm.full))?;
    whole_octets(&signature)?;
    let mut parts = tbs.reader();
    let version = version(&mut parts)?;
    let serial = parts.expect(0x02)?;
    let inner_algorithm = parts.expect(0x30)?;
    Algorithm::read(&mut Reader::new(inner_algorithm.full))?;
    let issuer = parts.expect(0x30)?;
    let (not_before, not_after) = validity(&parts.expect(0x30)?)?;
    let subject = parts.expect(0x30)?;
    let spki = parts.expect(0x30)?;
    key(&spki)?;
    // issuerUniqueID and subjectUniqueID say nothing to path validation.
    parts.optional(0x81)?;
    parts.optional(0x82)?;
    let extensions = match parts.optional(0xa3)? {
        Some(explicit) => Extensions::read(&only(&explicit, 0x30)?)?,
        None => Extensions::default(),
    };
    parts.end()?;
    let value = signature.content_range();
    let fields = Fields {
        version,
        not_before,
        not_after,
        tbs: whole(&tbs),
        serial: serial.content_range(),
        issuer: whole(&issuer),
        subject: whole(&subject),
        spki: whole(&spki),
        algorithm: whole(&algorithm),
        signature: value.start.saturating_add(1)..value.end,
        algorithms_agree: inner_algorithm.full == algorithm.full,
    };
    Ok((fields, extensions))
}

/// §4.1.2.1: 1 where it is left out.
fn version(parts: &mut Reader<'_>) -> Result<u32, BerError> {
    let Some(explicit) = parts.optional(0xa0)? else {
        return Ok(1);
    };
    let number = only(&explicit, 0x02)?;
    let before = small_integer(&number).ok_or(BerError::Value(number.start))?;
    Ok(before.saturating_add(1))
}

/// Keys and signature values have no unused bits.
fn whole_octets(bits: &Element<'_>) -> Result<(), BerError> {
    match bits.content.first() {
        Some(0) => Ok(()),
        Some(_) | None => Err(BerError::Value(bits.start)),
    }
}

/// §4.1.2.7
fn key(spki: &Element<'_>) -> Result<(), BerError> {
    let mut fields = spki.reader();
    Algorithm::read(&mut fields)?;
    let bits = fields.expect(0x03)?;
    fields.end()?;
    whole_octets(&bits)
}

/// §4.1.2.5: notBefore and notAfter.
fn validity(period: &Element<'_>) -> Result<(Timestamp, Timestamp), CertificateError> {
    let mut moments = period.reader();
    let mut moment = || -> Result<Timestamp, CertificateError> {
        let parsed = ASN1Time::from_der(moments.any()?.full);
        let (_, time) = parsed.map_err(|e| CertificateError::Parser(e.to_string()))?;
        Ok(Timestamp::from_secs(time.timestamp()))
    };
    let both = (moment()?, moment()?);
    moments.end()?;
    Ok(both)
}

/// The one element that another holds.
fn only<'a>(outer: &Element<'a>, tag: u8) -> Result<Element<'a>, BerError> {
    let mut inside = outer.reader();
    let element = inside.expect(tag)?;
    inside.end()?;
    Ok(element)
}
