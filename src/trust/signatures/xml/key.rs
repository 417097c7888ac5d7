//! Under which certificate a signature value is verified: one of an X509Data, or one at hand that it
//! names. A bare key proves nobody, so that KeyValue, KeyName and RetrievalMethod give none.

use super::found::Entry;
use super::xades::Properties;
use crate::format::asn1::values::significant;
use crate::format::xml::signature::X509Data;
use crate::trust::algorithms::{DigestAlgorithm, uri};
use crate::trust::certificate::Certificate;
use crate::trust::name::readable;
use crate::trust::validator::Validator;

/// Keys tried for one signature: chains have up to four certificates, in any order.
const MAX_TRIED: usize = 16;

/// The certificates that may be the signer's, DER: first those that the signer's properties name, then those
/// of the signature.
pub(super) fn candidates<'a>(validator: &'a Validator, entry: &'a Entry) -> Vec<&'a [u8]> {
    let properties = entry.properties.as_ref();
    let x509 = entry.signature.key_info.as_ref().map(|info| &info.x509);
    let meant = |der: &&[u8]| properties.is_some_and(|properties| properties.names(der));
    let own = x509.into_iter().flat_map(|x509| &x509.certificates);
    let own: Vec<&[u8]> = own.map(Vec::as_slice).collect();
    let beside = properties.into_iter().flat_map(Properties::certificates);
    let (first, others): (Vec<&[u8]>, Vec<&[u8]>) = own.into_iter().partition(meant);
    let configured = validator.material().certificates().iter();
    let at_hand = configured.map(|certificate| certificate.der());
    let at_hand = at_hand.chain(validator.kept_certificates());
    let pointed = |der: &&[u8]| x509.is_some_and(|x509| names(x509, der));
    let all = first.into_iter().chain(beside.filter(meant)).chain(others);
    let all = all.chain(at_hand.filter(|der| meant(der) || pointed(der)));
    all.take(MAX_TRIED).collect()
}

/// Whether something in X509Data (XMLDSig §4.5.4) points at a certificate. It only says where to look:
/// the signature value decides.
fn names(data: &X509Data, der: &[u8]) -> bool {
    let empty = data.issuer_serials.is_empty()
        && data.key_ids.is_empty()
        && data.subjects.is_empty()
        && data.digests.is_empty();
    if empty {
        return false;
    }
    let Ok(certificate) = Certificate::parse(der) else {
        return false;
    };
    let serial = decimal(significant(certificate.serial()));
    let key_id = certificate.extensions.subject_key.as_deref();
    let subject = plain(&readable(certificate.subject()));
    let digest = |(uri, value): &(String, Vec<u8>)| {
        let algorithm: Result<DigestAlgorithm, _> = uri::digest(uri);
        algorithm.is_ok_and(|algorithm| algorithm.of(der).as_ref() == value.as_slice())
    };
    data.issuer_serials.iter().any(|one| one.serial == serial)
        || data.key_ids.iter().any(|id| key_id == Some(id.as_slice()))
        || data.subjects.iter().any(|one| plain(one) == subject)
        || data.digests.iter().any(digest)
}

/// A name without what writers of names differ in: blanks, letter case, the order of its parts.
fn plain(name: &str) -> Vec<String> {
    let parts = name.split(',').map(|part| {
        let part = part.trim().to_lowercase();
        part.split_once('=')
            .map(|(kind, value)| format!("{}={}", kind.trim(), value.trim()))
            .unwrap_or(part)
    });
    let mut parts: Vec<String> = parts.collect();
    parts.sort_unstable();
    parts
}

/// A number in decimal (XMLDSig §4.5.4, X509SerialNumber).
pub(super) fn decimal(octets: &[u8]) -> String {
    // RFC 5280 §4.1.2.2: at most 20 octets; of a longer one nothing is looked up.
    if octets.len() > 32 {
        return String::new();
    }
    let mut digits: Vec<u8> = vec![0];
    for octet in octets {
        let mut carry = u32::from(*octet);
        for digit in &mut digits {
            let value = u32::from(*digit).saturating_mul(256).saturating_add(carry);
            *digit = u8::try_from(value % 10).unwrap_or(0);
            carry = value / 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or(0));
            carry /= 10;
        }
    }
    let digits = digits.iter().rev();
    digits
        .map(|digit| char::from(digit.saturating_add(b'0')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_written_in_decimal() {
        for (octets, text) in [
            (&[0u8][..], "0"),
            (&[9], "9"),
            (&[0x01, 0x00], "256"),
            (&[0xff; 8], "18446744073709551615"),
            (&[0x01, 0, 0, 0, 0, 0, 0, 0, 0], "18446744073709551616"),
        ] {
            assert_eq!(decimal(octets), text);
        }
    }

    #[test]
    fn names_are_compared_without_what_writers_differ_in() {
        assert_eq!(plain("CN=Văn thư, O = UBND"), plain("o=ubnd,cn=văn thư"));
        assert_ne!(plain("CN=A,O=B"), plain("CN=B,O=A"));
    }
}
