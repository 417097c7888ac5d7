//! Archive timestamps of CAdES: which count, and what they prove (EN 319 122-1 §5.5).

use super::world::*;
use bytes::Bytes;
use lienthong::forge::archive::{HashIndex, archive_timestamp, carried};
use lienthong::forge::timestamp::{Token, signature_timestamp};
use lienthong::forge::{Entity, ForgeError, RevocationList, Revoked, Template, Validity};
use lienthong::format::content::Content;
use lienthong::model::{ReasonCode as R, SubIndication as S, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::{FileReport, Level, TimestampKind, TimestampReport};

pub(super) const MESSAGE: &[u8] = b"what is kept for long";

pub(super) fn days_ago(days: i64) -> Timestamp {
    NOW.plus_secs(-days * 86_400)
}

/// Makes the unsigned attributes from the message without them.
pub(super) type Archive<'a> = &'a dyn Fn(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>;

pub(super) struct World {
    root: Entity,
    pub(super) signer: Entity,
    pub(super) tsa: Entity,
}

impl World {
    pub(super) fn new() -> Self {
        let good = Validity::days(NOW, 400, 400);
        let root = Template::authority("Gốc", good).self_signed();
        let root = root.expect("root");
        let issue = |template: Template| template.issued_by(&root).expect("issued");
        Self {
            signer: issue(Template::signer("Sở Tài chính", good)),
            tsa: issue(Template::stamper("Dấu thời gian", good)),
            root,
        }
    }

    fn signed(&self, archive: Archive<'_>) -> Vec<u8> {
        let identity = self.signer.identity().expect("identity");
        let none = |_: &[u8]| Ok(Vec::new());
        let made = identity.sign_archived(MESSAGE, none, archive);
        made.expect("signed")
    }

    /// The signer was revoked yesterday: it takes a proof that the signature is older.
    pub(super) fn judged(&self, signature: &[u8]) -> FileReport {
        self.judged_with(signature, Some(MESSAGE))
    }

    pub(super) fn judged_with(&self, signature: &[u8], content: Option<&[u8]>) -> FileReport {
        let revoked = Revoked::new(&self.signer.serial, days_ago(1)).reason(3);
        let list = RevocationList::complete(1, Validity::days(NOW, 0, 6)).revoke(revoked);
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        let input = MaterialInput {
            anchors: vec![anchor],
            crls: vec![Bytes::from(list.signed_by(&self.root).expect("list"))],
            ..MaterialInput::default()
        };
        let content = content.map(memory);
        let content = content.as_ref().map(|content| -> &dyn Content { content });
        validator(input).judge_file(&memory(signature), content, NOW)
    }
}

pub(super) fn stamps(report: &FileReport) -> &[TimestampReport] {
    &report.signatures[0].timestamps
}

pub(super) fn said(report: &TimestampReport) -> Expected {
    let verdict = &report.signature.verdict;
    (verdict.indication(), verdict.sub(), verdict.reason().code)
}

#[test]
fn an_archive_timestamp_proves_when_its_signature_existed() {
    let world = World::new();
    let bare = world.judged(&world.signed(&|_| Ok(Vec::new())));
    let revoked = open(S::RevokedNoPoe, R::CertificateRevoked);
    assert_eq!(worst(&bare), Some(revoked));
    for old in [false, true] {
        let signature = world.signed(&|message| {
            let index = HashIndex::of(message, old)?;
            let token = index.token(message, MESSAGE, days_ago(2))?;
            Ok(vec![carried(&token.signed_by(&world.tsa)?)])
        });
        let report = world.judged(&signature);
        assert_eq!(worst(&report), Some(PASSED), "{old} {report:#?}");
        let [stamp] = stamps(&report) else {
            panic!("{report:#?}");
        };
        assert_eq!(stamp.kind, TimestampKind::Archive);
        assert_eq!(stamp.proves(), Some(days_ago(2).plus_secs(1)));
    }
}

#[test]
fn one_over_a_signature_timestamp_stands_beside_it() {
    let world = World::new();
    let identity = world.signer.identity().expect("identity");
    let value = |value: &[u8]| {
        let token = Token::of(value, days_ago(3)).signed_by(&world.tsa)?;
        Ok(vec![signature_timestamp(&token)])
    };
    let all = |message: &[u8]| {
        let own = archive_timestamp(message, MESSAGE, days_ago(2), &world.tsa)?;
        Ok(vec![own])
    };
    let signature = identity.sign_archived(MESSAGE, value, all).expect("signed");
    let report = world.judged(&signature);
    let found: Vec<_> = stamps(&report).iter().map(|t| (t.kind, said(t))).collect();
    let (own, archive) = (TimestampKind::Signature, TimestampKind::Archive);
    assert_eq!(found, [(own, PASSED), (archive, PASSED)]);
    assert_eq!(worst(&report), Some(PASSED));
}

#[test]
fn an_index_of_something_else_proves_nothing() {
    let world = World::new();
    let other = failed(S::HashFailure, R::TimestampOfOther);
    let malformed = failed(S::FormatFailure, R::TimestampMalformed);
    let at = days_ago(2);
    let signed = |token: Token| Ok(vec![carried(&token.signed_by(&world.tsa)?)]);
    let missing = |edit: &dyn Fn(&mut HashIndex)| {
        world.signed(&|message| {
            let mut index = HashIndex::of(message, false)?;
            edit(&mut index);
            signed(index.token(message, MESSAGE, at)?)
        })
    };
    let stranger = || vec![7; 32];
    let swapped = world.signed(&|message| {
        let mut token = HashIndex::of(message, false)?.token(message, MESSAGE, at)?;
        let mut index = HashIndex::of(message, false)?;
        index.certificates.clear();
        token.unsigned = vec![index.attribute()];
        signed(token)
    });
    let without = world.signed(&|message| {
        let mut token = HashIndex::of(message, false)?.token(message, MESSAGE, at)?;
        token.unsigned.clear();
        signed(token)
    });
    let two = world.signed(&|message| {
        let mut token = HashIndex::of(message, false)?.token(message, MESSAGE, at)?;
        token
            .unsigned
            .push(HashIndex::of(message, true)?.attribute());
        signed(token)
    });
    let content = world.signed(&|message| {
        signed(HashIndex::of(message, false)?.token(message, b"other content", at)?)
    });
    // Of another signature by the same signer over the same content.
    let elsewhere = world.signed(&|_| Ok(Vec::new()));
    let copied = world
        .signed(&|_| signed(HashIndex::of(&elsewhere, false)?.token(&elsewhere, MESSAGE, at)?));
    // The token of a signature value does not become one over all of it.
    let renamed = world.signed(&|_| signed(Token::of(b"value", at)));
    let table = [
        (
            "a certificate that is not there",
            missing(&|i| i.certificates.push(stranger())),
            other,
        ),
        (
            "a list that is not there",
            missing(&|i| i.revocation.push(stranger())),
            other,
        ),
        (
            "an attribute that is not there",
            missing(&|i| i.unsigned.push(stranger())),
            other,
        ),
        ("another index than was stamped", swapped, other),
        ("no index", without, malformed),
        ("two indexes", two, malformed),
        ("other content", content, other),
        ("another signature", copied, other),
        ("a token of something else", renamed, malformed),
    ];
    for (name, signature, expected) in table {
        let report = world.judged(&signature);
        let [stamp] = stamps(&report) else {
            panic!("{name}: {report:#?}");
        };
        assert_eq!(said(stamp), expected, "{name}");
        assert_eq!(stamp.proves(), None, "{name}");
        let revoked = open(S::RevokedNoPoe, R::CertificateRevoked);
        assert_eq!(worst(&report), Some(revoked), "{name}");
    }
}

#[test]
fn an_index_of_less_still_proves_the_signature() {
    let world = World::new();
    let signature = world.signed(&|message| {
        let index = HashIndex {
            certificates: Vec::new(),
            ..HashIndex::of(message, false)?
        };
        let token = index.token(message, MESSAGE, days_ago(2))?;
        Ok(vec![carried(&token.signed_by(&world.tsa)?)])
    });
    assert_eq!(worst(&world.judged(&signature)), Some(PASSED));
}

/// B, T, LT, LTA: each holds those below it, and a stamp that proves nothing lifts nothing
/// (EN 319 122-1 §6).
#[test]
fn the_level_is_what_the_message_carries() {
    let world = World::new();
    let identity = world.signer.identity().expect("identity");
    let list = RevocationList::complete(1, Validity::days(NOW, 0, 6));
    let list = list.signed_by(&world.root).expect("list");
    let stranger = Template::authority("Gốc lạ", Validity::days(NOW, 400, 400));
    let stranger = stranger.self_signed().expect("root");
    let strange = Template::stamper("Dấu lạ", Validity::days(NOW, 400, 400));
    let strange = strange.issued_by(&stranger).expect("issued");
    let made = |claimed: bool, tsa: Option<&Entity>, list: &[&[u8]], archived: bool| {
        let value = |value: &[u8]| {
            let token = |tsa: &Entity| Token::of(value, days_ago(3)).signed_by(tsa);
            let token = tsa.map(token).transpose()?;
            Ok(token.iter().map(|t| signature_timestamp(t)).collect())
        };
        let all = |message: &[u8]| {
            let own = || archive_timestamp(message, MESSAGE, days_ago(2), &world.tsa);
            Ok(archived.then(own).transpose()?.into_iter().collect())
        };
        let claimed = claimed.then(|| days_ago(3));
        let made = identity.sign_for_long(MESSAGE, (claimed, list), value, all);
        world.judged(&made.expect("signed")).signatures[0].level
    };
    let (tsa, lists) = (Some(&world.tsa), [list.as_slice()]);
    assert_eq!(made(true, None, &[], false), Some(Level::B));
    assert_eq!(made(true, None, &lists, false), Some(Level::B));
    assert_eq!(made(true, Some(&strange), &lists, false), Some(Level::B));
    assert_eq!(made(true, tsa, &[], false), Some(Level::T));
    assert_eq!(made(true, tsa, &[], true), Some(Level::T));
    assert_eq!(made(true, tsa, &lists, false), Some(Level::Lt));
    assert_eq!(made(true, tsa, &lists, true), Some(Level::Lta));
    // Without signing-time there is no level at all.
    assert_eq!(made(false, tsa, &lists, true), None);
}
