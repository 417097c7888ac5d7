//! Push: the document in one request to the recipient's own address, in the shape in which it was
//! sent to the gateway. An answer 2xx to the whole of it is the arrival (`counting.md` §2).
//!
//! The request carries `Idempotency-Key`: the document's identifier. After a lost answer, or a crash
//! between the answer and the record of the arrival, it is sent again under the same key.

use super::body::{self, Progress, Still};
use super::failure::Failure;
use super::line::{self, Line, Opened};
use super::places::Effort;
use crate::client::upload::content_digest;
use crate::format::content::{Memory, SharedContent};
use crate::format::envelope::Envelope;
use crate::intake::Intake;
use crate::model::{Digest, UnitCode};
use crate::relay::{Delivery, DocumentState};
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, Response, Url};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// After this long the body must have gone at [`MIN_RATE`]; no sooner, for slow beginnings.
const RATE_AFTER: Duration = Duration::from_secs(15);
/// Bytes a second below which a recipient holds a place for nothing. The slowest office lines carry
/// more.
const MIN_RATE: u64 = 8 * 1024;
/// How often it is looked at how far a body has come, and how long the rest of an answer may take.
const LOOK: Duration = Duration::from_millis(500);
/// Bytes of an answer's body that are read: more than a receiver has to say, less than a new connection costs.
const MOST_SAID: u64 = 16 * 1024;

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// Until a connection stands.
    pub(super) connect: Duration,
    /// For the answer, once everything was sent.
    pub(super) answer: Duration,
}

/// Sends a document, and returns once the recipient has said that it has it; what else it says can be
/// [`drained`].
///
/// # Errors
/// See [`Failure`].
pub(super) async fn push(
    intake: &Arc<Intake>,
    line: &Line,
    state: &DocumentState,
    recipient: &UnitCode,
    (waits, effort): (Waits, &Effort),
) -> Result<Response, Failure> {
    let still = still(intake, state, recipient);
    let request = |opened: &Opened, progress: &Progress| {
        let form = form(intake, state, progress, &still)?;
        let request = opened.client.post(opened.url.clone());
        Ok(request
            .header("idempotency-key", state.id().to_string())
            .header("lienthong-recipient", recipient.as_str())
            .header("lienthong-sender", state.offered.sender.as_str())
            .header("lienthong-urgency", state.offered.urgency.name())
            .multipart(form))
    };
    let (response, progress) = asked(line, (waits, effort), request).await?;
    judged(&response, &progress)?;
    Ok(response)
}

/// The answer to a request. Where a connection that was used before breaks under it, it is made once more on a new
/// one: nobody can know when the other side closes what lies idle, and it knows the request by its key.
pub(super) async fn asked(
    line: &Line,
    (waits, effort): (Waits, &Effort),
    request: impl Fn(&Opened, &Progress) -> Result<RequestBuilder, Failure>,
) -> Result<(Response, Progress), Failure> {
    let mut again = true;
    loop {
        let opened = line.open().await?;
        let used = opened.is_used();
        let progress = Progress::counting(effort.taken());
        let made = request(&opened, &progress)?;
        match sent(&opened.url, made, &progress, waits).await {
            Ok(response) => {
                opened.answered();
                return Ok((response, progress));
            }
            Err(failure) if again && used && failure.is_broken_connection() => {
                again = false;
                line.forget();
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Reads what follows an answer's status, if it is short and comes at once: the connection can be used again then.
/// Whatever it says, the status has said it.
pub(super) async fn drained(mut response: Response) {
    let mut left = MOST_SAID;
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            let Some(rest) = left.checked_sub(length) else {
                return;
            };
            left = rest;
        }
    };
    let _ = tokio::time::timeout(LOOK, reading).await;
}

/// Whether it still waits for its recipient, and is whole.
fn still(intake: &Arc<Intake>, state: &DocumentState, recipient: &UnitCode) -> Still {
    let (intake, id, unit) = (Arc::clone(intake), state.id(), recipient.clone());
    Arc::new(move || {
        let now = intake.state(id);
        now.is_ok_and(|now| {
            let waiting = now.delivery(&unit).is_some_and(Delivery::is_waiting);
            waiting && !now.lacks_content()
        })
    })
}

/// The document's parts: the envelope as it was received, the files in order, the receipt of the
/// record that relayed it.
fn form(
    intake: &Arc<Intake>,
    state: &DocumentState,
    progress: &Progress,
    still: &Still,
) -> Result<Form, Failure> {
    let vault = &intake.tools().vault;
    let envelope = &state.offered.envelope;
    let first = vault.open(envelope)?.ok_or(Failure::Gone)?;
    let parsed = Envelope::parse(first.bytes()).ok();
    let names = parsed.map(|e| e.files).unwrap_or_default();
    let sent = |last| (progress.clone(), last, Arc::clone(still));
    let mut form = Form::new().percent_encode_noop();
    let name = ("envelope.json", "application/json");
    form = form.part("envelope", part(first, envelope, name, sent(false))?);
    for (i, file) in state.offered.files.iter().enumerate() {
        let content = vault.open(&file.digest)?.ok_or(Failure::Gone)?;
        let name = names.get(i).map_or("", |f| f.name.as_str());
        let name = (name, "application/octet-stream");
        form = form.part("file", part(content, &file.digest, name, sent(false))?);
    }
    let relayed = state.relayed().ok_or(Failure::Gone)?;
    let receipt = intake
        .receipt(state, relayed)
        .map_err(Failure::Unrecorded)?;
    let digest = Digest::of(&receipt);
    let content: SharedContent = Arc::new(Memory::with_digest(receipt, digest));
    let name = ("receipt.p7m", "application/pkcs7-mime");
    Ok(form.part("receipt", part(content, &digest, name, sent(true))?))
}

fn part(
    content: SharedContent,
    digest: &Digest,
    (name, kind): (&str, &str),
    (progress, last, still): (Progress, bool, Still),
) -> Result<Part, Failure> {
    let (body, size) = body::stream(content, progress, last, still);
    let part = Part::stream_with_length(body, size).file_name(name.to_owned());
    let part = part.mime_str(kind).map_err(|_| Failure::Interrupted)?;
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&content_digest(digest)) {
        headers.insert("content-digest", value);
    }
    Ok(part.headers(headers))
}

/// The answer, if the recipient takes the body fast enough and answers soon enough after its end.
async fn sent(
    url: &Url,
    request: RequestBuilder,
    progress: &Progress,
    waits: Waits,
) -> Result<Response, Failure> {
    let begun = Instant::now();
    let mut ended: Option<Instant> = None;
    let mut sending = std::pin::pin!(request.send());
    loop {
        tokio::select! {
            response = &mut sending => {
                return response.map_err(|e| body::stopped(progress, line::failed(url, &e, waits.connect)));
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        if progress.is_whole() && ended.is_none() {
            ended = Some(Instant::now());
        }
        match ended {
            Some(ended) if ended.elapsed() > waits.answer => {
                return Err(Failure::Silent {
                    secs: waits.answer.as_secs(),
                });
            }
            Some(_) => {}
            None => fast_enough(progress.bytes(), begun.elapsed())?,
        }
    }
}

fn fast_enough(bytes: u64, since: Duration) -> Result<(), Failure> {
    let secs = since.as_secs();
    if since >= RATE_AFTER && bytes < secs.saturating_mul(MIN_RATE) {
        return Err(Failure::Slow { bytes, secs });
    }
    Ok(())
}

/// What an answer means; its status says all of it.
fn judged(response: &Response, progress: &Progress) -> Result<(), Failure> {
    let code = response.status().as_u16();
    if !response.status().is_success() {
        let after = response.headers().get(RETRY_AFTER);
        return Err(Failure::status(code, after.and_then(|v| v.to_str().ok())));
    }
    if progress.is_whole() {
        return Ok(());
    }
    Err(Failure::Early { code })
}

/// Whether a notice was taken.
pub(super) fn taken(response: &Response) -> Result<(), Failure> {
    if response.status().is_success() {
        return Ok(());
    }
    let after = response.headers().get(RETRY_AFTER);
    let after = after.and_then(|v| v.to_str().ok());
    Err(Failure::status(response.status().as_u16(), after))
}

/// A body in memory that is the whole request.
pub(super) fn whole(bytes: Bytes, progress: &Progress) -> reqwest::Body {
    let content: SharedContent = Arc::new(Memory::new(bytes));
    body::stream(content, progress.clone(), true, Arc::new(|| true)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_that_drips_is_given_up_and_a_slow_office_line_is_not() {
        let secs = Duration::from_secs;
        assert_eq!(fast_enough(0, secs(14)), Ok(()));
        assert_eq!(fast_enough(8 * 1024 * 15, secs(15)), Ok(()));
        assert_eq!(fast_enough(8 * 1024 * 600, secs(600)), Ok(()));
        let slow = Failure::Slow {
            bytes: 100,
            secs: 15,
        };
        assert_eq!(fast_enough(100, secs(15)), Err(slow));
    }
}
