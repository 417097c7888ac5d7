//! Timestamp tokens (RFC 3161): what they stamp, who made them, and since when a signature is proved
//! to exist because of them (EN 319 102-1 §5.4, §5.5.4).
//!
//! A token is CMS like any other and judged by the same code. Beyond that it stamps exactly what it
//! is shown with, has one signer that names its certificate, and that certificate is for timestamps
//! alone, under an anchor that is allowed to prove time.

mod archive;
mod archive_v2;
mod query;

pub(in crate::trust) use query::imprint_algorithm;
pub use query::{Query, Refusal, imprint_of, judge_over, settle};

use super::algorithms::DigestAlgorithm;
use super::path::{Moments, Purpose, rejected};
use super::report::{Coverage, Integrity, SignatureReport, Stamp, TimestampKind, TimestampReport};
use super::signatures::cms::{self, Digests, Judging, Signs, Task};
use super::supplied::Accompanying;
use super::validator::Validator;
use super::verdict::Verdict;
use crate::format::asn1::oid;
use crate::format::asn1::read::{BerError, Element};
use crate::format::cms::read::{SignedData, SignerInfo, Tail, parse};
use crate::format::limits::{MAX_TIMESTAMPS, MAX_TIMESTAMPS_IN_ALL};
use crate::format::tsp::TstInfo;
use crate::model::digest::to_hex;
use crate::model::{Indication, Reason, ReasonCode, SubIndication, Timestamp};

/// How far a token's time may lie ahead of our clock (attack catalogue K6).
pub const CLOCK_TOLERANCE_SECS: i64 = 300;

/// The digest of what a token is to stamp; `None` where it is not at hand.
pub type Imprint<'a> = &'a dyn Fn(DigestAlgorithm) -> Option<Vec<u8>>;

/// A token to be judged.
pub(in crate::trust) struct Token<'a> {
    pub(in crate::trust) der: &'a [u8],
    pub(in crate::trust) tail: Tail,
    pub(in crate::trust) imprint: Imprint<'a>,
    /// What came with the message around it, in which its authority's chain may be.
    pub(in crate::trust) around: Option<&'a Accompanying<'a>>,
    pub(in crate::trust) at: Timestamp,
    /// When it is proved to have existed by others over it.
    pub(in crate::trust) proved: Option<Timestamp>,
    /// What is wrong with what it is to stamp, whatever the token says.
    pub(in crate::trust) fault: Option<Verdict>,
}

/// The algorithms by which archive timestamps over any signer want the content's digest.
pub(in crate::trust) fn archived_by(data: &SignedData<'_>) -> Vec<DigestAlgorithm> {
    archive::algorithms(data, oid::ARCHIVE_TIMESTAMP_V3)
}

/// The algorithms by which archive timestamps of the older kind stamp the whole message.
pub(in crate::trust) fn archived_whole_by(data: &SignedData<'_>) -> Vec<DigestAlgorithm> {
    archive::algorithms(data, oid::ARCHIVE_TIMESTAMP_V2)
}

/// What a token of a signer is over.
#[derive(Clone, Copy)]
enum Over {
    Value,
    Whole,
    Indexed,
}

/// Judges the tokens of a signer in their order: those over the signature value (RFC 3161 appendix A),
/// then those over it and all that it needs for the long term (ETSI TS 101 733 §6.4.1, EN 319 122-1 §5.5).
pub(in crate::trust) fn over_signature(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
) -> Vec<TimestampReport> {
    let tokens = |kind, over| signer.unsigned_values(kind).map(move |token| (token, over));
    let own = tokens(oid::SIGNATURE_TIMESTAMP, Over::Value);
    let whole = tokens(oid::ARCHIVE_TIMESTAMP_V2, Over::Whole);
    let indexed = tokens(oid::ARCHIVE_TIMESTAMP_V3, Over::Indexed);
    let signers = given.data.signers.len();
    let share = MAX_TIMESTAMPS_IN_ALL.checked_div(signers).unwrap_or(0);
    let most = share.clamp(1, MAX_TIMESTAMPS);
    let all = own.chain(whole).chain(indexed).take(most).zip(1u32..);
    let archive = |report| TimestampReport {
        kind: TimestampKind::Archive,
        ..report
    };
    all.map(|((token, over), number)| {
        let name = number.to_string();
        match over {
            Over::Value => over_value(given, signer, token, name),
            Over::Whole => archive(over_whole(given, signer, token, name)),
            Over::Indexed => archive(over_all(given, signer, token, name)),
        }
    })
    .collect()
}

fn over_whole(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    token: &Element<'_>,
    name: String,
) -> TimestampReport {
    let imprint = |algorithm: DigestAlgorithm| {
        let begun = given.digests.begun(algorithm)?;
        archive_v2::imprint(given.data, signer, token, &begun)
    };
    judge_attribute(given, token, &imprint, None, name)
}

fn over_value(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    token: &Element<'_>,
    name: String,
) -> TimestampReport {
    let imprint = |algorithm: DigestAlgorithm| {
        let digest = algorithm.of(&signer.signature);
        Some(digest.as_ref().to_vec())
    };
    judge_attribute(given, token, &imprint, None, name)
}

fn over_all(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    token: &Element<'_>,
    name: String,
) -> TimestampReport {
    let index = archive::Index::of(token.full);
    let imprint = |algorithm: DigestAlgorithm| {
        let content = given.digests.get(algorithm)?;
        let message = index.as_ref().ok()?.message(given.data, signer, content);
        Some(algorithm.of(&message).as_ref().to_vec())
    };
    let fault = match &index {
        Ok(index) => covered(given, signer, index).err(),
        Err(verdict) => Some(verdict.clone()),
    };
    judge_attribute(given, token, &imprint, fault, name)
}

/// A token that is an attribute of a signer.
fn judge_attribute(
    given: &Judging<'_, '_>,
    token: &Element<'_>,
    imprint: Imprint<'_>,
    fault: Option<Verdict>,
    name: String,
) -> TimestampReport {
    let token = Token {
        der: token.full,
        tail: Tail::Nothing,
        imprint,
        around: Some(given.supplied),
        at: given.at,
        proved: None,
        fault,
    };
    judge(given.validator, &token, name)
}

/// Whether an index counts: by a digest that is accepted today, of what is there.
fn covered(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    index: &archive::Index<'_>,
) -> Result<(), Verdict> {
    let algorithms = given.validator.material().algorithms();
    let usage = Purpose::Timestamping.usage();
    let acceptance = algorithms.judge_digest(usage, index.algorithm(), given.at);
    acceptance.problem().map_or(Ok(()), Err)?;
    index.covers(given.data, signer)
}

/// The earliest moment that a token proves, if it lies before `at`: what was stamped existed then.
pub(in crate::trust) fn earliest(
    timestamps: &[TimestampReport],
    at: Timestamp,
) -> Option<Timestamp> {
    let proved = timestamps.iter().filter_map(TimestampReport::proves);
    proved.min().filter(|moment| *moment < at)
}

/// Adds the timestamps to the report about the signature under them.
pub(in crate::trust) fn join(report: &mut SignatureReport, timestamps: Vec<TimestampReport>) {
    let proved = timestamps.iter().filter_map(TimestampReport::proves).min();
    // EN 319 102-1 §5.2.7 leaves the claimed time to the signer; after the proof it is wrong.
    if proved.is_some_and(|proved| report.claimed_time.is_some_and(|claimed| claimed > proved)) {
        let warning = ReasonCode::ClaimedTimeAfterTimestamp;
        report.warnings.push(warning.into());
    }
    let awaited = timestamps.iter().flat_map(|t| &t.signature.awaited);
    report.awaited.extend(awaited.cloned());
    if !report.verdict.is_passed() {
        let needs = timestamps.iter().flat_map(|t| t.signature.needs.iter());
        report.needs.extend(needs.cloned());
    }
    // What a proof of existence would settle waits for the evidence that the token lacks.
    let open = timestamps.iter().map(|t| &t.signature.verdict);
    let mut open = open.filter(|v| v.sub() == Some(SubIndication::TryLater));
    if lacks_proof(&report.verdict)
        && let Some(open) = open.next()
    {
        report.verdict = open.clone();
    }
    for timestamp in &timestamps {
        report.kept.extend(timestamp.signature.kept.iter().cloned());
    }
    report.timestamps = timestamps;
}

/// Whether a proof of existence could settle it.
pub(in crate::trust) fn lacks_proof(verdict: &Verdict) -> bool {
    matches!(
        verdict.sub(),
        Some(
            SubIndication::RevokedNoPoe
                | SubIndication::RevokedCaNoPoe
                | SubIndication::OutOfBoundsNoPoe
                | SubIndication::OutOfBoundsNotRevoked
                | SubIndication::CryptoConstraintsFailureNoPoe
                | SubIndication::NoPoe
        )
    )
}

/// Judges one token.
pub(in crate::trust) fn judge(
    validator: &Validator,
    token: &Token<'_>,
    name: String,
) -> TimestampReport {
    let data = match parse(token.der, token.tail) {
        Ok(data) => data,
        Err(error) => return unread(name, cms::malformed(&error)),
    };
    let Some(content) = content(&data, token.der) else {
        return unread(name, malformed("content type"));
    };
    // RFC 3161 §2.4.2: no other signature than the authority's.
    let [signer] = data.signers.as_slice() else {
        return unread(name, malformed("one signer"));
    };
    let info = match TstInfo::read(&content) {
        Ok(info) => info,
        Err(error) => return unread(name, not_tst_info(error)),
    };
    let found = Found {
        validator,
        token,
        data: &data,
        digests: &Digests::of(&data, &content),
        signer,
        info: &info,
    };
    found.judge(name)
}

/// The octets of a TSTInfo inside.
fn content(data: &SignedData<'_>, der: &[u8]) -> Option<Vec<u8>> {
    let pieces = data.content.as_ref()?;
    (data.content_type == oid::TST_INFO).then(|| {
        let pieces = pieces.iter().filter_map(|range| der.get(range.clone()));
        pieces.flatten().copied().collect()
    })
}

/// A token that could be read.
struct Found<'a, 'd> {
    validator: &'a Validator,
    token: &'a Token<'a>,
    data: &'a SignedData<'d>,
    digests: &'a Digests,
    signer: &'a SignerInfo<'d>,
    info: &'a TstInfo<'a>,
}

impl Found<'_, '_> {
    fn judge(&self, name: String) -> TimestampReport {
        let mut signature = self.signature(name);
        if let Err(verdict) = self.stamped() {
            if verdict.indication() == Indication::TotalFailed {
                signature.integrity = Integrity::Broken;
            }
            // A signature that fails for good says more than what is open about its content.
            if signature.verdict.indication() != Indication::TotalFailed {
                signature.verdict = verdict;
                signature.needs.clear();
            }
        }
        TimestampReport {
            kind: TimestampKind::Signature,
            stamp: Some(Stamp {
                gen_time: self.info.gen_time,
                accuracy_millis: self.info.accuracy.map(|accuracy| accuracy.millis()),
                policy: oid::dotted(self.info.policy),
                serial: to_hex(self.info.serial),
            }),
            signature,
        }
    }

    /// The authority's signature. Its certificate has to be good when it stamped (RFC 3161 §4).
    fn signature(&self, name: String) -> SignatureReport {
        let (at, made) = (self.token.at, self.info.gen_time);
        let existed = self.existed();
        let supplied = Accompanying::new(cms::supplied(self.data), self.token.around);
        let given = Judging {
            validator: self.validator,
            data: self.data,
            digests: self.digests,
            coverage: Coverage::Encapsulated,
            supplied: &supplied,
            proofs: &[],
            at,
        };
        let task = Task {
            given: &given,
            signs: Signs::Content,
            purpose: Purpose::Timestamping,
            moments: Moments {
                at,
                proven: Some(made).filter(|made| *made < at),
                existed,
            },
        };
        cms::judge_signer(&task, self.signer, name)
    }

    /// Since when it is known to exist, by more than its own word (EN 319 102-1 §5.6.2.3).
    fn existed(&self) -> Option<Timestamp> {
        let at = self.token.at;
        let proved = self.token.proved.filter(|moment| *moment < at);
        self.validator.existed(at).into_iter().chain(proved).min()
    }

    /// Everything about the content.
    fn stamped(&self) -> Result<(), Verdict> {
        if let Some(fault) = &self.token.fault {
            return Err(fault.clone());
        }
        self.imprint()?;
        // §2.4.2: an extension that is critical and not known.
        if let Some(kind) = &self.info.critical {
            let reason = Reason::new(ReasonCode::ExtensionNotProcessed).with("what", kind);
            let sub = SubIndication::SigConstraintsFailure;
            return Err(Verdict::indeterminate(sub, reason));
        }
        // EN 319 102-1 §5.1.3: TIMESTAMP_ORDER_FAILURE.
        let latest = self.token.at.plus_secs(CLOCK_TOLERANCE_SECS);
        if self.info.gen_time > latest {
            let reason = Reason::new(ReasonCode::TimestampFromFuture)
                .with("moment", self.info.gen_time.to_string());
            let sub = SubIndication::TimestampOrderFailure;
            return Err(Verdict::indeterminate(sub, reason));
        }
        Ok(())
    }

    /// §2.4.2: "messageImprint MUST have the same value as the similar field in TimeStampReq".
    fn imprint(&self) -> Result<(), Verdict> {
        let imprint = self.info.imprint;
        let algorithm = DigestAlgorithm::from_oid(imprint.algorithm).map_err(rejected)?;
        let Some(expected) = (self.token.imprint)(algorithm) else {
            let sub = SubIndication::SignedDataNotFound;
            let code = ReasonCode::DetachedContentMissing;
            return Err(Verdict::indeterminate(sub, code));
        };
        if expected != imprint.digest {
            let code = ReasonCode::TimestampOfOther;
            return Err(Verdict::failed(SubIndication::HashFailure, code));
        }
        // Today, or when somebody had it: who can find a second message with this digest can move the
        // token to it.
        let algorithms = self.validator.material().algorithms();
        let usage = Purpose::Timestamping.usage();
        let moment = self.existed().unwrap_or(self.token.at);
        let acceptance = algorithms.judge_digest(usage, algorithm, moment);
        acceptance.problem().map_or(Ok(()), Err)
    }
}

fn malformed(what: &'static str) -> Verdict {
    let reason = Reason::new(ReasonCode::TimestampMalformed).with("what", what);
    Verdict::failed(SubIndication::FormatFailure, reason)
}

fn not_tst_info(error: BerError) -> Verdict {
    let reason = Reason::new(ReasonCode::TimestampMalformed).with("what", error.to_string());
    Verdict::failed(SubIndication::FormatFailure, reason)
}

pub(in crate::trust) fn unread(name: String, verdict: Verdict) -> TimestampReport {
    let integrity = Integrity::unproved(&verdict);
    TimestampReport {
        kind: TimestampKind::Signature,
        stamp: None,
        signature: SignatureReport::bare(name, verdict, integrity, Coverage::Unclear),
    }
}
