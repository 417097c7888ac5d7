//! Archive timestamps over the whole message: which count, and that no part of it can be another
//! (archive-time-stamp-v2, ETSI TS 101 733 §6.4.1).

use super::archive::{Archive, MESSAGE, World, days_ago, said, stamps};
use super::world::*;
use lienthong::forge::ForgeError;
use lienthong::forge::archive::{Whole, archive_timestamp};
use lienthong::forge::timestamp::{Token, signature_timestamp};
use lienthong::format::asn1::oid;
use lienthong::format::asn1::write::null;
use lienthong::format::cms::write::attribute;
use lienthong::model::{ReasonCode as R, SubIndication as S};
use lienthong::trust::report::{FileReport, TimestampKind};

/// The signature with a timestamp over its value, and what `over` makes of it all.
fn signed(world: &World, inside: bool, over: Archive<'_>) -> Vec<u8> {
    let identity = world.signer.identity().expect("identity");
    let value = |value: &[u8]| {
        let token = Token::of(value, days_ago(3)).signed_by(&world.tsa)?;
        Ok(vec![signature_timestamp(&token)])
    };
    let made = if inside {
        identity.archive_inside(MESSAGE, value, over)
    } else {
        identity.sign_archived(MESSAGE, value, over)
    };
    made.expect("signed")
}

fn judged(world: &World, signature: &[u8], inside: bool) -> FileReport {
    if inside {
        world.judged_with(signature, None)
    } else {
        world.judged(signature)
    }
}

fn kinds(report: &FileReport) -> Vec<(TimestampKind, Expected)> {
    stamps(report).iter().map(|t| (t.kind, said(t))).collect()
}

#[test]
fn one_over_the_whole_message_proves_when_it_existed() {
    let world = World::new();
    let identity = world.signer.identity().expect("identity");
    for inside in [false, true] {
        let content = if inside { &b""[..] } else { MESSAGE };
        for tagged in [false, true] {
            let whole = |message: &[u8]| -> Result<Vec<Vec<u8>>, ForgeError> {
                let whole = Whole {
                    tagged,
                    ..Whole::of(message, content)?
                };
                Ok(vec![whole.stamped(days_ago(2), &world.tsa)?])
            };
            let report = judged(&world, &signed(&world, inside, &whole), inside);
            let (own, archive) = (TimestampKind::Signature, TimestampKind::Archive);
            assert_eq!(kinds(&report), [(own, PASSED), (archive, PASSED)]);
            assert_eq!(worst(&report), Some(PASSED), "{inside} {tagged}");
            // It alone proves as much: the signer was revoked yesterday.
            let none = |_: &[u8]| Ok(Vec::new());
            let alone = if inside {
                identity.archive_inside(MESSAGE, none, whole)
            } else {
                identity.sign_archived(MESSAGE, none, whole)
            };
            let report = judged(&world, &alone.expect("signed"), inside);
            assert_eq!(kinds(&report), [(archive, PASSED)], "{inside} {tagged}");
            assert_eq!(worst(&report), Some(PASSED), "{inside} {tagged}");
        }
    }
}

/// Younger archive timestamps, of either kind, were not there.
#[test]
fn younger_ones_stand_beside_it() {
    let world = World::new();
    let stamped = |message: &[u8], days: i64| -> Result<Vec<u8>, ForgeError> {
        Whole::of(message, MESSAGE)?.stamped(days_ago(days), &world.tsa)
    };
    let grow = |over: &[u8]| -> Result<Vec<Vec<u8>>, ForgeError> {
        let first = stamped(over, 4)?;
        let mut whole = Whole::of(over, MESSAGE)?;
        whole.unsigned.push(first.clone());
        // As the SET will have them.
        whole.unsigned.sort_unstable();
        let second = whole.stamped(days_ago(2), &world.tsa)?;
        Ok(vec![first, second])
    };
    let report = world.judged(&signed(&world, false, &grow));
    let archive = (TimestampKind::Archive, PASSED);
    let own = (TimestampKind::Signature, PASSED);
    assert_eq!(kinds(&report), [own, archive, archive], "{report:#?}");
    let third = |over: &[u8]| -> Result<Vec<Vec<u8>>, ForgeError> {
        let first = stamped(over, 4)?;
        let third = archive_timestamp(over, MESSAGE, days_ago(2), &world.tsa)?;
        Ok(vec![first, third])
    };
    let report = world.judged(&signed(&world, false, &third));
    assert_eq!(kinds(&report), [own, archive, archive], "{report:#?}");
}

#[test]
fn no_part_of_the_message_can_be_another() {
    let world = World::new();
    let unknown = || attribute(oid::TST_INFO, &null());
    type Edit = (&'static str, fn(&mut Whole));
    let edits: [Edit; 12] = [
        ("another type of content", |w| w.encapsulated[5] ^= 1),
        ("no encapContentInfo", |w| w.encapsulated.clear()),
        ("other content", |w| w.content = b"other".to_vec()),
        ("no content", |w| w.content.clear()),
        ("another certificate", |w| {
            let last = w.certificates.len() - 1;
            w.certificates[last] ^= 1;
        }),
        ("no certificates", |w| w.certificates.clear()),
        ("a list that is not there", |w| {
            w.revocation = vec![0xa1, 2, 0x30, 0];
        }),
        ("another signer", |w| w.signer[2] ^= 2),
        ("another value", |w| {
            let last = w.signer.len() - 1;
            w.signer[last] ^= 1;
        }),
        ("no timestamp over the value", |w| w.unsigned.clear()),
        ("one twice", |w| w.unsigned.extend_from_within(..)),
        ("another timestamp over the value", |w| {
            let last = w.unsigned[0].len() - 1;
            w.unsigned[0][last] ^= 1;
        }),
    ];
    let other = failed(S::HashFailure, R::TimestampOfOther);
    for (name, edit) in edits {
        for tagged in [false, true] {
            let signature = signed(&world, false, &|message| {
                let mut whole = Whole::of(message, MESSAGE)?;
                whole.tagged = tagged;
                edit(&mut whole);
                Ok(vec![whole.stamped(days_ago(2), &world.tsa)?])
            });
            let report = world.judged(&signature);
            let archive = &stamps(&report)[1];
            assert_eq!(said(archive), other, "{name} {tagged}");
            assert_eq!(archive.proves(), None, "{name}");
        }
    }
    // An attribute that somebody added later.
    let signature = signed(&world, false, &|message| {
        let whole = Whole::of(message, MESSAGE)?;
        Ok(vec![whole.stamped(days_ago(2), &world.tsa)?, unknown()])
    });
    assert_eq!(said(&stamps(&world.judged(&signature))[1]), other);
}

/// A proof of nothing proves nothing: the signer was revoked yesterday.
#[test]
fn one_over_something_else_leaves_the_signature_without_proof() {
    let world = World::new();
    let identity = world.signer.identity().expect("identity");
    let none = |_: &[u8]| Ok(Vec::new());
    let over = |message: &[u8]| {
        let mut whole = Whole::of(message, MESSAGE)?;
        whole.certificates.clear();
        Ok(vec![whole.stamped(days_ago(2), &world.tsa)?])
    };
    let signature = identity.sign_archived(MESSAGE, none, over).expect("signed");
    let revoked = open(S::RevokedNoPoe, R::CertificateRevoked);
    assert_eq!(worst(&world.judged(&signature)), Some(revoked));
}
