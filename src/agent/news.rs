//! What happens to a received document after it came: its receipts, and a word in its folder for whoever opens it.

use super::fetch::{self, Undone};
use super::letter::{self, moment};
use super::places::Places;
use super::proofs;
use super::received::Received;
use super::{AgentError, Office, Told, disk};
use crate::client::erase::ErasureView;
use crate::client::wire::{DocumentView, RecipientView};
use crate::format::envelope::Envelope;
use crate::lang;
use crate::model::{DocumentId, Language};
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Puts the receipts of a document into `receipts/`, and a word about its doubts into its folder. Gives the
/// last record.
///
/// # Errors
/// See [`Undone`].
pub(super) async fn of_received(
    office: &Office,
    places: &Places,
    view: &DocumentView,
    received: &Received,
) -> Result<u64, Undone> {
    let Some(id) = DocumentId::parse(&view.id) else {
        return Err(Undone::Other(view.id.clone()));
    };
    let proofs = proofs::open(office, id, &office.client.receipts(id).await?)?;
    let code = code(view.envelope.as_ref());
    let reasons = proofs::reasons(view);
    proofs::keep(office, &places.receipts(), &code, &proofs, &reasons)?;
    if let Some(text) = words(office, view) {
        beside(office, places, received, "folder-news-name", &text)?;
    }
    let last = proofs.iter().map(|(stated, _)| stated.position.0).max();
    Ok(last.unwrap_or_default())
}

/// What the office has to know of a document beyond its papers: what was found later, that its sender wants it
/// back, or that another took its place.
pub(super) fn words(office: &Office, view: &DocumentView) -> Option<String> {
    let language = office.language;
    let mut all = Vec::new();
    let own = own(office, view);
    if let Some(own) = own.filter(|own| is_withdrawn(&own.state)) {
        all.push(withdrawn(office, view, own));
    }
    if !view.doubts.is_empty() {
        let doubts = view.doubts.iter().map(|d| d.verdict.message.as_str());
        let doubts = doubts.collect::<Vec<_>>().join(" ");
        all.push(lang::text(
            language,
            "folder-doubted-text",
            &[("value", &doubts)],
        ));
    }
    all.extend(view.erased.iter().map(|erasure| erased(language, erasure)));
    (!all.is_empty()).then(|| all.join("\n\n"))
}

/// What was erased, when, and by what right.
fn erased(language: Language, erasure: &ErasureView) -> String {
    let at = moment(&erasure.at);
    let cause = format!("folder-erased-{}", erasure.cause);
    let mut text = lang::text(language, &cause, &[("at", &at)]);
    if let Some(basis) = &erasure.basis {
        let basis = lang::visible(basis);
        let said = lang::text(language, "folder-erased-basis", &[("value", &basis)]);
        text = format!("{text} {said}");
    }
    text
}

/// Whether nothing of a document is to be had: its envelope was erased, or every file.
pub(super) fn is_erased(view: &DocumentView) -> bool {
    let envelope = view.erased.iter().any(|erasure| erasure.envelope);
    envelope || (!view.files.is_empty() && view.files.iter().all(|file| file.erased))
}

/// What its sender did, why, and how to answer that.
fn withdrawn(office: &Office, view: &DocumentView, own: &RecipientView) -> String {
    let say = |key: &str, values: &[(&str, &str)]| lang::text(office.language, key, values);
    let state = lang::word(office.language, "state", &own.state);
    let mut lines = vec![say("folder-withdrawn-text", &[("state", &state)])];
    let asked = own.request.as_ref();
    if let Some(reason) = asked.and_then(|request| request.reason.as_ref()) {
        let reason = lang::visible(reason);
        lines.push(say("folder-withdrawn-reason", &[("reason", &reason)]));
    }
    for id in &view.replaced_by {
        lines.push(say("folder-row-replaced-by", &[("value", id)]));
    }
    let next = match own.state.as_str() {
        "recalled" => "folder-recalled-next",
        "take_back_asked" => "folder-asked-back-next",
        _ => "folder-withdrawn-next",
    };
    let due = asked.and_then(|request| request.due.as_deref());
    let due = due.map(moment).unwrap_or_default();
    lines.push(say(next, &[("due", &due)]));
    lines.join("\n")
}

fn own<'a>(office: &Office, view: &'a DocumentView) -> Option<&'a RecipientView> {
    let mut all = view.recipients.iter();
    all.find(|r| r.unit == office.unit.as_str())
}

/// How far a document has come here.
pub(super) fn own_state(office: &Office, view: &DocumentView) -> String {
    own(office, view)
        .map(|own| own.state.clone())
        .unwrap_or_default()
}

/// Whether a state is one in which the office is asked for something else than its first answer.
pub(super) fn is_withdrawn(state: &str) -> bool {
    let work = [
        "waiting",
        "accepted",
        "refused",
        "assigned",
        "in_process",
        "completed",
    ];
    state != "arrived" && !work.contains(&state)
}

/// Whether the gateway serves the document's files to this office no more.
pub(super) fn is_gone(office: &Office, view: &DocumentView) -> bool {
    let gone = [
        "recalled",
        "recall_agreed",
        "recall_declined",
        "taken_back",
        "superseded_unfetched",
        "expired",
        "given_up",
    ];
    let mut all = view.recipients.iter();
    all.any(|r| r.unit == office.unit.as_str() && gone.contains(&r.state.as_str()))
}

/// Says in the folder of a document, if it still lies in the inbox, that it was answered without the folder.
///
/// # Errors
/// See [`AgentError`].
pub(super) fn answered_elsewhere(
    office: &Office,
    places: &Places,
    view: &DocumentView,
    received: &Received,
) -> Result<(), AgentError> {
    let Some(own) = own(office, view) else {
        return Ok(());
    };
    // 15 and 16 answer what the sender asked for; the rest is what the sender or the gateway did.
    let asked = own.request.as_ref().and_then(|r| r.answered.as_deref());
    let Some(at) = asked.or(own.answered.as_deref()) else {
        return Ok(());
    };
    let state = lang::word(office.language, "state", &own.state);
    let at = moment(at);
    let values = [("state", state.as_str()), ("at", at.as_str())];
    let text = lang::text(office.language, "folder-elsewhere-text", &values);
    beside(office, places, received, "folder-answered-name", &text)
}

/// Writes a paper into the folder of a document that still lies in the inbox, and says so.
fn beside(
    office: &Office,
    places: &Places,
    received: &Received,
    key: &str,
    text: &str,
) -> Result<(), AgentError> {
    let folder = places.inbox().join(&received.folder);
    if let Some(path) = paper(office, &folder, key, text)? {
        let path = places.shown(&path);
        office.tell(Told::new("changed").with("path", &path));
    }
    Ok(())
}

/// Writes a paper into a document's folder, if that is there: `key` names it, and `text` is what it says. Gives its
/// path. A link in place of the folder would have it written wherever that leads, so nothing is.
///
/// # Errors
/// [`AgentError::Disk`].
pub(super) fn paper(
    office: &Office,
    folder: &Path,
    key: &str,
    text: &str,
) -> Result<Option<PathBuf>, AgentError> {
    if !fs::symlink_metadata(folder).is_ok_and(|data| data.is_dir()) {
        return Ok(None);
    }
    let path = folder.join(lang::text(office.language, key, &[]));
    let written = disk::write(&path, format!("{text}\n").as_bytes());
    written.map_err(|e| AgentError::disk(&path, &e))?;
    Ok(Some(path))
}

/// Số/ký hiệu, as receipts are filed under it.
pub(super) fn code(envelope: Option<&Value>) -> String {
    let text = envelope.map(serde_json::to_vec).and_then(Result::ok);
    let envelope = text.and_then(|text| Envelope::parse(&text).ok());
    envelope.as_ref().map(fetch::code).unwrap_or_default()
}

/// What a description must have for an answer. Later ones may have more.
#[derive(Deserialize)]
struct Description {
    id: String,
    envelope: Option<Value>,
}

/// The description that lies in a document's folder, as far as an answer needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Described {
    pub(super) id: DocumentId,
    pub(super) code: String,
}

/// What a folder says that it is.
pub(super) fn described(folder: &Path) -> Option<Described> {
    let path = folder.join(letter::DESCRIPTION);
    let read: Description = serde_json::from_slice(&proofs::read(&path).ok()?).ok()?;
    Some(Described {
        id: DocumentId::parse(&read.id)?,
        code: code(read.envelope.as_ref()),
    })
}
