//! What a CRL says, read in place: entries of every form, the extensions of RFC 5280 §5.2 and §5.3,
//! and what bars a list.

use crate::trust::world::{NOW, World, crl, validator};
use lienthong::forge::crl::many;
use lienthong::forge::distribution::{Point, PointName, Scope, freshest};
use lienthong::forge::extension::{
    Extension, certificate_issuer, crl_number, delta_indicator, expired_on_crl, id,
    invalidity_date, reason,
};
use lienthong::forge::{
    Entity, GeneralName, KeyKind, Name, RevocationList, Revoked, Template, Validity, der, name,
};
use lienthong::format::asn1::read::Reader;
use lienthong::format::asn1::write::{element, sequence};
use lienthong::format::x509::distribution_point::{self, ReasonFlags};
use lienthong::model::Timestamp;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::name::Name as Compared;
use lienthong::trust::path::{Demands, Moments};
use lienthong::trust::revocation::crl::{Crl, CrlEntry};
use lienthong::trust::revocation::reason::RevocationReason;
use lienthong::trust::validator::SuppliedDer;
use std::sync::LazyLock;

static CA: LazyLock<Entity> = LazyLock::new(|| authority("Cấp phát"));

fn authority(common: &str) -> Entity {
    let template = Template::authority(common, Validity::around(NOW));
    template.self_signed().expect("authority")
}

fn list() -> RevocationList {
    RevocationList::complete(0x1234, Validity::days(NOW, 1, 6))
}

fn read(list: &RevocationList) -> Crl {
    Crl::parse(list.signed_by(&CA).expect("list").into()).expect("read")
}

fn compared(name: &Name) -> Compared {
    Compared::parse(&name.der()).expect("name")
}

/// An entry for 7 with these extensions.
fn seven(extensions: &[Extension]) -> Revoked {
    Revoked {
        extensions: extensions.to_vec(),
        ..Revoked::new(&[7], NOW)
    }
}

#[test]
fn an_entry_says_why_and_since_when() {
    let earlier = Timestamp::from_secs(NOW.secs() - 86_400);
    let entry = Revoked::new(&[0x5a; 20], NOW);
    let list = list()
        .revoke(Revoked::new(&[7], earlier))
        .revoke(entry.clone().reason(1).with(invalidity_date(earlier)))
        .revoke(Revoked::new(&[0, 0xff], NOW).reason(6))
        .revoke(Revoked::new(&[0x80, 0], NOW).reason(10));
    let crl = read(&list);
    let says = |reason, revoked_at, invalidity| {
        Some(CrlEntry {
            reason,
            revoked_at,
            invalidity,
        })
    };
    use RevocationReason::{AaCompromise, CertificateHold, KeyCompromise, Unspecified};
    for (serial, expected) in [
        (&[7][..], says(Unspecified, earlier, None)),
        // The same number in longer encodings.
        (&[0, 0, 7], says(Unspecified, earlier, None)),
        (&[0x5a; 20], says(KeyCompromise, NOW, Some(earlier))),
        (&[0, 0xff], says(CertificateHold, NOW, None)),
        // -1 is not 255, and -32768 not 32768.
        (&[0xff], None),
        (&[0x80, 0], says(AaCompromise, NOW, None)),
        (&[0, 0x80, 0], None),
        (&[8], None),
        (&[], None),
    ] {
        let found = crl.entry(serial, crl.issuer_name()).expect("entry");
        assert_eq!(found, expected, "{serial:02x?}");
    }
    assert_eq!((crl.len(), crl.defect()), (4, None));
}

#[test]
fn every_reason_is_read_and_others_bar_the_list() {
    for code in 0..=12u8 {
        let crl = read(&list().revoke(seven(&[reason(code)])));
        let entry = crl.entry(&[7], crl.issuer_name());
        match RevocationReason::from_number(u16::from(code)) {
            Some(reason) => assert_eq!(entry.expect("entry").expect("listed").reason, reason),
            None => assert!(entry.is_err(), "{code}"),
        }
        // removeFromCRL (8) belongs into a delta (§5.3.1); 7, 11 and 12 mean nothing.
        let good = !matches!(code, 7 | 8 | 11 | 12);
        assert_eq!(crl.defect().is_none(), good, "{code}: {:?}", crl.defect());
    }
}

#[test]
fn of_two_entries_for_one_certificate_the_graver_counts() {
    let earlier = Timestamp::from_secs(NOW.secs() - 1);
    for (first, second, expected) in [
        (6, 1, RevocationReason::KeyCompromise),
        (1, 6, RevocationReason::KeyCompromise),
        (8, 6, RevocationReason::CertificateHold),
        (4, 8, RevocationReason::Superseded),
    ] {
        let list = RevocationList::delta(2, 1, Validity::days(NOW, 1, 6))
            .revoke(seven(&[reason(first)]))
            .revoke(Revoked::new(&[7], earlier).reason(second));
        let crl = read(&list);
        let entry = crl.entry(&[7], crl.issuer_name()).expect("entry");
        let entry = entry.expect("listed");
        assert_eq!((entry.reason, entry.revoked_at), (expected, earlier));
    }
}

#[test]
fn defects_bar_a_list_but_hide_no_entry() {
    let critical = |extension: Extension| list().with(extension.critical());
    let unknown = |critical| Extension::raw("1.2.3.4", critical, vec![5, 0]);
    let scope = |value: Vec<u8>| list().with(Extension::raw(id::ISSUING_POINT, true, value));
    let entry = |extensions: &[Extension]| list().revoke(seven(extensions));
    let issuer = certificate_issuer(&CA.name);
    let indirect = Scope {
        indirect: true,
        ..Scope::ALL
    };
    for (what, list, defect) in [
        (
            "§5.2 unknown, not critical",
            list().with(unknown(false)),
            None,
        ),
        ("§5.2 unknown", list().with(unknown(true)), Some("1.2.3.4")),
        ("§5.3 unknown, not critical", entry(&[unknown(false)]), None),
        ("§5.3 unknown", entry(&[unknown(true)]), Some("1.2.3.4")),
        (
            "§5.2.3 critical",
            critical(crl_number(1)),
            Some("2.5.29.20"),
        ),
        (
            "§5.2.3 negative",
            list().with(Extension::raw(id::CRL_NUMBER, false, vec![2, 1, 0x80])),
            Some("2.5.29.20"),
        ),
        (
            "§5.2.3 21 octets",
            list().with(Extension::raw(
                id::CRL_NUMBER,
                false,
                element(2, &[0x11; 21]),
            )),
            Some("2.5.29.20"),
        ),
        (
            "§5.2.6 critical",
            critical(freshest(&[Point::uri("http://a/d.crl")])),
            Some("2.5.29.46"),
        ),
        (
            "§5.2.6 malformed",
            list().with(Extension::raw(id::FRESHEST, false, vec![0x30, 0])),
            Some("2.5.29.46"),
        ),
        ("§5.2.5 empty", scope(sequence(&[])), Some("2.5.29.28")),
        (
            "§5.2.5 two kinds",
            scope(sequence(&[&[0x81, 1, 0xff], &[0x82, 1, 0xff]])),
            Some("2.5.29.28"),
        ),
        (
            "§5.2.5 order",
            scope(sequence(&[&[0x84, 1, 0xff], &[0x81, 1, 0xff]])),
            Some("2.5.29.28"),
        ),
        (
            "§5.2.4 malformed",
            list().with(Extension::raw(id::DELTA, true, vec![5, 0])),
            Some("2.5.29.27"),
        ),
        (
            "§5.3.1 only in a delta",
            entry(&[reason(8)]),
            Some("removeFromCRL"),
        ),
        (
            "§5.3 repeated",
            entry(&[reason(1), reason(6)]),
            Some("repeated"),
        ),
        (
            "§5.3.2 UTCTime",
            entry(&[Extension::raw(
                id::INVALIDITY_DATE,
                false,
                element(0x17, b"261124000000Z"),
            )]),
            Some("2.5.29.24"),
        ),
        (
            "§5.3.3 not indirect",
            entry(std::slice::from_ref(&issuer)),
            Some("not indirect"),
        ),
        (
            "§5.3.3 not critical",
            entry(&[issuer.clone().not_critical()]).scope(&indirect),
            Some("not critical"),
        ),
        ("§5.3.3", entry(&[issuer]).scope(&indirect), None),
        (
            "§5.1.2.1 version 1 with entry extensions",
            RevocationList {
                versioned: false,
                ..entry(&[reason(1)])
            },
            Some("version"),
        ),
        (
            "§5.1 version 1",
            RevocationList {
                versioned: false,
                ..entry(&[])
            },
            None,
        ),
    ] {
        let listed = match list.revoked.is_empty() {
            true => list.revoke(seven(&[])),
            false => list,
        };
        let crl = read(&listed);
        match defect {
            None => assert_eq!(crl.defect(), None, "{what}"),
            Some(text) => {
                let found = crl.defect().unwrap_or_default();
                assert!(found.contains(text), "{what}: {found}");
            }
        }
        // Revoked, or at least not known not to be.
        let entry = crl.entry(&[7], crl.issuer_name());
        assert!(!matches!(entry, Ok(None)), "{what}");
    }
}

#[test]
fn entries_of_an_indirect_list_belong_to_the_issuer_named_last() {
    let other = Name::of("Khác");
    // The same name in another spelling is no other issuer (§7.1).
    let shouted = Name::of("KHÁC");
    let third = Name::of("Thứ ba");
    let number = |n: u8| Revoked::new(&[n], NOW);
    let indirect = Scope {
        indirect: true,
        ..Scope::ALL
    };
    let list = list()
        .scope(&indirect)
        .revoke(number(1))
        .revoke(number(2).with(certificate_issuer(&other)))
        .revoke(number(3))
        .revoke(number(4).with(certificate_issuer(&third)))
        .revoke(number(5))
        .revoke(number(6).with(certificate_issuer(&other)))
        .revoke(number(1));
    let crl = read(&list);
    let issuers = [&CA.name, &shouted, &third];
    let listed: Vec<Vec<u8>> = issuers
        .iter()
        .map(|issuer| {
            let issuer = compared(issuer);
            let numbers = 1..=6u8;
            let found = numbers.filter(|n| crl.entry(&[*n], &issuer).expect("entry").is_some());
            found.collect()
        })
        .collect();
    assert_eq!(listed, [vec![1], vec![1, 2, 3, 6], vec![4, 5]]);
    assert_eq!(crl.defect(), None);
}

#[test]
fn an_issuer_that_cannot_be_read_belongs_to_everybody() {
    let indirect = Scope {
        indirect: true,
        ..Scope::ALL
    };
    for value in [
        vec![0x30, 0],
        vec![5, 0],
        sequence(&[&GeneralName::dns("a.vn").der()]),
        sequence(&[&element(0xa4, b"junk")]),
    ] {
        let issuer = Extension::raw(id::CERTIFICATE_ISSUER, true, value);
        let crl = read(&list().scope(&indirect).revoke(seven(&[issuer])));
        assert!(crl.entry(&[7], crl.issuer_name()).is_err());
        assert!(crl.entry(&[7], &compared(&Name::of("Khác"))).is_err());
        assert_eq!(crl.entry(&[8], crl.issuer_name()), Ok(None));
    }
}

#[test]
fn kinds_of_lists_are_told_apart() {
    let complete = read(&list());
    assert_eq!(complete.number(), Some(&[0x12, 0x34][..]));
    assert!(complete.numbered() && !complete.is_delta() && complete.idp().is_none());
    assert_eq!(complete.authority_key(), Some(&CA.identifier[..]));
    assert!(complete.is_empty() && complete.freshest().is_empty());

    let delta = list().with(delta_indicator(0x80));
    let delta = read(&delta.with(expired_on_crl(NOW)));
    assert_eq!(delta.base_number(), Some(&[0x80][..]));
    assert!(delta.is_delta() && delta.expired_certs() == Some(NOW));

    let numberless = read(&RevocationList {
        extensions: Vec::new(),
        ..list()
    });
    assert_eq!((numberless.numbered(), numberless.defect()), (false, None));

    let relative = name::relative(&[(name::COMMON, der::text(der::UTF8, "a"))]);
    let content = Reader::new(&relative).any().expect("set").content.to_vec();
    let scope = Scope {
        name: Some(PointName::Relative(relative)),
        only_users: true,
        reasons: Some(vec![1, 2]),
        indirect: true,
        ..Scope::ALL
    };
    let part = list()
        .scope(&scope)
        .with(freshest(&[Point::uri("http://a/d.crl")]));
    let part = read(&part);
    let idp = part.idp().expect("point");
    let point = distribution_point::PointName::Relative(&content);
    assert_eq!(idp.point, Some(point));
    assert!(idp.only_user && idp.indirect && !idp.only_ca && !idp.only_attribute);
    assert_eq!(idp.only_some_reasons, Some(ReasonFlags::read(&[5, 0x60])));
    let points = part.freshest();
    let addresses: Vec<&str> = points.iter().flat_map(|p| p.uris()).collect();
    assert_eq!(addresses, ["http://a/d.crl"]);

    let scopes = [&complete, &delta, &part].map(Crl::scope);
    assert!(scopes[0] != scopes[1] && scopes[1] != scopes[2] && scopes[0] != scopes[2]);
    assert_eq!(read(&list().with(crl_number(9))).scope(), complete.scope());
}

#[test]
fn what_is_not_a_list_is_refused() {
    let encoded = |entry: &[u8]| RevocationList {
        encoded: entry.to_vec(),
        ..list()
    };
    let date = der::time(NOW);
    for (what, list) in [
        ("not a sequence", encoded(&[2, 1, 7])),
        ("no serial number", encoded(&sequence(&[&date]))),
        (
            "an empty serial number",
            encoded(&sequence(&[&[2, 0], &date])),
        ),
        ("no date", encoded(&sequence(&[&[2, 1, 7]]))),
        (
            "a date of another type",
            encoded(&sequence(&[&[2, 1, 7], &[4, 1, 7]])),
        ),
        (
            "something after the extensions",
            encoded(&sequence(&[&[2, 1, 7], &date, &sequence(&[]), &[5, 0]])),
        ),
        (
            "extensions that are none",
            encoded(&sequence(&[&[2, 1, 7], &date, &[5, 0]])),
        ),
        ("an entry cut off", encoded(&[0x30, 0x20, 2, 1, 7])),
        (
            "an indefinite length",
            encoded(&[0x30, 0x80, 2, 1, 7, 0, 0]),
        ),
        (
            "a nameless issuer",
            RevocationList {
                issuer: Some(Name::from_der(&[0x30, 2, 5, 0])),
                ..list()
            },
        ),
    ] {
        let der = list.signed_by(&CA).expect("list");
        assert!(Crl::parse(der.into()).is_err(), "{what}");
    }
    let good = list().revoke(seven(&[reason(1)])).signed_by(&CA);
    let good = good.expect("list");
    for cut in 0..good.len() {
        let short = good[..cut].to_vec();
        assert!(Crl::parse(short.into()).is_err(), "{cut}");
    }
    let long = [&good[..], &[0]].concat();
    assert!(Crl::parse(long.into()).is_err());
    // A date that is none is found when it is asked for; no other entry hangs on it.
    let nonsense = sequence(&[&[2, 1, 7], &element(0x17, b"269924000000Z")]);
    let crl = read(&encoded(&nonsense));
    assert!(crl.entry(&[7], crl.issuer_name()).is_err());
    assert_eq!(crl.entry(&[8], crl.issuer_name()), Ok(None));
}

#[test]
fn every_entry_of_a_long_list_is_found_and_nothing_else() {
    const COUNT: u32 = 20_000;
    let encoded = many(COUNT, NOW);
    let step = encoded.len() / usize::try_from(COUNT).expect("size");
    let crl = read(&RevocationList {
        encoded: encoded.clone(),
        ..list()
    });
    assert_eq!(crl.len(), 20_000);
    for entry in encoded.chunks(step) {
        let mut fields = Reader::new(entry).any().expect("entry").reader();
        let mut serial = fields.any().expect("serial").content.to_vec();
        let entry = crl.entry(&serial, crl.issuer_name()).expect("entry");
        assert_eq!(
            entry.map(|e| e.reason),
            Some(RevocationReason::KeyCompromise)
        );
        serial[3] ^= 1;
        assert_eq!(crl.entry(&serial, crl.issuer_name()), Ok(None));
    }
}

#[test]
fn no_flipped_octet_of_a_list_lets_a_path_pass() {
    let world = World::new(KeyKind::P256);
    let good = crl(&world.ca, &[&world.other]);
    let judged = |der: Vec<u8>| {
        let mut input = world.input();
        input.crls = vec![crl(&world.root, &[]), der.into()];
        let supplied = SuppliedDer {
            certificates: vec![world.ca.der()],
            ..SuppliedDer::default()
        };
        let (signer, moments) = (&world.signer.certificate.der, Moments::at(NOW));
        let outcome = validator(input).judge_path(signer, &supplied, &Demands::document(), moments);
        outcome.expect("certificate").problem().is_none()
    };
    assert!(judged(good.to_vec()));
    for at in 0..good.len() {
        for bit in [1, 0x80] {
            let mut flipped = good.to_vec();
            flipped[at] ^= bit;
            if Crl::parse(flipped.clone().into()).is_ok() {
                assert!(!judged(flipped), "octet {at}");
            }
        }
    }
}

/// Above a megabyte what is signed is hashed together with the whole.
#[test]
fn no_flipped_octet_of_a_large_list_lets_a_path_pass() {
    let signer = Template::signer("Signer", Validity::around(NOW));
    let signer = signer.issued_by(&CA).expect("signer");
    let list = RevocationList {
        encoded: many(30_000, NOW),
        ..list()
    };
    let good = list.signed_by(&CA).expect("list");
    assert!(good.len() > 1 << 20);
    let judged = |der: &[u8]| {
        let input = MaterialInput {
            anchors: vec![AnchorInput::ordinary("ca", CA.der.clone())],
            crls: vec![der.to_vec().into()],
            ..MaterialInput::default()
        };
        let (nothing, moments) = (SuppliedDer::default(), Moments::at(NOW));
        let demands = Demands::document();
        let outcome = validator(input).judge_path(&signer.der, &nothing, &demands, moments);
        outcome.expect("certificate").problem().is_none()
    };
    assert!(judged(&good));
    let spread = (0..good.len()).step_by(100_003);
    for at in spread.chain([5, 100, good.len() - 300, good.len() - 1]) {
        let mut flipped = good.clone();
        flipped[at] ^= 0x10;
        if Crl::parse(flipped.clone().into()).is_ok() {
            assert!(!judged(&flipped), "octet {at}");
        }
    }
}
