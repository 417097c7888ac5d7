//! XML and ASiC files for `tests/oracle/forged.py`, good and attacked: `forged DIRECTORY` writes them with the
//! anchor and the lists that they are judged by, and prints a line for each: name, file, detached content,
//! and what we say of it, parted by tabs. The first line is the moment of judgement in milliseconds. It is a
//! program of the tests and not of the product.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a program of the tests prints its answers and stops when it is asked wrongly"
)]

mod asic;
mod xml;

use bytes::Bytes;
use lienthong::forge::{Entity, ForgeError, Identity, RevocationList, Template, Validity};
use lienthong::format::content::Memory;
use lienthong::model::Timestamp;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::report::FileReport;
use lienthong::trust::validator::Validator;
use std::path::Path;
use std::sync::Arc;

/// 2026-11-24T00:00:00Z.
const NOW: Timestamp = Timestamp(1_795_478_400_000);
const DAY: i64 = 86_400_000;

fn days_ago(days: i64) -> Timestamp {
    Timestamp(NOW.0 - days * DAY)
}

/// A file.
struct Made {
    name: String,
    bytes: Vec<u8>,
    /// What it signs, where that is beside it.
    beside: Option<Vec<u8>>,
}

impl Made {
    fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            bytes,
            beside: None,
        }
    }

    fn text(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, text.into().into_bytes())
    }
}

/// A signer and a timestamp authority under one root.
struct Ground {
    root: Entity,
    signer: Identity,
    signer_der: Vec<u8>,
    tsa: Entity,
    list: Vec<u8>,
}

impl Ground {
    fn new() -> Result<Self, ForgeError> {
        let good = Validity::days(NOW, 400, 400);
        let root = Template::authority("Gốc", good).self_signed()?;
        let signer = Template::signer("Sở Tài chính", good).issued_by(&root)?;
        Ok(Self {
            signer: signer.identity()?,
            signer_der: signer.der,
            tsa: Template::stamper("Dấu thời gian", good).issued_by(&root)?,
            list: RevocationList::complete(1, Validity::days(NOW, 0, 6)).signed_by(&root)?,
            root,
        })
    }

    fn validator(&self) -> Validator {
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        let input = MaterialInput {
            anchors: vec![anchor],
            crls: vec![Bytes::from(self.list.clone())],
            ..MaterialInput::default()
        };
        Validator::new(Arc::new(Material::new(input).expect("material")))
    }
}

fn said(report: &FileReport) -> String {
    let Some(verdict) = report.worst() else {
        let stamps = report
            .timestamps
            .iter()
            .map(|stamp| &stamp.signature.verdict);
        let mut stamps =
            stamps.map(|v| format!("{} {} timestamp", v.indication(), v.reason().code));
        return stamps.next_back().unwrap_or_else(|| "no signature".into());
    };
    let sub = verdict.sub().map_or("", |sub| sub.name());
    let code = verdict.reason().code;
    let level = report.signatures.first().and_then(|one| one.level);
    let level = level.map_or(String::new(), |level| format!(" {level:?}"));
    format!("{} {sub} {code}{level}", verdict.indication())
}

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    let folder = Path::new(&folder);
    let ground = Ground::new().expect("made");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        std::fs::write(path, bytes).expect("written");
    };
    write("anchors/root.cer", &ground.root.der);
    write("crls/root.crl", &ground.list);
    println!("{}", NOW.0);
    let validator = ground.validator();
    let mut files = xml::files(&ground).expect("made");
    files.extend(asic::files(&ground).expect("made"));
    for (number, made) in files.iter().enumerate() {
        let (file, beside) = (format!("files/{number}"), format!("beside/{number}"));
        write(&file, &made.bytes);
        let content = made.beside.as_deref();
        if let Some(content) = content {
            write(&beside, content);
        }
        let memory = |bytes: &[u8]| Memory::new(Bytes::copy_from_slice(bytes));
        let content = content.map(memory);
        let content = content
            .as_ref()
            .map(|c| -> &dyn lienthong::format::content::Content { c });
        let report = validator.judge_file(&memory(&made.bytes), content, NOW);
        let beside = if content.is_some() {
            beside
        } else {
            String::new()
        };
        println!("{}\t{file}\t{beside}\t{}", made.name, said(&report));
    }
}
