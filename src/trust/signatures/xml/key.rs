//! Under which certificate a signature value is verified: one of an X509Data, or one at hand that it
//! names. A bare key proves nobody, so that KeyValue, KeyName and RetrievalMethod give none.

use super::found::Entry;
use super::xades::Properties;
use crate::format::asn1::values::significant;
use crate::format::limits::MAX_CERTIFICATE_BYTES;
use crate::format::xml::signature::X509Data;
use crate::trust::algorithms::{DigestAlgorithm, uri};
use crate::trust::certificate::Certificate;
use crate::trust::name::readable;
use crate::trust::validator::Validator;
use std::collections::{BTreeMap, BTreeSet};

/// Keys tried for one signature: chains have up to four certificates, in any order.
const MAX_TRIED: usize = 16;

/// The certificates that may be the signer's, DER: first those that the signer's properties name, then those
/// of the signature.
pub(super) fn candidates<'a>(validator: &'a Validator, entry: &'a Entry) -> Vec<&'a [u8]> {
    let properties = entry.properties.as_ref();
    let x509 = entry.signature.key_info.as_ref().map(|info| &info.x509);
    let named = properties.map(Properties::named).unwrap_or_default();
    let meant = |der: &&[u8]| named.has(der);
    let own = x509.into_iter().flat_map(|x509| &x509.certificates);
    let own: Vec<&[u8]> = own.map(Vec::as_slice).collect();
    let beside = properties.into_iter().flat_map(Properties::certificates);
    let (first, others): (Vec<&[u8]>, Vec<&[u8]>) = own.into_iter().partition(meant);
    let configured = validator.material().certificates().iter();
    let at_hand = configured.map(|certificate| certificate.der());
    let at_hand = at_hand.chain(validator.kept_certificates());
    let pointed = x509.and_then(Pointed::of);
    let pointed = |der: &&[u8]| pointed.as_ref().is_some_and(|pointed| pointed.at(der));
    let all = first.into_iter().chain(beside.filter(meant)).chain(others);
    let all = all.chain(at_hand.filter(|der| meant(der) || pointed(der)));
    all.take(MAX_TRIED).collect()
}

/// Digests by their algorithms: however many there are, a certificate is digested once for each algorithm.
#[derive(Default)]
pub(super) struct ByDigest<'a>(BTreeMap<DigestAlgorithm, BTreeSet<&'a [u8]>>);

impl<'a> ByDigest<'a> {
    /// Of algorithms by their identifiers; one that is not known names nothing.
    pub(super) fn of(all: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut known: BTreeMap<DigestAlgorithm, BTreeSet<&'a [u8]>> = BTreeMap::new();
        for (name, digest) in all {
            if let Ok(algorithm) = uri::digest(name) {
                known.entry(algorithm).or_default().insert(digest);
            }
        }
        Self(known)
    }

    /// Whether a certificate has one of them. What is longer than any is none.
    fn has(&self, der: &[u8]) -> bool {
        let mut all = self.0.iter();
        der.len() <= MAX_CERTIFICATE_BYTES
            && all.any(|(algorithm, digests)| digests.contains(algorithm.of(der).as_ref()))
    }
}

/// What X509Data (XMLDSig §4.5.4) points at. It only says where to look: the signature value decides.
struct Pointed<'a> {
    serials: BTreeSet<&'a str>,
    key_ids: BTreeSet<&'a [u8]>,
    subjects: BTreeSet<Vec<String>>,
    digests: ByDigest<'a>,
}

impl<'a> Pointed<'a> {
    fn of(data: &'a X509Data) -> Option<Self> {
        let own = Self {
            serials: data.issuer_serials.iter().map(|one| &*one.serial).collect(),
            key_ids: data.key_ids.iter().map(Vec::as_slice).collect(),
            subjects: data.subjects.iter().map(|one| plain(one)).collect(),
            digests: ByDigest::of(data.digests.iter().map(|(uri, value)| (&**uri, &**value))),
        };
        let nothing = own.serials.is_empty()
            && own.key_ids.is_empty()
            && own.subjects.is_empty()
            && own.digests.0.is_empty();
        (!nothing).then_some(own)
    }

    fn at(&self, der: &[u8]) -> bool {
        let Ok(certificate) = Certificate::parse(der) else {
            return false;
        };
        let serial = decimal(significant(certificate.serial()));
        let key_id = certificate.extensions.subject_key.as_deref();
        self.serials.contains(&*serial)
            || key_id.is_some_and(|id| self.key_ids.contains(id))
            || self
                .subjects
                .contains(&plain(&readable(certificate.subject())))
            || self.digests.has(der)
    }
}

/// The values of a name without what writers of names differ in: blanks, letter case, the order of its parts, quotes
/// and escapes (RFC 4514 §2.4, RFC 1779), and what the types are called (`E`, `emailAddress`, `1.2.840.113549.1.9.1`).
fn plain(name: &str) -> Vec<String> {
    let mut values: Vec<String> = parts(name).into_iter().map(value).collect();
    values.sort_unstable();
    values
}

/// At the separators that are neither quoted nor escaped.
fn parts(name: &str) -> Vec<&str> {
    let (mut found, mut from) = (Vec::new(), 0usize);
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in name.char_indices() {
        if !escaped && !quoted && matches!(c, ',' | ';' | '+') {
            found.push(name.get(from..at).unwrap_or_default());
            from = at.saturating_add(1);
        }
        quoted ^= c == '"' && !escaped;
        escaped = !escaped && c == '\\';
    }
    found.push(name.get(from..).unwrap_or_default());
    found
}

fn value(part: &str) -> String {
    let text = part.split_once('=').map_or(part, |(_, value)| value).trim();
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let octets = match text.strip_prefix('#').and_then(hexadecimal) {
        // A type that has no name: its value as it is encoded, behind its tag and a short length.
        Some(encoded) => encoded.get(2..).unwrap_or_default().to_vec(),
        None => unescaped(quoted.unwrap_or(text)),
    };
    String::from_utf8_lossy(&octets).trim().to_lowercase()
}

fn unescaped(text: &str) -> Vec<u8> {
    let (mut octets, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        let pair = behind.split_at_checked(2).filter(|_| *first == b'\\');
        let pair = pair.and_then(|(pair, behind)| {
            let pair = hexadecimal(std::str::from_utf8(pair).ok()?)?;
            Some((pair, behind))
        });
        match (pair, behind.split_first()) {
            (Some((pair, behind)), _) => {
                octets.extend(pair);
                rest = behind;
            }
            (None, Some((next, behind))) if *first == b'\\' => {
                octets.push(*next);
                rest = behind;
            }
            (None, _) => octets.push(*first),
        }
    }
    octets
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        let digits = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        u8::from_str_radix(pair, 16).ok().filter(|_| digits)
    });
    pairs
        .collect::<Option<Vec<u8>>>()
        .filter(|octets| !octets.is_empty())
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
        assert_ne!(plain("CN=A,O=B"), plain("CN=A,O=C"));
        let one = "CN=Văn thư,O=UBND\\, \\\"xã\\\" \\+ phường,emailAddress=vt@x.vn,C=VN";
        for same in [
            "CN=V\\C4\\83n thư,O=UBND\\, \\22xã\\22 \\+ phường,1.2.840.113549.1.9.1=vt@x.vn,C=VN",
            "C = VN, O = \"UBND, \\\"xã\\\" + phường\", CN = Văn thư, E = vt@x.vn",
            "c=VN;o=UBND\\2C \\\"xã\\\" \\2b phường;cn=Văn thư;1.2.840.113549.1.9.1=#1607767440782E766E",
        ] {
            assert_eq!(plain(one), plain(same), "{same}");
        }
    }
}
