//! A simulated year: fifty-four weeks around the reorganisation of 1 July 2025, written beforehand through the store's
//! writer with a handed-in clock, its periods closed as they end. Nothing of it took place, and everything made from it
//! says so (`model::simulated`).

mod acts;
mod agenda;
pub mod books;
pub mod chance;
mod close;
pub mod draw;
mod forms;
mod home;
pub mod offices;
pub mod plan;
pub mod show;
pub mod tally;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests;

use super::DemoError;
use crate::app;
use crate::clock::{Clock, ManualClock};
use crate::config;
use crate::demo::install::{Installation, Plan as Setup};
use crate::demo::world::World;
use crate::model::{Calendar, LocalDay, Timestamp};
use crate::store::embedded::{self, OpenOptions};
use acts::Actor;
use agenda::Agenda;
use close::{Desk, DeskAct};
use offices::{Offices, day};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tally::Figures;

/// The number that the year is drawn from. Another one gives another year.
pub const SEED: u64 = 20_250_701;

/// The year as it was written.
#[derive(Debug)]
pub struct Written {
    /// Where.
    pub installation: Installation,
    /// What the installation was made of.
    pub plan: Setup<'static>,
    /// Documents, those on paper included.
    pub documents: usize,
    /// Records of the log.
    pub records: u64,
    /// Statements of closed periods.
    pub statements: usize,
    /// The figures as the plans have them.
    pub figures: Figures,
}

/// When the history ends: what was due in December is dealt with, and the year is closed.
fn end() -> Timestamp {
    day(2026, 1, 20).at_minute(16 * 60)
}

/// Writes the year into `home`, which a daemon can then be started on. `told` hears of each quarter that is closed: its
/// name, and the records so far.
///
/// # Errors
/// [`DemoError`] if something could not be written.
pub async fn write(
    home: &Path,
    world: &World,
    told: &mut (dyn FnMut(&str, u64) + Send),
) -> Result<Written, DemoError> {
    let offices = Offices::new()?;
    let (installation, setup) = home::write(home, world, &offices)?;
    let loaded = config::load(&installation.config)?;
    let settings = loaded.settings;
    let rules = config::load_rules(&settings)?;
    let calendar = Arc::clone(&rules.calendar);
    let plans = draw::plans(&offices.all, &calendar, SEED);
    let clock = Arc::new(ManualClock::new(offices::first_day().at_minute(0)));
    let options = OpenOptions {
        simulated: Some(SEED),
        // Of a history that is made anew by the next run, a write of the projections now and then is enough.
        checkpoint: Duration::from_secs(5),
        ..OpenOptions::default()
    };
    let handed: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
    let store = embedded::open(&settings.data, options, Arc::clone(&handed));
    let store = store.map_err(|e| DemoError::Year(e.to_string()))?;
    let whole = (store.ledger, store.vault);
    let intake = app::at_rest::intake(&settings, rules, whole, handed)?;
    let next = |at: Timestamp| next_working(&calendar, at);
    let agenda = Agenda::new(&plans, &next);
    let actor = Actor {
        intake: &intake,
        offices: &offices.all,
        plans: &plans,
        agenda: &agenda,
    };
    let desk = Desk {
        intake: &intake,
        offices: &offices.all,
        plans: &plans,
    };
    let acts = close::acts(&offices.all, &calendar);
    let lived = live(&actor, &desk, &acts, &clock, told).await;
    let records = intake.tools().ledger.watch().borrow().0;
    app::at_rest::close(&intake).await;
    Ok(Written {
        installation,
        plan: setup,
        documents: plans.len(),
        records,
        statements: lived?,
        figures: tally::tally(&offices.all, &calendar, &plans),
    })
}

/// One moment after the other.
async fn live(
    actor: &Actor<'_>,
    desk: &Desk<'_>,
    acts: &BTreeMap<Timestamp, Vec<DeskAct>>,
    clock: &ManualClock,
    told: &mut (dyn FnMut(&str, u64) + Send),
) -> Result<usize, DemoError> {
    let mut moments: Vec<Timestamp> = actor.agenda.moments().collect();
    moments.extend(acts.keys());
    moments.sort_unstable();
    moments.dedup();
    let mut statements = 0_usize;
    for now in moments.into_iter().take_while(|now| *now <= end()) {
        clock.set(now);
        actor.at(now).await?;
        for act in acts.get(&now).into_iter().flatten() {
            if desk.does(act).await? {
                statements = statements.saturating_add(1);
            }
            if let DeskAct::Close(period) = act
                && period.contains("-Q")
            {
                told(period, desk.intake.tools().ledger.watch().borrow().0);
            }
        }
    }
    Ok(statements)
}

fn next_working(calendar: &Calendar, at: Timestamp) -> Timestamp {
    let next: LocalDay = calendar.next_working(at.local_day());
    next.at_minute(at.local_minute())
}
