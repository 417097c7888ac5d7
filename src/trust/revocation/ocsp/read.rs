//! Reads OCSPResponse and BasicOCSPResponse (RFC 6960 §4.2.1).

use super::single::{Single, moment, only, sequence};
use super::{OcspError, OcspResponse, OcspStatus, ResponderId};
use crate::format::asn1::oid::dotted;
use crate::format::asn1::read::{BerError, Element, Reader, check_lengths};
use crate::format::asn1::values::small_integer;
use crate::format::limits::{MAX_CERTIFICATE_BYTES, MAX_OCSP_CERTIFICATES, MAX_OCSP_SINGLES};
use crate::format::x509::extension::Extension;
use crate::model::{Digest, Timestamp};
use crate::trust::name::Name;
use bytes::Bytes;
use std::ops::Range;

/// id-pkix-ocsp-basic (§4.2.1).
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
/// id-pkix-ocsp-nonce (§4.4.1).
const NONCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 2];
/// id-pkix-ocsp-extended-revoke (§4.4.8).
const EXTENDED_REVOKE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 9];

/// responseExtensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) nonce: Option<Bytes>,
    pub(super) extended_revoke: bool,
    pub(super) defect: Option<String>,
}

pub(super) fn response(der: Bytes) -> Result<OcspResponse, OcspError> {
    let mut basic = basic(&der)?.reader();
    let tbs = basic.expect(0x30)?;
    let algorithm = basic.expect(0x30)?;
    let signature = basic.expect(0x03)?;
    let certificates = match basic.optional(0xa0)? {
        Some(explicit) => certificates(&sequence(explicit.reader())?)?,
        None => Vec::new(),
    };
    basic.end()?;
    // A signature value has no unused bits.
    if signature.content.first() != Some(&0) {
        return Err(BerError::Value(signature.start).into());
    }
    let value = signature.content_range();
    let data = data(&tbs, &der)?;
    Ok(OcspResponse {
        sha256: Digest::of(&der),
        tbs: whole(&tbs),
        algorithm: whole(&algorithm),
        signature: value.start.saturating_add(1)..value.end,
        responder: data.responder,
        produced_at: data.produced_at,
        singles: data.singles,
        extensions: data.extensions,
        certificates,
        der,
    })
}

fn whole(element: &Element<'_>) -> Range<usize> {
    element.start..element.start.saturating_add(element.full.len())
}

/// The BasicOCSPResponse inside an OCSPResponse.
fn basic(der: &[u8]) -> Result<Element<'_>, OcspError> {
    let response = sequence(Reader::new(der))?;
    check_lengths(&response)?;
    let mut fields = response.reader();
    let status = fields.expect(0x0a)?;
    let bytes = fields.optional(0xa0)?;
    fields.end()?;
    match status.content {
        [0] => {}
        [octet] => {
            let status = OcspStatus::from_number(u16::from(*octet));
            let status = status.ok_or(BerError::Value(response.start))?;
            return Err(OcspError::NotSuccessful(status));
        }
        _ => return Err(BerError::Value(status.start).into()),
    }
    let bytes = bytes.ok_or(BerError::Truncated(status.start))?;
    let mut fields = sequence(bytes.reader())?.reader();
    let kind = fields.expect(0x06)?.content;
    let octets = fields.expect(0x04)?;
    fields.end()?;
    if kind != BASIC {
        return Err(OcspError::UnknownType);
    }
    let basic = sequence(octets.reader())?;
    check_lengths(&basic)?;
    Ok(basic)
}

fn certificates(list: &Element<'_>) -> Result<Vec<Range<usize>>, OcspError> {
    let mut found = Vec::new();
    let mut items = list.reader();
    while let Some(item) = items.next()? {
        if found.len() >= MAX_OCSP_CERTIFICATES {
            return Err(too_many("certificates", MAX_OCSP_CERTIFICATES));
        }
        if item.full.len() > MAX_CERTIFICATE_BYTES {
            return Err(too_many("bytes of a certificate", MAX_CERTIFICATE_BYTES));
        }
        if item.tag != 0x30 {
            return Err(BerError::Value(item.start).into());
        }
        found.push(whole(&item));
    }
    Ok(found)
}

fn too_many(what: &'static str, limit: usize) -> OcspError {
    OcspError::TooMany { what, limit }
}

/// ResponseData.
struct Data {
    responder: ResponderId,
    produced_at: Timestamp,
    singles: Vec<Single>,
    extensions: Extensions,
}

fn data(tbs: &Element<'_>, der: &Bytes) -> Result<Data, OcspError> {
    let mut fields = tbs.reader();
    if let Some(explicit) = fields.optional(0xa0)? {
        let version = only(explicit.reader())?;
        // v1 is the only version, and the default.
        if version.tag != 0x02 || small_integer(&version) != Some(0) {
            return Err(BerError::Value(version.start).into());
        }
    }
    let responder = responder(&fields.any()?)?;
    let produced_at = moment(&fields.any()?)?;
    let list = fields.expect(0x30)?;
    let extensions = match fields.optional(0xa1)? {
        Some(explicit) => extensions(&sequence(explicit.reader())?, der)?,
        None => Extensions::default(),
    };
    fields.end()?;
    let mut singles = Vec::new();
    let mut items = list.reader();
    while let Some(item) = items.next()? {
        if singles.len() >= MAX_OCSP_SINGLES {
            return Err(too_many("answers", MAX_OCSP_SINGLES));
        }
        if item.tag != 0x30 {
            return Err(BerError::Value(item.start).into());
        }
        singles.push(Single::read(&item, der)?);
    }
    Ok(Data {
        responder,
        produced_at,
        singles,
        extensions,
    })
}

fn responder(choice: &Element<'_>) -> Result<ResponderId, BerError> {
    let malformed = BerError::Value(choice.start);
    let inside = only(choice.reader())?;
    match (choice.tag, inside.tag) {
        (0xa1, 0x30) => Name::parse(inside.full).map(ResponderId::Name),
        (0xa2, 0x04) => {
            let hash = inside.content.try_into().map_err(|_| malformed)?;
            Ok(ResponderId::Key(hash))
        }
        _ => Err(malformed),
    }
}

fn extensions(list: &Element<'_>, der: &Bytes) -> Result<Extensions, BerError> {
    let mut found = Extensions::default();
    for extension in Extension::list(list.reader())? {
        match extension.kind {
            NONCE => {
                // RFC 9654 §2.1: an OCTET STRING; responders before RFC 8954 sent bare octets.
                let inside = only(extension.reader()).ok();
                let octets = inside.filter(|inside| inside.tag == 0x04);
                let nonce = octets.map_or(extension.value, |octets| octets.content);
                found.nonce = Some(der.slice_ref(nonce));
            }
            EXTENDED_REVOKE => found.extended_revoke = true,
            // §4.4: one that is not recognised must not be passed over.
            other if extension.critical => {
                found.defect = Some(format!("critical extension {}", dotted(other)));
            }
            _ => {}
        }
    }
    Ok(found)
}
