//! `GET /v1/inbox` with long-polling, and `GET /v1/outbox`.

use super::views::{self, Reader};
use crate::client::wire::{ListItem, ListView, RecipientView};
use crate::format::envelope::Envelope;
use crate::http::context::{Asked, Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::text::Args;
use crate::model::{DocumentId, Language, Position};
use crate::relay::DocumentState;
use crate::store::{FigureCursor, Ledger, Page, ReadError};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;
const MAX_WAIT: u64 = 60;
/// Recipients on one page, those of its last row apart: each is looked up with its words, and a page of documents to
/// all units of a province would have 160,000.
const MAX_RECIPIENTS: usize = 2000;
/// A poll that was woken for somebody else's document looks again after this long: one group of
/// the log wakes every poll, and there may be hundreds.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PollQuery {
    after: Option<String>,
    limit: Option<String>,
    wait: Option<String>,
}

/// A page that may be waited for.
pub(super) struct Poll {
    /// Where it begins.
    pub(super) after: Position,
    /// The most rows.
    pub(super) limit: usize,
    /// How long, in seconds.
    wait: u64,
}

impl Poll {
    pub(super) fn of(query: Asking<PollQuery>) -> Result<Self, Problem> {
        let query = asked(query)?;
        Ok(Self {
            after: cursor(query.after.as_deref())?,
            limit: limit(query.limit.as_deref())?,
            wait: number("wait", query.wait.as_deref(), 0, MAX_WAIT)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutboxQuery {
    after: Option<String>,
    limit: Option<String>,
}

pub(in crate::http) type Asking<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

/// A query, or the problem with it.
pub(in crate::http) fn asked<T>(query: Asking<T>) -> Result<T, Problem> {
    let invalid = |e: axum::extract::rejection::QueryRejection| {
        // In the reader's words, without those of the stack around them.
        let problem = e.body_text();
        let problem = problem.strip_prefix("Failed to deserialize query string: ");
        let problem = problem.map_or_else(|| e.body_text(), str::to_owned);
        let args = vec![("problem", problem)];
        Problem::new(ProblemCode::QueryInvalid).at("", "field-shape", args)
    };
    query.map(|Query(query)| query).map_err(invalid)
}

pub(super) async fn inbox(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<PollQuery>,
) -> Result<Response, Problem> {
    let poll = Poll::of(query)?;
    let page = waited(&gateway, &caller, &poll, |ledger| {
        ledger.inbox(&caller.unit, poll.after, poll.limit)
    });
    let page = page.await?;
    let row = |state: &DocumentState| {
        let own = state.delivery(&caller.unit)?;
        let asked = own.standing.is_asked();
        let own = views::recipient(&gateway.intake, state, own, false);
        // Where the sender wants it back, that is what is to be answered.
        let (answer_due, late_since) = match own.request.filter(|_| asked) {
            Some(request) => (request.due, request.late_since),
            None => (own.answer_due, own.late_since),
        };
        Some(Row {
            state: own.state,
            recipients: Vec::new(),
            answer_due,
            late_since,
        })
    };
    let path = format!("/v1/inbox?limit={}", poll.limit);
    list(&gateway, &page, row, &path)
}

/// A page as soon as there is anything on it, or when its wait is over.
pub(super) async fn waited(
    gateway: &Gateway,
    caller: &Caller,
    poll: &Poll,
    read: impl Fn(&dyn Ledger) -> Result<Page, ReadError>,
) -> Result<Page, Problem> {
    let ledger = &gateway.intake.tools().ledger;
    let now = Instant::now();
    let deadline = now
        .checked_add(Duration::from_secs(poll.wait))
        .unwrap_or(now);
    let mut changes = ledger.watch();
    loop {
        changes.mark_unchanged();
        let page = read(&**ledger)?;
        let over = Instant::now() >= deadline || gateway.stopping.is_cancelled();
        if over || !page.items.is_empty() {
            return Ok(page);
        }
        let changed = tokio::select! {
            changed = timeout_at(deadline, changes.changed()) => changed,
            () = gateway.stopping.cancelled() => continue,
        };
        caller.still(gateway)?;
        match changed {
            Ok(Ok(())) => sleep(BETWEEN_LOOKS).await,
            Ok(Err(_)) => return Err(ProblemCode::Unavailable.into()),
            Err(_) => {}
        }
    }
}

pub(super) async fn outbox(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Asked(language): Asked,
    query: Asking<OutboxQuery>,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    let after = cursor(query.after.as_deref())?;
    let limit = limit(query.limit.as_deref())?;
    let ledger = &gateway.intake.tools().ledger;
    let page = ledger.outbox(&caller.unit, after, limit)?;
    let row = |state: &DocumentState| {
        Some(Row {
            state: state.judged.disposition.name().to_owned(),
            recipients: told(&gateway, state, &caller, language),
            answer_due: None,
            late_since: None,
        })
    };
    let path = format!("/v1/outbox?limit={limit}");
    list(&gateway, &page, row, &path)
}

/// The recipients of what the caller sent, each with how its delivery stands.
fn told(
    gateway: &Gateway,
    state: &DocumentState,
    caller: &Caller,
    language: Language,
) -> Vec<RecipientView> {
    let mut recipients = views::recipients(&gateway.intake, state, Reader::Unit(&caller.unit));
    super::delivering::tell(gateway, state, &mut recipients, language);
    recipients
}

/// What only the kind of list knows of a row.
struct Row {
    state: String,
    recipients: Vec<RecipientView>,
    answer_due: Option<String>,
    late_since: Option<String>,
}

fn list(
    gateway: &Gateway,
    page: &Page,
    row: impl Fn(&DocumentState) -> Option<Row>,
    path: &str,
) -> Result<Response, Problem> {
    let mut items = Vec::with_capacity(page.items.len());
    let (mut last, mut recipients) = (None, 0usize);
    for (position, id) in &page.items {
        if recipients >= MAX_RECIPIENTS {
            return Ok(answer(items, last, path));
        }
        let item = item(gateway, *position, *id, &row)?;
        let own = item.as_ref().map_or(0, |item| item.recipients.len());
        recipients = recipients.saturating_add(own);
        items.extend(item);
        last = Some(*position);
    }
    Ok(answer(items, page.next, path))
}

/// A page as it is sent, with the address of the next.
pub(super) fn answer<T: Serialize>(items: Vec<T>, next: Option<Position>, path: &str) -> Response {
    let next = next.map(|position| position.to_string());
    let link = next
        .as_ref()
        .map(|next| format!("<{path}&after={next}>; rel=\"next\""));
    let mut response = views::json(StatusCode::OK, &ListView { items, next });
    if let Some(link) = link.and_then(|link| HeaderValue::try_from(link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

fn item(
    gateway: &Gateway,
    position: Position,
    id: DocumentId,
    row: &impl Fn(&DocumentState) -> Option<Row>,
) -> Result<Option<ListItem>, Problem> {
    let Some(document) = gateway.intake.tools().ledger.document(id)? else {
        return Ok(None);
    };
    // Answered between the list and now: it is no row any more.
    let Some(row) = row(&document) else {
        return Ok(None);
    };
    let raw = views::envelope(&gateway.intake, &document)?;
    let envelope = raw.and_then(|raw| Envelope::parse(&raw).ok());
    let at = document.timeline.first().map(|e| e.at.to_string());
    let (subject, urgency) = envelope.map_or_else(Default::default, |e| {
        (e.subject, e.urgency.name().to_owned())
    });
    Ok(Some(ListItem {
        id: id.to_string(),
        sender: document.offered.sender.to_string(),
        at: at.unwrap_or_default(),
        number: document.offered.key.number.as_str().to_owned(),
        notation: document.offered.key.notation.as_str().to_owned(),
        subject,
        urgency,
        state: row.state,
        files: document.offered.files.len(),
        recipients: row.recipients,
        doubted: !document.doubts.is_empty(),
        duplicate_of: document.offered.duplicate_of.map(|id| id.to_string()),
        answer_due: row.answer_due,
        late_since: row.late_since,
        position: position.0,
        version: document.version.0,
    }))
}

pub(in crate::http) fn cursor(text: Option<&str>) -> Result<Position, Problem> {
    let Some(text) = text else {
        return Ok(Position::START);
    };
    text.parse().map(Position).map_err(|_| {
        let args = vec![("value", shown(text))];
        Problem::new(ProblemCode::QueryInvalid).at("after", "field-invalid", args)
    })
}

/// The cursor of a list behind a figure.
pub(in crate::http) fn figure_cursor(text: Option<&str>) -> Result<Option<FigureCursor>, Problem> {
    let read = |text: &str| {
        FigureCursor::parse(text).ok_or_else(|| {
            let args = vec![("value", shown(text))];
            Problem::new(ProblemCode::QueryInvalid).at("after", "field-invalid", args)
        })
    };
    text.map(read).transpose()
}

pub(in crate::http) fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let max = u64::try_from(MAX_LIMIT).unwrap_or(u64::MAX);
    let limit = text.map(|_| number("limit", text, 1, max)).transpose()?;
    Ok(limit
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(DEFAULT_LIMIT))
}

/// A number between `min` and `max`; absent, it is `min`.
pub(super) fn number(
    name: &'static str,
    text: Option<&str>,
    min: u64,
    max: u64,
) -> Result<u64, Problem> {
    let Some(text) = text else {
        return Ok(min);
    };
    let fits = |n: &u64| (min..=max).contains(n);
    text.parse().ok().filter(fits).ok_or_else(|| {
        let args: Args = vec![
            ("value", shown(text)),
            ("min", min.to_string()),
            ("max", max.to_string()),
        ];
        Problem::new(ProblemCode::QueryInvalid).at(name, "field-range", args)
    })
}

/// A value of the query as it is shown again: its beginning.
pub(in crate::http) fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
