//! What the forge writes in DER beyond [`crate::format::asn1::write`]: identifiers from dotted text,
//! so that a mistake in the gateway's own table of identifiers shows, and values no good writer
//! would write.

use crate::format::asn1::write::{element, octet_string, tag};
use crate::model::Timestamp;

pub use crate::format::asn1::write::null;

/// BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// UTF8String.
pub const UTF8: u8 = 0x0c;
/// PrintableString.
pub const PRINTABLE: u8 = 0x13;
/// TeletexString.
pub const TELETEX: u8 = 0x14;
/// IA5String.
pub const IA5: u8 = 0x16;
/// VisibleString.
pub const VISIBLE: u8 = 0x1a;
/// UniversalString.
pub const UNIVERSAL: u8 = 0x1c;
/// BMPString.
pub const BMP: u8 = 0x1e;

/// The content octets of an object identifier in dotted decimal (X.690 §8.19).
#[must_use]
pub fn arcs(dotted: &str) -> Vec<u8> {
    let mut numbers = dotted.split('.').map(|arc| arc.parse().unwrap_or(0u64));
    let (first, second) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let mut out = Vec::new();
    base128(first.saturating_mul(40).saturating_add(second), &mut out);
    for arc in numbers {
        base128(arc, &mut out);
    }
    out
}

fn base128(value: u64, out: &mut Vec<u8>) {
    let groups = (0..10u32).rev().map(|group| group.saturating_mul(7));
    let mut begun = false;
    for shift in groups {
        let seven = u8::try_from((value >> shift) & 0x7f).unwrap_or(0);
        begun |= seven != 0 || shift == 0;
        if begun {
            out.push(if shift == 0 { seven } else { seven | 0x80 });
        }
    }
}

/// OBJECT IDENTIFIER.
#[must_use]
pub fn oid(dotted: &str) -> Vec<u8> {
    element(tag::OID, &arcs(dotted))
}

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[must_use]
pub fn algorithm(dotted: &str, parameters: Option<&[u8]>) -> Vec<u8> {
    let parts = [oid(dotted), parameters.unwrap_or_default().to_vec()];
    sequence_of(&parts)
}

/// SEQUENCE over complete encodings; empty ones stand for absent fields.
#[must_use]
pub fn sequence_of(parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag::SEQUENCE, &parts.concat())
}

/// SET over complete encodings in the order given, sorted or not.
#[must_use]
pub fn set_in_order(parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag::SET, &parts.concat())
}

/// A complete encoding under an explicit context tag below 31.
#[must_use]
pub fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
    element(tag::context(number), inner)
}

/// Content octets under an implicit, primitive context tag below 31.
#[must_use]
pub fn implicit(number: u8, content: &[u8]) -> Vec<u8> {
    element(0x80 | (number & 0x1f), content)
}

/// A complete encoding with its identifier octet replaced by an implicit context tag; constructed
/// stays constructed.
#[must_use]
pub fn retag(number: u8, mut encoded: Vec<u8>) -> Vec<u8> {
    if let Some(first) = encoded.first_mut() {
        *first = 0x80 | (*first & 0x20) | (number & 0x1f);
    }
    encoded
}

/// A non-negative INTEGER.
#[must_use]
pub fn integer(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let skip = bytes.iter().take_while(|b| **b == 0).count().min(7);
    let significant = bytes.get(skip..).unwrap_or_default();
    let mut content = Vec::with_capacity(9);
    if significant.first().is_some_and(|b| *b >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(significant);
    raw_integer(&content)
}

/// INTEGER with these content octets, whatever they mean.
#[must_use]
pub fn raw_integer(content: &[u8]) -> Vec<u8> {
    element(tag::INTEGER, content)
}

/// ENUMERATED.
#[must_use]
pub fn enumerated(value: u8) -> Vec<u8> {
    element(ENUMERATED, &[value])
}

/// BOOLEAN TRUE.
#[must_use]
pub fn yes() -> Vec<u8> {
    element(BOOLEAN, &[0xff])
}

/// OCTET STRING.
#[must_use]
pub fn octets(content: &[u8]) -> Vec<u8> {
    octet_string(content)
}

/// BIT STRING of whole octets.
#[must_use]
pub fn bits(content: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], content].concat())
}

/// The content octets of a BIT STRING in which the bits with these numbers are set, without trailing
/// zeros (X.690 §11.2.2).
#[must_use]
pub fn named_bits(numbers: &[u8]) -> Vec<u8> {
    let mut octets = [0u8; 32];
    for number in numbers {
        if let Some(octet) = octets.get_mut(usize::from(number / 8)) {
            *octet |= 0x80u8.checked_shr(u32::from(number % 8)).unwrap_or(0);
        }
    }
    let zeros = octets.iter().rev().take_while(|o| **o == 0).count();
    let kept = octets.get(..octets.len().saturating_sub(zeros));
    let kept = kept.unwrap_or_default();
    let unused = kept.last().map_or(0, |last| last.trailing_zeros());
    let mut out = vec![u8::try_from(unused).unwrap_or(0)];
    out.extend_from_slice(kept);
    out
}

/// Time as RFC 5280 §4.1.2.5 has it: UTCTime up to 2049, GeneralizedTime before 1950 and from 2050.
#[must_use]
pub fn time(at: Timestamp) -> Vec<u8> {
    let utc = civil(at);
    if (1950..2050).contains(&utc.year()) {
        let text = utc.strftime("%y%m%d%H%M%SZ").to_string();
        element(tag::UTC_TIME, text.as_bytes())
    } else {
        generalized(at)
    }
}

/// GeneralizedTime to the second.
#[must_use]
pub fn generalized(at: Timestamp) -> Vec<u8> {
    let text = civil(at).strftime("%Y%m%d%H%M%SZ").to_string();
    element(tag::GENERALIZED_TIME, text.as_bytes())
}

fn civil(at: Timestamp) -> jiff::civil::DateTime {
    let stamp = jiff::Timestamp::from_second(at.secs()).unwrap_or_default();
    jiff::tz::Offset::UTC.to_datetime(stamp)
}

/// The octets of text in the string type `tag`.
#[must_use]
pub fn text(tag: u8, value: &str) -> Vec<u8> {
    let content: Vec<u8> = match tag {
        BMP => value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        UNIVERSAL => value
            .chars()
            .flat_map(|c| u32::from(c).to_be_bytes())
            .collect(),
        // Latin-1, which is what is found there in practice.
        TELETEX => value
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect(),
        _ => value.as_bytes().to_vec(),
    };
    element(tag, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_numbers_are_der() {
        assert_eq!(arcs("2.5.29.19"), [0x55, 29, 19]);
        assert_eq!(
            arcs("1.2.840.113549.1.1.11"),
            crate::format::asn1::oid::SHA256_WITH_RSA
        );
        assert_eq!(arcs("2.999.0"), [0x88, 0x37, 0]);
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
        assert_eq!(integer(u64::MAX)[..4], [2, 9, 0, 255]);
        assert_eq!(named_bits(&[5, 6]), [1, 0x06]);
        assert_eq!(named_bits(&[0, 8]), [7, 0x80, 0x80]);
        assert_eq!(named_bits(&[]), [0]);
    }
}
