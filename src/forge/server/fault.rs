//! How a server misbehaves.

use super::Made;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use std::convert::Infallible;
use std::time::Duration;

/// One way to misbehave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Takes the request and does not answer until the fault is taken away.
    Hang,
    /// Answers after a while.
    Slow(Duration),
    /// Answers one octet at a time with a pause after each.
    Drip(Duration),
    /// Points elsewhere.
    Redirect(String),
    /// Gives these bytes under the right media type, such as a certificate for a response.
    Instead(Vec<u8>),
    /// Sends zeros after the content until this many octets are sent; the length is declared or not.
    Long {
        /// How many in all.
        octets: u64,
        /// Whether Content-Length says so.
        declared: bool,
    },
    /// Answers with this status and no content.
    Status(u16),
    /// Declares more than is sent, and closes.
    Short,
    /// Sends the answer with this many octets missing at its end, and declares what is sent.
    Cut(usize),
}

/// Long enough for a short answer to leave.
const FLUSH: Duration = Duration::from_millis(50);
/// The size of one piece of a long answer.
const PIECE: usize = 64 * 1024;

fn head(media: &'static str) -> http::response::Builder {
    Response::builder()
        .status(StatusCode::OK)
        .header(header::CONTENT_TYPE, media)
}

fn whole(response: Result<Response, http::Error>) -> Response {
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

impl Fault {
    /// Answers in its way instead of rightly.
    pub(super) async fn answer(self, right: Made) -> Response {
        let (status, [(name, media)], mut body) = right;
        match self {
            // Whoever asks has waited already.
            Self::Hang => (status, [(name, media)], body).into_response(),
            Self::Slow(pause) => {
                tokio::time::sleep(pause).await;
                (status, [(name, media)], body).into_response()
            }
            Self::Drip(pause) => {
                let octets = stream::unfold(body.into_iter(), move |mut rest| async move {
                    let octet = rest.next()?;
                    tokio::time::sleep(pause).await;
                    Some((Ok::<_, Infallible>(Bytes::from(vec![octet])), rest))
                });
                whole(head(media).body(Body::from_stream(octets)))
            }
            Self::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
            Self::Instead(bytes) => (status, [(name, media)], bytes).into_response(),
            Self::Long { octets, declared } => {
                let mut head = head(media);
                if declared {
                    head = head.header(header::CONTENT_LENGTH, octets);
                }
                whole(head.body(Body::from_stream(padded(body, octets))))
            }
            Self::Status(code) => StatusCode::from_u16(code)
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
                .into_response(),
            Self::Short => {
                let declared = body.len().saturating_add(100);
                let head = head(media).header(header::CONTENT_LENGTH, declared);
                // What is written when the body breaks off may be lost, so it breaks off later.
                let parts = stream::unfold(Some(body), |body| async {
                    match body {
                        Some(body) => Some((Ok(Bytes::from(body)), None)),
                        None => {
                            tokio::time::sleep(FLUSH).await;
                            Some((Err(std::io::ErrorKind::BrokenPipe.into()), None))
                        }
                    }
                });
                let parts: stream::BoxStream<'_, std::io::Result<Bytes>> = Box::pin(parts);
                whole(head.body(Body::from_stream(parts)))
            }
            Self::Cut(octets) => {
                body.truncate(body.len().saturating_sub(octets));
                (status, [(name, media)], body).into_response()
            }
        }
    }
}

/// The body, then zeros up to a number of octets.
fn padded(
    body: Vec<u8>,
    octets: u64,
) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    let zeros = Bytes::from(vec![0; PIECE]);
    let first = Some(Bytes::from(body));
    stream::unfold((first, octets), move |(first, left)| {
        let zeros = zeros.clone();
        async move {
            if left == 0 {
                return None;
            }
            let piece = first.unwrap_or(zeros);
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            let piece = piece.slice(..most);
            let sent = u64::try_from(most).unwrap_or(left);
            Some((Ok(piece), (None, left.saturating_sub(sent))))
        }
    })
}
