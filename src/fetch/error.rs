//! Why something could not be fetched, with values: each becomes a sentence and a next step for the
//! administrator in `lang`, and a label in the metrics.

use crate::model::indication::words;
use crate::model::{HostPort, Timestamp};
use crate::trust::evidence::EvidenceKind;
use std::net::IpAddr;

words! {
    /// Ranges of addresses that are not the public internet.
    Range {
        /// This machine.
        Loopback = 1 "loopback",
        /// RFC 1918, or unique local (RFC 4193).
        Private = 2 "private",
        /// RFC 3927 and fe80::/10; the metadata addresses of clouds.
        LinkLocal = 3 "link-local",
        /// RFC 6598: shared by customers of a carrier.
        CarrierNat = 4 "carrier-nat",
        /// No address at all.
        Unspecified = 5 "unspecified",
        /// For examples in documents.
        Documentation = 6 "documentation",
        /// Many machines.
        Multicast = 7 "multicast",
        /// Set aside by IANA for other purposes.
        Reserved = 8 "reserved",
    }
}

impl Range {
    /// Whether hosts of the own network lie there.
    pub(super) fn is_inside(self) -> bool {
        matches!(self, Self::Loopback | Self::Private | Self::CarrierNat)
    }
}

/// Why an address is not asked; no connection was opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressError {
    /// No URI, too long, or with characters that hide what it is.
    #[error("not a plain URI")]
    Malformed,
    /// Neither http nor https.
    #[error("scheme {scheme}")]
    Scheme {
        /// Which.
        scheme: String,
    },
    /// It carries a name or a password.
    #[error("carries a user name or password")]
    UserInfo,
    /// Below 1024 only 80 and 443 are asked unless listed.
    #[error("port {port}")]
    Port {
        /// Which.
        port: u16,
    },
    /// The operator lists the hosts that may be asked, and this is none of them.
    #[error("{host} is not among the hosts that may be asked")]
    HostNotAllowed {
        /// Which.
        host: String,
    },
    /// It lies, or its name leads, outside the public internet and is not listed.
    #[error("{door} is {address}, which is {range}")]
    NotPublic {
        /// The host and port that would have to be listed.
        door: HostPort,
        /// Where it leads.
        address: IpAddr,
        /// What lies there.
        range: Range,
    },
    /// A redirect to another scheme, host or port.
    #[error("redirects to {to}")]
    Elsewhere {
        /// Where to.
        to: String,
    },
}

/// Why something could not be fetched.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FetchError {
    /// Fetching is switched off: a closed network.
    #[error("fetching is switched off")]
    Closed,
    /// The address may not be asked.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The name does not resolve.
    #[error("{host} does not resolve: {problem}")]
    Unresolved {
        /// The name.
        host: String,
        /// What the system said.
        problem: String,
    },
    /// No connection, or it broke.
    #[error("{door}: {problem}")]
    Connection {
        /// Where.
        door: HostPort,
        /// What happened.
        problem: String,
    },
    /// Nothing came in time.
    #[error("no answer within {secs} s")]
    Silent {
        /// How long was waited.
        secs: u64,
    },
    /// It came so slowly that it holds a place for nothing.
    #[error("only {bytes} bytes within {secs} s")]
    Slow {
        /// How much had come.
        bytes: u64,
        /// In how long.
        secs: u64,
    },
    /// More than is read.
    #[error("longer than {limit} bytes")]
    TooLarge {
        /// How much is read.
        limit: u64,
    },
    /// Not 200.
    #[error("HTTP status {code}")]
    Status {
        /// The status.
        code: u16,
    },
    /// More redirects than are followed.
    #[error("more than {most} redirects")]
    Redirects {
        /// How many are followed.
        most: usize,
    },
    /// A content coding that was not asked for.
    #[error("content coding {coding}")]
    Coding {
        /// Which.
        coding: String,
    },
    /// What came is not what was asked for.
    #[error("not a {}: {found}", expected.name())]
    NotEvidence {
        /// What was asked for.
        expected: EvidenceKind,
        /// What it is instead, or what is wrong with it.
        found: String,
    },
    /// An older list than one already seen of its scope (`verdicts.md` §3).
    #[error("a list of {this_update}, though one of {seen} was seen")]
    Older {
        /// Its thisUpdate.
        this_update: Timestamp,
        /// The newest one's.
        seen: Timestamp,
    },
    /// Not asked: it failed, or had nothing newer, a moment ago.
    #[error("not asked again before {secs} s have passed")]
    BackOff {
        /// In how many seconds it is asked again.
        secs: u64,
    },
    /// Too much is being fetched already.
    #[error("too many fetches at a time")]
    Busy,
    /// It could not be kept.
    #[error("could not be kept: {problem}")]
    NotKept {
        /// What the system said.
        problem: String,
    },
    /// The gateway is stopping.
    #[error("the gateway is stopping")]
    Stopped,
}

impl FetchError {
    /// Its stable name: the label of metrics, and the key of its sentence.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Address(AddressError::Malformed) => "address-malformed",
            Self::Address(AddressError::Scheme { .. }) => "address-scheme",
            Self::Address(AddressError::UserInfo) => "address-user",
            Self::Address(AddressError::Port { .. }) => "address-port",
            Self::Address(AddressError::HostNotAllowed { .. }) => "address-host",
            Self::Address(AddressError::NotPublic { .. }) => "address-private",
            Self::Address(AddressError::Elsewhere { .. }) => "redirect",
            Self::Unresolved { .. } => "unresolved",
            Self::Connection { .. } => "connection",
            Self::Silent { .. } => "silent",
            Self::Slow { .. } => "slow",
            Self::TooLarge { .. } => "too-large",
            Self::Status { .. } => "status",
            Self::Redirects { .. } => "redirects",
            Self::Coding { .. } => "coding",
            Self::NotEvidence { .. } => "not-evidence",
            Self::Older { .. } => "older",
            Self::BackOff { .. } => "back-off",
            Self::Busy => "busy",
            Self::NotKept { .. } => "not-kept",
            Self::Stopped => "stopped",
        }
    }

    /// The value that its sentence shows; empty where it shows none.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Address(AddressError::Scheme { scheme }) => scheme.clone(),
            Self::Address(AddressError::Port { port }) => port.to_string(),
            Self::Address(AddressError::HostNotAllowed { host }) => host.clone(),
            Self::Address(AddressError::NotPublic { door, address, .. }) => {
                format!("{door} ({address})")
            }
            Self::Address(AddressError::Elsewhere { to }) => to.clone(),
            Self::Unresolved { host, .. } => host.clone(),
            Self::Connection { door, problem } => format!("{door}, {problem}"),
            Self::Silent { secs } | Self::BackOff { secs } => secs.to_string(),
            Self::Slow { bytes, secs } => format!("{bytes} B / {secs} s"),
            Self::TooLarge { limit } => limit.to_string(),
            Self::Status { code } => code.to_string(),
            Self::Coding { coding } => coding.clone(),
            Self::NotEvidence { found, .. } => found.clone(),
            Self::Older { this_update, seen } => format!("{this_update} < {seen}"),
            Self::NotKept { problem } => problem.clone(),
            Self::Closed
            | Self::Address(AddressError::Malformed | AddressError::UserInfo)
            | Self::Redirects { .. }
            | Self::Busy
            | Self::Stopped => String::new(),
        }
    }

    /// Every code.
    pub const CODES: [&'static str; 22] = [
        "closed",
        "address-malformed",
        "address-scheme",
        "address-user",
        "address-port",
        "address-host",
        "address-private",
        "redirect",
        "unresolved",
        "connection",
        "silent",
        "slow",
        "too-large",
        "status",
        "redirects",
        "coding",
        "not-evidence",
        "older",
        "back-off",
        "busy",
        "not-kept",
        "stopped",
    ];

    /// Whether the host as a whole is to be left alone for a while: it did not answer at all.
    pub(super) fn is_of_host(&self) -> bool {
        matches!(
            self,
            Self::Unresolved { .. }
                | Self::Connection { .. }
                | Self::Silent { .. }
                | Self::Slow { .. }
        )
    }

    /// Whether nothing was asked, so that nothing is known of the source.
    pub(super) fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Closed | Self::BackOff { .. } | Self::Busy | Self::Stopped
        )
    }
}
