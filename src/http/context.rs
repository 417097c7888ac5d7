//! What handlers share: the gateway, the caller, the language, the request's identifier.

use super::identity::{self, Identity, Peer};
use super::problem::{Problem, ProblemCode};
use crate::config::PublicSettings;
use crate::delivery::Delivery;
use crate::intake::Intake;
use crate::lang;
use crate::model::{Language, UnitCode};
use crate::relay::Clocks;
use crate::upkeep::Stamps;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum_server::tls::TlsInfo;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What `/v1` works with.
#[derive(Debug)]
pub struct Gateway {
    /// Taking documents in, and the moves of recipients.
    pub intake: Arc<Intake>,
    /// The transport CAs.
    pub identity: Identity,
    /// The largest file.
    pub max_file_bytes: u64,
    /// How long an upload may stand still.
    pub upload_idle: Duration,
    /// Ends long polls when the gateway stops.
    pub stopping: CancellationToken,
    /// Who stamps evidence bundles, where a timestamp authority is configured.
    pub stamps: Option<Arc<Stamps>>,
    /// Places for evidence bundles that are being made ([`super::BUNDLES_AT_A_TIME`]).
    pub bundles: Arc<Semaphore>,
    /// Who delivers to units that do not fetch.
    pub delivery: Option<Arc<Delivery>>,
    /// How long what nobody takes is kept.
    pub clocks: Clocks,
    /// What citizens reach, and what their slips say of it.
    pub public: PublicSettings,
}

impl Gateway {
    /// The unit that `peer` speaks for now.
    ///
    /// # Errors
    /// A problem that says what is wrong with the certificate or its binding.
    pub fn unit_of(&self, peer: &Peer) -> Result<UnitCode, Problem> {
        let now = self.intake.tools().clock.now();
        identity::caller(&self.intake.rules().registry, peer, now)
    }
}

/// Who calls, proved.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) unit: UnitCode,
    peer: Peer,
}

impl Caller {
    /// Asks again: a request that waited or took long is answered only if the caller still is who
    /// it was.
    pub(super) fn still(&self, gateway: &Gateway) -> Result<(), Problem> {
        if gateway.unit_of(&self.peer)? == self.unit {
            return Ok(());
        }
        Err(ProblemCode::BindingEnded.into())
    }
}

impl FromRequestParts<Arc<Gateway>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Arc<Gateway>,
    ) -> Result<Self, Self::Rejection> {
        let tls = parts.extensions.get::<Arc<TlsInfo>>();
        let certificate = tls.and_then(|tls| tls.peer_certificates.first());
        let certificate = certificate.ok_or(ProblemCode::CertificateMissing)?;
        let peer = gateway.identity.peer(certificate)?;
        Ok(Self {
            unit: gateway.unit_of(&peer)?,
            peer,
        })
    }
}

/// The language asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked(pub(super) Language);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(language(&parts.headers)))
    }
}

/// The language asked for; Vietnamese where nothing is said.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let value = headers.get(header::ACCEPT_LANGUAGE);
    lang::negotiate(value.and_then(|v| v.to_str().ok()), Language::Vi)
}

/// The language as a header's value.
pub(super) fn tag(language: Language) -> HeaderValue {
    HeaderValue::from_static(language.name())
}

static REQUESTS: AtomicU64 = AtomicU64::new(1);

/// Under which a request stands in the log: a number since the start of the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestId(u64);

impl RequestId {
    pub(super) fn next() -> Self {
        Self(REQUESTS.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", std::process::id(), self.0)
    }
}
