//! The manifest and the files it names.

use base64::Engine;
use lienthong::model::{Digest, Timestamp};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// For scopes in which time does not matter: 2026-11-24T00:00:00Z.
const ANY_TIME: Timestamp = Timestamp(1_795_478_400_000);

/// The corpus in its folder.
pub(crate) struct Corpus {
    root: PathBuf,
    manifest: Value,
    limbo: std::cell::OnceCell<Value>,
}

/// One case.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) family: String,
    pub(crate) kind: String,
    pub(crate) scope: String,
    pub(crate) expected: String,
    acceptable: Vec<String>,
    pub(crate) disputed: bool,
    pub(crate) at: Option<Timestamp>,
    pub(crate) params: Value,
    pub(crate) fragment: Option<String>,
    tags: Vec<String>,
    file: (String, String),
    /// Role, file, hash, and the name under which it is referred to.
    aux: Vec<(String, String, String, String)>,
}

impl Corpus {
    pub(crate) fn open(root: &Path) -> Self {
        let text = std::fs::read(root.join("manifest.json")).expect("manifest");
        Self {
            root: root.to_path_buf(),
            manifest: serde_json::from_slice(&text).expect("JSON"),
            limbo: std::cell::OnceCell::new(),
        }
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        let cases = self.manifest["cases"].as_array().expect("cases");
        cases.iter().map(Case::read).collect()
    }

    /// A file, its hash checked.
    fn load(&self, file: &str, sha256: &str) -> Vec<u8> {
        let bytes = std::fs::read(self.root.join(file)).expect(file);
        assert_eq!(Digest::of(&bytes).to_hex(), sha256, "{file}");
        bytes
    }

    pub(crate) fn file(&self, case: &Case) -> Vec<u8> {
        self.load(&case.file.0, &case.file.1)
    }

    /// The auxiliary files of a role.
    pub(crate) fn aux(&self, case: &Case, role: &str) -> Vec<Vec<u8>> {
        let named = self.named(case, role).into_iter();
        named.map(|(_, file)| file).collect()
    }

    /// The same with their names.
    pub(crate) fn named(&self, case: &Case, role: &str) -> Vec<(String, Vec<u8>)> {
        let found = case.aux.iter().filter(|(r, ..)| r == role);
        found
            .map(|(_, file, sha256, name)| (name.clone(), self.load(file, sha256)))
            .collect()
    }

    /// The DER objects in the auxiliary files of a role.
    pub(crate) fn ders(&self, case: &Case, role: &str) -> Vec<Vec<u8>> {
        self.aux(case, role).iter().flat_map(|f| ders(f)).collect()
    }

    /// A test case of x509-limbo, all of which are in one file.
    pub(crate) fn limbo(&self, case: &Case) -> &Value {
        let all = self
            .limbo
            .get_or_init(|| serde_json::from_slice(&self.file(case)).expect("JSON"));
        let cases = all["testcases"].as_array().expect("testcases");
        let wanted = case.fragment.as_deref();
        cases
            .iter()
            .find(|c| c["id"].as_str() == wanted)
            .expect("fragment")
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map(|a| a.iter().map(text).collect())
        .unwrap_or_default()
}

impl Case {
    fn read(case: &Value) -> Self {
        let aux = case["aux"].as_array().cloned().unwrap_or_default();
        let read = |a: &Value| {
            let (role, file) = (text(&a["role"]), text(&a["file"]));
            let last = file.rsplit('/').next().unwrap_or_default();
            let name = a["name"].as_str().unwrap_or(last).to_owned();
            (role, file, text(&a["sha256"]), name)
        };
        Self {
            id: text(&case["id"]),
            family: text(&case["family"]),
            kind: text(&case["kind"]),
            scope: text(&case["expected"]["scope"]),
            expected: text(&case["expected"]["verdict"]),
            acceptable: texts(&case["expected"]["acceptable_verdicts"]),
            disputed: case["disputed"].as_bool() == Some(true) || case["disputed"].is_string(),
            at: case["validation_time"].as_str().and_then(Timestamp::parse),
            params: case["params"].clone(),
            fragment: case["fragment"].as_str().map(str::to_owned),
            tags: texts(&case["tags"]),
            file: (text(&case["file"]), text(&case["sha256"])),
            aux: aux.iter().map(read).collect(),
        }
    }

    /// When it is judged.
    pub(crate) fn at_any(&self) -> Timestamp {
        self.at.unwrap_or(ANY_TIME)
    }

    pub(crate) fn acceptable(&self, verdict: &str) -> bool {
        self.acceptable.iter().any(|v| v == verdict)
    }

    fn tagged(&self, tag: &str) -> bool {
        self.tags.iter().any(|t| t == tag)
    }

    /// Reported, not gated.
    pub(crate) fn gated(&self) -> bool {
        !self.tagged("webpki-profile") && !self.tags.iter().any(|t| t.starts_with("pedantic"))
    }

    /// What is refused by rule, whatever the corpus expects.
    pub(crate) fn refused_by_rule(&self) -> bool {
        ["optional", "hmac", "xslt"]
            .iter()
            .any(|tag| self.tagged(tag))
    }

    /// By rule, not by id. `reason` is ours for not accepting: a signature without signed attributes, XML
    /// with a document type, and XSLT and XPath outside the shapes that are evaluated are refused whatever
    /// the corpus expects; one in OOXML or OpenDocument is recognised and not judged (`verdicts.md` §1).
    pub(crate) fn leaves_the_denominator(&self, reason: Option<&str>) -> bool {
        let by_rule = |reason: &str| {
            let transforms = ["transform=xpath", "xslt"];
            let begins = |rule| reason.starts_with(rule);
            begins("signed_attributes_missing")
                || begins("document_type")
                || begins("format_not_supported format=container")
                || (begins("transform_not_supported")
                    && transforms.iter().any(|t| reason.contains(t)))
        };
        // Where nothing but refusal is asked for, refusing counts.
        let refused = self.expected == "valid" && reason.is_some_and(by_rule);
        !self.gated() || self.refused_by_rule() || refused
    }

    /// Whether *invalid* is met by anything but acceptance.
    pub(crate) fn refusal_suffices(&self) -> bool {
        matches!(self.scope.as_str(), "path" | "full")
    }
}

/// The objects in a file: every PEM block, or the file itself.
pub(crate) fn ders(file: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(file);
    if !text.contains("-----BEGIN ") {
        return vec![file.to_vec()];
    }
    let blocks = text.split("-----BEGIN ").skip(1);
    blocks
        .filter_map(|block| {
            let body = block.split_once("-----")?.1.split("-----END").next()?;
            base64(body)
        })
        .collect()
}

pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD
        .decode(compact)
        .ok()
}

/// The signature of an S/MIME message (RFC 8551), and the signed part of a multipart one.
pub(crate) fn smime(message: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n")?;
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let boundary = head.split("boundary=").nth(1);
    let Some(boundary) = boundary else {
        return Some((base64(body)?, None));
    };
    let boundary = boundary
        .trim_start_matches('"')
        .split(['"', ';', '\n'])
        .next()?;
    let marker = format!("--{boundary}\n");
    let mut parts = format!("\n{body}")
        .split(&format!("\n{marker}"))
        .skip(1)
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter();
    let (content, signature) = (parts.next()?, parts.next()?);
    let signature = signature.split_once("\n\n")?.1;
    let signature = signature.split("\n--").next()?;
    Some((
        base64(signature)?,
        Some(content.replace('\n', "\r\n").into_bytes()),
    ))
}
