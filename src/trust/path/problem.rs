//! Why a path does not hold, in the words of EN 319 102-1 §5.2.6, with the certificate at fault and
//! the clause.

use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::Rejection;
use crate::trust::certificate::{Certificate, Defect};
use crate::trust::path::budget::Exhausted;
use crate::trust::verdict::Verdict;

/// How near a failing path is to holding; of several, the nearest tells most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::trust) enum Rank {
    /// Only evidence is missing.
    TryLater,
    /// Revoked.
    Revoked,
    /// Out of its validity.
    OutOfBounds,
    /// Something could not be judged.
    General,
    /// An algorithm.
    Crypto,
    /// A constraint of the path.
    Chain,
    /// No path at all.
    NoPath,
}

/// Why one path does not hold.
#[derive(Clone, Debug)]
pub(in crate::trust) struct Problem {
    pub(in crate::trust) rank: Rank,
    pub(in crate::trust) verdict: Verdict,
}

impl Problem {
    fn new(rank: Rank, sub: SubIndication, reason: Reason) -> Self {
        let verdict = Verdict::indeterminate(sub, reason);
        Self { rank, verdict }
    }

    /// A constraint that the path breaks.
    pub(in crate::trust) fn chain(
        code: ReasonCode,
        at: &Certificate,
        clause: &'static str,
    ) -> Self {
        let sub = SubIndication::ChainConstraintsFailure;
        Self::new(Rank::Chain, sub, about(code, at, clause))
    }

    /// A constraint that the path breaks, with more to say.
    pub(in crate::trust) fn chain_with(
        code: ReasonCode,
        at: &Certificate,
        clause: &'static str,
        what: &str,
    ) -> Self {
        let sub = SubIndication::ChainConstraintsFailure;
        Self::new(Rank::Chain, sub, about(code, at, clause).with("what", what))
    }

    pub(in crate::trust) fn defect(code: ReasonCode, at: &Certificate, defect: &Defect) -> Self {
        Self::chain_with(code, at, defect.clause, &defect.what)
    }

    /// A budget that ended.
    pub(in crate::trust) fn exhausted(what: Exhausted) -> Self {
        let sub = SubIndication::CertificateChainGeneralFailure;
        let reason = Reason::new(ReasonCode::LimitExceeded).with("limit", what.0);
        Self::new(Rank::General, sub, reason)
    }

    /// Something that could not be judged.
    pub(in crate::trust) fn general(code: ReasonCode, at: &Certificate, what: &str) -> Self {
        let sub = SubIndication::CertificateChainGeneralFailure;
        let reason = about(code, at, "EN 319 102-1 §5.2.6").with("what", what);
        Self::new(Rank::General, sub, reason)
    }

    /// EN 319 102-1 §5.2.6.4: out of its validity.
    pub(in crate::trust) fn out_of_bounds(
        code: ReasonCode,
        at: &Certificate,
        moment: Timestamp,
        not_revoked: bool,
    ) -> Self {
        let sub = if not_revoked {
            SubIndication::OutOfBoundsNotRevoked
        } else {
            SubIndication::OutOfBoundsNoPoe
        };
        let reason = about(code, at, "RFC 5280 §6.1.3 (a)(2)").with("moment", moment.to_string());
        Self::new(Rank::OutOfBounds, sub, reason)
    }

    /// A signature of the path whose algorithm does not count.
    pub(in crate::trust) fn rejection(rejection: Rejection, at: &Certificate) -> Self {
        let verdict = rejected(rejection);
        let reason = verdict.reason().clone();
        let reason = reason
            .with("subject", at.subject_text())
            .with("certificate", at.sha256().to_hex())
            .with("clause", "RFC 5280 §6.1.3 (a)(1)");
        // A wrong value on a path says that the path is none, not that the document is forged.
        let sub = match verdict.sub() {
            Some(SubIndication::SigCryptoFailure) | None => {
                SubIndication::CertificateChainGeneralFailure
            }
            Some(sub) => sub,
        };
        Self::new(Rank::Crypto, sub, reason)
    }

    /// An algorithm or key below what is accepted. `ended`: it once was accepted.
    pub(in crate::trust) fn weak(what: &str, ended: Option<Timestamp>, at: &Certificate) -> Self {
        let sub = match ended {
            Some(_) => SubIndication::CryptoConstraintsFailureNoPoe,
            None => SubIndication::CryptoConstraintsFailure,
        };
        let clause = "EN 319 102-1 §5.2.8";
        let reason = about(ReasonCode::AlgorithmNotAccepted, at, clause).with("algorithm", what);
        let reason = match ended {
            Some(moment) => reason.with("moment", moment.to_string()),
            None => reason,
        };
        Self::new(Rank::Crypto, sub, reason)
    }

    /// Revoked or suspended (EN 319 102-1 §5.2.6.4).
    pub(in crate::trust) fn revoked(sub: SubIndication, reason: Reason) -> Self {
        let rank = if sub == SubIndication::TryLater {
            Rank::TryLater
        } else {
            Rank::Revoked
        };
        Self::new(rank, sub, reason)
    }

    /// Fresh evidence could change the answer (EN 319 102-1 §5.2.5).
    pub(in crate::trust) fn try_later(reason: Reason) -> Self {
        Self::new(Rank::TryLater, SubIndication::TryLater, reason)
    }

    /// No path leads to an anchor.
    pub(in crate::trust) fn no_path(signer: &Certificate, issuer: &[u8]) -> Self {
        let sub = SubIndication::NoCertificateChainFound;
        let reason = about(ReasonCode::NoPath, signer, "EN 319 102-1 §5.2.6.4")
            .with("issuer", crate::trust::name::readable(issuer));
        Self::new(Rank::NoPath, sub, reason)
    }
}

/// A reason with the certificate at fault and the clause.
pub(in crate::trust) fn about(code: ReasonCode, at: &Certificate, clause: &'static str) -> Reason {
    Reason::new(code)
        .with("subject", at.subject_text())
        .with("certificate", at.sha256().to_hex())
        .with("clause", clause)
}

/// A signature that does not count because of its value or algorithm.
pub(in crate::trust) fn rejected(rejection: Rejection) -> Verdict {
    match rejection {
        Rejection::Invalid => Verdict::failed(
            SubIndication::SigCryptoFailure,
            ReasonCode::SignatureInvalid,
        ),
        Rejection::NotAccepted(name) => Verdict::indeterminate(
            SubIndication::CryptoConstraintsFailure,
            Reason::new(ReasonCode::AlgorithmNotAccepted).with("algorithm", name),
        ),
        Rejection::NotSupported(name) => Verdict::indeterminate(
            SubIndication::Generic,
            Reason::new(ReasonCode::AlgorithmNotSupported).with("algorithm", name),
        ),
    }
}
