//! Webhook: a signed notice that a document waits, with identifiers only; the recipient fetches it as
//! everybody does (Standard Webhooks, <https://www.standardwebhooks.com>).

use super::body::Progress;
use super::failure::Failure;
use super::line::{Line, Opened};
use super::places::Effort;
use super::push::{self, Waits};
use crate::model::{Digest, DocumentId, Timestamp, UnitCode};
use crate::relay::DocumentState;
use bytes::Bytes;
use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};

/// The type of the one notice there is.
const WAITING: &str = "document.waiting";

/// Tells a recipient that a document waits.
///
/// # Errors
/// See [`Failure`].
pub(super) async fn tell(
    line: &Line,
    state: &DocumentState,
    recipient: &UnitCode,
    now: Timestamp,
    (waits, effort): (Waits, &Effort),
) -> Result<Response, Failure> {
    let since = state.relayed().map_or(now, |entry| entry.at);
    let (id, body) = (notice_id(state.id(), recipient), body(state.id(), since));
    let request = |opened: &Opened, progress: &Progress| {
        let secret = opened.secret.as_ref().ok_or(Failure::Interrupted)?;
        let request = opened.client.post(opened.url.clone());
        Ok(request
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_LENGTH, body.len())
            .header("webhook-id", &id)
            .header("webhook-timestamp", now.secs().to_string())
            .header("webhook-signature", secret.sign(&id, now.secs(), &body))
            .body(push::whole(body.clone(), progress)))
    };
    let (response, _) = push::asked(line, (waits, effort), request).await?;
    push::taken(&response)?;
    Ok(response)
}

/// The same for every attempt, and another for every recipient of a document. It has no full stop,
/// since those part what is signed.
fn notice_id(document: DocumentId, recipient: &UnitCode) -> String {
    let digest = Digest::of(format!("{WAITING} {document} {recipient}").as_bytes()).to_hex();
    format!("msg_{}", digest.get(..32).unwrap_or(&digest))
}

fn body(document: DocumentId, since: Timestamp) -> Bytes {
    let value = serde_json::json!({
        "type": WAITING, "timestamp": since.to_string(), "data": { "id": document.to_string() },
    });
    Bytes::from(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_has_identifiers_only_and_one_id_for_each_recipient() {
        let document = DocumentId::new(Timestamp(1), [7; 10]);
        let unit = |code: &str| UnitCode::parse(code).expect("code");
        let id = notice_id(document, &unit("H53.1"));
        assert_eq!(id, notice_id(document, &unit("H53.1")));
        assert_ne!(id, notice_id(document, &unit("H53.2")));
        assert!(id.len() == 36 && !id.contains('.'), "{id}");
        let body: serde_json::Value =
            serde_json::from_slice(&body(document, Timestamp(0))).expect("JSON");
        assert_eq!(body["type"], "document.waiting");
        assert_eq!(
            body["data"],
            serde_json::json!({ "id": document.to_string() })
        );
        assert_eq!(body["timestamp"], Timestamp(0).to_string());
    }
}
