//! By how much memory grows while one large file is judged, and how long that takes: each in a process
//! of its own, cold, the file itself in memory before. What a PDF's structure takes is in the figure.

use crate::observed::observed;
use crate::{NOW, Row, World, cms, content, letters, memory, passed, pdfs, signed};
use lienthong::forge::KeyKind;
use lienthong::forge::asic::Asic;
use lienthong::format::content::Memory;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::validator::Validator;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// The argument before the folder of a file.
const ONE: &str = "--large";
const MEGABYTE: usize = 1_000_000;

#[derive(Clone, Copy)]
enum Kind {
    Detached,
    Inside,
    Pdf,
    Unsigned,
    Container,
}

const FILES: [(&str, Kind, usize); 10] = [
    ("CMS detached 1 MB", Kind::Detached, 1),
    ("CMS detached 100 MB", Kind::Detached, 100),
    ("CMS inside 100 MB", Kind::Inside, 100),
    ("CMS inside 1 GB", Kind::Inside, 1000),
    ("PDF, two signatures, 1 MB", Kind::Pdf, 1),
    ("PDF, two signatures, 10 MB", Kind::Pdf, 10),
    ("PDF, two signatures, 100 MB", Kind::Pdf, 100),
    ("PDF of 100 MB opened, no signature", Kind::Unsigned, 100),
    ("ASiC-E 100 MB", Kind::Container, 100),
    ("ASiC-E 1 GB", Kind::Container, 1000),
];

/// Judges one file if that is what this process is for. It is made by another process, so that no
/// memory that was freed here before can hide what judging takes.
pub(crate) fn asked() -> bool {
    let mut arguments = std::env::args().skip_while(|a| a != ONE).skip(1);
    let Some(folder) = arguments.next() else {
        return false;
    };
    let kept = |name: &str| std::fs::read(Path::new(&folder).join(name)).ok();
    let needed = |name: &str| kept(name).expect(name);
    let material = Material::new(MaterialInput {
        anchors: vec![AnchorInput::ordinary("bench", needed("root"))],
        crls: vec![needed("crl-0").into(), needed("crl-1").into()],
        ..MaterialInput::default()
    });
    let validator = Validator::new(Arc::new(material.expect("material")));
    let case = (memory(needed("file")), kept("content").map(memory));
    let file = signed(&case);
    let judge = || validator.judge_file(file.content, file.detached, NOW);
    let (milliseconds, grown, report) = observed(judge);
    if report.signatures.is_empty() {
        assert!(report.fault.is_none(), "{report:?}");
    } else {
        passed(&report);
    }
    let size = |m: &Memory| m.shared().len();
    let bytes = case.1.as_ref().map_or_else(|| size(&case.0), size);
    println!("{milliseconds} {grown} {bytes}");
    true
}

fn make(kind: Kind, bytes: usize, folder: &Path) {
    let world = World::new(KeyKind::Rsa2048);
    let (file, content) = match kind {
        Kind::Detached => cms(&world, bytes, 1, false).remove(0),
        Kind::Inside => cms(&world, bytes, 1, true).remove(0),
        Kind::Pdf => pdfs(&world, bytes, 1).remove(0),
        Kind::Unsigned => (memory(letters(1, bytes).into_bytes()), None),
        Kind::Container => (memory(container(&world, bytes)), None),
    };
    let keep = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).expect("written");
    };
    keep("file", &file.shared());
    content.iter().for_each(|c| keep("content", &c.shared()));
    keep("root", &world.root);
    keep("crl-0", &world.crls[0]);
    keep("crl-1", &world.crls[1]);
}

/// A container with one file of so many octets, under a XAdES signature.
fn container(world: &World, bytes: usize) -> Vec<u8> {
    let asic = Asic::extended(&[("noi-dung.bin", &content(bytes, 1))]);
    let signed = asic.xades(&world.agency, NOW).expect("signed");
    signed.build().expect("built")
}

pub(crate) fn rows() -> Vec<Row> {
    let program = std::env::current_exe().expect("this program");
    println!(
        "{:<42} {:>12} {:>9} {:>9}",
        "one large file, cold", "bytes", "ms", "MB more"
    );
    let row = |(name, kind, megabytes): &(&str, Kind, usize)| {
        let folder = tempfile::tempdir().expect("folder");
        make(*kind, megabytes * MEGABYTE, folder.path());
        let out = Command::new(&program).arg(ONE).arg(folder.path()).output();
        let out = out.expect("started");
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        let numbers: Vec<f64> = said
            .split_whitespace()
            .filter_map(|n| n.parse().ok())
            .collect();
        let [milliseconds, grown, bytes] = numbers[..] else {
            panic!("{}", String::from_utf8_lossy(&out.stderr));
        };
        println!("{name:<42} {bytes:>12} {milliseconds:>9.2} {grown:>9.2}");
        Row {
            name: format!("{name}: cold, alone"),
            bytes: bytes as usize,
            per_second: 1000.0 / milliseconds,
            micros: milliseconds * 1000.0,
        }
    };
    FILES.iter().map(row).collect()
}
