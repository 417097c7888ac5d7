//! The line to one recipient: whom TLS trusts there, what the gateway shows of itself, and the connections that are
//! kept for the next delivery.

use super::failure::Failure;
use super::signature::{Secret, secret_path};
use crate::fetch::{Dialer, FetchError, system_tls, tls};
use crate::keys::files::own;
use crate::model::UnitCode;
use crate::registry::Channel;
use reqwest::{Client, Url};
use rustls::{AlertDescription, ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Where certificates, keys and secrets lie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folders {
    /// `certs/push/`.
    pub push: PathBuf,
    /// `certs/own/`.
    pub own: PathBuf,
}

/// After this long files are read again, and the address is looked up and looked at again: what was changed there
/// holds from then on, without a restart. Connections that were opened before end with their last answer.
const KEPT: Duration = Duration::from_secs(60);

/// The line.
pub(super) struct Line {
    unit: UnitCode,
    channel: Channel,
    folders: Folders,
    dialer: Dialer,
    /// Connections that are kept for the next delivery: as many as may run at a time.
    idle: usize,
    held: Mutex<Option<Opened>>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({}, {:?})", self.unit, self.channel)
    }
}

/// An open line: where to send, with what, and the secret that signs notices.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) url: Url,
    pub(super) client: Client,
    pub(super) secret: Option<Arc<Secret>>,
    since: Instant,
    answered: Arc<AtomicBool>,
}

impl Opened {
    /// Whether a request may go out on a connection that was used before.
    pub(super) fn is_used(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// A request was answered.
    pub(super) fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    fn is_fresh(&self) -> bool {
        self.since.elapsed() < KEPT
    }
}

impl Line {
    pub(super) fn new(
        unit: UnitCode,
        channel: Channel,
        folders: Folders,
        dialer: Dialer,
        idle: usize,
    ) -> Self {
        Self {
            unit,
            channel,
            folders,
            dialer,
            idle,
            held: Mutex::new(None),
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Opened>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> Option<Opened> {
        self.held().as_ref().filter(|o| o.is_fresh()).cloned()
    }

    /// Makes ready to connect there, unless that was done a moment ago: files are read, and the address is looked up
    /// and looked at.
    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        if let Some(opened) = self.kept() {
            return Ok(opened);
        }
        let since = Instant::now();
        let (unit, channel) = (self.unit.clone(), self.channel.clone());
        let folders = self.folders.clone();
        let read = tokio::task::spawn_blocking(move || read(&unit, &channel, &folders)).await;
        let (tls, secret) = read.map_err(|_| Failure::Interrupted)??;
        let url = self.channel.url().unwrap_or_default();
        let dialled = self.dialer.dial(url, tls, self.idle).await;
        let (url, client) = dialled.map_err(Failure::Connection)?;
        let opened = Opened {
            url,
            client,
            secret,
            since,
            answered: Arc::default(),
        };
        let mut held = self.held();
        if let Some(first) = held.as_ref().filter(|o| o.is_fresh()) {
            // Others were as quick: one set of connections is enough.
            return Ok(first.clone());
        }
        *held = Some(opened.clone());
        Ok(opened)
    }

    /// Forgets what was read and looked up, and the connections.
    pub(super) fn forget(&self) {
        self.held().take();
    }
}

/// TLS of a channel, and the secret that signs its notices.
type Ready = (ClientConfig, Option<Arc<Secret>>);

fn read(unit: &UnitCode, channel: &Channel, folders: &Folders) -> Result<Ready, Failure> {
    let tls = client_tls(channel, folders)?;
    let secret = match channel {
        Channel::Webhook { .. } => Some(Secret::read(&secret_path(&folders.own, unit))?),
        Channel::Pull | Channel::Push { .. } => None,
    };
    Ok((tls, secret.map(Arc::new)))
}

/// TLS of a channel: a push goes to nobody but who has a certificate of the named CA, and shows the
/// gateway's own.
///
/// # Errors
/// [`Failure::Setup`].
pub fn client_tls(channel: &Channel, folders: &Folders) -> Result<ClientConfig, Failure> {
    let setup = |problem: String| Failure::Setup {
        path: folders.push.clone(),
        problem,
    };
    let Some(ca) = channel.ca() else {
        return system_tls().map_err(setup);
    };
    let path = folders.push.join(ca);
    let mut roots = RootCertStore::empty();
    for der in certificates(&path)? {
        roots.add(der).map_err(|e| wrong(&path, &e))?;
    }
    let builder = tls().map_err(setup)?.with_root_certificates(roots);
    if !matches!(channel, Channel::Push { .. }) {
        return Ok(builder.with_no_client_auth());
    }
    let (certificate, key) = (
        folders.own.join(own::CLIENT),
        folders.own.join(own::CLIENT_KEY),
    );
    let private = PrivateKeyDer::from_pem_file(&key).map_err(|e| wrong(&key, &e))?;
    builder
        .with_client_auth_cert(certificates(&certificate)?, private)
        .map_err(|e| wrong(&certificate, &e))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let all = CertificateDer::pem_file_iter(path).map_err(|e| wrong(path, &e))?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(|e| wrong(path, &e))?;
    if all.is_empty() {
        return Err(wrong(path, &"there is no certificate in it"));
    }
    Ok(all)
}

fn wrong(path: &Path, problem: &dyn std::fmt::Display) -> Failure {
    Failure::Setup {
        path: path.into(),
        problem: problem.to_string(),
    }
}

/// What a request that failed says.
pub(super) fn failed(url: &Url, error: &reqwest::Error, connect: Duration) -> Failure {
    if error.is_timeout() && error.is_connect() {
        return Failure::Connection(FetchError::Silent {
            secs: connect.as_secs(),
        });
    }
    if let Some(problem) = distrust(error) {
        return Failure::Untrusted { problem };
    }
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or(443);
    Failure::Connection(FetchError::Connection {
        door: crate::model::HostPort::new(host, port),
        problem: crate::fetch::in_words(error),
    })
}

/// What TLS says, if one side does not accept the other's certificate.
fn distrust(error: &reqwest::Error) -> Option<String> {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = at {
        let inner = error.downcast_ref::<std::io::Error>();
        let inner = inner.and_then(std::io::Error::get_ref);
        let tls = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(tls) = tls.or_else(|| error.downcast_ref()) {
            return is_distrust(tls).then(|| tls.to_string());
        }
        at = error.source();
    }
    None
}

/// RFC 8446 §6.2: the alerts about certificates.
fn is_distrust(error: &rustls::Error) -> bool {
    let rustls::Error::AlertReceived(alert) = error else {
        return matches!(
            error,
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented
        );
    };
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}
