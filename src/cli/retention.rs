//! `retention plan`: what the terms of keeping would drop, and why what stays stays.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::moment;
use super::store;
use super::unit_keys::moment as day_or_moment;
use crate::client::admin::Admin;
use crate::client::retention::{PlannedView, RetentionPlanView};
use crate::lang;
use clap::{Args, Subcommand};

/// Commands about terms of keeping.
#[derive(Debug, Subcommand)]
pub(super) enum Retention {
    /// Nội dung nào sẽ bị xóa vì hết thời hạn lưu, cái nào còn giữ và vì sao; không thay đổi gì.
    /// / What would be dropped, what stays and why; changes nothing.
    #[command(after_help = "Ví dụ / Examples:\n  lienthong retention plan\n  \
        lienthong retention plan --at 2036-01-01 --list 200 --json\n\n\
        Thời hạn đặt ở [retention]. Xem docs/retention.md. / Terms are set in [retention].")]
    Plan(RetentionPlan),
}

/// Flags of `retention plan`.
#[derive(Debug, Args)]
pub(super) struct RetentionPlan {
    /// Tính đến ngày. / As of this day or moment [default: now].
    #[arg(long, value_name = "DATE|RFC3339")]
    pub(super) at: Option<String>,
    /// Liệt kê tối đa số văn bản. / List at most so many documents.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(super) list: u32,
}

pub(super) async fn plan(console: &Console, asked: &RetentionPlan) -> Result<Exit, Failure> {
    let at = asked.at.as_deref().map(|text| day_or_moment(console, text));
    let at = at.transpose()?;
    let settings = console.settings()?.settings;
    let view = match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => {
            let planned = admin.retention(at, asked.list).await;
            planned.map_err(|e| Failure::client(console.language, &e))?
        }
        None => {
            let at = at.unwrap_or_else(|| console.now());
            store::plan(console, &settings, at, asked.list).await?
        }
    };
    if console.json {
        console.json(&view);
    } else {
        show(console, &view, settings.retention.shortest().is_none());
    }
    Ok(Exit::Done)
}

fn show(console: &Console, view: &RetentionPlanView, termless: bool) {
    let at = moment(&view.at);
    let general = match view.keep_days {
        Some(days) => {
            let days = days.to_string();
            console.text("cli-retention-days", &[("days", &days)])
        }
        None => console.text("cli-retention-forever", &[]),
    };
    let values = [("at", at.as_str()), ("general", general.as_str())];
    console.out(&console.text("cli-retention-title", &values));
    for due in &view.due {
        let class = due.class.as_deref().map(lang::visible);
        let class = class.unwrap_or_else(|| console.text("cli-retention-general", &[]));
        let (documents, bytes) = (due.documents.to_string(), due.bytes.to_string());
        let values = [
            ("class", class.as_str()),
            ("documents", documents.as_str()),
            ("bytes", bytes.as_str()),
        ];
        console.out(&console.text("cli-retention-due", &values));
    }
    if view.due.is_empty() {
        console.out(&console.text("cli-retention-nothing", &[]));
    }
    for open in &view.open {
        let why = lang::word(console.language, "retention", &open.why);
        let (documents, oldest) = (open.documents.to_string(), moment(&open.oldest));
        let values = [
            ("why", why.as_str()),
            ("documents", documents.as_str()),
            ("oldest", oldest.as_str()),
        ];
        console.out(&console.text("cli-retention-open", &values));
    }
    if termless {
        // Without a term nothing is looked at.
        console.out(&console.text("cli-retention-no-term", &[]));
        return;
    }
    let [kept, forever, gone] = [view.kept, view.forever, view.gone].map(|n| n.to_string());
    let values = [
        ("kept", kept.as_str()),
        ("forever", forever.as_str()),
        ("gone", gone.as_str()),
    ];
    console.out(&console.text("cli-retention-rest", &values));
    for document in &view.documents {
        console.out(&line(console, document));
    }
    if view.more {
        console.tell("cli-retention-more", &[]);
    }
}

fn line(console: &Console, row: &PlannedView) -> String {
    let said = match (&row.due, &row.why) {
        (Some(due), _) => {
            let due = moment(due);
            console.text("cli-retention-over", &[("at", &due)])
        }
        (None, Some(why)) => lang::word(console.language, "retention", why),
        (None, None) => String::new(),
    };
    format!("  {}  {said}", row.id)
}
