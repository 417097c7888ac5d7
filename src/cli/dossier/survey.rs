//! `dossier survey`: what citizens said, and answers on paper.

use super::counter::Counter;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::client::forms::{SurveyQuery, SurveyRow};
use crate::dossier::survey::{PaperError, parse};
use crate::lang;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Commands about the survey.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Survey {
    /// Kết quả theo thủ tục, của tháng hoặc năm. / Results by procedure, of a month or a year.
    Results(Results),
    /// Nhập phiếu giấy từ tệp CSV, tất cả hoặc không. / Answers on paper from a CSV file, all or none.
    #[command(
        after_help = "Tệp / The file:\n  code,guidance,attitude,papers,time,outcome\n  7K2M-9QXA-4WTN-C3RD,5,4,,3,5\n\n\
        1 rất không hài lòng … 5 rất hài lòng; để trống: không trả lời / 1 very dissatisfied … 5 very satisfied; empty: no answer"
    )]
    Import(Import),
}

/// Flags of `dossier survey results`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Results {
    /// Tháng (2026-11) hoặc năm (2026). / A month or a year [default: this month].
    #[arg(long)]
    period: Option<String>,
}

/// Flags of `dossier survey import`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// Tệp CSV. / The file.
    file: PathBuf,
}

pub(super) async fn run(console: &Console, command: &Survey) -> Result<Exit, Failure> {
    match command {
        Survey::Results(asked) => results(console, asked).await,
        Survey::Import(asked) => import(console, asked).await,
    }
}

async fn results(console: &Console, asked: &Results) -> Result<Exit, Failure> {
    let counter = Counter::open(console)?;
    let query = SurveyQuery {
        period: asked.period.clone(),
    };
    let view = counter.client.survey(&query).await;
    let view = view.map_err(|e| Failure::client(console.language, &e))?;
    if console.json {
        console.json(&view);
        return Ok(Exit::Done);
    }
    console.out(&console.text("cli-survey-title", &[("period", &view.period)]));
    if view.rows.is_empty() {
        console.out(&console.text("cli-survey-none", &[]));
    }
    view.rows.iter().for_each(|row| show(console, row));
    console.out("");
    console.out(&console.text("cli-survey-note", &[]));
    Ok(Exit::Done)
}

fn show(console: &Console, row: &SurveyRow) {
    let language = console.language;
    let name = row.procedure.clone();
    let name = name.unwrap_or_else(|| console.text("cli-survey-rest", &[]));
    let answers = match row.answers {
        Some(count) => lang::counted(language, "cli-survey-answers", count, &[]),
        None => console.text("cli-survey-few", &[]),
    };
    console.out(&format!("\n{} — {answers}", lang::visible(&name)));
    for share in &row.questions {
        let question = lang::word(language, "survey-question", &share.question);
        let percent = share.per_mille.and_then(|own| i64::try_from(own).ok());
        let percent = percent.map_or_else(|| "–".to_owned(), |own| lang::percent(language, own));
        console.out(&format!(
            "  {question}: {percent} ({}/{})",
            share.satisfied, share.answered
        ));
    }
}

async fn import(console: &Console, asked: &Import) -> Result<Exit, Failure> {
    let bytes = std::fs::read(&asked.file);
    let bytes = bytes.map_err(|e| Failure::unreadable(console.language, &asked.file, &e))?;
    parse(&bytes).map_err(|e| mistakes(console, asked, &e))?;
    let counter = Counter::open(console)?;
    let taken = counter.client.survey_papers(bytes.into()).await;
    let taken = taken.map_err(|e| Failure::client(console.language, &e))?;
    let count = u64::try_from(taken.recorded).unwrap_or(u64::MAX);
    console.out(&lang::counted(
        console.language,
        "cli-survey-imported",
        count,
        &[],
    ));
    Ok(Exit::Done)
}

fn mistakes(console: &Console, asked: &Import, error: &PaperError) -> Failure {
    let language = console.language;
    let file = asked.file.display().to_string();
    let PaperError::Lines(lines) = error else {
        let problem = lang::foreign(language, &error.to_string());
        let values = [("file", file.as_str()), ("problem", problem.as_str())];
        return Failure::usage(language, "cli-survey-file", &values);
    };
    let said = lines.iter().map(|(line, mistake)| {
        let problem = lang::foreign(language, &mistake.to_string());
        let line = line.to_string();
        console.text(
            "cli-survey-line",
            &[("line", line.as_str()), ("problem", &problem)],
        )
    });
    let head = console.text("cli-survey-lines", &[]);
    let all: Vec<String> = std::iter::once(head).chain(said).collect();
    Failure::new(Exit::Usage, all.join("\n"))
}
