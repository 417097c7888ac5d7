//! What happens to a received document after it came: its receipts, and a word in its folder for whoever opens it.

use super::fetch::{self, Undone};
use super::letter::{self, moment};
use super::places::Places;
use super::proofs;
use super::received::Received;
use super::{AgentError, Office, Told, disk};
use crate::client::wire::{DocumentView, RecipientView};
use crate::format::envelope::Envelope;
use crate::lang;
use crate::model::DocumentId;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

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
    let reasons = proofs::reasons(&view.recipients);
    proofs::keep(office, &places.receipts(), &code, &proofs, &reasons)?;
    if let Some(text) = words(office, view) {
        beside(office, places, received, "folder-news-name", &text)?;
    }
    let last = proofs.iter().map(|(stated, _)| stated.position.0).max();
    Ok(last.unwrap_or_default())
}

/// What the office has to know of a document beyond its papers: what was found later, and that its sender wants
/// it back.
pub(super) fn words(office: &Office, view: &DocumentView) -> Option<String> {
    let language = office.language;
    let mut all = Vec::new();
    let own = view
        .recipients
        .iter()
        .find(|r| r.unit == office.unit.as_str());
    if let Some(own) = own.filter(|own| is_withdrawn(&own.state)) {
        let state = lang::word(language, "state", &own.state);
        let values = [("state", state.as_str()), ("id", view.id.as_str())];
        let mut text = lang::text(language, "folder-withdrawn-text", &values);
        if ["take_back_asked", "recalled", "recall_declined"].contains(&own.state.as_str()) {
            let next = lang::text(language, "folder-withdrawn-next", &values);
            text = format!("{text}\n{next}");
        }
        all.push(text);
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
    (!all.is_empty()).then(|| all.join("\n\n"))
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
    let own = view
        .recipients
        .iter()
        .find(|r| r.unit == office.unit.as_str());
    let state = |r: &RecipientView| lang::word(office.language, "state", &r.state);
    let at = own.and_then(|r| r.answered.as_deref()).map(moment);
    let (state, at) = (own.map(state).unwrap_or_default(), at.unwrap_or_default());
    let values = [("state", state.as_str()), ("at", at.as_str())];
    let text = lang::text(office.language, "folder-elsewhere-text", &values);
    beside(office, places, received, "folder-answered-name", &text)
}

/// Writes a paper into the folder of a document that still lies in the inbox.
fn beside(
    office: &Office,
    places: &Places,
    received: &Received,
    key: &str,
    text: &str,
) -> Result<(), AgentError> {
    let folder = places.inbox().join(&received.folder);
    if !folder.is_dir() {
        return Ok(());
    }
    let path = folder.join(lang::text(office.language, key, &[]));
    let written = disk::write(&path, format!("{text}\n").as_bytes());
    written.map_err(|e| AgentError::disk(&path, &e))?;
    let path = places.shown(&path);
    office.tell(Told::new("changed").with("path", &path));
    Ok(())
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
