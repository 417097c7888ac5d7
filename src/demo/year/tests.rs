use super::draw::plans;
use super::offices::{Offices, first_day, last_day};
use super::*;
use crate::clock::SystemClock;
use crate::model::Period;
use crate::store::Ledger;
use crate::store::embedded::OpenError;
use crate::upkeep::{RecountOf, recount_of};
use std::collections::BTreeSet;

async fn written(folder: &Path) -> Written {
    let world = World::new(SystemClock.now(), "http://127.0.0.1:1").expect("world");
    let mut told = |_: &str, _: u64| {};
    write(folder, &world, &mut told).await.expect("the year")
}

fn opened(data: &Path, simulated: Option<u64>) -> Result<embedded::Embedded, OpenError> {
    let options = OpenOptions {
        simulated,
        patience: Duration::from_secs(600),
        ..OpenOptions::default()
    };
    embedded::open(data, options, Arc::new(ManualClock::new(end())))
}

/// The counters of a store by month, as the tally has them.
fn counted(ledger: &dyn Ledger, months: &BTreeSet<String>) -> Figures {
    let mut out = Figures::new();
    for month in months {
        let period = Period::parse(month).expect("a month");
        for (unit, counts) in ledger.rates(period, None).expect("rates") {
            let some = counts.iter().filter(|(_, n)| **n != 0);
            out.extend(
                some.map(|(measure, n)| ((unit.to_string(), month.clone(), measure.name()), *n)),
            );
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_figures_of_the_year_are_those_of_its_plans_and_the_store_is_marked() {
    let folder = tempfile::tempdir().expect("folder");
    let written = written(folder.path()).await;
    assert!(
        (3_000..10_000).contains(&written.documents),
        "{}",
        written.documents
    );
    assert_eq!(written.statements, 22);
    // Nobody who was not told opens it.
    assert!(matches!(
        opened(folder.path(), None),
        Err(OpenError::Simulated(_))
    ));
    let store = opened(folder.path(), Some(0)).expect("opened");
    let months: BTreeSet<String> = written.figures.keys().map(|(_, m, _)| m.clone()).collect();
    assert_eq!(months.len(), 13);
    let counted = counted(&*store.ledger, &months);
    let all: BTreeSet<_> = counted.keys().chain(written.figures.keys()).collect();
    let different: Vec<_> = all
        .iter()
        .filter(|key| counted.get(**key) != written.figures.get(**key))
        .map(|key| (key, counted.get(*key), written.figures.get(*key)))
        .take(20)
        .collect();
    assert!(different.is_empty(), "counted, planned: {different:#?}");
    let recounted = recount_of(&*store.ledger, &RecountOf::default()).expect("recount");
    assert!(
        recounted.differences.is_empty(),
        "{:?}",
        recounted.differences
    );
    let last = store.ledger.last_at().expect("time");
    assert!(last <= end() && last > end().plus_secs(-86_400), "{last}");
    store.ledger.close().await;
}

#[test]
fn a_year_has_everything_that_an_inspection_looks_for() {
    let offices = Offices::new().expect("offices");
    let plans = plans(&offices.all, &Calendar::default(), SEED);
    assert_eq!(plans, draw::plans(&offices.all, &Calendar::default(), SEED));
    let sent = |plan: &&plan::Plan| plan.sent.is_some();
    let of = |code: &str| {
        let place = offices.all.iter().position(|o| o.code.as_str() == code);
        let place = place.expect("an office");
        plans.iter().filter(move |plan| plan.office == place)
    };
    assert_eq!(of("MAU.TN.CD.06").filter(sent).count(), 0, "silent");
    assert!(of("MAU.TN.CD.06").count() > 50);
    assert!(of("MAU.LA.CD.09").all(|plan| plan.day < offices::reorganised()));
    assert!(of("MAU.TN.CD.03").all(|plan| plan.day >= offices::reorganised()));
    let recalled = plans.iter().filter_map(|plan| plan.sent.as_ref()?.recalled);
    assert!(recalled.count() > 5);
    let stops = || {
        plans
            .iter()
            .filter_map(|plan| plan.sent.as_ref())
            .flat_map(|s| &s.stops)
    };
    assert!(stops().filter(|stop| stop.taken_back.is_some()).count() > 3);
    assert!(
        stops()
            .filter(|stop| stop.answered.is_some_and(|(_, yes)| !yes))
            .count()
            > 50
    );
    let days = plans.iter().map(|plan| plan.day);
    assert!(days.clone().min() >= Some(first_day()) && days.max() <= Some(last_day()));
    // Numbers run on in each series, from 1 in each year.
    let mut seen = BTreeMap::new();
    for plan in &plans {
        let office = &offices.all[plan.office];
        let series = (plan.office, plan.notation(office), plan.day.year());
        let last = seen.entry(series).or_insert(0);
        assert_eq!(plan.number, *last + 1);
        *last = plan.number;
    }
}
