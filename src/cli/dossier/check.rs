//! `dossier check`: a set of components beside the published list, before it is handed in.

use super::show::lines;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::{procedure, rules};
use crate::client::dossier::{AnswerView, DossierView, answer_view};
use crate::config::procedures;
use crate::dossier::{Outcome, Presented, check};
use crate::fetch::Gatherer;
use crate::format::content::{Content as _, Memory};
use crate::format::json::Misshapen;
use crate::intake::{DossierError, JudgeDossier, judged};
use crate::judge::{FileInput, Judge, Patience};
use crate::lang;
use crate::model::LocalDay;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a component: as much as a document's file may have by default.
const MAX_FILE: u64 = 200 << 20;

/// Flags of `dossier check`.
#[derive(Debug, Args)]
pub(in crate::cli) struct DossierCheck {
    /// Hồ sơ (JSON). / The dossier.
    file: PathBuf,
    /// Xét theo thủ tục có hiệu lực ngày này. / By the procedure in force on that day [default: today].
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Không dùng mạng: chỉ dữ liệu đang có. / Use no network, only what is at hand.
    #[arg(long)]
    offline: bool,
}

pub(super) async fn run(console: &Console, asked: &DossierCheck) -> Result<Exit, Failure> {
    let now = console.now();
    let day = match asked.date.as_deref() {
        None => now.local_day(),
        Some(text) => LocalDay::parse(text)
            .ok_or_else(|| Failure::usage(console.language, "cli-day-wrong", &[("text", text)]))?,
    };
    let settings = console.settings()?.settings;
    let procedures =
        procedures::read(&settings.procedures).map_err(|e| procedure::failed(console, &e))?;
    let text = std::fs::read(&asked.file);
    let text = text.map_err(|e| Failure::unreadable(console.language, &asked.file, &e))?;
    let misshapen = |e: Misshapen| {
        let file = asked.file.display().to_string();
        let values = [
            ("file", file.as_str()),
            ("pointer", e.pointer.as_str()),
            ("problem", e.problem.as_str()),
        ];
        Failure::usage(console.language, "cli-dossier-misshapen", &values)
    };
    let view = DossierView::parse(&text).map_err(misshapen)?;
    let Some(procedure) = procedures.in_force(&view.procedure, day) else {
        let values = [("code", view.procedure.as_str()), ("day", &day.to_string())];
        let text = console.text("cli-procedure-none", &values);
        return Err(Failure::new(Exit::Failed, text).with_next("lienthong procedure list"));
    };
    view.fits(procedure).map_err(misshapen)?;
    let folder = asked.file.parent().unwrap_or_else(|| Path::new("."));
    let (rules, gatherer) = rules::load(console, &settings, asked.offline)?;
    let judge = judge(gatherer);
    let rules = Arc::new(rules);
    let with = JudgeDossier {
        judge: &judge,
        rules: &rules,
        whose: None,
        at: now,
        patience: Patience::Report,
    };
    let named = view.components.iter().filter_map(|own| own.file.as_ref());
    let files = named.map(|name| file(console, folder, name));
    let files = files.collect::<Result<Vec<FileInput>, Failure>>()?;
    let offered = judged(with, &view.components, &files).await;
    let offered = offered.map_err(|e| {
        if let DossierError::Misshapen(e) = e {
            return misshapen(e);
        }
        Failure::new(Exit::Failed, e.to_string())
    })?;
    let (facts, offered) = (&view.facts, offered.as_slice());
    let answer = check(
        procedure,
        &Presented {
            day,
            facts,
            offered,
        },
    );
    let shown = answer_view(procedure, day, &view.components, &answer);
    if console.json {
        console.json(&shown);
    } else {
        show(console, &shown);
    }
    Ok(match answer.outcome {
        Outcome::Complete => Exit::Done,
        Outcome::Surplus | Outcome::Incomplete => Exit::Refused,
    })
}

fn judge(gatherer: Option<Gatherer>) -> Judge {
    let judge = Judge::new(1, u64::MAX);
    match gatherer {
        Some(gatherer) => judge.fetching(gatherer),
        None => judge,
    }
}

/// A component's file.
fn file(console: &Console, folder: &Path, name: &str) -> Result<FileInput, Failure> {
    let path = folder.join(name);
    let language = console.language;
    let unreadable = |e: &std::io::Error| Failure::unreadable(language, &path, e);
    let about = std::fs::metadata(&path).map_err(|e| unreadable(&e))?;
    if !about.is_file() {
        // A device or a pipe has no end.
        let text = console.text("cli-dossier-no-file", &[("file", name)]);
        return Err(Failure::new(Exit::Failed, text));
    }
    let size = about.len();
    if size > MAX_FILE {
        let most = (MAX_FILE >> 20).to_string();
        let values = [("file", name), ("most", most.as_str())];
        return Err(Failure::usage(language, "cli-dossier-large", &values));
    }
    let bytes = std::fs::read(&path).map_err(|e| unreadable(&e))?;
    let content = Memory::new(bytes.into());
    Ok(FileInput {
        digest: content.digest(),
        size,
        content: Arc::new(content),
    })
}

fn show(console: &Console, view: &AnswerView) {
    let version = view.version.to_string();
    let (name, day) = (lang::visible(&view.name), view.day.as_str());
    let values = [
        ("name", name.as_str()),
        ("code", view.procedure.as_str()),
        ("version", version.as_str()),
        ("day", day),
    ];
    console.out(&console.text("cli-dossier-title", &values));
    if view.sample {
        console.out(&console.text("cli-procedure-sample", &[]));
    }
    let outcome = lang::word(console.language, "dossier-outcome", &view.outcome);
    console.out(&outcome);
    for (number, item) in (1_u32..).zip(&view.items) {
        console.out("");
        for line in lines(console, number, item) {
            console.out(&line);
        }
    }
}
