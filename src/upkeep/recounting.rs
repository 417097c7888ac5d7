//! The counters compared with the log, again and again, without being asked: month by month, from this one back. A
//! slice reads the log once and takes a share of the documents, so that it needs the memory of few, however many
//! there are; the pauses between slices are long enough to leave the machine to others.

use crate::intake::Intake;
use crate::model::{Period, Position, Timestamp};
use crate::rates::recount::Recount;
use crate::seal::statement::{Change, UnitFigures, changes};
use crate::store::{Ledger, PeriodTotals, ReadError};
use crate::telemetry::names;
use arc_swap::ArcSwapOption;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Months looked at: this one and those of two years before; after the last one it begins anew.
const MONTHS: usize = 25;
/// Records of the log for each share: the lives of about 50,000 documents.
const RECORDS: u64 = 250_000;
/// At least so long between two slices …
const PAUSE: Duration = Duration::from_secs(300);
/// … and so many times as long as the last one took: a core is at it for a twentieth of its time.
const REST: u32 = 19;
/// Differences of a month that are named.
const NAMED: usize = 10;

/// What was found so far; nothing before the first month is done.
pub type Recounts = Arc<ArcSwapOption<Recounted>>;

/// What the last look at each month found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recounted {
    /// When the last month was done.
    pub at: Timestamp,
    /// That month.
    pub last: Option<Period>,
    /// Up to which record it was compared.
    pub position: Position,
    /// Months with figures that differ: how many figures, and the first of them.
    pub differing: BTreeMap<Period, (usize, Vec<Change>)>,
}

/// A month under way.
struct Job {
    period: Period,
    totals: PeriodTotals,
    share: u32,
    of: u32,
    figures: UnitFigures,
}

/// Compares the counters with the log.
pub struct Recounter {
    intake: Arc<Intake>,
    found: Recounts,
    job: Option<Job>,
    /// The month before which the next one lies, and how many were done since this one.
    done: Option<(Period, usize)>,
    records: u64,
}

impl fmt::Debug for Recounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recounter(..)")
    }
}

impl Recounter {
    /// Puts it together; what it finds goes to `found`.
    #[must_use]
    pub fn new(intake: Arc<Intake>, found: Recounts) -> Self {
        Self {
            intake,
            found,
            job: None,
            done: None,
            records: RECORDS,
        }
    }

    /// The same with another number of records for each share.
    #[must_use]
    pub fn with_records(self, records: u64) -> Self {
        Self {
            records: records.max(1),
            ..self
        }
    }

    /// Runs until it is told to stop; a slice that was begun is ended.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut pause = PAUSE;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            let begun = Instant::now();
            let work = move || {
                let outcome = self.slice();
                (self, outcome)
            };
            let Ok((back, outcome)) = tokio::task::spawn_blocking(work).await else {
                tracing::error!("the recount stopped; the counters are not compared any more");
                return;
            };
            self = back;
            pause = begun.elapsed().saturating_mul(REST).max(PAUSE);
            match outcome {
                Ok(()) | Err(ReadError::Rebuilding) => {}
                Err(problem) => {
                    self.job = None;
                    tracing::warn!(%problem, "a month was not recounted; it is tried again");
                }
            }
        }
    }

    /// One share of one month.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn slice(&mut self) -> Result<(), ReadError> {
        let intake = Arc::clone(&self.intake);
        let ledger = &*intake.tools().ledger;
        let mut job = match self.job.take() {
            Some(job) => job,
            None => self.begin(ledger)?,
        };
        let mut recount = Recount::share(job.share, job.of);
        let until = job.totals.position;
        ledger.replay(until, &mut |record| recount.take(record))?;
        for (unit, counts) in recount.period_figures(job.period) {
            let total = job.figures.entry(unit).or_default();
            for (measure, figure) in counts {
                let sum = total.entry(measure).or_insert(0);
                *sum = sum.saturating_add(figure);
            }
        }
        job.share = job.share.saturating_add(1);
        if job.share < job.of {
            self.job = Some(job);
        } else {
            self.tell(&job);
        }
        Ok(())
    }

    fn begin(&self, ledger: &dyn Ledger) -> Result<Job, ReadError> {
        let this = Period::month_of(self.intake.tools().clock.now().local_day());
        let next = self.done.filter(|(_, count)| *count < MONTHS);
        let period = next.map_or(this, |(last, _)| last.previous());
        let totals = ledger.period_totals(period)?;
        let shares = totals.position.0.div_ceil(self.records).max(1);
        Ok(Job {
            period,
            totals,
            share: 0,
            of: u32::try_from(shares).unwrap_or(u32::MAX),
            figures: UnitFigures::new(),
        })
    }

    /// A month is done: what differs is an alarm, until the month is looked at again and nothing does.
    fn tell(&mut self, job: &Job) {
        let count = self.done.map_or(0, |(_, count)| count);
        let count = if count < MONTHS { count } else { 0 };
        self.done = Some((job.period, count.saturating_add(1)));
        let differences = changes(&job.totals.totals, &job.figures);
        let mut found = self
            .found
            .load_full()
            .map_or_else(Recounted::default, Arc::unwrap_or_clone);
        found.at = self.intake.tools().clock.now();
        (found.last, found.position) = (Some(job.period), job.totals.position);
        found.differing.remove(&job.period);
        if !differences.is_empty() {
            tracing::error!(
                period = %job.period, figures = differences.len(), position = %job.totals.position,
                "counters differ from the log; see lienthong recount --period"
            );
            let named = differences.iter().take(NAMED).cloned().collect();
            found
                .differing
                .insert(job.period, (differences.len(), named));
        }
        let all = found.differing.values().map(|(count, _)| *count);
        let all = u32::try_from(all.sum::<usize>()).unwrap_or(u32::MAX);
        metrics::gauge!(names::RECOUNT_DIFFERENCES).set(f64::from(all));
        self.found.store(Some(Arc::new(found)));
    }
}
