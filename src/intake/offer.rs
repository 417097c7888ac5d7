//! One offer: idempotency, judgement, commit, receipt.

use super::moves::is_offer;
use super::receipts::ReceiptError;
use super::ties::TieError;
use super::{Intake, SealError};
use crate::format::envelope::{Envelope, Secrecy};
use crate::judge::{FileInput, Job, JudgeError, Patience};
use crate::model::event::{FileRef, Judged, Offered};
use crate::model::{
    Digest, Disposition, DocumentId, DocumentKey, Event, Hasher, Indication, Position, Reason,
    ReasonCode, SubIndication, Timestamp, UnitCode,
};
use crate::policy::{Rules, refused_for_secrecy};
use crate::relay::{DocumentState, TimelineEntry, fold};
use crate::store::{Change, CommitError, Committed, Kept, ReadError, Staged, VaultError};
use crate::telemetry::names;
use bytes::Bytes;
use ring::rand::SecureRandom;
use std::sync::Arc;

/// How often an offer is decided again because the store moved meanwhile.
const ATTEMPTS: u32 = 16;

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

/// A committed offer with its receipt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The document as offered.
    pub state: DocumentState,
    /// The record that the receipt states.
    pub entry: TimelineEntry,
    /// The receipt.
    pub receipt: Bytes,
    /// The most telling reason with its arguments, where it was judged just now.
    pub reason: Option<Reason>,
    /// Whether this send had been made before.
    pub repeated: bool,
    /// An earlier document under the same key of counting.
    pub duplicate_of: Option<DocumentId>,
}

/// Why an offer became no event.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OfferError {
    /// Recipients that the registry does not know, with their places in the envelope.
    #[error("unknown recipients")]
    UnknownRecipients(Vec<(usize, UnitCode)>),
    /// The sender is among the recipients, at that place.
    #[error("the sender is among the recipients")]
    OwnRecipient(usize),
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

/// Whether an envelope may be offered at all; to be asked before its files are read. A document
/// goes to another unit: one sent to oneself would count as exchange and be none.
///
/// # Errors
/// [`OfferError::UnknownRecipients`] or [`OfferError::OwnRecipient`].
pub fn admit(rules: &Rules, sender: &UnitCode, envelope: &Envelope) -> Result<(), OfferError> {
    let recipients = || envelope.recipients.iter().enumerate();
    if let Some((i, _)) = recipients().find(|(_, unit)| *unit == sender) {
        return Err(OfferError::OwnRecipient(i));
    }
    let unknown: Vec<(usize, UnitCode)> = recipients()
        .filter(|(_, unit)| rules.registry.unit(unit).is_none())
        .map(|(i, unit)| (i, unit.clone()))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(OfferError::UnknownRecipients(unknown))
    }
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
        let decision = self.decide(&offer, at).await?;
        let counted = DocumentKey::new(
            offer.sender.clone(),
            offer.envelope.number.clone(),
            offer.envelope.notation.clone(),
            offer.envelope.promulgated,
        );
        let (day, urgency) = (offer.envelope.promulgated, offer.envelope.urgency);
        let issue_due = self.rules().calendar.issue_due(day, urgency);
        for _ in 0..ATTEMPTS {
            let first = self.tools.ledger.first_offer(&counted)?;
            let offered = Offered {
                document: self.new_id(at),
                sender: offer.sender.clone(),
                key: counted.clone(),
                promulgated: offer.envelope.promulgated,
                first_offer: first.is_none(),
                request,
                content,
                envelope: Digest::of(&offer.raw),
                kept: offer.envelope.secrecy == Secrecy::None,
                files: file_refs(&offer),
                recipients: offer.envelope.recipients.clone(),
                judged: decision.judged.clone(),
                hold_until: decision.hold_until,
                urgency: offer.envelope.urgency,
                issue_due: Some(issue_due),
                due: offer.envelope.due,
                rests_on: decision.rests_on.clone(),
                updates: offer.envelope.updates,
                replaces: offer.envelope.replaces.clone(),
                duplicate_of: self.duplicate(first, &offer.envelope)?,
            };
            let mut events = if offered.judged.disposition.relays() {
                self.follow(&offered)?
            } else {
                Vec::new()
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

    /// The earlier outcome of the same request, unless it was a refusal (those do not bind).
    fn earlier(&self, request: &Digest, content: &Digest) -> Result<Option<Outcome>, OfferError> {
        let Some(id) = self.tools.ledger.request(request)? else {
            return Ok(None);
        };
        let Some(state) = self.tools.ledger.document(id)? else {
            return Ok(None);
        };
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

    fn new_id(&self, at: Timestamp) -> DocumentId {
        let mut chance = [0u8; 10];
        // The system's generator fails only before the kernel has gathered any chance at boot; the
        // commit's guard then refuses a repeated identifier.
        let _ = self.chance.fill(&mut chance);
        DocumentId::new(at, chance)
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
            reason: (!committed.repeated).then_some(reason),
            repeated: committed.repeated,
        })
    }
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
