//! Random histories: close, go on, correct. What was stated never changes, and the exported events bear every
//! statement out; anything left out, altered, put elsewhere or cut off is told.

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::intake::{Sealer, Tools};
use crate::judge::Judge;
use crate::keys::{Authority, ReceiptKey, Validity, issue};
use crate::model::event::{Countable, Due, FileRef, FileRole, Judged, Offered, Policy, Way};
use crate::model::{
    CodeNotation, CodeNumber, Disposition, DocumentKey, Indication, LocalDay, ReasonCode, Status,
    SubIndication, Urgency,
};
use crate::policy::{PolicySettings, Rules};
use crate::rates::recount::Recount;
use crate::registry::Registry;
use crate::relay::decide::Withdrawal;
use crate::relay::{Command, decide};
use crate::seal::audit::{Audit, AuditError, Audited};
use crate::seal::receipt::Receipt;
use crate::seal::{Sealed, verify_sealed};
use crate::store::Ledger;
use crate::store::exported::{self, Exported, ExportedError};
use crate::store::memory::MemoryStore;
use crate::trust::certificate::Certificate;
use crate::trust::material::{Material, MaterialInput};
use crate::trust::validator::Validator;
use arc_swap::ArcSwap;
use tokio_util::task::TaskTracker;

struct Key(ReceiptKey);

impl Sealer for Key {
    fn seal(&self, _receipt: &Receipt, _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("no receipts here".into()))
    }

    fn seal_statement(&self, statement: &[u8], at: Timestamp) -> Result<Vec<u8>, SealError> {
        self.0
            .seal(statement, at)
            .map_err(|e| SealError(e.to_string()))
    }

    fn sign_list(&self, _list: &[u8], _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("no lists here".into()))
    }
}

struct World {
    clock: Arc<ManualClock>,
    intake: Intake,
    ca: Certificate,
    chance: u64,
    documents: u64,
}

const UNITS: [&str; 3] = ["H53.1", "H53.2", "H53.3"];

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("{text}+07:00")).expect("time")
}

fn month() -> Period {
    Period::parse("2026-11").expect("period")
}

fn unit(n: u64) -> UnitCode {
    UnitCode::parse(UNITS[usize::try_from(n % 3).expect("small")]).expect("code")
}

impl World {
    fn new(seed: u64) -> Self {
        let start = at("2026-11-02T08:00:00");
        let clock = Arc::new(ManualClock::new(start));
        let years = Validity::years(start, 5);
        let ca = issue::create_receipt_ca("Trục mẫu", years).expect("ca");
        let issuer = Authority::new(&ca).expect("ca");
        let own = issue::issue_receipt(&issuer, "Trục mẫu", years).expect("receipt key");
        let key = ReceiptKey::from_issued(&own).expect("key");
        let store = MemoryStore::new(Arc::<ManualClock>::clone(&clock));
        let material = Material::new(MaterialInput::default()).expect("material");
        let validator = Arc::new(Validator::new(Arc::new(material)));
        let registry = Arc::new(Registry::default());
        let rules = Rules::new(validator, registry, PolicySettings::default());
        let tools = Tools {
            ledger: store.clone(),
            vault: store,
            judge: Arc::new(Judge::new(1, 1 << 20)),
            rules: Arc::new(ArcSwap::from_pointee(rules)),
            procedures: Arc::default(),
            dossier_rules: Arc::default(),
            clock: Arc::<ManualClock>::clone(&clock),
            sealer: Arc::new(Key(key)),
            gateway: "Trục mẫu".into(),
            inline_judge_bytes: 1 << 20,
            tasks: TaskTracker::new(),
        };
        Self {
            clock,
            intake: Intake::new(tools),
            ca: Certificate::parse(&ca.certificate_der).expect("ca"),
            chance: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            documents: 0,
        }
    }

    /// Xorshift: below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance % n
    }

    fn ledger(&self) -> &dyn Ledger {
        &*self.intake.tools().ledger
    }

    async fn commit(&self, id: DocumentId, version: Position, events: Vec<Event>) {
        let change = Change {
            subject: Some((id, version)),
            bodies: Vec::new(),
            events,
        };
        self.ledger().commit(change).await.expect("committed");
    }

    /// Something happens: an offer, of this month or the one before or behind, or a move.
    async fn step(&mut self) {
        let minutes = i64::try_from(self.below(600)).expect("small");
        self.clock.set(self.clock.now().plus_secs(minutes * 60));
        if self.documents == 0 || self.below(3) == 0 {
            return self.offer().await;
        }
        let n = 1 + self.below(self.documents);
        let state = self
            .ledger()
            .document(id(n))
            .expect("read")
            .expect("document");
        let command = if state.judged.disposition == Disposition::Hold {
            Command::Rejudge {
                judged: judged(Disposition::Accept),
                rests_on: Vec::new(),
            }
        } else {
            let recipients = state.deliveries.len().max(1);
            let n = self.below(u64::try_from(recipients).expect("small"));
            let delivery = state.deliveries.get(usize::try_from(n).expect("small"));
            let Some(recipient) = delivery.map(|d| d.recipient.clone()) else {
                return;
            };
            self.command(recipient)
        };
        if let Ok(events) = decide(&state, &command)
            && !events.is_empty()
        {
            self.commit(state.id(), state.version, events).await;
        }
    }

    fn command(&mut self, recipient: UnitCode) -> Command {
        let due = self.clock.now().plus_secs(86_400);
        match self.below(6) {
            0 | 1 => Command::Fetched {
                recipient,
                due: Due {
                    answer: due,
                    present: due,
                    complete: None,
                },
                way: Way::Pull,
            },
            2 => Command::Recall(Withdrawal {
                recipients: Vec::new(),
                due: None,
                note: None,
            }),
            n => Command::Answer {
                recipient,
                status: if n == 3 {
                    Status::Refused
                } else {
                    Status::Accepted
                },
                note: None,
            },
        }
    }

    async fn offer(&mut self) {
        self.documents += 1;
        let n = self.documents;
        let back = i32::try_from(self.below(20)).expect("small");
        let today = self.clock.now().local_day();
        let promulgated = LocalDay::from_number(today.number() - back).expect("a day");
        let dispositions = [Disposition::Accept, Disposition::Hold, Disposition::Refuse];
        let disposition = dispositions[usize::try_from(self.below(3)).expect("small")];
        let sender = unit(n);
        let event = Offered {
            document: id(n),
            sender: sender.clone(),
            key: DocumentKey::new(
                sender,
                CodeNumber::parse(&n.to_string()).expect("number"),
                CodeNotation::parse("VP").expect("notation"),
                promulgated,
            ),
            promulgated,
            first_offer: true,
            request: Digest::of(&n.to_be_bytes()),
            content: Digest::of(&n.to_le_bytes()),
            envelope: Digest::ZERO,
            kept: false,
            files: vec![FileRef {
                digest: Digest::ZERO,
                size: 1,
                role: FileRole::Main,
            }],
            recipients: vec![unit(n + 1), unit(n + 2)],
            countable: vec![Countable::Yes, Countable::No],
            paper_follows: n.is_multiple_of(7),
            in_register: false,
            redirected: Vec::new(),
            judged: judged(disposition),
            hold_until: None,
            urgency: Urgency::Normal,
            issue_due: promulgated.next(),
            due: None,
            rests_on: Vec::new(),
            updates: None,
            replaces: Vec::new(),
            duplicate_of: None,
        };
        let events = vec![Event::Offered(Box::new(event))];
        self.commit(id(n), Position::START, events).await;
    }

    fn export(&self) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        let mut each = |line| lines.push(line);
        exported::write(self.ledger(), "Trục mẫu", Position::END, &mut each).expect("export");
        lines
    }

    /// The statement as it was signed, and what it says under the receipt CA.
    fn stated(&self, record: &LogStatement) -> (Bytes, Statement) {
        let vault = &*self.intake.tools().vault;
        let (der, statement) = read_statement(vault, record).expect("statement");
        assert_eq!(statement.digest(), record.closed.statement);
        let sealed = verify_sealed(&der, &self.ca).expect("genuine");
        assert_eq!(sealed, Sealed::Statement(Box::new(statement.clone())));
        (der, statement)
    }
}

fn id(n: u64) -> DocumentId {
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&n.to_be_bytes());
    DocumentId::new(at("2026-11-02T08:00:00"), chance)
}

fn judged(disposition: Disposition) -> Judged {
    let passed = disposition == Disposition::Accept;
    Judged {
        indication: if passed {
            Indication::TotalPassed
        } else {
            Indication::Indeterminate
        },
        sub_indication: (!passed).then_some(SubIndication::TryLater),
        reason: if passed {
            ReasonCode::SignedAsRequired
        } else {
            ReasonCode::RevocationStale
        },
        disposition,
        agency_signed: passed,
        person_signed: passed,
        policy: Policy::RequireAgency,
        rules: Digest::ZERO,
        report: None,
    }
}

#[derive(Debug)]
#[allow(dead_code, reason = "told when a test fails")]
enum Refused {
    Export(ExportedError),
    Audit(AuditError),
}

fn audit(statement: &Statement, lines: &[Vec<u8>]) -> Result<Audited, Refused> {
    let bytes = lines.concat();
    let mut events = Exported::open(&bytes[..]).map_err(Refused::Export)?;
    let mut audit = Audit::new(statement);
    while let Some((previous, record)) = events.next_record().map_err(Refused::Export)? {
        audit.take(&previous, &record).map_err(Refused::Audit)?;
    }
    audit.end().map_err(Refused::Audit)
}

#[tokio::test]
async fn what_was_stated_never_changes_and_the_events_bear_it_out() {
    let (mut corrected, mut undecided) = (0, 0);
    for seed in 1..=12 {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.step().await;
        }
        let settled = month().settles(&world.intake.rules().calendar);
        let now = world.clock.now().max(settled.plus_secs(1));
        world.clock.set(now);
        let first = world.intake.close_period(month()).await.expect("closed");
        let mut all = vec![(first.record.clone(), world.stated(&first.record))];
        undecided += all[0].1.1.undecided.len();
        for round in 0..3 {
            for _ in 0..25 {
                world.step().await;
            }
            let again = world.intake.close_period(month()).await.expect("closed");
            assert!(
                again.repeated && again.record == first.record,
                "seed {seed}"
            );
            match world.intake.correct_period(month(), "đến muộn").await {
                Ok(done) => {
                    corrected += 1;
                    all.push((done.record.clone(), world.stated(&done.record)));
                }
                Err(CloseError::Same(_)) => {}
                Err(e) => panic!("seed {seed}, round {round}: {e}"),
            }
        }
        let lines = world.export();
        for (n, (record, before)) in all.iter().enumerate() {
            assert_eq!(&world.stated(record), before, "seed {seed}");
            let stated = world.intake.stated(record).expect("statement");
            assert_eq!(*stated, before.1, "seed {seed}");
            let audited = audit(&before.1, &lines).expect("borne out");
            assert_eq!(audited.statements, n, "seed {seed}");
            assert_eq!(audited.closed, Some(record.position), "seed {seed}");
            assert_eq!(usize::try_from(before.1.number), Ok(n + 1));
        }
        // The last statement's changes lead from the one before it to its own figures.
        for pair in all.windows(2) {
            let [(_, (_, old)), (_, (_, new))] = pair else {
                continue;
            };
            let correction = new.correction.as_ref().expect("a correction");
            assert_eq!(correction.changes, changes(&old.units, &new.units));
            assert_eq!(correction.of, old.reference());
        }
    }
    assert!(corrected > 10 && undecided > 5, "{corrected}, {undecided}");
}

#[tokio::test]
async fn a_period_closes_once_it_is_over_and_its_answers_are_due() {
    let mut world = World::new(5);
    for _ in 0..20 {
        world.step().await;
    }
    let close = || world.intake.close_period(month());
    // 30 November 2026 is a Monday: what arrives at its last instant is due on Tuesday.
    let until = at("2026-12-01T23:59:59.999");
    for early in [
        "2026-11-30T23:59:59",
        "2026-12-01T00:00:00",
        "2026-12-01T23:59:59.999",
    ] {
        world.clock.set(at(early).max(world.clock.now()));
        let period = month();
        assert_eq!(close().await, Err(CloseError::Running { period, until }));
    }
    let correct = world.intake.correct_period(month(), "vì").await;
    assert_eq!(correct, Err(CloseError::Open(month())));
    world.clock.set(at("2026-12-02T00:00:00"));
    let done = close().await.expect("closed");
    assert!(!done.repeated);
    let again = close().await.expect("closed");
    assert!(again.repeated && again.record == done.record);
    let correct = world.intake.correct_period(month(), "vì").await;
    assert_eq!(correct, Err(CloseError::Same(month())));
    for reason in ["", "  ", &"x".repeat(MAX_REASON + 1)] {
        let told = world.intake.correct_period(month(), reason).await;
        assert_eq!(told, Err(CloseError::Reason));
    }
}

/// Each event left out, altered, put elsewhere or cut off with all behind it is told.
#[tokio::test]
async fn no_event_can_be_touched() {
    let mut world = World::new(3);
    for _ in 0..25 {
        world.step().await;
    }
    world.clock.set(at("2026-12-05T08:00:00"));
    let done = world.intake.close_period(month()).await.expect("closed");
    let (_, statement) = world.stated(&done.record);
    let lines = world.export();
    assert!(audit(&statement, &lines).is_ok() && lines.len() > 15);
    for n in 1..lines.len() {
        let mut left_out = lines.clone();
        left_out.remove(n);
        assert!(audit(&statement, &left_out).is_err(), "{n} left out");
        let cut = &lines[..n];
        assert!(audit(&statement, cut).is_err(), "cut before {n}");
        let mut twice = lines.clone();
        twice.insert(n, lines[n].clone());
        assert!(audit(&statement, &twice).is_err(), "{n} twice");
        if n + 1 < lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(n, n + 1);
            assert!(audit(&statement, &swapped).is_err(), "{n} swapped");
        }
        // One bit of every few octets of the record.
        for at in (40..lines[n].len() - 4).step_by(7) {
            let mut altered = lines.clone();
            altered[n][at] = if altered[n][at] == b'A' { b'B' } else { b'A' };
            assert!(audit(&statement, &altered).is_err(), "{n} altered at {at}");
        }
    }
}

/// A statement that says other figures than the events have, or names other statements, is told, however well it is
/// signed.
#[allow(clippy::too_many_lines, reason = "a table of what could be made up")]
#[tokio::test]
async fn no_figure_can_be_made_up() {
    let mut world = World::new(9);
    for _ in 0..40 {
        world.step().await;
    }
    world.clock.set(at("2026-12-03T08:00:00"));
    let first = world.intake.close_period(month()).await.expect("closed");
    for _ in 0..30 {
        world.step().await;
    }
    let second = world
        .intake
        .correct_period(month(), "đến muộn")
        .await
        .expect("corrected");
    let lines = world.export();
    let (_, good) = world.stated(&second.record);
    assert!(audit(&good, &lines).is_ok());
    let wrong = |change: &dyn Fn(&mut Statement)| {
        let mut other = good.clone();
        change(&mut other);
        match audit(&other, &lines) {
            Err(Refused::Audit(e)) => e,
            told => panic!("{told:?}"),
        }
    };
    let figure = wrong(&|s| {
        let counts = s.units.values_mut().find(|counts| !counts.is_empty());
        let counts = counts.expect("figures");
        counts.values_mut().for_each(|figure| *figure += 1);
    });
    assert!(matches!(figure, AuditError::Figures(all) if !all.is_empty()));
    let left_out = wrong(&|s| {
        let unit = s.units.iter().find(|(_, counts)| !counts.is_empty());
        let unit = unit.map(|(unit, _)| unit.clone()).expect("a unit");
        s.units.remove(&unit);
    });
    assert!(matches!(left_out, AuditError::Figures(_)));
    let before = wrong(&|s| {
        let correction = s.correction.as_mut().expect("a correction");
        correction.changes[0].before += 1;
    });
    assert!(matches!(before, AuditError::Corrected(_)));
    let head = wrong(&|s| s.counted.chain = Digest::ZERO);
    assert_eq!(head, AuditError::Head(good.counted.position));
    let previous = wrong(&|s| {
        if let Some(previous) = &mut s.previous {
            previous.statement = Digest::ZERO;
        }
    });
    assert!(matches!(previous, AuditError::Previous(_)));
    let alone = wrong(&|s| s.previous = None);
    assert!(matches!(
        alone,
        AuditError::Previous(_) | AuditError::Number { .. }
    ));
    let held = wrong(&|s| {
        s.undecided.insert(id(9_999), unit(0));
    });
    assert_eq!(held, AuditError::Undecided);
    let number = wrong(&|s| {
        s.number = 1;
        s.correction = None;
    });
    assert!(matches!(number, AuditError::Number { .. }));
    // Up to the first statement only, the second cannot be borne out.
    let mut short = Vec::new();
    let until = first.record.position;
    let mut each = |line| short.push(line);
    exported::write(world.ledger(), "x", until, &mut each).expect("export");
    let told = audit(&good, &short);
    assert!(matches!(
        told,
        Err(Refused::Audit(AuditError::Short { .. }))
    ));
    let (_, one) = world.stated(&first.record);
    assert!(audit(&one, &short).is_ok());
}

/// The figures of all shares add up to those of all documents.
#[tokio::test]
async fn a_recount_can_be_shared_out() {
    let mut world = World::new(21);
    for _ in 0..80 {
        world.step().await;
    }
    let mut records = Vec::new();
    let mut each = |record: &crate::model::event::Recorded| records.push(record.clone());
    world
        .ledger()
        .replay(Position::END, &mut each)
        .expect("read");
    let counted = |mut recount: Recount| {
        records.iter().for_each(|record| recount.take(record));
        recount.period_figures(month())
    };
    let whole = counted(Recount::default());
    assert!(!whole.is_empty());
    for of in [1, 2, 5] {
        let mut sum: BTreeMap<UnitCode, crate::rates::Counts> = BTreeMap::new();
        for number in 0..of {
            let part = counted(Recount::share(number, of));
            assert!(of == 1 || part != whole);
            for (unit, counts) in part {
                let total = sum.entry(unit).or_default();
                let mut add = |(measure, figure)| *total.entry(measure).or_insert(0) += figure;
                counts.into_iter().for_each(&mut add);
            }
        }
        assert_eq!(changes(&whole, &sum), [], "{of}");
    }
}
