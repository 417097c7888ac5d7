//! Containers with CAdES, XAdES and timestamps, and the attacks on archives and containers (Z1 to Z4).

use super::{Ground, Made, days_ago};
use lienthong::forge::ForgeError;
use lienthong::forge::asic::{Asic, SIMPLE, manifest};
use lienthong::forge::timestamp::Token;
use lienthong::forge::zip::{Part, Zip};
use lienthong::format::zip::Method;

const LETTER: (&str, &[u8]) = ("cong-van.txt", b"Kinh gui: So Tai chinh");
const ANNEX: (&str, &[u8]) = ("phu-luc.csv", b"1,2,3");
const MANIFEST: (&str, &str) = ("META-INF/ASiCManifest.xml", "META-INF/signature.p7s");
/// Of the files in it, as OpenDocument has it.
const LIST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><manifest:manifest \
    xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" manifest:version=\"1.2\">\
    <manifest:file-entry manifest:full-path=\"/\" \
    manifest:media-type=\"application/vnd.etsi.asic-e+zip\"/>\
    <manifest:file-entry manifest:full-path=\"cong-van.txt\" manifest:media-type=\"text/plain\"/>\
    <manifest:file-entry manifest:full-path=\"phu-luc.csv\" manifest:media-type=\"text/csv\"/>\
    </manifest:manifest>";

pub(crate) fn files(ground: &Ground) -> Result<Vec<Made>, ForgeError> {
    let mut files = good(ground)?;
    files.extend(contents(ground)?);
    files.extend(archives(ground)?);
    Ok(files)
}

fn simple(ground: &Ground) -> Result<Asic, ForgeError> {
    let sign = |bytes: &[u8]| ground.signer.sign_detached(bytes, days_ago(3));
    Asic::simple(LETTER.0, LETTER.1).over_file(MANIFEST.1, sign)
}

fn extended(ground: &Ground) -> Result<Asic, ForgeError> {
    Asic::extended(&[LETTER, ANNEX]).cades(&ground.signer, days_ago(3))
}

fn good(ground: &Ground) -> Result<Vec<Made>, ForgeError> {
    let stamp = |bytes: &[u8]| Token::of(bytes, days_ago(2)).signed_by(&ground.tsa);
    let places = ("META-INF/ASiCManifest.xml", "META-INF/timestamp.tst");
    let both = Asic::extended(&[LETTER, ANNEX]);
    let listed = both.clone().with("META-INF/manifest.xml", LIST.as_bytes());
    let rows = [
        ("ASiC-S with CAdES", simple(ground)?),
        ("ASiC-E with CAdES", extended(ground)?),
        (
            "ASiC-S with XAdES",
            Asic::simple(LETTER.0, LETTER.1).xades(&ground.signer, days_ago(3))?,
        ),
        (
            "ASiC-E with XAdES",
            both.clone().xades(&ground.signer, days_ago(3))?,
        ),
        (
            "ASiC-E with XAdES and manifest.xml",
            listed.xades(&ground.signer, days_ago(3))?,
        ),
        (
            "ASiC-S with a timestamp",
            Asic::simple(LETTER.0, LETTER.1).over_file("META-INF/timestamp.tst", stamp)?,
        ),
        (
            "ASiC-E with a timestamp",
            both.over_manifest(places, &[LETTER.0, ANNEX.0], stamp)?,
        ),
    ];
    built(rows)
}

fn built<const N: usize>(rows: [(&str, Asic); N]) -> Result<Vec<Made>, ForgeError> {
    let each = rows.into_iter();
    each.map(|(name, container)| Ok(Made::new(name, container.build()?)))
        .collect()
}

/// What is in the container.
fn contents(ground: &Ground) -> Result<Vec<Made>, ForgeError> {
    let (small, large) = (simple(ground)?, extended(ground)?);
    let xades = Asic::extended(&[LETTER, ANNEX]).xades(&ground.signer, days_ago(3))?;
    let other = manifest(MANIFEST.1, &[(LETTER.0, b"other"), ANNEX]);
    let relisted = large.clone().changed(LETTER.0, Some(b"other"));
    let relisted = relisted.changed(MANIFEST.0, Some(other.as_bytes()));
    let one = |bytes: &[u8]| ground.signer.sign_detached(bytes, days_ago(3));
    let part = Asic::extended(&[LETTER, ANNEX]).over_manifest(MANIFEST, &[LETTER.0], one)?;
    let renamed = large
        .clone()
        .changed(ANNEX.0, None)
        .with("khac.csv", ANNEX.1);
    built([
        (
            "ASiC-S, its file changed",
            small.clone().changed(LETTER.0, Some(b"other")),
        ),
        (
            "ASiC-S, a second file",
            small.clone().with("second.txt", b"x"),
        ),
        (
            "ASiC-S, its file gone",
            small.clone().changed(LETTER.0, None),
        ),
        ("ASiC-S, no mimetype", small.changed("mimetype", None)),
        (
            "ASiC-E, a file changed",
            large.clone().changed(LETTER.0, Some(b"other")),
        ),
        ("ASiC-E, a file gone", large.clone().changed(ANNEX.0, None)),
        ("ASiC-E, a file more", large.clone().with("them.txt", b"x")),
        ("ASiC-E, a file renamed", renamed),
        ("ASiC-E, a manifest that nobody signed", relisted),
        ("ASiC-E, a file that the manifest leaves out", part),
        (
            "ASiC-E, no mimetype",
            large.clone().changed("mimetype", None),
        ),
        (
            "ASiC-E, no manifest",
            large.clone().changed(MANIFEST.0, None),
        ),
        (
            "ASiC-E, its mimetype that of ASiC-S",
            large.changed("mimetype", Some(SIMPLE.as_bytes())),
        ),
        (
            "ASiC-E with XAdES, a file changed",
            xades.clone().changed(LETTER.0, Some(b"other")),
        ),
        (
            "ASiC-E with XAdES, a file more",
            xades.with("them.txt", b"x"),
        ),
    ])
}

/// Archives of which two readers make two things.
fn archives(ground: &Ground) -> Result<Vec<Made>, ForgeError> {
    let container = extended(ground)?;
    let files = container.files.iter();
    let files: Vec<(&str, &[u8])> = files.map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let zip = Zip::of(&files)?;
    let twin = Part::new(LETTER.0, b"other", Method::Stored)?;
    let good = zip.build();
    let joined = |before: &[u8], behind: &[u8]| [before, &good, behind].concat();
    let mut rows = vec![
        Made::new("octets before the archive", joined(b"%PDF-1.7", b"")),
        Made::new("octets behind the archive", joined(b"", b"x")),
        Made::new("a second end record", joined(b"", &good[good.len() - 22..])),
    ];
    for (name, change) in CHANGES {
        let mut zip = zip.clone();
        change(&mut zip, &twin);
        rows.push(Made::new(name, zip.build()));
    }
    Ok(rows)
}

/// What is done to an archive, with another content of its first file.
type Change = fn(&mut Zip, &Part);

const CHANGES: [(&str, Change); 9] = [
    ("a name twice", |zip, twin| named(zip, twin, LETTER.0)),
    ("a name twice but for its letters", |zip, twin| {
        named(zip, twin, "Cong-Van.txt");
    }),
    ("a name that leads out", |zip, twin| {
        named(zip, twin, "../cong-van.txt");
    }),
    ("a local header of another name", |zip, _| {
        zip.parts[1].local.name = b"cong-vaN.txt".to_vec();
    }),
    ("a local header of another size", |zip, _| {
        zip.parts[1].local.size += 1;
    }),
    ("a local header of another CRC-32", |zip, _| {
        zip.parts[1].local.crc ^= 1;
    }),
    ("an entry that only the local headers have", |zip, twin| {
        let mut hidden = twin.clone();
        hidden.central = None;
        zip.parts.insert(1, hidden);
    }),
    ("octets between two entries", |zip, _| {
        zip.parts[2].before = b"1234".to_vec();
    }),
    ("fewer entries than the end record says", |zip, _| {
        zip.entries = Some(9);
    }),
];

fn named(zip: &mut Zip, twin: &Part, name: &str) {
    let name = name.as_bytes();
    let twin = twin.clone().with(|header| header.name = name.to_vec());
    zip.parts.insert(1, twin);
}
