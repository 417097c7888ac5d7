//! Listeners: bound first, so that a wrong address is an error with its name, then served until
//! they are told to stop.

use super::ServeError;
use super::tls::Tls;
use crate::http::shares::{Shares, Standing};
use crate::telemetry::names;
use axum::middleware::AddExtension;
use axum::{Extension, Router};
use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsAcceptor;
use axum_server::{Address, Handle, Server};
use std::future::{Future, Ready, ready};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::SocketAddr as SocketPath;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};
use tokio_util::task::TaskTracker;
use tower_layer::Layer;

/// Time for the TLS handshake, and for the head of each request.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The stack's own bound of a head; `http::finish` answers in words well below it. It is also the
/// window through which a body is read.
const HEAD_BYTES: usize = 128 * 1024;

/// A bound listener.
pub(super) struct Listener<A: Address> {
    server: Mutex<Option<Server<A>>>,
    handle: Handle<A>,
    address: Option<A>,
    ended: Arc<Semaphore>,
}

impl Listener<SocketAddr> {
    /// Binds an address.
    pub(super) async fn open(address: SocketAddr) -> Result<Self, ServeError> {
        let failed = |e: io::Error| ServeError::Listen {
            address: address.to_string(),
            problem: e.to_string(),
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        Ok(Self::new(Server::from_listener(listener), Some(bound)))
    }

    /// Where it listens.
    pub(super) fn address(&self) -> String {
        self.address.map_or_else(String::new, |a| a.to_string())
    }

    /// Serves with TLS, at most `connections` at a time, of which units have `shares`.
    pub(super) fn serve_tls(
        &self,
        tasks: &TaskTracker,
        routes: Router,
        tls: &Tls,
        (connections, shares): (usize, Arc<Shares>),
    ) {
        let Some(server) = self.take() else { return };
        let gate = Gate(Arc::new(Semaphore::new(connections)));
        let acceptor = RustlsAcceptor::new(tls.config.clone())
            .handshake_timeout(HEAD_TIME)
            .acceptor(gate);
        let server = server.acceptor(Shared { acceptor, shares });
        let over = Arc::clone(&self.ended);
        tasks.spawn(async move {
            if let Err(problem) = server.serve(routes.into_make_service()).await {
                tracing::error!(%problem, "the exchange listener ended");
            }
            over.add_permits(1);
        });
    }
}

impl Listener<SocketAddr> {
    /// Serves without TLS, at most `connections` at a time.
    pub(super) fn serve_open(&self, tasks: &TaskTracker, routes: Router, connections: usize) {
        let Some(server) = self.take() else { return };
        let server = server.acceptor(Gate(Arc::new(Semaphore::new(connections))));
        let over = Arc::clone(&self.ended);
        tasks.spawn(async move {
            if let Err(problem) = server.serve(routes.into_make_service()).await {
                tracing::error!(%problem, "the public listener ended");
            }
            over.add_permits(1);
        });
    }
}

impl Listener<SocketPath> {
    /// Binds a Unix socket that only its owner may open. It appears under its name with its mode
    /// already set.
    pub(super) fn open_socket(path: &Path) -> Result<Self, ServeError> {
        let failed = |e: io::Error| ServeError::Listen {
            address: path.display().to_string(),
            problem: e.to_string(),
        };
        let hidden = path.with_extension("new");
        for old in [&hidden, path] {
            match std::fs::remove_file(old) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
                Ok(()) | Err(_) => {}
            }
        }
        let listener = UnixListener::bind(&hidden).map_err(failed)?;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&hidden, mode).map_err(failed)?;
        std::fs::rename(&hidden, path).map_err(failed)?;
        Ok(Self::new(Server::from_listener(listener), None))
    }
}

impl<A: Address> Listener<A> {
    fn new(server: Server<A>, address: Option<A>) -> Self {
        let handle = Handle::new();
        let mut server = server.handle(handle.clone()).http1_only();
        server
            .http_builder()
            .http1()
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_BYTES)
            .pipeline_flush(false);
        Self {
            server: Mutex::new(Some(server.first_request_timeout(HEAD_TIME))),
            handle,
            address,
            ended: Arc::new(Semaphore::new(0)),
        }
    }

    fn take(&self) -> Option<Server<A>> {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        server.take()
    }

    /// Asks it to end; what is under way has `grace` to finish.
    pub(super) fn stop(&self, grace: Duration) {
        if grace.is_zero() {
            self.handle.shutdown();
        } else {
            self.handle.graceful_shutdown(Some(grace));
        }
    }

    /// Waits until it has ended.
    pub(super) async fn stopped(&self) {
        let _ = self.ended.acquire().await;
    }
}

impl<A: Address + Send + Sync + 'static> Listener<A>
where
    A::Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A::Listener: Send,
{
    /// Serves without TLS.
    pub(super) fn serve_plain(&self, tasks: &TaskTracker, routes: Router) {
        let Some(server) = self.take() else { return };
        let over = Arc::clone(&self.ended);
        tasks.spawn(async move {
            if let Err(problem) = server.serve(routes.into_make_service()).await {
                tracing::error!(%problem, "a listener ended");
            }
            over.add_permits(1);
        });
    }
}

/// Lets a number of connections in; more are closed at once, before their handshake.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Counted;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() else {
            return ready(Err(io::Error::other("too many connections")));
        };
        metrics::gauge!(names::CONNECTIONS).increment(1.0);
        let counted = Counted {
            stream,
            stall: None,
            _permit: permit,
        };
        ready(
            counted
                .stream
                .set_nodelay(true)
                .map(|()| (counted, service)),
        )
    }
}

/// Lets in whoever has proved who it is, as far as its unit's share goes.
#[derive(Clone)]
struct Shared {
    acceptor: RustlsAcceptor<Gate>,
    shares: Arc<Shares>,
}

impl<S: Send + 'static> Accept<TcpStream, S> for Shared {
    type Stream = <RustlsAcceptor<Gate> as Accept<TcpStream, S>>::Stream;
    type Service = AddExtension<<RustlsAcceptor<Gate> as Accept<TcpStream, S>>::Service, Standing>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let (handshake, shares) = (
            self.acceptor.accept(stream, service),
            Arc::clone(&self.shares),
        );
        Box::pin(async move {
            let (stream, service) = handshake.await?;
            let shown = stream.get_ref().1.peer_certificates();
            let certificate = shown.and_then(<[_]>::first).map(AsRef::as_ref);
            let Some(standing) = shares.enter(certificate) else {
                return Err(io::Error::other("too many connections of one unit"));
            };
            Ok((stream, Extension(standing).layer(service)))
        })
    }
}

/// How long a client may take nothing of what is sent to it.
const STALL_TIME: Duration = Duration::from_secs(60);

/// A connection that gives its place back when it ends, and ends when its client stops reading.
struct Counted {
    stream: TcpStream,
    stall: Option<Pin<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
}

impl Counted {
    /// What a write came to: one that waits too long is an error.
    fn wrote<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stall = None;
            return outcome;
        }
        let new = || Box::pin(sleep(STALL_TIME));
        let stall = self.stall.get_or_insert_with(new);
        std::task::ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!(names::CONNECTIONS).decrement(1.0);
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
