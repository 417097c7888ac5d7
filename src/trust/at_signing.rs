//! What the national circular on software for checking digital signatures asks about each signature:
//! whether its certificate was valid at signing time, with a third answer where that could not be
//! checked, which is a warning and no refusal. It is read from the verdict and decides nothing.

use super::report::{SignatureReport, TimestampReport};
use crate::model::indication::words;
use crate::model::{Indication, SubIndication, Timestamp};

words! {
    /// What is said of the signer's certificate at signing time.
    Standing {
        /// Inside its period, neither revoked nor suspended.
        Valid = 1 "valid",
        /// Outside its period or revoked, and nothing proves the signature to be from before.
        NotValid = 2 "not_valid",
        /// A warning: its status could not be checked.
        Unchecked = 3 "warning",
        /// Not concluded: something else keeps the signature from being judged that far.
        NotConcluded = 4 "not_concluded",
    }
}

words! {
    /// By whose word the signing time is known.
    TimeSource {
        /// A timestamp that passed: the signature is not later.
        Timestamp = 1 "timestamp",
        /// Whoever had it then; it is not later.
        Existed = 2 "existed",
        /// The signer's own word, which proves nothing.
        Claimed = 3 "claimed",
    }
}

/// The lines of the circular that are not in the certificate itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AtSigning {
    /// Whether the certificate was valid.
    pub standing: Standing,
    /// When it was signed, and by whose word; `None`: nobody says.
    pub time: Option<(Timestamp, TimeSource)>,
}

impl AtSigning {
    /// Of one signature; `existed`: since when somebody had it.
    #[must_use]
    pub fn of(report: &SignatureReport, existed: Option<Timestamp>) -> Self {
        let stamped = report
            .timestamps
            .iter()
            .filter_map(TimestampReport::proves)
            .min();
        let by = |source| move |at| (at, source);
        let proved = stamped.map(by(TimeSource::Timestamp)).into_iter();
        let proved = proved.chain(existed.map(by(TimeSource::Existed)));
        let claimed = report.claimed_time.map(by(TimeSource::Claimed));
        Self {
            standing: standing(report),
            time: proved.min_by_key(|(at, _)| *at).or(claimed),
        }
    }
}

fn standing(report: &SignatureReport) -> Standing {
    use SubIndication as S;
    let sub = match (report.verdict.indication(), report.verdict.sub()) {
        (Indication::TotalPassed, _) => return Standing::Valid,
        (_, Some(sub)) => sub,
        (_, None) => return Standing::NotConcluded,
    };
    match sub {
        S::TryLater => Standing::Unchecked,
        S::Revoked
        | S::Expired
        | S::NotYetValid
        | S::RevokedNoPoe
        | S::RevokedCaNoPoe
        | S::OutOfBoundsNoPoe
        | S::OutOfBoundsNotRevoked => Standing::NotValid,
        S::FormatFailure
        | S::HashFailure
        | S::SigCryptoFailure
        | S::SigConstraintsFailure
        | S::ChainConstraintsFailure
        | S::CertificateChainGeneralFailure
        | S::CryptoConstraintsFailure
        | S::PolicyProcessingError
        | S::NoSigningCertificateFound
        | S::NoCertificateChainFound
        | S::CryptoConstraintsFailureNoPoe
        | S::NoPoe
        | S::SignedDataNotFound
        | S::Generic
        | S::TimestampOrderFailure => Standing::NotConcluded,
    }
}
