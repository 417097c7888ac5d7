//! Properties of XAdES of any input: what an intact signature is told to say, and what its timestamps
//! prove, was really said and stamped.

use super::grounds::{Grounds, World};
use super::seeds::{self, NOW};
use super::targets::{Came, Outcome, genuine, judge, must, passed};
use bytes::Bytes;
use lienthong::forge::xml::unsigned::Archive;
use lienthong::forge::xml::{Plan, Properties, Stamping};
use lienthong::forge::{Entity, ForgeError, Key, KeyKind, RevocationList, Template, Validity};
use lienthong::format::xml::signature::qualifying::{Qualifying, Version};
use lienthong::format::xml::{Document, Index};
use lienthong::model::Timestamp;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::report::{FileReport, Integrity, Level, SignatureReport};
use lienthong::trust::validator::Validator;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The signed files, each of another kind, and the level that the signature reaches.
pub(crate) const FILES: [(&str, Level); 4] = [
    ("xades-b.xml", Level::B),
    ("xades-t.xml", Level::T),
    ("xades-lta.xml", Level::Lta),
    ("xades-counter.xml", Level::B),
];
/// What belongs to them.
pub(crate) const OTHERS: [&str; 5] = [
    "xades-root.cer",
    "xades-leaf.cer",
    "xades-other.cer",
    "xades-time.cer",
    "xades.crl",
];

/// Who is trusted, and what was said.
pub(crate) struct Said {
    world: World,
    /// Signing times that somebody signed.
    times: BTreeSet<Timestamp>,
    /// When something was really stamped, by the serial number of the token.
    stamps: BTreeSet<(String, Timestamp)>,
}

impl Said {
    pub(crate) fn new() -> Self {
        let mut anchor = AnchorInput::ordinary("test", seeds::read("xades-root.cer"));
        anchor.constraints.purposes.timestamping = true;
        let input = MaterialInput {
            anchors: vec![anchor],
            crls: vec![seeds::read("xades.crl").into()],
            ..MaterialInput::default()
        };
        let material = Material::new(input).expect("material");
        let mut all = Self {
            world: World {
                validator: Validator::new(Arc::new(material)),
                at: NOW,
                content: Bytes::new(),
            },
            times: BTreeSet::new(),
            stamps: BTreeSet::new(),
        };
        for (name, level) in FILES {
            let report = judge(&all.world, &seeds::read(name), None).expect("judged");
            assert!(passed(&report), "{name}: {report:?}");
            assert_eq!(report.signatures[0].level, Some(level), "{name}");
            for signature in every(&report) {
                all.times.extend(signature.claimed_time);
                all.stamps.extend(stamps(signature));
            }
        }
        all
    }
}

/// Signatures, and those over them.
fn every(report: &FileReport) -> impl Iterator<Item = &SignatureReport> {
    let own = report.signatures.iter();
    own.flat_map(|s| std::iter::once(s).chain(&s.countersignatures))
}

/// Those that passed, with what they say.
fn stamps(signature: &SignatureReport) -> impl Iterator<Item = (String, Timestamp)> {
    let passed = signature.timestamps.iter();
    let passed = passed.filter(|one| one.signature.verdict.is_passed());
    let stamps = passed.filter_map(|one| one.stamp.as_ref());
    stamps.map(|stamp| (stamp.serial.clone(), stamp.gen_time))
}

pub(crate) fn run(grounds: &Grounds, input: &[u8]) -> Outcome {
    let known = &grounds.said;
    let read = read(input)?;
    let report = judge(&known.world, input, None)?;
    for signature in every(&report) {
        let intact = signature.integrity == Integrity::Intact;
        let path = signature.verdict.is_passed();
        // Anybody can sign whatever he likes with a key of his own.
        if intact && path {
            let said = signature.claimed_time;
            must(
                said.is_none_or(|time| known.times.contains(&time)),
                "a signing time that nobody signed",
            )?;
        }
        must(
            stamps(signature).all(|stamp| known.stamps.contains(&stamp)),
            "a timestamp that nobody made",
        )?;
        must(
            intact || signature.level.is_none(),
            "a level without integrity",
        )?;
    }
    if passed(&report) {
        genuine(grounds, &report)?;
        let over = report.signatures.iter().flat_map(|s| &s.countersignatures);
        let failed = over.filter(|s| s.integrity == Integrity::Broken).count();
        must(failed == 0, "passed with a wrong counter-signature")?;
        return Ok(Came::Accepted);
    }
    Ok(read)
}

/// Every element of that name is read or refused, and the same way twice.
fn read(input: &[u8]) -> Outcome {
    let Ok(document) = Document::read(input) else {
        return Ok(Came::Refused);
    };
    let index = Index::of(&document);
    let mut came = Came::Refused;
    for version in Version::ALL {
        for id in index.named(version.namespace(), "QualifyingProperties") {
            let found = Qualifying::read(&index, id);
            must(
                found == Qualifying::read(&index, id),
                "read otherwise a second time",
            )?;
            if found.is_ok() {
                came = Came::Read;
            }
        }
    }
    Ok(came)
}

/// Makes the seeds anew, under an authority of their own.
pub(crate) fn make() -> Result<(), ForgeError> {
    let good = Validity::around(NOW);
    let with_key = |template: Template| -> Result<Template, ForgeError> {
        Ok(template.key(Key::generate(KeyKind::P256)?))
    };
    let root = with_key(Template::authority("Gốc XAdES", good))?.self_signed()?;
    let issue = |template: Template| with_key(template)?.issued_by(&root);
    let leaf = issue(Template::signer("Sở Tài chính", good))?;
    let other = issue(Template::signer("Trần Thị An", good))?;
    let time = issue(Template::stamper("Dấu thời gian", good))?;
    let list = RevocationList::complete(7, Validity::days(NOW, 1, 6)).signed_by(&root)?;
    let letter = "<van-ban xmlns=\"urn:vb\"><so>12/UBND-VP</so><nd>Về dự toán</nd></van-ban>";
    let at = |hours: i64| NOW.plus_secs(-3600 * hours);
    let sign = |entity: &Entity| entity.identity();
    let plan = Plan::enveloped(letter).with(Properties::basic(at(3)));
    let basic = plan.sign(&sign(&leaf)?)?;
    let stamped = basic.clone().stamped(&Stamping::by(&time, at(2)))?;
    let long = stamped.clone().with_values(&[&leaf.der], &[&list], &[])?;
    let long = long.archived(Archive::V141, &Stamping::by(&time, at(1)))?;
    let counter = basic.clone().countersigned(&sign(&other)?, "chu-ky-2")?;
    let files = [
        ("xades-root.cer", root.der.clone()),
        ("xades-leaf.cer", leaf.der.clone()),
        ("xades-other.cer", other.der.clone()),
        ("xades-time.cer", time.der.clone()),
        ("xades.crl", list),
        ("xades-b.xml", basic.text.into_bytes()),
        ("xades-t.xml", stamped.text.into_bytes()),
        ("xades-lta.xml", long.text.into_bytes()),
        ("xades-counter.xml", counter.text.into_bytes()),
    ];
    for (name, bytes) in files {
        std::fs::write(seeds::folder().join(name), bytes).expect("written");
    }
    Ok(())
}
