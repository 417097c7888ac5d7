//! Delivery to those who do not fetch: push over mutual TLS, and signed notices (webhook). One task
//! works for each recipient; what waits is read from the index, so that a restart loses nothing.
//!
//! What it never does: decide what became of a document (`relay` does), call a document arrived
//! before its recipient answered 2xx to the whole of it, follow a redirect, believe what a recipient
//! says beyond its status, hold a document in memory, or let one recipient wait for another.

mod attempt;
mod body;
mod breaker;
mod desk;
mod failure;
mod lanes;
mod line;
mod pace;
mod places;
mod push;
mod remembered;
mod retry;
mod runner;
mod signature;
mod webhook;

pub use failure::{Failure, Fault};
pub use line::{Folders, client_tls};
pub use signature::{Secret, secret_path};

use crate::config::DeliverySettings;
use crate::fetch::{Dialer, Doors};
use crate::intake::{Intake, Lines};
use crate::model::event::AttemptOutcome;
use crate::model::{Digest, Timestamp, UnitCode};
use crate::registry::Channel;
use crate::relay;
use crate::telemetry::names;
use breaker::Gate;
use desk::{Desk, Tries};
use line::Line;
use places::Places;
use remembered::{Memory, Remembered};
use retry::Pauses;
use runner::{Runner, Station};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// After a change it is remembered this long later, many changes at once.
const REMEMBER: Duration = Duration::from_secs(2);
/// Before the work for a recipient that panicked begins anew: what panics each time should not fill the log.
const ANEW: Duration = Duration::from_secs(30);
/// A recipient's list is looked at when the log changes, and again no sooner than after this long, and later still
/// where there are many recipients, so that looking costs the same however many changes there are.
const GATHER: Duration = Duration::from_millis(10);
const GATHER_EACH: Duration = Duration::from_micros(200);

/// What delivery works with.
pub struct Tools {
    /// Documents, bodies, the clock.
    pub intake: Arc<Intake>,
    /// Bounds and pauses.
    pub settings: DeliverySettings,
    /// Where certificates, keys and secrets lie.
    pub folders: Folders,
    /// The folder of data, where attempts are remembered.
    pub data: PathBuf,
    /// A number that differs each time.
    pub chance: fn() -> u16,
    /// Ends it.
    pub stop: CancellationToken,
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tools({:?})", self.settings)
    }
}

/// What the work for each recipient shares.
struct Parts {
    intake: Arc<Intake>,
    settings: DeliverySettings,
    places: Places,
    chance: fn() -> u16,
    changed: Notify,
    recipients: AtomicUsize,
}

impl Parts {
    fn gather(&self) -> Duration {
        let recipients = u32::try_from(self.recipients.load(Ordering::Relaxed));
        GATHER.saturating_add(GATHER_EACH.saturating_mul(recipients.unwrap_or(u32::MAX)))
    }
}

/// What is to be said of a document that waits for its delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct News {
    /// `push` or `webhook`.
    pub channel: &'static str,
    /// Attempts that failed.
    pub attempts: u32,
    /// Code and value of the last failure, of this document or else of its recipient, and when it was.
    pub failure: Option<(String, String, Timestamp)>,
    /// When it is tried again; `None`: now, or when its turn comes.
    pub next: Option<Timestamp>,
}

/// A recipient that is left alone because it kept failing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// The unit.
    pub unit: UnitCode,
    /// `push` or `webhook`.
    pub channel: &'static str,
    /// How many times in a row it was left alone.
    pub openings: u32,
    /// Code and detail of its last failure, and when it was.
    pub failure: Option<(String, String, Timestamp)>,
    /// When it is asked again.
    pub next: Option<Timestamp>,
    /// How many documents wait in memory, and whether there are more.
    pub waiting: (usize, bool),
}

type Stations = BTreeMap<UnitCode, (Arc<Station>, CancellationToken)>;

/// Delivers.
pub struct Delivery {
    parts: Arc<Parts>,
    folders: Folders,
    dialer: Dialer,
    data: PathBuf,
    stop: CancellationToken,
    stations: Mutex<Stations>,
    memory: Mutex<Memory>,
    tasks: TaskTracker,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({} recipients)", self.stations().len())
    }
}

impl Delivery {
    /// Puts it together; [`Self::run`] makes it work.
    #[must_use]
    pub fn new(tools: Tools) -> Self {
        let settings = tools.settings;
        let doors = Doors {
            private: settings.private.clone(),
            hosts: Vec::new(),
        };
        Self {
            dialer: Dialer::new(doors, settings.connect),
            parts: Arc::new(Parts {
                intake: tools.intake,
                places: Places::new(settings.at_once),
                settings,
                chance: tools.chance,
                changed: Notify::new(),
                recipients: AtomicUsize::new(0),
            }),
            folders: tools.folders,
            data: tools.data,
            stop: tools.stop,
            stations: Mutex::default(),
            memory: Mutex::default(),
            tasks: TaskTracker::new(),
        }
    }

    fn stations(&self) -> MutexGuard<'_, Stations> {
        self.stations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until it is told to stop; `rules` changes when others are in force.
    pub async fn run(self: Arc<Self>, mut rules: watch::Receiver<Digest>) {
        let data = self.data.clone();
        let read = tokio::task::spawn_blocking(move || remembered::read(&data)).await;
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = read.unwrap_or_default();
        loop {
            rules.mark_unchanged();
            self.settle();
            tokio::select! {
                () = self.stop.cancelled() => break,
                changed = rules.changed() => if changed.is_err() { break },
                () = self.parts.changed.notified() => {
                    tokio::select! {
                        () = self.stop.cancelled() => {}
                        () = tokio::time::sleep(REMEMBER) => {}
                    }
                    self.remember().await;
                }
            }
        }
        self.tasks.close();
        self.tasks.wait().await;
        self.remember().await;
    }

    /// Starts and ends the work for recipients as the registry says.
    fn settle(self: &Arc<Self>) {
        let registry = Arc::clone(&self.parts.intake.rules().registry);
        let wanted: BTreeMap<UnitCode, Channel> = registry
            .units()
            .filter(|unit| unit.channel != Channel::Pull)
            .map(|unit| (unit.code.clone(), unit.channel.clone()))
            .collect();
        let mut stations = self.stations();
        stations.retain(|unit, (station, stop)| {
            let stays = wanted.get(unit) == Some(&station.channel);
            if !stays {
                stop.cancel();
            }
            stays
        });
        for (unit, channel) in wanted {
            if !stations.contains_key(&unit) {
                stations.insert(unit.clone(), self.start(unit, channel));
            }
        }
        let count = stations.len();
        self.parts.recipients.store(count, Ordering::Relaxed);
    }

    fn start(
        self: &Arc<Self>,
        unit: UnitCode,
        channel: Channel,
    ) -> (Arc<Station>, CancellationToken) {
        let (settings, chance) = (&self.parts.settings, self.parts.chance);
        let pauses = Pauses {
            first: settings.first_retry,
            longest: settings.longest_retry,
        };
        let now = Instant::now();
        let most = settings.per_recipient.min(Places::of_one(settings.at_once));
        let mut desk = Desk::new(pauses, most);
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered::of(&memory, &unit);
        drop(memory);
        desk.resume(known.openings, now, chance());
        let read = match channel {
            Channel::Webhook { .. } => crate::model::Position(known.told),
            Channel::Pull | Channel::Push { .. } => crate::model::Position::START,
        };
        let (folders, dialer) = (self.folders.clone(), self.dialer.clone());
        let line = Line::new(unit.clone(), channel.clone(), folders, dialer, most);
        let station = Arc::new(Station::new(unit, channel, desk, read));
        let stop = self.stop.child_token();
        let runner = Runner {
            station: Arc::clone(&station),
            line: Arc::new(line),
            parts: Arc::clone(&self.parts),
            stop: stop.clone(),
        };
        let (delivery, own) = (Arc::clone(self), stop.clone());
        let unit = station.unit.clone();
        self.tasks.spawn(async move {
            match tokio::spawn(runner.run()).await {
                Err(ended) if ended.is_panic() => delivery.begin_anew(&unit, &own).await,
                Ok(()) | Err(_) => {}
            }
        });
        (station, stop)
    }

    /// The work for a recipient panicked: it begins anew from what is in the log, after a pause, since the same document
    /// may bring it down again.
    async fn begin_anew(&self, unit: &UnitCode, own: &CancellationToken) {
        metrics::counter!(names::TASKS_PANICKED, "task" => "recipient").increment(1);
        tracing::error!(
            %unit,
            "the work for a recipient panicked and begins anew; this is a fault of the program: report it with this log"
        );
        tokio::select! {
            // Stopped, or another channel has taken its place.
            () = own.cancelled() => return,
            () = tokio::time::sleep(ANEW) => {}
        }
        own.cancel();
        self.stations().retain(|_, (_, stop)| !stop.is_cancelled());
        self.parts.changed.notify_one();
    }

    async fn remember(&self) {
        let all = self
            .stations()
            .values()
            .map(|(s, _)| Arc::clone(s))
            .collect::<Vec<_>>();
        let each = all.iter().map(|station| {
            let desk = station.desk();
            let told = desk.settled(station.read());
            let kept = Remembered {
                openings: desk.breaker().openings(),
                told: told.0,
            };
            (station.unit.to_string(), kept)
        });
        let memory: Memory = each.collect();
        self.memory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&memory);
        let data = self.data.clone();
        let written = tokio::task::spawn_blocking(move || remembered::write(&data, &memory)).await;
        if let Ok(Err(problem)) = written {
            tracing::warn!(%problem, "attempts to deliver are not remembered");
        }
    }

    /// Sets the gauges: what waits, and who is left alone.
    pub fn measure(&self) {
        for channel in ["push", "webhook"] {
            let (mut waiting, mut broken) = (0u32, 0u32);
            for (station, _) in self.stations().values() {
                if station.channel.name() == channel {
                    let desk = station.desk();
                    let held = u32::try_from(desk.held().0).unwrap_or(u32::MAX);
                    waiting = waiting.saturating_add(held);
                    let open = desk.breaker().look() != Gate::Closed;
                    broken = broken.saturating_add(u32::from(open));
                }
            }
            metrics::gauge!(names::WAITING, "channel" => channel).set(waiting);
            metrics::gauge!(names::BROKEN, "channel" => channel).set(broken);
        }
    }

    /// A moment of the monotonic clock as time of day; `None` if it is over.
    fn wall(&self, at: Instant) -> Option<Timestamp> {
        let left = at.checked_duration_since(Instant::now())?;
        let millis = i64::try_from(left.as_millis()).ok()?;
        Some(Timestamp(
            self.parts
                .intake
                .tools()
                .clock
                .now()
                .0
                .saturating_add(millis),
        ))
    }

    /// What is to be said of a delivery that waits; `None` if its recipient fetches.
    #[must_use]
    pub fn news(&self, delivery: &relay::Delivery) -> Option<News> {
        let station = Arc::clone(&self.stations().get(&delivery.recipient)?.0);
        let desk = station.desk();
        let own = delivery.listed.and_then(|at| desk.tries(at));
        let told = |t: &Tries| (t.code.clone(), t.value.clone(), t.at);
        let open = match desk.breaker().look() {
            Gate::Open(until) => Some(until),
            Gate::Closed | Gate::HalfOpen => None,
        };
        let next = own.and_then(|t| t.next).max(open);
        let failing = own.or_else(|| desk.last().filter(|_| open.is_some()));
        Some(News {
            channel: station.channel.name(),
            attempts: own.map_or(0, |t| t.attempts),
            failure: failing.map(told),
            next: next.and_then(|at| self.wall(at)),
        })
    }

    /// Recipients that are left alone because they kept failing.
    #[must_use]
    pub fn troubles(&self) -> Vec<Trouble> {
        let all = self
            .stations()
            .values()
            .map(|(s, _)| Arc::clone(s))
            .collect::<Vec<_>>();
        let each = all.iter().filter_map(|station| {
            let desk = station.desk();
            let next = match desk.breaker().look() {
                Gate::Closed => return None,
                Gate::Open(until) => self.wall(until),
                Gate::HalfOpen => None,
            };
            let told = |t: &Tries| (t.code.clone(), t.detail.clone(), t.at);
            Some(Trouble {
                unit: station.unit.clone(),
                channel: station.channel.name(),
                openings: desk.breaker().openings(),
                failure: desk.last().map(told),
                next,
                waiting: desk.held(),
            })
        });
        each.collect()
    }
}

impl Lines for Delivery {
    fn failing(&self, delivery: &relay::Delivery) -> Option<AttemptOutcome> {
        let station = Arc::clone(&self.stations().get(&delivery.recipient)?.0);
        let desk = station.desk();
        let own = delivery.listed.and_then(|at| desk.tries(at));
        let alone = desk.breaker().look() != Gate::Closed;
        let failing = own.or_else(|| desk.last().filter(|_| alone));
        failing.map(|tries| tries.outcome)
    }
}
