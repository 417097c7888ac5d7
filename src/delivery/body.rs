//! The body of a push: the parts stream from the vault through one window, and what was handed to
//! the connection is counted, so that an answer before the end is known for what it is.

use super::failure::Failure;
use crate::format::content::SharedContent;
use bytes::Bytes;
use futures_util::stream;
use reqwest::Body;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How much of a file is in memory at a time.
const WINDOW: u64 = 128 * 1024;
/// Longer bodies lie in files; reading those may wait for the disk.
const MAY_BLOCK: u64 = 1024 * 1024;
/// After so many bytes it is asked whether the rest may still be sent.
const LOOK: u64 = 1024 * 1024;

/// Whether a document may still be sent: its sender may take it back while it is on its way.
pub(super) type Still = Arc<dyn Fn() -> bool + Send + Sync>;

/// How far a body has come.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    bytes: AtomicU64,
    /// The same, over all requests of an attempt.
    taken: Arc<AtomicU64>,
    whole: AtomicBool,
    unread: AtomicBool,
}

impl Progress {
    /// Of one request of an attempt, whose bytes are also counted in `taken`.
    pub(super) fn counting(taken: &Arc<AtomicU64>) -> Self {
        Self(Arc::new(Counted {
            taken: Arc::clone(taken),
            ..Counted::default()
        }))
    }

    /// Bytes handed to the connection.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Whether the last byte of the last part was handed to the connection.
    pub(super) fn is_whole(&self) -> bool {
        self.0.whole.load(Ordering::Acquire)
    }

    /// Whether it stopped because a kept body could not be read.
    pub(super) fn is_unread(&self) -> bool {
        self.0.unread.load(Ordering::Acquire)
    }

    fn add(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.0.taken.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// One body as a stream; `last`: with its end the whole request has been handed over.
pub(super) fn stream(
    content: SharedContent,
    progress: Progress,
    last: bool,
    still: Still,
) -> (Body, u64) {
    let size = content.length();
    let sending = Sending {
        content,
        size,
        sent: 0,
        progress,
        last,
        still,
    };
    (
        Body::wrap_stream(stream::unfold(sending, Sending::next)),
        size,
    )
}

struct Sending {
    content: SharedContent,
    size: u64,
    sent: u64,
    progress: Progress,
    last: bool,
    still: Still,
}

impl Sending {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        if self.sent >= self.size {
            return None;
        }
        let end = self.sent.saturating_add(WINDOW).min(self.size);
        let look = end == self.size || self.sent.is_multiple_of(LOOK);
        if look && !(self.still)() {
            self.sent = self.size;
            return Some((Err(io::Error::other("it does not wait any more")), self));
        }
        let (content, range) = (Arc::clone(&self.content), self.sent..end);
        let read = move || {
            let mut chunk = Vec::new();
            let fed = content.feed(range, &mut |bytes| chunk.extend_from_slice(bytes));
            fed.map(|()| Bytes::from(chunk))
        };
        let chunk = if self.size > MAY_BLOCK {
            tokio::task::spawn_blocking(read).await.ok()
        } else {
            Some(read())
        };
        let Some(Ok(chunk)) = chunk else {
            self.progress.0.unread.store(true, Ordering::Release);
            self.sent = self.size;
            return Some((Err(io::Error::other("a kept body could not be read")), self));
        };
        self.progress.add(end.saturating_sub(self.sent));
        self.sent = end;
        if self.last && self.sent == self.size {
            self.progress.0.whole.store(true, Ordering::Release);
        }
        Some((Ok(chunk), self))
    }
}

/// What ended a request whose body stopped.
pub(super) fn stopped(progress: &Progress, otherwise: Failure) -> Failure {
    if progress.is_unread() {
        return Failure::Vault(crate::store::VaultError::Failed(
            "a kept body could not be read".into(),
        ));
    }
    otherwise
}
