//! Whom an address leads to: it is looked at, resolved once, looked at again, and connected to as it
//! was resolved, so that no second answer of a name server leads elsewhere.

use super::address::{Doors, Target};
use super::error::FetchError;
use crate::model::HostPort;
use async_trait::async_trait;
use reqwest::{Client, Url};
use rustls::ClientConfig;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Lookups at a time. A name server that is silent holds a thread of the runtime for each.
const LOOKUPS: usize = 64;
/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;
/// How long a connection lies idle before it is closed: less than the 5 s after which common servers close theirs, so
/// that hardly a request goes out on one that is closed already.
const IDLE: Duration = Duration::from_secs(4);

/// Names into addresses; the tests have their own.
#[async_trait]
pub(super) trait Resolve: Send + Sync {
    async fn resolve(&self, door: &HostPort) -> Result<Vec<IpAddr>, String>;
}

/// The system's name service.
struct System(Arc<Semaphore>);

#[async_trait]
impl Resolve for System {
    async fn resolve(&self, door: &HostPort) -> Result<Vec<IpAddr>, String> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        let permit = permit.map_err(|_| "too many lookups at a time".to_owned())?;
        let (host, port) = (door.host().to_owned(), door.port());
        // In a task of its own: the permit is held until the thread is free again, though nobody
        // waits for it any longer.
        let looking = tokio::spawn(async move {
            let found = tokio::net::lookup_host((host, port)).await;
            drop(permit);
            found.map(|all| all.map(|a| a.ip()).collect())
        });
        let found: std::io::Result<Vec<IpAddr>> = looking.await.map_err(|e| e.to_string())?;
        found.map_err(|e| e.to_string())
    }
}

/// Behind the pinned addresses: a name that is not pinned is not looked up a second time.
struct Nowhere;

impl reqwest::dns::Resolve for Nowhere {
    fn resolve(&self, _name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("not the address that was looked at".into()) })
    }
}

/// Opens connections to addresses that may be asked.
#[derive(Clone)]
pub struct Dialer {
    pub(super) doors: Doors,
    connect: Duration,
    resolver: Arc<dyn Resolve>,
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dialer({:?}, {:?})", self.doors, self.connect)
    }
}

impl Dialer {
    /// Asks only at `doors`; a connection stands within `connect`, the name service included.
    #[must_use]
    pub fn new(doors: Doors, connect: Duration) -> Self {
        let system = System(Arc::new(Semaphore::new(LOOKUPS)));
        Self::with_resolver(doors, connect, Arc::new(system))
    }

    pub(super) fn with_resolver(
        doors: Doors,
        connect: Duration,
        resolver: Arc<dyn Resolve>,
    ) -> Self {
        Self {
            doors,
            connect,
            resolver,
        }
    }

    /// Where `uri` leads, and a client that connects there and nowhere else, and keeps at most `idle` connections
    /// for its next requests. It follows no redirect. The address is as it was looked up now: who keeps the client
    /// keeps it for a while only.
    ///
    /// # Errors
    /// [`FetchError::Address`], [`FetchError::Unresolved`] and [`FetchError::Connection`].
    pub async fn dial(
        &self,
        uri: &str,
        tls: ClientConfig,
        idle: usize,
    ) -> Result<(Url, Client), FetchError> {
        let target = self.doors.target(uri)?;
        let addresses = self.resolve(&target).await?;
        let client = self.client(&target, &addresses, tls, idle)?;
        Ok((target.url, client))
    }

    /// Every address behind the name, each of them allowed.
    pub(super) async fn resolve(&self, target: &Target) -> Result<Vec<SocketAddr>, FetchError> {
        let port = target.door.port();
        if let Some(literal) = target.literal {
            return Ok(vec![SocketAddr::new(literal, port)]);
        }
        let unresolved = |problem: String| FetchError::Unresolved {
            host: target.door.host().to_owned(),
            problem,
        };
        let found = timeout(self.connect, self.resolver.resolve(&target.door)).await;
        let found = found.map_err(|_| unresolved("the name service is silent".into()))?;
        let mut found = found.map_err(unresolved)?;
        if found.is_empty() {
            return Err(unresolved("no address".into()));
        }
        self.doors.reachable(target, &found)?;
        found.truncate(MAX_ADDRESSES);
        Ok(found
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect())
    }

    /// A client that knows one name and its addresses, and keeps so many connections.
    pub(super) fn client(
        &self,
        target: &Target,
        addresses: &[SocketAddr],
        tls: ClientConfig,
        idle: usize,
    ) -> Result<Client, FetchError> {
        let failed = |problem: String| FetchError::Connection {
            door: target.door.clone(),
            problem,
        };
        // The resolver of reqwest is asked for the host as it stands in the URL.
        let host = target.url.host_str().unwrap_or_default();
        Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::none())
            .resolve_to_addrs(host, addresses)
            .dns_resolver(Nowhere)
            .connect_timeout(self.connect)
            .pool_max_idle_per_host(idle)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("lienthong/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| failed(in_words(&e)))
    }
}

/// The innermost cause: what stands around it only says that a request failed.
#[must_use]
pub fn in_words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string().chars().take(200).collect()
}
