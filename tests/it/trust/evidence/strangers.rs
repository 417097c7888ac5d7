//! Evidence of others, most of it made to be taken for the real one: certificates, CRLs and OCSP
//! responses that bear the names, identifiers and serial numbers of the scenario and none of its
//! signatures.

use super::super::world::NOW;
use super::scenarios::{Cast, Kind, ca_template, good, key, week};
use lienthong::forge::distribution::{PointName, Scope};
use lienthong::forge::ocsp::{CertId, CertStatus, Hash, ResponderId, Response, Single};
use lienthong::forge::{Entity, RevocationList, Revoked, Template, Validity};

/// Everything unrelated that may be added to any scenario: its kind and DER.
pub(super) fn all() -> Vec<(Kind, Vec<u8>)> {
    let cast = Cast::new(|t| t);
    // Twins: the same names and key identifiers, other keys.
    let root = Template::authority("Gốc", good()).key(key(200));
    let root = root.self_signed().expect("root");
    let twin = ca_template().key(key(201)).issued_by(&root).expect("twin");
    let ca = Entity {
        identifier: cast.ca.identifier.clone(),
        ..twin.clone()
    };
    let signer = Template::signer("Người ký", good()).key(key(202));
    let signer = signer.issued_by(&twin).expect("signer");
    let responder = Template::responder("Trả lời", good()).key(key(203));
    let responder = responder.issued_by(&twin).expect("responder");
    let lister = Template::authority("Người phát CRL", good()).key(key(204));
    let lister = lister.issued_by(&root).expect("lister");
    let mut all: Vec<(Kind, Vec<u8>)> = [&root, &twin, &signer, &responder, &lister]
        .iter()
        .map(|e| (Kind::Certificate, e.der.clone()))
        .collect();
    all.extend(
        lists(&cast, &ca, &lister)
            .into_iter()
            .map(|der| (Kind::Crl, der)),
    );
    let answers = answers(&cast, &ca, &responder);
    all.extend(answers.into_iter().map(|der| (Kind::Ocsp, der)));
    all
}

/// Newer than the real ones, with and without the serial number, complete and delta.
fn lists(cast: &Cast, ca: &Entity, lister: &Entity) -> Vec<Vec<u8>> {
    let newer = Validity {
        from: NOW.plus_secs(-30),
        until: NOW.plus_secs(30 * 24 * 3600),
    };
    let entry = Revoked::new(&cast.signer.serial, NOW.plus_secs(-9000)).reason(1);
    let indirect = Scope {
        name: Some(PointName::uri("http://a/i")),
        indirect: true,
        ..Scope::ALL
    };
    let mut lists = Vec::new();
    for list in [
        RevocationList::complete(9, newer),
        RevocationList::delta(9, 5, newer),
        RevocationList::complete(9, newer).scope(&indirect),
        RevocationList::complete(5, week()),
    ] {
        for list in [list.clone(), list.revoke(entry.clone())] {
            lists.push(list.signed_by(ca).expect("crl"));
            lists.push(list.signed_by(lister).expect("crl"));
            // The real authority's name over another's key.
            lists.push(
                list.clone()
                    .issued_as(cast.root.name.clone())
                    .signed_by(ca)
                    .expect("crl"),
            );
            // The real signer signs a list in its authority's name, which it may not.
            let by_signer = Entity {
                name: cast.ca.name.clone(),
                identifier: cast.ca.identifier.clone(),
                ..cast.signer.clone()
            };
            lists.push(list.signed_by(&by_signer).expect("crl"));
        }
    }
    // The real authority about somebody else's certificate.
    let other = Revoked::new(&[0x42], NOW.plus_secs(-9000));
    let elsewhere = Scope {
        name: Some(PointName::uri("http://elsewhere/")),
        ..Scope::ALL
    };
    let list = RevocationList::complete(9, newer)
        .scope(&elsewhere)
        .revoke(other);
    lists.push(list.signed_by(&cast.ca).expect("crl"));
    lists
}

fn answers(cast: &Cast, ca: &Entity, responder: &Entity) -> Vec<Vec<u8>> {
    let at = NOW.plus_secs(-10);
    let mut answers = Vec::new();
    for status in [
        CertStatus::Good,
        CertStatus::Revoked(NOW.plus_secs(-9000), Some(1)),
        CertStatus::Unknown,
    ] {
        for (issuer, by) in [
            (&cast.ca, ca),
            (&cast.ca, responder),
            (&cast.ca, &cast.signer),
            (ca, responder),
        ] {
            let id = CertId::new(issuer, &cast.signer.serial, Hash::Sha1);
            let single = Single::new(id, status, at).cert_hash(&cast.signer.der);
            let mut response = Response::new(at, vec![single]);
            response = response.with_certificates(vec![by.der.clone(), cast.delegate.der.clone()]);
            answers.push(response.signed_by(by).expect("response"));
            response.responder = ResponderId::ByKey;
            answers.push(response.signed_by(by).expect("response"));
            // In the name of the real delegate.
            let named = Entity {
                name: cast.delegate.name.clone(),
                ..by.clone()
            };
            response.responder = ResponderId::ByName;
            answers.push(response.signed_by(&named).expect("response"));
        }
        // The real delegate about another certificate.
        let id = CertId::new(&cast.ca, &[0x42], Hash::Sha256);
        let response = Response::new(at, vec![Single::new(id, status, at)]);
        let response = response.with_certificates(vec![cast.delegate.der.clone()]);
        answers.push(response.signed_by(&cast.delegate).expect("response"));
    }
    answers
}
