//! A history by chance: few numbers, so that the same document is offered again, entered in registers and recalled.

use lienthong::clock::ManualClock;
use lienthong::intake::{RegisterDays, RegisterError, RegisterLine, RegisterTools};
use lienthong::model::event::{
    Countable, Due, Event, ExpiryCause, ExpiryClock, FileRef, FileRole, Judged, Offered, Policy,
    Rejudged, SentBy, Way,
};
use lienthong::model::{
    CodeNotation, CodeNumber, Digest, Disposition, DocumentId, DocumentKey, Indication, LocalDay,
    Position, ReasonCode, Status, SubIndication, Timestamp, UnitCode, Urgency,
};
use lienthong::relay::decide::{DeadLetter, Withdrawal};
use lienthong::relay::{Command, DocumentState, decide};
use lienthong::store::{Change, Ledger, Vault};
use std::sync::Arc;

/// What the seeds met.
#[derive(Default, Debug)]
pub(super) struct Seen {
    moves: usize,
    imports: usize,
    replaced: usize,
    covered: usize,
    undone: usize,
    met: usize,
}

impl Seen {
    pub(super) fn check(&self) {
        let few = [
            self.moves / 20,
            self.imports,
            self.replaced,
            self.covered,
            self.undone,
            self.met,
        ];
        assert!(few.iter().all(|n| *n > 20), "{self:?}");
    }
}

pub(super) struct History {
    clock: Arc<ManualClock>,
    now: Timestamp,
    chance: u64,
    documents: Vec<DocumentId>,
    offers: u64,
}

pub(super) fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).expect("unit")
}

const SENDERS: [&str; 2] = ["H53.1", "H53.2"];

impl History {
    pub(super) fn new(seed: u64, clock: Arc<ManualClock>) -> Self {
        Self {
            clock,
            now: super::start(),
            chance: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            documents: Vec::new(),
            offers: 0,
        }
    }

    /// xorshift64*: the same history for a seed for ever.
    fn below(&mut self, end: u64) -> u64 {
        self.chance ^= self.chance >> 12;
        self.chance ^= self.chance << 25;
        self.chance ^= self.chance >> 27;
        (self.chance.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
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

    pub(super) async fn step(&mut self, ledger: &dyn Ledger, vault: &dyn Vault, seen: &mut Seen) {
        let seconds = [60, 3_600, 40_000][usize::try_from(self.below(3)).expect("few")];
        self.now = self.now.plus_secs(seconds);
        self.clock.set(self.now);
        match self.below(10) {
            0..=2 => self.offer(ledger, vault).await,
            3 => self.register(ledger, vault, seen).await,
            _ => self.act(ledger, seen).await,
        }
    }

    async fn offer(&mut self, ledger: &dyn Ledger, vault: &dyn Vault) {
        self.offers += 1;
        let mut chance = [0; 10];
        chance[2..].copy_from_slice(&self.offers.to_be_bytes());
        let document = DocumentId::new(self.now, chance);
        let sender = unit(self.of(&SENDERS));
        let day = self.day();
        let key = DocumentKey::new(sender.clone(), self.number(), notation(), day);
        let one = ledger.one_document(&key).expect("read");
        let first = one.as_ref().and_then(|one| one.first).is_none();
        let entered = one.is_some_and(|one| one.entry.is_some());
        let body = vault.keep_bytes(self.offers.to_be_bytes().to_vec().into());
        let all = [
            ("H53.3", Countable::Yes),
            ("H53.4", Countable::OffNetwork),
            ("H53.5", Countable::No),
        ];
        let wanted = 1 + self.below(7);
        let to: Vec<_> = all
            .iter()
            .enumerate()
            .filter(|(i, _)| wanted >> i & 1 == 1)
            .collect();
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
            recipients: to.iter().map(|(_, (code, _))| unit(code)).collect(),
            judged: self.judged(disposition),
            hold_until: None,
            urgency: Urgency::Normal,
            issue_due: Some(day),
            due: None,
            rests_on: Vec::new(),
            updates: None,
            replaces: Vec::new(),
            duplicate_of: None,
            countable: to.iter().map(|(_, (_, countable))| *countable).collect(),
            paper_follows: self.below(5) == 0,
            in_register: first && entered,
        };
        self.documents.push(document);
        let change = Change {
            subject: Some((document, Position::START)),
            bodies: vec![body],
            events: vec![Event::Offered(Box::new(offered))],
        };
        ledger.commit(change).await.expect("committed");
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
            answer: self.now.plus_secs(50_000),
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
        match self.below(16) {
            0 => Command::TakeBack(asked),
            1 => Command::Recall(asked),
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
            now: self.now,
        };
        let unit = unit(self.of(&SENDERS));
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
            let nil = tools.nil(&of, "không có", None).await;
            assert_eq!(nil.is_err(), overlaps, "{nil:?}");
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
        match tools.import(&of, &lines, source, replace).await {
            Ok(import) => {
                assert!(!overlaps || replace);
                assert_eq!(
                    import.entries,
                    Some(u32::try_from(lines.len()).expect("few"))
                );
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
