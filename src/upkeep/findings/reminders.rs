//! Reminding the contacts of units: some days before a finding is due, and while it is overdue; on one day once. What
//! went out is an event, so that a restart repeats nothing. The open findings of the log are the queue, and no other is
//! kept: one letter is under way at a time, and a server that is away holds up nothing but the next one.

use super::letter::{Asked, letter};
use crate::intake::{FindingError, FindingTools, Intake};
use crate::mail::{MailError, Post};
use crate::model::event::{PostWay, ReminderCause};
use crate::model::{DocumentId, LocalDay, UnitCode};
use crate::store::{CommitError, Finding, ReadError, Readiness};
use crate::telemetry::names;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether a reminder is due: against days, nothing.
const LOOK: Duration = Duration::from_secs(10);
/// After a failure of the server the next look waits so long, twice as long after each, …
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// … and at most so long.
const LONGEST_PAUSE: Duration = Duration::from_secs(900);
/// Open findings that are read at a time.
const PAGE: usize = 200;
/// Letters of one look: whoever has more that are due has them one look later.
const AT_ONCE: usize = 500;

/// When reminders go out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReminderDays {
    /// So many days before the due date.
    pub ahead: u16,
    /// So many days after one of what is overdue the next.
    pub every: u16,
}

/// Why nobody was reminded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RemindError {
    /// Nobody sends letters.
    #[error("no way of sending letters is set")]
    NoPost,
    /// The unit has no contact with an address.
    #[error("unit {0} has no contact with a mail address")]
    NoContact(UnitCode),
    /// The letter was not sent.
    #[error("{to}: {error}")]
    Mail {
        /// To whom.
        to: String,
        /// Why.
        error: MailError,
    },
    /// See [`FindingError`].
    #[error(transparent)]
    Finding(#[from] FindingError),
}

/// A reminder that went out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reminded {
    /// Which way.
    pub way: PostWay,
    /// To which address.
    pub to: String,
}

/// What one look did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Looked {
    /// Letters that went out.
    pub sent: usize,
    /// Letters that did not.
    pub failed: usize,
    /// Findings that are overdue.
    pub overdue: usize,
    /// Whether the server, or the folder, is at fault: the others wait.
    pub away: bool,
}

/// Reminds.
pub struct Reminders {
    intake: Arc<Intake>,
    post: Option<Arc<Post>>,
    days: ReminderDays,
}

impl fmt::Debug for Reminders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reminders({:?})", self.days)
    }
}

impl Reminders {
    /// Puts it together; without a way of sending, it only counts what is overdue.
    #[must_use]
    pub fn new(intake: Arc<Intake>, post: Option<Arc<Post>>, days: ReminderDays) -> Self {
        Self { intake, post, days }
    }

    /// Reminds of a finding now, because somebody wants it.
    ///
    /// # Errors
    /// See [`RemindError`].
    pub async fn remind(&self, finding: DocumentId) -> Result<Reminded, RemindError> {
        remind(&self.intake, self.post.as_deref(), finding).await
    }

    /// Runs until it is told to stop.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        // Letters of today that are at fault themselves: they are tried again tomorrow.
        let mut put_off = BTreeMap::new();
        let mut away = FIRST_PAUSE;
        loop {
            let ready = self.intake.tools().ledger.readiness() == Readiness::Ready;
            let looked = match ready {
                true => self.look(&mut put_off).await,
                false => Ok(Looked::default()),
            };
            let pause = match looked {
                Ok(Looked { away: false, .. }) => {
                    away = FIRST_PAUSE;
                    LOOK
                }
                Ok(Looked { away: true, .. }) => {
                    let pause = away;
                    away = away.saturating_mul(2).min(LONGEST_PAUSE);
                    pause
                }
                Err(problem) => {
                    tracing::warn!(%problem, "it was not looked whether reminders are due; it is tried again");
                    LOOK
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends what is due now. `put_off`: letters that were refused on a day, and are not tried again on it.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn look(
        &self,
        put_off: &mut BTreeMap<DocumentId, LocalDay>,
    ) -> Result<Looked, ReadError> {
        let today = self.intake.tools().clock.now().local_day();
        put_off.retain(|_, day| *day == today);
        let mut looked = Looked::default();
        if self.intake.tools().ledger.clock_back()?.is_some() {
            // Nothing could be put on record; and what day it is, is not known.
            return Ok(looked);
        }
        for (finding, cause) in self.due(today, &mut looked)? {
            let Some(post) = &self.post else {
                break;
            };
            if put_off.contains_key(&finding.finding) || looked.sent >= AT_ONCE {
                continue;
            }
            match send(&self.intake, post, &finding, cause).await {
                Ok(_) => looked.sent = looked.sent.saturating_add(1),
                // Somebody else's reminder of today is on record already.
                Err(RemindError::Finding(FindingError::Commit(CommitError::Stale))) => {}
                Err(problem) => {
                    looked.failed = looked.failed.saturating_add(1);
                    let (of_letter, went_out) = match &problem {
                        RemindError::NoContact(_) | RemindError::NoPost => (true, false),
                        RemindError::Mail { error, .. } => (error.is_of_the_letter(), false),
                        RemindError::Finding(_) => (false, true),
                    };
                    if of_letter || went_out {
                        // What went out and is not on record does not go out again today.
                        put_off.insert(finding.finding, today);
                    }
                    tracing::warn!(
                        finding = %finding.finding, unit = %finding.unit, %problem,
                        "a reminder was not sent; it is tried again"
                    );
                    metrics::counter!(names::LETTERS, "kind" => "reminder", "outcome" => "failed")
                        .increment(1);
                    if !of_letter {
                        looked.away = true;
                        break;
                    }
                }
            }
        }
        let overdue = u32::try_from(looked.overdue).unwrap_or(u32::MAX);
        metrics::gauge!(names::FINDINGS_OVERDUE).set(f64::from(overdue));
        Ok(looked)
    }

    /// The findings of which somebody is to be reminded today.
    fn due(
        &self,
        today: LocalDay,
        looked: &mut Looked,
    ) -> Result<Vec<(Finding, ReminderCause)>, ReadError> {
        let ledger = &self.intake.tools().ledger;
        let mut due = Vec::new();
        let mut after = None;
        loop {
            let page = ledger.open_findings(after, PAGE)?;
            let whole = page.len() == PAGE;
            for finding in page {
                after = Some((finding.due, finding.finding));
                if days_between(today, finding.due) > i32::from(self.days.ahead) {
                    return Ok(due);
                }
                if finding.is_overdue(today) {
                    looked.overdue = looked.overdue.saturating_add(1);
                }
                if let Some(cause) = wanted(&finding, today, self.days) {
                    due.push((finding, cause));
                }
            }
            if !whole {
                return Ok(due);
            }
        }
    }
}

/// How many days lie between; below zero if the second is before the first.
fn days_between(from: LocalDay, to: LocalDay) -> i32 {
    to.number().saturating_sub(from.number())
}

/// Whether somebody is to be reminded of an open finding on a day: once in the days before it is due, and every so many
/// days while it is overdue.
pub(super) fn wanted(
    finding: &Finding,
    today: LocalDay,
    days: ReminderDays,
) -> Option<ReminderCause> {
    let left = days_between(today, finding.due);
    let last = finding.reminded.map(|(_, day, _)| day);
    if left < 0 {
        let since = last.map(|last| days_between(last, today));
        // One before the due date does not stand for the first one after it.
        let again = since.is_none_or(|since| since >= i32::from(days.every));
        let first = last.is_some_and(|last| last <= finding.due) && last != Some(today);
        return (again || first).then_some(ReminderCause::Overdue);
    }
    let begun = left <= i32::from(days.ahead);
    // One that was asked for within these days stands for it.
    let done = last.is_some_and(|last| days_between(last, finding.due) <= i32::from(days.ahead));
    (begun && !done).then_some(ReminderCause::Ahead)
}

/// Reminds of a finding now, because somebody wants it.
///
/// # Errors
/// See [`RemindError`].
pub async fn remind(
    intake: &Intake,
    post: Option<&Post>,
    finding: DocumentId,
) -> Result<Reminded, RemindError> {
    let found = tools(intake).known(finding)?;
    if found.closed.is_some() {
        return Err(FindingError::Closed(Box::new(found)).into());
    }
    let post = post.ok_or(RemindError::NoPost)?;
    send(intake, post, &found, ReminderCause::Asked).await
}

fn tools(intake: &Intake) -> FindingTools<'_> {
    let tools = intake.tools();
    FindingTools {
        ledger: &*tools.ledger,
        vault: &*tools.vault,
        now: tools.clock.now(),
    }
}

/// Sends, then puts it on record: what a crash interrupts between the two goes out once more, as the same letter.
async fn send(
    intake: &Intake,
    post: &Post,
    finding: &Finding,
    cause: ReminderCause,
) -> Result<Reminded, RemindError> {
    let rules = intake.rules();
    let unit = rules.registry.unit(&finding.unit);
    let unit = unit.filter(|unit| !unit.details.contact.email.is_empty());
    let unit = unit.ok_or_else(|| RemindError::NoContact(finding.unit.clone()))?;
    let tools = tools(intake);
    let asked = Asked {
        gateway: &intake.tools().gateway,
        finding,
        unit,
        cause,
        at: tools.now,
    };
    let letter = letter(&asked);
    let sent = post.send(&letter).await;
    sent.map_err(|error| RemindError::Mail {
        to: letter.to.clone(),
        error,
    })?;
    tools.reminded(finding, cause, post.way()).await?;
    metrics::counter!(names::LETTERS, "kind" => "reminder", "outcome" => "sent").increment(1);
    tracing::info!(finding = %finding.finding, unit = %finding.unit, cause = cause.name(), "a reminder was sent");
    Ok(Reminded {
        way: post.way(),
        to: letter.to,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Position, Timestamp};
    use proptest::prelude::*;

    fn day(number: i32) -> LocalDay {
        LocalDay::from_number(number.saturating_add(20_000)).expect("a day")
    }

    fn finding() -> Finding {
        Finding {
            finding: DocumentId::FIRST,
            unit: UnitCode::parse("H53.7").expect("code"),
            figure: None,
            items: 1,
            due: day(20),
            note: Digest::ZERO,
            actor: None,
            position: Position(1),
            at: Timestamp(0),
            reminders: 0,
            reminded: None,
            closed: None,
        }
    }

    /// Who is asked on each of fifty days, up to several times on each, and reminds when told to.
    fn reminders(days: ReminderDays, asked_on: Option<i32>) -> Vec<(i32, ReminderCause)> {
        let (mut finding, mut out) = (finding(), Vec::new());
        for today in (0..50).flat_map(|n| [n, n, n]) {
            if asked_on == Some(today) && !out.contains(&(today, ReminderCause::Asked)) {
                finding.reminded = Some((Timestamp(0), day(today), ReminderCause::Asked));
                out.push((today, ReminderCause::Asked));
            }
            if let Some(cause) = wanted(&finding, day(today), days) {
                finding.reminded = Some((Timestamp(0), day(today), cause));
                out.push((today, cause));
            }
        }
        out
    }

    #[test]
    fn once_before_and_then_every_so_many_days() {
        use ReminderCause::{Ahead, Overdue};
        let days = ReminderDays { ahead: 3, every: 7 };
        let expected = [
            (17, Ahead),
            (21, Overdue),
            (28, Overdue),
            (35, Overdue),
            (42, Overdue),
            (49, Overdue),
        ];
        assert_eq!(reminders(days, None), expected);
        let daily = ReminderDays { ahead: 0, every: 1 };
        let all = reminders(daily, None);
        assert_eq!((all.len(), all[0]), (30, (20, Ahead)));
    }

    proptest! {
        #[test]
        fn never_twice_on_a_day_and_never_too_early(
            ahead in 0u16..30, every in 1u16..20, asked in prop::option::of(0..50i32)
        ) {
            let all = reminders(ReminderDays { ahead, every }, asked);
            let own: Vec<_> = all.iter().filter(|(_, why)| *why != ReminderCause::Asked).collect();
            prop_assert!(own.windows(2).all(|two| two[0].0 < two[1].0), "{all:?}");
            prop_assert!(own.iter().all(|(day, _)| 20_i32.saturating_sub(*day) <= i32::from(ahead)), "{all:?}");
            let ahead_ones = own.iter().filter(|(_, why)| *why == ReminderCause::Ahead).count();
            prop_assert!(ahead_ones <= 1);
            prop_assert!(own.iter().any(|(day, _)| *day > 20), "overdue is told: {all:?}");
        }
    }
}
