//! `dossier check`: a set of components beside the published list, before it is handed in.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::rules;
use crate::client::dossier::{AnswerView, ComponentView, DossierView, ItemView, answer_view};
use crate::config::procedures;
use crate::dossier::{Offered, Outcome, Presented, check};
use crate::format::content::{Content as _, Memory};
use crate::format::json::Misshapen;
use crate::judge::{FileInput, Judge, Patience};
use crate::lang;
use crate::model::{Digest, LocalDay, Timestamp};
use crate::policy::{Rules, SignedFile, signed_file};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a component: as much as a document's file may have by default.
const MAX_FILE: u64 = 200 << 20;

/// Commands about dossiers.
#[derive(Debug, Subcommand)]
pub(super) enum Dossier {
    /// Thành phần hồ sơ có đúng, đủ như thủ tục đã công bố không. / Whether a dossier has exactly what is asked for.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong dossier check ho-so.json\n  \
        lienthong dossier check ho-so.json --date 2026-11-24 --json\n\n\
        ho-so.json, tệp nằm cùng thư mục / with its files in the same folder:\n  \
        { \"procedure\": \"1.001193\", \"facts\": { \"co_giay_chung_sinh\": true },\n    \
        \"components\": [ { \"component\": \"to-khai\", \"form\": \"electronic\", \"file\": \"to-khai.pdf\",\n      \
        \"template\": \"TKDKKS\" } ] }\n\n\
        Mã thoát / Exit: 0 đủ và đúng / complete, 5 thiếu, sai hoặc thừa / missing, wrong or surplus"
    )]
    Check(DossierCheck),
}

/// Flags of `dossier check`.
#[derive(Debug, Args)]
pub(super) struct DossierCheck {
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
    let procedures = procedures::read(&settings.procedures)
        .map_err(|e| super::procedure::failed(console, &e))?;
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
    let judge = Judge::new(1, u64::MAX);
    let judge = match gatherer {
        Some(gatherer) => judge.fetching(gatherer),
        None => judge,
    };
    let looking = Looking {
        console,
        folder,
        rules: Arc::new(rules),
        judge,
        at: now,
    };
    let mut offered: Vec<Offered> = Vec::with_capacity(view.components.len());
    for component in &view.components {
        let content = looking.content(component).await?;
        offered.push(component.offered(content).map_err(misshapen)?);
    }
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
        show(console, &shown, &|fact| {
            let known = procedure.facts.get(fact);
            known.map(|own| own.question.clone()).unwrap_or_default()
        });
    }
    Ok(match answer.outcome {
        Outcome::Complete => Exit::Done,
        Outcome::Surplus | Outcome::Incomplete => Exit::Refused,
    })
}

struct Looking<'a> {
    console: &'a Console,
    folder: &'a Path,
    rules: Arc<Rules>,
    judge: Judge,
    at: Timestamp,
}

impl Looking<'_> {
    /// What is known of a component's file; nothing of paper.
    async fn content(
        &self,
        component: &ComponentView,
    ) -> Result<Option<(Digest, Option<SignedFile>)>, Failure> {
        let Some(name) = &component.file else {
            return Ok(None);
        };
        let path = self.folder.join(name);
        let language = self.console.language;
        let unreadable = |e: &std::io::Error| Failure::unreadable(language, &path, e);
        let about = std::fs::metadata(&path).map_err(|e| unreadable(&e))?;
        if !about.is_file() {
            // A device or a pipe has no end.
            let text = self.console.text("cli-dossier-no-file", &[("file", name)]);
            return Err(Failure::new(Exit::Failed, text));
        }
        let size = about.len();
        if size > MAX_FILE {
            let most = (MAX_FILE >> 20).to_string();
            let values = [("file", name.as_str()), ("most", most.as_str())];
            return Err(Failure::usage(language, "cli-dossier-large", &values));
        }
        let bytes = std::fs::read(&path).map_err(|e| unreadable(&e))?;
        let content = Memory::new(bytes.into());
        let digest = content.digest();
        let input = FileInput {
            digest,
            size,
            content: Arc::new(content),
        };
        let rules = Arc::clone(&self.rules);
        let judged = self
            .judge
            .verify(rules, None, (input, Vec::new()), self.at, Patience::Report)
            .await;
        let report = judged.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
        Ok(Some((digest, signed_file(&self.rules, &report, self.at))))
    }
}

fn show(console: &Console, view: &AnswerView, question: &dyn Fn(&str) -> String) {
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
    let outcome = lang::word(console.language, "dossier-outcome", view.outcome);
    console.out(&outcome);
    for (number, item) in (1_u32..).zip(&view.items) {
        console.out("");
        for line in lines(console, number, item, question) {
            console.out(&line);
        }
    }
}

/// What is wrong, what to do, and on which ground.
fn lines(
    console: &Console,
    number: u32,
    item: &ItemView,
    question: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let what = item.name.as_deref().or(item.file.as_deref());
    let what = match (&item.fact, what) {
        (Some(fact), _) => format!("{} ({fact})", question(fact)),
        (None, Some(what)) => what.to_owned(),
        (None, None) => console.text("dossier-paper", &[]),
    };
    let language = console.language;
    let problem = lang::word(language, "dossier-problem", item.problem);
    let todo = lang::word(language, "dossier-todo", item.problem);
    let ground = match &item.basis {
        Some(basis) => lang::visible(basis),
        None => lang::word(language, "dossier-ground", item.ground),
    };
    let mut lines = vec![format!("{number}. {} — {problem}", lang::visible(&what))];
    let file = item.file.as_ref().filter(|_| item.name.is_some());
    lines.extend(file.map(|file| format!("   {}", lang::visible(file))));
    lines.extend(item.indication.map(|indication| {
        let sub = item.sub_indication.unwrap_or_default();
        format!("   {indication} {sub}").trim_end().to_owned()
    }));
    lines.push(format!("   → {todo}"));
    lines.push(format!(
        "   {}: {ground}",
        console.text("dossier-ground", &[])
    ));
    lines
}
