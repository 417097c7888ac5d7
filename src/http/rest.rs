//! What is left of a request's body when its answer is ready. A connection that closes while its client still sends
//! is reset, and the client never reads why: so the rest is read and thrown away first, within bounds, and nothing
//! looks at it.

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// As many bytes: a file that is judged before its answer, four times. Who sends more is cut off, as before.
const MOST: usize = 256 << 20;
/// As long, and as long without a byte: what nginx takes for its `lingering_time` and `lingering_timeout`.
const LONGEST: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
struct Slot {
    /// The body, where it was dropped before its end.
    rest: Option<BodyDataStream>,
    /// Whether anything of it was asked for.
    begun: bool,
}

/// A body that is given back when it is dropped before its end.
struct Lent {
    stream: Option<BodyDataStream>,
    slot: Arc<Mutex<Slot>>,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = self.stream.as_mut() else {
            return Poll::Ready(None);
        };
        let polled = stream.poll_next_unpin(cx);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.stream = None;
        }
        slot(&self.slot).begun = true;
        polled
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        slot(&self.slot).rest = self.stream.take();
    }
}

fn slot(of: &Mutex<Slot>) -> std::sync::MutexGuard<'_, Slot> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The rest of a body that was lent.
pub(super) struct Rest {
    slot: Arc<Mutex<Slot>>,
    /// The client sends only once it is told to (RFC 9110 §10.1.1).
    asks_first: bool,
}

/// Lends the body of a request to whoever handles it; `None` where it has none.
pub(super) fn lend(request: Request) -> (Request, Option<Rest>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let asks_first = request.headers().contains_key(header::EXPECT);
    let shared = Arc::new(Mutex::new(Slot::default()));
    let request = request.map(|body| {
        Body::from_stream(Lent {
            stream: Some(body.into_data_stream()),
            slot: Arc::clone(&shared),
        })
    });
    let rest = Rest {
        slot: shared,
        asks_first,
    };
    (request, Some(rest))
}

impl Rest {
    /// Reads it to its end, or to a bound. A client that waits to be told to send is not told to for that.
    pub(super) async fn throw_away(self) {
        let (rest, begun) = {
            let mut slot = slot(&self.slot);
            (slot.rest.take(), slot.begun)
        };
        let (Some(mut rest), Some(deadline)) = (rest, Instant::now().checked_add(LONGEST)) else {
            return;
        };
        if self.asks_first && !begun {
            return;
        }
        let mut left = MOST;
        while left > 0 {
            let next = timeout_at(deadline, timeout(IDLE, rest.next())).await;
            let Ok(Ok(Some(Ok(chunk)))) = next else {
                return;
            };
            left = left.saturating_sub(chunk.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn request(count: usize, left: &Arc<Mutex<usize>>, expect: bool) -> Request {
        *slot_of(left) = count;
        let counted = Arc::clone(left);
        let chunks = stream::iter(0..count).map(move |_| {
            let mut left = slot_of(&counted);
            *left = left.saturating_sub(1);
            drop(left);
            Ok::<_, std::io::Error>(Bytes::from_static(&[0; 1024]))
        });
        let mut request = Request::new(Body::from_stream(chunks));
        if expect {
            let value = header::HeaderValue::from_static("100-continue");
            request.headers_mut().insert(header::EXPECT, value);
        }
        request
    }

    fn slot_of(left: &Mutex<usize>) -> std::sync::MutexGuard<'_, usize> {
        left.lock().expect("lock")
    }

    #[tokio::test]
    async fn what_a_handler_leaves_is_read_and_what_it_reads_is_its_own() {
        let left = Arc::new(Mutex::new(0));
        let (lent, rest) = lend(request(9, &left, false));
        let mut body = lent.into_body().into_data_stream();
        let first = body.next().await.expect("chunk").expect("read");
        assert_eq!((first.len(), *slot_of(&left)), (1024, 8));
        drop(body);
        rest.expect("a body").throw_away().await;
        assert_eq!(*slot_of(&left), 0);
    }

    #[tokio::test]
    async fn who_waits_to_be_told_is_not_told_to_send_what_nobody_wants() {
        let left = Arc::new(Mutex::new(0));
        let (lent, rest) = lend(request(9, &left, true));
        drop(lent);
        rest.expect("a body").throw_away().await;
        assert_eq!(*slot_of(&left), 9);
        let (lent, rest) = lend(request(9, &left, true));
        let mut body = lent.into_body().into_data_stream();
        assert!(body.next().await.is_some());
        drop(body);
        rest.expect("a body").throw_away().await;
        assert_eq!(*slot_of(&left), 0, "it was told to, so it sends all of it");
    }

    #[tokio::test]
    async fn there_is_an_end_to_it() {
        let left = Arc::new(Mutex::new(0));
        let too_many = MOST / 1024 + 5;
        let (lent, rest) = lend(request(too_many, &left, false));
        drop(lent);
        rest.expect("a body").throw_away().await;
        assert_eq!(*slot_of(&left), 5);
    }

    #[test]
    fn a_request_without_a_body_stays_as_it_is() {
        let (_, rest) = lend(Request::new(Body::empty()));
        assert!(rest.is_none());
    }
}
