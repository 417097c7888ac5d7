//! What the last certificate of a path is for (RFC 5280 §4.2.1.3, §4.2.1.12), and which anchors may
//! vouch for that.

use super::problem::Problem;
use super::validate::Chain;
use crate::model::ReasonCode;
use crate::trust::algorithms::Usage;
use crate::trust::anchor;
use crate::trust::certificate::{
    CLIENT_AUTH, Certificate, DOCUMENT_SIGNING, OCSP_SIGNING, SERVER_AUTH, TIME_STAMPING,
};

/// What the last certificate of a path is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Nothing in particular: the path alone.
    Any,
    /// Signing documents.
    Document,
    /// Signing timestamps (RFC 3161 §2.3).
    Timestamping,
    /// Signing OCSP responses (RFC 6960 §4.2.2.2).
    OcspSigning,
    /// Signing CRLs (RFC 5280 §6.3.3 (f)).
    CrlSigning,
    /// A TLS server.
    Server,
    /// A TLS client.
    Client,
}

impl Purpose {
    /// For which usage the algorithms of the last key are judged.
    pub(in crate::trust) fn usage(self) -> Usage {
        match self {
            Self::Any | Self::Document => Usage::Document,
            Self::Timestamping => Usage::Timestamp,
            Self::OcspSigning => Usage::Ocsp,
            Self::CrlSigning => Usage::Crl,
            Self::Server | Self::Client => Usage::Transport,
        }
    }

    /// Whether nameConstraints that are not critical are processed as if they were. RFC 5280 §4.2.1.10 binds
    /// authorities; what is recognised is processed (§4.2), and for signatures there is no reader whom the flag would
    /// warn. Between peers of a connection, and where only the path is asked about, the letter is kept.
    pub(super) fn takes_optional_names(self) -> bool {
        match self {
            Self::Document | Self::Timestamping | Self::OcspSigning | Self::CrlSigning => true,
            Self::Any | Self::Server | Self::Client => false,
        }
    }
}

/// Whether the operator lets paths for this purpose end at an anchor. CRLs follow the path that they
/// are asked for, so the same anchor was allowed already.
pub(super) fn anchor_allows(purpose: Purpose, allowed: anchor::Purposes) -> bool {
    match purpose {
        Purpose::Document => allowed.documents,
        Purpose::Timestamping => allowed.timestamping,
        Purpose::OcspSigning => allowed.ocsp,
        Purpose::Any | Purpose::CrlSigning | Purpose::Server | Purpose::Client => true,
    }
}

/// Key usage and purposes of the last certificate; an issuer that names purposes limits those below
/// it (every common validator reads §4.2.1.12 so).
pub(super) fn check(purpose: Purpose, chain: &Chain<'_, '_>) -> Result<(), Problem> {
    let wanted = match purpose {
        Purpose::Any | Purpose::CrlSigning => None,
        Purpose::Document => Some(DOCUMENT_SIGNING),
        Purpose::Timestamping => Some(TIME_STAMPING),
        Purpose::OcspSigning => Some(OCSP_SIGNING),
        Purpose::Server => Some(SERVER_AUTH),
        Purpose::Client => Some(CLIENT_AUTH),
    };
    // Issuers of time-stamping units and responders rarely name these purposes, and §4.2.1.12 does
    // not ask them to; only the last certificate is held to them.
    let last_only = matches!(purpose, Purpose::Timestamping | Purpose::OcspSigning);
    let last = chain.last();
    if let Some(wanted) = wanted {
        let narrow = chain.all().find(|certificate| {
            let asked = !last_only || certificate.sha256() == last.sha256();
            asked && !certificate.may_serve(wanted)
        });
        if let Some(at) = narrow {
            let clause = "RFC 5280 §4.2.1.12";
            return Err(Problem::chain(ReasonCode::PurposeNotAllowed, at, clause));
        }
    }
    named_outright(purpose, last)?;
    let clause = "RFC 5280 §4.2.1.3";
    let allowed = match purpose {
        Purpose::Document | Purpose::Timestamping | Purpose::OcspSigning => last.may_sign_content(),
        Purpose::CrlSigning => last.may_sign_crls(),
        Purpose::Any | Purpose::Server | Purpose::Client => true,
    };
    if allowed {
        Ok(())
    } else {
        Err(Problem::chain(ReasonCode::KeyUsage, last, clause))
    }
}

/// The two purposes that a certificate must name: saying nothing is not enough.
fn named_outright(purpose: Purpose, last: &Certificate) -> Result<(), Problem> {
    let purposes = last.extensions.purposes;
    let (named, clause) = match purpose {
        Purpose::Timestamping => (
            purposes.is_some_and(|p| p.is_time_stamping_alone()),
            "RFC 3161 §2.3",
        ),
        Purpose::OcspSigning => (
            purposes.is_some_and(|p| p.name(OCSP_SIGNING)),
            "RFC 6960 §4.2.2.2",
        ),
        Purpose::Any
        | Purpose::Document
        | Purpose::CrlSigning
        | Purpose::Server
        | Purpose::Client => return Ok(()),
    };
    if named {
        Ok(())
    } else {
        Err(Problem::chain(ReasonCode::PurposeNotAllowed, last, clause))
    }
}
