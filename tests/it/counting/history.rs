//! A history by chance: few numbers, so that the same document is offered again, entered in registers and recalled.

use super::{lineage, model};
use arc_swap::ArcSwap;
use lienthong::clock::ManualClock;
use lienthong::intake::{
    CloseError, Intake, RegisterDays, RegisterError, RegisterLine, RegisterTools, SealError,
    Sealer, Tools,
};
use lienthong::judge::Judge;
use lienthong::keys::issue::{self, Validity};
use lienthong::keys::{Authority, ReceiptKey};
use lienthong::model::calendar::Calendar;
use lienthong::model::event::{
    Countable, Due, Event, ExpiryCause, ExpiryClock, FileRef, FileRole, Judged, Offered, Policy,
    Redirected, Rejudged, SentBy, Way,
};
use lienthong::model::{
    CodeNotation, CodeNumber, Digest, Disposition, DocumentId, DocumentKey, Indication, LocalDay,
    Period, Position, ReasonCode, Status, SubIndication, Timestamp, UnitCode, Urgency,
};
use lienthong::policy::{PolicySettings, Rules};
use lienthong::registry::{Registry, Standing};
use lienthong::relay::decide::{DeadLetter, Withdrawal};
use lienthong::relay::{Command, DocumentState, decide};
use lienthong::seal::receipt::Receipt;
use lienthong::store::{Change, Import, Ledger, Vault};
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::validator::Validator;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use tokio_util::task::TaskTracker;

/// What the seeds met.
#[derive(Default, Debug)]
pub(super) struct Seen {
    moves: usize,
    imports: usize,
    replaced: usize,
    repeated: usize,
    covered: usize,
    undone: usize,
    met: usize,
    closed: usize,
    corrected: usize,
    redirected: usize,
    refused: usize,
    recalled_after_closing: usize,
    over_new_year: usize,
    new_year: usize,
}

impl Seen {
    pub(super) fn check(&self) {
        let few = [
            self.moves / 20,
            self.imports,
            self.replaced,
            self.repeated,
            self.covered,
            self.undone,
            self.met,
            self.closed,
            self.corrected,
            self.redirected,
            self.refused,
            self.recalled_after_closing,
            self.over_new_year,
            self.new_year,
        ];
        assert!(few.iter().all(|n| *n > 12), "{self:?}");
    }
}

pub(super) struct History {
    clock: Arc<ManualClock>,
    now: Timestamp,
    chance: u64,
    documents: Vec<DocumentId>,
    offers: u64,
    intake: Arc<Intake>,
}

type Recipients = Vec<(UnitCode, Countable)>;

/// The receipt key of all histories: making one takes longer than a history.
fn key() -> &'static ReceiptKey {
    static KEY: OnceLock<ReceiptKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let years = Validity::years(super::start(), 5);
        let ca = issue::create_receipt_ca("mẫu", years).expect("ca");
        let issuer = Authority::new(&ca).expect("ca");
        let own = issue::issue_receipt(&issuer, "mẫu", years).expect("receipt key");
        ReceiptKey::from_issued(&own).expect("key")
    })
}

struct Key;

impl Sealer for Key {
    fn seal(&self, _receipt: &Receipt, _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("no receipts here".into()))
    }

    fn seal_statement(&self, statement: &[u8], at: Timestamp) -> Result<Vec<u8>, SealError> {
        key()
            .seal(statement, at)
            .map_err(|e| SealError(e.to_string()))
    }

    fn sign_list(&self, _list: &[u8], _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("no lists here".into()))
    }
}

fn calendar() -> Calendar {
    let days = |all: &[&str]| {
        let days = all.iter().map(|text| LocalDay::parse(text).expect("day"));
        days.collect::<BTreeSet<_>>()
    };
    let (off, made_up) = (days(&model::OFF), days(&model::MADE_UP));
    Calendar::new(450..=1_020, off, made_up, BTreeMap::new()).expect("calendar")
}

fn rules(registry: Registry) -> Rules {
    let material = Material::new(MaterialInput::default()).expect("material");
    let validator = Arc::new(Validator::new(Arc::new(material)));
    let settings = PolicySettings::default();
    Rules::new(validator, Arc::new(registry), settings).with_calendar(calendar())
}

const SENDERS: [&str; 4] = ["H53.1", "H53.2", "H53.6", "H53.8"];
const RECIPIENTS: [&str; 4] = ["H53.3", "H53.4", "H53.5", "H53.7"];

/// xorshift64*: the same history for a seed for ever.
fn below(chance: &mut u64, end: u64) -> u64 {
    *chance ^= *chance >> 12;
    *chance ^= *chance << 25;
    *chance ^= *chance >> 27;
    (chance.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
}

impl History {
    pub(super) fn new(
        seed: u64,
        clock: Arc<ManualClock>,
        (ledger, vault): (Arc<dyn Ledger>, Arc<dyn Vault>),
    ) -> Self {
        let mut chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let first = super::start().local_day();
        let registry = lineage::registry(first, |end| below(&mut chance, end));
        let intake = Intake::new(Tools {
            ledger,
            vault,
            judge: Arc::new(Judge::new(1, 1 << 20)),
            rules: Arc::new(ArcSwap::from_pointee(rules(registry))),
            procedures: Arc::default(),
            dossier_rules: Arc::default(),
            clock: Arc::<ManualClock>::clone(&clock),
            sealer: Arc::new(Key),
            gateway: "mẫu".into(),
            inline_judge_bytes: 1 << 20,
            tasks: TaskTracker::new(),
        });
        Self {
            clock,
            now: super::start(),
            chance,
            documents: Vec::new(),
            offers: 0,
            intake: Arc::new(intake),
        }
    }

    pub(super) fn intake(&self) -> Arc<Intake> {
        Arc::clone(&self.intake)
    }

    pub(super) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.intake.rules().registry)
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::clone(&self.intake.tools().ledger)
    }

    /// Whether a unit is, today.
    fn lives(&self, unit: &UnitCode) -> bool {
        let registry = self.registry();
        let standing = registry.standing(unit, self.now.local_day());
        standing.is_some_and(|(_, standing)| standing == Standing::InForce)
    }

    fn below(&mut self, end: u64) -> u64 {
        below(&mut self.chance, end)
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let n = self.below(u64::try_from(all.len()).expect("few"));
        all[usize::try_from(n).expect("few")]
    }

    fn day(&mut self) -> LocalDay {
        let back = self.below(6);
        let today = self.now.local_day().number();
        LocalDay::from_number(today - i32::try_from(back).expect("few")).expect("day")
    }

    /// A while later; now and then a moment at which something begins or ends.
    fn later(&mut self) -> Timestamp {
        let day = self.now.local_day();
        let (closing, midnight) = (day.at_minute(17 * 60), day.last_moment());
        let moments = [
            Timestamp(closing.0 - 1),
            closing,
            midnight,
            Timestamp(midnight.0 + 1),
        ];
        let moment = self.of(&moments);
        let seconds = self.of(&[60, 3_600, 40_000]);
        match self.below(6) == 0 && moment > self.now {
            true => moment,
            false => self.now.plus_secs(seconds),
        }
    }

    pub(super) async fn step(&mut self, seen: &mut Seen) {
        self.now = self.later();
        self.clock.set(self.now);
        let (ledger, vault) = (self.ledger(), Arc::clone(&self.intake.tools().vault));
        match self.below(14) {
            0..=2 => self.offer(&*ledger, &*vault, seen).await,
            3..=4 => self.register(&*ledger, &*vault, seen).await,
            5..=6 => self.close(&*ledger, seen).await,
            _ => self.act(&*ledger, seen).await,
        }
    }

    /// A period is closed once every answer clock of it ran out, and not before; or corrected.
    async fn close(&mut self, ledger: &dyn Ledger, seen: &mut Seen) {
        let day = LocalDay::from_number(self.now.local_day().number() - 4).expect("day");
        let texts = [
            day.to_string(),
            "2026-W52".into(),
            "2026-12".into(),
            "2026-12@15".into(),
            "2026".into(),
        ];
        let n = usize::try_from(self.below(8)).expect("few");
        let text = texts.get(n).unwrap_or(&texts[0]);
        let period = Period::parse(text).expect("period");
        let closed = ledger.statement(period, None).expect("read").is_some();
        if closed && self.below(2) == 0 {
            match self.intake.correct_period(period, "bổ sung").await {
                Ok(_) => seen.corrected += 1,
                Err(CloseError::Same(_)) => {}
                Err(other) => panic!("{other}"),
            }
            return;
        }
        match self.intake.close_period(period).await {
            Ok(done) => {
                assert_eq!(done.repeated, closed);
                seen.closed += usize::from(!closed);
            }
            Err(CloseError::Running { until, .. }) => assert!(self.now <= until),
            Err(other) => panic!("{other}"),
        }
    }

    async fn offer(&mut self, ledger: &dyn Ledger, vault: &dyn Vault, seen: &mut Seen) {
        let senders: Vec<UnitCode> = SENDERS.map(lineage::code).to_vec();
        let senders: Vec<UnitCode> = senders
            .into_iter()
            .filter(|unit| self.lives(unit))
            .collect();
        if senders.is_empty() {
            return;
        }
        let n = self.below(u64::try_from(senders.len()).expect("few"));
        let sender = senders[usize::try_from(n).expect("few")].clone();
        let Some((to, redirected)) = self.recipients(&sender, seen) else {
            return;
        };
        seen.redirected += usize::from(!redirected.is_empty());
        seen.new_year += usize::from(self.now.local_day().year() == 2027);
        self.offers += 1;
        let mut chance = [0; 10];
        chance[2..].copy_from_slice(&self.offers.to_be_bytes());
        let document = DocumentId::new(self.now, chance);
        let day = self.day();
        let key = DocumentKey::new(sender.clone(), self.number(), notation(), day);
        let one = ledger.one_document(&key).expect("read");
        let first = one.as_ref().and_then(|one| one.first).is_none();
        let entered = one.is_some_and(|one| one.entry.is_some());
        let body = vault.keep_bytes(self.offers.to_be_bytes().to_vec().into());
        let urgency = self.of(&[Urgency::Normal, Urgency::Normal, Urgency::Flash]);
        let disposition = self.of(&[
            Disposition::Accept,
            Disposition::Accept,
            Disposition::Hold,
            Disposition::Refuse,
        ]);
        let offered = Offered {
            document,
            sender,
            key,
            promulgated: day,
            first_offer: first,
            request: Digest::of(&self.offers.to_be_bytes()),
            content: Digest::of(&self.offers.to_le_bytes()),
            envelope: Digest::of(b"envelope"),
            kept: true,
            files: vec![FileRef {
                digest: body.digest(),
                size: body.size(),
                role: FileRole::Main,
            }],
            recipients: to.iter().map(|(unit, _)| unit.clone()).collect(),
            judged: self.judged(disposition),
            hold_until: None,
            urgency,
            issue_due: Some(self.intake.rules().calendar.issue_due(day, urgency)),
            due: None,
            rests_on: Vec::new(),
            updates: None,
            replaces: Vec::new(),
            duplicate_of: None,
            countable: to.iter().map(|(_, countable)| *countable).collect(),
            paper_follows: self.below(5) == 0,
            in_register: first && entered,
            redirected,
        };
        self.documents.push(document);
        let change = Change {
            subject: Some((document, Position::START)),
            bodies: vec![body],
            events: vec![Event::Offered(Box::new(offered))],
        };
        ledger.commit(change).await.expect("committed");
    }

    /// Who stands today for some codes; `None`: nobody, or nobody can say who.
    fn recipients(
        &mut self,
        sender: &UnitCode,
        seen: &mut Seen,
    ) -> Option<(Recipients, Vec<Redirected>)> {
        let (mut to, mut redirected) = (Vec::new(), Vec::new());
        let (registry, today) = (self.registry(), self.now.local_day());
        let wanted = 1 + self.below(15);
        for (_, text) in RECIPIENTS
            .iter()
            .enumerate()
            .filter(|(n, _)| wanted >> n & 1 == 1)
        {
            let written = lineage::code(text);
            let stands = match registry.standing(&written, today)?.1 {
                Standing::InForce => written.clone(),
                Standing::Became(unit, _) => unit,
                Standing::OneOf(..) | Standing::Abolished(_) => {
                    seen.refused += 1;
                    return None;
                }
            };
            if stands == *sender {
                return None;
            }
            if stands != written {
                redirected.push(Redirected {
                    written,
                    to: stands.clone(),
                });
            }
            let countable = match stands.as_str() {
                "H53.4" => Countable::OffNetwork,
                "H53.5" => Countable::No,
                _ => Countable::Yes,
            };
            if !to.contains(&(stands.clone(), countable)) {
                to.push((stands, countable));
            }
        }
        (!to.is_empty()).then_some((to, redirected))
    }

    fn number(&mut self) -> CodeNumber {
        CodeNumber::parse(&(1 + self.below(9)).to_string()).expect("number")
    }

    fn judged(&mut self, disposition: Disposition) -> Judged {
        let relayed = disposition == Disposition::Accept;
        let secret = disposition == Disposition::Refuse && self.below(4) == 0;
        let agency = relayed && self.below(4) > 0;
        Judged {
            indication: if relayed {
                Indication::TotalPassed
            } else {
                Indication::Indeterminate
            },
            sub_indication: (!relayed).then_some(SubIndication::TryLater),
            reason: match (relayed, secret) {
                (true, _) => ReasonCode::SignedAsRequired,
                (_, true) => ReasonCode::SecrecyNotAllowed,
                _ => ReasonCode::RevocationStale,
            },
            disposition,
            agency_signed: agency,
            person_signed: relayed && self.below(3) > 0,
            policy: Policy::Record,
            rules: Digest::ZERO,
            report: None,
        }
    }

    async fn act(&mut self, ledger: &dyn Ledger, seen: &mut Seen) {
        if self.documents.is_empty() {
            return;
        }
        let documents = self.documents.clone();
        let state = ledger
            .document(self.of(&documents))
            .expect("read")
            .expect("there");
        let events = if state.judged.disposition == Disposition::Hold {
            vec![self.rejudged(&state)]
        } else if state.deliveries.is_empty() {
            return;
        } else {
            let command = self.command(&state);
            decide(&state, &command).unwrap_or_default()
        };
        if events.is_empty() {
            return;
        }
        if events
            .iter()
            .any(|event| matches!(event, Event::Recalled(_)))
        {
            let month = Period::month_of(state.offered.promulgated);
            let closed = ledger.statement(month, None).expect("read").is_some();
            seen.recalled_after_closing += usize::from(closed);
        }
        seen.moves += 1;
        let change = Change {
            subject: Some((state.id(), state.version)),
            bodies: Vec::new(),
            events,
        };
        ledger.commit(change).await.expect("committed");
    }

    fn rejudged(&mut self, state: &DocumentState) -> Event {
        let disposition = self.of(&[
            Disposition::Accept,
            Disposition::Accept,
            Disposition::Refuse,
        ]);
        let mut judged = self.judged(disposition);
        if judged.reason == ReasonCode::SecrecyNotAllowed {
            judged.reason = ReasonCode::RevocationStale;
        }
        Event::Rejudged(Box::new(Rejudged {
            document: state.id(),
            sender: state.offered.sender.clone(),
            recipients: state.offered.recipients.clone(),
            promulgated: state.offered.promulgated,
            first_offer: state.offered.first_offer,
            judged,
            rests_on: Vec::new(),
        }))
    }

    fn command(&mut self, state: &DocumentState) -> Command {
        let all = state.offered.recipients.clone();
        let n = usize::try_from(self.below(u64::try_from(all.len()).expect("few"))).expect("few");
        let recipient = all[n].clone();
        let asked = Withdrawal {
            recipients: if self.below(3) == 0 {
                Vec::new()
            } else {
                vec![recipient.clone()]
            },
            due: None,
            note: None,
        };
        let letter = DeadLetter {
            recipient: recipient.clone(),
            actor: None,
            note: None,
        };
        let due = Due {
            answer: self.intake.rules().calendar.answer_due(self.now),
            present: self.now,
            complete: (self.below(2) == 0).then(|| self.now.plus_secs(90_000).local_day()),
        };
        let statuses = [
            Status::Accepted,
            Status::Accepted,
            Status::Refused,
            Status::InProcess,
            Status::Completed,
            Status::Agreed,
            Status::Declined,
        ];
        match self.below(17) {
            0 => Command::TakeBack(asked),
            1 | 16 => Command::Recall(asked),
            2 => Command::Expire {
                since: state.delivery(&recipient).map_or(self.now, |d| d.since),
                recipient,
                cause: ExpiryCause::NotFetched,
                clock: ExpiryClock::Inbox,
            },
            3 => Command::Replay(letter),
            4 => Command::GiveUp(letter),
            5..=9 => Command::Fetched {
                recipient,
                due,
                way: self.of(&[Way::Pull, Way::Push]),
            },
            _ => Command::Answer {
                recipient,
                status: self.of(&statuses),
                note: None,
            },
        }
    }

    async fn register(&mut self, ledger: &dyn Ledger, vault: &dyn Vault, seen: &mut Seen) {
        let tools = RegisterTools {
            ledger,
            vault,
            sealer: &Key,
            gateway: "mẫu",
            now: self.now,
        };
        let unit = lineage::code(self.of(&SENDERS));
        let imports = ledger.imports(&unit).expect("read");
        let standing = imports.iter().filter(|import| import.undone.is_none());
        let standing: Vec<_> = standing.map(|import| import.import).collect();
        if !standing.is_empty() && self.below(3) == 0 {
            let id = self.of(&standing);
            tools
                .undo(&unit, id, "nhầm", None, None)
                .await
                .expect("undone");
            let again = tools.undo(&unit, id, "nhầm", None, None).await;
            assert_eq!(again, Err(RegisterError::Undone));
            seen.undone += 1;
            return;
        }
        let (a, b) = (self.day(), self.day());
        let of = RegisterDays {
            unit,
            from: a.min(b),
            to: a.max(b),
            actor: None,
        };
        let overlaps = imports.iter().any(|import| import.covers(of.from, of.to));
        if self.below(4) == 0 {
            let nil = tools.nil(&of, Some("không có".into()), None).await;
            let same = |import: &Import| {
                import.undone.is_none()
                    && import.entries.is_none()
                    && (import.from, import.to) == (of.from, of.to)
            };
            let repeated = imports.iter().any(same);
            assert_eq!(nil.is_err(), overlaps && !repeated, "{nil:?}");
            assert_eq!(nil.is_ok_and(|done| done.repeated), repeated);
            return;
        }
        let lines = self.lines(&of);
        let replace = self.below(3) > 0;
        let source = format!("{} {:?}", self.now, lines).into_bytes().into();
        let known = |line: &RegisterLine| ledger.one_document(&line.key(&of.unit)).expect("read");
        let met = lines
            .iter()
            .filter_map(known)
            .filter(|one| one.first.is_some())
            .count();
        let source: bytes::Bytes = source;
        match tools.import(&of, &lines, source.clone(), replace).await {
            Ok(done) => {
                assert!((!overlaps || replace) && !done.repeated);
                assert_eq!(
                    done.import.entries,
                    Some(u32::try_from(lines.len()).expect("few"))
                );
                // The answer was lost.
                let again = tools.import(&of, &lines, source, replace).await;
                let again = again.expect("a repeat");
                assert_eq!((again.import, again.repeated), (done.import, true));
                seen.repeated += 1;
                seen.over_new_year += usize::from(of.from.year() != of.to.year());
                seen.imports += 1;
                seen.replaced += usize::from(overlaps);
                seen.met += met;
            }
            Err(RegisterError::Covered(_)) => {
                assert!(overlaps && !replace);
                seen.covered += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn lines(&mut self, of: &RegisterDays) -> Vec<RegisterLine> {
        let days: Vec<LocalDay> = (of.from.number()..=of.to.number())
            .filter_map(LocalDay::from_number)
            .collect();
        let mut lines: Vec<RegisterLine> = Vec::new();
        for _ in 0..self.below(5) {
            let line = RegisterLine {
                number: self.number(),
                notation: notation(),
                day: self.of(&days),
                sent_by: self.of(&[
                    SentBy::Paper,
                    SentBy::Paper,
                    SentBy::Electronic,
                    SentBy::Both,
                ]),
            };
            if lines.iter().all(|known| known.number != line.number) {
                lines.push(line);
            }
        }
        lines
    }
}

fn notation() -> CodeNotation {
    CodeNotation::parse("STC-VP").expect("notation")
}
