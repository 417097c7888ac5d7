//! What an OCSP response says (RFC 6960 §4.2), and what a request asks.

use crate::trust::world::NOW;
use lienthong::forge::extension::{Extension, id};
use lienthong::forge::ocsp::{
    self, CertId, CertStatus as Status, Hash, Request, ResponderId as By, Response, Single,
};
use lienthong::forge::{Entity, Name, Template, Validity, der};
use lienthong::format::asn1::read::Reader;
use lienthong::format::asn1::write::{constructed, element, sequence};
use lienthong::model::{Digest, Timestamp};
use lienthong::trust::certificate::Certificate;
use lienthong::trust::revocation::ocsp::{
    CertStatus, OcspError, OcspResponse, OcspStatus, request,
};
use lienthong::trust::revocation::reason::RevocationReason;
use std::sync::LazyLock;

static CA: LazyLock<Entity> = LazyLock::new(|| authority("Cấp phát"));
static SIGNER: LazyLock<Entity> = LazyLock::new(|| {
    let template = Template::signer("Sở Tài chính", Validity::around(NOW)).serial(&[0, 0xff]);
    template.issued_by(&CA).expect("signer")
});

fn authority(common: &str) -> Entity {
    let template = Template::authority(common, Validity::around(NOW));
    template.self_signed().expect("authority")
}

fn certificate(of: &Entity) -> Certificate {
    Certificate::parse(&of.der).expect("certificate")
}

fn about(serial: &[u8], status: Status) -> Single {
    Single::new(CertId::new(&CA, serial, Hash::Sha1), status, NOW)
}

fn good() -> Single {
    about(&[0, 0xff], Status::Good)
}

fn signed(response: &Response) -> Vec<u8> {
    response.signed_by(&CA).expect("response")
}

fn read(response: &Response) -> OcspResponse {
    OcspResponse::parse(signed(response).into()).expect("read")
}

fn status(response: &OcspResponse) -> Option<CertStatus> {
    let single = response.of_certificate(&certificate(&SIGNER), &certificate(&CA));
    single.map(|single| single.status())
}

#[test]
fn a_response_says_of_whom_what_and_until_when() {
    let nonce = [7; 32];
    let single = good().cert_hash(&SIGNER.der);
    let response = Response::new(NOW, vec![single]).nonce(&nonce);
    let response = read(&response.with_certificates(vec![CA.der.clone()]));
    assert_eq!(response.produced_at(), NOW);
    assert_eq!(response.nonce(), Some(&nonce[..]));
    assert_eq!(response.sha256(), Digest::of(response.der()));
    assert_eq!(response.certificates().collect::<Vec<_>>(), [&CA.der[..]]);
    assert!(response.defect().is_none() && !response.is_extended_revoke());
    let single = response.of_certificate(&certificate(&SIGNER), &certificate(&CA));
    let single = single.expect("single");
    assert_eq!(single.status(), CertStatus::Good);
    assert_eq!(single.this_update(), NOW);
    assert_eq!(single.next_update(), Some(NOW.plus_secs(3600)));
    assert_eq!(single.knows(&certificate(&SIGNER)), Some(true));
    assert_eq!(single.knows(&certificate(&CA)), Some(false));
    let without = read(&Response::new(NOW, vec![good()]));
    assert_eq!(without.singles()[0].knows(&certificate(&SIGNER)), None);
}

#[test]
fn each_status_is_its_own() {
    let since = NOW.plus_secs(-60);
    let revoked = |reason| CertStatus::Revoked { at: since, reason };
    use RevocationReason::{CertificateHold, KeyCompromise, Unspecified};
    for (said, expected) in [
        (Status::Good, CertStatus::Good),
        (Status::Unknown, CertStatus::Unknown),
        (Status::Revoked(since, None), revoked(Unspecified)),
        (Status::Revoked(since, Some(1)), revoked(KeyCompromise)),
        (Status::Revoked(since, Some(6)), revoked(CertificateHold)),
    ] {
        let response = read(&Response::new(NOW, vec![about(&[0, 0xff], said)]));
        assert_eq!(status(&response), Some(expected));
    }
    let meaningless = about(&[1], Status::Revoked(since, Some(7)));
    let der = signed(&Response::new(NOW, vec![meaningless]));
    assert!(OcspResponse::parse(der.into()).is_err());
}

#[test]
fn an_answer_is_about_one_serial_number_name_and_key() {
    let other = authority("Khác");
    let renamed = Name::of("Khác");
    for (what, single, expected) in [
        ("SHA-256", CertId::new(&CA, &[0, 0xff], Hash::Sha256), true),
        ("SHA-1", CertId::new(&CA, &[0, 0xff], Hash::Sha1), true),
        (
            "another encoding of the number",
            CertId::new(&CA, &[0, 0, 0xff], Hash::Sha1),
            true,
        ),
        ("-1 for 255", CertId::new(&CA, &[0xff], Hash::Sha1), false),
        (
            "another issuer",
            CertId::new(&other, &[0, 0xff], Hash::Sha1),
            false,
        ),
        (
            "another name",
            CertId {
                name_hash: Hash::Sha1.of(&renamed.der()),
                ..CertId::new(&CA, &[0, 0xff], Hash::Sha1)
            },
            false,
        ),
        (
            "a hash that is not known",
            CertId {
                algorithm: der::algorithm("1.2.3.4", None),
                ..CertId::new(&CA, &[0, 0xff], Hash::Sha1)
            },
            false,
        ),
        (
            "no hash at all",
            CertId {
                name_hash: Vec::new(),
                key_hash: Vec::new(),
                ..CertId::new(&CA, &[0, 0xff], Hash::Sha1)
            },
            false,
        ),
    ] {
        let single = Single::new(single, Status::Good, NOW);
        let response = read(&Response::new(NOW, vec![single]));
        assert_eq!(status(&response).is_some(), expected, "{what}");
        let by_serial = response.single_for(&certificate(&CA), SIGNER.serial.as_slice());
        assert_eq!(by_serial.is_some(), expected, "{what}");
    }
}

#[test]
fn the_issuers_name_may_be_hashed_as_the_certificate_spells_it() {
    let spelt =
        Name::empty()
            .with("2.5.4.6", der::PRINTABLE, "vn")
            .with("2.5.4.3", der::UTF8, "CẤP PHÁT");
    let template = Template::signer("Khác", Validity::around(NOW)).serial(&[9]);
    let subject = Template {
        issuer: Some(spelt.clone()),
        ..template
    };
    let subject = subject.issued_by(&CA).expect("issued");
    let id = CertId {
        name_hash: Hash::Sha1.of(&spelt.der()),
        ..CertId::new(&CA, &[9], Hash::Sha1)
    };
    let response = read(&Response::new(
        NOW,
        vec![Single::new(id, Status::Good, NOW)],
    ));
    let (subject, issuer) = (certificate(&subject), certificate(&CA));
    assert!(response.of_certificate(&subject, &issuer).is_some());
    assert!(response.single_for(&issuer, &[9]).is_none());
}

#[test]
fn of_several_answers_the_gravest_counts_in_any_order() {
    let revoked = |code| about(&[0, 0xff], Status::Revoked(NOW, code));
    let unknown = about(&[0, 0xff], Status::Unknown);
    let stranger = about(&[1], Status::Revoked(NOW, None));
    for (singles, expected) in [
        (vec![good(), stranger.clone()], CertStatus::Good),
        (vec![good(), unknown.clone()], CertStatus::Unknown),
        (
            vec![
                unknown,
                good(),
                revoked(Some(6)),
                revoked(Some(1)),
                stranger,
            ],
            CertStatus::Revoked {
                at: NOW,
                reason: RevocationReason::KeyCompromise,
            },
        ),
    ] {
        let mut backwards = singles.clone();
        backwards.reverse();
        for singles in [singles, backwards] {
            let response = read(&Response::new(NOW, singles));
            assert_eq!(status(&response), Some(expected));
        }
    }
}

#[test]
fn responders_are_named_by_name_or_key() {
    let other = authority("Khác");
    for by in [By::ByName, By::ByKey] {
        let response = read(&Response {
            responder: by,
            ..Response::new(NOW, vec![good()])
        });
        assert!(response.responder().is(&certificate(&CA)), "{by:?}");
        assert!(!response.responder().is(&certificate(&other)), "{by:?}");
    }
}

#[test]
fn critical_extensions_that_are_not_known_bar_what_they_stand_in() {
    let unknown = |critical| Extension::raw("1.2.3.4", critical, vec![5, 0]);
    let mut whole = Response::new(NOW, vec![good()]);
    whole.extensions.push(unknown(false));
    assert_eq!(read(&whole).defect(), None);
    whole
        .extensions
        .push(Extension::raw("1.2.3.5", true, vec![5, 0]));
    assert_eq!(read(&whole).defect(), Some("critical extension 1.2.3.5"));

    let single = |extension| Single {
        extensions: vec![extension],
        ..good()
    };
    let cutoff = Extension::raw("1.3.6.1.5.5.7.48.1.6", false, der::generalized(NOW));
    let revoke = Extension::raw("1.3.6.1.5.5.7.48.1.9", false, vec![5, 0]);
    let mut response = Response::new(NOW, vec![single(unknown(true)), single(cutoff)]);
    response.extensions.push(revoke);
    let response = read(&response);
    let [barred, fine] = response.singles() else {
        panic!("{response:?}");
    };
    assert_eq!(barred.defect(), Some("critical extension 1.2.3.4"));
    assert_eq!((fine.defect(), fine.archive_cutoff()), (None, Some(NOW)));
    assert!(response.defect().is_none() && response.is_extended_revoke());
    // Malformed where it is understood: refused as a whole.
    let malformed = Extension::raw(id::CERT_HASH, false, vec![5, 0]);
    let der = signed(&Response::new(NOW, vec![single(malformed)]));
    assert!(OcspResponse::parse(der.into()).is_err());
}

#[test]
fn responses_without_answers_say_why() {
    for (code, expected) in [
        (1, Some(OcspStatus::MalformedRequest)),
        (2, Some(OcspStatus::InternalError)),
        (3, Some(OcspStatus::TryLater)),
        (5, Some(OcspStatus::SigRequired)),
        (6, Some(OcspStatus::Unauthorized)),
        (4, None),
        (0, None),
        (7, None),
    ] {
        let refused = OcspResponse::parse(ocsp::error(code).into()).expect_err("no answer");
        match expected {
            Some(status) => assert_eq!(refused, OcspError::NotSuccessful(status)),
            None => assert!(matches!(refused, OcspError::Structure(_)), "{code}"),
        }
    }
    let other = sequence(&[&der::oid("1.2.3"), &der::octets(&[])]);
    let other = sequence(&[&der::enumerated(0), &der::explicit(0, &other)]);
    let refused = OcspResponse::parse(other.into());
    assert_eq!(refused, Err(OcspError::UnknownType));
}

#[test]
fn times_may_have_fractions_and_numbers_are_bounded() {
    let whole = signed(&Response::new(NOW, vec![good()]));
    let basic = |der: &[u8]| {
        let mut outer = Reader::new(der).any().expect("response").reader();
        outer.any().expect("status");
        let mut bytes = outer
            .any()
            .expect("bytes")
            .reader()
            .any()
            .expect("bytes")
            .reader();
        bytes.any().expect("type");
        bytes.any().expect("octets").content.to_vec()
    };
    let parts = |der: &[u8]| {
        let mut fields = Reader::new(der).any().expect("sequence").reader();
        let mut parts = Vec::new();
        while let Some(part) = fields.next().expect("part") {
            parts.push(part.full.to_vec());
        }
        parts
    };
    let basic = parts(&basic(&whole));
    let again = |data: Vec<Vec<u8>>| {
        let mut basic = basic.clone();
        basic[0] = der::sequence_of(&data);
        OcspResponse::parse(ocsp::successful(&der::sequence_of(&basic)).into())
    };
    let data = parts(&basic[0]);
    assert!(again(data.clone()).is_ok());
    let mut fraction = data.clone();
    fraction[1] = element(0x18, b"20261124000000.25Z");
    let produced = again(fraction).expect("fraction").produced_at();
    assert_eq!(produced, Timestamp(NOW.0 + 250));
    for (at, with) in [
        (1, element(0x17, b"261124000000Z")),
        (1, element(0x18, b"20261124000000+0700")),
        (2, sequence(&[&vec![0; 4_000_000]])),
        (2, sequence(&[&sequence(&[])])),
        (0, constructed(0xa2, &[&der::octets(&[7; 19])])),
        (0, constructed(0xa3, &[&der::octets(&[7; 20])])),
    ] {
        let mut data = data.clone();
        data[at] = with;
        assert!(again(data).is_err());
    }
    // v1 is the default, and the only version.
    for (version, fine) in [(0, true), (1, false)] {
        let explicit = der::explicit(0, &der::integer(version));
        let data = [vec![explicit], data.clone()].concat();
        assert_eq!(again(data).is_ok(), fine);
    }
    let many = |count| Response::new(NOW, vec![good(); count]);
    assert!(OcspResponse::parse(signed(&many(1000)).into()).is_ok());
    let refused = OcspResponse::parse(signed(&many(1001)).into());
    assert!(matches!(refused, Err(OcspError::TooMany { .. })));
    let sent = Response::new(NOW, vec![good()]).with_certificates(vec![CA.der.clone(); 17]);
    let refused = OcspResponse::parse(signed(&sent).into());
    assert!(matches!(refused, Err(OcspError::TooMany { .. })));
}

#[test]
fn nothing_but_der_is_read() {
    let whole = signed(&Response::new(NOW, vec![good()]));
    for cut in 0..whole.len() {
        assert!(OcspResponse::parse(whole[..cut].to_vec().into()).is_err());
    }
    let tail = [&whole[..], &[0]].concat();
    assert!(OcspResponse::parse(tail.into()).is_err());
    let content = Reader::new(&whole).any().expect("response").content;
    let indefinite = [&[0x30, 0x80], content, &[0, 0]].concat();
    assert!(OcspResponse::parse(indefinite.into()).is_err());
    let length = u16::try_from(content.len()).expect("short").to_be_bytes();
    let longer = [&[0x30, 0x83, 0][..], &length, content].concat();
    assert!(OcspResponse::parse(longer.into()).is_err());
}

#[test]
fn a_request_names_the_certificate_by_sha_1() {
    let nonce = [0x5a; 32];
    for nonce in [None, Some(&nonce[..])] {
        let der = request(&certificate(&CA), &[0, 0xff], nonce);
        let read = Request::read(&der).expect("request");
        assert_eq!(read.ids, [CertId::new(&CA, &[0, 0xff], Hash::Sha1)]);
        assert_eq!(read.nonce.as_deref(), nonce);
    }
}
