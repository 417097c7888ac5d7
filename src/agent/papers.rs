//! What lies beside the files of a document once its outcome is known: the explanation and the receipt.

use super::job::{Answer, Failed, Job, Outcome};
use super::letter::moment;
use super::{disk, names};
use crate::lang;
use crate::model::Language;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::path::Path;

/// Writes them into the job's folder, under names that none of its files has.
pub(super) fn write(
    job: &Job,
    outcome: &Outcome,
    here: &Path,
    language: Language,
) -> io::Result<()> {
    let beside = |key: &str| {
        let name = lang::text(language, key, &[]);
        let taken = |n: &str| {
            job.files
                .iter()
                .any(|f| f.name.to_lowercase() == n.to_lowercase())
        };
        let free = (1..).map(|n| names::numbered(&name, n)).find(|n| !taken(n));
        here.join(free.unwrap_or(name))
    };
    let (key, text, receipt) = match outcome {
        Outcome::Sent(answer) => ("folder-sent-name", sent(language, answer), Some(answer)),
        Outcome::Refused(answer) => {
            let text = answered(language, "folder-refused-text", answer);
            ("folder-failed-name", text, Some(answer))
        }
        Outcome::Failed(failed) => ("folder-failed-name", not_sent(language, failed), None),
    };
    if let Some(answer) = receipt {
        let der = STANDARD.decode(&answer.receipt).map_err(io::Error::other)?;
        disk::write(&beside("folder-receipt-name"), &der)?;
    }
    disk::write(&beside(key), text.as_bytes())
}

fn sent(language: Language, answer: &Answer) -> String {
    let mut text = answered(language, "folder-sent-text", answer);
    let mut line = |key: &str, values: &[(&str, &str)]| {
        text.push_str(&lang::text(language, key, values));
        text.push('\n');
    };
    if answer.repeated {
        line("cli-sent-repeated", &[]);
    }
    if answer.withdrawn {
        line("folder-sent-withdrawn", &[]);
    }
    for said in &answer.redirected {
        line("folder-sent-redirected", &[("said", &lang::visible(said))]);
    }
    if let Some(earlier) = &answer.duplicate_of {
        line("cli-sent-duplicate", &[("id", earlier)]);
    }
    if let Some(until) = &answer.hold_until {
        let until = moment(until);
        line("folder-held-text", &[("until", &until), ("id", &answer.id)]);
    }
    text
}

fn answered(language: Language, key: &str, answer: &Answer) -> String {
    let disposition = lang::word(language, "disposition", &answer.disposition);
    let at = moment(&answer.at);
    let values = [
        ("id", answer.id.as_str()),
        ("code", answer.code.as_str()),
        ("subject", answer.subject.as_str()),
        ("at", at.as_str()),
        ("disposition", disposition.as_str()),
        ("message", answer.message.as_str()),
    ];
    format!("{}\n", lang::text(language, key, &values))
}

fn not_sent(language: Language, failed: &Failed) -> String {
    let values = [
        ("code", failed.code.as_str()),
        ("message", failed.message.as_str()),
        ("next", failed.next.as_str()),
    ];
    format!("{}\n", lang::text(language, "folder-failed-text", &values))
}
