//! One offer: idempotency, judgement, commit, receipt.

use super::addressed::{Addressed, NoRecipient, addressed, never};
use super::moves::is_offer;
use super::receipts::ReceiptError;
use super::ties::TieError;
use super::{Intake, SealError, new_id};
use crate::format::envelope::{Envelope, Secrecy};
use crate::judge::{FileInput, Job, JudgeError, Patience};
use crate::model::event::{Countable, FileRef, Judged, Offered};
use crate::model::{
    Digest, Disposition, DocumentId, DocumentKey, Event, Hasher, Indication, LocalDay, Position,
    Reason, ReasonCode, SubIndication, Timestamp, UnitCode, is_blank, is_hidden,
};
use crate::policy::{Rules, refused_for_secrecy};
use crate::register::Folded;
use crate::registry::{UnitKind, Via};
use crate::relay::{DocumentState, TimelineEntry, fold};
use crate::store::{Change, CommitError, Committed, Kept, ReadError, Staged, VaultError};
use crate::telemetry::names;
use bytes::Bytes;
use std::sync::Arc;

/// How often an offer is decided again because the store moved meanwhile.
const ATTEMPTS: u32 = 16;

/// How many days the promulgation may lie ahead of the arrival. A document is sent once it is signed, and may be of the day
/// on which offices open again, after nine days off at Tết, or on which it takes effect; a month is more than either.
const MAX_DAYS_AHEAD: i64 = 31;

/// A complete, staged document.
#[derive(Debug)]
pub struct Offer {
    /// The sending unit, proved by its transport certificate.
    pub sender: UnitCode,
    /// Its envelope, admitted by [`admit`].
    pub envelope: Arc<Envelope>,
    /// The envelope as received.
    pub raw: Bytes,
    /// Its files in the envelope's order; none for secret material.
    pub files: Vec<Staged>,
    /// The caller's idempotency key.
    pub key: Option<String>,
}

impl Offer {
    /// The key by which it is counted.
    fn counted(&self) -> DocumentKey {
        let envelope = &self.envelope;
        DocumentKey::new(
            self.sender.clone(),
            envelope.number.clone(),
            envelope.notation.clone(),
            envelope.promulgated,
        )
    }
}

/// A committed offer with its receipt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The document as offered.
    pub state: DocumentState,
    /// The record that the receipt states.
    pub entry: TimelineEntry,
    /// The receipt.
    pub receipt: Bytes,
    /// The most telling reason with its arguments, where it was judged just now: a refusal always is.
    pub reason: Option<Reason>,
    /// Whether this send had been made before, or was refused before as it is now.
    pub repeated: bool,
    /// An earlier document under the same key of counting.
    pub duplicate_of: Option<DocumentId>,
}

/// Why an offer became no event.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OfferError {
    /// Recipients for whom no unit of today stands, with their places in the envelope.
    #[error("unknown recipients")]
    UnknownRecipients(Vec<(usize, UnitCode, NoRecipient)>),
    /// The sender is among the recipients, at that place.
    #[error("the sender is among the recipients")]
    OwnRecipient(usize),
    /// It is promulgated later than on that day.
    #[error("promulgated after {0}")]
    Ahead(LocalDay),
    /// Characters in the field of that pointer that nobody sees: what is counted and compared by it would not be what
    /// people read.
    #[error("hidden characters at {0}")]
    Hidden(&'static str),
    /// Nothing that anybody can read in the field of that pointer.
    #[error("nothing to read at {0}")]
    Blank(&'static str),
    /// The document that it brings up to date is also one of those that it replaces, at that place.
    #[error("updates and replaces the same document")]
    TiedTwice(usize),
    /// What it says of another document cannot be.
    #[error(transparent)]
    Tie(#[from] TieError),
    /// It was not judged.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// It was not committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A body could not be kept.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The receipt could not be signed; the document was taken in.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<ReceiptError> for OfferError {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::Seal(e) => Self::Seal(e),
            ReceiptError::Read(e) => Self::Read(e),
            ReceiptError::Vault(e) => Self::Vault(e),
        }
    }
}

/// Whether an envelope that arrives `at` may be offered at all; to be asked before its files are read. A document
/// goes to another unit: one sent to oneself would count as exchange and be none. And it is of a day that has come, or
/// is about to: figures go by that day, and one in a year to come would be in none that anybody reads. Codes that ended
/// are left to [`Intake::offer`], which knows whether this send was made in their days.
///
/// # Errors
/// [`OfferError::UnknownRecipients`], [`OfferError::OwnRecipient`], [`OfferError::Ahead`], [`OfferError::Hidden`],
/// [`OfferError::Blank`] or [`OfferError::TiedTwice`].
pub fn admit(
    rules: &Rules,
    sender: &UnitCode,
    envelope: &Envelope,
    at: Timestamp,
) -> Result<(), OfferError> {
    readable(envelope)?;
    let last = at.plus_secs(MAX_DAYS_AHEAD.saturating_mul(86_400));
    let last = last.local_day();
    if envelope.promulgated > last {
        return Err(OfferError::Ahead(last));
    }
    if let Some(i) = envelope.recipients.iter().position(|unit| unit == sender) {
        return Err(OfferError::OwnRecipient(i));
    }
    let unknown = never(&rules.registry, envelope, at.local_day());
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(OfferError::UnknownRecipients(unknown))
    }
}

/// Here and not where envelopes are parsed: those that were taken in before stay what they are.
fn readable(envelope: &Envelope) -> Result<(), OfferError> {
    let key = [
        ("/number", envelope.number.as_str()),
        ("/notation", envelope.notation.as_str()),
    ];
    let hidden = |text: &str| text.chars().any(is_hidden) || is_blank(text);
    if let Some((pointer, _)) = key.into_iter().find(|(_, text)| hidden(text)) {
        return Err(OfferError::Hidden(pointer));
    }
    if is_blank(&envelope.subject) {
        return Err(OfferError::Blank("/subject"));
    }
    let mut replaces = envelope.replaces.iter();
    let twice = replaces.position(|id| envelope.updates == Some(*id));
    twice.map_or(Ok(()), |i| Err(OfferError::TiedTwice(i)))
}

/// The scope of idempotency: SHA-256 over the sending unit and its key (`verdicts.md` §5).
#[must_use]
pub fn request_digest(sender: &UnitCode, key: &str) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(sender.as_str().as_bytes());
    // No unit code holds this byte, so no two pairs are spelt alike.
    hasher.update(&[0]);
    hasher.update(key.as_bytes());
    hasher.finish()
}

struct Decision {
    judged: Judged,
    reason: Reason,
    hold_until: Option<Timestamp>,
    rests_on: Vec<Digest>,
    bodies: Vec<Kept>,
}

impl Intake {
    /// Takes a document in: judges it, commits the decision and signs its receipt. A repeat gives
    /// the earlier facts. Once called it runs to its end even if the caller goes away, so it is to
    /// be awaited from a task that is not cancelled where that matters.
    ///
    /// # Errors
    /// See [`OfferError`].
    pub async fn offer(&self, offer: Offer) -> Result<Outcome, OfferError> {
        let digests: Vec<Digest> = offer.files.iter().map(|f| f.digest).collect();
        let content = offer.envelope.content_digest(&offer.sender, &digests);
        let key = offer.key.as_deref();
        let request = key.map_or(content, |key| request_digest(&offer.sender, key));
        if let Some(earlier) = self.earlier(&request, &content)? {
            return Ok(earlier);
        }
        if offer.envelope.secrecy == Secrecy::None {
            self.ties(&offer.sender, &offer.envelope)??;
        }
        let at = self.tools.clock.now();
        let to = self.to_whom(&offer, at)?;
        let decision = self.decide(&offer, at).await?;
        let counted = self.counted(&offer)?;
        let relays = decision.judged.disposition.relays();
        let envelope = &offer.envelope;
        let held = self.hold_back_named(envelope.updates, &envelope.replaces, &to.recipients);
        let _held = match relays {
            true => held.await?,
            false => Vec::new(),
        };
        for _ in 0..ATTEMPTS {
            let one = self.tools.ledger.one_document(&counted)?;
            let first = one.as_ref().and_then(|one| one.first).map(|(id, _)| id);
            let offered = Offered {
                document: new_id(&self.chance, at),
                sender: offer.sender.clone(),
                key: counted.clone(),
                promulgated: offer.envelope.promulgated,
                first_offer: first.is_none(),
                request,
                content,
                envelope: Digest::of(&offer.raw),
                kept: offer.envelope.secrecy == Secrecy::None,
                files: file_refs(&offer),
                recipients: to.recipients.clone(),
                judged: decision.judged.clone(),
                hold_until: decision.hold_until,
                urgency: offer.envelope.urgency,
                issue_due: Some(self.issue_due(&offer.envelope)),
                due: offer.envelope.due,
                rests_on: decision.rests_on.clone(),
                updates: offer.envelope.updates,
                replaces: offer.envelope.replaces.clone(),
                duplicate_of: self.duplicate(first, &offer.envelope)?,
                countable: countable(&self.rules(), &to, offer.envelope.promulgated),
                paper_follows: offer.envelope.paper_follows,
                in_register: first.is_none() && one.is_some_and(|one| one.entry.is_some()),
                redirected: to.redirected.clone(),
            };
            let mut events = match relays {
                true => self.follow(&offered)?,
                false => Vec::new(),
            };
            let document = offered.document;
            events.insert(0, Event::Offered(Box::new(offered)));
            let change = Change {
                subject: Some((document, Position::START)),
                bodies: decision.bodies.clone(),
                events,
            };
            match self.tools.ledger.commit(change).await {
                Ok(committed) => return self.outcome(&committed, decision.reason),
                Err(CommitError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Stale.into())
    }

    fn to_whom(&self, offer: &Offer, at: Timestamp) -> Result<Addressed, OfferError> {
        let (rules, today) = (self.rules(), at.local_day());
        addressed(&rules.registry, &offer.sender, &offer.envelope, today)
    }

    /// The key by which it is counted: as it is written, or as the register has it that came first.
    fn counted(&self, offer: &Offer) -> Result<DocumentKey, ReadError> {
        let written = offer.counted();
        let ledger = &self.tools.ledger;
        let folded = Folded::new(&written.number, &written.notation).written();
        let Some((number, notation)) = folded else {
            return Ok(written);
        };
        let one_way = DocumentKey {
            number,
            notation,
            ..written.clone()
        };
        let known = ledger.one_document(&written)?.is_some();
        Ok(match !known && ledger.one_document(&one_way)?.is_some() {
            true => one_way,
            false => written,
        })
    }

    fn issue_due(&self, envelope: &Envelope) -> LocalDay {
        let (day, urgency) = (envelope.promulgated, envelope.urgency);
        self.rules().calendar.issue_due(day, urgency)
    }

    /// The earlier outcome of the same request, unless it was a refusal (those do not bind).
    fn earlier(&self, request: &Digest, content: &Digest) -> Result<Option<Outcome>, OfferError> {
        let Some(id) = self.tools.ledger.request(request)? else {
            return Ok(None);
        };
        let Some(state) = self.tools.ledger.document(id)? else {
            return Ok(None);
        };
        if state.judged.disposition == Disposition::Refuse {
            return Ok(None);
        }
        if state.offered.content != *content {
            return Err(CommitError::KeyReused(id).into());
        }
        let Some(entry) = state.timeline.first().cloned() else {
            return Ok(None);
        };
        let state = DocumentState {
            judged: state.offered.judged.clone(),
            ..state
        };
        let receipt = self.served(&state, &entry)?;
        Ok(Some(Outcome {
            duplicate_of: self.same_number(&state)?,
            state,
            entry,
            receipt,
            reason: None,
            repeated: true,
        }))
    }

    async fn decide(&self, offer: &Offer, at: Timestamp) -> Result<Decision, OfferError> {
        let rules = self.rules();
        if offer.envelope.secrecy != Secrecy::None {
            let judgement = refused_for_secrecy(&rules, &offer.envelope.kind);
            return Ok(Decision {
                judged: judgement.judged(None),
                reason: judgement.reason,
                hold_until: None,
                rests_on: Vec::new(),
                bodies: Vec::new(),
            });
        }
        let total = offer
            .files
            .iter()
            .map(|f| f.size)
            .fold(0, u64::saturating_add);
        let mut bodies = vec![self.tools.vault.keep_bytes(offer.raw.clone())];
        let mut rests_on = Vec::new();
        let (judged, reason) = if total > self.tools.inline_judge_bytes {
            not_judged_yet(&rules, &offer.envelope.kind)
        } else {
            let job = Job {
                sender: offer.sender.clone(),
                envelope: Arc::clone(&offer.envelope),
                files: offer.files.iter().map(FileInput::from).collect(),
                arrived: at,
                at,
                hindsight: None,
            };
            let done = self
                .tools
                .judge
                .judge(Arc::clone(&rules), job, Patience::Send)
                .await?;
            rests_on = done.rests_on();
            let report = self.tools.vault.keep_bytes(done.report);
            let judged = done.judgement.judged(Some(report.digest()));
            bodies.push(report);
            bodies.extend(self.keep_evidence(&done.evidence).await?);
            (judged, done.judgement.reason)
        };
        // A refused document is proved by its report and receipt; its files go.
        if judged.disposition != Disposition::Refuse {
            for file in &offer.files {
                bodies.push(self.tools.vault.keep(file).await?);
            }
        }
        let held = judged.disposition == Disposition::Hold;
        Ok(Decision {
            hold_until: held.then(|| at.plus_secs(rules.policy.hold_secs)),
            judged,
            reason,
            rests_on,
            bodies,
        })
    }

    /// An earlier document under the same key that the sender is told of, a refused one too; none that
    /// this one names.
    fn same_number(&self, state: &DocumentState) -> Result<Option<DocumentId>, ReadError> {
        let (first, offered) = (
            self.tools.ledger.first_offer(&state.offered.key)?,
            &state.offered,
        );
        let named = |id: &DocumentId| offered.updates == Some(*id) || offered.replaces.contains(id);
        Ok(first.filter(|id| *id != state.id() && !named(id)))
    }

    /// An earlier document under the same key that both sides are warned of: not one that was refused,
    /// and none that this one names.
    fn duplicate(
        &self,
        first: Option<DocumentId>,
        envelope: &Envelope,
    ) -> Result<Option<DocumentId>, ReadError> {
        let named =
            |id: &DocumentId| envelope.updates == Some(*id) || envelope.replaces.contains(id);
        let Some(first) = first.filter(|id| !named(id)) else {
            return Ok(None);
        };
        let state = self.tools.ledger.document(first)?;
        let stands = state.is_some_and(|s| s.judged.disposition != Disposition::Refuse);
        Ok(stands.then_some(first))
    }

    fn outcome(&self, committed: &Committed, reason: Reason) -> Result<Outcome, OfferError> {
        let unknown = || OfferError::Commit(CommitError::Unknown);
        let record = committed.records.iter().find(|r| is_offer(&r.event));
        let state = record.and_then(|r| fold(None, r)).ok_or_else(unknown)?;
        let entry = state.timeline.first().cloned().ok_or_else(unknown)?;
        let refused = state.judged.disposition == Disposition::Refuse;
        let receipt = if committed.repeated {
            self.served(&state, &entry).map_err(|_| unknown())?
        } else {
            let disposition = state.judged.disposition;
            metrics::counter!(names::OFFERED, "disposition" => disposition.name()).increment(1);
            if disposition == Disposition::Hold {
                self.held.notify_one();
            }
            self.sign(&state, &entry)?
        };
        Ok(Outcome {
            duplicate_of: self.same_number(&state)?,
            state,
            entry,
            receipt,
            // A refusal was judged just now also where it is the one from before.
            reason: (!committed.repeated || refused).then_some(reason),
            repeated: committed.repeated,
        })
    }
}

/// Which recipients count: legal entities of the state. One that the registry calls off the network on the
/// promulgation date is told apart, and no other is (`counting.md` of the design, §1).
fn countable(rules: &Rules, to: &Addressed, promulgated: LocalDay) -> Vec<Countable> {
    let of = |code: &UnitCode| match rules.registry.unit(code) {
        Some(unit) if unit.kind != UnitKind::State => Countable::No,
        Some(unit) if unit.via_on(promulgated) == Via::Paper => Countable::OffNetwork,
        Some(_) => Countable::Yes,
        None => Countable::No,
    };
    to.recipients.iter().map(of).collect()
}

fn file_refs(offer: &Offer) -> Vec<FileRef> {
    let named = offer.envelope.files.iter().zip(&offer.files);
    let refs = named.map(|(entry, staged)| FileRef {
        digest: staged.digest,
        size: staged.size,
        role: entry.role,
    });
    refs.collect()
}

fn not_judged_yet(rules: &Rules, kind: &str) -> (Judged, Reason) {
    let judged = Judged {
        indication: Indication::Indeterminate,
        sub_indication: Some(SubIndication::Generic),
        reason: ReasonCode::NotJudgedYet,
        disposition: Disposition::Hold,
        agency_signed: false,
        person_signed: false,
        policy: rules.policy.demanded(kind),
        rules: rules.digest,
        report: None,
    };
    (judged, ReasonCode::NotJudgedYet.into())
}
