//! Carries the plans out through the store's writer, in the order of time, with the clock that is handed in: offers,
//! downloads, answers, progress, take-backs and recalls are decided by `relay` and committed as the gateway does it.
//! Only the verdicts are given, since nothing was signed.

use super::DemoError;
use super::agenda::{Act, Agenda};
use super::forms::{envelope, file, identifier, judged};
use super::offices::Office;
use super::plan::Plan;
use crate::format::envelope::Envelope;
use crate::intake::{Intake, Note};
use crate::model::event::{
    Countable, Due, Event, ExpiryCause, ExpiryClock, FileRef, FileRole, Offered, Way,
};
use crate::model::{Digest, DocumentKey, Position, Status, Timestamp, UnitCode, Urgency};
use crate::relay::decide::Withdrawal;
use crate::relay::{Command, DocumentState, decide};
use crate::store::{Change, Kept};

/// Does it.
pub(super) struct Actor<'a> {
    pub(super) intake: &'a Intake,
    pub(super) offices: &'a [Office],
    pub(super) plans: &'a [Plan],
    pub(super) agenda: &'a Agenda,
}

fn failed(e: &dyn std::fmt::Display) -> DemoError {
    DemoError::Year(e.to_string())
}

impl Actor<'_> {
    /// Everything that is to be done at a moment, in rounds: the first step of every document, then the second of those
    /// that have one.
    pub(super) async fn at(&self, now: Timestamp) -> Result<(), DemoError> {
        let Some(all) = self.agenda.0.get(&now) else {
            return Ok(());
        };
        let rounds = all.values().map(Vec::len).max().unwrap_or(0);
        for round in 0..rounds {
            let mut changes = Vec::new();
            for (place, acts) in all {
                if let (Some(plan), Some(act)) = (self.plans.get(*place), acts.get(round)) {
                    changes.push(match act {
                        Act::Offer(nth) => self.offer(*place, plan, *nth)?,
                        Act::Fetch(_)
                        | Act::Answer(_)
                        | Act::Complete(_)
                        | Act::TakeBack(_)
                        | Act::Expire(_)
                        | Act::Recall
                        | Act::Agree(_) => self.step(*place, plan, *act, now)?,
                    });
                }
            }
            self.commit(changes).await?;
        }
        Ok(())
    }

    /// Commits changes of different documents. Only the last one is waited for, so that the writer takes all of them into
    /// one group, which is one wait for the disk; that the others were written is looked up behind it.
    async fn commit(&self, mut changes: Vec<Change>) -> Result<(), DemoError> {
        let ledger = &self.intake.tools().ledger;
        let Some(last) = changes.pop() else {
            return Ok(());
        };
        let subjects: Vec<_> = changes.iter().filter_map(|change| change.subject).collect();
        for change in changes {
            ledger.submit(change);
        }
        ledger.commit(last).await.map_err(|e| failed(&e))?;
        for (id, before) in subjects {
            let state = ledger.document(id).map_err(|e| failed(&e))?;
            if state.is_none_or(|state| state.version <= before) {
                return Err(DemoError::Year(format!("{id} was not moved")));
            }
        }
        Ok(())
    }

    fn office(&self, place: usize) -> Result<&Office, DemoError> {
        let office = self.offices.get(place);
        office.ok_or_else(|| DemoError::Year("no such office".to_owned()))
    }

    fn offer(&self, place: usize, plan: &Plan, nth: usize) -> Result<Change, DemoError> {
        let tools = self.intake.tools();
        let (id, signed) = identifier(place, plan, nth);
        let office = self.office(plan.office)?;
        let raw = envelope(self.offices, plan, office)?;
        let envelope = Envelope::parse(&raw).map_err(|e| failed(&e))?;
        let file = file(plan, office, nth);
        let key = DocumentKey::new(
            office.code.clone(),
            envelope.number.clone(),
            envelope.notation.clone(),
            plan.day,
        );
        let one = tools.ledger.one_document(&key).map_err(|e| failed(&e))?;
        let first = one.as_ref().is_none_or(|one| one.first.is_none());
        let file_digest = Digest::of(&file);
        let content = envelope.content_digest(&office.code, &[file_digest]);
        let calendar = &self.intake.rules().calendar;
        let mut bodies = vec![tools.vault.keep_bytes(raw.clone())];
        let size = u64::try_from(file.len()).unwrap_or(0);
        if signed.passes() {
            bodies.push(tools.vault.keep_bytes(file));
        }
        let offered = Offered {
            document: id,
            sender: office.code.clone(),
            key,
            promulgated: plan.day,
            first_offer: first,
            request: content,
            content,
            envelope: Digest::of(&raw),
            kept: true,
            files: vec![FileRef {
                digest: file_digest,
                size,
                role: FileRole::Main,
            }],
            countable: vec![Countable::Yes; envelope.recipients.len()],
            recipients: envelope.recipients,
            redirected: Vec::new(),
            judged: judged(signed, self.intake.rules().digest),
            hold_until: None,
            urgency: Urgency::Normal,
            issue_due: Some(calendar.issue_due(plan.day, Urgency::Normal)),
            due: envelope.due,
            rests_on: Vec::new(),
            updates: None,
            replaces: Vec::new(),
            duplicate_of: None,
            paper_follows: envelope.paper_follows,
            in_register: first && one.is_some_and(|one| one.entry.is_some()),
        };
        Ok(Change {
            subject: Some((id, Position::START)),
            bodies,
            events: vec![Event::Offered(Box::new(offered))],
        })
    }

    /// A move of a document that was offered.
    fn step(
        &self,
        place: usize,
        plan: &Plan,
        act: Act,
        now: Timestamp,
    ) -> Result<Change, DemoError> {
        let tools = self.intake.tools();
        let offers = plan.sent.as_ref().map_or(0, |sent| sent.offers.len());
        let (id, _) = identifier(place, plan, offers.saturating_sub(1));
        let state = tools.ledger.document(id).map_err(|e| failed(&e))?;
        let state = state.ok_or_else(|| DemoError::Year(format!("{id} is not there")))?;
        let (command, note) = self.command(plan, act, &state, now)?;
        let events = decide(&state, &command).map_err(|e| failed(&e))?;
        Ok(Change {
            subject: Some((id, state.version)),
            bodies: note.into_iter().collect(),
            events,
        })
    }

    fn recipient(&self, plan: &Plan, nth: usize) -> Result<(UnitCode, bool), DemoError> {
        let stop = plan.sent.as_ref().and_then(|sent| sent.stops.get(nth));
        let stop = stop.ok_or_else(|| DemoError::Year("no such recipient".to_owned()))?;
        let accepts = stop.answered.is_none_or(|(_, accepts)| accepts);
        Ok((self.office(stop.office)?.code.clone(), accepts))
    }

    fn command(
        &self,
        plan: &Plan,
        act: Act,
        state: &DocumentState,
        now: Timestamp,
    ) -> Result<(Command, Option<Kept>), DemoError> {
        let calendar = &self.intake.rules().calendar;
        let words = |reason: &str| self.words(reason);
        Ok(match act {
            Act::Fetch(nth) => {
                let due = Due {
                    answer: calendar.answer_due(now),
                    present: calendar.present_due(now, state.offered.urgency),
                    complete: state.offered.due,
                };
                let command = Command::Fetched {
                    recipient: self.recipient(plan, nth)?.0,
                    due,
                    way: Way::Pull,
                };
                (command, None)
            }
            Act::Answer(nth) => {
                let (recipient, accepts) = self.recipient(plan, nth)?;
                match accepts {
                    true => (answer(recipient, Status::Accepted, None), None),
                    false => {
                        let note = words("Không thuộc thẩm quyền (mô phỏng)");
                        let digest = note.as_ref().map(Kept::digest);
                        (answer(recipient, Status::Refused, digest), note)
                    }
                }
            }
            Act::Complete(nth) => {
                let recipient = self.recipient(plan, nth)?.0;
                (answer(recipient, Status::Completed, None), None)
            }
            Act::Agree(nth) => {
                let recipient = self.recipient(plan, nth)?.0;
                (answer(recipient, Status::Agreed, None), None)
            }
            Act::TakeBack(nth) => {
                let note = words("Gửi nhầm nơi nhận (mô phỏng)");
                let recipients = vec![self.recipient(plan, nth)?.0];
                let asked = withdrawal(recipients, None, note.as_ref());
                (Command::TakeBack(asked), note)
            }
            Act::Expire(nth) => {
                let recipient = self.recipient(plan, nth)?.0;
                let since = state.delivery(&recipient).map(|d| d.since);
                let command = Command::Expire {
                    recipient,
                    cause: ExpiryCause::NotFetched,
                    clock: ExpiryClock::Inbox,
                    since: since.unwrap_or(now),
                };
                (command, None)
            }
            Act::Recall => {
                let note = words("Sai số liệu (mô phỏng)");
                let due = Some(calendar.answer_due(now));
                let asked = withdrawal(Vec::new(), due, note.as_ref());
                (Command::Recall(asked), note)
            }
            Act::Offer(_) => return Err(DemoError::Year("offered twice".to_owned())),
        })
    }

    fn words(&self, reason: &str) -> Option<Kept> {
        let note = Note {
            reason: Some(reason.to_owned()),
            staff: Some("Văn thư (mẫu)".to_owned()),
        };
        let bytes = note.to_bytes()?;
        Some(self.intake.tools().vault.keep_bytes(bytes))
    }
}

fn answer(recipient: UnitCode, status: Status, note: Option<Digest>) -> Command {
    Command::Answer {
        recipient,
        status,
        note,
    }
}

fn withdrawal(
    recipients: Vec<UnitCode>,
    due: Option<Timestamp>,
    note: Option<&Kept>,
) -> Withdrawal {
    Withdrawal {
        recipients,
        due,
        note: note.map(Kept::digest),
    }
}
