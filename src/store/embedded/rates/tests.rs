use super::super::rates_open::OPEN_MONTHS;
use super::*;
use crate::model::event::Event;
use crate::model::{Digest, Disposition};
use crate::rates::Measure;
use crate::store::memory::MemoryStore;
use crate::store::samples::{body, morning, offered, unit};
use std::sync::Arc;

fn record(n: u64) -> Recorded {
    let clock = crate::clock::ManualClock::new(morning());
    let vault = MemoryStore::new(Arc::new(clock));
    let offer = offered(n, Disposition::Hold, &body(&*vault, n, 10));
    Recorded {
        position: Position(n),
        at: morning(),
        hash: Digest::ZERO,
        event: Event::Offered(Box::new(offer)),
    }
}

fn at(n: u64) -> Marker {
    Marker {
        position: Position(n),
        ..Marker::default()
    }
}

/// A crash between two batches leaves values ahead of the marker; the tail is then read again.
#[test]
fn a_record_is_counted_once_per_value() {
    let data = tempfile::tempdir().unwrap();
    let rates = Rates::open(data.path(), [1; 16]).unwrap();
    let records = steps_of(&[record(1), record(2), record(3)]);
    rates.apply(&records[..2], at(2)).unwrap();
    rates.apply(&records, at(3)).unwrap();
    let month = Period::parse("2026-11").unwrap();
    let check = |rates: &Rates| {
        let totals = rates.totals(month, None).unwrap();
        let counts = &totals[&unit("H53.1")];
        for measure in [Measure::Offered, Measure::Undecided, Measure::Held] {
            assert_eq!(counts[&measure], 3, "{measure:?}");
        }
    };
    check(&rates);
    rates.close().unwrap();
    let rates = Rates::open(data.path(), [1; 16]).unwrap();
    assert_eq!(rates.marker().position, Position(3));
    // A year is read past what is in memory, before its month is there and after.
    let (year, none) = (Period::parse("2026").unwrap(), unit("H53.9"));
    let past = rates.totals(year, None).unwrap();
    assert_eq!(rates.totals(year, Some(&unit("H53.1"))).unwrap(), past);
    assert!(rates.totals(year, Some(&none)).unwrap().is_empty());
    check(&rates);
    assert_eq!(rates.totals(year, None).unwrap(), past);
    assert_eq!(rates.totals(month, None).unwrap(), past);
    drop(rates);
    let other = Rates::open(data.path(), [2; 16]).unwrap();
    assert!(other.totals(month, None).unwrap().is_empty());
}

fn step(unit_code: &str, month: i8) -> Increment {
    let day = LocalDay::new(2026, month, 7).unwrap();
    Increment {
        unit: unit(unit_code),
        day,
        measure: Measure::Offered,
        of: crate::rates::Item::Import(crate::model::DocumentId::FIRST),
        by: 1,
    }
}

/// More units than a slice, and more months than are held: what is asked for comes from memory and from disk, before
/// and after it was written, and is always the same; months that are on disk are given up even if nothing more comes.
#[test]
fn slices_and_months_that_were_given_up_lack_nothing() {
    let data = tempfile::tempdir().unwrap();
    let rates = Rates::open(data.path(), [1; 16]).unwrap();
    let codes: Vec<String> = (0..2003).map(|n| format!("H{n:05}")).collect();
    let mut position = 0;
    for month in 1..=9 {
        for code in &codes {
            position += 1;
            let steps = vec![step(code, month)];
            rates
                .apply(&[(Position(position), steps)], at(position))
                .unwrap();
        }
        if month % 3 == 0 {
            rates.flush().unwrap();
        }
    }
    let counts = Counts::from([(Measure::Offered, 1)]);
    let all = |rates: &Rates| {
        for month in 1..=9 {
            let period = Period::parse(&format!("2026-{month:02}")).unwrap();
            let totals = rates.totals(period, None).unwrap();
            assert_eq!(totals.len(), codes.len());
            assert!(totals.values().all(|own| *own == counts));
            let one = rates.totals(period, Some(&unit("H00007"))).unwrap();
            assert_eq!(one[&unit("H00007")], counts);
        }
    };
    all(&rates);
    rates.flush().unwrap();
    assert!(rates.lock().months.len() <= OPEN_MONTHS);
    all(&rates);
    assert!(rates.lock().months.len() <= OPEN_MONTHS);
    let year = rates.totals(Period::parse("2026").unwrap(), None).unwrap();
    assert!(year.values().all(|own| own[&Measure::Offered] == 9));
    assert_eq!(year.len(), codes.len());
}

/// Months are asked for while they are counted and written: no step is lost, and none counts twice.
#[test]
fn asking_beside_counting_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let rates = Rates::open(data.path(), [1; 16]).unwrap();
    let over = std::sync::atomic::AtomicBool::new(false);
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for month in (1..=9).cycle().take_while(|_| !over.load(relaxed)) {
                let period = Period::parse(&format!("2026-{month:02}")).unwrap();
                rates.totals(period, None).unwrap();
            }
        });
        scope.spawn(|| {
            while !over.load(relaxed) {
                rates.flush().unwrap();
            }
        });
        for n in 1..=2_700_u64 {
            let month = i8::try_from(n % 9 + 1).unwrap();
            let steps = vec![step("H53.1", month), step("H53.2", month)];
            rates.apply(&[(Position(n), steps)], at(n)).unwrap();
        }
        over.store(true, relaxed);
    });
    rates.flush().unwrap();
    let year = rates.totals(Period::parse("2026").unwrap(), None).unwrap();
    for code in ["H53.1", "H53.2"] {
        assert_eq!(year[&unit(code)][&Measure::Offered], 2_700);
    }
    rates.close().unwrap();
    let rates = Rates::open(data.path(), [1; 16]).unwrap();
    let again = rates.totals(Period::parse("2026").unwrap(), None).unwrap();
    assert_eq!(again, year);
}

/// Sums that are not those of their sheets are found when a period is taken as of one record, and made again.
#[test]
fn damaged_sums_are_made_again() {
    let data = tempfile::tempdir().unwrap();
    let rates = Rates::open(data.path(), [1; 16]).unwrap();
    let steps: Vec<Increment> = (1..=3).map(|month| step("H53.1", month)).collect();
    rates.apply(&[(Position(1), steps)], at(1)).unwrap();
    rates.flush().unwrap();
    rates.write_and_leave_all();
    let month = Period::parse("2026-02").unwrap();
    let right = rates.totals(month, None).unwrap();
    let store = rates.lock().store.clone().unwrap();
    let mut summed = Summed::default();
    let mut other = Sheet::default();
    other.count(7, Measure::Offered, 2);
    summed.add(&unit("H53.1"), &other);
    store
        .write_sums(
            Month {
                year: 2026,
                month: 2,
            },
            summed,
            9,
        )
        .unwrap();
    assert_ne!(rates.totals(month, None).unwrap(), right);
    assert_eq!(rates.totals_at(month).unwrap().totals, right);
    assert_eq!(rates.totals(month, None).unwrap(), right);
    let quarter = Period::parse("2026-Q1").unwrap();
    assert_eq!(
        rates.totals(quarter, None).unwrap()[&unit("H53.1")][&Measure::Offered],
        3
    );
}

/// What the rates are to say: every step, by unit and day.
type Model = BTreeMap<(UnitCode, LocalDay), Counts>;

const PERIODS: [&str; 12] = [
    "2026-01",
    "2026-02",
    "2026-03",
    "2026-01@15",
    "2026-02@15",
    "2026-03@15",
    "2026-W05",
    "2026-W09",
    "2026-02-14",
    "2026-02-28",
    "2026-Q1",
    "2026",
];

fn of_model(model: &Model, period: Period) -> BTreeMap<UnitCode, Counts> {
    let mut out: BTreeMap<UnitCode, Counts> = BTreeMap::new();
    for ((unit, day), counts) in model {
        if period.contains(*day) {
            let total = out.entry(unit.clone()).or_default();
            for (measure, by) in counts {
                let figure = total.entry(*measure).or_insert(0);
                *figure += by;
            }
        }
    }
    out
}

fn says_the_same(rates: &Rates, model: &Model, at: u64) {
    for text in PERIODS {
        let period = Period::parse(text).unwrap();
        let expected = of_model(model, period);
        // The second time sums may have been made.
        for _ in 0..2 {
            assert_eq!(rates.totals(period, None).unwrap(), expected, "{text}");
        }
        let stated = rates.totals_at(period).unwrap();
        assert_eq!(stated.totals, expected, "{text}");
        assert_eq!(stated.position, Position(at));
        for code in ["H1", "H1.1", "H2", "H9"] {
            let unit = unit(code);
            let own = rates.totals(period, Some(&unit)).unwrap();
            assert_eq!(own.get(&unit), expected.get(&unit), "{text} {code}");
            let days = rates.days(&period.days(), &unit).unwrap();
            let own = model
                .iter()
                .filter(|((of, day), _)| *of == unit && period.contains(*day));
            let own: BTreeMap<LocalDay, Counts> = own.map(|((_, d), c)| (*d, c.clone())).collect();
            assert_eq!(days, own, "{text} {code}");
        }
    }
    assert_eq!(rates.all().unwrap(), (Position(at), model.clone()));
}

#[derive(Clone, Debug)]
enum Do {
    /// Unit, day of the year, which measure, by how much.
    Count(usize, i32, usize, i64),
    Flush,
    Relieve,
    Ask,
    Close,
    Crash,
}

fn steps() -> impl proptest::strategy::Strategy<Value = Vec<Do>> {
    use proptest::prelude::*;
    let count = (0_usize..4, 0_i32..100, 0_usize..40, -2_i64..4);
    let count = count.prop_map(|(unit, day, measure, by)| Do::Count(unit, day, measure, by));
    let one = prop_oneof![
        12 => count,
        2 => Just(Do::Flush),
        1 => Just(Do::Relieve),
        1 => Just(Do::Ask),
        1 => Just(Do::Close),
        1 => Just(Do::Crash),
    ];
    prop::collection::vec(one, 0..60)
}

/// A crash loses what was not written; the log has it, and it is counted again.
fn reopened(dir: &Path, log: &[Steps], position: u64) -> Rates {
    let rates = Rates::open(dir, [1; 16]).unwrap();
    let from = rates.marker().position;
    let tail: Vec<Steps> = log.iter().filter(|(p, _)| *p > from).cloned().collect();
    rates.apply(&tail, at(position)).unwrap();
    rates
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    /// Whatever is counted, written, given up, closed and lost: every period says what its days say.
    #[test]
    fn periods_say_what_their_days_say(all in steps()) {
        let data = tempfile::tempdir().unwrap();
        let mut rates = Rates::open(data.path(), [1; 16]).unwrap();
        let (mut model, mut log, mut position) = (Model::new(), Vec::<Steps>::new(), 0_u64);
        let measures: Vec<Measure> = Measure::names().into_values().collect();
        let first = LocalDay::parse("2026-01-01").unwrap().number();
        for one in all {
            match one {
                Do::Count(which, day, measure, by) => {
                    let unit_code = unit(["H1", "H1.1", "H1.2", "H2"][which]);
                    let day = LocalDay::from_number(first + day).unwrap();
                    let measure = measures[measure];
                    let counts = model.entry((unit_code.clone(), day)).or_default();
                    *counts.entry(measure).or_insert(0) += by;
                    position += 1;
                    let of = crate::rates::Item::Import(crate::model::DocumentId::FIRST);
                    let step = Increment { unit: unit_code, day, measure, of, by };
                    log.push((Position(position), vec![step]));
                    rates.apply(&log[log.len() - 1..], at(position)).unwrap();
                }
                Do::Flush => rates.flush().unwrap(),
                Do::Relieve => rates.write_and_leave_all(),
                Do::Ask => says_the_same(&rates, &model, position),
                Do::Close => {
                    rates.close().unwrap();
                    rates = reopened(data.path(), &log, position);
                }
                Do::Crash => {
                    drop(rates);
                    rates = reopened(data.path(), &log, position);
                }
            }
        }
        says_the_same(&rates, &model, position);
    }
}

impl Rates {
    /// As when there is no room for anything.
    fn write_and_leave_all(&self) {
        let _one = self.flushing.lock();
        let months: Vec<Month> = self.lock().months.keys().copied().collect();
        for month in months {
            self.write(self.lock(), Some(month)).unwrap();
            assert!(self.leave(month).unwrap());
        }
    }
}
