//! What is fuzzed from and judged by: the conformance files, read where they lie, and the forged seeds
//! beside them.

use super::case::{Case, Corpus, ders, smime};
use super::mutate::Form;
use super::path::Inputs;
use super::paths::Paths;
use super::seeds::{self, NOW};
use super::signatures::{self, Signatures};
use super::xades::{self, Said};
use super::{canonical, containers, xml};
use bytes::Bytes;
use lienthong::forge::pdf::attack::Attack;
use lienthong::forge::pdf::update::{after, body, updated};
use lienthong::format::asn1::oid;
use lienthong::format::cms::read::{Tail, parse};
use lienthong::format::tsp::TstInfo;
use lienthong::model::{Digest, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::certificate::Certificate;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::Demands;
use lienthong::trust::revocation::crl::Crl;
use lienthong::trust::validator::Validator;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// A larger file is left out of the seeds: mutations of it are slow and find the same.
const MAX_SEED: usize = 128 * 1024;

/// Who is trusted, when, and what its detached signatures sign.
pub(crate) struct World {
    pub(crate) validator: Validator,
    pub(crate) at: Timestamp,
    pub(crate) content: Bytes,
}

/// Everything that targets share.
pub(crate) struct Grounds {
    /// Target → seeds.
    seeds: BTreeMap<&'static str, BTreeSet<Vec<u8>>>,
    pub(crate) worlds: Vec<World>,
    /// What somebody really signed or issued: SHA-256 of whole certificates and CRLs.
    pub(crate) genuine: BTreeSet<Digest>,
    /// SHA-256 of contents that were really signed.
    pub(crate) contents: BTreeSet<Digest>,
    /// What was really stamped: the imprint, and the latest moment that the token allows.
    pub(crate) stamped: BTreeSet<(Vec<u8>, Timestamp)>,
    pub(crate) paths: Paths,
    pub(crate) signatures: Signatures,
    pub(crate) said: Said,
    /// The PDF that was really signed.
    pub(crate) pdf: Vec<u8>,
    /// The certificate that the forged CRL lists.
    pub(crate) revoked: Certificate,
    /// Whether the conformance files are there.
    pub(crate) corpus: bool,
}

impl Grounds {
    pub(crate) fn new() -> Self {
        let revoked = Certificate::parse(&seeds::read("revoked.cer"));
        let mut grounds = Self {
            seeds: BTreeMap::new(),
            worlds: Vec::new(),
            genuine: BTreeSet::new(),
            contents: BTreeSet::new(),
            stamped: BTreeSet::new(),
            paths: Paths::default(),
            signatures: Signatures::new(),
            said: Said::new(),
            pdf: seeds::read("letter.pdf"),
            revoked: revoked.expect("revoked.cer"),
            corpus: false,
        };
        grounds.forged();
        let root = std::env::var("CONFORMANCE_DIR").map_or_else(
            |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"),
            Into::into,
        );
        if root.join("manifest.json").is_file() {
            grounds.corpus = true;
            grounds.conformance(&Corpus::open(&root));
        }
        grounds
    }

    /// The seeds of a target.
    pub(crate) fn seeds(&self, target: &str) -> Vec<Vec<u8>> {
        let found = self.seeds.get(target);
        found.into_iter().flatten().cloned().collect()
    }

    fn seed(&mut self, target: &'static str, bytes: Vec<u8>) {
        if bytes.len() <= MAX_SEED {
            self.seeds.entry(target).or_default().insert(bytes);
        }
    }

    fn properties(&mut self) {
        for (name, _) in xades::FILES {
            self.seed("xml-properties", seeds::read(name));
        }
        for name in xades::OTHERS {
            self.genuine.insert(Digest::of(&seeds::read(name)));
        }
    }

    fn containers(&mut self) {
        for container in containers::seeds() {
            self.seed("zip", container.clone());
            self.seed("asic", container);
        }
        for manifest in containers::manifests() {
            self.seed("xml-manifest", manifest);
        }
    }

    fn texts(&mut self) {
        for text in xml::SEEDS {
            self.seed("xml", text.as_bytes().to_vec());
            self.seed("xml-canonical", text.as_bytes().to_vec());
        }
        for text in canonical::SEEDS {
            self.seed("xml-transforms", text.as_bytes().to_vec());
        }
    }

    fn forged(&mut self) {
        self.texts();
        self.containers();
        for name in signatures::FILES {
            self.seed("xml-signature", seeds::read(name));
        }
        self.properties();
        for name in signatures::CERTIFICATES.iter().chain(&signatures::LISTS) {
            self.genuine.insert(Digest::of(&seeds::read(name)));
        }
        for name in [
            "root.cer",
            "ca.cer",
            "leaf.cer",
            "revoked.cer",
            "stamper.cer",
        ] {
            self.certificate(seeds::read(name));
        }
        for name in ["root.crl", "ca.crl"] {
            self.crl(seeds::read(name));
        }
        for name in ["good.ocsp", "revoked.ocsp"] {
            self.response(seeds::read(name));
        }
        for name in [
            "detached.p7s",
            "stamped.p7s",
            "inside.p7m",
            "revoked.p7m",
            "token.tst",
        ] {
            self.cms(seeds::read(name));
        }
        for name in ["granted.tsr", "info.tst"] {
            self.seed("tsp", seeds::read(name));
        }
        let pdf = self.pdf.clone();
        for attack in Attack::ALL {
            let file = attack.on(&pdf);
            if let Some(tail) = file.get(pdf.len()..) {
                self.seed("pdf-difference", tail.to_vec());
            }
            self.seed("pdf-history", file);
        }
        for file in seeds::encrypted() {
            for target in ["pdf-history", "pdf-report", "pdf"] {
                self.seed(target, file.clone());
            }
        }
        let mut archived = pdf.clone();
        archived = updated(
            &archived,
            &[(after(&pdf, b"/P "), body(&pdf, after(&pdf, b"/P ")))],
        );
        self.seed("pdf-difference", archived.split_off(pdf.len()));
        self.seed("pdf-history", pdf.clone());
        self.seed("pdf-report", pdf.clone());
        self.seed("pdf", pdf);
        let content = Bytes::from(seeds::read("content.txt"));
        self.contents.insert(Digest::of(&content));
        for (name, response) in [("leaf.cer", "good.ocsp"), ("revoked.cer", "revoked.ocsp")] {
            self.bundle(name, forged(name, None));
            self.bundle(&format!("{name} {response}"), forged(name, Some(response)));
        }
        let input = forged("leaf.cer", None).material();
        self.world(input, NOW, content);
    }

    fn bundle(&mut self, name: &str, inputs: Inputs) {
        let bundle = self.paths.add(name, inputs);
        bundle
            .into_iter()
            .for_each(|input| self.seed("path", input));
    }

    fn world(&mut self, input: MaterialInput, at: Timestamp, content: Bytes) {
        let material = Material::new(input).expect("material");
        self.worlds.push(World {
            validator: Validator::new(Arc::new(material)),
            at,
            content,
        });
    }

    fn certificate(&mut self, der: Vec<u8>) {
        self.genuine.insert(Digest::of(&der));
        self.paths.genuine(&der);
        self.seed("certificate", der);
    }

    fn crl(&mut self, der: Vec<u8>) {
        self.genuine.insert(Digest::of(&der));
        self.paths.genuine(&der);
        self.seed("crl", der);
    }

    fn response(&mut self, der: Vec<u8>) {
        self.genuine.insert(Digest::of(&der));
        self.paths.genuine(&der);
        self.seed("ocsp", der);
    }

    /// A CMS, and what it holds.
    fn cms(&mut self, der: Vec<u8>) {
        if let Ok(data) = parse(&der, Tail::Nothing) {
            let pieces = data.content.iter().flatten();
            let content: Vec<u8> = pieces
                .flat_map(|range| &der[range.clone()])
                .copied()
                .collect();
            self.contents.insert(Digest::of(&content));
            self.stamp(&content);
            let unsigned = data.signers.iter().flat_map(|signer| &signer.unsigned);
            let tokens = unsigned.filter(|a| a.kind == oid::SIGNATURE_TIMESTAMP);
            let tokens = tokens.flat_map(|a| a.values.iter().map(|v| v.full.to_vec()));
            let tokens: Vec<Vec<u8>> = tokens.collect();
            let found: Vec<Vec<u8>> = data.certificates.iter().map(|c| c.to_vec()).collect();
            found.into_iter().for_each(|der| self.certificate(der));
            tokens.into_iter().for_each(|der| self.cms(der));
        }
        self.seed("report", der.clone());
        self.seed("cms", der);
    }

    /// Remembers what a TSTInfo stamps, if it is one.
    fn stamp(&mut self, content: &[u8]) {
        if let Ok(info) = TstInfo::read(content) {
            let late = info.accuracy.map_or(0, |accuracy| accuracy.millis());
            let moment = Timestamp(info.gen_time.0.saturating_add(late));
            self.stamped.insert((info.imprint.digest.to_vec(), moment));
        }
    }

    fn conformance(&mut self, corpus: &Corpus) {
        let mut pkits = MaterialInput::default();
        let (mut at, mut content) = (NOW, Bytes::new());
        for case in corpus.cases() {
            match case.kind.as_str() {
                "cert-path" => {
                    let inputs = Inputs::of(corpus, &case);
                    if case.family == "pkits" {
                        at = inputs.at;
                        collect(&mut pkits, &inputs);
                    }
                    self.path(&case, inputs);
                }
                "ocsp-response" => self.response(corpus.file(&case)),
                "tsp-response" => {
                    let file = corpus.file(&case);
                    ders(&file)
                        .into_iter()
                        .for_each(|der| self.seed("tsp", der));
                }
                "cms" | "cades" => {
                    let file = corpus.file(&case);
                    ders(&file).into_iter().for_each(|der| self.cms(der));
                }
                "cms-smime" => {
                    if let Some((signature, signed)) = smime(&corpus.file(&case)) {
                        self.cms(signature);
                        content = signed.map_or(content, Bytes::from);
                    }
                }
                "c14n" | "xml-parse" | "xmldsig" | "xades" | "edxml" => {
                    self.seed("xml-signature", corpus.file(&case));
                    self.seed("xml-properties", corpus.file(&case));
                    self.seed("xml-canonical", corpus.file(&case));
                    self.seed("xml", corpus.file(&case));
                }
                "asic-s-cades" | "asic-e-cades" | "asic-s-tst" | "asic-s-xades"
                | "asic-e-xades" | "zip-attack" | "odf-xmldsig" => {
                    self.seed("zip", corpus.file(&case));
                    self.seed("asic", corpus.file(&case));
                }
                "pades" | "pdf-diff" | "pdf-attack" => {
                    self.seed("pdf-history", corpus.file(&case));
                    self.seed("pdf-report", corpus.file(&case));
                    self.seed("pdf", corpus.file(&case));
                }
                _ => {}
            }
        }
        if !pkits.anchors.is_empty() {
            self.contents.insert(Digest::of(&content));
            self.world(pkits, at, content);
        }
    }

    fn path(&mut self, case: &Case, inputs: Inputs) {
        self.certificate(inputs.leaf.clone());
        for anchor in &inputs.anchors {
            self.certificate(anchor.der.clone());
        }
        for der in &inputs.intermediates {
            self.certificate(der.clone());
        }
        for der in &inputs.crls {
            self.crl(der.to_vec());
        }
        for der in &inputs.responses {
            self.response(der.to_vec());
        }
        self.bundle(&case.id, inputs);
    }
}

/// A forged certificate with its lists, and a response about it.
fn forged(leaf: &str, response: Option<&str>) -> Inputs {
    let mut anchor = AnchorInput::ordinary("test", seeds::read("root.cer"));
    anchor.constraints.purposes.timestamping = true;
    let lists = ["root.crl", "ca.crl"];
    Inputs {
        leaf: seeds::read(leaf),
        anchors: vec![anchor],
        intermediates: vec![seeds::read("ca.cer")],
        crls: lists.iter().map(|name| seeds::read(name).into()).collect(),
        responses: response
            .iter()
            .map(|name| seeds::read(name).into())
            .collect(),
        demands: Demands::document(),
        algorithms: MaterialInput::default().algorithms,
        at: NOW,
    }
}

/// The anchor of PKITS, and all that stands below it.
fn collect(all: &mut MaterialInput, inputs: &Inputs) {
    for anchor in &inputs.anchors {
        if all.anchors.iter().all(|known| known.der != anchor.der) {
            all.anchors
                .push(AnchorInput::ordinary("pkits", anchor.der.clone()));
        }
    }
    for der in &inputs.intermediates {
        if !all.intermediates.contains(der) {
            all.intermediates.push(der.clone());
        }
    }
    for der in &inputs.crls {
        if Crl::parse(der.clone()).is_ok() && !all.crls.contains(der) {
            all.crls.push(der.clone());
        }
    }
}

/// How inputs of a target are changed.
pub(crate) fn form(target: &str) -> Form {
    if target.starts_with("pdf") {
        Form::Pdf
    } else if target.starts_with("xml") {
        Form::Xml
    } else {
        Form::Der
    }
}
