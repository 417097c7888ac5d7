//! Many references, and little that becomes much: as many as a container has files hold, and what they cost
//! is counted in octets and ends (attack catalogue X4).

use super::world::*;
use lienthong::forge::KeyKind;
use lienthong::forge::asic::Asic;
use lienthong::forge::xml::{Over, Place, Plan, Properties, Reference, Transform, method};
use lienthong::format::allowance::Allowance;
use lienthong::format::content::{Content, ContentError, Memory};
use lienthong::format::xml::Document;
use lienthong::format::xml::canonical::{AllBut, CanonicalError, write_within};
use lienthong::model::{Digest, ReasonCode as R, SubIndication as S};
use lienthong::trust::report::{Coverage, FileReport, Integrity, SignatureReport};
use lienthong::trust::validator::{Beside, Signed};
use std::fmt::Write;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// References of one signature.
const MOST: usize = 4_096;

fn judge(world: &World, text: &str) -> FileReport {
    let file = memory(text.as_bytes());
    world.validator().judge_file(&file, None, NOW)
}

fn beyond() -> Expected {
    open(S::Generic, R::LimitExceeded)
}

fn only(report: &FileReport) -> &SignatureReport {
    assert_eq!(report.signatures.len(), 1, "{report:#?}");
    report.signatures.first().expect("one signature")
}

fn told(signature: &SignatureReport) -> String {
    let told = signature.verdict.reason().arg("error");
    told.unwrap_or_default().to_owned()
}

/// A container of so many files and a signature that refers to each, and to its own properties.
fn container(world: &World, count: usize) -> FileReport {
    let names: Vec<String> = (0..count).map(|n| format!("hồ sơ/tệp {n}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), n.as_bytes())).collect();
    let references = files
        .iter()
        .map(|(name, bytes)| Reference::to_file(name, bytes));
    let plan = Plan::new("", Place::Alone, references.collect()).with(Properties::basic(NOW));
    let text = plan.sign(&world.signer).expect("signed").text;
    let asic = Asic::extended(&files).with("META-INF/signatures0.xml", text.as_bytes());
    let bytes = asic.build().expect("built");
    world.validator().judge_file(&memory(&bytes), None, NOW)
}

#[test]
fn a_signature_refers_to_as_many_files_as_a_container_has() {
    let world = World::new(KeyKind::P256);
    let report = container(&world, MOST - 1);
    assert_eq!(worst(&report), Some(PASSED));
    let signature = only(&report);
    assert_eq!(signature.coverage, Coverage::Encapsulated);
    assert_eq!(signature.covers.len(), MOST);
    let more = container(&world, MOST);
    let signature = only(&more);
    assert_ne!(worst(&more), Some(PASSED));
    assert_eq!(signature.verdict.reason().code, R::LimitExceeded);
    assert_eq!(told(signature), "more than 4096 references");
}

/// A signed text with other references, which `of` makes of the one that it has.
fn with_references(world: &World, plan: &Plan, of: impl Fn(&str) -> String) -> String {
    let once = plan.sign(&world.signer).expect("signed").text;
    let from = once.find("<ds:Reference ").expect("a reference");
    let end = "</ds:Reference>";
    let until = from + once[from..].find(end).expect("its end") + end.len();
    let one = &once[from..until];
    let mut many = plan.clone();
    many.rewrite = Some((one.to_owned(), of(one)));
    many.sign(&world.signer).expect("signed").text
}

/// Some 330 octets each.
fn letters(count: usize) -> String {
    let mut text = String::from("<so-van-ban xmlns=\"urn:so\">");
    for number in 0..count {
        let _ = write!(
            text,
            "<van-ban so=\"{number}\"><co-quan>Uỷ ban nhân dân huyện Cần Đước</co-quan><trich-yeu>Về \
             việc lập dự toán và quyết toán ngân sách quý I &amp; quý II</trich-yeu><noi-nhan>Các \
             phòng, ban, ngành; Uỷ ban nhân dân các xã, thị trấn</noi-nhan></van-ban>"
        );
    }
    text.push_str("</so-van-ban>");
    text
}

#[test]
fn what_is_the_same_is_digested_once() {
    let world = World::new(KeyKind::P256);
    // Four gigabytes, if each were walked and digested for itself.
    let plan = Plan::enveloped(&letters(1_000));
    let same = with_references(&world, &plan, |one| one.repeat(MOST));
    let report = judge(&world, &same);
    assert_eq!(worst(&report), Some(PASSED));
    assert_eq!(only(&report).coverage, Coverage::WholeFile);
    assert_eq!(only(&report).covers.len(), MOST);
}

#[test]
fn what_is_not_the_same_is_bounded_by_its_octets() {
    let world = World::new(KeyKind::P256);
    let listed = |prefix: String| {
        let mut form = method::exclusive();
        form.inclusive.insert(prefix);
        vec![Transform::Enveloped, Transform::Canonical(form)]
    };
    let reference = Reference::to("", listed("p0".to_owned()));
    let plan = Plan::new(&letters(600), Place::Last, vec![reference]);
    // Each of another form, so that none is known from another.
    let each = |one: &str, count: usize| -> String {
        let other = |n: usize| one.replace("PrefixList=\"p0\"", &format!("PrefixList=\"p{n}\""));
        (0..count).map(other).collect()
    };
    let few = with_references(&world, &plan, |one| each(one, 64));
    assert_eq!(worst(&judge(&world, &few)), Some(PASSED));
    let many = with_references(&world, &plan, |one| each(one, MOST));
    let report = judge(&world, &many);
    let signature = only(&report);
    assert_eq!(worst(&report), Some(beyond()));
    assert_eq!(signature.integrity, Integrity::NotJudged);
    let given = (128 << 20) + 96 * many.len();
    let expected = format!("more than {given} octets to be walked, written and digested");
    assert_eq!(told(signature), expected);
}

/// Elements each of which writes again what the outermost says.
fn inherited(what: &str, element: &str) -> String {
    format!("<a {what}><b>{}</b></a>", element.repeat(5_000))
}

#[test]
fn what_every_element_inherits_is_written_as_often_as_is_allowed() {
    let world = World::new(KeyKind::P256);
    let long = format!("xmlns:p=\"urn:{}\"", "p".repeat(200_000));
    let namespaces: String = (0..10_000)
        .map(|n| format!(" xmlns:p{n}=\"u:{n}\""))
        .collect();
    let attributes: String = (0..10_000).map(|n| format!(" xml:a{n}=\"\"")).collect();
    let base = format!("xml:base=\"{}\"", "b/".repeat(100_000));
    let apart = |form| {
        let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">\
                     <ds:XPath>self::c or parent::c</ds:XPath></ds:Transform>";
        vec![
            Transform::Idle(xpath.to_owned()),
            Transform::Canonical(method::plain(form)),
        ]
    };
    let exclusive = vec![Transform::Canonical(method::exclusive())];
    use lienthong::format::xml::canonical::Form::{Inclusive10, Inclusive11};
    let rows = [
        ("exclusive", inherited(&long, "<p:c/>"), exclusive),
        (
            "namespaces",
            inherited(&namespaces, "<c/>"),
            apart(Inclusive10),
        ),
        (
            "attributes",
            inherited(&attributes, "<c/>"),
            apart(Inclusive10),
        ),
        ("bases", inherited(&base, "<c/>"), apart(Inclusive11)),
    ];
    for (row, text, transforms) in rows {
        let reference = Reference {
            over: Over::Octets(Vec::new()),
            ..Reference::to("", transforms)
        };
        let plan = Plan::new(&text, Place::Last, vec![reference]);
        let text = plan.sign(&world.signer).expect("signed").text;
        let report = judge(&world, &text);
        assert_eq!(worst(&report), Some(beyond()), "{row}");
        assert_eq!(only(&report).integrity, Integrity::NotJudged, "{row}");
    }
}

/// SignedInfo is not walked for each key that is tried, nor written without end: here a gigabyte.
#[test]
fn what_is_signed_itself_is_bounded_too() {
    let world = World::new(KeyKind::P256);
    let long = format!("xmlns:p=\"urn:{}\"", "p".repeat(200_000));
    let prefixed = "<p:d/>".repeat(5_000);
    let unknown = format!("<ds:Transform Algorithm=\"urn:x\">{prefixed}</ds:Transform>");
    let reference = Reference {
        over: Over::Octets(Vec::new()),
        ..Reference::to("", vec![Transform::Idle(unknown)])
    };
    let mut plan = Plan::new(&format!("<a {long}></a>"), Place::Last, vec![reference]);
    plan.canonical = method::inclusive();
    let text = plan.sign(&world.signer).expect("signed").text;
    let text = text.replace(
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    );
    let report = judge(&world, &text);
    assert_eq!(worst(&report), Some(beyond()));
}

#[test]
fn a_form_ends_where_its_allowance_does() {
    const GIVEN: usize = 8 << 20;
    let long = format!("xmlns:p=\"urn:{}\"", "p".repeat(100_000));
    let text = inherited(&long, "<p:c/>");
    let document = Document::read(text.as_bytes()).expect("XML");
    let (work, mut written) = (Allowance::of(GIVEN), 0usize);
    let mut out = |piece: &[u8]| written += piece.len();
    let from = (&document, document.root());
    let error = write_within(&work, from, &method::exclusive(), &AllBut(&[]), &mut out);
    assert!(matches!(error, Err(CanonicalError::Spent(_))), "{error:?}");
    assert!(written <= GIVEN && written > GIVEN / 2, "{written}");
    assert!(work.is_spent());
    // What is written of an ordinary document is what is counted.
    let text = letters(10);
    let document = Document::read(text.as_bytes()).expect("XML");
    let (work, mut written) = (Allowance::of(GIVEN), 0usize);
    let mut out = |piece: &[u8]| written += piece.len();
    let from = (&document, document.root());
    write_within(&work, from, &method::inclusive(), &AllBut(&[]), &mut out).expect("a form");
    let nodes = document.nodes().count();
    // Beside that a look at what is around the outermost element.
    assert_eq!(work.taken(), text.len() + 32 * nodes + written + 64);
}

/// A file that counts how much of it was asked for.
struct Counted(Memory, AtomicU64);

impl Content for Counted {
    fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    fn feed(&self, range: Range<u64>, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError> {
        let asked = range.end.saturating_sub(range.start);
        self.1.fetch_add(asked, Ordering::Relaxed);
        self.0.feed(range, sink)
    }

    fn digest(&self) -> Digest {
        self.0.digest()
    }
}

#[test]
fn a_file_is_digested_once_for_all_that_refer_to_it() {
    const LENGTH: usize = 10_000_000;
    let world = World::new(KeyKind::P256);
    let file = Counted(memory(&vec![b'x'; LENGTH]), AtomicU64::new(0));
    let plan = Plan::detached("to-trinh.bin", file.bytes());
    let text = with_references(&world, &plan, |one| one.repeat(MOST));
    let signature = memory(text.as_bytes());
    let signed = Signed {
        content: &signature,
        detached: Some(&file),
        beside: &[Beside {
            name: "to-trinh.bin",
            content: &file,
            known: None,
        }],
    };
    let report = world.validator().judge_signed(&signed, NOW);
    assert_eq!(worst(&report), Some(PASSED));
    let fed = file.1.load(Ordering::Relaxed);
    assert_eq!(fed, u64::try_from(LENGTH).expect("small"));
}
