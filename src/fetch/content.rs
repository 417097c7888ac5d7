//! Whether what came is what was asked for. It is looked at before it is kept; whether it is
//! believed is decided by its signature, each time it is used.

use super::error::FetchError;
use crate::format::cms::read::{Tail, parse};
use crate::trust::certificate::Certificate;
use crate::trust::evidence::EvidenceKind;
use crate::trust::revocation::crl::Crl;
use crate::trust::revocation::ocsp::{OcspError, OcspResponse};
use bytes::Bytes;
use rustls_pki_types::pem::{PemObject, SectionKind};

/// Certificates taken from one answer: a CA's chain and a few of its older keys.
const MAX_CERTIFICATES: usize = 8;

/// The DER of what was asked for; more than one only where several certificates come at a time.
pub(super) fn items(kind: EvidenceKind, bytes: &Bytes) -> Result<Vec<Bytes>, FetchError> {
    let wrong = |found: String| FetchError::NotEvidence {
        expected: kind,
        found,
    };
    if bytes.is_empty() {
        return Err(wrong("empty".into()));
    }
    match kind {
        EvidenceKind::Crl => list(bytes).map_err(wrong),
        EvidenceKind::Certificate => certificates(bytes).map_err(wrong),
        EvidenceKind::Ocsp => response(bytes).map_err(wrong),
        EvidenceKind::Timestamp => Err(wrong(what_it_is(bytes))),
    }
}

/// RFC 5280 §4.2.1.13: one DER list; some authorities serve it in PEM.
fn list(bytes: &Bytes) -> Result<Vec<Bytes>, String> {
    let der = match sections(bytes, SectionKind::Crl) {
        Some(first) => first.into_iter().next().unwrap_or_default(),
        None => bytes.clone(),
    };
    match Crl::parse(der.clone()) {
        Ok(_) => Ok(vec![der]),
        Err(e) => Err(format!("{}: {e}", what_it_is(bytes))),
    }
}

/// RFC 5280 §4.2.2.1: one DER certificate or a certs-only CMS message; some authorities serve PEM.
fn certificates(bytes: &Bytes) -> Result<Vec<Bytes>, String> {
    let all = match sections(bytes, SectionKind::Certificate) {
        Some(all) => all,
        None if Certificate::parse(bytes).is_ok() => vec![bytes.clone()],
        None => match parse(bytes, Tail::Nothing) {
            Ok(message) => message
                .certificates
                .iter()
                .map(|der| Bytes::copy_from_slice(der))
                .collect(),
            Err(_) => return Err(what_it_is(bytes)),
        },
    };
    let good = all
        .into_iter()
        .filter(|der| Certificate::parse(der).is_ok());
    let good: Vec<Bytes> = good.take(MAX_CERTIFICATES).collect();
    if good.is_empty() {
        return Err(what_it_is(bytes));
    }
    Ok(good)
}

/// RFC 6960 §4.2.1: only a successful response says anything.
fn response(bytes: &Bytes) -> Result<Vec<Bytes>, String> {
    match OcspResponse::parse(bytes.clone()) {
        Ok(_) => Ok(vec![bytes.clone()]),
        Err(OcspError::Structure(_)) => Err(what_it_is(bytes)),
        Err(e) => Err(e.to_string()),
    }
}

/// The sections of a PEM file of that kind; `None` if it is no PEM.
fn sections(bytes: &Bytes, kind: SectionKind) -> Option<Vec<Bytes>> {
    if !bytes.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return None;
    }
    let all = <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes);
    let all = all
        .filter_map(Result::ok)
        .filter(|(found, _)| *found == kind);
    Some(all.map(|(_, der)| Bytes::from(der)).collect())
}

/// What came instead, for the administrator.
fn what_it_is(bytes: &[u8]) -> String {
    if let Ok(certificate) = Certificate::parse(bytes) {
        return format!("the certificate of {}", certificate.subject_text());
    }
    if Crl::parse(Bytes::copy_from_slice(bytes)).is_ok() {
        return "a CRL".into();
    }
    let head = bytes.get(..bytes.len().min(512)).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    if text.contains("<html") || text.contains("<!doctype") {
        "a web page".into()
    } else if text.starts_with("-----begin ") {
        "PEM of another kind".into()
    } else {
        "unknown content".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::key::KeyKind;
    use crate::forge::pki::{self, Authority, Validity};
    use crate::model::Timestamp;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn authority() -> Authority {
        Authority::root("Gốc mẫu", KeyKind::P256, Validity::around(NOW)).expect("root")
    }

    fn crl_of(authority: &Authority) -> Bytes {
        let crl = pki::Crl {
            validity: Validity::around(NOW),
            number: 1,
            revoked: Vec::new(),
        };
        authority.crl(&crl).expect("crl").into()
    }

    fn found(kind: EvidenceKind, bytes: &[u8]) -> String {
        match items(kind, &Bytes::copy_from_slice(bytes)) {
            Err(FetchError::NotEvidence { expected, found }) => {
                assert_eq!(expected, kind);
                found
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_asked_for_is_taken_in_der_and_pem() {
        let authority = authority();
        let (crl, der) = (crl_of(&authority), Bytes::copy_from_slice(authority.der()));
        let pem = |label: &str, der: &Bytes| Bytes::from(pki::pem(label, der));
        let (list, one) = (EvidenceKind::Crl, EvidenceKind::Certificate);
        assert_eq!(items(list, &crl), Ok(vec![crl.clone()]));
        assert_eq!(items(list, &pem("X509 CRL", &crl)), Ok(vec![crl.clone()]));
        assert_eq!(items(one, &der), Ok(vec![der.clone()]));
        let two = [pem("CERTIFICATE", &der), pem("CERTIFICATE", &der)].concat();
        assert_eq!(items(one, &two.into()), Ok(vec![der.clone(), der.clone()]));
    }

    #[test]
    fn what_came_instead_is_named() {
        let authority = authority();
        let crl = crl_of(&authority);
        assert!(found(EvidenceKind::Crl, authority.der()).contains("Gốc mẫu"));
        assert_eq!(found(EvidenceKind::Certificate, &crl), "a CRL");
        let page = b"<!DOCTYPE html><html>moved</html>";
        assert!(found(EvidenceKind::Crl, page).starts_with("a web page"));
        assert_eq!(found(EvidenceKind::Certificate, page), "a web page");
        assert_eq!(found(EvidenceKind::Ocsp, page), "a web page");
        assert_eq!(found(EvidenceKind::Crl, b""), "empty");
        assert!(found(EvidenceKind::Crl, &crl[..40]).starts_with("unknown content"));
        let key = pki::pem("PRIVATE KEY", b"x");
        assert_eq!(
            found(EvidenceKind::Certificate, key.as_bytes()),
            "PEM of another kind"
        );
        let later = [0x30, 3, 0x0a, 1, 3];
        assert!(found(EvidenceKind::Ocsp, &later).ends_with("tryLater"));
    }
}
