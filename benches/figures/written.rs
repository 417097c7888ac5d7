//! Documents written through the store's own writer: offered, most of them fetched, most of those accepted.

use super::plan::{Plan, Planned};
use super::{Rows, cpu, size, start};
use bytes::Bytes;
use futures_util::future::join_all;
use lienthong::clock::ManualClock;
use lienthong::model::event::{
    Answered, Arrived, Countable, Due, Event, FileRef, FileRole, Judged, Offered, Policy, Way,
};
use lienthong::model::{
    CodeNotation, CodeNumber, Digest, Disposition, DocumentId, DocumentKey, Indication, Position,
    ReasonCode, Status, Timestamp, Urgency,
};
use lienthong::store::Change;
use lienthong::store::embedded::Embedded;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Documents of one step: several full groups of the log.
const BATCH: u64 = 1024;
const HOUR: i64 = 3600;

/// Writes all of them, and closes.
pub async fn run(folder: &Path, plan: &Plan, rows: &mut Rows) {
    std::fs::create_dir_all(folder).expect("folder");
    let clock = Arc::new(ManualClock::new(plan.at(0, 1)));
    let (store, _) = start(folder, Arc::clone(&clock));
    let (from, used) = (Instant::now(), cpu());
    let steps = plan.documents.div_ceil(BATCH);
    let (mut on_way, mut there) = (Vec::new(), Vec::new());
    let mut told = Instant::now();
    for step in 0..steps + 2 {
        let now = plan.at(step, steps + 2);
        clock.set(now);
        let range = step * BATCH..plan.documents.min((step + 1) * BATCH);
        let offers = join_all(range.map(|n| offer(&store, plan, n, now)));
        let arrivals = join_all(on_way.into_iter().map(|of| arrive(&store, of, now)));
        let answers = join_all(there.into_iter().map(|of| answer(&store, of)));
        let (offered, arrived, _) = tokio::join!(offers, arrivals, answers);
        on_way = offered
            .into_iter()
            .filter(|of| of.planned.arrives)
            .collect();
        there = arrived
            .into_iter()
            .filter(|of| of.planned.answered)
            .collect();
        if told.elapsed().as_secs() >= 20 {
            told = Instant::now();
            let done = (step * BATCH) as f64;
            let rate = done / from.elapsed().as_secs_f64();
            eprintln!("{done} documents written, {rate:.0} a second");
        }
    }
    let took = from.elapsed().as_secs_f64();
    let (last, _) = store.ledger.head().expect("head");
    let documents = plan.documents as f64;
    rows.one("documents written a second", documents / took, "/s", "");
    rows.one("… CPU for each", (cpu() - used) * 1e6 / documents, "µs", "");
    rows.one("… all of them", took, "s", "");
    rows.one("… records", last.0 as f64, "", "");
    rows.memory("writing");
    store.ledger.close().await;
    drop(store);
    sizes(folder, documents, rows);
}

/// What lies on disk.
pub fn sizes(folder: &Path, documents: f64, rows: &mut Rows) {
    let mut all = 0.0;
    for name in ["log", "bodies", "index", "rates"] {
        let bytes = size(&folder.join(name));
        all += bytes;
        rows.one(&format!("{name}/ on disk"), bytes / 1e6, "MB", "");
    }
    rows.one(
        "all of it on disk, for each document",
        all / documents,
        "octets",
        "",
    );
}

/// A document on its way: its own last record, what is planned for it, and since when it is there.
struct Sent {
    document: DocumentId,
    version: Position,
    planned: Planned,
    at: Timestamp,
}

fn id(n: u64, at: Timestamp) -> DocumentId {
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&Digest::of(&n.to_le_bytes()).0[..8]);
    DocumentId::new(at, chance)
}

async fn offer(store: &Embedded, plan: &Plan, n: u64, now: Timestamp) -> Sent {
    let planned = plan.document(n);
    let keep = |what: &str| {
        store
            .vault
            .keep_bytes(Bytes::from(format!("{n:080}{what}")))
    };
    let (file, envelope, report) = (keep("file"), keep("envelope"), keep("report"));
    let (sender, recipient) = (Plan::code(planned.sender), Plan::code(planned.recipient));
    let today = now.local_day();
    let day = if planned.late {
        Plan::yesterday(Plan::yesterday(today))
    } else {
        today
    };
    let number = CodeNumber::parse(&n.to_string()).expect("number");
    let notation = CodeNotation::parse("UBND-VP").expect("notation");
    let (reason, disposition, indication) = match planned.refused {
        true => (
            ReasonCode::DigestMismatch,
            Disposition::Refuse,
            Indication::TotalFailed,
        ),
        false => (
            ReasonCode::SignedAsRequired,
            Disposition::Accept,
            Indication::TotalPassed,
        ),
    };
    let document = id(n, now);
    let event = Offered {
        document,
        key: DocumentKey::new(sender.clone(), number, notation, day),
        sender,
        promulgated: day,
        first_offer: true,
        request: Digest::of(format!("request {n}").as_bytes()),
        content: Digest::of(format!("content {n}").as_bytes()),
        envelope: envelope.digest(),
        kept: true,
        files: vec![FileRef {
            digest: file.digest(),
            size: file.size(),
            role: FileRole::Main,
        }],
        recipients: vec![recipient],
        countable: vec![Countable::Yes],
        paper_follows: n.is_multiple_of(25),
        in_register: false,
        judged: Judged {
            indication,
            sub_indication: None,
            reason,
            disposition,
            agency_signed: !planned.refused,
            person_signed: !planned.refused && planned.both,
            policy: Policy::RequireAgency,
            rules: Digest::of(b"rules"),
            report: Some(report.digest()),
        },
        hold_until: None,
        urgency: Urgency::Normal,
        issue_due: Some(day),
        due: None,
        rests_on: Vec::new(),
        updates: None,
        replaces: Vec::new(),
        duplicate_of: None,
        redirected: Vec::new(),
    };
    let change = Change {
        subject: Some((document, Position::START)),
        bodies: vec![file, envelope, report],
        events: vec![Event::Offered(Box::new(event))],
    };
    let done = store.ledger.commit(change).await.expect("committed");
    Sent {
        document,
        version: done.records[0].position,
        planned,
        at: now,
    }
}

async fn arrive(store: &Embedded, sent: Sent, now: Timestamp) -> Sent {
    let due = Due {
        answer: now.plus_secs(4 * HOUR),
        present: now.plus_secs(8 * HOUR),
        complete: None,
    };
    let event = Event::Arrived(Arrived {
        document: sent.document,
        sender: Plan::code(sent.planned.sender),
        recipient: Plan::code(sent.planned.recipient),
        due: Some(due),
        way: Way::Pull,
    });
    let version = moved(store, &sent, event).await;
    Sent {
        version,
        at: now,
        ..sent
    }
}

async fn answer(store: &Embedded, sent: Sent) {
    let event = Event::Answered(Answered {
        document: sent.document,
        sender: Plan::code(sent.planned.sender),
        recipient: Plan::code(sent.planned.recipient),
        status: Status::Accepted,
        arrived: sent.at,
        due: Some(sent.at.plus_secs(4 * HOUR)),
        note: None,
    });
    moved(store, &sent, event).await;
}

async fn moved(store: &Embedded, sent: &Sent, event: Event) -> Position {
    let change = Change {
        subject: Some((sent.document, sent.version)),
        bodies: Vec::new(),
        events: vec![event],
    };
    let done = store.ledger.commit(change).await.expect("committed");
    done.records[0].position
}
