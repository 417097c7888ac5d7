//! `GET /v1/documents/{id}/files/{n}`: the original bytes. When the last byte of a file is handed to
//! the connection, a recipient counts as having that file; with all of them the document has
//! arrived. Who the caller is, is asked again before every window. From whom a document was withdrawn
//! gets 410, and a download on its way breaks off; so does everybody for a file that was erased.

use super::sending::{window, with_fields};
use super::views;
use crate::format::content::SharedContent;
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::model::Digest;
use crate::relay::DocumentState;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use std::io;
use std::sync::Arc;

/// The window: shorter than elsewhere, since with the last one the document has arrived.
const WINDOW: u64 = 64 * 1024;
/// After so many bytes it is looked whether the document was withdrawn meanwhile: who reads slowly reads for hours.
pub(super) const LOOK: u64 = 1 << 20;
/// Longer bodies lie in files; reading those may wait for the disk.
const MAY_BLOCK: u64 = 1024 * 1024;

pub(super) async fn file(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path((id, n)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (intake, document) = (&gateway.intake, views::id(&id)?);
    intake.not_being_ended(document, &caller.unit).await;
    let state = views::visible(&gateway, document, &caller.unit)?;
    if withdrawn(&state, &caller) {
        return Err(ProblemCode::Withdrawn.into());
    }
    let index = n.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    let index = index.ok_or(ProblemCode::NotFound)?;
    let file = state
        .offered
        .files
        .get(index)
        .ok_or(ProblemCode::NotFound)?;
    let (digest, size) = (file.digest, file.size);
    if state.is_erased(&digest) {
        return Err(views::gone(&state, &digest));
    }
    let tag = format!("\"{}\"", digest.to_hex());
    let known = headers.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let content = gateway.intake.content(&state, &digest)?;
    let content = content.ok_or_else(|| views::gone(&state, &digest))?;
    let name = file_name(&gateway, &state, index)?;
    let sending = Sending {
        gateway,
        content,
        digest,
        size,
        sent: 0,
        caller,
        state,
        index,
    };
    let response = Body::from_stream(stream::unfold(sending, Sending::next)).into_response();
    let fields = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::ETAG, tag),
        (header::CONTENT_DISPOSITION, attachment(&name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            HeaderName::from_static("content-digest"),
            views::content_digest(&digest),
        ),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
    ];
    Ok(with_fields(response, fields))
}

/// Whether the caller is a recipient from whom the content was withdrawn. The sender keeps its copy.
pub(super) fn withdrawn(state: &DocumentState, caller: &Caller) -> bool {
    let own = state.delivery(&caller.unit);
    own.is_some_and(|delivery| !delivery.standing.is_readable())
}

struct Sending {
    gateway: Arc<Gateway>,
    content: SharedContent,
    digest: Digest,
    size: u64,
    sent: u64,
    caller: Caller,
    state: DocumentState,
    index: usize,
}

impl Sending {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        if self.sent >= self.size {
            return None;
        }
        if self.caller.still(&self.gateway).is_err() {
            return Some(self.broken("the caller's binding has ended"));
        }
        let end = self.sent.saturating_add(WINDOW).min(self.size);
        // It may have been withdrawn or erased meanwhile; with the last window the recipient has the file.
        let look = end == self.size || (self.sent > 0 && self.sent.is_multiple_of(LOOK));
        if look {
            match self.gateway.intake.state(self.state.id()) {
                Ok(now) if withdrawn(&now, &self.caller) => {
                    return Some(self.broken("the document was withdrawn"));
                }
                Ok(now) if now.is_erased(&self.digest) => {
                    return Some(self.broken("the file was erased"));
                }
                // What else of it was erased is not waited for.
                Ok(now) => self.state = now,
                Err(_) => return Some(self.broken("the document could not be read")),
            }
        }
        let range = self.sent..end;
        let content = Arc::clone(&self.content);
        let read = move || window(&*content, range);
        let chunk = if self.size > MAY_BLOCK {
            tokio::task::spawn_blocking(read).await.ok()
        } else {
            Some(read())
        };
        let Some(Ok(chunk)) = chunk else {
            tracing::error!(document = %self.state.id(), "a kept file could not be read");
            return Some(self.broken("the file could not be read"));
        };
        self.sent = end;
        if self.sent == self.size {
            // The client cannot have the last bytes before this is noted, so its answer finds it.
            let intake = &self.gateway.intake;
            if !intake.downloaded(&self.state, &self.caller.unit, self.index) {
                return Some(self.broken("the delivery was ended"));
            }
        }
        Some((Ok(chunk), self))
    }

    /// The end of a download that is not complete: the connection breaks off.
    fn broken(mut self, why: &'static str) -> (io::Result<Bytes>, Self) {
        self.sent = self.size;
        (Err(io::Error::other(why)), self)
    }
}

fn file_name(gateway: &Gateway, state: &DocumentState, index: usize) -> Result<String, Problem> {
    let raw = views::envelope(&gateway.intake, state)?;
    let parsed = raw.and_then(|raw| crate::format::envelope::Envelope::parse(&raw).ok());
    let name = parsed.and_then(|e| e.files.get(index).map(|f| f.name.clone()));
    Ok(name.unwrap_or_else(|| format!("{}-{}", state.id(), index.saturating_add(1))))
}

/// RFC 6266 with RFC 8187: every byte outside the unreserved characters is percent-encoded.
fn attachment(name: &str) -> String {
    let mut out = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
