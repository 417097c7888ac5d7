//! Asking a timestamp authority, and what is accepted from it (RFC 3161 §2.4, §2.2): a token that is
//! over what was asked, answers this very request, and holds under the anchors that may prove time.

use super::super::algorithms::DigestAlgorithm;
use super::super::report::TimestampReport;
use super::super::validator::Validator;
use super::super::verdict::Verdict;
use crate::format::asn1::oid;
use crate::format::asn1::read::BerError;
use crate::format::asn1::values::significant;
use crate::format::cms::read::{Tail, parse};
use crate::format::tsp::{TimeStampResp, TstInfo, request};
use crate::model::{Digest, Timestamp};

/// A request for a timestamp over a SHA-256.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// What is stamped.
    imprint: Digest,
    /// Chance that no answer can have been made before (§2.4.1).
    nonce: [u8; 16],
    /// The policy that is demanded, as an object identifier's content octets; `None`: any.
    policy: Option<Vec<u8>>,
}

/// Why an answer is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// Not a TimeStampResp, or its token cannot be read.
    #[error("not a timestamp response: {0}")]
    Malformed(String),
    /// The authority gives no token.
    #[error("the authority refuses: status {status}, failures {failures:?}")]
    Rejected {
        /// PKIStatus.
        status: u32,
        /// The numbers of the bits of PKIFailureInfo.
        failures: Vec<usize>,
    },
    /// Another nonce than was sent, or none: an answer to somebody else, or an old one.
    #[error("the answer is to another request: its nonce is not the one that was sent")]
    OtherNonce,
    /// Over something else than was asked.
    #[error("the token stamps something else than was asked")]
    OtherImprint,
    /// Under another policy than was demanded.
    #[error("the token is under policy {found}, not {wanted}")]
    OtherPolicy {
        /// Which.
        found: String,
        /// Which was demanded.
        wanted: String,
    },
    /// Its time lies before the request, which a token with our nonce cannot.
    #[error("the token says {moment}, which is before it was asked for")]
    BeforeAsked {
        /// genTime.
        moment: Timestamp,
    },
    /// It does not hold under our own anchors.
    #[error("the token does not hold here: {}", told(.0))]
    NotPassed(Verdict),
}

impl Refusal {
    /// Its stable name: the label of metrics, and the key of its sentence.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "not-evidence",
            Self::Rejected { .. } => "rejected",
            Self::OtherNonce => "other-nonce",
            Self::OtherImprint => "other-imprint",
            Self::OtherPolicy { .. } => "other-policy",
            Self::BeforeAsked { .. } => "before-asked",
            Self::NotPassed(_) => "not-trusted",
        }
    }

    /// Every code that is not one of fetching.
    pub const CODES: [&'static str; 6] = [
        "rejected",
        "other-nonce",
        "other-imprint",
        "other-policy",
        "before-asked",
        "not-trusted",
    ];
}

fn told(verdict: &Verdict) -> String {
    let sub = verdict.sub().map_or("", |sub| sub.name());
    let reason = verdict.reason();
    let args = reason
        .args
        .iter()
        .map(|(name, value)| format!("{name} {value}"));
    let args = args.collect::<Vec<_>>().join(", ");
    format!(
        "{} {sub} ({}) {args}",
        verdict.indication().name(),
        reason.code.name()
    )
    .trim_end()
    .to_owned()
}

impl Query {
    /// For a digest, with fresh chance.
    #[must_use]
    pub fn new(imprint: Digest, nonce: [u8; 16], policy: Option<&[u8]>) -> Self {
        Self {
            imprint,
            nonce,
            policy: policy.map(<[u8]>::to_vec),
        }
    }

    /// TimeStampReq, DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let policy = self.policy.as_deref();
        request(oid::SHA256, &self.imprint.0, policy, Some(&self.nonce))
    }

    /// The token in an answer to this request, as far as that can be told without judging it.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn token<'a>(&self, response: &'a [u8]) -> Result<&'a [u8], Refusal> {
        let malformed = |e: BerError| Refusal::Malformed(e.to_string());
        let response = TimeStampResp::read(response).map_err(malformed)?;
        // §2.4.2: "When the status contains the value zero or one, a TimeStampToken MUST be present."
        let token = response.token.ok_or_else(|| Refusal::Rejected {
            status: response.status,
            failures: response.failures().collect(),
        })?;
        let content = tst_info(token).map_err(Refusal::Malformed)?;
        let info = TstInfo::read(&content).map_err(malformed)?;
        // §2.4.2: "It MUST be the same value as the nonce in the TimeStampReq."
        let nonce = info
            .nonce
            .filter(|n| n.first().is_some_and(|first| *first < 0x80));
        if nonce.map(significant) != Some(significant(&self.nonce)) {
            return Err(Refusal::OtherNonce);
        }
        // §2.4.2: "MUST have the same value as the similar field in TimeStampReq".
        if info.imprint.algorithm != oid::SHA256 || info.imprint.digest != self.imprint.0 {
            return Err(Refusal::OtherImprint);
        }
        // §2.4.2: "MUST have the same value as the similar field" where a policy was demanded.
        if let Some(wanted) = &self.policy
            && info.policy != wanted.as_slice()
        {
            return Err(Refusal::OtherPolicy {
                found: oid::dotted(info.policy),
                wanted: oid::dotted(wanted),
            });
        }
        Ok(token)
    }
}

/// When a token that was asked for at `asked` says that what it stamps existed: only if it passed.
///
/// # Errors
/// See [`Refusal`].
pub fn settle(report: &TimestampReport, asked: Timestamp) -> Result<Timestamp, Refusal> {
    let verdict = &report.signature.verdict;
    let (Some(stamp), true) = (&report.stamp, verdict.is_passed()) else {
        return Err(Refusal::NotPassed(verdict.clone()));
    };
    // The nonce shows that it was made after the request; how far clocks may differ is catalogue K6.
    let moment = stamp.gen_time;
    if moment < asked.plus_secs(-super::CLOCK_TOLERANCE_SECS) {
        return Err(Refusal::BeforeAsked { moment });
    }
    Ok(moment)
}

/// What is found about a token over a digest that is known to be its SHA-256.
#[must_use]
pub fn judge_over(
    validator: &Validator,
    token: &[u8],
    imprint: &Digest,
    at: Timestamp,
) -> TimestampReport {
    let stamped =
        |algorithm: DigestAlgorithm| (algorithm.oid() == oid::SHA256).then(|| imprint.0.to_vec());
    validator.judge_timestamp(token, &stamped, at)
}

/// The SHA-256 that a token says it is over; `None` if it is over something else or cannot be read.
#[must_use]
pub fn imprint_of(token: &[u8]) -> Option<Digest> {
    let content = tst_info(token).ok()?;
    let info = TstInfo::read(&content).ok()?;
    let digest = info.imprint.digest.try_into().ok()?;
    (info.imprint.algorithm == oid::SHA256).then_some(Digest(digest))
}

/// The algorithm of the digest that a token is over, where it can be read.
pub(in crate::trust) fn imprint_algorithm(token: &[u8]) -> Option<DigestAlgorithm> {
    let content = tst_info(token).ok()?;
    let info = TstInfo::read(&content).ok()?;
    DigestAlgorithm::from_oid(info.imprint.algorithm).ok()
}

/// The TSTInfo inside a token.
fn tst_info(token: &[u8]) -> Result<Vec<u8>, String> {
    let data = parse(token, Tail::Nothing).map_err(|e| e.to_string())?;
    super::content(&data, token).ok_or_else(|| "no TSTInfo in the token".to_owned())
}
