//! PDF: what may come after a signature and what may not (attack catalogue P2, P4, P5, P6), and what a
//! document timestamp proves.

use super::pdf::{letter, mark};
use super::world::*;
use bytes::Bytes;
use lienthong::forge::pdf::Evidence;
use lienthong::forge::pdf::attack::Attack;
use lienthong::forge::pdf::update::{after, body, edited, updated};
use lienthong::forge::{
    Entity, KeyKind, Pdf, RevocationList, Revoked, SubFilter, Template, Validity,
};
use lienthong::format::pdf::Document;
use lienthong::model::{Indication, ReasonCode as R, SubIndication as S, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::changes::{ChangeKind, ChangeLevel};
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::{Coverage, FileReport, Level};

fn signed(world: &World) -> Vec<u8> {
    let mut pdf = Pdf::new(&letter());
    let mark = mark("CoQuan", SubFilter::Cades);
    pdf.sign(&world.signer, &mark, NOW).expect("signed");
    pdf.into_bytes()
}

fn judge(world: &World, bytes: &[u8]) -> FileReport {
    world.validator().judge_file(&memory(bytes), None, NOW)
}

/// As the published description has it.
fn described(report: &FileReport, input: MaterialInput) {
    let material = lienthong::trust::material::Material::new(input).expect("material");
    let digest = lienthong::model::Digest::of(b"");
    let json = lienthong::judge::report::file(report, digest, (NOW, None), &material);
    let json = serde_json::from_slice(&json).expect("JSON");
    let found = crate::server::schema::conforms("FileReport", &json);
    assert_eq!(found, Ok(()), "{json}");
}

fn last_change(report: &FileReport) -> Option<ChangeKind> {
    let changes = report.signatures.first()?.changes.as_ref()?;
    changes.objects.last().map(|change| change.kind)
}

#[test]
fn every_attack_fails_for_its_own_reason() {
    let world = World::new(KeyKind::P256);
    let good = signed(&world);
    assert_eq!(worst(&judge(&world, &good)), Some(PASSED));
    for attack in Attack::ALL {
        let bytes = attack.on(&good);
        let report = judge(&world, &bytes);
        let kind = match attack {
            Attack::ContentReplaced
            | Attack::PageAppended
            | Attack::PageRemoved
            | Attack::FontsChanged
            | Attack::PageHidden => ChangeKind::Pages,
            Attack::ContentFreed => ChangeKind::Freed,
            Attack::ContentOverridden | Attack::AppearanceOverridden => ChangeKind::Changed,
            Attack::Annotation => ChangeKind::NotPermitted,
            Attack::OpenAction => ChangeKind::Root,
            Attack::FieldAdded => ChangeKind::FieldAdded,
            Attack::FieldWithAction => ChangeKind::Action,
            Attack::Unused => ChangeKind::Unused,
            Attack::StoreMalformed => ChangeKind::SecurityStoreMalformed,
            Attack::MetadataMalformed => ChangeKind::MetadataMalformed,
            // The value that the form holds is not the one that was signed.
            Attack::ValueOverridden | Attack::FormRemoved => {
                let (indication, sub, code) = worst(&report).expect("never unsigned");
                let failed = (indication, sub) == (Indication::TotalFailed, Some(S::FormatFailure));
                let broken = matches!(code, R::ByteRangeWrong | R::SignatureFieldBroken);
                assert!(failed && broken, "{attack:?}: {report:#?}");
                continue;
            }
        };
        let expected = failed(S::FormatFailure, R::ChangedAfterSigning);
        assert_eq!(worst(&report), Some(expected), "{attack:?}: {report:#?}");
        assert_eq!(last_change(&report), Some(kind), "{attack:?}");
        described(&report, world.input());
    }
}

/// What is permitted and not admitted by default: said, and refused.
#[test]
fn annotations_of_a_certified_file_are_told_and_not_admitted() {
    let world = World::new(KeyKind::P256);
    let bytes = signed(&world);
    let (root, page) = (after(&bytes, b"/Root "), after(&bytes, b"/P "));
    let catalog = edited(
        &body(&bytes, root),
        "/Type /Catalog",
        "/Type /Catalog /MarkInfo <<>>",
    );
    let report = judge(&world, &updated(&bytes, &[(root, catalog)]));
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert_eq!(report.signatures[0].coverage, Coverage::Revision);
    // The page as it was, written once more, is no change.
    let same = updated(&bytes, &[(page, body(&bytes, page))]);
    let report = judge(&world, &same);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    let changes = report.signatures[0].changes.as_ref().expect("changes");
    assert_eq!(changes.level, ChangeLevel::None);
}

/// A certification that permits so much (ISO 32000-2 table 257).
fn docmdp(level: u8) -> String {
    // The tab tells it from the page of a field, for which attacks look.
    let parameters = format!("<< /Type /TransformParams /P\t{level} /V /1.2 >>");
    format!("/Reference [<< /TransformMethod /DocMDP /TransformParams {parameters} >>]")
}

/// Signed with a restriction, and signed again by another.
fn restricted(world: &World, restriction: &str, again: bool) -> Vec<u8> {
    let mut pdf = Pdf::new(&letter());
    pdf.restrict(restriction);
    let first = mark("CaNhan", SubFilter::Cades);
    pdf.sign(&world.other, &first, NOW).expect("signed");
    pdf.restrict("");
    if again {
        let second = mark("CoQuan", SubFilter::Cades);
        pdf.sign(&world.signer, &second, NOW).expect("signed");
    }
    pdf.into_bytes()
}

#[test]
fn what_a_signer_forbids_fails() {
    let world = World::new(KeyKind::P256);
    let changed = Some(failed(S::FormatFailure, R::ChangedAfterSigning));
    let lock = |action: &str| {
        let parameters = format!("<< /Type /TransformParams /Action {action} /V /1.2 >>");
        format!("/Reference [<< /TransformMethod /FieldMDP /TransformParams {parameters} >>]")
    };
    let rows = [
        (docmdp(1), changed, ChangeKind::NotPermitted),
        // A field that takes room after a certification.
        (docmdp(2), changed, ChangeKind::NotPermitted),
        (docmdp(9), changed, ChangeKind::NotPermitted),
        (lock("/All"), changed, ChangeKind::FieldLocked),
        (
            lock("/Include /Fields [(CoQuan)]"),
            changed,
            ChangeKind::FieldLocked,
        ),
        (
            lock("/Exclude /Fields [(CaNhan)]"),
            changed,
            ChangeKind::FieldLocked,
        ),
        (lock("/Unheard"), changed, ChangeKind::FieldLocked),
        (
            lock("/Include /Fields [(Khac)]"),
            Some(PASSED),
            ChangeKind::Signature,
        ),
        (
            lock("/Exclude /Fields [(CoQuan)]"),
            Some(PASSED),
            ChangeKind::Signature,
        ),
        (String::new(), Some(PASSED), ChangeKind::Signature),
    ];
    for (restriction, expected, kind) in rows {
        let report = judge(&world, &restricted(&world, &restriction, true));
        assert_eq!(worst(&report), expected, "{restriction}: {report:#?}");
        let changes = report.signatures[0].changes.as_ref().expect("changes");
        let found = changes.objects.iter().any(|change| change.kind == kind);
        assert!(found, "{restriction}: {changes:#?}");
    }
}

/// P5: permitted by the signer, told, and admitted only by the policy.
#[test]
fn a_permitted_annotation_is_told_and_left_to_the_policy() {
    let world = World::new(KeyKind::P256);
    for (level, expected) in [
        (2, failed(S::FormatFailure, R::ChangedAfterSigning)),
        (3, open(S::SigConstraintsFailure, R::ChangesNotAdmitted)),
    ] {
        let signed = restricted(&world, &docmdp(level), false);
        assert_eq!(worst(&judge(&world, &signed)), Some(PASSED));
        let bytes = Attack::Annotation.on(&signed);
        let report = judge(&world, &bytes);
        assert_eq!(worst(&report), Some(expected), "{report:#?}");
        let admitting = |most| {
            let validator = world.validator().admitting(most);
            worst(&validator.judge_file(&memory(&bytes), None, NOW))
        };
        assert_eq!(admitting(ChangeLevel::Forms), Some(expected));
        // What nothing explains is never admitted.
        let most = admitting(ChangeLevel::Suspicious);
        assert_eq!(most == Some(PASSED), level == 3);
        let attacked = Attack::ContentOverridden.on(&bytes);
        let validator = world.validator().admitting(ChangeLevel::Annotations);
        let report = validator.judge_file(&memory(&attacked), None, NOW);
        assert!(!report.worst().is_some_and(|verdict| verdict.is_passed()));
    }
}

/// Rights that one reader was given are no signature of the document; a signature is not hidden as
/// such.
#[test]
fn usage_rights_are_no_signature() {
    let world = World::new(KeyKind::P256);
    let plain = Pdf::new(&letter()).into_bytes();
    let root = after(&plain, b"/Root ");
    let rights = |method: &str| {
        let value = format!(
            "<< /Type /Sig /SubFilter /adbe.pkcs7.detached /ByteRange [0 1 2 3] /Contents <00> \
             /Reference [<< /TransformMethod /{method} >>] >>"
        );
        let to = "/Type /Catalog /Perms << /UR3 900 0 R >>";
        let catalog = edited(&body(&plain, root), "/Type /Catalog", to);
        updated(&plain, &[(900, value.into_bytes()), (root, catalog)])
    };
    let report = judge(&world, &rights("UR3"));
    assert_eq!((report.signatures.len(), report.fault), (0, None));
    let report = judge(&world, &rights("DocMDP"));
    let broken = failed(S::FormatFailure, R::SignatureFieldBroken);
    assert_eq!(worst(&report), Some(broken));
}

/// A root that may prove time, a signer and an authority for timestamps under it.
struct Stamped {
    root: Entity,
    signer: Entity,
    tsa: Entity,
}

const DAY: i64 = 86_400;

fn days(days: i64) -> Timestamp {
    NOW.plus_secs(days * DAY)
}

impl Stamped {
    fn new() -> Self {
        let long = Validity::days(NOW, 1000, 1000);
        let root = Template::authority("Gốc", long)
            .self_signed()
            .expect("root");
        let issue = |template: Template| template.issued_by(&root).expect("issued");
        let short = Validity::days(NOW, 100, 100);
        let signer = issue(Template::signer("Sở Tài chính", short));
        let tsa = issue(Template::stamper("Dấu thời gian", long));
        Self { root, signer, tsa }
    }

    fn crl(&self, from: i64, revoked: &[Revoked]) -> Bytes {
        let list = RevocationList {
            this_update: days(from),
            next_update: Some(days(from + 7)),
            revoked: revoked.to_vec(),
            ..RevocationList::complete(1, Validity::around(NOW))
        };
        list.signed_by(&self.root).expect("list").into()
    }

    fn judge(&self, bytes: &[u8], at: i64, crls: Vec<Bytes>, timestamping: bool) -> FileReport {
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = timestamping;
        let input = MaterialInput {
            anchors: vec![anchor],
            crls,
            ..MaterialInput::default()
        };
        validator(input).judge_file(&memory(bytes), None, days(at))
    }

    /// Signed at NOW.
    fn signed(&self) -> Pdf {
        let mut pdf = Pdf::new(&letter());
        let by = self.signer.identity().expect("identity");
        pdf.sign(&by, &mark("CoQuan", SubFilter::Cades), NOW)
            .expect("signed");
        pdf
    }

    /// Stamped one day later, evidence after two days.
    fn archived(&self) -> Pdf {
        let mut pdf = self.signed();
        pdf.stamp(&self.tsa, "Dau1", days(1)).expect("stamped");
        pdf.add_evidence(&Evidence {
            certificates: vec![self.root.der.clone()],
            crls: vec![self.crl(2, &[]).to_vec()],
            responses: Vec::new(),
        });
        pdf
    }
}

#[test]
fn a_document_timestamp_proves_what_it_covers() {
    let world = Stamped::new();
    let mut pdf = world.archived();
    pdf.stamp(&world.tsa, "Dau2", days(3)).expect("stamped");
    let now = vec![world.crl(400, &[])];
    // The signer's certificate has expired since; with the timestamp the signature stands.
    let report = world.judge(pdf.bytes(), 401, now.clone(), true);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    let [signature] = report.signatures.as_slice() else {
        panic!("{report:#?}");
    };
    assert_eq!(signature.level, Some(Level::Lta));
    described(&report, MaterialInput::default());
    assert_eq!(signature.timestamps.len(), 2);
    assert_eq!(signature.coverage, Coverage::Revision);
    let changes = signature.changes.as_ref().expect("changes");
    assert_eq!(changes.level, ChangeLevel::Updates, "{changes:#?}");
    for kind in [ChangeKind::SecurityStore, ChangeKind::DocumentTimestamp] {
        assert!(changes.objects.iter().any(|c| c.kind == kind), "{kind}");
    }
    // Without it, or under an anchor that may not prove time, the claimed time counts for nothing.
    let expired = Some(open(S::OutOfBoundsNoPoe, R::CertificateExpired));
    let report = world.judge(world.signed().bytes(), 401, now.clone(), true);
    assert_eq!(worst(&report), expired, "{report:#?}");
    let report = world.judge(pdf.bytes(), 401, now, false);
    assert_eq!(worst(&report), expired, "{report:#?}");
}

#[test]
fn a_revocation_after_the_document_timestamp_does_no_harm() {
    let world = Stamped::new();
    let mut pdf = world.archived();
    pdf.stamp(&world.tsa, "Dau2", days(3)).expect("stamped");
    let revoked = |day: i64| {
        let one = Revoked::new(&world.signer.serial, days(day));
        vec![world.crl(10, &[one])]
    };
    let report = world.judge(pdf.bytes(), 11, revoked(5), true);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    let report = world.judge(pdf.bytes(), 11, revoked(0), true);
    let (indication, ..) = worst(&report).expect("judged");
    assert_ne!(indication, Indication::TotalPassed, "{report:#?}");
}

/// A timestamp of other bytes, or one that covers no revision, proves nothing and harms nothing.
#[test]
fn a_broken_document_timestamp_proves_nothing() {
    let world = Stamped::new();
    let mut pdf = world.archived();
    let before = pdf.bytes().len();
    pdf.stamp(&world.tsa, "Dau2", days(3)).expect("stamped");
    let mut bytes = pdf.bytes().to_vec();
    let at = memchr::memmem::rfind(&bytes, b"/Size ").expect("trailer");
    assert!(at > before);
    bytes[at + 6] = b'8';
    let now = vec![world.crl(1, &[])];
    let report = world.judge(&bytes, 2, now, true);
    let [signature] = report.signatures.as_slice() else {
        panic!("{report:#?}");
    };
    let proofs = signature.timestamps.iter();
    let proofs: Vec<bool> = proofs.map(|t| t.proves().is_some()).collect();
    assert_eq!(proofs, [true, false], "{report:#?}");
    assert_eq!(signature.level, Some(Level::Lt));
}

/// What is still to be written, or may be read in two ways, ends no revision (attack catalogue P4, P6).
#[test]
fn places_behind_the_end_and_places_given_twice_are_refused() {
    let plain = Pdf::new(&letter()).into_bytes();
    let good = updated(&plain, &[(900, b"(text)".to_vec())]);
    let ending = |bytes: &[u8]| {
        let document = Document::read(bytes).expect("a structure");
        document.revision_ending(bytes.len())
    };
    assert!(ending(&good).is_some());
    let entry = format!("{:010} 00000 n", plain.len());
    let text = |from: &str, to: &str| {
        let at = memchr::memmem::rfind(&good, from.as_bytes()).expect("there");
        [&good[..at], to.as_bytes(), &good[at + from.len()..]].concat()
    };
    assert_eq!(ending(&text(&entry, "0000999999 00000 n")), None);
    let twice = format!("{entry} \n900 1\n0000000009 00000 n");
    assert!(Document::read(&text(&entry, &twice)).is_err());
    // An object that the next revision finishes.
    let open = updated(&plain, &[(900, b"(text".to_vec())]);
    let closed = updated(&open, &[(901, b"(text)".to_vec())]);
    let world = World::new(KeyKind::P256);
    let report = judge(&world, &closed);
    assert!(!report.worst().is_some_and(|verdict| verdict.is_passed()));
}

/// An object of another generation is none to what refers to it (ISO 32000-2 §7.3.10): in the
/// cross-references, in the object, or in both, the page is gone.
#[test]
fn another_generation_takes_an_object_away() {
    let world = World::new(KeyKind::P256);
    let bytes = signed(&world);
    let content = after(&body(&bytes, after(&bytes, b"/P ")), b"/Contents ");
    let again = updated(&bytes, &[(content, body(&bytes, content))]);
    assert_eq!(worst(&judge(&world, &again)), Some(PASSED));
    let listed = " 00001 n";
    let own = format!("\n{content} 1 obj");
    let (plain, first) = (" 00000 n", format!("\n{content} 0 obj"));
    for (in_table, in_object) in [(true, false), (false, true), (true, true)] {
        let mut other = again.clone();
        for (wanted, from, to) in [(in_table, plain, listed), (in_object, &first, &own)] {
            if wanted {
                other = super::pdf::replaced(&other, from.as_bytes(), to.as_bytes());
            }
        }
        let report = judge(&world, &other);
        let expected = failed(S::FormatFailure, R::ChangedAfterSigning);
        assert_eq!(worst(&report), Some(expected), "{in_table} {in_object}");
        assert_eq!(last_change(&report), Some(ChangeKind::Freed));
    }
}
