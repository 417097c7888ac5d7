//! A small HTTP server on loopback that gives what certificates point to: CRLs
//! (`application/pkix-crl`), issuing certificates (`application/pkix-cert`, RFC 5280 §4.2.2.1), OCSP
//! (RFC 6960 appendix A) and timestamps (RFC 3161 §3.4), rightly or with a [`Fault`]. What is served
//! may change while it runs.

mod fault;
mod responder;
#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use responder::{Responder, Stamper};

use crate::clock::Clock;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use base64::Engine;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// No query of OCSP or time-stamping comes near.
const MAX_QUERY: usize = 64 * 1024;

/// How soon a request that hangs sees that the fault is gone.
const HANG: Duration = Duration::from_millis(10);

/// Media types.
pub mod media {
    /// A CRL (RFC 2585 §4.2).
    pub const CRL: &str = "application/pkix-crl";
    /// A certificate (RFC 2585 §4.1).
    pub const CERTIFICATE: &str = "application/pkix-cert";
    /// Certificates in a SignedData (RFC 5273).
    pub const CERTIFICATES: &str = "application/pkcs7-mime";
    /// An OCSP request.
    pub const OCSP_REQUEST: &str = "application/ocsp-request";
    /// An OCSP response.
    pub const OCSP_RESPONSE: &str = "application/ocsp-response";
    /// A timestamp query.
    pub const TIMESTAMP_QUERY: &str = "application/timestamp-query";
    /// A timestamp reply.
    pub const TIMESTAMP_REPLY: &str = "application/timestamp-reply";
}

/// What stands at a path.
#[derive(Clone, Debug)]
pub enum Served {
    /// Bytes under a media type.
    Bytes(&'static str, Arc<Vec<u8>>),
    /// A responder, which takes POST and GET.
    Ocsp(Arc<Responder>),
    /// A time-stamping authority.
    Stamper(Arc<Stamper>),
}

impl Served {
    /// A CRL.
    #[must_use]
    pub fn crl(der: Vec<u8>) -> Self {
        Self::Bytes(media::CRL, Arc::new(der))
    }

    /// A certificate.
    #[must_use]
    pub fn certificate(der: Vec<u8>) -> Self {
        Self::Bytes(media::CERTIFICATE, Arc::new(der))
    }
}

struct Inner {
    clock: Arc<dyn Clock>,
    served: Mutex<BTreeMap<String, Served>>,
    faults: Mutex<BTreeMap<String, Fault>>,
    asked: Mutex<BTreeMap<String, usize>>,
    connections: AtomicUsize,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running server; it ends when dropped.
pub struct Server {
    address: SocketAddr,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// The one of listening.
    pub async fn start(clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let any = SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
        Self::on(TcpListener::bind(any).await?, clock)
    }

    /// Serves on a listener.
    ///
    /// # Errors
    /// The one of asking where it listens.
    pub fn on(listener: TcpListener, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            clock,
            served: Mutex::default(),
            faults: Mutex::default(),
            asked: Mutex::default(),
            connections: AtomicUsize::new(0),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&inner));
        let counted = Arc::clone(&inner);
        let listener = listener.tap_io(move |_| {
            counted.connections.fetch_add(1, Ordering::SeqCst);
        });
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            address,
            inner,
            task,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Puts something at a path, in place of what is there.
    pub fn publish(&self, path: &str, served: Served) {
        locked(&self.inner.served).insert(path.to_owned(), served);
    }

    /// Makes a path misbehave, or behave again.
    pub fn fault(&self, path: &str, fault: Option<Fault>) {
        let mut faults = locked(&self.inner.faults);
        match fault {
            Some(fault) => faults.insert(path.to_owned(), fault),
            None => faults.remove(path),
        };
    }

    /// How often a path was asked for.
    #[must_use]
    pub fn asked(&self, path: &str) -> usize {
        locked(&self.inner.asked).get(path).copied().unwrap_or(0)
    }

    /// How many connections were opened.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::SeqCst)
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let asked = request.uri().path().to_owned();
    let Some((path, served)) = inner.find(&asked) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let count = locked(&inner.asked)
        .entry(path.clone())
        .or_insert(0)
        .saturating_add(1);
    locked(&inner.asked).insert(path.clone(), count);
    while inner.fault(&path) == Some(Fault::Hang) {
        tokio::time::sleep(HANG).await;
    }
    let fault = inner.fault(&path);
    let rest = asked.strip_prefix(&path).unwrap_or_default();
    let made = inner.make(&served, rest, request).await;
    match fault {
        Some(fault) => fault.answer(made).await,
        None => made.into_response(),
    }
}

/// A status, a media type and a body.
type Made = (StatusCode, [(header::HeaderName, &'static str); 1], Vec<u8>);

fn made(status: StatusCode, media: &'static str, body: Vec<u8>) -> Made {
    (status, [(header::CONTENT_TYPE, media)], body)
}

impl Inner {
    fn fault(&self, path: &str) -> Option<Fault> {
        locked(&self.faults).get(path).cloned()
    }

    /// What is served at a path, or at one above it, where a GET of OCSP carries its request.
    fn find(&self, path: &str) -> Option<(String, Served)> {
        let served = locked(&self.served);
        let below = |at: &str| path.strip_prefix(at).is_some_and(|r| r.starts_with('/'));
        let found = served
            .iter()
            .rev()
            .find(|(at, served)| *at == path || (matches!(served, Served::Ocsp(_)) && below(at)));
        found.map(|(at, served)| (at.clone(), served.clone()))
    }

    async fn make(&self, served: &Served, rest: &str, request: Request) -> Made {
        let now = self.clock.now();
        match served {
            Served::Bytes(media, bytes) => made(StatusCode::OK, media, bytes.to_vec()),
            Served::Ocsp(responder) => match query(rest, request, media::OCSP_REQUEST).await {
                Some(query) => {
                    let body = responder.answer(&query, now);
                    made(StatusCode::OK, media::OCSP_RESPONSE, body)
                }
                None => made(StatusCode::BAD_REQUEST, "text/plain", Vec::new()),
            },
            Served::Stamper(stamper) => match query("", request, media::TIMESTAMP_QUERY).await {
                Some(query) => {
                    let body = stamper.answer(&query, now);
                    made(StatusCode::OK, media::TIMESTAMP_REPLY, body)
                }
                None => made(StatusCode::BAD_REQUEST, "text/plain", Vec::new()),
            },
        }
    }
}

/// The query in the body of a POST of the right media type, or in the path of a GET.
async fn query(rest: &str, request: Request, media: &str) -> Option<Vec<u8>> {
    if request.method() == Method::GET {
        // RFC 6960 appendix A.1.1: the base64 of the request, its marks escaped or not.
        let text = unescape(rest.strip_prefix('/')?)?;
        return base64::engine::general_purpose::STANDARD.decode(text).ok();
    }
    let right = request.method() == Method::POST
        && request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|m| m == media);
    let body: Body = request.into_body();
    let bytes = to_bytes(body, MAX_QUERY).await.ok()?;
    right.then(|| bytes.to_vec())
}

/// Takes %XX out of a path.
fn unescape(path: &str) -> Option<Vec<u8>> {
    let mut parts = path.split('%');
    let mut out = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (hex, text) = part.split_at_checked(2)?;
        out.push(u8::from_str_radix(hex, 16).ok()?);
        out.extend_from_slice(text.as_bytes());
    }
    Some(out)
}
