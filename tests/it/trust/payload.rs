//! What is handed out of a judged file: what was signed, octet by octet, and nothing of what was not.

use super::pdf::{letter, mark};
use super::world::*;
use super::xml_wrapping::{good, wrapped};
use lienthong::forge::asic::Asic;
use lienthong::forge::pdf::attack::Attack;
use lienthong::forge::xml::{Place, Plan, Properties, Reference, Transform, method};
use lienthong::forge::{KeyKind, Pdf, SubFilter};
use lienthong::format::content::{Content, Memory};
use lienthong::trust::payload::{PayloadError, PieceForm as F};
use lienthong::trust::report::FileReport;
use lienthong::trust::validator::{Beside, Signed};

type Handed = Vec<(Option<String>, F, Vec<u8>)>;

/// A file judged with the files beside it, the first of which it is said to sign.
fn judged(world: &World, file: &Memory, beside: &[(&str, &Memory)]) -> (FileReport, Vec<Handed>) {
    let others = beside.iter().map(|(name, content)| Beside {
        name,
        content: *content,
        known: None,
    });
    let others: Vec<Beside<'_>> = others.collect();
    let signed = Signed {
        content: file,
        detached: others.first().map(|other| other.content),
        beside: &others,
    };
    let plain = world.validator().judge_signed(&signed, NOW);
    let report = world.validator().handing_out().judge_signed(&signed, NOW);
    assert_eq!(worst(&plain), worst(&report), "asking changes no verdict");
    assert!((0..plain.signatures.len()).all(|n| plain.payload(n).is_none()));
    let of = |n| {
        let pieces = report.payload(n).map_or(&[][..], |p| p.pieces());
        let octets = pieces.iter().map(|piece| {
            let mut octets = Vec::new();
            let fed = piece.feed(&signed, &mut |o: &[u8]| octets.extend_from_slice(o));
            fed.expect("octets");
            (piece.name().map(ToOwned::to_owned), piece.form(), octets)
        });
        octets.collect()
    };
    let handed = (0..report.signatures.len()).map(of).collect();
    (report, handed)
}

fn named(name: &str, form: F, octets: impl AsRef<[u8]>) -> (Option<String>, F, Vec<u8>) {
    (Some(name.to_owned()), form, octets.as_ref().to_vec())
}

#[test]
fn of_a_wrapped_signature_the_twin_is_never_handed_out() {
    let good = good();
    let (_, handed) = judged(&good.world, &memory(good.pieces.signed.as_bytes()), &[]);
    // The same octets: the letter is in its canonical form, but for the signature.
    let expected = [
        named("cv", F::Canonical, good.pieces.bare()),
        named("cv", F::Original, good.pieces.bare()),
    ];
    assert_eq!(handed, [expected.to_vec()]);
    let around = format!("<ho-so>{}</ho-so>", good.pieces.signed);
    let (_, same) = judged(&good.world, &memory(around.as_bytes()), &[]);
    assert_eq!(same, handed);
    let mut rows: Vec<(&str, String)> = wrapped(&good)
        .into_iter()
        .map(|(row, text, _)| (row, text))
        .collect();
    // With the identifier of the signed one, too.
    let twins = rows.clone().into_iter();
    rows.extend(twins.map(|(row, text)| (row, text.replace("khac", "cv"))));
    for (row, text) in rows {
        let (report, handed) = judged(&good.world, &memory(text.as_bytes()), &[]);
        assert_eq!(handed, vec![Vec::new(); report.signatures.len()], "{row}");
    }
}

#[test]
fn xml_is_handed_out_as_it_was_digested_and_as_it_stands() {
    let world = World::new(KeyKind::P256);
    let hand = |plan: Plan| {
        let text = plan.sign(&world.signer).expect("signed").text;
        let (report, mut handed) = judged(&world, &memory(text.as_bytes()), &[]);
        assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
        (text, handed.remove(0))
    };
    // Comments are nobody's word, and the signature is not what it signs.
    let letter = "<van-ban b='2' a='1'><!-- nháp --><so/>Kính gửi</van-ban>";
    let (_, handed) = hand(Plan::enveloped(letter));
    let expected = [
        named(
            "van-ban",
            F::Canonical,
            "<van-ban a=\"1\" b=\"2\"><so></so>Kính gửi</van-ban>",
        ),
        named(
            "van-ban",
            F::Original,
            "<van-ban b='2' a='1'><so/>Kính gửi</van-ban>",
        ),
    ];
    assert_eq!(handed, expected);
    // Two parts, and properties.
    let letter = "<ho-so><cv Id=\"mot\">1</cv><cv Id=\"hai\">2</cv></ho-so>";
    let exclusive = || vec![Transform::Canonical(method::exclusive())];
    let references = ["#mot", "#hai"].map(|uri| Reference::to(uri, exclusive()));
    let plan = Plan::new(letter, Place::Last, references.into());
    let (text, handed) = hand(plan.with(Properties::basic(NOW)));
    assert_eq!(handed.len(), 6, "{handed:?}");
    assert_eq!(
        handed[0],
        named("mot", F::Canonical, "<cv Id=\"mot\">1</cv>")
    );
    assert_eq!(
        handed[3],
        named("hai", F::Original, "<cv Id=\"hai\">2</cv>")
    );
    let properties = String::from_utf8(handed[5].2.clone()).expect("text");
    assert!(properties.starts_with("<xades:SignedProperties"));
    assert!(text.contains(&properties));
    // An object in base64: what it means, not how it is written.
    let mut plan = Plan::enveloping("<a/>");
    plan.objects = vec!["<ds:Object Id=\"o\">S8OtbmggZ+G7rWk=</ds:Object>".into()];
    plan.references = vec![Reference::to("#o", vec![Transform::Base64])];
    let (_, handed) = hand(plan);
    assert_eq!(handed, [named("o", F::Transformed, "Kính gửi")]);
}

#[test]
fn files_beside_a_signature_are_handed_out_as_they_are() {
    let world = World::new(KeyKind::P256);
    let (main, annex, other) = (memory(b"main"), memory(b"annex"), memory(b"other"));
    let mut plan = Plan::detached("a.txt", b"main");
    plan.references.push(Reference::to_file("b.txt", b"annex"));
    let xml = memory(plan.sign(&world.signer).expect("signed").text.as_bytes());
    let beside = [("a.txt", &main), ("b.txt", &annex), ("c.txt", &other)];
    let (_, handed) = judged(&world, &xml, &beside);
    let both = vec![
        named("a.txt", F::File, "main"),
        named("b.txt", F::File, "annex"),
    ];
    assert_eq!(handed, [both]);
    let cms = world.signer.sign_detached(b"main", NOW).expect("signed");
    let (_, handed) = judged(&world, &memory(&cms), &[("a.txt", &main)]);
    assert_eq!(handed, [vec![(None, F::File, b"main".to_vec())]]);
    let (_, handed) = judged(&world, &memory(&cms), &[("a.txt", &other)]);
    assert_eq!(handed, [Vec::new()]);
    let inside = world
        .signer
        .sign_encapsulated(b"main", NOW)
        .expect("signed");
    let (_, handed) = judged(&world, &memory(&inside), &[]);
    assert_eq!(handed, [vec![(None, F::Content, b"main".to_vec())]]);
}

#[test]
fn of_a_container_each_covered_file_is_handed_out() {
    let world = World::new(KeyKind::P256);
    let files: [(&str, &[u8]); 2] = [("thư 1.txt", b"main"), ("phu luc/2.txt", b"annex")];
    let both = vec![
        named("thư 1.txt", F::File, "main"),
        named("phu luc/2.txt", F::File, "annex"),
    ];
    let cades = Asic::extended(&files).cades(&world.signer, NOW);
    let references = files.map(|(name, bytes)| Reference::to_file(name, bytes));
    let plan = Plan::new("", Place::Alone, references.into()).with(Properties::basic(NOW));
    let xades = plan.sign(&world.signer).expect("signed").text;
    let xades = Asic::extended(&files).with("META-INF/signatures0.xml", xades.as_bytes());
    let simple = Asic::simple("thư 1.txt", b"main").over_file("META-INF/signature.p7s", |b| {
        world.signer.sign_detached(b, NOW)
    });
    for (container, expected) in [
        (cades.expect("signed"), both.clone()),
        (xades, both),
        (
            simple.expect("signed"),
            vec![named("thư 1.txt", F::File, "main")],
        ),
    ] {
        let bytes = container.build().expect("built");
        let (report, handed) = judged(&world, &memory(&bytes), &[]);
        assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
        let names = |handed: &Handed| {
            let mut sorted = handed.clone();
            sorted.retain(|(_, form, _)| *form == F::File);
            sorted.sort();
            sorted
        };
        let [handed] = &handed[..] else {
            panic!("{handed:?}");
        };
        assert_eq!(names(handed), names(&expected));
        // Nobody vouches for what is beside it: then nothing of it is handed out.
        let more = container.with("thêm.txt", b"more").build().expect("built");
        let (_, handed) = judged(&world, &memory(&more), &[]);
        assert!(handed.iter().all(Vec::is_empty), "{handed:?}");
    }
}

#[test]
fn of_a_changed_pdf_at_most_the_signed_revision_is_handed_out() {
    let world = World::new(KeyKind::P256);
    let mut pdf = Pdf::new(&letter());
    pdf.sign(&world.signer, &mark("CoQuan", SubFilter::Cades), NOW)
        .expect("signed");
    let good = pdf.into_bytes();
    let revision = vec![(None, F::Revision, good.clone())];
    let (_, handed) = judged(&world, &memory(&good), &[]);
    assert_eq!(handed, std::slice::from_ref(&revision));
    for attack in Attack::ALL {
        let (report, handed) = judged(&world, &memory(&attack.on(&good)), &[]);
        for (handed, signature) in handed.iter().zip(&report.signatures) {
            match signature.verdict.is_passed() {
                true => assert_eq!(*handed, revision, "{attack:?}"),
                false => assert!(handed.is_empty(), "{attack:?}"),
            }
        }
    }
}

#[test]
fn of_another_file_than_the_judged_one_nothing_is_handed_out() {
    let world = World::new(KeyKind::P256);
    let inside = world
        .signer
        .sign_encapsulated(b"main", NOW)
        .expect("signed");
    let (report, _) = judged(&world, &memory(&inside), &[]);
    let piece = &report.payload(0).expect("a payload").pieces()[0];
    let mut changed = inside.clone();
    let at = changed.windows(4).position(|w| w == b"main").expect("main");
    changed[at] ^= 1;
    let changed = memory(&changed);
    let signed = Signed {
        content: &changed,
        detached: None,
        beside: &[],
    };
    let mut octets = 0;
    let fed = piece.feed(&signed, &mut |o: &[u8]| octets += o.len());
    assert_eq!((fed, octets), (Err(PayloadError::NotJudged), 0));
    assert_ne!(changed.digest(), memory(&inside).digest());
}
