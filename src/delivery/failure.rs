//! Why a delivery did not come about: with values, a stable name, and whose fault it is.

use crate::fetch::FetchError;
use crate::intake::MoveError;
use crate::model::event::AttemptOutcome;
use crate::store::VaultError;
use std::path::PathBuf;
use std::time::Duration;

/// Why a delivery or a notice failed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failure {
    /// A certificate, a key or a secret of the channel cannot be used.
    #[error("{path}: {problem}")]
    Setup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The address may not be asked, does not resolve, or the connection broke.
    #[error(transparent)]
    Connection(#[from] FetchError),
    /// It did not prove who it is, or did not accept the gateway's certificate.
    #[error("{problem}")]
    Untrusted {
        /// What TLS says.
        problem: String,
    },
    /// It did not take the document fast enough.
    #[error("took only {bytes} bytes within {secs} s")]
    Slow {
        /// How much it took.
        bytes: u64,
        /// In how long.
        secs: u64,
    },
    /// It took everything and said nothing.
    #[error("no answer within {secs} s")]
    Silent {
        /// How long was waited.
        secs: u64,
    },
    /// It answered something other than 2xx.
    #[error("HTTP status {code}")]
    Status {
        /// The status.
        code: u16,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// It said that it had the document before the document had been sent.
    #[error("answered {code} before the document had been sent")]
    Early {
        /// The status.
        code: u16,
    },
    /// A kept body could not be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A body of the document is not kept.
    #[error("the document's content is not kept")]
    Gone,
    /// It has the document, but the log did not take the arrival: it is sent again.
    #[error("the arrival was not recorded: {0}")]
    Unrecorded(MoveError),
    /// The task came to an end that it should not come to.
    #[error("the delivery was interrupted")]
    Interrupted,
}

/// Whose fault it is: what is left alone for a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The recipient's: nothing else would be taken either.
    Recipient,
    /// This document's only.
    Document,
    /// The gateway's own.
    Ours,
}

/// The longest wait that a recipient can ask for.
const MOST_RETRY_AFTER: Duration = Duration::from_secs(3600);

impl Failure {
    /// A status with what it says of the next attempt, in seconds (RFC 9110 §10.2.3).
    pub(super) fn status(code: u16, retry_after: Option<&str>) -> Self {
        let secs = retry_after.and_then(|text| text.trim().parse().ok());
        let retry_after = secs.map(|secs| Duration::from_secs(secs).min(MOST_RETRY_AFTER));
        Self::Status { code, retry_after }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            // Of the answers only these speak of the request that was made; who asks to be asked
            // less, does not know us, or is broken does so whatever is sent.
            Self::Status {
                code: 400 | 409 | 411 | 413 | 414 | 415 | 422,
                ..
            } => Fault::Document,
            Self::Setup { .. }
            | Self::Connection(_)
            | Self::Untrusted { .. }
            | Self::Slow { .. }
            | Self::Silent { .. }
            | Self::Status { .. }
            | Self::Early { .. } => Fault::Recipient,
            Self::Vault(_) | Self::Gone | Self::Unrecorded(_) | Self::Interrupted => Fault::Ours,
        }
    }

    /// Whether the connection broke under a request. On one that was used before this may be but its age: the other
    /// side closes it when it likes.
    pub(super) fn is_broken_connection(&self) -> bool {
        matches!(self, Self::Connection(FetchError::Connection { .. }))
    }

    /// Its stable name: the label of metrics, and the key of its sentence.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Setup { .. } => "setup",
            Self::Connection(e) => match e.code() {
                "unresolved" => "unresolved",
                "connection" => "connection",
                "silent" => "unreachable",
                _ => "address",
            },
            Self::Untrusted { .. } => "untrusted",
            Self::Slow { .. } => "slow",
            Self::Silent { .. } => "silent",
            Self::Status {
                code: 300..=399, ..
            } => "redirect",
            Self::Status { .. } => "status",
            Self::Early { .. } => "early",
            Self::Vault(_) => "vault",
            Self::Gone => "gone",
            Self::Unrecorded(_) => "unrecorded",
            Self::Interrupted => "interrupted",
        }
    }

    /// The value that its sentence shows to senders: nothing that the recipient wrote, no address and
    /// no file is in it.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Slow { bytes, secs } => format!("{bytes} B / {secs} s"),
            Self::Silent { secs } => secs.to_string(),
            Self::Status { code, .. } | Self::Early { code } => code.to_string(),
            Self::Setup { .. }
            | Self::Connection(_)
            | Self::Untrusted { .. }
            | Self::Vault(_)
            | Self::Unrecorded(_)
            | Self::Gone
            | Self::Interrupted => String::new(),
        }
    }

    /// What the log keeps of it: how the attempt ended, and the HTTP status or 0. `None`: nothing of what
    /// keeps the document from its recipient is known by it.
    pub(super) fn on_record(&self) -> Option<(AttemptOutcome, u16)> {
        match self {
            Self::Connection(e) => match e.code() {
                "unresolved" | "connection" | "silent" => Some((AttemptOutcome::Unreachable, 0)),
                _ => Some((AttemptOutcome::NotSent, 0)),
            },
            Self::Untrusted { .. } => Some((AttemptOutcome::NotTrusted, 0)),
            Self::Slow { .. } | Self::Silent { .. } => Some((AttemptOutcome::TimedOut, 0)),
            Self::Status { code, .. } => Some((answered(*code), *code)),
            Self::Early { code } => Some((AttemptOutcome::Malformed, *code)),
            Self::Setup { .. } | Self::Vault(_) | Self::Gone | Self::Interrupted => {
                Some((AttemptOutcome::NotSent, 0))
            }
            // The recipient has it.
            Self::Unrecorded(_) => None,
        }
    }

    /// What the operator is told beside the code.
    #[must_use]
    pub fn detail(&self) -> String {
        self.to_string().chars().take(300).collect()
    }

    /// Every code.
    pub const CODES: [&'static str; 15] = [
        "setup",
        "unresolved",
        "connection",
        "unreachable",
        "address",
        "untrusted",
        "slow",
        "silent",
        "redirect",
        "status",
        "early",
        "vault",
        "gone",
        "unrecorded",
        "interrupted",
    ];
}

/// What a status that is not 2xx says of the attempt (RFC 9110 §15).
fn answered(code: u16) -> AttemptOutcome {
    match code {
        401 | 403 | 407 => AttemptOutcome::NotTrusted,
        408 | 425 | 429 | 500..=599 => AttemptOutcome::Later,
        400..=499 => AttemptOutcome::Never,
        _ => AttemptOutcome::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_sentence_in_both_languages() {
        use crate::model::Language;
        for language in [Language::Vi, Language::En] {
            let recorded = AttemptOutcome::ALL.iter().map(|outcome| outcome.name());
            for code in Failure::CODES.into_iter().chain(recorded) {
                let said = crate::lang::delivery(language, "H53.1", 3, Some((code, "7")), None);
                assert!(!said.contains("delivery-"), "{language}: {said}");
            }
        }
    }

    #[test]
    fn the_log_keeps_what_ended_an_attempt() {
        let refused = FetchError::Address(crate::fetch::AddressError::UserInfo);
        for (failure, kept) in [
            (
                Failure::Silent { secs: 30 },
                Some((AttemptOutcome::TimedOut, 0)),
            ),
            (Failure::Gone, Some((AttemptOutcome::NotSent, 0))),
            (
                Failure::Connection(refused),
                Some((AttemptOutcome::NotSent, 0)),
            ),
            (
                Failure::Connection(FetchError::Silent { secs: 10 }),
                Some((AttemptOutcome::Unreachable, 0)),
            ),
            (
                Failure::Early { code: 200 },
                Some((AttemptOutcome::Malformed, 200)),
            ),
            (
                Failure::status(302, None),
                Some((AttemptOutcome::Malformed, 302)),
            ),
            (
                Failure::status(403, None),
                Some((AttemptOutcome::NotTrusted, 403)),
            ),
            (
                Failure::status(404, None),
                Some((AttemptOutcome::Never, 404)),
            ),
            (
                Failure::status(429, None),
                Some((AttemptOutcome::Later, 429)),
            ),
            (
                Failure::status(500, None),
                Some((AttemptOutcome::Later, 500)),
            ),
            (Failure::Unrecorded(MoveError::NotFound), None),
        ] {
            assert_eq!(failure.on_record(), kept, "{failure}");
        }
    }

    #[test]
    fn a_status_says_whose_fault_it_is_and_how_long_to_wait() {
        for (code, fault) in [
            (302, Fault::Recipient),
            (400, Fault::Document),
            (401, Fault::Recipient),
            (404, Fault::Recipient),
            (413, Fault::Document),
            (422, Fault::Document),
            (429, Fault::Recipient),
            (500, Fault::Recipient),
            (503, Fault::Recipient),
        ] {
            assert_eq!(Failure::status(code, None).fault(), fault, "{code}");
        }
        for (text, secs) in [
            ("120", Some(120)),
            (" 5 ", Some(5)),
            ("999999999", Some(3600)),
            ("-1", None),
            ("Fri, 31 Dec 1999 23:59:59 GMT", None),
        ] {
            let Failure::Status { retry_after, .. } = Failure::status(503, Some(text)) else {
                panic!("not a status");
            };
            assert_eq!(retry_after.map(|d| d.as_secs()), secs, "{text}");
        }
        assert_eq!(Failure::status(302, None).code(), "redirect");
    }
}
