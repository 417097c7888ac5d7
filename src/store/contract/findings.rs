//! Findings: found by unit and by due date, reminded of once on a day, closed only by evidence that exists; and reports
//! that go out once.

use super::super::embedded::disk_twin::Chance;
use super::super::embedded::{Embedded, OpenOptions, open};
use super::super::memory::MemoryStore;
use super::{Store, accept, ok};
use crate::clock::ManualClock;
use crate::model::event::{
    Event, Evidence, FindingClosed, FindingOpened, FindingReminded, FoundIn, FoundItem, PlainName,
    PostWay, ReminderCause, ReportSent,
};
use crate::model::{Digest, DocumentId, LocalDay, Period, Position, UnitCode};
use crate::store::samples::{id, morning, receipt, unit};
use crate::store::{Change, CommitError, Finding, Ledger};
use std::path::Path;
use std::sync::Arc;

fn day(number: i8) -> LocalDay {
    LocalDay::new(2026, 12, number).unwrap()
}

fn finding(n: u64) -> DocumentId {
    id(1_000_000 + n)
}

fn change(event: Event) -> Change {
    Change {
        subject: None,
        bodies: Vec::new(),
        events: vec![event],
    }
}

fn opened(n: u64, of: &str, due: LocalDay) -> Event {
    let figure = FoundIn {
        figure: PlainName::parse("signed").unwrap(),
        period: Period::parse("2026-11").unwrap(),
        missing: true,
        total: n,
        position: Position(n),
    };
    Event::FindingOpened(Box::new(FindingOpened {
        finding: finding(n),
        unit: unit(of),
        figure: n.is_multiple_of(2).then_some(figure),
        items: (0..=n % 5).map(|n| FoundItem::Document(id(n))).collect(),
        due,
        note: Digest::of(&n.to_le_bytes()),
        actor: None,
    }))
}

fn reminded(n: u64, of: &str, day: LocalDay, cause: ReminderCause) -> Event {
    Event::FindingReminded(Box::new(FindingReminded {
        finding: finding(n),
        unit: unit(of),
        day,
        cause,
        way: PostWay::Folder,
    }))
}

fn closed(n: u64, of: &str, evidence: Vec<Evidence>) -> Event {
    Event::FindingClosed(Box::new(FindingClosed {
        finding: finding(n),
        unit: unit(of),
        evidence,
        note: Digest::of(b"words"),
        actor: None,
    }))
}

fn numbers(all: &[Finding]) -> Vec<u64> {
    let of = |one: &Finding| (0..10_000).find(|n| finding(*n) == one.finding).unwrap();
    all.iter().map(of).collect()
}

/// Long enough for rows to be written out, and read from there.
async fn written() {
    tokio::time::sleep(std::time::Duration::from_millis(12)).await;
}

pub(super) async fn findings_are_found_by_unit_and_due_date(store: Store) {
    let ledger = &store.ledger;
    assert_eq!(ledger.finding(finding(1)), Ok(None));
    for (n, of, due) in [
        (1, "H53.2", 20),
        (2, "H53.3", 10),
        (3, "H53.2", 10),
        (4, "H53.2", 15),
    ] {
        ok(&store, change(opened(n, of, day(due)))).await;
        if n % 2 == 0 {
            written().await;
        }
    }
    let all = |unit: Option<&UnitCode>, after, most| {
        numbers(&ledger.findings(unit, after, most).unwrap())
    };
    assert_eq!(all(None, None, 10), [1, 2, 3, 4]);
    assert_eq!(all(None, Some(finding(2)), 1), [3]);
    assert_eq!(all(Some(&unit("H53.2")), None, 10), [1, 3, 4]);
    assert_eq!(all(Some(&unit("H53.2")), Some(finding(1)), 1), [3]);
    assert_eq!(all(Some(&unit("H53.1")), None, 10), [0u64; 0]);
    let due = |after, most| numbers(&ledger.open_findings(after, most).unwrap());
    assert_eq!(due(None, 10), [2, 3, 4, 1]);
    assert_eq!(due(Some((day(10), finding(2))), 2), [3, 4]);
    let found = ledger.finding(finding(4)).unwrap().unwrap();
    assert_eq!(
        (found.unit.as_str(), found.items, found.due),
        ("H53.2", 5, day(15))
    );
    assert!(found.figure.is_some_and(|figure| figure.total == 4));
    assert_eq!(ledger.finding_items(finding(4)).unwrap().len(), 5);
    // One that is there already.
    let again = ledger.commit(change(opened(2, "H53.3", day(10)))).await;
    assert_eq!(again, Err(CommitError::Stale));
    accept(&store, 1).await;
    ok(
        &store,
        change(closed(3, "H53.2", vec![Evidence::Document(id(1))])),
    )
    .await;
    assert_eq!(due(None, 10), [2, 4, 1]);
    written().await;
    assert_eq!(due(None, 10), [2, 4, 1]);
    assert_eq!(
        due(None, 2),
        [2, 4],
        "a closed one takes no place on a page"
    );
    assert_eq!(all(None, None, 10), [1, 2, 3, 4], "a closed one stays");
    let end = ledger.finding(finding(3)).unwrap().unwrap().closed.unwrap();
    assert_eq!(end.evidence, [Evidence::Document(id(1))]);
}

pub(super) async fn nothing_is_closed_but_by_what_exists(store: Store) {
    let ledger = &store.ledger;
    let offer = accept(&store, 1).await;
    ok(&store, change(opened(1, "H53.2", day(10)))).await;
    let november = Period::parse("2026-11").unwrap();
    for wrong in [
        vec![],
        vec![Evidence::Document(id(2))],
        vec![Evidence::Receipt(offer.position)],
        vec![Evidence::Statement(november, 1)],
        vec![Evidence::Import(id(1))],
        vec![Evidence::Document(id(1)), Evidence::Receipt(Position(999))],
    ] {
        let told = ledger
            .commit(change(closed(1, "H53.2", wrong.clone())))
            .await;
        assert_eq!(told, Err(CommitError::Stale), "{wrong:?}");
    }
    let of_another = closed(1, "H53.3", vec![Evidence::Document(id(1))]);
    assert_eq!(
        ledger.commit(change(of_another)).await,
        Err(CommitError::Stale)
    );
    let none = closed(2, "H53.2", vec![Evidence::Document(id(1))]);
    assert_eq!(ledger.commit(change(none)).await, Err(CommitError::Stale));
    assert!(
        ledger
            .finding(finding(1))
            .unwrap()
            .unwrap()
            .closed
            .is_none()
    );
    // The same receipt, once it is stored.
    ok(&store, receipt(&*store.vault, 1, offer.position, "receipt")).await;
    let good = vec![Evidence::Receipt(offer.position), Evidence::Document(id(1))];
    ok(&store, change(closed(1, "H53.2", good.clone()))).await;
    let twice = ledger.commit(change(closed(1, "H53.2", good))).await;
    assert_eq!(twice, Err(CommitError::Stale));
    let late = reminded(1, "H53.2", day(11), ReminderCause::Overdue);
    assert_eq!(ledger.commit(change(late)).await, Err(CommitError::Stale));
}

pub(super) async fn reminders_go_out_once_a_day_and_reports_once(store: Store) {
    let ledger = &store.ledger;
    ok(&store, change(opened(1, "H53.2", day(10)))).await;
    use ReminderCause::{Ahead, Asked, Overdue};
    ok(&store, change(reminded(1, "H53.2", day(7), Ahead))).await;
    for stale in [
        reminded(1, "H53.2", day(7), Ahead),
        reminded(1, "H53.2", day(6), Overdue),
        reminded(1, "H53.3", day(8), Overdue),
        reminded(2, "H53.2", day(8), Overdue),
    ] {
        let told = ledger.commit(change(stale)).await;
        assert_eq!(told, Err(CommitError::Stale));
    }
    written().await;
    ok(&store, change(reminded(1, "H53.2", day(7), Asked))).await;
    ok(&store, change(reminded(1, "H53.2", day(11), Overdue))).await;
    let found = ledger.finding(finding(1)).unwrap().unwrap();
    assert_eq!(found.reminders, 3);
    assert_eq!(
        found.reminded.map(|(_, day, cause)| (day, cause)),
        Some((day(11), Overdue))
    );
    let (name, november) = (
        PlainName::parse("thang").unwrap(),
        Period::parse("2026-11").unwrap(),
    );
    assert_eq!(ledger.report_sent(&name, november), Ok(None));
    let sent = |period: &str| {
        Event::ReportSent(Box::new(ReportSent {
            schedule: PlainName::parse("thang").unwrap(),
            period: Period::parse(period).unwrap(),
            files: Digest::ZERO,
            addresses: 1,
        }))
    };
    let first = ok(&store, change(sent("2026-11"))).await.records.remove(0);
    let again = ledger.commit(change(sent("2026-11"))).await;
    assert_eq!(again, Err(CommitError::Stale));
    written().await;
    assert_eq!(
        ledger.report_sent(&name, november),
        Ok(Some(first.position))
    );
    ok(&store, change(sent("2026-12"))).await;
}

/// The same is asked of both stores, while the embedded one is dropped without a word, loses its index, and is opened
/// again: both give the same outcomes and say the same.
#[tokio::test]
async fn both_stores_say_the_same_of_findings_on_any_seed() {
    let mut done = 0;
    for seed in 0..12 {
        done += lives(seed).await;
    }
    assert!(done > 400, "{done}");
}

fn reopened(data: &Path, clock: &Arc<ManualClock>) -> Embedded {
    let options = OpenOptions {
        checkpoint: std::time::Duration::from_millis(3),
        patience: std::time::Duration::from_secs(20),
        ..OpenOptions::default()
    };
    open(data, options, clock.clone()).unwrap()
}

fn invented(chance: &mut Chance, next: &mut u64) -> Event {
    let of = |n: u64| ["H53.1", "H53.2", "H53.3"][usize::try_from(n % 3).unwrap()];
    let any = 1 + chance.below(*next);
    let on = day(i8::try_from(1 + chance.below(28)).unwrap());
    let causes = ReminderCause::ALL;
    let cause = causes[usize::try_from(chance.below(3)).unwrap()];
    match chance.below(10) {
        0..4 => {
            *next += 1;
            opened(*next, of(*next), on)
        }
        4..7 => reminded(any, of(any), on, cause),
        7 => {
            let month = i8::try_from(1 + chance.below(12)).unwrap();
            Event::ReportSent(Box::new(ReportSent {
                schedule: PlainName::parse("thang").unwrap(),
                period: Period::parse(&format!("2026-{month:02}")).unwrap(),
                files: Digest::ZERO,
                addresses: 0,
            }))
        }
        _ => closed(any, of(any), vec![Evidence::Document(id(chance.below(3)))]),
    }
}

async fn lives(seed: u64) -> usize {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(morning()));
    let memory = MemoryStore::new(clock.clone());
    let mut store = reopened(data.path(), &clock);
    let (mut chance, mut next, mut done) = (Chance::new(seed + 7_000), 0, 0);
    for n in 1..3 {
        let one = crate::store::samples::offer(&*memory, n, crate::model::Disposition::Accept);
        memory.commit(one).await.unwrap();
        let two = crate::store::samples::offer(&*store.vault, n, crate::model::Disposition::Accept);
        store.ledger.commit(two).await.unwrap();
    }
    for _ in 0..120 {
        if chance.below(20) == 0 {
            drop(store);
            if chance.below(2) == 0 {
                std::fs::remove_dir_all(data.path().join("index")).unwrap();
            }
            store = reopened(data.path(), &clock);
            alike(&*memory, &*store.ledger, seed);
        }
        let event = invented(&mut chance, &mut next);
        let one = memory.commit(change(event.clone())).await;
        let two = store.ledger.commit(change(event.clone())).await;
        assert_eq!(one, two, "seed {seed}: {event:?}");
        done += usize::from(one.is_ok());
    }
    alike(&*memory, &*store.ledger, seed);
    done
}

fn alike(one: &dyn Ledger, two: &dyn Ledger, seed: u64) {
    let all = one.findings(None, None, 1_000).unwrap();
    assert_eq!(all, two.findings(None, None, 1_000).unwrap(), "seed {seed}");
    let open = |ledger: &dyn Ledger| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = ledger.open_findings(after, 3).unwrap();
            let Some(last) = page.last() else {
                return all;
            };
            after = Some((last.due, last.finding));
            all.extend(page);
        }
    };
    let found = open(one);
    assert_eq!(found, open(two), "seed {seed}");
    let own: Vec<&Finding> = all.iter().filter(|one| one.closed.is_none()).collect();
    assert_eq!(found.len(), own.len(), "seed {seed}");
    assert!(
        found.is_sorted_by_key(|one| (one.due, one.finding)),
        "seed {seed}"
    );
    for finding in &all {
        let items = |ledger: &dyn Ledger| ledger.finding_items(finding.finding).unwrap();
        assert_eq!(items(one), items(two), "seed {seed}");
    }
    for code in ["H53.1", "H53.2", "H53.3"] {
        let of = |ledger: &dyn Ledger| ledger.findings(Some(&unit(code)), None, 1_000).unwrap();
        assert_eq!(of(one), of(two), "seed {seed}");
    }
    for month in 1..=12 {
        let period = Period::parse(&format!("2026-{month:02}")).unwrap();
        let name = PlainName::parse("thang").unwrap();
        let sent = |ledger: &dyn Ledger| ledger.report_sent(&name, period).unwrap();
        assert_eq!(sent(one), sent(two), "seed {seed}");
    }
}
