//! Reports that go out by themselves: once a period may be closed, or on a working day behind it; into a folder, to
//! addresses, or both. Once of each period: what went out is an event. What fails is told and tried again; a crash before
//! the event sends once more what is the same file and the same letter.

use super::{concerned, history};
use crate::client::history::History;
use crate::config::{ConfigError, Schedule, targets};
use crate::export::files::files;
use crate::export::report::{Asked, compose, periods};
use crate::intake::{CloseError, FindingTools, Intake};
use crate::lang;
use crate::mail::{Attachment, Letter, MailError, Post};
use crate::model::event::{PostWay, ReportSent};
use crate::model::{Calendar, Hasher, Period, Timestamp};
use crate::rates::column::Column;
use crate::shelf;
use crate::store::{CommitError, ReadError, Readiness};
use crate::telemetry::names;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether a report is due: against days, nothing.
const LOOK: Duration = Duration::from_secs(10);
/// After a failure the next look waits so long, twice as long after each, …
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// … and at most so long.
const LONGEST_PAUSE: Duration = Duration::from_secs(1800);
/// Periods that are made up for when the gateway was away: a year of months.
const MADE_UP: usize = 12;
/// The longest letter that mail servers commonly take, before base64 makes it a third longer.
const MAX_LETTER: usize = 15 << 20;

/// Why a report did not go out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScheduleError {
    /// It could not be made.
    #[error("the report cannot be made: {0}")]
    Made(String),
    /// Its figures could not be read.
    #[error(transparent)]
    Close(#[from] CloseError),
    /// The targets could not be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file could not be written.
    #[error("{path}: {problem}")]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// It has addresses, and nobody sends letters.
    #[error("the schedule has addresses, and [mail] says no way of sending")]
    NoPost,
    /// It is longer than a letter may be.
    #[error(
        "{0} bytes are more than a letter may have ({MAX_LETTER}); use the folder, or fewer forms"
    )]
    TooLarge(usize),
    /// A letter was not sent.
    #[error("{to}: {error}")]
    Mail {
        /// To whom.
        to: String,
        /// Why.
        error: MailError,
    },
    /// What went out is not on record.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// See [`ReadError`].
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Sends reports out.
pub struct Scheduled {
    intake: Arc<Intake>,
    post: Option<Arc<Post>>,
    schedules: Vec<Schedule>,
    columns: Vec<Column>,
    targets: PathBuf,
    /// Letters of a report whose others failed: they do not go out again while this process runs.
    letters: BTreeSet<String>,
}

impl fmt::Debug for Scheduled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scheduled({})", self.schedules.len())
    }
}

/// When a report of a period goes out: at the beginning of a working day behind it, or once it may be closed.
fn due(schedule: &Schedule, period: Period, calendar: &Calendar) -> Timestamp {
    let Some(number) = schedule.working_day else {
        return Timestamp(period.settles(calendar).0.saturating_add(1));
    };
    let last = *period.days().end();
    (0..number)
        .fold(last, |day, _| calendar.next_working(day))
        .at_minute(0)
}

/// The periods whose reports are due and did not go out, the earliest first. A schedule that is new begins with the last
/// one; one that was away makes up for those since its last.
///
/// # Errors
/// What `sent` says.
pub fn due_periods<E>(
    schedule: &Schedule,
    calendar: &Calendar,
    now: Timestamp,
    mut sent: impl FnMut(Period) -> Result<bool, E>,
) -> Result<Vec<Period>, E> {
    let this = Period::of(schedule.kind, schedule.administrative, now.local_day());
    let earlier = std::iter::successors(Some(this.previous()), |p| Some(p.previous()));
    let mut open = Vec::new();
    let mut before = false;
    for period in earlier.take(MADE_UP) {
        if sent(period)? {
            before = true;
            break;
        }
        if due(schedule, period, calendar) <= now {
            open.push(period);
        }
    }
    if !before {
        open.truncate(1);
    }
    open.reverse();
    Ok(open)
}

/// A report as it goes out.
struct Made {
    files: Vec<(String, Vec<u8>)>,
    late: usize,
}

impl Scheduled {
    /// Puts it together.
    #[must_use]
    pub fn new(
        intake: Arc<Intake>,
        post: Option<Arc<Post>>,
        schedules: Vec<Schedule>,
        columns: Vec<Column>,
        targets: PathBuf,
    ) -> Self {
        Self {
            intake,
            post,
            schedules,
            columns,
            targets,
            letters: BTreeSet::new(),
        }
    }

    /// Runs until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        loop {
            let ready = self.intake.tools().ledger.readiness() == Readiness::Ready;
            let failed = match ready {
                true => self.look().await > 0,
                false => false,
            };
            let wait = match failed {
                false => {
                    pause = FIRST_PAUSE;
                    LOOK
                }
                true => {
                    let wait = pause;
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                    wait
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Sends what is due now; how many did not go out. One that fails holds up no other.
    pub async fn look(&mut self) -> usize {
        let mut failed = 0usize;
        for schedule in self.schedules.clone() {
            let ledger = Arc::clone(&self.intake.tools().ledger);
            let rules = self.intake.rules();
            let now = self.intake.tools().clock.now();
            let sent = |period| {
                let at = ledger.report_sent(&schedule.name, period)?;
                Ok::<_, ReadError>(at.is_some())
            };
            let open = match due_periods(&schedule, &rules.calendar, now, sent) {
                Ok(open) => open,
                Err(problem) => {
                    tracing::warn!(%problem, "it was not looked whether reports are due; it is tried again");
                    failed = failed.saturating_add(1);
                    continue;
                }
            };
            for period in open {
                let done = self.send(&schedule, period).await;
                let outcome = if done.is_ok() { "sent" } else { "failed" };
                metrics::counter!(names::LETTERS, "kind" => "report", "outcome" => outcome)
                    .increment(1);
                match done {
                    Ok(()) => {
                        tracing::info!(schedule = %schedule.name, %period, "a report went out");
                    }
                    Err(problem) => {
                        failed = failed.saturating_add(1);
                        tracing::error!(
                            schedule = %schedule.name, %period, %problem,
                            "a report did not go out; it is tried again"
                        );
                        break;
                    }
                }
            }
        }
        failed
    }

    async fn send(&mut self, schedule: &Schedule, period: Period) -> Result<(), ScheduleError> {
        let made = self.make(schedule, period).await?;
        if let Some(folder) = &schedule.folder {
            let (folder, files) = (folder.clone(), made.files.clone());
            let written = tokio::task::spawn_blocking(move || write(&folder, &files)).await;
            written.map_err(|e| ScheduleError::Made(e.to_string()))??;
        }
        if !schedule.mail.is_empty() {
            self.mail(schedule, period, &made).await?;
        }
        let mut hasher = Hasher::new();
        for (name, bytes) in &made.files {
            hasher.update(name.as_bytes());
            hasher.update(&[0]);
            hasher.update(bytes);
        }
        let sent = ReportSent {
            schedule: schedule.name.clone(),
            period,
            files: hasher.finish(),
            addresses: u16::try_from(schedule.mail.len()).unwrap_or(u16::MAX),
        };
        let tools = self.intake.tools();
        let tools = FindingTools {
            ledger: &*tools.ledger,
            vault: &*tools.vault,
            now: tools.clock.now(),
        };
        match tools.report_sent(sent).await {
            // It is on record already.
            Ok(()) | Err(CommitError::Stale) => {}
            Err(e) => return Err(e.into()),
        }
        let own = format!("{}-{period}-", schedule.name);
        self.letters.retain(|id| !id.starts_with(&own));
        Ok(())
    }

    /// Reads as much as a command does, so it runs beside the requests.
    async fn make(&self, schedule: &Schedule, period: Period) -> Result<Made, ScheduleError> {
        let (intake, schedule) = (Arc::clone(&self.intake), schedule.clone());
        let (columns, targets) = (self.columns.clone(), self.targets.clone());
        let work = move || -> Result<Made, ScheduleError> {
            let tools = intake.tools();
            let store = (&*tools.ledger, &*tools.vault);
            let (rules, now) = (intake.rules(), tools.clock.now());
            let all = periods(period);
            let above = schedule.unit.as_ref();
            let units = above.map(|above| concerned(&rules.registry, above, &all));
            let history: History = history(store, &all, units.as_ref(), true)?;
            let report = compose(&Asked {
                period,
                unit: schedule.unit.as_ref(),
                registry: &rules.registry,
                targets: &targets::read(&targets)?,
                history: &history,
                gateway: &tools.gateway,
                at: now,
            });
            let stem = format!("{}-{period}", schedule.name);
            let formats: Vec<&str> = schedule.formats.iter().map(String::as_str).collect();
            let named = (stem.as_str(), now);
            let files = files(schedule.language, &report, &columns, &formats, named);
            Ok(Made {
                files: files.map_err(ScheduleError::Made)?,
                late: report.view.findings.len(),
            })
        };
        let made = tokio::task::spawn_blocking(work).await;
        made.map_err(|e| ScheduleError::Made(e.to_string()))?
    }

    /// One letter for each address, so that none shows the others.
    async fn mail(
        &mut self,
        schedule: &Schedule,
        period: Period,
        made: &Made,
    ) -> Result<(), ScheduleError> {
        let post = self.post.clone().ok_or(ScheduleError::NoPost)?;
        let size = made.files.iter().map(|(_, bytes)| bytes.len()).sum();
        if post.way() == PostWay::Mail && size > MAX_LETTER {
            return Err(ScheduleError::TooLarge(size));
        }
        let mut first = None;
        for (place, to) in schedule.mail.iter().enumerate() {
            let id = format!("{}-{period}-{place}", schedule.name);
            if self.letters.contains(&id) {
                continue;
            }
            let letter = self.letter(schedule, period, made, (&id, to));
            match post.send(&letter).await {
                Ok(()) => {
                    self.letters.insert(id);
                }
                Err(error) => {
                    let away = !error.is_of_the_letter();
                    let to = to.clone();
                    first.get_or_insert(ScheduleError::Mail { to, error });
                    if away {
                        break;
                    }
                }
            }
        }
        first.map_or(Ok(()), Err)
    }

    fn letter(
        &self,
        schedule: &Schedule,
        period: Period,
        made: &Made,
        (id, to): (&str, &str),
    ) -> Letter {
        let (language, tools) = (schedule.language, self.intake.tools());
        let period = lang::period(language, period);
        let unit = schedule.unit.as_ref().map(ToString::to_string);
        let unit = unit.unwrap_or_else(|| lang::text(language, "letter-report-all", &[]));
        let (late, gateway) = (made.late.to_string(), lang::visible(&tools.gateway));
        let values = [
            ("gateway", gateway.as_str()),
            ("period", period.as_str()),
            ("unit", unit.as_str()),
            ("late", late.as_str()),
        ];
        let file = |(name, bytes): &(String, Vec<u8>)| Attachment {
            name: name.clone(),
            bytes: Bytes::from(bytes.clone()),
        };
        Letter {
            id: id.to_owned(),
            to: to.to_owned(),
            subject: lang::text(language, "letter-report-subject", &values),
            text: lang::text(language, "letter-report", &values),
            files: made.files.iter().map(file).collect(),
            at: tools.clock.now(),
        }
    }
}

/// Each file whole or not at all.
fn write(folder: &std::path::Path, files: &[(String, Vec<u8>)]) -> Result<(), ScheduleError> {
    let failed = |path: PathBuf, e: &std::io::Error| ScheduleError::Folder {
        path,
        problem: e.to_string(),
    };
    shelf::private_folder(folder).map_err(|e| failed(folder.to_path_buf(), &e))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        shelf::replace(&path, bytes).map_err(|e| failed(path, &e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
