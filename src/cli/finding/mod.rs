//! `finding`: shortcomings, over the socket of the running daemon, over `/v1` as the unit itself (which reads its own),
//! or on the store while no daemon runs.

mod place;
mod show;

pub(super) use show::table;

use super::args::{Finding, FindingClose, FindingList, FindingOpen};
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::document_id;
use super::place::Place;
use crate::client::findings::{
    CloseRequest, EvidenceFileRequest, FindingsQuery, FindingsView, OpenRequest,
};
use crate::intake::MAX_FILE_BYTES;
use crate::lang;
use crate::model::{DocumentId, LocalDay, Period};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;

/// Rows of one request.
const PAGE: usize = 200;
/// What evidence in the store is named by; anything else is a file.
const NAMED: [&str; 3] = ["receipt:", "statement:", "sha256:"];

pub(super) async fn finding(console: &Console, command: Finding) -> Result<Exit, Failure> {
    match command {
        Finding::Open(asked) => open(console, asked).await,
        Finding::List(asked) => list(console, &asked).await,
        Finding::Show { id } => one(console, &id).await,
        Finding::Close(asked) => close(console, asked).await,
        Finding::Remind { id } => remind(console, &id).await,
    }
}

/// Does something where findings are.
async fn at_desk<T>(
    console: &Console,
    work: impl AsyncFnOnce(&Place) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let settings = console.settings()?.settings;
    let place = Place::here(console, &settings).await?;
    let done = work(&place).await;
    place.close().await;
    done
}

async fn open(console: &Console, asked: FindingOpen) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    super::unit::known(
        console,
        &settings,
        &super::unit::code(console, &asked.unit)?,
    )?;
    if let Some(text) = asked.period.as_deref()
        && Period::parse(text).is_none()
    {
        let values = [("text", text)];
        return Err(Failure::usage(
            console.language,
            "cli-period-wrong",
            &values,
        ));
    }
    if LocalDay::parse(&asked.due).is_none() {
        let values = [("name", "--due"), ("text", asked.due.as_str())];
        return Err(Failure::usage(
            console.language,
            "cli-register-day",
            &values,
        ));
    }
    let request = OpenRequest {
        unit: asked.unit,
        measure: asked.measure,
        period: asked.period,
        missing: asked.missing,
        documents: asked.document,
        wrong: asked.wrong,
        remedy: asked.remedy,
        owner: asked.owner,
        due: asked.due,
        staff: asked.staff,
    };
    let done = at_desk(console, async |place| {
        place.open_finding(console, &request).await
    });
    let done = done.await?;
    if console.json {
        console.json(&done);
        return Ok(Exit::Done);
    }
    let finding = &done.finding;
    let (count, due) = (
        finding.documents.to_string(),
        show::day(console, &finding.due),
    );
    let values = [
        ("id", finding.id.as_str()),
        ("unit", finding.unit.as_str()),
        ("count", count.as_str()),
        ("due", due.as_str()),
    ];
    console.out(&console.text("cli-finding-opened", &values));
    show::beyond(console, finding);
    console.next(&format!("lienthong finding show {}", finding.id));
    Ok(Exit::Done)
}

async fn list(console: &Console, asked: &FindingList) -> Result<Exit, Failure> {
    let (place, settings) = Place::open(console).await?;
    let read = pages(console, &place, asked).await;
    place.close().await;
    let page = read?;
    if let (Some(settings), Some(text)) = (settings, &asked.unit)
        && page.items.is_empty()
    {
        super::unit::known(console, &settings, &super::unit::code(console, text)?)?;
    }
    if console.json {
        page.items.iter().for_each(|item| console.json(item));
    } else if page.items.is_empty() {
        console.tell("cli-finding-none", &[]);
    } else {
        table(console, &page.items);
    }
    if let Some(next) = &page.next {
        let unit = asked.unit.as_ref().map(|unit| format!(" --unit {unit}"));
        let open = if asked.open { " --open" } else { "" };
        let overdue = if asked.overdue { " --overdue" } else { "" };
        let unit = unit.unwrap_or_default();
        console.next_command(&format!("finding list{unit}{open}{overdue} --after {next}"));
    } else if let Some(first) = page.items.first() {
        console.next_command(&format!("finding show {}", first.id));
    }
    Ok(Exit::Done)
}

async fn pages(
    console: &Console,
    place: &Place,
    asked: &FindingList,
) -> Result<FindingsView, Failure> {
    let mut whole = FindingsView::default();
    let mut after = asked.after.clone();
    loop {
        let left = asked.limit.saturating_sub(whole.items.len()).clamp(1, PAGE);
        let query = FindingsQuery {
            unit: asked.unit.clone(),
            open: asked.open.then(|| "true".to_owned()),
            overdue: asked.overdue.then(|| "true".to_owned()),
            after: after.take(),
            limit: Some(left.to_string()),
        };
        let page = place.findings(console, &query).await?;
        whole.items.extend(page.items);
        after.clone_from(&page.next);
        whole.next = page.next;
        if after.is_none() || whole.items.len() >= asked.limit {
            return Ok(whole);
        }
    }
}

async fn one(console: &Console, id: &str) -> Result<Exit, Failure> {
    let id = document_id(console, id)?;
    let (place, _) = Place::open(console).await?;
    let found = place.finding(console, id).await;
    place.close().await;
    let found = found?;
    match console.json {
        true => console.json(&found),
        false => show::whole(console, &found),
    }
    Ok(Exit::Done)
}

async fn close(console: &Console, asked: FindingClose) -> Result<Exit, Failure> {
    let id = document_id(console, &asked.id)?;
    if asked.evidence.is_empty() {
        let (title, detail) = lang::problem(console.language, "evidence_required");
        return Err(Failure::new(Exit::Usage, title).with_next(detail));
    }
    let (mut evidence, mut files) = (Vec::new(), Vec::new());
    for one in asked.evidence {
        let named = NAMED.iter().any(|name| one.starts_with(name));
        match named || DocumentId::parse(&one).is_some() {
            true => evidence.push(one),
            false => files.push(file(console, Path::new(&one))?),
        }
    }
    let request = CloseRequest {
        evidence,
        files,
        said: asked.said,
        staff: asked.staff,
    };
    let done = at_desk(console, async |place| {
        place.close_finding(console, id, &request).await
    });
    let done = done.await?;
    if console.json {
        console.json(&done);
        return Ok(Exit::Done);
    }
    let count = done.closed.as_ref().map_or(0, |end| end.evidence.len());
    let count = count.to_string();
    let values = [
        ("id", done.id.as_str()),
        ("unit", done.unit.as_str()),
        ("count", count.as_str()),
    ];
    console.out(&console.text("cli-finding-closed", &values));
    Ok(Exit::Done)
}

fn file(console: &Console, path: &Path) -> Result<EvidenceFileRequest, Failure> {
    let unreadable = |e: std::io::Error| Failure::unreadable(console.language, path, &e);
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if usize::try_from(length).map_or(true, |length| length > MAX_FILE_BYTES) {
        let (path, most) = (
            path.display().to_string(),
            (MAX_FILE_BYTES >> 20).to_string(),
        );
        let values = [("path", path.as_str()), ("mib", most.as_str())];
        return Err(Failure::usage(
            console.language,
            "cli-finding-file",
            &values,
        ));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(EvidenceFileRequest {
        name: name.into_owned(),
        content: STANDARD.encode(bytes),
    })
}

async fn remind(console: &Console, id: &str) -> Result<Exit, Failure> {
    let id = document_id(console, id)?;
    let settings = console.settings()?.settings;
    let place = Place::here(console, &settings).await?;
    let done = place.remind(console, &settings, id).await;
    place.close().await;
    let done = done?;
    if console.json {
        console.json(&done);
        return Ok(Exit::Done);
    }
    let way = match done.way.as_str() {
        "mail" => "cli-finding-way-mail",
        _ => "cli-finding-way-folder",
    };
    let way = console.text(way, &[]);
    let values = [
        ("id", done.id.as_str()),
        ("to", done.to.as_str()),
        ("way", way.as_str()),
    ];
    console.out(&console.text("cli-finding-reminded-to", &values));
    Ok(Exit::Done)
}
