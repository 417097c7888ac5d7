//! Fetching over HTTP, through a [`Dialer`].
//!
//! TLS of an https address protects nothing here (what comes is signed, or is not believed), and
//! certificates for it come from the system.

use super::address::{Doors, Target};
use super::dial::{Dialer, in_words};
use super::error::{AddressError, FetchError};
use super::{Fetch, Limits};
use crate::shelf::{Shelf, Spool};
use crate::trust::evidence::{EvidenceKind, Source};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, Method, Response, StatusCode};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Redirects followed on the same host and port.
const MAX_REDIRECTS: usize = 3;
/// After this long a body must have come at [`MIN_RATE`]; no sooner, for slow beginnings.
const RATE_AFTER: Duration = Duration::from_secs(3);
/// Bytes a second below which a body holds its place for nothing (attack catalogue T1).
const MIN_RATE: u64 = 1024;
/// Up to this length a body stays in memory.
const IN_MEMORY: usize = 1 << 20;

/// What is asked of an address.
struct Asked<'a> {
    uri: &'a str,
    /// The body of a POST with its media type; without one it is a GET.
    post: Option<(&'static str, Bytes)>,
    /// The longest answer.
    limit: u64,
}

impl<'a> Asked<'a> {
    fn of(source: &'a Source, limits: &Limits) -> Self {
        let post = match source {
            Source::Crl { .. } | Source::Issuer { .. } => None,
            // RFC 6960 appendix A.1
            Source::Ocsp { request, .. } => Some(("application/ocsp-request", request.clone())),
        };
        Self {
            uri: source.uri(),
            post,
            limit: limits.of(source.kind()),
        }
    }
}

/// Fetches by reqwest.
pub struct HttpFetch {
    dialer: Dialer,
    limits: Limits,
    /// For http: TLS that trusts nobody, since none is spoken.
    plain: ClientConfig,
    secure: OnceLock<Result<ClientConfig, String>>,
    shelf: Option<Shelf>,
}

impl std::fmt::Debug for HttpFetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpFetch({:?}, {:?})", self.dialer, self.limits)
    }
}

impl HttpFetch {
    /// Asks only at `doors`. Long bodies are spooled to `shelf`, where there is one.
    ///
    /// # Errors
    /// In words, if TLS cannot be set up.
    pub fn new(doors: Doors, limits: Limits, shelf: Option<Shelf>) -> Result<Self, String> {
        let dialer = Dialer::new(doors, limits.connect);
        Self::with_dialer(dialer, limits, shelf)
    }

    pub(super) fn with_dialer(
        dialer: Dialer,
        limits: Limits,
        shelf: Option<Shelf>,
    ) -> Result<Self, String> {
        let plain = tls()?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        Ok(Self {
            dialer,
            limits,
            plain,
            secure: OnceLock::new(),
            shelf,
        })
    }

    /// Asks a timestamp authority (RFC 3161 §3.4).
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn stamp(&self, uri: &str, query: Bytes) -> Result<Bytes, FetchError> {
        let asked = Asked {
            uri,
            post: Some(("application/timestamp-query", query)),
            limit: self.limits.of(EvidenceKind::Timestamp),
        };
        self.ask(&asked).await
    }

    async fn ask(&self, asked: &Asked<'_>) -> Result<Bytes, FetchError> {
        let secs = self.limits.whole.as_secs();
        let walked = timeout(self.limits.whole, self.walk(asked)).await;
        walked.unwrap_or(Err(FetchError::Silent { secs }))
    }

    async fn walk(&self, asked: &Asked<'_>) -> Result<Bytes, FetchError> {
        let mut target = self.dialer.doors.target(asked.uri)?;
        let addresses = self.dialer.resolve(&target).await?;
        // Redirects stay at this door, so every hop goes to these same addresses.
        let tls = self.tls(&target)?;
        let client = self.dialer.client(&target, &addresses, tls, 0)?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&client, &target, asked).await?;
            let status = response.status();
            if status == StatusCode::OK {
                return self.body(&target, response, asked.limit).await;
            }
            target = self.next(&target, &response, asked.post.is_some())?;
        }
        let most = MAX_REDIRECTS;
        Err(FetchError::Redirects { most })
    }

    fn tls(&self, target: &Target) -> Result<ClientConfig, FetchError> {
        let failed = |problem: String| FetchError::Connection {
            door: target.door.clone(),
            problem,
        };
        match target.url.scheme() {
            "https" => self.secure.get_or_init(secure).clone().map_err(failed),
            _ => Ok(self.plain.clone()),
        }
    }

    async fn send(
        &self,
        client: &Client,
        target: &Target,
        asked: &Asked<'_>,
    ) -> Result<Response, FetchError> {
        let request = match &asked.post {
            None => client.request(Method::GET, target.url.clone()),
            Some((media, body)) => client
                .request(Method::POST, target.url.clone())
                .header(CONTENT_TYPE, HeaderValue::from_static(media))
                .body(body.clone()),
        };
        let sent = request.send().await;
        sent.map_err(|e| failed(target, &e, &self.limits))
    }

    /// Where an answer that is not 200 leads.
    fn next(
        &self,
        target: &Target,
        response: &Response,
        posted: bool,
    ) -> Result<Target, FetchError> {
        let code = response.status().as_u16();
        let leads = match code {
            307 | 308 => true,
            // These would turn a POST into a GET (RFC 9110 §15.4).
            301..=303 => !posted,
            _ => false,
        };
        let to = response.headers().get(LOCATION).filter(|_| leads);
        let to = to.ok_or(FetchError::Status { code })?;
        let to = to.to_str().map_err(|_| AddressError::Malformed)?;
        Ok(self.dialer.doors.redirected(target, to)?)
    }

    async fn body(
        &self,
        target: &Target,
        mut response: Response,
        limit: u64,
    ) -> Result<Bytes, FetchError> {
        if let Some(coding) = response.headers().get(CONTENT_ENCODING)
            && coding.as_bytes() != b"identity"
        {
            let coding = String::from_utf8_lossy(coding.as_bytes()).into_owned();
            return Err(FetchError::Coding { coding });
        }
        // Only for an early end: what is said here is not believed.
        if response.content_length().is_some_and(|said| said > limit) {
            return Err(FetchError::TooLarge { limit });
        }
        let (begun, mut body) = (Instant::now(), Body::new(self.shelf.as_ref()));
        let broken = |e: reqwest::Error| failed(target, &e, &self.limits);
        loop {
            let waited = timeout(RATE_AFTER, response.chunk()).await;
            let ended = match waited {
                Ok(Ok(Some(chunk))) => {
                    body = body.add(chunk, limit).await?;
                    false
                }
                Ok(Ok(None)) => true,
                Ok(Err(e)) => return Err(broken(e)),
                Err(_) => false,
            };
            if ended {
                return body.finish().await;
            }
            fast_enough(body.length, begun.elapsed())?;
        }
    }
}

#[async_trait]
impl Fetch for HttpFetch {
    async fn fetch(&self, source: &Source) -> Result<Bytes, FetchError> {
        self.ask(&Asked::of(source, &self.limits)).await
    }
}

fn fast_enough(bytes: u64, since: Duration) -> Result<(), FetchError> {
    let secs = since.as_secs();
    let slow = since >= RATE_AFTER && bytes < secs.saturating_mul(MIN_RATE);
    if slow {
        return Err(FetchError::Slow { bytes, secs });
    }
    Ok(())
}

/// The beginning of a client's TLS: ring, and the versions that are safe.
///
/// # Errors
/// In words.
pub fn tls() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())
}

/// TLS as the system trusts it.
///
/// # Errors
/// In words, if the system's anchors cannot be read.
pub fn secure() -> Result<ClientConfig, String> {
    let verified = tls()?.with_platform_verifier();
    Ok(verified.map_err(|e| e.to_string())?.with_no_client_auth())
}

fn failed(target: &Target, error: &reqwest::Error, limits: &Limits) -> FetchError {
    if error.is_timeout() {
        let secs = limits.connect.as_secs();
        return FetchError::Silent { secs };
    }
    FetchError::Connection {
        door: target.door.clone(),
        problem: in_words(error),
    }
}

/// A body on its way: in memory, and in a nameless file once it is long.
struct Body<'a> {
    shelf: Option<&'a Shelf>,
    memory: BytesMut,
    spool: Option<Spool>,
    length: u64,
}

impl<'a> Body<'a> {
    fn new(shelf: Option<&'a Shelf>) -> Self {
        Self {
            shelf,
            memory: BytesMut::new(),
            spool: None,
            length: 0,
        }
    }

    async fn add(mut self, chunk: Bytes, limit: u64) -> Result<Self, FetchError> {
        let more = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(more);
        if self.length > limit {
            return Err(FetchError::TooLarge { limit });
        }
        self.memory.extend_from_slice(&chunk);
        if let Some(shelf) = self.shelf.filter(|_| self.memory.len() >= IN_MEMORY) {
            let (shelf, memory) = (shelf.clone(), self.memory.split().freeze());
            let spool = self.spool.take();
            self.spool = Some(
                off_the_runtime(move || {
                    let mut spool = match spool {
                        Some(spool) => spool,
                        None => shelf.spool()?,
                    };
                    spool.write(&memory)?;
                    Ok(spool)
                })
                .await?,
            );
        }
        Ok(self)
    }

    async fn finish(self) -> Result<Bytes, FetchError> {
        let rest = self.memory.freeze();
        match self.spool {
            None => Ok(rest),
            Some(mut spool) => {
                off_the_runtime(move || {
                    spool.write(&rest)?;
                    spool.unkept()
                })
                .await
            }
        }
    }
}

async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, FetchError> {
    let failed = |e: &dyn std::fmt::Display| FetchError::NotKept {
        problem: e.to_string(),
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| failed(&e))?.map_err(|e| failed(&e))
}

#[cfg(test)]
mod tests;
