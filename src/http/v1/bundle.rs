//! `GET /v1/documents/{id}/evidence.asice`: the evidence bundle, signed when it is asked for. For those who
//! see the document; who the caller is, is asked again before every window, and a recipient from whom the document
//! is withdrawn meanwhile gets no more of it.

use super::files::{LOOK, withdrawn};
use super::sending::{WINDOW, window, with_fields};
use super::views;
use crate::format::asic::EXTENDED;
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::intake::{BundleError, MoveError, Part};
use crate::model::DocumentId;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Bundles made at one time: each reads every body of a document twice, on threads that documents being sent
/// need too.
pub const AT_A_TIME: usize = 4;
/// How long one waits for a place: shorter than clients do. Timestamps of those before may take longer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn bundle(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let state = views::visible(&gateway, views::id(&id)?, &caller.unit)?;
    let place = tokio::time::timeout(PATIENCE, Arc::clone(&gateway.bundles).acquire_owned());
    let place = place.await.map_err(|_| ProblemCode::Busy)?;
    let (intake, unit) = (Arc::clone(&gateway.intake), caller.unit.clone());
    let name = format!("attachment; filename=\"{}.asice\"", state.id());
    let stamping = gateway.stamps.is_some();
    // Of what is withdrawn or erased already it has no content.
    let watched = Watched {
        document: state.id(),
        withdrawn: withdrawn(&state, &caller),
        erasures: state.erased.len(),
    };
    // The place goes with the work, which a client that goes away does not end.
    let made = move || (intake.bundle(&state, &unit, stamping), place);
    let made = tokio::task::spawn_blocking(made).await;
    let (draft, place) = made.map_err(|_| ProblemCode::Internal)?;
    let mut draft = draft?;
    if let Some(stamps) = &gateway.stamps {
        stamps.bundle(&mut draft).await;
    }
    let laid_out = tokio::task::spawn_blocking(move || (draft.lay_out(), place)).await;
    let bundle = laid_out.map_err(|_| ProblemCode::Internal)?.0?;
    let length = bundle.length().to_string();
    let sending = Sending {
        gateway,
        caller,
        watched,
        parts: bundle.parts.into(),
        sent: 0,
    };
    let response = Body::from_stream(stream::unfold(sending, Sending::next)).into_response();
    let fields = [
        (header::CONTENT_TYPE, EXTENDED.to_owned()),
        (header::CONTENT_LENGTH, length),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        // Its signature is made anew each time.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok(with_fields(response, fields))
}

/// The document, whose content may be withdrawn or erased while it is sent.
struct Watched {
    document: DocumentId,
    withdrawn: bool,
    erasures: usize,
}

impl Watched {
    /// Why no more of it may be sent; what cannot be looked up may not.
    fn ended(&self, gateway: &Gateway, caller: &Caller) -> Option<&'static str> {
        let Ok(now) = gateway.intake.state(self.document) else {
            return Some("the document could not be read");
        };
        if !self.withdrawn && withdrawn(&now, caller) {
            return Some("the document was withdrawn");
        }
        // Another document may still have the same file.
        (now.erased.len() > self.erasures).then_some("content was erased")
    }
}

struct Sending {
    gateway: Arc<Gateway>,
    caller: Caller,
    watched: Watched,
    parts: VecDeque<Part>,
    /// Octets of the first part that are sent.
    sent: u64,
}

impl Sending {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        let part = self.parts.front()?.clone();
        if self.caller.still(&self.gateway).is_err() {
            return Some(self.broken("the caller's binding has ended"));
        }
        let (sha256, length) = match part {
            // At hand, and so in one piece.
            Part::Bytes(bytes) => {
                self.parts.pop_front();
                return Some((Ok(bytes), self));
            }
            Part::Kept(sha256, length) => (sha256, length),
        };
        let end = self.sent.saturating_add(WINDOW).min(length);
        let look = end == length || self.sent.is_multiple_of(LOOK);
        let ended = || self.watched.ended(&self.gateway, &self.caller);
        if look && let Some(why) = ended() {
            return Some(self.broken(why));
        }
        let range = self.sent..end;
        if end == length {
            self.parts.pop_front();
            self.sent = 0;
        } else {
            self.sent = end;
        }
        let vault = Arc::clone(&self.gateway.intake.tools().vault);
        let read = move || {
            let content = vault.open(&sha256).ok().flatten()?;
            window(&*content, range).ok()
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(Some(chunk)) => Some((Ok(chunk), self)),
            // Damaged, or erased meanwhile.
            Ok(None) | Err(_) => Some(self.broken("a body could not be read")),
        }
    }

    /// A bundle that is not complete: the connection breaks off.
    fn broken(mut self, why: &'static str) -> (io::Result<Bytes>, Self) {
        self.parts.clear();
        (Err(io::Error::other(why)), self)
    }
}

impl From<BundleError> for Problem {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Receipt(e) => e.into(),
            BundleError::Seal(e) => MoveError::Seal(e).into(),
            BundleError::Read(e) => MoveError::Read(e).into(),
            BundleError::Vault(e) => MoveError::Vault(e).into(),
            BundleError::Archive(_) => ProblemCode::TooLarge.into(),
            BundleError::Gone(_) => ProblemCode::Gone.into(),
            BundleError::Content(_) | BundleError::Damaged(_) | BundleError::Report(_) => {
                tracing::error!(%error, "an evidence bundle could not be made");
                ProblemCode::Internal.into()
            }
        }
    }
}
