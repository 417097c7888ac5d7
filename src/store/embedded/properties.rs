//! Whole lives on the disk twin: random changes, death at any step, torn and lost writes. After
//! every restart all that was acknowledged is there, nothing is there by halves, and the counters
//! equal the recount.

use super::Embedded;
use super::disk_twin::{Chance, Fault, TwinDisk};
use super::faults::on;
use crate::model::event::{
    AttemptOutcome, ErasureCause, Event, ExpiryCause, ExpiryClock, Recorded, Way,
};
use crate::model::{Digest, Disposition, DocumentId, Position, Status};
use crate::rates::recount::{Recount, differences};
use crate::relay::decide::{Attempt, DeadLetter, Withdrawal};
use crate::relay::{Command, Delivery, Desk, DocumentState, TimelineKind, fold};
use crate::store::samples::{
    arrived, body, change, command, due, id, morning, offered, receipt, rejudged, unit,
};
use crate::store::{Change, CommitError, Readiness};
use std::collections::BTreeMap;

/// Seeds that are always run; one that ever failed is added here.
const SEEDS: std::ops::Range<u64> = 0..24;
const LIVES: u64 = 4;

struct Journal {
    acknowledged: Vec<Recorded>,
    next: u64,
    chance: Chance,
}

#[test]
fn nothing_acknowledged_is_lost_on_any_seed() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut unanswered = 0;
    for seed in SEEDS {
        unanswered += runtime.block_on(lives(seed));
    }
    assert!(unanswered > 0, "no death met a change on its way");
}

/// Several lives of one store; how many changes got no answer.
async fn lives(seed: u64) -> usize {
    let data = tempfile::tempdir().unwrap();
    let mut disk = TwinDisk::new(seed);
    let mut journal = Journal {
        acknowledged: Vec::new(),
        next: 1,
        chance: Chance::new(seed + 1000),
    };
    let mut unanswered = 0;
    for life in 0..LIVES {
        if life > 0 && journal.chance.below(4) == 0 {
            let lost = ["index", "rates"][usize::from(journal.chance.below(2) == 0)];
            std::fs::remove_dir_all(data.path().join(lost)).unwrap();
        }
        if life > 0 && journal.chance.below(5) == 0 {
            // Recovery itself may be cut short.
            disk.plan(journal.chance.below(6), Fault::Death);
            drop(on(data.path(), &disk));
            disk = disk.restart();
        }
        let store = on(data.path(), &disk).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        check(&store, &journal, seed);
        disk.plan(1 + journal.chance.below(60), Fault::Death);
        while store.ledger.readiness() == Readiness::Ready {
            unanswered += work(&store, &mut journal).await;
        }
        drop(store);
        disk = disk.restart();
    }
    let store = on(data.path(), &disk).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    check(&store, &journal, seed);
    unanswered
}

/// Hands in some changes at once.
async fn work(store: &Embedded, journal: &mut Journal) -> usize {
    let mut changes = Vec::new();
    for _ in 0..=journal.chance.below(5) {
        changes.extend(invent(store, journal));
    }
    let waiting = changes.into_iter().map(|c| store.ledger.commit(c));
    let mut unanswered = 0;
    for outcome in futures_util::future::join_all(waiting).await {
        match outcome {
            Ok(done) if !done.repeated => journal.acknowledged.extend(done.records),
            Err(CommitError::Unknown) => unanswered += 1,
            Ok(_) | Err(_) => {}
        }
    }
    unanswered
}

/// One possible change: an offer, or a move of a document that is known.
fn invent(store: &Embedded, journal: &mut Journal) -> Option<Change> {
    let chance = &mut journal.chance;
    let known = 1 + chance.below(journal.next);
    let state = store.ledger.document(id(known)).ok().flatten();
    let Some(state) = state.filter(|_| chance.below(3) > 0) else {
        let n = journal.next;
        journal.next += 1;
        let dispositions = [Disposition::Accept, Disposition::Hold, Disposition::Refuse];
        let disposition = dispositions[usize::try_from(chance.below(3)).unwrap()];
        let len = [10, 900, 3_000, 70_000][usize::try_from(chance.below(4)).unwrap()];
        let body = body(&*store.vault, n, len);
        return Some(change(offered(n, disposition, &body), body));
    };
    let version = state.version;
    if state.judged.disposition == Disposition::Hold {
        return Some(rejudged(known, version, Disposition::Accept));
    }
    state.deliveries.first()?;
    // Both recipients at once: a change of two events.
    if state.timeline.len() == 1 && state.deliveries.iter().all(Delivery::is_waiting) {
        let mut both = arrived(known, version, "H53.2");
        both.events.extend(arrived(known, version, "H53.3").events);
        return Some(both);
    }
    if chance.below(6) == 0 {
        let of = state.timeline.first()?.position;
        let text = format!("receipt {known}");
        return Some(receipt(&*store.vault, known, of, &text));
    }
    let what = invent_command(chance);
    command(&*store.ledger, known, &what)
}

/// Any command; most cannot follow the state.
fn invent_command(chance: &mut Chance) -> Command {
    let recipient = unit(["H53.2", "H53.3"][usize::from(chance.below(2) == 0)]);
    let asked = Withdrawal {
        recipients: match chance.below(3) {
            0 => Vec::new(),
            _ => vec![recipient.clone()],
        },
        due: Some(due().answer),
        note: Some(Digest::of(b"reason")),
    };
    let letter = DeadLetter {
        recipient: recipient.clone(),
        actor: None,
        note: None,
    };
    let statuses = [
        Status::Accepted,
        Status::Refused,
        Status::Assigned,
        Status::InProcess,
        Status::Completed,
        Status::Agreed,
        Status::Declined,
    ];
    match chance.below(16) {
        0 => Command::TakeBack(asked),
        1 => Command::Recall(asked),
        2 => Command::Expire {
            recipient,
            cause: ExpiryCause::NotFetched,
            clock: ExpiryClock::Inbox,
        },
        3 => Command::Replay(letter),
        4 => Command::GiveUp(letter),
        5 => Command::Fetched {
            recipient,
            due: due(),
            way: Way::Push,
        },
        6 => Command::Attempt(Attempt {
            recipient,
            at: morning(),
            number: 1,
            way: Way::Push,
            outcome: AttemptOutcome::TimedOut,
            code: u16::try_from(chance.below(3)).unwrap(),
            next: None,
        }),
        7 => Command::Erase {
            bodies: vec![Digest::of(&chance.below(4).to_be_bytes())],
            cause: ErasureCause::Term,
            basis: None,
            actor: None,
        },
        8 => Command::Supersede {
            by: id(1),
            recipients: vec![recipient],
        },
        _ => Command::Answer {
            recipient,
            status: statuses[usize::try_from(chance.below(7)).unwrap()],
            note: None,
        },
    }
}

fn check(store: &Embedded, journal: &Journal, seed: u64) {
    let mut records = BTreeMap::new();
    let mut documents: BTreeMap<DocumentId, DocumentState> = BTreeMap::new();
    let mut recount = Recount::default();
    let mut replayed = |record: &Recorded| {
        recount.take(record);
        if let Some(id) = record.event.document()
            && let Some(state) = fold(documents.remove(&id), record)
        {
            documents.insert(id, state);
        }
        records.insert(record.position, record.clone());
    };
    store.ledger.replay(Position::END, &mut replayed).unwrap();
    for record in &journal.acknowledged {
        assert_eq!(records.get(&record.position), Some(record), "seed {seed}");
    }
    let mut inboxes = [0, 0];
    for (id, state) in &documents {
        let stored = store.ledger.document(*id).unwrap();
        assert_eq!(stored.as_ref(), Some(state), "seed {seed}");
        whole(store, state, seed);
        for (open, delivery) in inboxes.iter_mut().zip(&state.deliveries) {
            *open += usize::from(delivery.listed.is_some());
        }
    }
    for (open, code) in inboxes.iter().zip(["H53.2", "H53.3"]) {
        let page = store.ledger.inbox(&unit(code), Position::START, 10_000);
        assert_eq!(page.unwrap().items.len(), *open, "seed {seed}");
    }
    for desk in Desk::ALL {
        let there = documents.values().filter(|state| state.is_on(*desk));
        let page = store.ledger.desk(*desk, Position::START, 10_000).unwrap();
        assert_eq!(page.items.len(), there.count(), "seed {seed}: {desk}");
    }
    for record in records.values() {
        if let Event::ReceiptSigned(e) = &record.event {
            assert_eq!(store.ledger.receipt(e.of).unwrap(), Some(e.receipt));
            assert!(store.vault.open(&e.receipt).unwrap().is_some());
        }
    }
    let counted = store.ledger.all_rates().unwrap().1;
    let different = differences(&counted, &recount.figures());
    assert_eq!(different, [], "seed {seed}");
    assert!(records.values().all(|r| r.at == morning()));
}

/// The bodies are there, and a change of two events is there as a whole.
fn whole(store: &Embedded, state: &DocumentState, seed: u64) {
    for file in &state.offered.files {
        let content = store.vault.open(&file.digest).unwrap();
        let content = content.unwrap_or_else(|| panic!("seed {seed}: no body"));
        assert_eq!(Digest::of(content.bytes()), file.digest, "seed {seed}");
    }
    let kinds: Vec<TimelineKind> = state.timeline.iter().map(|e| e.kind).collect();
    if state.offered.judged.disposition == Disposition::Accept && kinds.len() > 1 {
        let both = [TimelineKind::Arrived, TimelineKind::Arrived];
        assert_eq!(
            kinds.get(1..3),
            Some(&both[..]),
            "seed {seed}: half a change"
        );
    }
}
