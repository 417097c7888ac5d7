//! The survey: a code is good once, in whatever store, and sums are those of the answers.

use super::super::embedded::disk_twin::Chance;
use super::super::embedded::{Embedded, OpenOptions, open};
use super::super::memory::MemoryStore;
use super::{Store, ok};
use crate::clock::ManualClock;
use crate::model::dossier::{ProcedureCode, ProcedureRef};
use crate::model::event::{
    DossierRef, Event, SurveyAnswered, SurveyCodes, SurveyEvent, SurveyGroup, SurveyInvited,
};
use crate::model::survey::{SurveyAnswers, SurveyStep, SurveyWay};
use crate::model::{Digest, Period};
use crate::store::samples::{id, morning, unit};
use crate::store::{Change, CommitError, Ledger};
use std::path::Path;
use std::sync::Arc;

fn group(n: u64) -> SurveyGroup {
    let procedure = format!("1.00{}", n % 2);
    SurveyGroup {
        agency: unit(["H53.1", "H53.2"][usize::try_from(n / 2 % 2).unwrap()]),
        procedure: ProcedureCode::parse(&procedure).unwrap(),
        month: Period::parse(&format!("2026-{:02}", 1 + n % 12)).unwrap(),
    }
}

fn code(n: u64) -> Digest {
    Digest::of(&n.to_le_bytes())
}

fn event(event: SurveyEvent) -> Event {
    Event::Survey(Box::new(event))
}

fn codes(of: u64, all: std::ops::Range<u64>) -> Event {
    event(SurveyEvent::Codes(SurveyCodes {
        group: group(of),
        codes: all.map(code).collect(),
    }))
}

fn answered(of: u64, n: u64) -> Event {
    let step = SurveyStep::ALL[usize::try_from(n % 5).unwrap()];
    event(SurveyEvent::Answered(SurveyAnswered {
        group: group(of),
        code: code(n),
        answers: SurveyAnswers::new([Some(step), None, None, None, Some(step)]).unwrap(),
        way: SurveyWay::Page,
    }))
}

fn change(events: Vec<Event>) -> Change {
    Change {
        subject: None,
        bodies: Vec::new(),
        events,
    }
}

/// Long enough for rows to be written out, and read from there.
async fn written() {
    tokio::time::sleep(std::time::Duration::from_millis(12)).await;
}

pub(super) async fn a_code_is_good_once(store: Store) {
    let ledger = &store.ledger;
    assert_eq!(ledger.survey_code(&code(1)), Ok(None));
    ok(&store, change(vec![codes(0, 0..10)])).await;
    for again in [codes(0, 9..12), codes(1, 3..4), codes(0, 20..20)] {
        let told = ledger.commit(change(vec![again])).await;
        assert_eq!(told, Err(CommitError::Stale));
    }
    let known = ledger.survey_code(&code(1)).unwrap().unwrap();
    assert_eq!((known.group, known.spent), (group(0), false));
    ok(&store, change(vec![answered(0, 1)])).await;
    written().await;
    // Spent, never made, of another group; and one code twice in a change.
    for wrong in [
        vec![answered(0, 1)],
        vec![answered(0, 99)],
        vec![answered(1, 2)],
        vec![answered(0, 2), answered(0, 2)],
        vec![answered(0, 2), answered(0, 1)],
    ] {
        let told = ledger.commit(change(wrong)).await;
        assert_eq!(told, Err(CommitError::Stale));
    }
    assert!(ledger.survey_code(&code(1)).unwrap().unwrap().spent);
    assert!(!ledger.survey_code(&code(2)).unwrap().unwrap().spent);
    ok(&store, change(vec![answered(0, 2), answered(0, 3)])).await;
    let sums = ledger.survey_tallies(None).unwrap();
    assert_eq!(sums.len(), 1);
    assert_eq!(sums[&group(0)].answers, 3);
    written().await;
    assert_eq!(ledger.survey_tallies(Some(&unit("H53.1"))).unwrap(), sums);
    assert!(
        ledger
            .survey_tallies(Some(&unit("H53")))
            .unwrap()
            .is_empty()
    );
    assert!(
        ledger
            .survey_tallies(Some(&unit("H53.2")))
            .unwrap()
            .is_empty()
    );
    // There is no such dossier.
    let invited = event(SurveyEvent::Invited(SurveyInvited {
        of: DossierRef {
            dossier: id(7),
            agency: unit("H53.1"),
            procedure: ProcedureRef {
                code: group(0).procedure,
                version: 1,
            },
        },
    }));
    let told = ledger.commit(change(vec![invited])).await;
    assert_eq!(told, Err(CommitError::Stale));
    assert_eq!(ledger.survey_invited(id(7)), Ok(false));
}

/// The same is asked of both stores, while the embedded one is dropped without a word, loses its index, and is opened
/// again.
#[tokio::test]
async fn both_stores_say_the_same_of_the_survey_on_any_seed() {
    let mut done = 0;
    for seed in 0..8 {
        done += lives(seed).await;
    }
    assert!(done > 150, "{done}");
}

fn reopened(data: &Path, clock: &Arc<ManualClock>) -> Embedded {
    let options = OpenOptions {
        checkpoint: std::time::Duration::from_millis(3),
        patience: std::time::Duration::from_secs(20),
        ..OpenOptions::default()
    };
    open(data, options, clock.clone()).unwrap()
}

async fn lives(seed: u64) -> usize {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(morning()));
    let memory = MemoryStore::new(clock.clone());
    let mut store = reopened(data.path(), &clock);
    let (mut chance, mut next, mut done) = (Chance::new(seed + 9_000), 0, 0);
    for _ in 0..100 {
        if chance.below(20) == 0 {
            drop(store);
            if chance.below(2) == 0 {
                std::fs::remove_dir_all(data.path().join("index")).unwrap();
            }
            store = reopened(data.path(), &clock);
            alike(&*memory, &*store.ledger, seed);
        }
        let events = match chance.below(4) {
            0 => {
                next += 3;
                vec![codes(next / 3, next - 3..next)]
            }
            _ => {
                let n = chance.below(next + 2);
                vec![answered(n / 3 + 1, n)]
            }
        };
        let one = memory.commit(change(events.clone())).await;
        let two = store.ledger.commit(change(events.clone())).await;
        assert_eq!(one, two, "seed {seed}: {events:?}");
        done += usize::from(one.is_ok());
    }
    alike(&*memory, &*store.ledger, seed);
    done
}

fn alike(one: &dyn Ledger, two: &dyn Ledger, seed: u64) {
    for agency in [None, Some(unit("H53.1")), Some(unit("H53.2"))] {
        let sums = |ledger: &dyn Ledger| ledger.survey_tallies(agency.as_ref()).unwrap();
        assert_eq!(sums(one), sums(two), "seed {seed}");
    }
    for n in 0..100 {
        let known = |ledger: &dyn Ledger| ledger.survey_code(&code(n)).unwrap();
        assert_eq!(known(one), known(two), "seed {seed}");
    }
}
