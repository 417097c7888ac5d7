//! The dead-letter desk as it travels over the administrator's socket.

use super::attempt::AttemptView;
use super::wire::ReceiptView;
use serde::{Deserialize, Serialize};

/// The most dead letters that one request acts on: each is a commit of its own, and a request should end
/// within seconds.
pub const MOST_AT_ONCE: usize = 100;

/// A delivery that a clock of the gateway ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeadLetterView {
    /// The document's identifier.
    pub id: String,
    /// The recipient that it did not reach.
    pub recipient: String,
    /// The recipient's name, while it is a unit.
    pub recipient_name: Option<String>,
    /// The sending unit.
    pub sender: String,
    /// Số.
    pub number: String,
    /// Ký hiệu.
    pub notation: String,
    /// Độ khẩn.
    pub urgency: String,
    /// When the clock that ran out had been started.
    pub since: String,
    /// When it ran out.
    pub expired: String,
    /// Which clock: `inbox`, `queue`, `lease`, `push`, `peer` or `axis`.
    pub clock: String,
    /// Why nothing arrived: `not_fetched`, `unreachable`, `not_taken`, `unit_ended` or `gateway_fault`.
    pub cause: String,
    /// Who has to do something about it: `sender`, `recipient`, `gateway` or `network`.
    pub fault: String,
    /// What is safely done next: `call_recipient`, `mend_receiver`, `check_network`, `renew_trust`,
    /// `mend_gateway`, `ask_sender` or `send_elsewhere`.
    pub remedy: String,
    /// The last attempt on record.
    pub attempt: Option<TriedView>,
    /// The attempts on record, oldest first; only where one document is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<TriedView>,
    /// What sending it again would do.
    pub replay: ReplayView,
    /// The same in sentences of the asked language.
    pub said: SaidView,
}

/// An attempt with its time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TriedView {
    /// When it ended.
    pub at: String,
    /// What it was.
    #[serde(flatten)]
    pub attempt: AttemptView,
}

/// What sending a dead letter again would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReplayView {
    /// Whether it can be.
    pub possible: bool,
    /// How documents reach the recipient now: `pull`, `push` or `webhook`; absent: it is no unit any more.
    pub channel: Option<String>,
    /// The recipient's address, where it has one.
    pub address: Option<String>,
    /// The key that a receiver sees, the same as before.
    pub idempotency_key: String,
    /// When its new clock would run out at the soonest, sent again at the moment of the answer.
    pub until: String,
    /// How many times it was sent again before.
    pub replays: usize,
    /// How many times it may still be.
    pub replays_left: usize,
}

/// Sentences about a dead letter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SaidView {
    /// Why nothing arrived, with how the last attempt ended.
    pub cause: String,
    /// Whose fault it is.
    pub fault: String,
    /// What is to be done.
    pub remedy: String,
    /// What sending it again would do.
    pub replay: String,
}

/// One page of the desk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeadLettersView {
    /// The dead letters, in the order in which their documents were offered.
    pub items: Vec<DeadLetterView>,
    /// The cursor of the next page; `null` on the last. A page may be empty and not the last, where few
    /// dead letters are of the unit asked for.
    pub next: Option<String>,
}

/// Dead letters to be sent again, or given up.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLettersRequest {
    /// Which; at most [`MOST_AT_ONCE`].
    pub items: Vec<DeadLetterRef>,
    /// Why; required to give up.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who does it, in words.
    #[serde(default)]
    pub staff: Option<String>,
}

/// The dead letters of a document.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetterRef {
    /// The document's identifier.
    pub id: String,
    /// One recipient; absent: every one that is a dead letter.
    #[serde(default)]
    pub recipient: Option<String>,
}

/// What was done with dead letters: one row each, and one for each that could not be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeadLettersActed {
    /// In the order asked for.
    pub items: Vec<DeadLetterActed>,
}

/// What was done with one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeadLetterActed {
    /// The document's identifier.
    pub id: String,
    /// The recipient; absent where the document has none of that name.
    pub recipient: Option<String>,
    /// The state after it.
    pub state: Option<String>,
    /// The receipt of what was done.
    pub receipt: Option<ReceiptView>,
    /// Whether it had been done before.
    pub repeated: bool,
    /// Why it was not done: the stable code of a problem.
    pub problem: Option<String>,
    /// That problem in the asked language, with what to do.
    pub message: Option<String>,
}
