//! XML signatures of any input: what passes was signed, whole, by somebody whose certificate and lists
//! were really issued; and the same file has the same answer under a key alone.

use super::grounds::{Grounds, World};
use super::seeds::{self, NOW};
use super::targets::{Came, Outcome, genuine, judge, must, passed};
use bytes::Bytes;
use lienthong::format::content::{Content, Memory};
use lienthong::format::xml::canonical::{AllBut, Form, Method, to_vec};
use lienthong::format::xml::signature::{Signature, signatures};
use lienthong::format::xml::{Document, Index};
use lienthong::model::Digest;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::certificate::Certificate;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::report::{Coverage, FileReport, Integrity, SignatureReport};
use lienthong::trust::validator::{Signed, Validator};
use lienthong::trust::verified_under;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The signed files, each of another kind.
pub(crate) const FILES: [&str; 5] = [
    "enveloped.xml",
    "enveloping.xml",
    "filtered.xml",
    "invoice.xml",
    "detached.xml",
];
/// What belongs to them.
pub(crate) const CERTIFICATES: [&str; 3] = ["xml-root.cer", "xml-ca.cer", "xml-leaf.cer"];
/// The lists of their authorities.
pub(crate) const LISTS: [&str; 2] = ["xml-root.crl", "xml-ca.crl"];

/// Who is trusted, and what was signed.
pub(crate) struct Signatures {
    world: World,
    /// Digests under references that somebody signed.
    digests: BTreeSet<String>,
    /// SHA-256 of whole contents without their signatures, in exclusive form.
    contents: BTreeSet<Digest>,
}

impl Signatures {
    pub(crate) fn new() -> Self {
        let anchor = AnchorInput::ordinary("test", seeds::read("xml-root.cer"));
        let input = MaterialInput {
            anchors: vec![anchor],
            crls: LISTS.iter().map(|name| seeds::read(name).into()).collect(),
            ..MaterialInput::default()
        };
        let material = Material::new(input).expect("material");
        let mut all = Self {
            world: World {
                validator: Validator::new(Arc::new(material)),
                at: NOW,
                content: Bytes::from(seeds::read("content.txt")),
            },
            digests: BTreeSet::new(),
            contents: BTreeSet::new(),
        };
        for name in FILES {
            let file = seeds::read(name);
            let content = Memory::new(all.world.content.clone());
            let beside: Option<&dyn Content> = (name == "detached.xml").then_some(&content);
            let report = judge(&all.world, &file, beside).expect("judged");
            assert!(passed(&report), "{name}: {report:?}");
            all.digests.extend(digests(&report));
            all.contents.insert(without_signatures(&file));
        }
        all
    }
}

fn digests(report: &FileReport) -> impl Iterator<Item = String> + '_ {
    let covers = report.signatures.iter().flat_map(|s| &s.covers);
    covers.map(|covered| format!("{} {}", covered.algorithm, covered.digest))
}

fn own_certificates(file: &[u8]) -> BTreeSet<Digest> {
    let document = Document::read(file).expect("judged, so it is read");
    let index = Index::of(&document);
    let all = signatures(&index).unwrap_or_default();
    let read = all
        .iter()
        .filter_map(|id| Signature::read(&index, *id).ok());
    let infos = read.filter_map(|signature| signature.key_info);
    let certificates = infos.flat_map(|info| info.x509.certificates);
    certificates.map(|der| Digest::of(&der)).collect()
}

fn count(file: &[u8]) -> usize {
    let document = Document::read(file).expect("judged, so it is read");
    let all = signatures(&Index::of(&document));
    all.map_or(0, |all| all.len())
}

fn without_signatures(file: &[u8]) -> Digest {
    let document = Document::read(file).expect("passed, so it is read");
    let index = Index::of(&document);
    let all = signatures(&index).expect("passed, so they are found");
    let method = Method {
        form: Form::Exclusive,
        comments: false,
        inclusive: BTreeSet::new(),
    };
    let form = to_vec(&document, document.root(), &method, &AllBut(&all));
    Digest::of(&form.expect("passed, so it has a form"))
}

pub(crate) fn run(grounds: &Grounds, input: &[u8]) -> Outcome {
    let known = &grounds.signatures;
    let content = Memory::new(known.world.content.clone());
    let beside: [Option<&dyn Content>; 2] = [None, Some(&content)];
    let mut came = Came::Refused;
    for detached in beside {
        let report = judge(&known.world, input, detached)?;
        came = came.max_of(&report);
        bare(input, detached, &report)?;
        if !passed(&report) {
            continue;
        }
        genuine(grounds, &report)?;
        for digest in digests(&report) {
            must(
                known.digests.contains(&digest),
                "passed over what nobody signed",
            )?;
        }
        let whole = report
            .signatures
            .iter()
            .any(|s| s.coverage == Coverage::WholeFile);
        must(
            !whole || known.contents.contains(&without_signatures(input)),
            "passed with content that nobody signed",
        )?;
    }
    Ok(came)
}

/// What is intact for the judgement verifies under the key of its certificate, and covers the same.
fn bare(input: &[u8], detached: Option<&dyn Content>, report: &FileReport) -> Result<(), String> {
    let intact = |r: &FileReport| {
        r.signatures
            .iter()
            .all(|s| s.integrity == Integrity::Intact)
    };
    if report.signatures.is_empty() || report.fault.is_some() || !intact(report) {
        return Ok(());
    }
    let file = Memory::new(Bytes::copy_from_slice(input));
    let signed = Signed {
        content: &file,
        detached,
        beside: &[],
    };
    let keys = |_: &Index<'_>, signature: &Signature| {
        let certificates = signature.key_info.iter();
        let certificates = certificates.flat_map(|info| &info.x509.certificates);
        let parsed = certificates.filter_map(|der| Certificate::parse(der).ok());
        parsed.map(|c| c.public_key().to_vec()).collect()
    };
    // Counter-signatures are told under the signature that they are over, and a certificate may come from
    // the properties.
    let own = own_certificates(input);
    let by_own = |s: &SignatureReport| s.signer.as_ref().is_some_and(|c| own.contains(&c.sha256));
    if count(input) != report.signatures.len() || !report.signatures.iter().all(by_own) {
        return Ok(());
    }
    let all = verified_under(&signed, &keys);
    let all = all.map_err(|verdict| format!("intact, but not under its key: {verdict:?}"))?;
    let parts = all.iter().flat_map(|nodes| nodes.parts());
    let parts = parts.map(|part| part.covered());
    let told = report.signatures.iter().flat_map(|s| &s.covers);
    must(parts.eq(told), "it covers something else")
}
