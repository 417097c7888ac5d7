//! Kills while the daemon ends terms of keeping: whenever it dies, what is due goes once, what is not stays, and every
//! receipt holds.

use crate::stored;
use crate::support::{Gateway, WORLD, block_on, get, now, until};
use bytes::Bytes;
use lienthong::clock::ManualClock;
use lienthong::demo::install::Plan;
use lienthong::demo::units::UNITS;
use lienthong::model::event::{Due, Event, Way};
use lienthong::model::{CodeNotation, CodeNumber, DocumentKey, LocalDay};
use lienthong::model::{Digest, DocumentId, Position, Status, Timestamp, UnitCode};
use lienthong::relay::{Command, TimelineKind, decide};
use lienthong::store::Change;
use lienthong::store::embedded::{Embedded, OpenOptions, open};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const DAY: i64 = 24 * 3600;
const SENDER: usize = 0;
const RECIPIENT: usize = 7;
/// Two pages of a walk, and some of a third.
const DOCUMENTS: u64 = 240;
/// How long after it is ready the daemon is killed: before the walk, and at many places of it.
const KILLS: [u64; 8] = [0, 15, 40, 80, 150, 250, 60, 100];

/// What becomes of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Answered 40 days ago.
    Due,
    /// Its recipient has not answered.
    Open,
    /// Answered today.
    Young,
}

fn fate(n: u64) -> Fate {
    match n % 6 {
        0 => Fate::Open,
        1 => Fate::Young,
        _ => Fate::Due,
    }
}

fn unit(place: usize) -> UnitCode {
    UnitCode::parse(UNITS[place].code).expect("code")
}

fn id(n: u64, at: Timestamp) -> DocumentId {
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&n.to_be_bytes());
    DocumentId::new(at, chance)
}

/// Words that no other document has, in the log or in a body segment.
fn text(n: u64) -> Vec<u8> {
    let len = if n % 10 == 5 { 90_000 } else { 3_000 };
    let words = format!("Văn bản lưu số {n:04} hết. ").into_bytes();
    words.repeat(len / words.len())
}

async fn acted(store: &Embedded, id: DocumentId, command: Command) {
    let state = store.ledger.document(id).expect("read").expect("there");
    let change = Change {
        subject: Some((id, state.version)),
        bodies: Vec::new(),
        events: decide(&state, &command).expect("decided"),
    };
    store.ledger.commit(change).await.expect("committed");
}

async fn sent(store: &Embedded, n: u64, at: Timestamp) -> DocumentId {
    let (file, envelope) = (text(n), format!("{{\"number\":\"{n}\"}}"));
    let file = store.vault.keep_bytes(Bytes::from(file));
    let envelope = store.vault.keep_bytes(Bytes::from(envelope));
    let mut change = stored::offer(n, file);
    let document = id(n, at);
    change.subject = Some((document, Position::START));
    let Some(Event::Offered(offered)) = change.events.first_mut() else {
        panic!("an offer");
    };
    offered.document = document;
    offered.sender = unit(SENDER);
    offered.recipients = vec![unit(RECIPIENT)];
    offered.kept = true;
    offered.envelope = envelope.digest();
    offered.key = DocumentKey::new(
        unit(SENDER),
        CodeNumber::parse(&n.to_string()).expect("number"),
        CodeNotation::parse("STC-VP").expect("notation"),
        LocalDay::new(2026, 11, 2).expect("day"),
    );
    change.bodies.push(envelope);
    store.ledger.commit(change).await.expect("committed");
    document
}

/// Writes the documents as they would stand in the log, and gives their identifiers.
fn written(home: &Path) -> Vec<(u64, DocumentId)> {
    let long_ago = now().plus_secs(-40 * DAY);
    let clock = Arc::new(ManualClock::new(long_ago));
    let store = open(home, OpenOptions::default(), clock.clone()).expect("store");
    let mut all = Vec::new();
    let young = |n: &u64| fate(*n) == Fate::Young;
    // The young ones last: time does not go back.
    let order = (1..=DOCUMENTS).filter(|n| !young(n));
    let order: Vec<u64> = order.chain((1..=DOCUMENTS).filter(young)).collect();
    block_on(async {
        for n in order {
            let at = match fate(n) {
                Fate::Due | Fate::Open => long_ago,
                Fate::Young => now(),
            };
            clock.set(at);
            let document = sent(&store, n, at).await;
            let due = Due {
                answer: at.plus_secs(3600),
                present: at.plus_secs(7200),
                complete: Some(at.local_day()),
            };
            let fetched = Command::Fetched {
                recipient: unit(RECIPIENT),
                due,
                way: Way::Pull,
            };
            acted(&store, document, fetched).await;
            if fate(n) != Fate::Open {
                let accepted = Command::Answer {
                    recipient: unit(RECIPIENT),
                    status: Status::Accepted,
                    note: None,
                };
                acted(&store, document, accepted).await;
            }
            all.push((n, document));
        }
        store.ledger.close().await;
    });
    all
}

/// How many are erased, while no daemon runs.
fn erased(home: &Path, all: &[(u64, DocumentId)]) -> usize {
    let store = stored::start(home);
    let one = |(_, id): &&(u64, DocumentId)| {
        let state = store.ledger.document(*id).expect("read").expect("there");
        !state.erased.is_empty()
    };
    let found = all.iter().filter(one).count();
    block_on(store.ledger.close());
    found
}

/// Everything that lies in the data folder.
fn everything(dir: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(dir).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            everything(&path, into);
        } else if path.is_file() {
            into.extend(std::fs::read(&path).expect("read"));
        }
    }
}

fn walked(gateway: &Gateway) -> bool {
    let metrics = get(gateway.at.operations, "/metrics").unwrap_or_default();
    metrics.contains("\nlienthong_retention_walk_timestamp_seconds ")
}

#[test]
fn killed_at_any_place_of_a_walk_terms_end_once_and_take_nothing_else() {
    let folder = tempfile::tempdir().expect("folder");
    let plan = Plan::of(&WORLD).expect("plan");
    // Receipts of what was done 40 days ago are under a certificate of that time.
    let mut gateway = Gateway::installed_at(folder.path(), &plan, now().plus_secs(-50 * DAY));
    let config = std::fs::read_to_string(&gateway.at.config).expect("configuration");
    let config = format!("{config}\n[retention]\nkeep_days = 30\n");
    std::fs::write(&gateway.at.config, config).expect("written");
    let all = written(folder.path());
    let due = all.iter().filter(|(n, _)| fate(*n) == Fate::Due).count();
    let mut seen = vec![0];
    for pause in KILLS {
        gateway.up();
        std::thread::sleep(Duration::from_millis(pause));
        gateway.kill();
        seen.push(erased(folder.path(), &all));
    }
    say!("terms: {due} due; erased after each kill: {seen:?}");
    assert!(
        seen.is_sorted() && seen.iter().all(|n| *n <= due),
        "{seen:?}"
    );
    gateway.up();
    until("a walk came to its end", || walked(&gateway));
    let office = gateway.office(SENDER);
    for (n, id) in &all {
        let receipts = block_on(office.client.receipts(*id)).expect("receipts");
        let events: Vec<String> = receipts
            .iter()
            .map(|view| {
                office
                    .verified(view)
                    .expect("a receipt that verifies")
                    .event
            })
            .collect();
        let expected: &[&str] = match fate(*n) {
            Fate::Due => &["offered", "arrived", "answered", "erased"],
            Fate::Open => &["offered", "arrived"],
            Fate::Young => &["offered", "arrived", "answered"],
        };
        assert_eq!(events, expected, "{n}");
    }
    gateway.stop();
    stands(folder.path(), &all);
}

/// The state and the bytes of each, with no daemon.
fn stands(home: &Path, all: &[(u64, DocumentId)]) {
    let store = stored::start(home);
    block_on(store.vault.purge()).expect("purged");
    for (n, id) in all {
        let state = store.ledger.document(*id).expect("read").expect("there");
        let erasures = state.timeline.iter();
        let erasures = erasures.filter(|e| e.kind == TimelineKind::Erased).count();
        let content = store.vault.open(&Digest::of(&text(*n))).expect("read");
        let is_due = fate(*n) == Fate::Due;
        assert_eq!(erasures, usize::from(is_due), "{n}: once, or never");
        assert_eq!(content.is_none(), is_due, "{n}");
        if let Some(content) = content {
            assert_eq!(content.bytes(), text(*n), "{n}");
        }
    }
    block_on(store.ledger.close());
    drop(store);
    let mut bytes = Vec::new();
    for name in ["log", "bodies", "index", "staging"] {
        everything(&home.join(name), &mut bytes);
    }
    for (n, _) in all {
        let words = format!("Văn bản lưu số {n:04} hết.");
        let lies = memchr::memmem::find(&bytes, words.as_bytes()).is_some();
        assert_eq!(lies, fate(*n) != Fate::Due, "{n}: on the medium");
    }
}
