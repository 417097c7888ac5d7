//! `receipts/`: every signed receipt of what this office sent and received, in a folder per document and month,
//! with a line for people. A receipt that lies there was told; what is not there is told and put there.

use super::{AgentError, Office, disk, names};
use crate::client::ClientError;
use crate::client::receipts::{self, BadReceipt};
use crate::client::wire::{ReceiptView, RecipientView};
use crate::lang;
use crate::model::{DocumentId, Status, Timestamp};
use crate::seal::receipt::Receipt;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// How far back a line is looked for that a crash may have left without its receipt: those of one document.
const TAIL: u64 = 64 * 1024;
/// The longest name of a document's folder, so that paths fit on every system.
const MAX_FOLDER: usize = 100;

/// The longest file read back: a description with 1,000 recipients and 100 files has a tenth of it.
const MOST_READ: u64 = 4 << 20;

/// A receipt that was checked, with its bytes.
pub(super) type Proof = (Receipt, Vec<u8>);
/// What recipients gave as their reasons, by their codes. Receipts hold no words of people.
pub(super) type Reasons = BTreeMap<String, String>;

/// The reasons that a document's recipients gave.
pub(super) fn reasons(recipients: &[RecipientView]) -> Reasons {
    let reason = |r: &RecipientView| Some((r.unit.clone(), r.reason.clone()?));
    recipients.iter().filter_map(reason).collect()
}

/// Opens what the gateway gave for a document: each under the pinned CA, and of this document.
///
/// # Errors
/// [`ClientError::Unexpected`] for one that proves nothing here.
pub(super) fn open(
    office: &Office,
    id: DocumentId,
    views: &[ReceiptView],
) -> Result<Vec<Proof>, ClientError> {
    let each = views.iter().map(|view| {
        let opened = receipts::open(view, &office.receipt_ca)?;
        match opened.0.document == id {
            true => Ok(opened),
            false => Err(BadReceipt::Other("document")),
        }
    });
    let all: Result<Vec<Proof>, BadReceipt> = each.collect();
    all.map_err(|e| ClientError::Unexpected(200, e.to_string()))
}

/// Puts what is new into `receipts/`, and gives it.
///
/// # Errors
/// [`AgentError::Disk`].
pub(super) fn keep(
    office: &Office,
    root: &Path,
    code: &str,
    proofs: &[Proof],
    reasons: &Reasons,
) -> Result<Vec<Receipt>, AgentError> {
    let Some((first, _)) = proofs.first() else {
        return Ok(Vec::new());
    };
    let id = first.document;
    let folder = folder_of(root, id, code);
    let failed = |e: io::Error| AgentError::disk(&folder, &e);
    disk::folder(&folder).map_err(failed)?;
    let journal = folder.join(lang::text(office.language, "folder-journal-name", &[]));
    let mut fresh = Vec::new();
    for (stated, der) in proofs {
        let path = folder.join(name(stated));
        if path.exists() {
            continue;
        }
        let line = line(office, code, stated, reasons);
        let line = noted(root, stated, line).map_err(failed)?;
        told_of(&journal, line).map_err(failed)?;
        // Last: with it the rest has been done.
        disk::write(&path, der).map_err(failed)?;
        fresh.push(stated.clone());
    }
    Ok(fresh)
}

/// `receipts/2026-11/12-STC-VP 0193…`: by what never changes about a document.
fn folder_of(root: &Path, id: DocumentId, code: &str) -> PathBuf {
    let text = id.to_string();
    let (_, last) = text.split_at(text.len().saturating_sub(12));
    let code = names::safe(code, MAX_FOLDER);
    root.join(month(moment(id))).join(format!("{code} {last}"))
}

/// When the gateway took a document in: its identifier says so (UUIDv7, RFC 9562 §5.7).
pub(super) fn moment(id: DocumentId) -> Timestamp {
    let millis = id.0.as_u128() >> 80;
    Timestamp(i64::try_from(millis).unwrap_or(0))
}

/// `2026-11` at the place of the office.
pub(super) fn month(at: Timestamp) -> String {
    at.local_day().to_string().chars().take(7).collect()
}

fn name(stated: &Receipt) -> String {
    let unit = stated.recipient.as_ref();
    let unit = unit.map(|u| format!("-{}", names::safe(u.as_str(), MAX_FOLDER)));
    let unit = unit.unwrap_or_default();
    format!("{:010}-{}{unit}.p7m", stated.position.0, stated.event)
}

/// When, which document, what happened; the number of the record in the gateway's log at the end.
fn line(office: &Office, code: &str, stated: &Receipt, reasons: &Reasons) -> String {
    format!(
        "{} | {} ({}) | {} | #{}\n",
        lang::report::moment(stated.at),
        lang::visible(code),
        stated.sender,
        said(office, stated, reasons),
        stated.position.0
    )
}

/// What a receipt says happened: where, what, and in whose words why.
pub(super) fn said(office: &Office, stated: &Receipt, reasons: &Reasons) -> String {
    let language = office.language;
    let mut what = lang::word(language, "event", &stated.event);
    if let Some(unit) = &stated.recipient {
        what = format!("{unit}: {what}");
    }
    if let Some(status) = stated.status {
        what = format!("{what} — {}", state(office, status));
        let reason = stated
            .recipient
            .as_ref()
            .and_then(|u| reasons.get(u.as_str()));
        if let Some(reason) = reason {
            // A line stays one.
            let words: Vec<&str> = reason.split_whitespace().collect();
            what = format!("{what}: {}", lang::visible(&words.join(" ")));
        }
    } else if receipts::decides(&stated.event) {
        let word = stated.judged.disposition.name();
        what = format!("{what} — {}", lang::word(language, "disposition", word));
    }
    what
}

fn state(office: &Office, status: Status) -> String {
    lang::word(office.language, "state", status.name())
}

/// Adds a line to a document's own journal, in the order of the gateway's log.
fn told_of(journal: &Path, line: String) -> io::Result<()> {
    let known = match read(journal) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        other => other?,
    };
    let known = String::from_utf8_lossy(&known);
    let mut lines: Vec<&str> = known.split_inclusive('\n').chain([line.as_str()]).collect();
    let place = |line: &str| {
        let number = line.rsplit_once('#').map(|(_, n)| n.trim().parse::<u64>());
        number.and_then(Result::ok).unwrap_or_default()
    };
    lines.sort_by_key(|line| place(line));
    lines.dedup();
    disk::write(journal, lines.concat().as_bytes())
}

/// Adds a line to the journal of its month, unless a crash left it there; the line that stands there, which may
/// have the reason that is not known any more.
fn noted(root: &Path, stated: &Receipt, line: String) -> io::Result<String> {
    let path = root.join(format!("NHAT-KY-{}.txt", month(stated.at)));
    let mut options = File::options();
    options.create(true).read(true).append(true);
    let mut file = options.custom_flags(disk::itself()).open(&path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    (&file).take(TAIL).read_to_end(&mut tail)?;
    let ending = format!("| #{}\n", stated.position.0);
    let known = String::from_utf8_lossy(&tail);
    let mut known = known.split_inclusive('\n');
    if let Some(known) = known.find(|known| known.ends_with(&ending)) {
        return Ok(known.to_owned());
    }
    // A line that a crash tore stays torn.
    let torn = tail.last().is_some_and(|last| *last != b'\n');
    let start = if torn { "\n" } else { "" };
    file.write_all(format!("{start}{line}").as_bytes())?;
    file.sync_all()?;
    if length == 0 {
        disk::sync_above(&path)?;
    }
    Ok(line)
}

/// A receipt or description out of a folder that people work in: no more of it than those may have.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    disk::read(path, MOST_READ)
}
