//! The one bridge from errors to what a client sees: `application/problem+json` (RFC 9457) with a
//! stable code, pointers, and words in the asked language that say what to do next.
//!
//! A handler gives a [`Problem`]; [`super::finish`] writes it out, since only there the request's
//! identifier and language are known.

mod dossier;
mod register;
mod survey;

use crate::client::wire;
use crate::format::envelope::{EnvelopeError, EnvelopeProblem};
use crate::http::no_recipient::no_recipient;
use crate::http::possible::next_moves;
use crate::http::text::{Args, text};
use crate::intake::{MoveError, OfferError, TieError, TieProblem};
use crate::judge::JudgeError;
use crate::lang;
use crate::model::Language;
use crate::model::indication::words;
use crate::register::RegisterError;
use crate::relay::Impossible;
use crate::store::{CommitError, ReadError, VaultError};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

words! {
    /// Every problem by its stable code.
    ProblemCode {
        /// No client certificate.
        CertificateMissing = 1 "not_authenticated",
        /// Not a certificate of the gateway's transport CA.
        CertificateUnknown = 2 "certificate_unknown",
        /// Out of its validity.
        CertificateExpired = 3 "certificate_expired",
        /// Bound to no unit.
        CertificateNotBound = 4 "not_bound",
        /// Its binding has ended, or has not begun.
        BindingEnded = 5 "certificate_revoked",
        /// Nothing there, or nothing for the caller.
        NotFound = 10 "not_found",
        /// The path exists, the method does not.
        MethodNotAllowed = 11 "method_not_allowed",
        /// A body, file or field that is too long.
        TooLarge = 12 "too_large",
        /// The request's head is too long.
        HeadTooLarge = 13 "head_too_large",
        /// Too slow.
        Timeout = 14 "timeout",
        /// Another media type is needed.
        MediaType = 15 "unsupported_media_type",
        /// The files are not kept.
        Gone = 16 "gone",
        /// The document was withdrawn from the caller, or never delivered to it.
        Withdrawn = 19 "withdrawn",
        /// It was erased: by order, or at the end of its term.
        Erased = 34 "erased",
        /// A parameter of the query.
        QueryInvalid = 17 "bad_query",
        /// The JSON body.
        BodyInvalid = 18 "bad_body",
        /// Not a multipart body, or a broken one.
        MultipartInvalid = 20 "bad_multipart",
        /// The body ended early.
        Truncated = 21 "truncated",
        /// The first part is not the envelope.
        EnvelopeMissing = 22 "envelope_missing",
        /// A field of the envelope.
        EnvelopeInvalid = 23 "bad_envelope",
        /// Recipients that nobody knows.
        RecipientUnknown = 24 "unknown_recipient",
        /// The sender among the recipients.
        RecipientIsSender = 25 "recipient_is_sender",
        /// Fewer files than the envelope announces.
        FileMissing = 26 "file_missing",
        /// More parts than the envelope announces.
        PartUnexpected = 27 "part_unexpected",
        /// A file without bytes.
        FileEmpty = 28 "file_empty",
        /// A file above the limit.
        FileTooLarge = 29 "file_too_large",
        /// Not the digest that the part's header states.
        DigestMismatch = 30 "digest_mismatch",
        /// A Content-Digest that cannot be read.
        DigestInvalid = 31 "bad_digest",
        /// An Idempotency-Key that cannot be used.
        KeyInvalid = 32 "bad_key",
        /// The key stands for other content.
        KeyReused = 33 "key_reused",
        /// The move does not follow from the state.
        MoveImpossible = 40 "impossible_move",
        /// A refusal without a reason.
        ReasonRequired = 41 "reason_required",
        /// Not a status.
        StatusUnknown = 42 "unknown_status",
        /// The document is not relayed.
        NotRelayed = 43 "not_relayed",
        /// The document has no dead letter.
        NotDead = 44 "not_dead",
        /// It was sent again as often as is allowed.
        ReplayedTooOften = 45 "replayed_too_often",
        /// The judging queue is full.
        Busy = 50 "busy",
        /// The caller's unit has as much under way as one may have.
        ShareFull = 63 "share_full",
        /// The index is being rebuilt, or the store is opening.
        Rebuilding = 51 "rebuilding",
        /// The store takes no changes.
        Unavailable = 52 "unavailable",
        /// It may have happened.
        OutcomeUnknown = 53 "unknown_outcome",
        /// The disk is full.
        DiskFull = 54 "disk_full",
        /// The clock went back.
        ClockBack = 55 "clock_back",
        /// The document moved too often meanwhile.
        Moved = 56 "moved_meanwhile",
        /// A register that is not read, or with mistakes.
        RegisterInvalid = 80 "bad_register",
        /// A register of those days is there already.
        RegisterCovered = 81 "register_covered",
        /// It was taken back already.
        RegisterUndone = 82 "register_undone",
        /// The finding is closed already.
        FindingClosed = 90 "finding_closed",
        /// A finding is closed only with evidence.
        EvidenceRequired = 91 "evidence_required",
        /// Evidence that is not there.
        EvidenceUnknown = 92 "evidence_unknown",
        /// Nobody sends letters here.
        NoPost = 93 "no_post",
        /// The unit has no contact with an address.
        NoContact = 94 "no_contact",
        /// A letter was not sent.
        NotSent = 95 "not_sent",
        /// What was said of a dossier.
        DossierInvalid = 100 "bad_dossier",
        /// No version of the procedure is in force.
        ProcedureUnknown = 101 "unknown_procedure",
        /// Answers to the survey that are not taken.
        SurveyInvalid = 106 "bad_survey",
        /// A dossier that still lacks something.
        DossierIncomplete = 102 "dossier_incomplete",
        /// A supplement was asked for before.
        GroundRequired = 103 "ground_required",
        /// There was another appointment before.
        RescheduledBefore = 104 "rescheduled_before",
        /// Nothing beyond the published list may be asked for.
        BeyondTheList = 105 "beyond_the_list",
        /// Anything else of ours.
        Internal = 57 "internal",
        /// New rules that are not in order; the old ones stay in force.
        RulesInvalid = 60 "bad_rules",
        /// Erased, and the bytes are still on the medium.
        ErasedNotPurged = 62 "erased_not_purged",
        /// The period, or an answer clock that began in it, still runs.
        PeriodRunning = 70 "period_running",
        /// The period is not closed, so there is nothing to correct.
        PeriodOpen = 71 "period_open",
        /// No figure differs from the statement.
        NothingToCorrect = 72 "nothing_to_correct",
        /// A request that the server does not understand.
        BadRequest = 61 "bad_request",
    }
}

impl ProblemCode {
    /// Its HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::CertificateMissing => StatusCode::UNAUTHORIZED,
            Self::CertificateUnknown
            | Self::CertificateExpired
            | Self::CertificateNotBound
            | Self::BindingEnded => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge | Self::FileTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Gone | Self::Withdrawn | Self::Erased => StatusCode::GONE,
            Self::QueryInvalid
            | Self::BodyInvalid
            | Self::MultipartInvalid
            | Self::Truncated
            | Self::EnvelopeMissing
            | Self::EnvelopeInvalid
            | Self::RecipientUnknown
            | Self::RecipientIsSender
            | Self::FileMissing
            | Self::PartUnexpected
            | Self::FileEmpty
            | Self::DigestMismatch
            | Self::DigestInvalid
            | Self::KeyInvalid
            | Self::ReasonRequired
            | Self::StatusUnknown
            | Self::RegisterInvalid
            | Self::EvidenceRequired
            | Self::EvidenceUnknown
            | Self::DossierInvalid
            | Self::SurveyInvalid
            | Self::ProcedureUnknown
            | Self::BeyondTheList
            | Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::KeyReused
            | Self::MoveImpossible
            | Self::NotRelayed
            | Self::NotDead
            | Self::ReplayedTooOften
            | Self::PeriodRunning
            | Self::PeriodOpen
            | Self::NothingToCorrect
            | Self::RegisterCovered
            | Self::RegisterUndone
            | Self::FindingClosed
            | Self::DossierIncomplete
            | Self::GroundRequired
            | Self::RescheduledBefore
            | Self::NoPost
            | Self::NoContact
            | Self::RulesInvalid => StatusCode::CONFLICT,
            Self::Busy
            | Self::ShareFull
            | Self::Rebuilding
            | Self::Unavailable
            | Self::OutcomeUnknown
            | Self::ClockBack
            | Self::NotSent
            | Self::Moved => StatusCode::SERVICE_UNAVAILABLE,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal | Self::ErasedNotPurged => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// After how many seconds a repeat makes sense.
    fn retry_after(self) -> Option<u32> {
        match self.status() {
            StatusCode::SERVICE_UNAVAILABLE if self == Self::ClockBack => Some(60),
            StatusCode::SERVICE_UNAVAILABLE => Some(1),
            StatusCode::INSUFFICIENT_STORAGE => Some(60),
            _ => None,
        }
    }

    /// What the stack itself answered, as a problem.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let known = [
            Self::CertificateMissing,
            Self::NotFound,
            Self::MethodNotAllowed,
            Self::TooLarge,
            Self::HeadTooLarge,
            Self::Timeout,
            Self::MediaType,
            Self::Unavailable,
        ];
        let found = known.into_iter().find(|code| code.status() == status);
        found.unwrap_or_else(|| {
            if status.is_server_error() {
                Self::Internal
            } else {
                Self::BadRequest
            }
        })
    }
}

#[derive(Clone, Debug)]
struct Field {
    pointer: String,
    key: &'static str,
    args: Args,
}

#[derive(Clone, Debug)]
struct Inner {
    code: ProblemCode,
    fields: Vec<Field>,
    possible: Vec<String>,
    /// What is wrong with a register that was handed in.
    register: Option<RegisterError>,
}

/// Something that went wrong with a request.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

impl Problem {
    /// A problem.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self(Box::new(Inner {
            code,
            fields: Vec::new(),
            possible: Vec::new(),
            register: None,
        }))
    }

    /// With the place that is wrong: a JSON pointer into the envelope or body, a part's name, or a
    /// parameter. `key` names the sentence.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, key: &'static str, args: Args) -> Self {
        self.0.fields.push(Field {
            pointer: pointer.into(),
            key,
            args,
        });
        self
    }

    /// With the moves that are possible.
    #[must_use]
    pub fn possible(mut self, moves: impl IntoIterator<Item = String>) -> Self {
        self.0.possible.extend(moves);
        self
    }

    /// Of a register that is not taken, with every mistake that it tells.
    #[must_use]
    pub fn of_register(error: RegisterError) -> Self {
        let mut problem = Self::new(ProblemCode::RegisterInvalid);
        problem.0.register = Some(error);
        problem
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        self.0.code
    }

    /// As it is sent.
    #[must_use]
    pub fn view(&self, language: Language, request_id: &str) -> wire::Problem {
        let inner = &*self.0;
        let name = inner.code.name();
        let (title, detail) = lang::problem(language, name);
        let detail = next_moves(language, &inner.possible).unwrap_or(detail);
        let (detail, mistakes) = match &inner.register {
            Some(error) => register::said(language, error),
            None => (detail, Vec::new()),
        };
        let field = |f: &Field| wire::ProblemField {
            pointer: f.pointer.clone(),
            detail: match f.key {
                // In the words of the reader of JSON.
                "field-dossier" => dossier::said(language, &f.args),
                "field-survey" => survey::said(language, &f.args),
                "field-shape" => lang::foreign(language, &text(language, f.key, &f.args)),
                key => text(language, key, &f.args),
            },
        };
        wire::Problem {
            kind: "about:blank".to_owned(),
            title,
            status: inner.code.status().as_u16(),
            detail,
            code: name.to_owned(),
            errors: inner.fields.iter().map(field).chain(mistakes).collect(),
            request_id: request_id.to_owned(),
            possible: inner.possible.clone(),
        }
    }

    /// After how many seconds a repeat makes sense.
    pub(super) fn retry_after(&self) -> Option<u32> {
        self.0.code.retry_after()
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<EnvelopeError> for Problem {
    fn from(error: EnvelopeError) -> Self {
        let (key, args): (&'static str, Args) = match error.problem {
            EnvelopeProblem::Shape(words) => ("field-shape", vec![("problem", words)]),
            EnvelopeProblem::TooLong(max) => ("field-too-long", vec![("max", max.to_string())]),
            EnvelopeProblem::Empty => ("field-empty", Args::new()),
            EnvelopeProblem::Invalid(value) => ("field-invalid", vec![("value", value)]),
            EnvelopeProblem::Repeated(value) => ("field-repeated", vec![("value", value)]),
        };
        Self::new(ProblemCode::EnvelopeInvalid).at(error.pointer, key, args)
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Rebuilding => ProblemCode::Rebuilding.into(),
            ReadError::Failed(problem) => {
                tracing::error!(%problem, "reading the store failed");
                ProblemCode::Internal.into()
            }
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Full => ProblemCode::DiskFull.into(),
            VaultError::TooLarge(max) => Self::new(ProblemCode::FileTooLarge).at(
                "",
                "field-max-bytes",
                vec![("max", max.to_string())],
            ),
            VaultError::Failed(problem) => {
                tracing::error!(%problem, "the vault failed");
                ProblemCode::Internal.into()
            }
        }
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            // A clock's own work, which nobody asks for over HTTP; the same again is right later.
            CommitError::Stale | CommitError::Early { .. } => ProblemCode::Moved.into(),
            CommitError::KeyReused(id) => Self::new(ProblemCode::KeyReused).at(
                "Idempotency-Key",
                "field-key-of",
                vec![("document", id.to_string())],
            ),
            CommitError::Full => ProblemCode::DiskFull.into(),
            CommitError::ClockBack { last, now } => Self::new(ProblemCode::ClockBack).at(
                "",
                "field-clock",
                vec![("last", last.to_string()), ("now", now.to_string())],
            ),
            CommitError::TooLong(event) => {
                tracing::error!(event, "a list is too long for the log; nothing was written");
                ProblemCode::Internal.into()
            }
            CommitError::Marked => ProblemCode::Internal.into(),
            CommitError::Unknown => ProblemCode::OutcomeUnknown.into(),
            CommitError::Unavailable(problem) => {
                tracing::warn!(%problem, "the store is not available");
                ProblemCode::Unavailable.into()
            }
        }
    }
}

impl From<JudgeError> for Problem {
    fn from(error: JudgeError) -> Self {
        match error {
            JudgeError::Busy => ProblemCode::Busy.into(),
            JudgeError::Share => ProblemCode::ShareFull.into(),
            JudgeError::Stopped => ProblemCode::Unavailable.into(),
            JudgeError::Changed => {
                tracing::error!("a staged body does not have the digest it arrived with");
                ProblemCode::Internal.into()
            }
        }
    }
}

impl From<OfferError> for Problem {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::UnknownRecipients(all) => {
                let problem = Self::new(ProblemCode::RecipientUnknown);
                all.into_iter().fold(problem, |problem, (i, unit, why)| {
                    let (key, args) = no_recipient(&unit, &why);
                    problem.at(format!("/recipients/{i}/unit"), key, args)
                })
            }
            OfferError::OwnRecipient(i) => Self::new(ProblemCode::RecipientIsSender).at(
                format!("/recipients/{i}/unit"),
                "field-own-recipient",
                Args::new(),
            ),
            OfferError::Ahead(last) => Self::new(ProblemCode::EnvelopeInvalid).at(
                "/promulgated",
                "field-day-ahead",
                vec![("last", last.to_string())],
            ),
            OfferError::Hidden(pointer) => {
                Self::new(ProblemCode::EnvelopeInvalid).at(pointer, "field-hidden", Args::new())
            }
            OfferError::Blank(pointer) => {
                Self::new(ProblemCode::EnvelopeInvalid).at(pointer, "field-empty", Args::new())
            }
            OfferError::TiedTwice(i) => Self::new(ProblemCode::EnvelopeInvalid).at(
                format!("/replaces/{i}"),
                "field-tie-twice",
                Args::new(),
            ),
            OfferError::Tie(e) => tie(e),
            OfferError::Judge(e) => e.into(),
            OfferError::Commit(e) => e.into(),
            OfferError::Read(e) => e.into(),
            OfferError::Vault(e) => e.into(),
            OfferError::Seal(e) => seal(&e),
        }
    }
}

/// A document that an envelope names and may not.
fn tie(error: TieError) -> Problem {
    let key = match error.problem {
        TieProblem::Unknown => "field-tie-unknown",
        TieProblem::NotRelayed => "field-tie-not-relayed",
        TieProblem::Frozen => "field-tie-frozen",
    };
    let args = vec![("value", error.document.to_string())];
    Problem::new(ProblemCode::EnvelopeInvalid).at(error.pointer, key, args)
}

/// The event is committed, its receipt is not signed: a repeat signs it.
pub(super) fn seal(error: &crate::intake::SealError) -> Problem {
    tracing::error!(%error, "a receipt was not signed");
    ProblemCode::OutcomeUnknown.into()
}

impl From<MoveError> for Problem {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::NotFound => ProblemCode::NotFound.into(),
            MoveError::Impossible(Impossible::NotARecipient) => ProblemCode::NotFound.into(),
            MoveError::Impossible(Impossible::NotRelayed | Impossible::NotHeld) => {
                ProblemCode::NotRelayed.into()
            }
            MoveError::Impossible(Impossible::Move { possible, .. }) => {
                let moves = possible.iter().map(|s| s.name().to_owned());
                Self::new(ProblemCode::MoveImpossible).possible(moves)
            }
            MoveError::Impossible(Impossible::Frozen | Impossible::TooOften(_)) => {
                ProblemCode::MoveImpossible.into()
            }
            MoveError::Commit(e) => e.into(),
            MoveError::Read(e) => e.into(),
            MoveError::Vault(e) => e.into(),
            MoveError::Seal(e) => seal(&e),
        }
    }
}

#[cfg(test)]
mod tests;
