//! XML: octets that one core parses and brings into a canonical form per second, and what the tree of a
//! document takes. What is parsed is in memory, and in a canonical form nothing of the parsing and no
//! digest is counted: each piece is looked at and dropped.

use crate::invoices::{plain, ubl};
use crate::observed::observed;
use crate::{NOW, Row, World, measure, memory, timed};
use lienthong::forge::KeyKind;
use lienthong::forge::xml::Plan;
use lienthong::format::xml::Document;
use lienthong::format::xml::canonical::{AllBut, Form, Method, write};
use lienthong::trust::validator::Validator;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;

/// The argument before a file that only its tree is made of.
const ONE: &str = "--tree";
const MEGABYTE: usize = 1_000_000;

type Make = fn(usize) -> String;

const KINDS: [(&str, Make); 2] = [("invoice without prefixes", plain), ("UBL invoice", ubl)];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, make) in KINDS {
        for (label, bytes) in [("1 MB", MEGABYTE), ("10 MB", 10 * MEGABYTE)] {
            rows.extend(of(&format!("{name} {label}"), make(bytes)));
        }
    }
    rows.extend(judged());
    trees();
    rows
}

/// Enveloped signatures with the exclusive form, fully judged: parsed, brought into that form, hashed,
/// chain from a warm cache.
fn judged() -> Vec<Row> {
    let world = World::new(KeyKind::Rsa2048);
    let validator = Validator::new(Arc::clone(&world.material));
    let mut rows = Vec::new();
    for (name, make) in KINDS {
        for (label, bytes) in [("1 MB", MEGABYTE), ("10 MB", 10 * MEGABYTE)] {
            let signed = Plan::enveloped(&make(bytes)).sign(&world.agency);
            let cases = [(memory(signed.expect("signed").text.into_bytes()), None)];
            let name = format!("{name} {label}: enveloped, judged");
            rows.push(measure(&name, &validator, &cases, NOW));
        }
    }
    rows
}

fn of(name: &str, text: String) -> Vec<Row> {
    let cases = [(memory(text.into_bytes()), None)];
    let bytes = cases[0].0.shared();
    let parse = || drop(black_box(Document::read(black_box(&bytes)).expect("read")));
    let mut rows = vec![timed(&format!("{name}: parsed"), &cases, parse)];
    let document = Document::read(&bytes).expect("read");
    for (label, form) in [
        ("inclusive", Form::Inclusive10),
        ("inclusive 1.1", Form::Inclusive11),
        ("exclusive", Form::Exclusive),
    ] {
        let method = Method {
            form,
            comments: false,
            inclusive: BTreeSet::new(),
        };
        let written = || {
            let mut out = |piece: &[u8]| {
                black_box(piece);
            };
            let all = AllBut(&[]);
            write(&document, document.root(), &method, &all, &mut out).expect("a form");
        };
        rows.push(timed(&format!("{name}: {label}"), &cases, written));
    }
    rows
}

/// Reads one file if that is what this process is for.
pub(crate) fn asked() -> bool {
    let mut arguments = std::env::args().skip_while(|a| a != ONE).skip(1);
    let Some(file) = arguments.next() else {
        return false;
    };
    let bytes = std::fs::read(file).expect("file");
    let (milliseconds, megabytes, document) = observed(|| Document::read(&bytes).expect("read"));
    let nodes = document.nodes().count();
    let times = megabytes * 1024.0 * 1024.0 / bytes.len() as f64;
    println!(
        "{:>12} {nodes:>9} {milliseconds:>9.2} {megabytes:>9.2} {times:>9.2}",
        bytes.len()
    );
    true
}

/// What trees take, each made in a process of its own: growth of the high-water mark over the file. The
/// last three are made to be the worst.
fn trees() {
    let program = std::env::current_exe().expect("this program");
    println!(
        "{:<42} {:>12} {:>9} {:>9} {:>9} {:>9}",
        "one tree, cold", "bytes", "nodes", "ms", "MB more", "× file"
    );
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let smallest = format!("<a>{}</a>", "<a/>".repeat(10 * MEGABYTE / 4));
    let latin = "<?xml version='1.0' encoding='ISO-8859-1'?><a><!--\u{e9}-->"
        .chars()
        .map(|c| c as u8);
    let latin = latin.chain(smallest.bytes().skip(3)).collect();
    for (name, bytes) in [
        (
            "invoice without prefixes 10 MB",
            plain(10 * MEGABYTE).into_bytes(),
        ),
        ("UBL invoice 10 MB", ubl(10 * MEGABYTE).into_bytes()),
        (
            "UBL invoice 20 MB, UTF-16",
            utf16(&ubl(10 * MEGABYTE).replace("UTF-8", "UTF-16")),
        ),
        ("smallest elements, UTF-8", smallest.clone().into_bytes()),
        ("smallest elements, UTF-16", utf16(&smallest)),
        ("smallest elements, Latin-1", latin),
    ] {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), bytes).expect("written");
        let out = Command::new(&program).arg(ONE).arg(file.path()).output();
        let out = out.expect("started");
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        print!("{name:<42} {}", String::from_utf8_lossy(&out.stdout));
    }
}
