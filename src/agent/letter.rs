//! What lies in the folder of a received document: its files under safe names, and the papers that say what it
//! is and what to do with it.

use super::{disk, names};
use crate::client::wire::{DocumentView, RecipientView};
use crate::format::envelope::Envelope;
use crate::lang;
use crate::model::{Digest, Language, Timestamp, UnitCode, unmarked};
use crate::seal::receipt::Receipt;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The document as the gateway describes it; what an answer is recognised by.
pub(super) const DESCRIPTION: &str = "van-ban.json";
/// The envelope.
pub(super) const ENVELOPE: &str = "phong-bi.json";
/// The receipt of what was decided, and that of the arrival.
pub(super) const DECIDED: &str = "bien-nhan.p7m";
pub(super) const ARRIVED: &str = "bien-nhan-den.p7m";
/// The receipt of this office's answer.
pub(super) const ANSWERED: &str = "bien-nhan-tra-loi.p7m";
/// That of its answer to a take-back or a recall.
pub(super) const RETURNED: &str = "bien-nhan-tra-lai.p7m";
/// Papers that people read, by the sentence that holds their names.
const PAPERS: [&str; 6] = [
    "folder-letter-name",
    "folder-reason-name",
    "folder-answered-name",
    "folder-returned-name",
    "folder-unanswered-name",
    "folder-news-name",
];
/// The longest name of a document's folder in bytes: with files of common names below it, paths fit into the
/// 260 characters of many a Windows program.
const MAX_FOLDER: usize = 160;
/// The longest name of a file: room for a number and an unfinished name within 255 bytes.
const MAX_FILE: usize = 230;

/// One file of a received document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    /// Its number at the gateway, from 1.
    pub(super) n: usize,
    /// Its name here.
    pub(super) name: String,
    /// What the receipt says that it is.
    pub(super) digest: Digest,
    /// And how long.
    pub(super) size: u64,
    /// Whether the gateway has it no more.
    pub(super) erased: bool,
}

/// The files of a document with the names that they get here. Names of papers are never given to a file:
/// a sender's own `VAN-BAN.txt` would speak in the gateway's name.
pub(super) fn pieces(view: &DocumentView, stated: &Receipt) -> Vec<Piece> {
    let mut taken: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (file, fact) in view.files.iter().zip(&stated.files) {
        let safe = names::safe(&file.name, MAX_FILE);
        let free = |name: &String| !is_paper(name) && !taken.contains(&name.to_lowercase());
        let name = (1..).map(|n| names::numbered(&safe, n)).find(free);
        let name = name.unwrap_or_default();
        taken.push(name.to_lowercase());
        found.push(Piece {
            n: file.n,
            name,
            digest: fact.digest,
            size: fact.size,
            erased: file.erased,
        });
    }
    found
}

/// Whether a name is that of a paper, in either language, or is read as one.
fn is_paper(name: &str) -> bool {
    let fixed = [DESCRIPTION, ENVELOPE, DECIDED, ARRIVED, ANSWERED, RETURNED];
    let folded = unmarked(name);
    let of = |language| PAPERS.map(|key| lang::text(language, key, &[]));
    let papers = of(Language::Vi).into_iter().chain(of(Language::En));
    is_reason(name)
        || fixed.into_iter().any(|f| unmarked(f) == folded)
        || papers.into_iter().any(|p| unmarked(&p) == folded)
}

/// Whether a file holds the reason of a refusal: as it is prepared, or as people call it.
pub(super) fn is_reason(name: &str) -> bool {
    ["lydotuchoitxt", "lydotxt", "reasontxt"].contains(&unmarked(name).as_str())
}

/// Whether a file beside a sent document's own may be the receipt of its offer, whatever name it got.
pub(super) fn is_receipt(name: &str) -> bool {
    unmarked(name).ends_with("p7m")
}

/// `2026-11-23 [Khẩn] H53.7 12-STC-VP Về dự toán quý I`: when it came in, from whom, and what.
pub(super) fn folder_name(
    language: Language,
    envelope: &Envelope,
    sender: &str,
    at: Timestamp,
) -> String {
    let urgency = urgency(language, envelope);
    let urgency = urgency.map(|word| format!("[{word}] ")).unwrap_or_default();
    let name = format!(
        "{} {urgency}{sender} {}-{} {}",
        at.local_day(),
        envelope.number.as_str(),
        envelope.notation.as_str(),
        envelope.subject,
    );
    names::safe(&cut(&name, MAX_FOLDER), MAX_FOLDER)
}

/// Cut at the border of a word where there is one: what follows a dot is no extension here.
fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let head = text.get(..end).unwrap_or_default();
    let whole = head.rsplit_once(' ').map_or(head, |(words, _)| words);
    whole.trim_end_matches(['.', ' ', ',']).to_owned()
}

fn urgency(language: Language, envelope: &Envelope) -> Option<String> {
    let name = envelope.urgency.name();
    (name != "normal").then(|| lang::word(language, "urgency", name))
}

/// What an answer to the sender is given by, beside a word about a document whose files lie elsewhere.
pub(super) fn answerable(language: Language, view: &DocumentView, folder: &Path) -> io::Result<()> {
    disk::write(&folder.join(DESCRIPTION), &serde_json::to_vec_pretty(view)?)?;
    reason(language, folder)
}

/// Where the reason of a refusal is to be written.
fn reason(language: Language, folder: &Path) -> io::Result<()> {
    let name = lang::text(language, "folder-reason-name", &[]);
    let text = lang::text(language, "folder-reason-text", &[]);
    disk::write(&folder.join(name), format!("{text}\n").as_bytes())
}

/// All that is known of a document when it is put into the inbox.
pub(super) struct Letter<'a> {
    pub(super) language: Language,
    pub(super) unit: &'a UnitCode,
    pub(super) units: &'a BTreeMap<String, String>,
    pub(super) view: &'a DocumentView,
    pub(super) envelope: &'a Envelope,
    pub(super) pieces: &'a [Piece],
}

impl Letter<'_> {
    /// Writes every paper but the receipts.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let description = serde_json::to_vec_pretty(&self.description())?;
        disk::write(&folder.join(DESCRIPTION), &description)?;
        reason(self.language, folder)?;
        let envelope = serde_json::to_vec_pretty(&self.view.envelope)?;
        disk::write(&folder.join(ENVELOPE), &envelope)?;
        let paper = |key: &str| folder.join(lang::text(self.language, key, &[]));
        disk::write(&paper("folder-letter-name"), self.text().as_bytes())
    }

    /// What the gateway says, and where each file lies.
    fn description(&self) -> Value {
        let mut value = serde_json::to_value(self.view).unwrap_or_default();
        let files = value.get_mut("files").and_then(Value::as_array_mut);
        for (file, piece) in files.into_iter().flatten().zip(self.pieces) {
            if let Some(fields) = file.as_object_mut() {
                fields.insert("saved_as".into(), piece.name.as_str().into());
            }
        }
        value
    }

    fn text(&self) -> String {
        let mut out = self.say("folder-letter-title", &[]);
        out.push_str("\n\n");
        for (key, value) in self.rows() {
            if !value.is_empty() {
                let line = self.say(key, &[("value", &lang::visible(&value))]);
                out.push_str(&format!("{line}\n"));
            }
        }
        out.push_str(&format!("\n{}\n", self.say("folder-letter-files", &[])));
        for (piece, file) in self.pieces.iter().zip(&self.view.files) {
            let role = lang::word(self.language, "folder-role", &file.role);
            out.push_str(&format!("  - {} ({role})", piece.name));
            if piece.name != file.name {
                let name = lang::visible(&file.name);
                let was = self.say("folder-letter-renamed", &[("value", &name)]);
                out.push_str(&format!(" — {was}"));
            }
            if piece.erased {
                let erased = self.say("folder-letter-erased", &[]);
                out.push_str(&format!(" — {erased}"));
            }
            out.push('\n');
        }
        let next = self.say("folder-letter-next", &[]);
        out.push_str(&format!("\n{next}\n"));
        out
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let (view, envelope) = (self.view, self.envelope);
        let own = view
            .recipients
            .iter()
            .find(|r| r.unit == self.unit.as_str());
        let time = |pick: fn(&RecipientView) -> Option<&String>| {
            own.and_then(pick).map(|at| moment(at)).unwrap_or_default()
        };
        let code = format!(
            "{}/{}",
            envelope.number.as_str(),
            envelope.notation.as_str()
        );
        let signer = &envelope.signer;
        let signer = [&signer.competence, &signer.name, &signer.position];
        let signer: Vec<&str> = signer.into_iter().map(String::as_str).collect();
        let disposition = lang::word(self.language, "disposition", &view.disposition);
        let id = |id: Option<crate::model::DocumentId>| id.map(|id| id.to_string());
        let replaced: Vec<String> = envelope.replaces.iter().map(ToString::to_string).collect();
        vec![
            ("folder-row-sender", self.named(&view.sender)),
            ("folder-row-code", code),
            (
                "folder-row-promulgated",
                day(&envelope.promulgated.to_string()),
            ),
            ("folder-row-kind", envelope.kind.clone()),
            ("folder-row-subject", envelope.subject.clone()),
            (
                "folder-row-urgency",
                urgency(self.language, envelope).unwrap_or_default(),
            ),
            ("folder-row-signer", signer.join(" ").trim().to_owned()),
            ("folder-row-responds", envelope.responds_to.join("; ")),
            (
                "folder-row-updates",
                id(envelope.updates).unwrap_or_default(),
            ),
            ("folder-row-replaces", replaced.join(", ")),
            (
                "folder-row-duplicate",
                view.duplicate_of.clone().unwrap_or_default(),
            ),
            (
                "folder-row-written",
                own.map(|r| r.written.join(", ")).unwrap_or_default(),
            ),
            ("folder-row-paper", self.yes(envelope.paper_follows)),
            ("folder-row-sent", moment(&view.offered)),
            ("folder-row-arrived", time(|r| r.arrived.as_ref())),
            ("folder-row-answer", time(|r| r.answer_due.as_ref())),
            ("folder-row-present", time(|r| r.present_due.as_ref())),
            (
                "folder-row-due",
                envelope
                    .due
                    .map(|d| day(&d.to_string()))
                    .unwrap_or_default(),
            ),
            ("folder-row-disposition", disposition),
            ("folder-row-verdict", view.verdict.message.clone()),
            ("folder-row-doubt", self.doubts()),
            ("folder-row-id", view.id.clone()),
        ]
    }

    /// What became known since: it stands nevertheless, and the office should know.
    fn doubts(&self) -> String {
        let all = self.view.doubts.iter().map(|d| d.verdict.message.as_str());
        all.collect::<Vec<_>>().join(" ")
    }

    fn yes(&self, flag: bool) -> String {
        match flag {
            true => self.say("folder-yes", &[]),
            false => String::new(),
        }
    }

    fn named(&self, unit: &str) -> String {
        match self.units.get(unit) {
            Some(name) => format!("{name} ({unit})"),
            None => unit.to_owned(),
        }
    }

    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        lang::text(self.language, key, values)
    }
}

pub(super) use lang::report::moment_of as moment;

/// A day as offices write it.
fn day(text: &str) -> String {
    let mut parts: Vec<&str> = text.split('-').collect();
    parts.reverse();
    parts.join("/")
}
