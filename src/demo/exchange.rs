//! The exchange itself: every unit sends and receives at the same time, the held documents are
//! released, and every receipt is verified.

use super::DemoError;
use super::cases::{Case, Intended};
use super::documents::DocumentToSend;
use super::install::{Installation, put};
use super::office::Office;
use super::online::Online;
use super::outcome::{Outcome, Told};
use super::units::UNITS;
use super::world::World;
use crate::clock::{Clock, SystemClock};
use crate::forge::server::Server;
use crate::lang::text;
use crate::model::{Digest, Disposition, DocumentId, Language};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long held documents may take after the CRL was dropped in.
const RELEASE: Duration = Duration::from_secs(30);

/// Everything the tasks share.
#[derive(Debug)]
pub struct Exchange {
    documents: Vec<DocumentToSend>,
    offices: Vec<Office>,
    outcomes: Mutex<Vec<Outcome>>,
    language: Language,
}

/// What came of it all.
#[derive(Debug)]
pub struct Finished {
    /// One per document.
    pub outcomes: Vec<Outcome>,
    /// How many were on hold when the fresh CRL was dropped in.
    pub released: usize,
    /// Where it is, below `certs/`.
    pub fresh_crl: String,
    /// Deliveries answered.
    pub deliveries: usize,
    /// Receipts that verified.
    pub receipts: usize,
    /// Receipts there were or should have been.
    pub receipts_due: usize,
}

impl Exchange {
    /// One office per unit of the demo.
    ///
    /// # Errors
    /// [`DemoError`] if a profile cannot be used.
    pub fn new(
        at: &Installation,
        documents: Vec<DocumentToSend>,
        language: Language,
    ) -> Result<Arc<Self>, DemoError> {
        let offices: Result<Vec<Office>, DemoError> = UNITS
            .iter()
            .map(|u| Office::open(at, u.code, language))
            .collect();
        let outcomes = vec![Outcome::default(); documents.len()];
        Ok(Arc::new(Self {
            documents,
            offices: offices?,
            outcomes: Mutex::new(outcomes),
            language,
        }))
    }

    /// The documents.
    #[must_use]
    pub fn documents(&self) -> &[DocumentToSend] {
        &self.documents
    }

    /// The first unit's office.
    #[must_use]
    pub fn office(&self) -> Option<&Office> {
        self.offices.first()
    }

    /// The office of the unit at `place`.
    #[must_use]
    pub fn office_at(&self, place: usize) -> Option<&Office> {
        self.offices.get(place)
    }

    /// The accepted documents of the unit at `place`.
    #[must_use]
    pub fn accepted_of(&self, place: usize) -> BTreeSet<String> {
        let outcomes = self.locked();
        let own = self.of_sender(place).filter_map(|(i, _)| outcomes.get(i));
        let accepted = own.filter(|o| o.last == Disposition::Accept.name());
        accepted.map(|o| o.id.clone()).collect()
    }

    /// Runs it.
    ///
    /// # Errors
    /// [`DemoError`] if the CRL cannot be written.
    pub async fn run(
        self: &Arc<Self>,
        world: &World,
        at: &Installation,
        server: &Server,
    ) -> Result<Finished, DemoError> {
        let (done, waiting) = watch::channel(false);
        let mut recipients = JoinSet::new();
        let mut senders = JoinSet::new();
        for unit in 0..self.offices.len() {
            recipients.spawn(Self::receive(Arc::clone(self), unit, waiting.clone()));
            senders.spawn(Self::send(Arc::clone(self), unit));
        }
        let sent = async {
            senders.join_all().await;
            Online::speak(server);
        };
        let (fresh, ()) = tokio::join!(self.fresh_crl(world, at), sent);
        let fresh = fresh?;
        let held = self.held();
        self.released(&held).await;
        let _ = done.send(true);
        let deliveries = recipients.join_all().await.into_iter().sum();
        self.look_back().await;
        let outcomes = self.locked().clone();
        let receipts_due: usize = self.documents.iter().map(DocumentToSend::receipts).sum();
        let receipts = outcomes.iter().map(|o| o.receipts).sum();
        Ok(Finished {
            outcomes,
            released: held.len(),
            fresh_crl: fresh,
            deliveries,
            receipts,
            receipts_due,
        })
    }

    /// Drops a fresh CRL in once every document that waits for it is on hold; where.
    async fn fresh_crl(&self, world: &World, at: &Installation) -> Result<String, DemoError> {
        let until = Instant::now().checked_add(RELEASE);
        while self.late_on_its_way() && until.is_some_and(|until| Instant::now() < until) {
            sleep(Duration::from_millis(20)).await;
        }
        let fresh = world.fresh_crl(SystemClock.now())?;
        put(&at.certs().join(&fresh.path), &fresh.bytes)?;
        Ok(fresh.path)
    }

    /// Whether the first answer about a document with a late list is still due.
    fn late_on_its_way(&self) -> bool {
        let outcomes = self.locked();
        let mut both = self.documents.iter().zip(outcomes.iter());
        both.any(|(d, o)| d.case == Case::Late && o.first.is_empty() && o.problems.is_empty())
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Outcome>> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, index: usize, write: impl FnOnce(&mut Outcome)) {
        if let Some(outcome) = self.locked().get_mut(index) {
            write(outcome);
        }
    }

    fn wrong(&self, index: usize, problem: impl ToString) {
        let problem = problem.to_string();
        self.note(index, |o| o.problems.push(problem));
    }

    fn of_sender(&self, unit: usize) -> impl Iterator<Item = (usize, &DocumentToSend)> {
        self.documents
            .iter()
            .enumerate()
            .filter(move |(_, d)| d.sender == unit)
    }

    async fn send(self: Arc<Self>, unit: usize) {
        let Some(office) = self.offices.get(unit) else {
            return;
        };
        for (index, document) in self.of_sender(unit) {
            let file = |f: &super::documents::FileToSend| {
                (f.name.clone(), bytes::Bytes::from(f.bytes.clone()))
            };
            let files: Vec<_> = document.files.iter().map(file).collect();
            let sent = match office.send(&document.envelope, &files).await {
                Ok(sent) => sent.submitted,
                Err(e) => {
                    self.wrong(index, e);
                    continue;
                }
            };
            let digests = document.digests();
            let envelope = Digest::of(&document.envelope);
            let checked = office.verified_for(&sent.receipt, &sent.id, envelope, &digests);
            if let Err(e) = checked {
                self.wrong(index, e);
            }
            self.note(index, |o| {
                o.id = sent.id;
                o.first = sent.disposition.clone();
                o.last = sent.disposition;
                o.person = sent.verdict.person_signed;
                o.told = Told::of(sent.verdict);
                o.first_told = o.told.clone();
            });
        }
    }

    /// The places of the documents on hold that something will release.
    fn held(&self) -> Vec<usize> {
        let outcomes = self.locked();
        let stays = |d: &DocumentToSend| matches!(d.case.intended(), Intended::Held(..));
        let both = self.documents.iter().zip(outcomes.iter()).enumerate();
        let held = both.filter(|(_, (d, o))| o.first == Disposition::Hold.name() && !stays(d));
        held.map(|(i, _)| i).collect()
    }

    /// Waits until every held document is decided.
    async fn released(&self, held: &[usize]) {
        let until = Instant::now().checked_add(RELEASE);
        for index in held {
            while until.is_some_and(|until| Instant::now() < until) {
                match self.look(*index).await {
                    Ok(last) if last == Disposition::Hold.name() => {}
                    Ok(_) => break,
                    Err(e) => {
                        self.wrong(*index, e);
                        break;
                    }
                }
                sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// The sender looks at its document: the disposition in force, and the recipients' states.
    async fn look(&self, index: usize) -> Result<String, String> {
        let id = self
            .locked()
            .get(index)
            .map(|o| o.id.clone())
            .unwrap_or_default();
        let office = self
            .documents
            .get(index)
            .and_then(|d| self.offices.get(d.sender));
        let (Some(office), Some(id)) = (office, DocumentId::parse(&id)) else {
            return Err("never sent".into());
        };
        let view = office
            .client
            .document(id)
            .await
            .map_err(|e| e.to_string())?;
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        for recipient in &view.recipients {
            let count = states.entry(recipient.state.clone()).or_default();
            *count = count.saturating_add(1);
        }
        let last = view.disposition.clone();
        self.note(index, |o| {
            o.last = view.disposition;
            o.person = view.verdict.person_signed;
            o.told = Told::of(view.verdict);
            o.states = states;
        });
        Ok(last)
    }

    async fn receive(self: Arc<Self>, unit: usize, mut done: watch::Receiver<bool>) -> usize {
        let Some(office) = self.offices.get(unit) else {
            return 0;
        };
        let mut seen = BTreeSet::new();
        let mut answered = 0_usize;
        loop {
            let last_round = *done.borrow();
            let wait = u64::from(!last_round);
            let page = tokio::select! {
                page = office.client.inbox(None, 100, wait) => page,
                // The end of the exchange interrupts a long-poll.
                Ok(()) = done.changed(), if !last_round => continue,
            };
            let Ok(page) = page else {
                sleep(Duration::from_millis(200)).await;
                if last_round {
                    return answered;
                }
                continue;
            };
            let fresh: Vec<_> = page
                .items
                .iter()
                .filter(|i| seen.insert(i.id.clone()))
                .collect();
            if fresh.is_empty() && last_round {
                return answered;
            }
            if fresh.is_empty() && !page.items.is_empty() {
                // Something could not be answered and stays; do not ask without pause.
                sleep(Duration::from_millis(200)).await;
            }
            for item in fresh {
                answered = answered.saturating_add(usize::from(self.take_in(office, item).await));
            }
        }
    }

    async fn take_in(&self, office: &Office, item: &crate::client::wire::ListItem) -> bool {
        let code = format!("{}/{}", item.number, item.notation);
        let known = self.documents.iter().position(|d| {
            d.code == code && UNITS.get(d.sender).is_some_and(|u| u.code == item.sender)
        });
        let Some(index) = known else { return false };
        let refused = self.documents.get(index).is_some_and(|d| d.to_be_refused);
        let reason = text(self.language, "demo-reason-returned", &[]);
        match office
            .take_in(item, refused.then_some(reason.as_str()))
            .await
        {
            Ok(received) => {
                for problem in received.problems {
                    self.wrong(index, problem);
                }
                true
            }
            Err(e) => {
                self.wrong(index, format!("{}: {e}", office.unit));
                false
            }
        }
    }

    /// In the end every sender looks at its documents and verifies every receipt.
    async fn look_back(&self) {
        for (index, document) in self.documents.iter().enumerate() {
            if let Err(e) = self.look(index).await {
                self.wrong(index, e);
                continue;
            }
            let id = self
                .locked()
                .get(index)
                .and_then(|o| DocumentId::parse(&o.id));
            let (Some(id), Some(office)) = (id, self.offices.get(document.sender)) else {
                continue;
            };
            let receipts = match office.client.receipts(id).await {
                Ok(receipts) => receipts,
                Err(e) => {
                    self.wrong(index, e);
                    continue;
                }
            };
            let digests = document.digests();
            let envelope = Digest::of(&document.envelope);
            for view in &receipts {
                match office.verified_for(view, &id.to_string(), envelope, &digests) {
                    Ok(_) => self.note(index, |o| o.receipts = o.receipts.saturating_add(1)),
                    Err(e) => self.wrong(index, e),
                }
            }
            let held_first = matches!(document.case.intended(), Intended::HeldThenAccepted(_));
            let rejudged = receipts.iter().any(|r| r.event == "rejudged");
            if held_first != rejudged {
                self.wrong(index, "the receipts do not show what was intended");
            }
        }
    }
}
