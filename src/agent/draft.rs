//! From files to what is sent: the envelope by the sidecar, else by the name of the file.

use super::disk;
use super::group::MAX_SIDECAR;
use super::job::{Failed, Job, Ready, Taken};
use super::names::{self, Named};
use super::places::Places;
use crate::client::upload::Upload;
use crate::format::envelope::{Envelope, EnvelopeError, EnvelopeProblem, MAX_ENVELOPE};
use crate::format::pdf;
use crate::lang;
use crate::model::{Digest, Language, Timestamp, UnitCode, nfc};
use serde_json::{Value, json};
use std::path::Path;

/// The largest PDF that is read for its title: more is not read into memory for the sake of a name.
const MAX_TITLED: u64 = 64 << 20;
/// The most characters of a title that become a subject.
const MAX_SUBJECT: usize = 500;

/// Why files are no document yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Unfit {
    /// A file could not be read.
    Unreadable(String, String),
    /// Files that the sidecar lists did not come.
    Missing(Vec<String>),
    /// The sidecar is not JSON of an object.
    NotJson(String),
    /// A field of the envelope.
    Field(EnvelopeError),
    /// The name of the file says nothing.
    Name(String),
    /// The day in the name of the file is none.
    Day(String, String),
    /// Neither name nor PDF has a subject.
    Subject(String),
    /// The recipient's folder has no unit code for a name.
    Folder(String),
    /// It lies in no recipient's folder.
    NoFolder,
    /// The sidecar goes to others than the folder.
    OtherRecipient(String),
}

impl Unfit {
    /// What is wrong and what to do, for the office.
    pub(super) fn told(&self, language: Language) -> Failed {
        let empty = String::new();
        let missing;
        let (code, one, two) = match self {
            Self::Unreadable(name, problem) => ("unreadable", name, problem),
            Self::Missing(names) => {
                missing = names.join(", ");
                ("missing", &missing, &empty)
            }
            Self::NotJson(problem) => ("not-json", problem, &empty),
            Self::Field(error) => return field(language, error),
            Self::Name(name) => ("name", name, &empty),
            Self::Day(name, day) => ("day", name, day),
            Self::Subject(name) => ("subject", name, &empty),
            Self::Folder(name) => ("folder", name, &empty),
            Self::NoFolder => ("no-folder", &empty, &empty),
            Self::OtherRecipient(unit) => ("other-recipient", unit, &empty),
        };
        let (one, two) = match self {
            Self::Unreadable(..) => (one.clone(), lang::foreign(language, two)),
            Self::NotJson(_) => (lang::foreign(language, one), String::new()),
            Self::Missing(_)
            | Self::Field(_)
            | Self::Name(_)
            | Self::Day(..)
            | Self::Subject(_)
            | Self::Folder(_)
            | Self::NoFolder
            | Self::OtherRecipient(_) => (one.clone(), two.clone()),
        };
        let (one, two) = (lang::visible(&one), lang::visible(&two));
        let values = [("one", one.as_str()), ("two", two.as_str())];
        told(language, code, &values)
    }
}

/// A sentence with its next step.
pub(super) fn told(language: Language, code: &str, values: &[(&str, &str)]) -> Failed {
    let key = format!("folder-unfit-{code}");
    Failed {
        code: code.replace('-', "_"),
        message: lang::text(language, &key, values),
        next: lang::text(language, &format!("{key}.next"), values),
    }
}

fn field(language: Language, error: &EnvelopeError) -> Failed {
    let problem = lang::envelope(language, &error.problem);
    let pointer = lang::visible(&error.pointer);
    let values = [("one", pointer.as_str()), ("two", problem.as_str())];
    told(language, "field", &values)
}

/// The envelope, its files and the key, from the files in the job's folder.
///
/// # Errors
/// See [`Unfit`].
pub(super) async fn ready(
    job: &Job,
    places: &Places,
    unit: &UnitCode,
    at: Timestamp,
) -> Result<Ready, Unfit> {
    let folder = job.folder(places);
    let own: Vec<&Taken> = job.files.iter().filter(|f| !f.sidecar).collect();
    let text = match job.files.iter().find(|f| f.sidecar) {
        Some(sidecar) => from_sidecar(job, &folder.join(&sidecar.name), &own)?,
        None => from_name(job, &folder, &own)?,
    };
    let envelope = Envelope::parse(text.as_bytes()).map_err(Unfit::Field)?;
    let (mut files, mut digests) = (Vec::new(), Vec::new());
    for entry in &envelope.files {
        // An envelope's names begin and end with no space; those of files may.
        let found = own.iter().find(|f| names::same(f.name.trim(), &entry.name));
        let found = found.ok_or_else(|| Unfit::Missing(vec![entry.name.clone()]))?;
        let digest = Upload::file(&folder.join(&found.name)).digest().await;
        let unreadable =
            |e: crate::client::ClientError| Unfit::Unreadable(found.name.clone(), e.to_string());
        digests.push(digest.map_err(unreadable)?);
        files.push((entry.name.clone(), found.name.clone()));
    }
    let content = envelope.content_digest(unit, &digests);
    Ok(Ready {
        key: format!("folder-{content}"),
        envelope: text,
        files,
        digests: digests.iter().map(Digest::to_hex).collect(),
        since: at.to_string(),
    })
}

/// The unit code of the recipient's folder; `None` outside of one.
fn recipient(job: &Job) -> Result<Option<UnitCode>, Unfit> {
    let Some(folder) = &job.recipient else {
        return Ok(None);
    };
    let code = UnitCode::parse(names::code_of_folder(folder));
    code.map(Some).ok_or_else(|| Unfit::Folder(folder.clone()))
}

/// The sidecar is the envelope; recipients and files may be left out where the folder says them.
fn from_sidecar(job: &Job, path: &Path, own: &[&Taken]) -> Result<String, Unfit> {
    let name = || {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let bytes = disk::read(path, MAX_SIDECAR).map_err(|e| {
        if e.kind() != std::io::ErrorKind::FileTooLarge {
            return Unfit::Unreadable(name(), e.to_string());
        }
        Unfit::Field(EnvelopeError {
            pointer: String::new(),
            problem: EnvelopeProblem::TooLong(MAX_ENVELOPE),
        })
    })?;
    // Windows editors begin with a mark that JSON does not know.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| Unfit::NotJson(e.to_string()))?;
    let value: Value = serde_json::from_str(text).map_err(|e| Unfit::NotJson(e.to_string()))?;
    let fields = value.as_object();
    let fields = fields.ok_or_else(|| Unfit::NotJson("{ … }".to_owned()))?;
    if !job.missing.is_empty() {
        return Err(Unfit::Missing(job.missing.clone()));
    }
    let recipient = recipient(job)?;
    let mut added = Vec::new();
    if !fields.contains_key("files") {
        added.push(format!("\"files\":{}", entries(own)));
    }
    match (&recipient, fields.contains_key("recipients")) {
        (None, false) => return Err(Unfit::NoFolder),
        (Some(unit), false) => {
            let unit = json!([{ "unit": unit.as_str() }]);
            added.push(format!("\"recipients\":{unit}"));
        }
        (_, true) => {}
    }
    let text = completed(text, &added, fields.is_empty());
    let envelope = Envelope::parse(text.as_bytes()).map_err(Unfit::Field)?;
    match recipient.filter(|unit| !envelope.recipients.contains(unit)) {
        Some(unit) => Err(Unfit::OtherRecipient(unit.to_string())),
        None => Ok(text),
    }
}

/// The object as it was written, with fields before its own: read and written anew, of a field that stands in it
/// twice the last would be taken instead of being an error.
fn completed(text: &str, added: &[String], is_empty: bool) -> String {
    match text.split_once('{') {
        Some((_, rest)) if !added.is_empty() => {
            let comma = if is_empty { "" } else { "," };
            format!("{{{}{comma}{rest}", added.join(","))
        }
        _ => text.to_owned(),
    }
}

fn from_name(job: &Job, folder: &Path, own: &[&Taken]) -> Result<String, Unfit> {
    if !job.missing.is_empty() {
        return Err(Unfit::Missing(job.missing.clone()));
    }
    let recipient = recipient(job)?.ok_or(Unfit::NoFolder)?;
    let main = own.first().ok_or(Unfit::NoFolder)?;
    let nameless = || match names::day_of(names::stem(&main.name)) {
        Some(day) => Unfit::Day(main.name.clone(), day),
        None => Unfit::Name(main.name.clone()),
    };
    let named = Named::parse(names::stem(&main.name)).ok_or_else(nameless)?;
    let subject = named.subject.or_else(|| title(&folder.join(&main.name)));
    let subject = subject.ok_or_else(|| Unfit::Subject(main.name.clone()))?;
    let envelope = json!({
        "number": named.number.as_str(),
        "notation": named.notation.as_str(),
        "promulgated": named.promulgated.to_string(),
        "subject": subject,
        "recipients": [{ "unit": recipient.as_str() }],
        "files": entries(own),
    });
    Ok(envelope.to_string())
}

/// The first file is the document; a `.p7s` is the signature of the file it is named after; others are
/// annexes.
fn entries(own: &[&Taken]) -> Value {
    let of = |name: &str| {
        let base = names::signed_by(name)?;
        own.iter().find(|f| names::same(&f.name, base))
    };
    let main = own.iter().position(|f| of(&f.name).is_none());
    let entry = |(i, file): (usize, &&Taken)| match of(&file.name) {
        Some(base) => {
            json!({ "name": nfc(&file.name), "role": "signature", "of": nfc(&base.name) })
        }
        None if Some(i) == main => json!({ "name": nfc(&file.name), "role": "main" }),
        None => json!({ "name": nfc(&file.name), "role": "annex" }),
    };
    own.iter().enumerate().map(entry).collect()
}

/// What a PDF calls itself.
fn title(path: &Path) -> Option<String> {
    let bytes = disk::read(path, MAX_TITLED).ok()?;
    let title = pdf::Document::read(&bytes).ok()?.title()?;
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let subject: String = title.chars().take(MAX_SUBJECT).map(plain).collect();
    let subject = subject.trim();
    (!subject.is_empty()).then(|| subject.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_to_a_sidecar_hides_no_field_that_stands_in_it_twice() {
        let added = [r#""files":[]"#.to_owned(), r#""recipients":[]"#.to_owned()];
        for (text, is_empty, complete) in [
            (" { }", true, r#"{"files":[],"recipients":[] }"#),
            ("{\"a\":1}", false, r#"{"files":[],"recipients":[],"a":1}"#),
        ] {
            assert_eq!(completed(text, &added, is_empty), complete);
            assert_eq!(completed(text, &[], is_empty), text);
        }
        let twice = completed(r#"{"number":"1","number":"2"}"#, &added, false);
        let error = Envelope::parse(twice.as_bytes()).expect_err("a field twice");
        assert!(error.to_string().contains("number"), "{error}");
    }
}
