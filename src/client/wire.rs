//! The JSON shapes of `/v1`. Field names are stable; additions are welcome, renames are not.

use super::attempt::AttemptView;
use super::erase::ErasureView;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A verdict as shown outside.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VerdictView {
    /// `TOTAL-PASSED`, `TOTAL-FAILED` or `INDETERMINATE`.
    pub indication: String,
    /// The sub-indication of EN 319 102-1, unless passed.
    pub sub_indication: Option<String>,
    /// The stable reason code.
    pub reason: String,
    /// One sentence in the asked language, with what to do next.
    pub message: String,
    /// Whether the sender's agency signature is there and valid.
    pub agency_signed: bool,
    /// Whether a person's signature of the sender is there and valid.
    pub person_signed: bool,
    /// The policy applied.
    pub policy: String,
}

/// A signed receipt with the facts needed to list it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ReceiptView {
    /// The log position it states.
    pub position: u64,
    /// The event it proves.
    pub event: String,
    /// When that event was committed.
    pub at: String,
    /// DER of the CMS SignedData, base64.
    pub p7m: String,
}

/// Answer to `POST /v1/documents` (201, 202 and 422 alike).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Submitted {
    /// The document's identifier.
    pub id: String,
    /// `accepted`, `held`, `refused` or `recorded`.
    pub disposition: String,
    /// The verdict.
    pub verdict: VerdictView,
    /// The signed receipt.
    pub receipt: ReceiptView,
    /// Whether this send had been made before: the same document and facts again.
    pub repeated: bool,
    /// Whether the document of that earlier send was withdrawn since at every recipient (taken back, recalled,
    /// replaced, given up): nothing is delivered. Under another key it is a new document.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// An earlier document with the same issuer, number, notation and year, if there is one.
    pub duplicate_of: Option<String>,
    /// Until when a held document waits for evidence.
    pub hold_until: Option<String>,
    /// Recipients whose codes ended, and who stands for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirected: Vec<RedirectedView>,
}

/// A code of a unit that ended with one successor, which gets the document in its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RedirectedView {
    /// The code in the envelope.
    pub written: String,
    /// The unit that it became: the recipient.
    pub to: String,
    /// One sentence in the asked language.
    pub message: String,
}

/// One file of a document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileView {
    /// Its number in the document, from 1: the `n` of `…/files/{n}`.
    pub n: usize,
    /// Its name.
    pub name: String,
    /// `main`, `annex` or `signature`.
    pub role: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Whether it was erased: it is not to be had any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// One recipient of a document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecipientView {
    /// The unit's code.
    pub unit: String,
    /// The codes under which the envelope names it, where they are those of units that ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<String>,
    /// How far it has come (`waiting`, `arrived`, `accepted`, …), or what its sender asked for on top of
    /// that (`take_back_asked`, `recalled`, …); see `docs/moves.md`.
    pub state: String,
    /// When it arrived.
    pub arrived: Option<String>,
    /// When it answered.
    pub answered: Option<String>,
    /// The recipient's reason in its words.
    pub reason: Option<String>,
    /// Who answered there.
    pub staff: Option<String>,
    /// Until when it was to answer, once it arrived there.
    #[serde(default)]
    pub answer_due: Option<String>,
    /// Since when its answer is late, or was when it came.
    #[serde(default)]
    pub late_since: Option<String>,
    /// Until when it was to be presented there to whoever decides who handles it.
    #[serde(default)]
    pub present_due: Option<String>,
    /// Until when it waits there, while it does: then it ends as not delivered.
    #[serde(default)]
    pub waits_until: Option<String>,
    /// How it is being delivered there, while it waits and the recipient does not fetch by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
    /// The last take-back or recall.
    #[serde(default)]
    pub request: Option<RequestView>,
}

/// A delivery that is still to come about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeliveryView {
    /// `push` or `webhook`.
    pub channel: String,
    /// Attempts that failed.
    pub attempts: u32,
    /// The stable code of the last failure, of this document or else of its recipient.
    pub error: Option<String>,
    /// When that was.
    pub failed_at: Option<String>,
    /// When it is tried again; absent: now, or when its turn comes.
    pub next_attempt: Option<String>,
    /// One sentence in the asked language.
    pub message: String,
}

/// A take-back or a recall.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RequestView {
    /// When it was asked.
    pub at: String,
    /// The sender's reason in its words.
    pub reason: Option<String>,
    /// Until when it was to be answered, where an answer is needed.
    pub due: Option<String>,
    /// `agreed` or `declined`; a take-back is also answered by `accepted` or `refused`.
    pub answer: Option<String>,
    /// When it was answered.
    pub answered: Option<String>,
    /// Since when its answer is late, or was when it came.
    pub late_since: Option<String>,
}

/// One record of a document's timeline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TimelineView {
    /// Its place in the log.
    pub position: u64,
    /// When it was committed.
    pub at: String,
    /// The event's stable name.
    pub event: String,
    /// The recipient it is about.
    pub recipient: Option<String>,
    /// What the recipient said.
    #[serde(default)]
    pub status: Option<String>,
    /// The stages that it implies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implied: Vec<String>,
    /// The other document that it speaks of.
    #[serde(default)]
    pub other: Option<String>,
    /// Why nothing was delivered.
    #[serde(default)]
    pub cause: Option<String>,
    /// The reason that was given for it, in words: for the sender and for that recipient.
    #[serde(default)]
    pub reason: Option<String>,
    /// The attempt that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptView>,
}

/// Answer to `GET /v1/documents/{id}`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DocumentView {
    /// Whether nothing of it took place: the history is simulated. Absent: it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The document's identifier.
    pub id: String,
    /// The sending unit.
    pub sender: String,
    /// When it was offered.
    pub offered: String,
    /// The disposition in force.
    pub disposition: String,
    /// The verdict in force.
    pub verdict: VerdictView,
    /// Until when a held document waits.
    pub hold_until: Option<String>,
    /// The last day on which it was sent in time.
    #[serde(default)]
    pub issue_due: Option<String>,
    /// Whether it was sent later.
    #[serde(default)]
    pub issued_late: bool,
    /// The envelope as received; `null` where it is not kept or not for the caller.
    pub envelope: Option<serde_json::Value>,
    /// SHA-256 of the envelope's bytes.
    pub envelope_sha256: String,
    /// Its files.
    pub files: Vec<FileView>,
    /// Its recipients; empty unless it is relayed.
    pub recipients: Vec<RecipientView>,
    /// Recipients whose codes ended, and who stands for them; before it is relayed too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirected: Vec<RedirectedView>,
    /// Its records, oldest first.
    pub timeline: Vec<TimelineView>,
    /// An earlier document under the same number, notation and year of the same agency.
    #[serde(default)]
    pub duplicate_of: Option<String>,
    /// The documents that brought this one up to date, oldest first.
    #[serde(default)]
    pub updated_by: Vec<String>,
    /// The documents that took its place at some of its recipients.
    #[serde(default)]
    pub replaced_by: Vec<String>,
    /// Whether its sender recalled it anywhere: nothing is changed in it any more.
    #[serde(default)]
    pub frozen: bool,
    /// What later put the verdict in force in doubt, oldest first; it stands nevertheless.
    #[serde(default)]
    pub doubts: Vec<DoubtView>,
    /// What of it was erased, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<ErasureView>,
}

/// A verdict given in hindsight: a certificate was revoked before the document arrived.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoubtView {
    /// Its place in the log; `…/report?doubt=` and `…/evidence?doubt=` name it by this.
    pub position: u64,
    /// When it was committed.
    pub at: String,
    /// The place of the record whose verdict it puts in doubt.
    pub doubts: u64,
    /// The verdict in hindsight.
    pub verdict: VerdictView,
    /// SHA-256 of the certificates found revoked.
    pub certificates: Vec<String>,
}

/// One row of `GET /v1/notices`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NoticeView {
    /// Its place in the log: `after` this one come the later ones.
    pub position: u64,
    /// What happened: the event's name (`answered`, `recalled`, `expired`, `doubted`, …), as on timelines.
    pub notice: String,
    /// The document's identifier.
    pub id: String,
    /// The sending unit.
    pub sender: String,
    /// Số.
    pub number: String,
    /// Ký hiệu.
    pub notation: String,
    /// When it was committed.
    pub at: String,
    /// The recipient it is about.
    #[serde(default)]
    pub recipient: Option<String>,
    /// What that recipient answered: `accepted`, `refused`, …
    #[serde(default)]
    pub status: Option<String>,
    /// The reason in the words of whoever made the move.
    #[serde(default)]
    pub reason: Option<String>,
    /// The document that took its place, or brought it up to date.
    #[serde(default)]
    pub other: Option<String>,
    /// Why it was not delivered.
    #[serde(default)]
    pub cause: Option<String>,
    /// How far it has come at that recipient by now; an answer is due where it is `take_back_asked` or
    /// `recalled`.
    #[serde(default)]
    pub state: Option<String>,
    /// Until when that answer is due.
    #[serde(default)]
    pub due: Option<String>,
    /// The verdict in hindsight (`doubted`), or that which ended the hold (`rejudged`).
    #[serde(default)]
    pub verdict: Option<VerdictView>,
    /// SHA-256 of the certificates found revoked.
    pub certificates: Vec<String>,
}

/// One row of an inbox or outbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListItem {
    /// The document's identifier.
    pub id: String,
    /// The sending unit.
    pub sender: String,
    /// When it was committed.
    pub at: String,
    /// Số.
    pub number: String,
    /// Ký hiệu.
    pub notation: String,
    /// Trích yếu.
    pub subject: String,
    /// Độ khẩn.
    pub urgency: String,
    /// Inbox: the caller's own state (`waiting`, `arrived`). Outbox: the disposition.
    pub state: String,
    /// How many files it has.
    pub files: usize,
    /// The recipients (outbox only).
    #[serde(default)]
    pub recipients: Vec<RecipientView>,
    /// Whether a later revocation puts its verdict in doubt.
    #[serde(default)]
    pub doubted: bool,
    /// An earlier document under the same number, notation and year of the same agency.
    #[serde(default)]
    pub duplicate_of: Option<String>,
    /// Until when the caller is to answer, once it arrived there (inbox only).
    #[serde(default)]
    pub answer_due: Option<String>,
    /// Since when the caller's answer is late (inbox only).
    #[serde(default)]
    pub late_since: Option<String>,
    /// Its place in this list: `after` this one come the later rows.
    #[serde(default)]
    pub position: u64,
    /// The place in the log of the last record that changed it.
    #[serde(default)]
    pub version: u64,
}

/// One page of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListView<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// One piece of what a verdict rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EvidenceView {
    /// `certificate`, `crl`, `ocsp`, `timestamp` or `algorithms`.
    pub kind: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its length.
    pub size: u64,
    /// Where it is a trust anchor: of which domains, and how restricted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<EvidenceAnchorView>,
    /// Since when the certificate is distrusted: `always` or a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distrusted: Option<String>,
}

/// What a certificate was trusted for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EvidenceAnchorView {
    /// The trust domain.
    pub domain: String,
    /// Its restrictions, as a file beside it says them.
    pub constraints: String,
}

/// Body of `POST /v1/documents/{id}/answers`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// A code (`03`) or an English name (`accepted`).
    pub status: String,
    /// Why; required for a refusal.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who answers.
    #[serde(default)]
    pub staff: Option<String>,
}

/// Answer to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AnswerView {
    /// The document's identifier.
    pub id: String,
    /// The status in force, by its English name.
    pub status: String,
    /// The receipt of the answer.
    pub receipt: ReceiptView,
    /// Whether the same answer had been given before.
    pub repeated: bool,
}

/// One rate: the figure is its numerator and denominator.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RateView {
    /// How many.
    pub numerator: i64,
    /// Out of how many; `null`: not known, or not for every day.
    pub denominator: Option<i64>,
    /// Tenths of a percent; `null` without a denominator above zero.
    pub per_mille: Option<i64>,
    /// What is known of the denominator: `known`, `partial` or `unknown`; empty from a gateway before this field.
    #[serde(default)]
    pub state: String,
    /// As much of the denominator as is known.
    #[serde(default)]
    pub so_far: i64,
}

/// The figures of one unit.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct UnitRatesView {
    /// The unit's code.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// Its level of administration, if that is known.
    #[serde(default)]
    pub level: Option<String>,
    /// Every measure by its stable name; refusals as `refused.<reason>`.
    pub counts: BTreeMap<String, i64>,
    /// Every rate by its stable name, as `docs/rates.md` lists them.
    pub rates: BTreeMap<String, RateView>,
    /// The days of the period on which the unit existed: so many `register_days` make a whole register.
    #[serde(default)]
    pub days: u32,
}

/// The figures of a unit and all below it, or of all units.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SumView {
    /// The unit's code; `null`: all units.
    pub unit: Option<String>,
    /// Its name.
    pub name: String,
    /// Units that should have a register.
    pub units: u32,
    /// … that have one for every day: only they are in the rates of exchange.
    pub whole: u32,
    /// Every measure by its stable name.
    pub counts: BTreeMap<String, i64>,
    /// Every rate by its stable name.
    pub rates: BTreeMap<String, RateView>,
}

/// Answer to `GET /v1/rates`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RatesView {
    /// Whether nothing of it took place: the history is simulated. Absent: it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The period, `2026-11`.
    pub period: String,
    /// The units by code.
    pub units: Vec<UnitRatesView>,
    /// For each measure and rate what it counts: `documents`, `activity`, `deliveries` or `days`.
    pub counted: BTreeMap<String, String>,
    /// The sums, where they were asked for: of all units first, then of each unit with others below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sums: Vec<SumView>,
    /// The statement of a closed period that these are the figures of; absent: what the counters say now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<super::periods::StatementView>,
}

/// One unit of `GET /v1/units`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UnitView {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `state` or `other`.
    pub kind: String,
    /// The unit above it.
    pub parent: Option<String>,
}

/// A take-back or a recall.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRequest {
    /// Why; never empty.
    #[serde(default)]
    pub reason: Option<String>,
    /// From whom, all or none of them, at least one; absent: from all from whom it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Vec<String>>,
}

/// Answer to a take-back or a recall.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WithdrawView {
    /// The document's identifier.
    pub id: String,
    /// From whom it is withdrawn or asked back.
    pub recipients: Vec<WithdrawnView>,
    /// Whether all of it had been done before.
    pub repeated: bool,
}

/// One recipient of a take-back or a recall.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WithdrawnView {
    /// The unit's code.
    pub unit: String,
    /// The state after it.
    pub state: String,
    /// The receipt.
    pub receipt: ReceiptView,
}

/// One difference found by `recount`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DifferenceView {
    /// The unit's code.
    pub unit: String,
    /// The day.
    pub day: String,
    /// The measure's stable name.
    pub measure: String,
    /// What the counter says.
    pub counted: i64,
    /// What the log says.
    pub recounted: i64,
}

/// Answer to a recount.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecountView {
    /// Records read.
    pub records: u64,
    /// Documents seen.
    pub documents: u64,
    /// Every difference; empty is good.
    pub differences: Vec<DifferenceView>,
}

/// A problem (RFC 9457), as `application/problem+json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank` or a page of the gateway.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is, in the asked language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do next, in the asked language.
    pub detail: String,
    /// The stable code.
    pub code: String,
    /// What is wrong where.
    #[serde(default)]
    pub errors: Vec<ProblemField>,
    /// Under which this request stands in the gateway's log.
    pub request_id: String,
    /// The moves that are possible (409 on an answer).
    #[serde(default)]
    pub possible: Vec<String>,
}

/// One field of a problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProblemField {
    /// JSON pointer into the envelope, or the part's name.
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}
