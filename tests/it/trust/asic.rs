//! ASiC containers with CAdES and timestamps (EN 319 162-1): what passes, and what each change of a file,
//! a manifest or a signature makes of it (attack catalogue Z4).

use super::archive::days_ago;
use super::world::*;
use bytes::Bytes;
use lienthong::forge::asic::{Asic, manifest};
use lienthong::forge::timestamp::Token;
use lienthong::forge::{Entity, ForgeError, Identity, RevocationList, Revoked, Template, Validity};
use lienthong::model::{ReasonCode as R, SubIndication as S, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::{Coverage, FileFormat, FileReport, Integrity, TimestampKind};

const LETTER: (&str, &[u8]) = ("công văn.txt", "Kính gửi: Sở Tài chính".as_bytes());
const ANNEX: (&str, &[u8]) = ("phụ lục/bảng+1.csv", b"1,2,3");

struct Ground {
    root: Entity,
    signer: Entity,
    identity: Identity,
    tsa: Entity,
}

impl Ground {
    fn new() -> Self {
        let good = Validity::days(NOW, 400, 400);
        let root = Template::authority("Gốc", good)
            .self_signed()
            .expect("root");
        let issue = |template: Template| template.issued_by(&root).expect("issued");
        let signer = issue(Template::signer("Sở Tài chính", good));
        Self {
            identity: signer.identity().expect("identity"),
            tsa: issue(Template::stamper("Dấu thời gian", good)),
            signer,
            root,
        }
    }

    fn input(&self, revoked: &[(&Entity, i64)]) -> MaterialInput {
        let mut list = RevocationList::complete(1, Validity::days(NOW, 0, 6));
        for (entity, days) in revoked {
            list = list.revoke(Revoked::new(&entity.serial, days_ago(*days)).reason(1));
        }
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        MaterialInput {
            anchors: vec![anchor],
            crls: vec![Bytes::from(list.signed_by(&self.root).expect("list"))],
            ..MaterialInput::default()
        }
    }

    fn judge_revoked(&self, container: &Asic, revoked: &[(&Entity, i64)]) -> FileReport {
        let bytes = container.build().expect("built");
        validator(self.input(revoked)).judge_file(&memory(&bytes), None, NOW)
    }

    fn judge(&self, container: &Asic) -> FileReport {
        self.judge_revoked(container, &[])
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, ForgeError> {
        self.identity.sign_detached(bytes, days_ago(3))
    }

    fn stamp(&self, bytes: &[u8], at: Timestamp) -> Result<Vec<u8>, ForgeError> {
        Token::of(bytes, at).signed_by(&self.tsa)
    }

    fn simple(&self) -> Asic {
        let container = Asic::simple(LETTER.0, LETTER.1);
        container
            .over_file("META-INF/signature.p7s", |b| self.sign(b))
            .expect("signed")
    }

    fn extended(&self) -> Asic {
        Asic::extended(&[LETTER, ANNEX])
            .cades(&self.identity, days_ago(3))
            .expect("signed")
    }
}

/// The timestamps that stand for themselves, in words.
fn stamps(report: &FileReport) -> Vec<(TimestampKind, Expected)> {
    let said = |verdict: &lienthong::trust::verdict::Verdict| {
        (verdict.indication(), verdict.sub(), verdict.reason().code)
    };
    let all = report.timestamps.iter();
    all.map(|stamp| (stamp.kind, said(&stamp.signature.verdict)))
        .collect()
}

fn not_covered() -> Expected {
    failed(S::FormatFailure, R::ContainerFileNotCovered)
}

#[test]
fn signed_containers_pass_and_say_what_is_covered() {
    let ground = Ground::new();
    let report = ground.judge(&ground.simple());
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert_eq!(report.format, FileFormat::AsicS);
    assert_eq!(report.signatures[0].coverage, Coverage::Encapsulated);
    assert_eq!(report.signatures[0].name, "META-INF/signature.p7s");
    let report = ground.judge(&ground.extended());
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert_eq!(report.format, FileFormat::AsicE);
    let [signature] = report.signatures.as_slice() else {
        panic!("{report:#?}");
    };
    assert_eq!(signature.coverage, Coverage::Encapsulated);
    let names: Vec<&str> = signature
        .covers
        .iter()
        .filter_map(|c| c.uri.as_deref())
        .collect();
    assert_eq!(names, ["công%20văn.txt", "phụ%20lục/bảng+1.csv"]);
    assert!(signature.warnings.is_empty());
}

#[test]
fn every_change_of_a_file_is_told() {
    let ground = Ground::new();
    let mismatch = failed(S::HashFailure, R::DigestMismatch);
    let simple = ground.simple();
    let changed = ground.judge(&simple.clone().changed(LETTER.0, Some(b"other")));
    assert_eq!(worst(&changed), Some(mismatch));
    let extended = ground.extended();
    for name in [LETTER.0, ANNEX.0] {
        let changed = ground.judge(&extended.clone().changed(name, Some(b"other")));
        assert_eq!(worst(&changed), Some(mismatch), "{name}");
        assert_eq!(changed.signatures[0].integrity, Integrity::Broken);
        let missing = ground.judge(&extended.clone().changed(name, None));
        let not_found = open(S::SignedDataNotFound, R::ReferenceNotFound);
        assert_eq!(worst(&missing), Some(not_found), "{name}");
        assert_eq!(missing.signatures[0].integrity, Integrity::NotJudged);
    }
    // Under another name it is another file, and nobody signed it.
    let renamed = extended
        .clone()
        .changed(ANNEX.0, None)
        .with("phu luc.csv", ANNEX.1);
    assert_eq!(worst(&ground.judge(&renamed)), Some(not_covered()));
    // A manifest that lists what is there was signed by nobody.
    let other = manifest("META-INF/signature.p7s", &[(LETTER.0, b"other"), ANNEX]);
    let relisted = extended
        .changed(LETTER.0, Some(b"other"))
        .changed("META-INF/ASiCManifest.xml", Some(other.as_bytes()));
    assert_eq!(worst(&ground.judge(&relisted)), Some(mismatch));
}

#[test]
fn a_file_that_nobody_signed_is_named_and_the_container_fails() {
    let ground = Ground::new();
    for name in ["thêm.txt", "META-INF/thêm.xml", "META-INF/x/signature.p7s"] {
        let report = ground.judge(&ground.extended().with(name, b"unsigned"));
        assert_eq!(worst(&report), Some(not_covered()), "{name}");
        let fault = report.fault.as_ref().expect("a fault");
        assert_eq!(fault.reason().arg("files"), Some(name));
        assert_eq!(report.signatures[0].coverage, Coverage::Part);
    }
    // Two signatures, each over a file of its own: each leaves one out.
    let places = |n| {
        (
            format!("META-INF/ASiCManifest{n}.xml"),
            format!("META-INF/signature{n}.p7s"),
        )
    };
    let mut container = Asic::extended(&[LETTER, ANNEX]);
    for (n, listed) in [(1, LETTER.0), (2, ANNEX.0)] {
        let (list, signature) = places(n);
        let sign = |bytes: &[u8]| ground.sign(bytes);
        let made = container.over_manifest((&list, &signature), &[listed], sign);
        container = made.expect("signed");
    }
    let report = ground.judge(&container);
    assert_eq!(report.fault, None);
    let part = open(S::SigConstraintsFailure, R::ContainerFileNotCovered);
    assert_eq!(worst(&report), Some(part));
    for signature in &report.signatures {
        assert_eq!(signature.integrity, Integrity::Intact);
        assert_eq!(signature.coverage, Coverage::Part);
        assert!(!signature.verdict.is_passed());
    }
}

#[test]
fn what_a_simple_container_may_hold() {
    let ground = Ground::new();
    let malformed = Some(failed(S::FormatFailure, R::MalformedContainer));
    let sign = |bytes: &[u8]| ground.sign(bytes);
    let table = [
        ground.simple().with("second.txt", b"x"),
        ground.simple().with("META/x", b""),
        ground.simple().changed(LETTER.0, None),
        ground.simple().with("META-INF/signature2.p7s", b"x"),
        ground.simple().with("META-INF/signatures.xml", b"<x/>"),
        ground.simple().with("META-INF/evidencerecord.ers", b"x"),
        Asic::simple("folder/a.txt", b"x")
            .over_file("META-INF/signature.p7s", sign)
            .expect("signed"),
        ground
            .extended()
            .changed("mimetype", Some(lienthong::forge::asic::SIMPLE.as_bytes())),
    ];
    for container in table {
        let report = ground.judge(&container);
        assert_eq!(worst(&report), malformed, "{:?}", container.files);
        assert!(report.signatures.is_empty());
    }
}

#[test]
fn manifests_that_are_none() {
    let ground = Ground::new();
    let name = "META-INF/ASiCManifest.xml";
    let good = ground.extended();
    let text = String::from_utf8(good.file(name).to_vec()).expect("text");
    let table: &[(&str, &str, R)] = &[
        (
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<!DOCTYPE x>",
            R::DocumentType,
        ),
        ("</asic:ASiCManifest>", "", R::MalformedContainer),
        ("02918/v1.2.1#", "02918/v9#", R::MalformedContainer),
        (
            "<asic:SigReference URI=\"META-INF/signature.p7s\"/>",
            "",
            R::MalformedContainer,
        ),
        (
            "<asic:SigReference",
            "<asic:Other/><asic:SigReference",
            R::MalformedContainer,
        ),
        (
            "<ds:DigestValue>",
            "<ds:DigestValue><!-- -->",
            R::MalformedContainer,
        ),
        (
            "<ds:DigestValue>",
            "<ds:DigestValue>!",
            R::MalformedContainer,
        ),
        (
            "</asic:ASiCManifest>",
            "<asic:ASiCManifestExtensions><asic:Extension Critical=\"true\"/>\
             </asic:ASiCManifestExtensions></asic:ASiCManifest>",
            R::MalformedContainer,
        ),
    ];
    for (from, to, code) in table {
        assert!(text.contains(from), "{from}");
        let bad = text.replacen(from, to, 1);
        let report = ground.judge(&good.clone().changed(name, Some(bad.as_bytes())));
        assert_eq!(
            worst(&report),
            Some(failed(S::FormatFailure, *code)),
            "{to}"
        );
    }
    // Two manifests for one signature; a signature that no manifest names; a manifest for none.
    let twice = good
        .clone()
        .with("META-INF/ASiCManifest2.xml", text.as_bytes());
    let malformed = Some(failed(S::FormatFailure, R::MalformedContainer));
    assert_eq!(worst(&ground.judge(&twice)), malformed);
    let p7s = good.file("META-INF/signature.p7s").to_vec();
    let stray = good.clone().with("META-INF/signature9.p7s", &p7s);
    assert_eq!(worst(&ground.judge(&stray)), malformed);
    let without = good.changed("META-INF/signature.p7s", None);
    let not_found = open(S::SignedDataNotFound, R::ReferenceNotFound);
    assert_eq!(worst(&ground.judge(&without)), Some(not_found));
}

#[test]
fn the_media_type_is_reported() {
    let ground = Ground::new();
    let irregular = |container: &Asic| {
        let report = ground.judge(container);
        assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
        let warnings = report.signatures[0].warnings.iter();
        let told = warnings.filter(|w| w.code == R::ContainerIrregular);
        told.filter_map(|w| w.arg("what").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let good = ground.extended();
    assert_eq!(irregular(&good), [""; 0]);
    let absent = good.clone().changed("mimetype", None);
    assert_eq!(irregular(&absent), ["there is no mimetype file"]);
    let mut late = good.clone();
    late.files.rotate_left(1);
    assert_eq!(irregular(&late), ["mimetype is not the first file"]);
    let other = good.clone().changed("mimetype", Some(b"text/plain"));
    assert_eq!(irregular(&other), ["another media type"]);
    let line = [lienthong::forge::asic::EXTENDED, "\r\n"].concat();
    let line = good.clone().changed("mimetype", Some(line.as_bytes()));
    assert_eq!(irregular(&line), ["white space around the media type"]);
    // What is nobody's content and is not judged either.
    for name in [
        "metadata.xml",
        "container.xml",
        "rights.xml",
        "evidencerecord1.ers",
        "evidencerecord.xml",
    ] {
        let name = format!("META-INF/{name}");
        let more = good.clone().with(&name, b"<x/>");
        assert_eq!(irregular(&more), [format!("{name} is not judged")]);
    }
    // A package that names its type without having one was changed.
    let list = b"<manifest xmlns=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">\
        <file-entry full-path=\"/\" media-type=\"application/vnd.etsi.asic-e+zip\"/></manifest>";
    let package = good.with("META-INF/manifest.xml", list);
    assert_eq!(irregular(&package), [""; 0]);
    let without = package.changed("mimetype", None);
    let malformed = Some(failed(S::FormatFailure, R::MalformedContainer));
    assert_eq!(worst(&ground.judge(&without)), malformed);
}

/// Files that are no part of what the standard gives a name to are content; what cannot be judged at all is
/// no container.
#[test]
fn nothing_hides_in_the_folder_of_signatures() {
    let ground = Ground::new();
    let not_covered = Some(failed(S::FormatFailure, R::ContainerFileNotCovered));
    for name in [
        "letter-evidencerecord.pdf",
        "evidencerecord",
        "evidencerecord.ers.html",
        "x/evidencerecord.ers",
    ] {
        let more = ground.extended().with(&format!("META-INF/{name}"), b"x");
        assert_eq!(worst(&ground.judge(&more)), not_covered, "{name}");
    }
    let malformed = Some(failed(S::FormatFailure, R::MalformedContainer));
    let encrypted = ground.extended().with("META-INF/encryption.xml", b"<x/>");
    let long = |length: usize| {
        let text = [lienthong::forge::asic::EXTENDED, &" ".repeat(length)].concat();
        ground
            .extended()
            .changed("mimetype", Some(&text.as_bytes()[..length]))
    };
    for container in [encrypted, long(257)] {
        let report = ground.judge(&container);
        assert_eq!(worst(&report), malformed, "{:?}", container.files);
        assert!(report.signatures.is_empty());
    }
    assert_eq!(worst(&ground.judge(&long(256))), Some(PASSED));
}

#[test]
fn other_archives_are_not_called_unsigned() {
    let ground = Ground::new();
    let not_supported = Some(open(S::Generic, R::FormatNotSupported));
    let odf = ground
        .extended()
        .changed("mimetype", Some(b"application/vnd.oasis.opendocument.text"));
    let ooxml = ground
        .extended()
        .changed("mimetype", None)
        .with("[Content_Types].xml", b"<x/>");
    let plain = Asic::extended(&[LETTER]).changed("mimetype", None);
    for container in [odf, ooxml, plain] {
        let report = ground.judge(&container);
        assert_eq!(worst(&report), not_supported);
        assert_eq!(report.format, FileFormat::Container);
    }
    // A container of its kind without any signature is unsigned.
    let report = ground.judge(&Asic::extended(&[LETTER]));
    assert_eq!((worst(&report), report.format), (None, FileFormat::AsicE));
    assert!(report.signatures.is_empty() && report.timestamps.is_empty());
}

#[test]
fn a_timestamp_alone_is_no_signature() {
    let ground = Ground::new();
    let stamp = |bytes: &[u8]| ground.stamp(bytes, days_ago(2));
    let container = Asic::simple(LETTER.0, LETTER.1);
    let container = container
        .over_file("META-INF/timestamp.tst", stamp)
        .expect("stamped");
    let report = ground.judge(&container);
    assert_eq!(stamps(&report), [(TimestampKind::Document, PASSED)]);
    assert_eq!(worst(&report), None);
    assert!(report.signatures.is_empty());
    let other = ground.judge(&container.clone().changed(LETTER.0, Some(b"other")));
    let of_other = failed(S::HashFailure, R::TimestampOfOther);
    assert_eq!(worst(&other), Some(of_other));
    let places = ("META-INF/ASiCManifest.xml", "META-INF/timestamp.tst");
    let stamp = |bytes: &[u8]| ground.stamp(bytes, days_ago(2));
    let part = Asic::extended(&[LETTER, ANNEX]).over_manifest(places, &[LETTER.0], stamp);
    assert_eq!(
        worst(&ground.judge(&part.expect("stamped"))),
        Some(not_covered())
    );
}

/// The first authority is revoked since yesterday; the second stamped its token the day before.
#[test]
fn a_later_timestamp_carries_an_earlier_one() {
    let ground = Ground::new();
    let good = Validity::days(NOW, 400, 400);
    let second = Template::stamper("Dấu thời gian 2", good);
    let second = second.issued_by(&ground.root).expect("issued");
    let stamp = |bytes: &[u8]| ground.stamp(bytes, days_ago(4));
    let first = Asic::simple(LETTER.0, LETTER.1);
    let first = first
        .over_file("META-INF/timestamp.tst", stamp)
        .expect("stamped");
    let revoked = [(&ground.tsa, 1)];
    let alone = ground.judge_revoked(&first, &revoked);
    let no_poe = open(S::RevokedNoPoe, R::CertificateRevoked);
    assert_eq!(worst(&alone), Some(no_poe));
    let archive = |listed: &[&str]| {
        let places = (
            "META-INF/ASiCArchiveManifest.xml",
            "META-INF/timestamp002.tst",
        );
        let later = |bytes: &[u8]| Token::of(bytes, days_ago(2)).signed_by(&second);
        first
            .clone()
            .over_manifest(places, listed, later)
            .expect("stamped")
    };
    let carried = archive(&["META-INF/timestamp.tst", LETTER.0]);
    let report = ground.judge_revoked(&carried, &revoked);
    let kinds = [TimestampKind::Document, TimestampKind::Archive];
    assert_eq!(
        stamps(&report),
        kinds.map(|kind| (kind, PASSED)),
        "{report:#?}"
    );
    // Over something else, or over a token that is no longer there, it carries nothing.
    let beside = archive(&[LETTER.0]);
    assert_eq!(
        worst(&ground.judge_revoked(&beside, &revoked)),
        Some(no_poe)
    );
    let changed = carried.clone().changed(LETTER.0, Some(b"other"));
    let told = stamps(&ground.judge_revoked(&changed, &revoked));
    assert_eq!(told[1].1, failed(S::HashFailure, R::DigestMismatch));
    assert!(!told[0].1.0.eq(&PASSED.0));
    // Two that are each over the other: neither proves anything about the other.
    let token = ground.stamp(b"x", days_ago(3)).expect("token");
    let ring = carried.with("META-INF/timestamp003.tst", &token);
    let list = manifest(
        "META-INF/timestamp003.tst",
        &[("META-INF/timestamp002.tst", b"?")],
    );
    let ring = ring.with("META-INF/ASiCArchiveManifest1.xml", list.as_bytes());
    assert!(worst(&ground.judge_revoked(&ring, &revoked)).is_some_and(|w| w.0 != PASSED.0));
}

/// The signer is revoked since yesterday; the archive timestamp is of the day before.
#[test]
fn an_archive_manifest_carries_a_signature() {
    let ground = Ground::new();
    let revoked = [(&ground.signer, 1)];
    let signed = ground.extended();
    let no_poe = open(S::RevokedNoPoe, R::CertificateRevoked);
    assert_eq!(
        worst(&ground.judge_revoked(&signed, &revoked)),
        Some(no_poe)
    );
    let archive = |listed: &[&str], at: Timestamp| {
        let places = (
            "META-INF/ASiCArchiveManifest.xml",
            "META-INF/timestamp001.tst",
        );
        let stamp = |bytes: &[u8]| ground.stamp(bytes, at);
        signed
            .clone()
            .over_manifest(places, listed, stamp)
            .expect("stamped")
    };
    let all = [
        "META-INF/signature.p7s",
        "META-INF/ASiCManifest.xml",
        LETTER.0,
        ANNEX.0,
    ];
    let report = ground.judge_revoked(&archive(&all, days_ago(2)), &revoked);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert!(report.timestamps.is_empty());
    let kinds: Vec<_> = report.signatures[0]
        .timestamps
        .iter()
        .map(|t| t.kind)
        .collect();
    assert_eq!(kinds, [TimestampKind::Archive]);
    // Too late, or not over the signature.
    let late = ground.judge_revoked(&archive(&all, NOW), &revoked);
    assert_eq!(worst(&late), Some(no_poe));
    let beside = ground.judge_revoked(&archive(&[LETTER.0], days_ago(2)), &revoked);
    assert_eq!(worst(&beside), Some(no_poe));
    assert_eq!(beside.timestamps.len(), 1);
}
