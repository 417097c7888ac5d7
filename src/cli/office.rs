//! `inbox`, `answer`, `status`: the recipient's and the sender's view.

use super::args::{Answer, Inbox, Status as Asked};
use super::console::Console;
use super::failure::{Exit, Failure};
use super::place::{Place, found};
use super::receipt;
use crate::client::erase::ErasureView;
use crate::client::wire::{
    AnswerRequest, DocumentView, ListItem, ListView, ReceiptView, RecipientView, RequestView,
    VerdictView,
};
use crate::client::{ClientError, MAX_WAIT_SECS};
use crate::http::documents;
use crate::http::problem::ProblemCode;
use crate::keys::files::own;
use crate::lang;
use crate::model::{DocumentId, Status};
use crate::relay::Move;

pub(super) use lang::report::moment_of as moment;

/// Parses an identifier of the command line.
pub(super) fn document_id(console: &Console, text: &str) -> Result<DocumentId, Failure> {
    let wrong = || {
        let failure = Failure::usage(console.language, "cli-id-wrong", &[("id", text)]);
        failure.with_next(console.text("cli-id-wrong-next", &[]))
    };
    DocumentId::parse(text).ok_or_else(wrong)
}

/// A page as soon as there is anything on it, after `wait` seconds at most. The gateway waits a minute
/// at most; a longer wait is several.
pub(super) async fn waited<T>(
    console: &Console,
    wait: u64,
    page: impl AsyncFn(u64) -> Result<ListView<T>, ClientError>,
) -> Result<ListView<T>, Failure> {
    let mut left = wait;
    loop {
        let wait = left.min(MAX_WAIT_SECS);
        let list = page(wait).await;
        let list = list.map_err(|e| Failure::client(console.language, &e))?;
        left = left.saturating_sub(wait);
        if !list.items.is_empty() || left == 0 {
            return Ok(list);
        }
    }
}

pub(super) async fn inbox(console: &Console, asked: &Inbox) -> Result<Exit, Failure> {
    let profile = console.profile()?;
    let client = console.client(&profile)?;
    let after = asked.after.as_deref();
    let page = async |wait| client.inbox(after, asked.limit, wait).await;
    let list = waited(console, asked.wait, page).await?;
    if console.json {
        list.items.iter().for_each(|item| console.json(item));
        return Ok(Exit::Done);
    }
    if list.items.is_empty() {
        console.tell("cli-inbox-empty", &[]);
        return Ok(Exit::Done);
    }
    let row = |item: &ListItem| {
        vec![
            item.id.clone(),
            moment(&item.at),
            lang::visible(&format!("{}/{}", item.number, item.notation)),
            item.sender.clone(),
            lang::visible(&item.subject),
            state(console, item),
        ]
    };
    console.table(
        "cli-inbox-header",
        &list.items.iter().map(row).collect::<Vec<_>>(),
    );
    if let Some(next) = &list.next {
        console.next_command(&format!("inbox --after {next}"));
    } else if let Some(first) = list.items.first() {
        console.next_command(&format!("receive {} --out inbox", first.id));
    }
    Ok(Exit::Done)
}

fn state(console: &Console, item: &ListItem) -> String {
    let mut state = lang::word(console.language, "state", &item.state);
    if let Some(said) = deadline(console, item.answer_due.as_ref(), item.late_since.as_ref()) {
        state.push_str(&format!(" — {said}"));
    }
    if let Some(earlier) = &item.duplicate_of {
        let said = console.text("cli-same-number", &[]);
        state.push_str(&format!(" — {said}: {earlier}"));
    }
    if item.doubted {
        state.push_str(" ⚠");
    }
    state
}

/// Until when an answer is due, or since when it is late.
fn deadline(
    console: &Console,
    due: Option<&String>,
    late_since: Option<&String>,
) -> Option<String> {
    let said = |key: &str, at: &String| console.text(key, &[("at", &moment(at))]);
    late_since
        .map(|since| said("cli-late", since))
        .or_else(|| due.map(|due| said("cli-due", due)))
}

/// What is due of a recipient or was done late, for the sender and for itself.
fn deadlines(console: &Console, recipient: &RecipientView) -> Option<String> {
    let said = |key: &str, at: &String| console.text(key, &[("at", &moment(at))]);
    let (due, late) = (recipient.answer_due.as_ref(), recipient.late_since.as_ref());
    match (&recipient.answered, late) {
        (Some(_), Some(due)) => Some(said("cli-answered-late", due)),
        (Some(_), None) => None,
        (None, late) => deadline(console, due, late),
    }
}

/// What became known later, and that the decision stands.
pub(super) fn doubt(console: &Console, verdict: &VerdictView, certificates: &[String]) {
    let language = console.language;
    console.out(&format!(
        "  ⚠ {}: {} ({}) — {}",
        console.text("cli-doubted", &[]),
        lang::word(language, "indication", &verdict.indication),
        verdict.sub_indication.as_deref().unwrap_or_default(),
        lang::visible(&verdict.message),
    ));
    for certificate in certificates {
        let values = [("certificate", certificate.as_str())];
        console.out(&format!("    {}", console.text("cli-doubted-by", &values)));
    }
    console.out(&format!("    {}", console.text("cli-doubted-stands", &[])));
}

pub(super) async fn answer(console: &Console, asked: &Answer) -> Result<Exit, Failure> {
    let id = document_id(console, &asked.id)?;
    let Some(status) = Status::parse(&asked.status) else {
        let known = "02 refused, 03 accepted, 04 assigned, 05 in_process, 06 completed, \
                     15 agreed, 16 declined";
        let (flag, status) = ("STATUS", asked.status.as_str());
        let values = [("flag", flag), ("value", status), ("known", known)];
        let key = "cli-value-unknown";
        return Err(Failure::usage(console.language, key, &values));
    };
    let reason = asked.reason.as_deref().unwrap_or_default().trim();
    if Move::of(status).is_some_and(Move::needs_reason) && reason.is_empty() {
        let (title, detail) = lang::problem(console.language, "reason_required");
        return Err(Failure::new(Exit::Usage, title).with_next(detail));
    }
    let profile = console.profile()?;
    let ca = receipt::authority(console, &profile.receipt_ca)?;
    let request = AnswerRequest {
        status: status.name().to_owned(),
        reason: asked.reason.clone(),
        staff: asked.staff.clone(),
    };
    let given = console.client(&profile)?.answer(id, &request).await;
    let given = given.map_err(|e| Failure::client(console.language, &e))?;
    let (stated, der) = receipt::check(console, &given.receipt, &ca)?;
    let recipient = stated.recipient.as_ref().map(|r| r.as_str());
    let ours = stated.document == id
        && recipient == Some(profile.unit.as_str())
        && stated.status == Some(status);
    if !ours {
        return Err(receipt::bad(console, &"document"));
    }
    if console.json {
        let mut out = serde_json::to_value(&given).unwrap_or_default();
        if let Some(fields) = out.as_object_mut() {
            fields.insert("receipt_verified".into(), true.into());
            fields.insert("receipt_facts".into(), receipt::facts(&stated));
        }
        console.json(&out);
    } else {
        let words = lang::word(console.language, "state", &given.status);
        console.out(&console.text("cli-answered", &[("status", &words)]));
        if given.repeated {
            console.tell("cli-answered-before", &[]);
        }
        console.out(&format!("✔ {}:", console.text("cli-receipt-good", &[])));
        receipt::show(console, &stated);
    }
    if let Some(path) = &asked.receipt_out {
        receipt::save(console, &der, path)?;
    }
    Ok(Exit::Done)
}

pub(super) async fn status(console: &Console, asked: &Asked) -> Result<Exit, Failure> {
    let Some(id) = &asked.id else {
        return super::stamps::status(console).await;
    };
    let id = document_id(console, id)?;
    let (place, settings) = Place::open(console).await?;
    let read = seen(console, &place, id, asked.receipts.is_some()).await;
    place.close().await;
    let (view, receipts) = read?;
    if console.json {
        console.json(&view);
    } else {
        show(console, &view);
    }
    if let Some(folder) = &asked.receipts {
        let ca = match &settings {
            Some(settings) => settings.own().join(own::RECEIPT_CA),
            None => console.profile()?.receipt_ca,
        };
        let ca = receipt::authority(console, &ca)?;
        for one in &receipts {
            let (stated, der) = receipt::check(console, one, &ca)?;
            receipt::save_in(console, folder, &stated, &der)?;
        }
    }
    Ok(Exit::Done)
}

/// A document as its unit sees it, or the administrator: over the socket, or in the store while no daemon runs.
async fn seen(
    console: &Console,
    place: &Place,
    id: DocumentId,
    receipts: bool,
) -> Result<(DocumentView, Vec<ReceiptView>), Failure> {
    let view = match place {
        Place::Gateway(client) => client.document(id).await,
        Place::Daemon(admin) => admin.document(id).await,
        Place::Store(intake) => found(console, documents::show(intake, id, console.language)),
        Place::Nowhere => found(console, Err(ProblemCode::NotFound.into())),
    };
    let failed = |e| Failure::client(console.language, &e);
    let view = view.map_err(failed)?;
    let proofs = match place {
        _ if !receipts => Ok(Vec::new()),
        Place::Gateway(client) => client.receipts(id).await,
        Place::Daemon(admin) => admin.receipts(id).await,
        Place::Store(intake) => {
            found(console, documents::proofs(intake, id)).map(|list| list.items)
        }
        Place::Nowhere => Ok(Vec::new()),
    };
    Ok((view, proofs.map_err(failed)?))
}

fn show(console: &Console, view: &DocumentView) {
    let language = console.language;
    console.mark(view.simulated);
    let row = |key: &str, value: &str| {
        console.out(&format!(
            "{}: {}",
            console.text(key, &[]),
            lang::visible(value)
        ));
    };
    row("cli-document", &view.id);
    row("cli-sender", &view.sender);
    let field = |name: &str| {
        let envelope = view.envelope.as_ref();
        envelope
            .and_then(|e| e.get(name))
            .and_then(|v| v.as_str())
            .unwrap_or_default()
    };
    if view.envelope.is_some() {
        row(
            "cli-code",
            &format!("{}/{}", field("number"), field("notation")),
        );
        row("cli-subject", field("subject"));
    }
    row(
        "cli-disposition",
        &lang::word(language, "disposition", &view.disposition),
    );
    row(
        "cli-verdict",
        &format!(
            "{} ({}) — {}",
            lang::word(language, "indication", &view.verdict.indication),
            view.verdict.indication,
            view.verdict.message
        ),
    );
    for known in &view.doubts {
        doubt(console, &known.verdict, &known.certificates);
    }
    if let Some(until) = &view.hold_until {
        row("cli-hold-until", &moment(until));
    }
    if let Some(due) = view.issue_due.as_ref().filter(|_| view.issued_late) {
        row("cli-issued-late", due);
    }
    for file in &view.files {
        let role = lang::word(language, "folder-role", &file.role);
        let mut line = format!("{}. {} ({role}, {} byte)", file.n, file.name, file.size);
        if file.erased {
            line.push_str(&format!(" — {}", console.text("cli-erased-it", &[])));
        }
        row("cli-file", &line);
    }
    view.erased
        .iter()
        .for_each(|erasure| erased(console, erasure));
    ties(&row, view);
    for one in &view.redirected {
        console.out(&format!("⚠ {}", lang::visible(&one.message)));
    }
    recipients(console, view);
    timeline(console, view);
}

/// What was erased of it, when, and by what right.
fn erased(console: &Console, erasure: &ErasureView) {
    let at = moment(&erasure.at);
    let mut parts: Vec<String> = Vec::new();
    for n in &erasure.files {
        parts.push(console.text("cli-erased-file", &[("n", &n.to_string())]));
    }
    for (gone, part) in [
        (erasure.envelope, "envelope"),
        (erasure.words, "words"),
        (erasure.reports, "report"),
    ] {
        if gone {
            parts.push(console.text(&format!("cli-erased-{part}"), &[]));
        }
    }
    let key = match erasure.cause.as_str() {
        "order" => "field-erased-order",
        _ => "field-erased-term",
    };
    let mut line = format!(
        "{}: {}",
        console.text(key, &[("at", &at)]),
        parts.join(", ")
    );
    if let Some(basis) = &erasure.basis {
        let said = console.text("cli-erased-basis", &[]);
        line.push_str(&format!(" — {said}: {basis}"));
    }
    console.out(&format!("⚠ {}", lang::visible(&line)));
}

/// What other documents have to do with it.
fn ties(row: &dyn Fn(&str, &str), view: &DocumentView) {
    if let Some(earlier) = &view.duplicate_of {
        row("cli-same-number", earlier);
    }
    let ids = |name: &str| -> Vec<String> {
        let named = view.envelope.as_ref().and_then(|e| e.get(name));
        let many = named.and_then(|v| v.as_array());
        let many = many.into_iter().flatten();
        let all = many.chain(named).filter_map(|v| v.as_str());
        all.map(str::to_owned).collect()
    };
    for (key, all) in [
        ("cli-updates", ids("updates")),
        ("cli-replaces", ids("replaces")),
        ("cli-updated-by", view.updated_by.clone()),
        ("cli-replaced-by", view.replaced_by.clone()),
    ] {
        all.iter().for_each(|id| row(key, id));
    }
}

fn recipients(console: &Console, view: &DocumentView) {
    for recipient in &view.recipients {
        let state = lang::word(console.language, "state", &recipient.state);
        let times = [&recipient.arrived, &recipient.answered];
        let last = times.into_iter().rev().find_map(Option::as_ref);
        let last = last.map(|at| moment(at));
        let mut line = format!("{}: {state}", recipient.unit);
        for part in [
            last.as_ref(),
            recipient.staff.as_ref(),
            recipient.reason.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            line.push_str(&format!(" — {part}"));
        }
        if let Some(said) = deadlines(console, recipient) {
            line.push_str(&format!(" — {said}"));
        }
        if let Some(until) = &recipient.waits_until {
            let said = console.text("cli-waits-until", &[("at", &moment(until))]);
            line.push_str(&format!(" — {said}"));
        }
        let said = console.text("cli-recipient", &[]);
        console.out(&format!("{said}: {}", lang::visible(&line)));
        if let Some(delivery) = &recipient.delivery {
            console.out(&format!("  {}", lang::visible(&delivery.message)));
        }
        if let Some(asked) = &recipient.request {
            request(console, asked);
        }
    }
}

/// A take-back or a recall: since when, why, and what was answered.
fn request(console: &Console, asked: &RequestView) {
    let mut line = console.text("cli-asked", &[("at", &moment(&asked.at))]);
    if let Some(reason) = &asked.reason {
        line.push_str(&format!(" — {reason}"));
    }
    if let Some(answer) = &asked.answer {
        let answer = lang::word(console.language, "state", answer);
        line.push_str(&format!(" — {answer}"));
    } else if let Some(said) = deadline(console, asked.due.as_ref(), asked.late_since.as_ref()) {
        line.push_str(&format!(" — {said}"));
    }
    console.out(&format!("  {}", lang::visible(&line)));
}

fn timeline(console: &Console, view: &DocumentView) {
    for entry in &view.timeline {
        let mut line = lang::word(console.language, "event", &entry.event);
        if let Some(recipient) = &entry.recipient {
            line.push_str(&format!(" {recipient}"));
        }
        if let Some(status) = &entry.status {
            let status = lang::word(console.language, "state", status);
            line.push_str(&format!(": {status}"));
        }
        if !entry.implied.is_empty() {
            let word = |name: &String| lang::word(console.language, "state", name);
            let all: Vec<String> = entry.implied.iter().map(word).collect();
            let values = [("stages", all.join(", "))];
            let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
            line.push_str(&format!(" ({})", console.text("cli-implied", &values)));
        }
        if let Some(cause) = &entry.cause {
            let cause = lang::word(console.language, "cause", cause);
            line.push_str(&format!(" — {cause}"));
        }
        if let Some(reason) = &entry.reason {
            line.push_str(&format!(" — {}", lang::visible(reason)));
        }
        if let Some(other) = &entry.other {
            line.push_str(&format!(" → {other}"));
        }
        if let Some(attempt) = &entry.attempt {
            let said = lang::attempt(
                console.language,
                attempt.number,
                &attempt.outcome,
                attempt.code,
            );
            line.push_str(&format!(": {said}"));
        }
        console.out(&format!(
            "  {} #{} {line}",
            moment(&entry.at),
            entry.position
        ));
    }
}
