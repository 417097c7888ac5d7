//! The envelope of a document: JSON into checked words, nothing judged.
//!
//! Text is normalised to NFC and stripped of surrounding white space; unknown fields, repeated
//! fields and repeated recipients are errors that name their JSON pointer (RFC 6901).

use super::json;
pub use crate::model::Urgency;
use crate::model::event::FileRole;
use crate::model::indication::words;
use crate::model::{CodeNotation, CodeNumber, Digest, DocumentId, Hasher, LocalDay, UnitCode, nfc};
use serde::Deserialize;

/// The longest envelope in bytes: all fields at their limits with 1,000 recipients fit in half.
pub const MAX_ENVELOPE: usize = 256 * 1024;
/// The most recipients: the largest list seen in practice is a province's 800 units.
pub const MAX_RECIPIENTS: usize = 1000;
/// The most documents that one replaces: a revised decision takes the place of a handful.
pub const MAX_REPLACES: usize = 10;
/// The most files in one document.
pub const MAX_FILES: usize = 100;

words! {
    /// Độ mật: anything but `none` is refused.
    Secrecy {
        /// Not secret.
        None = 0 "none",
        /// Mật.
        Confidential = 1 "confidential",
        /// Tối mật.
        Secret = 2 "secret",
        /// Tuyệt mật.
        TopSecret = 3 "top_secret",
    }
}

/// Who signed, as the envelope says; never proof of anything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SignerInfo {
    /// Full name.
    pub name: String,
    /// Position.
    pub position: String,
    /// TM., KT., TL., TUQ., Q. or empty.
    pub competence: String,
}

/// One file as the envelope announces it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileEntry {
    /// Its name, unique in the envelope.
    pub name: String,
    /// What it is.
    pub role: FileRole,
    /// For a detached signature: which file it signs, as an index into the files.
    pub of: Option<usize>,
}

/// A checked envelope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// Số.
    pub number: CodeNumber,
    /// Ký hiệu.
    pub notation: CodeNotation,
    /// Ngày ban hành.
    pub promulgated: LocalDay,
    /// Tên loại, for example "Công văn"; may be empty.
    pub kind: String,
    /// Trích yếu.
    pub subject: String,
    /// Độ khẩn.
    pub urgency: Urgency,
    /// Độ mật.
    pub secrecy: Secrecy,
    /// Người ký.
    pub signer: SignerInfo,
    /// Recipients in order, each once, at least one.
    pub recipients: Vec<UnitCode>,
    /// Whether a paper copy follows.
    pub paper_follows: bool,
    /// When an answer is due.
    pub due: Option<LocalDay>,
    /// What it answers, in the sender's words.
    pub responds_to: Vec<String>,
    /// The document that it updates.
    pub updates: Option<DocumentId>,
    /// The documents that it replaces, each once.
    pub replaces: Vec<DocumentId>,
    /// Its files, at least one, exactly one of them the main one.
    pub files: Vec<FileEntry>,
}

/// What is wrong with an envelope, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{pointer}: {problem}")]
pub struct EnvelopeError {
    /// JSON pointer (RFC 6901) of the field.
    pub pointer: String,
    /// What is wrong.
    pub problem: EnvelopeProblem,
}

/// What can be wrong with a field of an envelope.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnvelopeProblem {
    /// Not JSON of the right shape; the parser's words.
    #[error("{0}")]
    Shape(String),
    /// Longer than allowed.
    #[error("at most {0} allowed")]
    TooLong(usize),
    /// Absent or empty where something is needed.
    #[error("must not be empty")]
    Empty,
    /// Not one of the allowed values.
    #[error("not a valid value: {0}")]
    Invalid(String),
    /// Listed twice.
    #[error("repeated: {0}")]
    Repeated(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSigner {
    #[serde(default)]
    name: String,
    #[serde(default)]
    position: String,
    #[serde(default)]
    competence: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRecipient {
    unit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    name: String,
    role: String,
    #[serde(default)]
    of: Option<String>,
}

/// One document or a list of them; senders of the first version name one.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum RawReplaces {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    number: String,
    notation: String,
    promulgated: String,
    #[serde(default, rename = "type")]
    kind: String,
    subject: String,
    #[serde(default)]
    urgency: Option<String>,
    #[serde(default)]
    secrecy: Option<String>,
    #[serde(default)]
    signer: Option<RawSigner>,
    recipients: Vec<RawRecipient>,
    #[serde(default)]
    paper_follows: bool,
    #[serde(default)]
    due: Option<String>,
    #[serde(default)]
    responds_to: Vec<String>,
    #[serde(default)]
    updates: Option<String>,
    #[serde(default)]
    replaces: RawReplaces,
    files: Vec<RawFile>,
}

impl Envelope {
    /// Parses and checks an envelope of at most [`MAX_ENVELOPE`] bytes.
    ///
    /// # Errors
    /// [`EnvelopeError`] with the pointer of the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_ENVELOPE {
            return Err(error("", EnvelopeProblem::TooLong(MAX_ENVELOPE)));
        }
        let raw: Raw = json::object(bytes)
            .map_err(|e| error(&e.pointer, EnvelopeProblem::Shape(e.problem)))?;
        let files = files(&raw.files)?;
        let signer = raw.signer.unwrap_or(RawSigner {
            name: String::new(),
            position: String::new(),
            competence: String::new(),
        });
        Ok(Self {
            number: required("/number", CodeNumber::parse(&raw.number), &raw.number)?,
            notation: required(
                "/notation",
                CodeNotation::parse(&raw.notation),
                &raw.notation,
            )?,
            promulgated: day("/promulgated", &raw.promulgated)?,
            kind: text("/type", &raw.kind, 100)?,
            subject: non_empty("/subject", text("/subject", &raw.subject, 500)?)?,
            urgency: word(
                "/urgency",
                raw.urgency.as_deref(),
                Urgency::Normal,
                Urgency::from_name,
            )?,
            secrecy: word(
                "/secrecy",
                raw.secrecy.as_deref(),
                Secrecy::None,
                Secrecy::from_name,
            )?,
            signer: SignerInfo {
                name: text("/signer/name", &signer.name, 100)?,
                position: text("/signer/position", &signer.position, 100)?,
                competence: text("/signer/competence", &signer.competence, 10)?,
            },
            recipients: recipients(&raw.recipients)?,
            paper_follows: raw.paper_follows,
            due: raw.due.as_deref().map(|d| day("/due", d)).transpose()?,
            responds_to: responds_to(&raw.responds_to)?,
            updates: raw
                .updates
                .as_deref()
                .map(|d| id("/updates", d))
                .transpose()?,
            replaces: replaces(&raw.replaces)?,
            files,
        })
    }

    /// What makes two sends the same: SHA-256 over the sender, every field of the envelope as
    /// normalised, and the files' digests in order (`counting.md` §3: never the raw multipart).
    #[must_use]
    pub fn content_digest(&self, sender: &UnitCode, files: &[Digest]) -> Digest {
        let mut hasher = Hasher::new();
        // Each value under a number of its own; what is absent or empty is not written, so that a
        // field of a later version leaves the digests of documents without it as they are.
        let mut put = |field: u8, value: &[u8]| {
            if !value.is_empty() {
                let len = u64::try_from(value.len()).unwrap_or(u64::MAX);
                hasher.update(&[field]);
                hasher.update(&len.to_le_bytes());
                hasher.update(value);
            }
        };
        put(1, sender.as_str().as_bytes());
        put(2, self.number.as_str().as_bytes());
        put(3, self.notation.as_str().as_bytes());
        put(4, self.promulgated.to_string().as_bytes());
        put(5, self.kind.as_bytes());
        put(6, self.subject.as_bytes());
        put(7, self.urgency.name().as_bytes());
        put(8, self.secrecy.name().as_bytes());
        put(9, self.signer.name.as_bytes());
        put(10, self.signer.position.as_bytes());
        put(11, self.signer.competence.as_bytes());
        self.recipients
            .iter()
            .for_each(|r| put(12, r.as_str().as_bytes()));
        put(13, if self.paper_follows { b"paper" } else { b"" });
        put(
            14,
            self.due
                .map(|d| d.to_string())
                .unwrap_or_default()
                .as_bytes(),
        );
        self.responds_to.iter().for_each(|r| put(15, r.as_bytes()));
        put(
            16,
            self.updates
                .map(|d| d.to_string())
                .unwrap_or_default()
                .as_bytes(),
        );
        self.replaces
            .iter()
            .for_each(|id| put(17, id.to_string().as_bytes()));
        for file in &self.files {
            put(18, file.name.as_bytes());
            put(19, file.role.name().as_bytes());
            put(
                20,
                file.of
                    .map(|i| i.to_string())
                    .unwrap_or_default()
                    .as_bytes(),
            );
        }
        files.iter().for_each(|digest| put(21, &digest.0));
        hasher.finish()
    }
}

fn error(pointer: &str, problem: EnvelopeProblem) -> EnvelopeError {
    EnvelopeError {
        pointer: pointer.to_owned(),
        problem,
    }
}

fn text(pointer: &str, value: &str, max: usize) -> Result<String, EnvelopeError> {
    let value = nfc(value.trim());
    if value.chars().count() > max {
        return Err(error(pointer, EnvelopeProblem::TooLong(max)));
    }
    Ok(value)
}

fn non_empty(pointer: &str, value: String) -> Result<String, EnvelopeError> {
    if value.is_empty() {
        Err(error(pointer, EnvelopeProblem::Empty))
    } else {
        Ok(value)
    }
}

fn required<T>(pointer: &str, parsed: Option<T>, raw: &str) -> Result<T, EnvelopeError> {
    let shown = || raw.chars().take(60).collect();
    parsed.ok_or_else(|| error(pointer, EnvelopeProblem::Invalid(shown())))
}

fn day(pointer: &str, value: &str) -> Result<LocalDay, EnvelopeError> {
    required(pointer, LocalDay::parse(value), value)
}

fn id(pointer: &str, value: &str) -> Result<DocumentId, EnvelopeError> {
    required(pointer, DocumentId::parse(value), value)
}

fn replaces(raw: &RawReplaces) -> Result<Vec<DocumentId>, EnvelopeError> {
    let many = match raw {
        RawReplaces::None => return Ok(Vec::new()),
        RawReplaces::One(one) => return Ok(vec![id("/replaces", one)?]),
        RawReplaces::Many(many) => many,
    };
    if many.len() > MAX_REPLACES {
        return Err(error("/replaces", EnvelopeProblem::TooLong(MAX_REPLACES)));
    }
    let mut out = Vec::with_capacity(many.len());
    for (i, text) in many.iter().enumerate() {
        let pointer = format!("/replaces/{i}");
        let one = id(&pointer, text)?;
        if out.contains(&one) {
            return Err(error(&pointer, EnvelopeProblem::Repeated(one.to_string())));
        }
        out.push(one);
    }
    Ok(out)
}

fn word<T>(
    pointer: &str,
    value: Option<&str>,
    default: T,
    parse: fn(&str) -> Option<T>,
) -> Result<T, EnvelopeError> {
    let Some(value) = value else {
        return Ok(default);
    };
    required(pointer, parse(value), value)
}

fn recipients(raw: &[RawRecipient]) -> Result<Vec<UnitCode>, EnvelopeError> {
    if raw.is_empty() {
        return Err(error("/recipients", EnvelopeProblem::Empty));
    }
    if raw.len() > MAX_RECIPIENTS {
        return Err(error(
            "/recipients",
            EnvelopeProblem::TooLong(MAX_RECIPIENTS),
        ));
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut out = Vec::with_capacity(raw.len());
    for (i, recipient) in raw.iter().enumerate() {
        let pointer = format!("/recipients/{i}/unit");
        let unit = required(&pointer, UnitCode::parse(&recipient.unit), &recipient.unit)?;
        if !seen.insert(unit.clone()) {
            return Err(error(&pointer, EnvelopeProblem::Repeated(unit.to_string())));
        }
        out.push(unit);
    }
    Ok(out)
}

fn responds_to(raw: &[String]) -> Result<Vec<String>, EnvelopeError> {
    if raw.len() > 100 {
        return Err(error("/responds_to", EnvelopeProblem::TooLong(100)));
    }
    let each = |(i, value): (usize, &String)| text(&format!("/responds_to/{i}"), value, 200);
    raw.iter().enumerate().map(each).collect()
}

fn files(raw: &[RawFile]) -> Result<Vec<FileEntry>, EnvelopeError> {
    if raw.is_empty() {
        return Err(error("/files", EnvelopeProblem::Empty));
    }
    if raw.len() > MAX_FILES {
        return Err(error("/files", EnvelopeProblem::TooLong(MAX_FILES)));
    }
    let mut names: Vec<String> = Vec::with_capacity(raw.len());
    for (i, file) in raw.iter().enumerate() {
        let pointer = format!("/files/{i}/name");
        let name = non_empty(&pointer, text(&pointer, &file.name, 255)?)?;
        // Names are never used as paths, yet a receiving office may save under them.
        if name.contains(['/', '\\']) || name.chars().any(char::is_control) || name == ".." {
            return Err(error(&pointer, EnvelopeProblem::Invalid(name)));
        }
        if names.contains(&name) {
            return Err(error(&pointer, EnvelopeProblem::Repeated(name)));
        }
        names.push(name);
    }
    let mut out = Vec::with_capacity(raw.len());
    for (i, (file, name)) in raw.iter().zip(&names).enumerate() {
        let at = |field: &str| format!("/files/{i}/{field}");
        let role = required(&at("role"), FileRole::from_name(&file.role), &file.role)?;
        let of = match (&file.of, role) {
            (Some(of), FileRole::Signature) => {
                let of = nfc(of.trim());
                let index = names.iter().position(|n| *n == of);
                Some(required(&at("of"), index.filter(|index| *index != i), &of)?)
            }
            (None, FileRole::Signature) => return Err(error(&at("of"), EnvelopeProblem::Empty)),
            (None, FileRole::Main | FileRole::Annex) => None,
            (Some(of), FileRole::Main | FileRole::Annex) => {
                return Err(error(&at("of"), EnvelopeProblem::Invalid(of.clone())));
            }
        };
        out.push(FileEntry {
            name: name.clone(),
            role,
            of,
        });
    }
    one_main(&out)?;
    Ok(out)
}

fn one_main(files: &[FileEntry]) -> Result<(), EnvelopeError> {
    let mains: Vec<usize> = files
        .iter()
        .enumerate()
        .filter(|(_, f)| f.role == FileRole::Main)
        .map(|(i, _)| i)
        .collect();
    match mains.as_slice() {
        [] => Err(error(
            "/files",
            EnvelopeProblem::Invalid("no file has the role main".into()),
        )),
        [_] => Ok(()),
        [_, second, ..] => Err(error(
            &format!("/files/{second}/role"),
            EnvelopeProblem::Repeated("main".into()),
        )),
    }
}

#[cfg(test)]
mod tests;
