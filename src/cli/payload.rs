//! `verify --payload DIR`: the octets that a signature which passed is over, each under a name of its own.
//!
//! They come from [`FileReport::payload`] and from nowhere else: nothing here looks into the file. All of them
//! are written and synced before the first has its name, so that a folder never holds half a payload for a
//! whole one.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::receive::named;
use crate::agent::safe_name;
use crate::format::content::Content;
use crate::lang;
use crate::lang::report::headline;
use crate::model::{Digest, Hasher};
use crate::trust::payload::{PayloadError, Piece, PieceForm};
use crate::trust::report::FileReport;
use crate::trust::validator::Signed;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Octets of a name but for its number and ending: with both it fits every file system.
const MAX_STEM: usize = 160;

/// The judged file, and what lies beside it.
pub(super) struct Judged<'a> {
    pub(super) name: &'a Path,
    pub(super) signed: Signed<'a>,
}

/// One written piece.
struct Written {
    /// The signature's number in the report.
    signature: usize,
    /// What its reference calls it.
    of: Option<String>,
    form: PieceForm,
    name: String,
    sha256: Digest,
    size: u64,
}

/// Where a piece is written; gone with this, until it has its name.
struct Temporary {
    path: PathBuf,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether a folder takes a payload: those of two files in one would be told apart by nobody.
///
/// # Errors
/// If it holds anything.
pub(super) fn check_room(console: &Console, dir: &Path) -> Result<(), Failure> {
    let first = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(Failure::unwritable(console.language, dir, &e)),
    };
    if first.is_none() {
        return Ok(());
    }
    let path = dir.display().to_string();
    let said = console.text("cli-evidence-not-empty", &[("path", &path)]);
    Err(Failure::new(Exit::Failed, said))
}

/// Writes what the signatures that passed are over; what is said of it, as text and as JSON.
///
/// # Errors
/// If anything could not be written; then nothing is.
pub(super) fn write(
    console: &Console,
    dir: &Path,
    judged: &Judged<'_>,
    report: &FileReport,
) -> Result<Told, Failure> {
    let mut waiting = Vec::new();
    for (place, _) in report.signatures.iter().enumerate() {
        let number = place.saturating_add(1);
        let pieces = report.payload(place).map_or(&[][..], |p| p.pieces());
        for (index, piece) in pieces.iter().enumerate() {
            if waiting.is_empty() {
                let made = std::fs::create_dir_all(dir);
                made.map_err(|e| Failure::unwritable(console.language, dir, &e))?;
            }
            let name = name(judged, piece, (number, index.saturating_add(1)));
            waiting.push(stage(console, dir, judged, (number, piece, name))?);
        }
    }
    let written = name_all(dir, waiting, sync);
    let written = written.map_err(|(path, e)| Failure::unwritable(console.language, &path, &e))?;
    Ok(Told::of(console, dir, report, &written))
}

/// Gives each piece its name, and has them stand; after an error none has one.
fn name_all(
    dir: &Path,
    waiting: Vec<(Temporary, Written)>,
    sync: fn(&Path) -> io::Result<()>,
) -> Result<Vec<Written>, (PathBuf, io::Error)> {
    let mut written: Vec<Written> = Vec::with_capacity(waiting.len());
    let mut failed = None;
    for (temporary, piece) in waiting {
        let path = dir.join(&piece.name);
        if let Err(e) = named(&temporary.path, &path) {
            failed = Some((path, e));
            break;
        }
        written.push(piece);
    }
    if failed.is_none() && !written.is_empty() {
        failed = sync(dir).err().map(|e| (dir.to_owned(), e));
    }
    let Some(failed) = failed else {
        return Ok(written);
    };
    for done in &written {
        let _ = std::fs::remove_file(dir.join(&done.name));
    }
    Err(failed)
}

/// A folder's own entry is in the one above it.
fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()?;
    match dir.canonicalize()?.parent() {
        Some(above) => File::open(above)?.sync_all(),
        None => Ok(()),
    }
}

/// Writes one piece under a name that is nobody's.
fn stage(
    console: &Console,
    dir: &Path,
    judged: &Judged<'_>,
    (signature, piece, name): (usize, &Piece, String),
) -> Result<(Temporary, Written), Failure> {
    let path = dir.join(format!(".{name}.part"));
    let unwritable = |e: &io::Error| Failure::unwritable(console.language, &path, e);
    let opened = OpenOptions::new().write(true).create_new(true).open(&path);
    let mut file = opened.map_err(|e| unwritable(&e))?;
    let temporary = Temporary { path: path.clone() };
    let (mut hasher, mut size, mut outcome) = (Hasher::new(), 0u64, Ok(()));
    let fed = piece.feed(&judged.signed, &mut |octets: &[u8]| {
        if outcome.is_ok() {
            outcome = file.write_all(octets);
            hasher.update(octets);
            size = size.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        }
    });
    fed.map_err(|e| refused(console, &name, &e))?;
    let synced = outcome.and_then(|()| file.sync_all());
    synced.map_err(|e| unwritable(&e))?;
    let written = Written {
        signature,
        of: piece.name().map(ToOwned::to_owned),
        form: piece.form(),
        name,
        sha256: hasher.finish(),
        size,
    };
    Ok((temporary, written))
}

fn refused(console: &Console, name: &str, error: &PayloadError) -> Failure {
    let problem = error.to_string();
    let values = [("name", name), ("problem", problem.as_str())];
    Failure::new(Exit::Failed, console.text("cli-payload-failed", &values))
}

/// `1.2-van-ban.c14n.xml`: signature, piece, what it is called. The numbers make it the only one.
fn name(judged: &Judged<'_>, piece: &Piece, (signature, number): (usize, usize)) -> String {
    let beside = || {
        let digest = piece.other()?;
        let mut others = judged.signed.beside.iter();
        let other = others.find(|other| other.content.digest() == digest)?;
        Some(other.name)
    };
    let own = judged
        .name
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let inside = Path::new(&*own).file_stem().unwrap_or_default();
    let inside = inside.to_string_lossy();
    let called = match piece.form() {
        PieceForm::Revision => &own,
        PieceForm::File => beside().or_else(|| piece.name()).unwrap_or(&inside),
        PieceForm::Canonical
        | PieceForm::Original
        | PieceForm::Transformed
        | PieceForm::Content => piece.name().unwrap_or(&inside),
    };
    let ending = match piece.form() {
        PieceForm::Canonical => ".c14n.xml",
        PieceForm::Original => ".original.xml",
        PieceForm::Transformed => ".octets",
        PieceForm::File | PieceForm::Content | PieceForm::Revision => "",
    };
    format!(
        "{signature}.{number}-{}{ending}",
        safe_name(called, MAX_STEM)
    )
}

/// What is said of a payload.
pub(super) struct Told {
    /// For a person.
    pub(super) text: String,
    /// For a program.
    pub(super) json: Value,
}

impl Told {
    fn of(console: &Console, dir: &Path, report: &FileReport, written: &[Written]) -> Self {
        let path = dir.display().to_string();
        let mut lines = vec![match written.is_empty() {
            true => console.text("cli-payload-none", &[]),
            false => console.text("cli-payload-written", &[("path", &lang::visible(&path))]),
        }];
        lines.extend(written.iter().map(|piece| piece.line(console)));
        let signatures = report.signatures.iter().enumerate();
        let withheld = signatures.filter(|(place, _)| report.payload(*place).is_none());
        let mut reasons = Vec::new();
        for (place, signature) in withheld {
            let verdict = report.fault.as_ref().unwrap_or(&signature.verdict);
            let n = place.saturating_add(1).to_string();
            let verdict_told = headline(console.style(), verdict);
            let why = lang::reason(console.language, verdict.reason());
            let values = [("n", n.as_str()), ("verdict", &verdict_told), ("why", &why)];
            lines.push(format!(
                "  {}",
                console.text("cli-payload-withheld", &values)
            ));
            reasons.push(json!({
                "signature": place.saturating_add(1),
                "indication": verdict.indication().name(),
                "reason": verdict.reason().code.name(),
            }));
        }
        let files: Vec<Value> = written.iter().map(Written::json).collect();
        Self {
            text: lines.join("\n"),
            json: json!({ "dir": path, "files": files, "withheld": reasons }),
        }
    }
}

impl Written {
    fn line(&self, console: &Console) -> String {
        let form = lang::word(console.language, "payload-form", self.form.name());
        let (size, sha256) = (self.size.to_string(), self.sha256.to_hex());
        let values = [
            ("name", self.name.as_str()),
            ("form", &form),
            ("size", &size),
            ("sha256", &sha256),
        ];
        format!("  {}", console.text("cli-payload-file", &values))
    }

    fn json(&self) -> Value {
        json!({
            "signature": self.signature, "of": self.of, "form": self.form.name(),
            "file": self.name, "sha256": self.sha256.to_hex(), "size": self.size,
        })
    }
}

/// What was judged, as it was handed in.
pub(super) fn judged<'a>(
    name: &'a Path,
    content: &'a dyn Content,
    beside: &'a [crate::trust::validator::Beside<'a>],
) -> Judged<'a> {
    Judged {
        name,
        signed: Signed {
            content,
            detached: beside.first().map(|other| other.content),
            beside,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(dir: &Path) -> Vec<(Temporary, Written)> {
        let one = |n: u8| {
            let path = dir.join(format!(".1.{n}.part"));
            std::fs::write(&path, "octets").expect("written");
            let piece = Written {
                signature: 1,
                of: None,
                form: PieceForm::File,
                name: format!("1.{n}"),
                sha256: Digest::of(b"octets"),
                size: 6,
            };
            (Temporary { path }, piece)
        };
        (1..=3).map(one).collect()
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).expect("folder");
        let name = |e: io::Result<std::fs::DirEntry>| e.expect("entry").file_name();
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
            .iter()
            .map(|n| n.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_payload_that_does_not_stand_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let dir = folder.path();
        let full = |_: &Path| Err(io::Error::from(io::ErrorKind::StorageFull));
        assert!(name_all(dir, waiting(dir), full).is_err());
        assert!(names(dir).is_empty(), "{:?}", names(dir));
        // What somebody put there meanwhile is neither written over nor taken away.
        std::fs::write(dir.join("1.2"), "theirs").expect("written");
        assert!(name_all(dir, waiting(dir), sync).is_err());
        assert_eq!(names(dir), ["1.2"]);
        std::fs::remove_file(dir.join("1.2")).expect("removed");
        assert_eq!(
            name_all(dir, waiting(dir), sync).map_or(0, |all| all.len()),
            3
        );
        assert_eq!(names(dir), ["1.1", "1.2", "1.3"]);
    }
}
