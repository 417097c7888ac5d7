//! What the gateway answered about each exhibit, beside what it must answer.

use super::{Answer, Shown};
use crate::demo::DemoError;
use crate::demo::install::put;
use crate::demo::office::Office;
use crate::demo::table::{cells, table};
use crate::demo::voice::Voice;
use crate::lang::word;
use crate::model::{Indication, Language};
use std::path::Path;

/// What a report says of a file, by stable names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// The indication.
    pub indication: String,
    /// The sub-indication.
    pub sub: Option<String>,
    /// The reason.
    pub reason: String,
    /// The level of the first signature.
    pub level: Option<String>,
    /// What came after the first signature: the last change, which is the objection if there is one.
    pub change: Option<String>,
}

impl Found {
    /// Reads a report.
    #[must_use]
    pub fn of(report: &serde_json::Value) -> Self {
        let at = |pointer: &str| report.pointer(pointer).and_then(|v| v.as_str());
        let text = |pointer: &str| at(pointer).map(str::to_owned);
        let objects = report.pointer("/signatures/0/changes/objects");
        let last = objects.and_then(|o| o.as_array()).and_then(|o| o.last());
        Self {
            indication: text("/indication").unwrap_or_default(),
            sub: text("/sub_indication"),
            reason: text("/reason/code").unwrap_or_default(),
            level: text("/signatures/0/level"),
            change: last.and_then(|c| Some(c.get("kind")?.as_str()?.to_owned())),
        }
    }

    /// Whether it is exactly the answer.
    #[must_use]
    pub fn is(&self, answer: Answer) -> bool {
        match answer {
            Answer::Passed(level) => {
                self.indication == Indication::TotalPassed.name()
                    && self.level.as_deref() == Some(level.name())
            }
            Answer::Not(indication, sub, reason, change) => {
                self.indication == indication.name()
                    && self.sub.as_deref() == Some(sub.name())
                    && self.reason == reason.name()
                    && change.is_none_or(|kind| self.change.as_deref() == Some(kind.name()))
            }
        }
    }

    fn shown(&self, language: Language, with_change: bool) -> String {
        if self.indication == Indication::TotalPassed.name() {
            let level = self.level.as_deref().unwrap_or("?");
            return passed(language, level);
        }
        let change = self.change.as_deref().filter(|_| with_change);
        let sub = self.sub.as_deref().unwrap_or(&self.indication);
        refused(language, sub, &self.reason, change)
    }
}

impl Answer {
    fn shown(self, language: Language) -> String {
        match self {
            Self::Passed(level) => passed(language, level.name()),
            Self::Not(_, sub, reason, change) => {
                let change = change.map(|kind| kind.name());
                refused(language, sub.name(), reason.name(), change)
            }
        }
    }

    fn names_change(self) -> bool {
        matches!(self, Self::Not(_, _, _, Some(_)))
    }
}

fn passed(language: Language, level: &str) -> String {
    let level = word(language, "report-level", &level.to_lowercase());
    format!("{}; {level}", Indication::TotalPassed.name())
}

fn refused(language: Language, sub: &str, reason: &str, change: Option<&str>) -> String {
    let change = change.map(|kind| format!(": {}", word(language, "change", kind)));
    format!("{sub} ({reason}{})", change.unwrap_or_default())
}

/// Asks about each and prints a line each; how many came out as they must.
///
/// # Errors
/// [`DemoError::Client`] if the gateway gives no report.
pub async fn print(
    voice: &mut Voice<'_>,
    office: &Office,
    all: &[Shown],
) -> Result<usize, DemoError> {
    let good = |shown: &&Shown| shown.exhibit.is_good();
    let (levels, attacks): (Vec<&Shown>, Vec<&Shown>) = all.iter().partition(good);
    let mut right = 0_usize;
    for (key, some) in [("demo-levels", levels), ("demo-attacks", attacks)] {
        voice.say(key, &[("count", &some.len().to_string())]);
        right = right.saturating_add(print_some(voice, office, &some).await?);
    }
    Ok(right)
}

async fn print_some(
    voice: &mut Voice<'_>,
    office: &Office,
    some: &[&Shown],
) -> Result<usize, DemoError> {
    let (yes, no) = (voice.word("demo-yes"), voice.word("demo-no"));
    let mut rows = vec![cells(&voice.word("demo-exhibits-header"))];
    let mut right = 0_usize;
    for one in some {
        let report = office.client.verify(&one.file, one.content.as_deref());
        let found = Found::of(&report.await?);
        let answer = one.exhibit.answer;
        let good = found.is(answer);
        right = right.saturating_add(usize::from(good));
        rows.push(vec![
            one.exhibit.class.to_owned(),
            word(voice.language, "demo-exhibit", one.exhibit.name),
            answer.shown(voice.language),
            found.shown(voice.language, answer.names_change()),
            if good { yes.clone() } else { no.clone() },
        ]);
    }
    voice.print(&table(&rows));
    Ok(right)
}

/// Writes each as a file, to try `verify` with.
///
/// # Errors
/// [`DemoError::Folder`] if that fails.
pub fn samples(folder: &Path, all: &[Shown]) -> Result<(), DemoError> {
    for one in all {
        let ending = match (one.file.as_slice(), &one.content) {
            ([b'%', ..], _) => "pdf",
            ([b'<', ..], _) => "xml",
            ([b'P', ..], _) => "asice",
            (_, Some(_)) => "txt.p7s",
            (_, None) => "p7m",
        };
        let name = |ending: &str| folder.join(format!("{}.{ending}", one.exhibit.name));
        put(&name(ending), &one.file)?;
        if let Some(content) = &one.content {
            put(&name("txt"), content)?;
        }
    }
    Ok(())
}
