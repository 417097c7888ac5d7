//! `period`: closing periods, their statements, and the events for outsiders; by the running daemon, or in the store
//! itself while none runs.

use super::console::Console;
use super::failure::{Exit, Failure};

use super::office::moment;
use super::statements::Books;
use crate::client::periods::{
    ChangeView, ClosedView, CorrectRequest, StatementContentView, StatementView,
};
use crate::export::csv::measure;
use crate::lang;
use crate::model::simulated::is_simulated;
use crate::model::{LocalDay, Period};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Figures shown of a long list of differences; `--json` has all.
const SHOWN: usize = 40;

/// Commands about periods.
#[derive(Debug, Subcommand)]
pub(super) enum PeriodCommand {
    /// Chốt số liệu một kỳ: bản công bố có chữ ký, không đổi nữa. / Freezes the figures of a period, signed.
    #[command(after_help = "Ví dụ / Examples:\n  lienthong period close 2026-11\n  \
        lienthong period close 2026-Q4@15\n\n\
        Chỉ chốt được khi kỳ đã hết và hạn trả lời của mọi văn bản đến trong kỳ đã qua. Xem docs/periods.md.\n\
        Only once the period is over and every answer due in it has run out. See docs/periods.md.")]
    Close {
        /// Kỳ: 2026, 2026-H2, 2026-Q4, 2026-11, 2026-W48, 2026-11-24; thêm @15. / The period.
        period: String,
    },
    /// Các kỳ đã chốt. / The statements there are.
    List,
    /// Bản công bố của một kỳ và những gì đến sau đó. / The statement of a period, and what came since.
    #[command(after_help = "Ví dụ / Examples:\n  lienthong period show 2026-11\n  \
        lienthong period show 2026-11 --out 2026-11.p7m\n  \
        lienthong receipt verify 2026-11.p7m --ca receipt-ca.pem")]
    Show(ShowPeriod),
    /// Đính chính kỳ đã chốt: bản công bố mới nêu bản cũ và từng số khác. / A new statement that names the old one.
    #[command(after_help = "Ví dụ / Example:\n  \
        lienthong period correct 2026-11 --reason \"Văn bản 12/STC-VP gửi chậm\"")]
    Correct {
        /// Kỳ. / The period.
        period: String,
        /// Lý do, ghi trong bản công bố. / Why; it stands in the statement.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Ghi mọi sự kiện (không có nội dung văn bản), để bên ngoài tự kiểm tra. / Writes all events for outsiders.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong period export --out su-kien.ndjson\n  \
        lienthong receipt verify 2026-11.p7m --ca receipt-ca.pem --events su-kien.ndjson"
    )]
    Export {
        /// Tệp mới. / A new file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Đến hết bản ghi này. / Up to and with this record [default: the last].
        #[arg(long, value_name = "POSITION")]
        until: Option<u64>,
    },
}

/// Flags of `period show`.
#[derive(Debug, Args)]
pub(super) struct ShowPeriod {
    /// Kỳ. / The period.
    pub(super) period: String,
    /// Bản thứ mấy. / Which statement of the period [default: the last].
    #[arg(long, value_name = "N")]
    pub(super) number: Option<u32>,
    /// Ghi bản công bố có chữ ký vào tệp mới (.p7m). / Write the signed statement into a new file.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

pub(super) async fn run(console: &Console, command: &PeriodCommand) -> Result<Exit, Failure> {
    if let PeriodCommand::Correct { reason, .. } = command
        && reason.trim().is_empty()
    {
        let said = console.text("field-empty", &[]);
        return Err(Failure::new(Exit::Usage, format!("--reason: {said}")));
    }
    let settings = console.settings()?.settings;
    let books = Books::open(console, &settings).await?;
    let done = act(console, &books, command).await;
    books.close().await;
    done
}

async fn act(console: &Console, books: &Books, command: &PeriodCommand) -> Result<Exit, Failure> {
    match command {
        PeriodCommand::Close { period } => {
            let view = books.close_period(console, parse(console, period)?).await?;
            closed(console, &view);
        }
        PeriodCommand::Correct { period, reason } => {
            let request = CorrectRequest {
                reason: reason.clone(),
            };
            let period = parse(console, period)?;
            let view = books.correct_period(console, period, &request).await?;
            closed(console, &view);
        }
        PeriodCommand::List => list(console, &books.statements(console).await?),
        PeriodCommand::Show(asked) => {
            let period = parse(console, &asked.period)?;
            if let Some(out) = &asked.out {
                books.save(console, period, asked.number, out).await?;
                saved(console, "cli-period-saved", out);
                return Ok(Exit::Done);
            }
            let view = books.statement(console, period, asked.number).await?;
            show(console, &view);
        }
        PeriodCommand::Export { out, until } => {
            books.export(console, *until, out).await?;
            saved(console, "cli-period-exported", out);
        }
    }
    Ok(Exit::Done)
}

fn saved(console: &Console, key: &str, path: &Path) {
    let path = path.display().to_string();
    console.tell(key, &[("path", &path)]);
}

/// A period as it is written.
pub(super) fn parse(console: &Console, text: &str) -> Result<Period, Failure> {
    let wrong = || Failure::usage(console.language, "cli-period-wrong", &[("text", text)]);
    Period::parse(text).ok_or_else(wrong)
}

fn named(console: &Console, text: &str) -> String {
    let period = Period::parse(text);
    period.map_or_else(|| text.to_owned(), |p| lang::period(console.language, p))
}

fn closed(console: &Console, view: &ClosedView) {
    if console.json {
        console.json(view);
        return;
    }
    let of = &view.statement;
    let key = match (view.repeated, of.number) {
        (true, _) => "cli-period-closed-before",
        (false, 1) => "cli-period-closed",
        (false, _) => "cli-period-corrected",
    };
    console.out(&said(console, key, of));
}

fn said(console: &Console, key: &str, of: &StatementView) -> String {
    let (period, at) = (named(console, &of.period), moment(&of.at));
    let day = |text: &str| {
        let day = LocalDay::parse(text);
        day.map_or_else(|| text.to_owned(), |day| lang::day(console.language, day))
    };
    let (first, last) = (day(&of.first_day), day(&of.last_day));
    let (number, counted) = (of.number.to_string(), of.counted.to_string());
    let values = [
        ("period", period.as_str()),
        ("first", first.as_str()),
        ("last", last.as_str()),
        ("number", number.as_str()),
        ("counted", counted.as_str()),
        ("at", at.as_str()),
    ];
    console.text(key, &values)
}

fn list(console: &Console, all: &[StatementView]) {
    if console.json {
        all.iter().for_each(|view| console.json(view));
        return;
    }
    if all.is_empty() {
        console.tell("cli-period-none", &[]);
        return;
    }
    for view in all {
        console.out(&said(console, "cli-period-row", view));
    }
}

fn show(console: &Console, view: &StatementContentView) {
    if console.json {
        console.json(view);
        return;
    }
    let gateway = view.statement.get("gateway").and_then(|name| name.as_str());
    console.mark(gateway.is_some_and(is_simulated));
    console.out(&said(console, "cli-period-row", &view.record));
    let row = |key: &str, value: &str| {
        let label = console.text(key, &[]);
        console.out(&format!("  {label}: {}", lang::visible(value)));
    };
    row("cli-chain", &view.record.chain);
    row("cli-period-digest", &view.record.statement_sha256);
    if let Some(corrects) = &view.record.corrects {
        row("cli-period-corrects", corrects);
        let reason = view.statement.pointer("/corrects/reason");
        row(
            "report-reason",
            reason.and_then(|r| r.as_str()).unwrap_or_default(),
        );
    }
    let count = |pointer: &str| {
        let list = view.statement.pointer(pointer);
        list.and_then(|l| l.as_array())
            .map_or(0, Vec::len)
            .to_string()
    };
    row("cli-period-units", &count("/units"));
    row("cli-period-undecided", &count("/undecided"));
    let Some(since) = &view.since else {
        return;
    };
    if since.is_empty() {
        console.out(&console.text("cli-period-same", &[]));
        return;
    }
    console.out(&console.text("cli-period-since", &[]));
    changes(console, since);
}

/// Figures that differ, one a line.
pub(super) fn changes(console: &Console, all: &[ChangeView]) {
    for change in all.iter().take(SHOWN) {
        let measure = measure(console.language, &change.measure);
        console.out(&format!(
            "  {} {measure}: {} → {}",
            change.unit, change.before, change.after
        ));
    }
    let more = all.len().saturating_sub(SHOWN);
    if more > 0 {
        let more = more.to_string();
        console.out(&console.text("cli-period-more", &[("count", &more)]));
    }
}

/// What the rates of a closed period are told with.
pub(super) fn frozen(console: &Console, of: &StatementView) -> String {
    said(console, "cli-rates-frozen", of)
}
