//! Evidence bundles: what they prove away from the gateway, and that nothing in them can be changed.

use super::world::{OTHER, RECIPIENT, SENDER, World, now};
use axum::http::StatusCode;
use lienthong::client::bundle::{ARCHIVE_MANIFEST, MANIFEST, SIGNATURE, TIMESTAMP};
use lienthong::forge::timestamp::{Token, signature_timestamp};
use lienthong::forge::{Entity, RevocationList, Revoked, Template, Validity};
use lienthong::format::asic::{EXTENDED, Listed, manifest};
use lienthong::format::content::Memory;
use lienthong::format::zip::write::Writer;
use lienthong::format::zip::{Archive, Method};
use lienthong::judge::bundle::{self, Again, BundleError, Level, NotAgain, Proven};
use lienthong::keys::{self, ReceiptKey, issue};
use lienthong::model::{Digest, Timestamp};
use lienthong::seal::receipt::{ReceiptError, verify};
use lienthong::seal::{Unsigned, signature_value, with_unsigned};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::certificate::Certificate;
use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;

type Files = Vec<(String, Vec<u8>)>;

/// A document that was sent, fetched and answered; its bundle as its sender has it.
async fn lived(world: &World, number: &str) -> (String, Vec<u8>) {
    let sent = world.post(SENDER, &world.document(number)).await;
    let id = sent.text("id");
    for n in 1..=2 {
        let file = format!("/v1/documents/{id}/files/{n}");
        assert_eq!(world.get(RECIPIENT, &file).await.status, StatusCode::OK);
    }
    let answers = format!("/v1/documents/{id}/answers");
    let answered = world
        .post_json(RECIPIENT, &answers, r#"{"status":"03"}"#)
        .await;
    assert_eq!(answered.status, StatusCode::OK);
    let bundle = fetched(world, SENDER, &id).await;
    (id, bundle)
}

async fn fetched(world: &World, unit: &str, id: &str) -> Vec<u8> {
    let path = format!("/v1/documents/{id}/evidence.asice");
    let got = world.get(unit, &path).await;
    assert_eq!(got.status, StatusCode::OK);
    assert_eq!(got.headers["content-type"], EXTENDED);
    let length = got.headers["content-length"].to_str().expect("length");
    assert_eq!(length, got.body.len().to_string());
    got.body
}

/// Anchors that somebody trusts.
fn anchors(world: &World) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("folder");
    let domain = folder.path().join("trust/mau");
    std::fs::create_dir_all(&domain).expect("folder");
    std::fs::write(domain.join("goc.cer"), world.ca.der()).expect("written");
    let path = folder.path().to_owned();
    (folder, path)
}

fn judged(world: &World, bytes: &[u8], anchors: Option<&PathBuf>) -> Result<Proven, BundleError> {
    let ca = Certificate::parse(&world.receipt_ca).expect("CA");
    let content = Memory::new(bytes.to_vec().into());
    bundle::judge(&content, &ca, anchors, now())
}

fn unpacked(bytes: &[u8]) -> Files {
    let content = Memory::new(bytes.to_vec().into());
    let archive = Archive::read(&content).expect("archive");
    let entries = archive.entries().iter();
    let file = |entry| archive.unpack(entry, 1 << 20).expect("file");
    entries.map(|e| (e.name.clone(), file(e))).collect()
}

fn packed(files: &Files) -> Vec<u8> {
    let mut writer = Writer::new();
    for (name, bytes) in files {
        writer.add(name, bytes, Method::Stored).expect("added");
    }
    writer.finish().expect("archive")
}

/// With a list of what is there now, signed by whoever `sign` is.
fn signed_again(mut files: Files, sign: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    files.retain(|(name, _)| !name.starts_with("META-INF/"));
    let listed = files.iter().filter(|(name, _)| name != "mimetype");
    let listed = listed.map(|(name, bytes)| Listed {
        name: name.clone(),
        media: "application/octet-stream",
        sha256: Digest::of(bytes),
    });
    let list = manifest(SIGNATURE, &listed.collect::<Vec<_>>()).into_bytes();
    let signature = sign(&list);
    files.push((MANIFEST.into(), list));
    files.push((SIGNATURE.into(), signature));
    packed(&files)
}

/// By the gateway itself: then only what belongs together can show it.
fn by_gateway(world: &World, files: Files) -> Vec<u8> {
    let sealer = &world.intake.tools().sealer;
    signed_again(files, |list| sealer.sign_list(list, now()).expect("signed"))
}

#[tokio::test]
async fn a_bundle_proves_a_documents_life_without_the_gateway() {
    let world = World::new();
    let (id, bytes) = lived(&world, "12").await;
    let (_folder, trust) = anchors(&world);
    let proven = judged(&world, &bytes, Some(&trust)).expect("genuine");
    assert_eq!(proven.index.document, id);
    assert_eq!(proven.level, Level::B);
    let events: Vec<&str> = proven.receipts.iter().map(|r| r.event.as_str()).collect();
    assert_eq!(events, ["offered", "arrived", "answered"]);
    let again: Vec<&Again> = proven.judgements.iter().map(|j| &j.again).collect();
    assert_eq!(again, [&Again::Same(1)]);
    assert!(proven.index.files.iter().all(|file| file.path.is_some()));
    // Without anchors nothing is said of the document's own signatures.
    let alone = judged(&world, &bytes, None).expect("genuine");
    assert_eq!(alone.judgements[0].again, Again::Not(NotAgain::NoAnchors));
    // Under anchors of strangers it comes out otherwise, and that is seen.
    let other = World::new();
    let (_folder, foreign) = anchors(&other);
    let differs = judged(&world, &bytes, Some(&foreign)).expect("genuine");
    assert!(!differs.agrees(), "{differs:?}");
}

#[tokio::test]
async fn the_same_state_gives_the_same_octets_but_for_the_signature() {
    let world = World::new();
    let (id, first) = lived(&world, "12").await;
    let second = fetched(&world, SENDER, &id).await;
    let apart = |bytes: &[u8]| -> Files {
        let mut files = unpacked(bytes);
        files.retain(|(name, _)| name != SIGNATURE);
        files
    };
    assert_eq!(apart(&first), apart(&second));
    let theirs = fetched(&world, RECIPIENT, &id).await;
    assert_eq!(apart(&first), apart(&theirs), "it has arrived there");
    let path = format!("/v1/documents/{id}/evidence.asice");
    assert_eq!(world.get(OTHER, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_bundle_is_no_way_around_arrival_nor_to_what_is_not_kept() {
    let world = World::new();
    let sent = world.post(SENDER, &world.document("12")).await;
    let id = sent.text("id");
    let early = fetched(&world, RECIPIENT, &id).await;
    let (_folder, trust) = anchors(&world);
    let proven = judged(&world, &early, Some(&trust)).expect("genuine");
    assert_eq!(proven.index.files[0].absent.as_deref(), Some("not_arrived"));
    assert_eq!(proven.judgements[0].again, Again::Not(NotAgain::Absent));
    assert!(
        !unpacked(&early)
            .iter()
            .any(|(name, _)| name.starts_with("files/"))
    );
    assert_eq!(proven.receipts.len(), 1, "it is no arrival");
    let sender = judged(&world, &fetched(&world, SENDER, &id).await, None).expect("genuine");
    assert!(sender.index.files[0].path.is_some());
}

#[tokio::test]
async fn no_octet_of_a_bundle_can_be_changed() {
    let world = World::new();
    let (_, bytes) = lived(&world, "12").await;
    // Every octet near the ends, where headers and the directory are dense, and a sample between them.
    let ends = (0..256).chain(bytes.len() - 2048..bytes.len());
    for place in ends.chain((256..bytes.len() - 2048).step_by(211)) {
        for bit in [0x01, 0x80] {
            let mut altered = bytes.clone();
            altered[place] ^= bit;
            let found = judged(&world, &altered, None);
            assert!(found.is_err(), "octet {place} bit {bit:#x}: {found:?}");
        }
    }
    for cut in [1, 22, 500, bytes.len() / 2] {
        assert!(judged(&world, &bytes[..bytes.len() - cut], None).is_err());
    }
    assert!(judged(&world, &[&bytes[..], b"\n"].concat(), None).is_err());
}

#[tokio::test]
async fn no_file_of_a_bundle_can_be_changed_removed_added_or_exchanged() {
    let world = World::new();
    let (_, bytes) = lived(&world, "12").await;
    let (_, other) = lived(&world, "13").await;
    let (files, others) = (unpacked(&bytes), unpacked(&other));
    assert!(judged(&world, &packed(&files), None).is_ok(), "as it was");
    for place in 0..files.len() {
        let name = &files[place].0;
        let mut changed = files.clone();
        changed[place].1.push(b' ');
        assert!(
            judged(&world, &packed(&changed), None).is_err(),
            "{name} changed"
        );
        let mut removed = files.clone();
        removed.remove(place);
        assert!(
            judged(&world, &packed(&removed), None).is_err(),
            "{name} removed"
        );
        let exchanged = others
            .iter()
            .find(|(own, bytes)| own == name && *bytes != files[place].1);
        if let Some((_, foreign)) = exchanged {
            let mut swapped = files.clone();
            swapped[place].1.clone_from(foreign);
            assert!(
                judged(&world, &packed(&swapped), None).is_err(),
                "{name} swapped"
            );
        }
    }
    for name in [
        "files/them.pdf",
        "META-INF/them.txt",
        "META-INF/signatures.xml",
        "META-INF/a/",
    ] {
        let mut added = files.clone();
        if name.ends_with('/') {
            added.push((format!("{name}x"), Vec::new()));
        } else {
            added.push((name.into(), b"<x/>".to_vec()));
        }
        assert!(
            judged(&world, &packed(&added), None).is_err(),
            "{name} added"
        );
    }
    // Whole but signed by somebody else: another gateway, with a CA of its own.
    let years = issue::Validity::years(now(), 1);
    let ca = issue::create_receipt_ca("khác", years).expect("CA");
    let authority = keys::Authority::new(&ca).expect("authority");
    let issued = issue::issue_receipt(&authority, "mẫu", years).expect("receipt");
    let key = ReceiptKey::from_issued(&issued).expect("key");
    let forged = signed_again(files, |list| {
        key.sign_detached(list, now()).expect("signed")
    });
    let found = judged(&world, &forged, None).expect_err("forged");
    assert_eq!(found, BundleError::Signature(ReceiptError::OtherAuthority));
}

#[tokio::test]
async fn what_does_not_belong_together_fails_whoever_signed_it() {
    let world = World::new();
    let (_, bytes) = lived(&world, "12").await;
    let (_, other) = lived(&world, "13").await;
    let (files, others) = (unpacked(&bytes), unpacked(&other));
    let again = by_gateway(&world, files.clone());
    assert!(
        judged(&world, &again, None).is_ok(),
        "signed again as it was"
    );
    let receipts = |(name, _): &&(String, Vec<u8>)| name.starts_with("receipts/");
    for (n, (name, _)) in files.iter().enumerate() {
        if name == "README.txt" || name == "mimetype" || name.starts_with("META-INF/") {
            continue;
        }
        let mut removed = files.clone();
        removed.remove(n);
        let found = judged(&world, &by_gateway(&world, removed), None);
        assert!(found.is_err(), "{name} removed: {found:?}");
        let mut changed = files.clone();
        changed[n].1.push(b' ');
        let found = judged(&world, &by_gateway(&world, changed), None);
        // Spaces behind JSON are no other JSON.
        let harmless = name == "bundle.json";
        assert!(found.is_err() || harmless, "{name} changed: {found:?}");
    }
    let mut surplus = files.clone();
    surplus.push(("files/them.pdf".into(), b"x".to_vec()));
    let found = judged(&world, &by_gateway(&world, surplus), None).expect_err("surplus");
    assert_eq!(found, BundleError::Surplus("files/them.pdf".into()));
    // Receipts of another document under the names of this one's.
    for ((name, _), (_, foreign)) in files
        .iter()
        .filter(receipts)
        .zip(others.iter().filter(receipts))
    {
        let mut mixed = files.clone();
        for (own, bytes) in &mut mixed {
            if own == name {
                bytes.clone_from(foreign);
            }
        }
        let found = judged(&world, &by_gateway(&world, mixed), None);
        assert!(
            matches!(found, Err(BundleError::Differs(..))),
            "{name}: {found:?}"
        );
    }
    // A receipt in the place of the container's signature.
    let mut receipt = files.clone();
    let own = files.iter().find(receipts).expect("receipt").1.clone();
    receipt.retain(|(name, _)| name != SIGNATURE);
    receipt.push((SIGNATURE.into(), own));
    assert!(judged(&world, &packed(&receipt), None).is_err());
}

/// With the report of the offer changed, and all that names it made again by the gateway.
fn reported_otherwise(world: &World, files: &Files, change: impl Fn(&mut Value)) -> Vec<u8> {
    let ca = Certificate::parse(&world.receipt_ca).expect("CA");
    let sealer = &world.intake.tools().sealer;
    let mut files = files.clone();
    let mut digests = None;
    for (_, bytes) in files.iter_mut().filter(|(n, _)| n.ends_with("report.json")) {
        let before = Digest::of(bytes);
        let mut report: Value = serde_json::from_slice(bytes).expect("JSON");
        change(&mut report);
        *bytes = serde_json::to_vec(&report).expect("JSON");
        digests = Some((before, Digest::of(bytes)));
    }
    let (before, after) = digests.expect("a report");
    for (name, bytes) in &mut files {
        if name.ends_with("-offered.p7m") {
            let mut receipt = verify(bytes, &ca).expect("receipt");
            receipt.judged.report = Some(after);
            *bytes = sealer.seal(&receipt, receipt.at).expect("sealed");
        }
        if name == "bundle.json" {
            let index = String::from_utf8(bytes.clone()).expect("text");
            *bytes = index
                .replace(&before.to_hex(), &after.to_hex())
                .into_bytes();
        }
    }
    by_gateway(world, files)
}

#[tokio::test]
async fn no_judgement_is_as_of_a_time_at_which_the_document_was_not_there() {
    let world = World::new();
    let (_, bytes) = lived(&world, "12").await;
    let files = unpacked(&bytes);
    let moved = |days: i64| now().plus_secs(days * 24 * 3600).to_string();
    for (what, value, stands) in [
        ("at", serde_json::json!(now().to_string()), true),
        ("at", serde_json::json!(moved(-400)), false),
        ("at", serde_json::json!(moved(1)), false),
        (
            "existed",
            serde_json::json!({ "at": now().to_string() }),
            true,
        ),
        ("existed", serde_json::json!({ "at": moved(-400) }), false),
        ("existed", serde_json::json!({ "at": "x" }), false),
    ] {
        let bytes = reported_otherwise(&world, &files, |report| report[what] = value.clone());
        let found = judged(&world, &bytes, None);
        assert_eq!(found.is_ok(), stands, "{what} {value}: {found:?}");
    }
}

#[tokio::test]
async fn a_bundle_is_laid_out_as_the_gateway_does_whoever_signed_it() {
    let world = World::new();
    let (_, bytes) = lived(&world, "12").await;
    let files = unpacked(&bytes);
    let at = |name: &str| files.iter().position(|(own, _)| own == name).expect(name);
    let mut order = files.clone();
    order.swap(at("README.txt"), at("bundle.json"));
    let mut media = files.clone();
    media[at("mimetype")].1 = b"application/vnd.etsi.asic-s+zip".to_vec();
    let mut inside = files.clone();
    inside.insert(
        at("bundle.json") + 1,
        ("meta-inf/them.txt".into(), b"x".to_vec()),
    );
    for (what, files) in [("order", order), ("mimetype", media), ("inside", inside)] {
        let found = judged(&world, &by_gateway(&world, files), None);
        let shaped = matches!(found, Err(BundleError::Container(_)));
        assert!(shaped, "{what}: {found:?}");
    }
    for lone in [ARCHIVE_MANIFEST, TIMESTAMP] {
        let mut more = files.clone();
        more.push((lone.into(), b"<x/>".to_vec()));
        let found = judged(&world, &packed(&more), None);
        assert!(found.is_err(), "{lone}: {found:?}");
    }
}

/// What the gateway signs, its own reader takes: names to which one reference could be two, and names that some
/// system takes for the same.
#[tokio::test]
async fn no_names_of_files_make_a_bundle_that_is_not_read() {
    let world = World::new();
    let pairs = [
        ("a b.txt", "a%20b.txt"),
        ("a.txt", "%61.txt"),
        ("100%.txt", "100%25.txt"),
        ("a.txt", "A.txt"),
        ("ß.txt", "SS.txt"),
        ("x", "x."),
    ];
    for (n, (one, other)) in pairs.into_iter().enumerate() {
        let number = (20 + n).to_string();
        let text = format!("Công văn số {number}").into_bytes();
        let signature = world.signer.sign_detached(&text, now()).expect("signed");
        let envelope = super::world::envelope(&number);
        let envelope = envelope.replace("cv.txt", one).replace("cv.p7s", other);
        let form = super::world::Form::new()
            .part("envelope", envelope.as_bytes())
            .part("file", &text)
            .part("file", &signature);
        let sent = world.post(SENDER, &form).await;
        let id = sent.text("id");
        assert!(!id.is_empty(), "{one} {other}: {:?}", sent.status);
        let bytes = fetched(&world, SENDER, &id).await;
        let proven = judged(&world, &bytes, None);
        let proven = proven.unwrap_or_else(|e| panic!("{one} {other}: {e}"));
        let there = proven.index.files.iter().filter(|f| f.path.is_some());
        assert_eq!(there.count(), 2, "{one} {other}");
    }
}

#[tokio::test]
async fn one_root_in_folders_of_one_name_makes_a_bundle_that_is_read() {
    for domains in [&["mau"][..], &["MAU"], &["a b", "a%20b"]] {
        let mut world = World::new();
        let der = world.ca.der().to_vec();
        world.change(|_, material, _| {
            let more = domains
                .iter()
                .map(|domain| AnchorInput::ordinary(*domain, der.clone()));
            material.anchors.extend(more);
        });
        let (_, bytes) = lived(&world, "12").await;
        let (_folder, path) = anchors(&world);
        let proven = judged(&world, &bytes, Some(&path));
        let proven = proven.unwrap_or_else(|e| panic!("{domains:?}: {e}"));
        assert!(proven.agrees(), "{domains:?}: {:?}", proven.judgements);
    }
}

fn days_ago(days: i64) -> Timestamp {
    now().plus_secs(-days * 86_400)
}

/// The bundle with one more timestamp over its signature, and what that is judged by.
fn stamped(bytes: &[u8], by: &Entity, at: Timestamp, lists: &[&[u8]]) -> Vec<u8> {
    let mut files = unpacked(bytes);
    let (_, p7s) = files.last_mut().expect("the signature");
    let token = Token::of(&signature_value(p7s).expect("value"), at).signed_by(by);
    let attribute = signature_timestamp(&token.expect("token"));
    let more = Unsigned {
        attribute: &attribute,
        certificates: by.above.iter().map(Vec::as_slice).collect(),
        revocation: lists.to_vec(),
    };
    *p7s = with_unsigned(p7s, &more).expect("written");
    packed(&files)
}

/// Anybody may add a timestamp, and the key of an authority that was compromised says any moment.
#[tokio::test]
async fn a_timestamp_of_a_revoked_authority_counts_for_nothing_beside_one_that_holds() {
    let world = World::new();
    let (_, bytes) = lived(&world, "12").await;
    let good = Validity::days(now(), 400, 400);
    let root = Template::authority("Gốc thời gian", good).self_signed();
    let root = root.expect("root");
    let stamper = |name| Template::stamper(name, good).issued_by(&root);
    let lost = stamper("Bị lộ").expect("tsa");
    // What is shorter comes first in a set.
    let kept = stamper("Đơn vị cấp dấu thời gian còn giữ khoá của mình").expect("tsa");
    let before = RevocationList::complete(1, Validity::days(now(), 1, 6));
    let after = RevocationList::complete(2, Validity::days(now(), 0, 6));
    let after = after.revoke(Revoked::new(&lost.serial, days_ago(2)).reason(1));
    let lists = [before, after].map(|list| list.signed_by(&root).expect("list"));
    let (_folder, trust) = anchors(&world);
    let domain = trust.join("trust/thoi-gian");
    std::fs::create_dir_all(&domain).expect("folder");
    std::fs::write(domain.join("goc.cer"), &root.der).expect("written");
    let purposes = "purposes = [\"timestamping\"]\n";
    std::fs::write(domain.join("goc.toml"), purposes).expect("written");
    let both = stamped(&bytes, &lost, days_ago(300), &[&lists[0]]);
    let both = stamped(&both, &kept, days_ago(1), &[]);
    let moment = |bytes: &[u8]| match judged(&world, bytes, Some(&trust)).expect("genuine").level {
        Level::T(stamp) => Some(stamp.moment),
        Level::B | Level::BWithUnprovedTimestamps | Level::Archived(..) | Level::Lta(..) => None,
    };
    // Nobody knows it yet.
    assert_eq!(moment(&both), Some(days_ago(300).plus_secs(1)));
    std::fs::create_dir_all(trust.join("crl")).expect("folder");
    std::fs::write(trust.join("crl/moi.crl"), &lists[1]).expect("written");
    assert_eq!(moment(&both), Some(days_ago(1).plus_secs(1)));
    let alone = stamped(&bytes, &lost, days_ago(300), &[&lists[0]]);
    let level = judged(&world, &alone, Some(&trust)).expect("genuine").level;
    assert_eq!(level, Level::BWithUnprovedTimestamps);
}
