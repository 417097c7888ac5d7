//! How dossiers are shown.

use super::counter::Counter;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::office::moment;
use crate::cli::receipt;
use crate::client::dossier::ItemView;
use crate::client::dossiers::{DossierDone, DossierRow, DossierStateView, DossiersQuery};
use crate::lang;
use crate::model::simulated::is_simulated;
use crate::seal::dossier::DossierSlip;
use clap::Args;
use std::path::PathBuf;

/// Rows of one request.
const PAGE: usize = 200;

/// Flags of `dossier list`.
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Chỉ hồ sơ ở trạng thái này. / Of that status only: `taken_in`, `in_process`, …
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Chỉ hồ sơ quá hẹn. / Late ones only.
    #[arg(long)]
    late: bool,
    /// Sau mã số này. / After that number.
    #[arg(long, value_name = "NUMBER")]
    after: Option<String>,
    /// Nhiều nhất. / At most.
    #[arg(long, default_value_t = 200, value_name = "ROWS")]
    limit: usize,
}

/// Which dossier.
#[derive(Debug, Args)]
pub(in crate::cli) struct One {
    /// Mã số hồ sơ. / Its number.
    id: String,
}

/// Flags of `dossier slips`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Slips {
    /// Mã số hồ sơ. / Its number.
    id: String,
    /// Thư mục. / The folder.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) async fn list(console: &Console, asked: &List) -> Result<Exit, Failure> {
    let counter = Counter::open(console)?;
    let (mut rows, mut after): (Vec<DossierRow>, _) = (Vec::new(), asked.after.clone());
    let next = loop {
        let left = asked.limit.saturating_sub(rows.len()).clamp(1, PAGE);
        let query = DossiersQuery {
            after: after.take(),
            limit: Some(left.to_string()),
            status: asked.status.clone(),
            late: asked.late.then(|| "true".to_owned()),
        };
        let page = counter.client.dossiers(&query).await;
        let page = page.map_err(|e| Failure::client(console.language, &e))?;
        rows.extend(page.items);
        if page.next.is_none() || rows.len() >= asked.limit {
            break page.next;
        }
        after = page.next;
    };
    if console.json {
        rows.iter().for_each(|row| console.json(row));
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        console.tell("cli-dossier-none", &[]);
        return Ok(Exit::Done);
    }
    let cells = |row: &DossierRow| {
        vec![
            row.number.clone(),
            row.procedure.clone(),
            status(console, &row.status, row.status_number),
            moment(&row.received),
            row.due.as_deref().map(moment).unwrap_or_default(),
            match &row.late_since {
                Some(_) => console.text("cli-dossier-late", &[]),
                None => String::new(),
            },
        ]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    console.table("cli-dossier-header", &rows);
    if let Some(next) = next {
        console.next_command(&format!("dossier list --after {next}"));
    }
    Ok(Exit::Done)
}

fn status(console: &Console, name: &str, number: u16) -> String {
    let words = lang::word(console.language, "dossier-status", name);
    format!("{number} {words}")
}

pub(super) async fn one(console: &Console, asked: &One) -> Result<Exit, Failure> {
    let counter = Counter::open(console)?;
    let found = counter.client.dossier(&asked.id).await;
    let found = found.map_err(|e| Failure::client(console.language, &e))?;
    match console.json {
        true => console.json(&found),
        false => whole(console, &found),
    }
    Ok(Exit::Done)
}

pub(super) async fn slips(console: &Console, asked: &Slips) -> Result<Exit, Failure> {
    let counter = Counter::open(console)?;
    let failed = |e| Failure::client(console.language, &e);
    let found = counter.client.dossier(&asked.id).await.map_err(failed)?;
    let all = counter.client.dossier_slips(&asked.id).await;
    let unwritable = |e: std::io::Error| Failure::unwritable(console.language, &asked.out, &e);
    std::fs::create_dir_all(&asked.out).map_err(unwritable)?;
    for slip in all.map_err(failed)? {
        let number = &found.row.number;
        let (_, der) = counter.checked(console, &slip.p7m, number)?;
        let name = format!("{number}-{}.p7m", slip.position);
        receipt::save(console, &der, &asked.out.join(name))?;
    }
    Ok(Exit::Done)
}

/// What was done just now.
pub(super) fn done(console: &Console, done: &DossierDone, slip: &DossierSlip) {
    console.mark(is_simulated(&slip.gateway));
    let row = &done.dossier.row;
    let said = status(console, &row.status, row.status_number);
    let values = [("number", row.number.as_str()), ("status", said.as_str())];
    console.out(&console.text("cli-dossier-done", &values));
    if let Some(due) = &row.due {
        let due = moment(due);
        console.out(&console.text("cli-dossier-due", &[("due", due.as_str())]));
    }
    items(console, &done.items);
    if done.repeated {
        console.tell("cli-dossier-repeated", &[]);
    }
    let profile = console.profile_flag();
    let next = format!("lienthong dossier show {}{profile}", row.number);
    console.next(&next);
}

fn items(console: &Console, items: &[ItemView]) {
    let (surplus, lacks): (Vec<&ItemView>, Vec<&ItemView>) =
        items.iter().partition(|item| item.surplus);
    for (key, all) in [
        ("cli-dossier-lacks", lacks),
        ("cli-dossier-surplus", surplus),
    ] {
        if all.is_empty() {
            continue;
        }
        console.out("");
        console.out(&console.text(key, &[]));
        for (number, item) in (1_u32..).zip(all) {
            for line in lines(console, number, item) {
                console.out(&line);
            }
        }
    }
}

fn whole(console: &Console, view: &DossierStateView) {
    let row = &view.row;
    let line = |key: &str, value: &str| {
        let said = console.text(key, &[]);
        console.out(&format!("  {said}: {}", lang::visible(value)));
    };
    console.out(&row.number);
    let name = view.name.as_deref().unwrap_or_default();
    let procedure = format!("{name} ({} v{})", row.procedure, row.version);
    line("cli-dossier-procedure", procedure.trim());
    line(
        "cli-dossier-status",
        &status(console, &row.status, row.status_number),
    );
    line("cli-dossier-received", &moment(&row.received));
    if let Some(due) = &row.due {
        line("cli-dossier-due-label", &moment(due));
    }
    if let Some(since) = &row.late_since {
        line("cli-dossier-late-since", &moment(since));
    }
    match (&view.applicant, view.erased) {
        (_, true) => line(
            "cli-dossier-applicant",
            &console.text("cli-dossier-erased", &[]),
        ),
        (Some(applicant), false) => line("cli-dossier-applicant", &applicant.name),
        (None, false) => {}
    }
    items(console, &view.open_items);
    console.out("");
    for entry in &view.timeline {
        let what = match &entry.what {
            Some(what) => lang::word(console.language, "dossier-move", what),
            None => lang::word(console.language, "dossier-event", &entry.event),
        };
        let reason = entry.reason.as_deref().map(lang::visible);
        let reason = reason.map(|reason| format!(" — {reason}"));
        let (at, reason) = (moment(&entry.at), reason.unwrap_or_default());
        console.out(&format!("  {at}  {what}{reason}"));
    }
    if !view.possible.is_empty() {
        let moves = view.possible.join(", ");
        console.tell("cli-dossier-possible", &[("moves", moves.as_str())]);
    }
}

/// What is wrong, what to do, and on which ground.
pub(super) fn lines(console: &Console, number: u32, item: &ItemView) -> Vec<String> {
    let what = item.name.as_deref().or(item.file.as_deref());
    let what = match (&item.fact, what) {
        (Some(fact), _) => {
            let question = item.question.as_deref().unwrap_or_default();
            format!("{question} ({fact})")
        }
        (None, Some(what)) => what.to_owned(),
        (None, None) => console.text("dossier-paper", &[]),
    };
    let language = console.language;
    let problem = lang::word(language, "dossier-problem", &item.problem);
    let todo = lang::word(language, "dossier-todo", &item.problem);
    let ground = match &item.basis {
        Some(basis) => lang::visible(basis),
        None => lang::word(language, "dossier-ground", &item.ground),
    };
    let mut lines = vec![format!("{number}. {} — {problem}", lang::visible(&what))];
    let file = item.file.as_ref().filter(|_| item.name.is_some());
    lines.extend(file.map(|file| format!("   {}", lang::visible(file))));
    lines.extend(item.indication.as_ref().map(|indication| {
        let sub = item.sub_indication.as_deref().unwrap_or_default();
        format!("   {indication} {sub}").trim_end().to_owned()
    }));
    lines.push(format!("   → {todo}"));
    lines.push(format!(
        "   {}: {ground}",
        console.text("dossier-ground", &[])
    ));
    lines
}
