//! The daemon: puts everything together, owns every task, and stops in order.
//!
//! The store opens beside the operations listener, so that `/readyz` answers from the first moment.
//! A failed store ends the process: what it acknowledged is in the log, and the next start reads it.

pub mod at_rest;
mod delivery;
pub mod evidence;
mod files;
mod listen;
pub mod mail;
mod private;
mod sealer;
mod signals;
mod store;
mod supervised;
mod tls;

use crate::clock::Clock;
use crate::config::procedures::ProceduresError;
use crate::config::{self, ConfigError, SeenCrls, Settings};
use crate::dossier::{DossierRules, Procedures};
use crate::http::admin::{self, Office};
use crate::http::identity::Identity;
use crate::http::shares::Shares;
use crate::http::{BUNDLES_AT_A_TIME, Gateway, operations, v1};
use crate::intake::{Intake, Lines, Tools};
use crate::judge::Judge;
use crate::keys::{KeyError, ReceiptKey};
use crate::model::Timestamp;
use crate::policy::Rules;
use crate::store::embedded::Counter;
use crate::store::{Ledger, Readiness};
use crate::telemetry::{self, LogFormat, names};
use crate::trust::evidence::Pool;
use crate::upkeep::{
    Held, Keeper, Keeping, Late, Load, Recounter, Recounts, ReloadError, Reloader, ReminderDays,
    Reminders, Scheduled, Stamps, Standings, refresh, watch_folder,
};
use arc_swap::ArcSwap;
use listen::Listener;
use sealer::KeySealer;
use signals::Signals;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::net::SocketAddr as SocketPath;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use supervised::supervise;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Why the daemon does not run, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The rules are not in order.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The gateway's keys cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The listener's certificates cannot be used.
    #[error("{0}")]
    Tls(String),
    /// An address or socket cannot be listened on.
    #[error("cannot listen on {address}: {problem}")]
    Listen {
        /// The address or path.
        address: String,
        /// What the system said.
        problem: String,
    },
    /// The store cannot be opened, or it failed.
    #[error("the store: {0}")]
    Store(String),
    /// No letters can be sent as the settings say.
    #[error("[mail]: {0}")]
    Mail(String),
    /// The signals of the process cannot be received.
    #[error("signals: {0}")]
    Signals(String),
}

/// Open connections of the public listener: the web server before it keeps a few.
const PUBLIC_CONNECTIONS: usize = 256;

/// Runs the daemon until `shutdown`, SIGTERM or SIGINT, and ends it in order.
///
/// # Errors
/// See [`ServeError`]; the process should end with a code above zero.
pub async fn serve(
    settings: Settings,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let signals = Signals::open()?;
    telemetry::start_logs(LogFormat::Plain, "info");
    telemetry::start_metrics();
    files::raise_limit(settings.limits.max_connections);
    let mut seen = SeenCrls::read(&settings.data)?;
    let pool = evidence::pool(&settings.fetch);
    let rules = load_rules(&settings, &mut seen, &pool, clock.now())?;
    let (procedures, dossier_rules) = load_dossiers(&settings)?;
    let seen = Arc::new(Mutex::new(seen));
    let key = ReceiptKey::load(&settings.own())?;
    let tls = tls::load(&settings.own()).map_err(ServeError::Tls)?;
    let identity = identity(&tls)?;

    let (tasks, upkeep) = (TaskTracker::new(), CancellationToken::new());
    let (slot, delivering): (operations::Slot, operations::Delivering) = Default::default();
    let (standings, recounts) = (Standings::default(), Recounts::default());
    let operations = Listener::open(settings.operations_listen).await?;
    let looks = operations::router(
        Arc::clone(&slot),
        Arc::clone(&delivering),
        Arc::clone(&standings),
        Arc::clone(&recounts),
    );
    operations.serve_plain(&tasks, looks.merge(crate::web::router(Arc::clone(&slot))));
    let public = open_public(&settings, &tasks, &slot).await?;
    let exchange = Listener::open(settings.exchange_listen).await?;

    let (store, clock) = store::open(&settings, clock).await?;
    private::warn(&settings);
    // Before anything answers "ready": who was told so may use it at once.
    let socket = Listener::open_socket(&settings.socket())?;
    let judge = {
        let (seen, clock) = (Arc::clone(&seen), Arc::clone(&clock));
        let (tasks, upkeep) = (tasks.clone(), upkeep.clone());
        let gatherer = evidence::gatherer(&settings, pool, seen, clock, tasks, upkeep);
        let judge = Judge::new(judge_threads(&settings), settings.limits.judge_queue_bytes);
        Arc::new(judge.fetching(gatherer.await?))
    };
    let tools = Tools {
        ledger: store.ledger,
        vault: store.vault,
        judge: Arc::clone(&judge),
        rules: Arc::new(ArcSwap::from_pointee(rules)),
        procedures: Arc::new(ArcSwap::from_pointee(procedures)),
        dossier_rules: Arc::new(ArcSwap::from_pointee(dossier_rules)),
        clock,
        sealer: Arc::new(KeySealer(key)),
        gateway: settings.gateway_name.clone(),
        inline_judge_bytes: settings.limits.inline_judge_bytes,
        tasks: tasks.clone(),
    };
    let intake = Arc::new(Intake::new(tools));
    let _ = slot.set(Arc::clone(&intake));

    let running = Running {
        settings,
        intake,
        tasks,
        tls: Arc::new(tls),
        shutdown,
        upkeep,
        judge,
        operations,
        public,
        exchange,
        socket,
        syncs: store.syncs,
        seen,
        standings,
        recounts,
    };
    running.run(identity, &delivering, signals).await
}

/// What citizens reach, where it is set.
async fn open_public(
    settings: &Settings,
    tasks: &TaskTracker,
    slot: &operations::Slot,
) -> Result<Option<Listener<SocketAddr>>, ServeError> {
    let Some(address) = settings.public.listen else {
        return Ok(None);
    };
    let public = Listener::open(address).await?;
    let routes = crate::web::public(Arc::clone(slot));
    public.serve_open(tasks, routes, PUBLIC_CONNECTIONS);
    Ok(Some(public))
}

/// Loads all rules, leaves out CRLs that are older than one seen before, and remembers the others.
fn load_rules(
    settings: &Settings,
    seen: &mut SeenCrls,
    pool: &Arc<Pool>,
    now: Timestamp,
) -> Result<Rules, ConfigError> {
    let rules = config::load_rules_after(settings, seen, pool)?;
    let material = rules.validator.material();
    for crl in material.left_out() {
        tracing::warn!(
            issuer = %crl.issuer,
            of = %crl.this_update,
            "an older CRL than one already seen is left out; put the newest one into certs/crl"
        );
    }
    for file in material.passed_over() {
        tracing::warn!(
            file = %file.file,
            problem = %file.problem,
            earlier_kept = file.earlier_kept,
            "a file under certs/ could not be read and is passed over; put a good one in its place"
        );
    }
    #[allow(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        reason = "a gauge is a float; a folder holds far fewer files than 2^53"
    )]
    metrics::gauge!(names::PASSED_OVER).set(material.passed_over().len() as f64);
    seen.learn(material, now)?;
    Ok(rules)
}

fn identity(tls: &tls::Tls) -> Result<Identity, ServeError> {
    let identity = Identity::new(tls.authorities.clone());
    identity.map_err(|e| ServeError::Tls(e.to_string()))
}

/// What dossiers are judged and reckoned by.
fn load_dossiers(settings: &Settings) -> Result<(Procedures, DossierRules), ConfigError> {
    let rules = config::dossier_rules::read(&settings.dossier_rules)?;
    Ok((load_procedures(settings)?, rules))
}

fn load_procedures(settings: &Settings) -> Result<Procedures, ConfigError> {
    config::procedures::read(&settings.procedures).map_err(|e| match e {
        ProceduresError::File(error) => error,
        other @ (ProceduresError::NotTaken { .. } | ProceduresError::TooMuch { .. }) => {
            ConfigError::Read {
                path: settings.procedures.clone(),
                problem: other.to_string(),
            }
        }
    })
}

fn judge_threads(settings: &Settings) -> usize {
    match settings.limits.judge_threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    }
}

struct Running {
    settings: Settings,
    intake: Arc<Intake>,
    tasks: TaskTracker,
    tls: Arc<tls::Tls>,
    shutdown: CancellationToken,
    upkeep: CancellationToken,
    judge: Arc<Judge>,
    operations: Listener<SocketAddr>,
    public: Option<Listener<SocketAddr>>,
    exchange: Listener<SocketAddr>,
    socket: Listener<SocketPath>,
    syncs: Counter,
    seen: Arc<Mutex<SeenCrls>>,
    standings: Standings,
    recounts: Recounts,
}

impl Running {
    async fn run(
        self,
        identity: Identity,
        delivering: &operations::Delivering,
        signals: Signals,
    ) -> Result<(), ServeError> {
        let reloader = Arc::new(Reloader::new(
            Arc::clone(&self.intake),
            self.load(),
            registry_text,
        ));
        let stamps = self.stamps()?;
        let reminders = self.letters()?;
        let delivery = delivery::delivery(&self.settings, &self.intake, self.upkeep.clone());
        let _ = delivering.set(Arc::clone(&delivery));
        let gateway = Arc::new(Gateway {
            intake: Arc::clone(&self.intake),
            identity,
            max_file_bytes: self.settings.limits.max_file_bytes,
            upload_idle: Duration::from_secs(self.settings.limits.upload_idle_secs),
            stopping: self.upkeep.clone(),
            stamps: stamps.clone(),
            bundles: Arc::new(Semaphore::new(BUNDLES_AT_A_TIME)),
            delivery: Some(Arc::clone(&delivery)),
            clocks: self.settings.clocks,
            public: self.settings.public.clone(),
        });
        let limits = &self.settings.limits;
        let asked = Arc::clone(&gateway);
        let shares = Shares::new(limits.max_connections, move |der| {
            let peer = asked.identity.peer(der).ok()?;
            asked.unit_of(&peer).ok()
        });
        let bounds = (limits.max_connections, shares);
        let routes = v1::router(gateway);
        self.exchange
            .serve_tls(&self.tasks, routes, &self.tls, bounds);
        let office = Office {
            intake: Arc::clone(&self.intake),
            reloader: Arc::clone(&reloader),
            stamps: stamps.clone(),
            retention: Arc::clone(&self.settings.retention),
            clocks: self.settings.clocks,
            reminders: Arc::clone(&reminders),
        };
        self.socket.serve_plain(&self.tasks, admin::router(office));
        let (shutdown, done) = (self.shutdown.clone(), self.upkeep.clone());
        signals.attend(&self.tasks, Arc::clone(&reloader), shutdown, done);
        self.spawn_upkeep(&reloader);
        self.spawn_clocks(delivery.clone());
        self.supervise("reminders", move |stop| Arc::clone(&reminders).run(stop));
        let rules = reloader.changed();
        self.supervise("delivery", move |_| {
            Arc::clone(&delivery).run(rules.clone())
        });
        if let Some(stamps) = stamps {
            self.supervise("stamps", move |_| Arc::clone(&stamps).run());
        }
        let outcome = self.watch_store(&reloader).await;
        self.socket.stop(Duration::ZERO);
        let _ = std::fs::remove_file(self.settings.socket());
        // After the store failed nothing can be finished but answers.
        let grace = match &outcome {
            Ok(()) => Duration::from_secs(self.settings.limits.shutdown_secs),
            Err(_) => Duration::from_secs(1),
        };
        self.stop(grace).await;
        outcome
    }

    fn load(&self) -> Load {
        let (settings, tls) = (self.settings.clone(), Arc::clone(&self.tls));
        let (seen, clock) = (
            Arc::clone(&self.seen),
            Arc::clone(&self.intake.tools().clock),
        );
        let pool = Arc::clone(self.intake.rules().validator.pool());
        let known = Arc::clone(&self.intake.tools().procedures);
        let clocks = Arc::clone(&self.intake.tools().dossier_rules);
        Arc::new(move || {
            let (procedures, dossier_rules) =
                load_dossiers(&settings).map_err(|e| e.to_string())?;
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            let rules =
                load_rules(&settings, &mut seen, &pool, clock.now()).map_err(|e| e.to_string())?;
            tls.reload(&settings.own())?;
            known.store(Arc::new(procedures));
            clocks.store(Arc::new(dossier_rules));
            Ok(rules)
        })
    }

    fn stamps(&self) -> Result<Option<Arc<Stamps>>, ServeError> {
        let authority = evidence::authority(&self.settings).map_err(ServeError::Tls)?;
        Ok(authority.map(|authority| {
            Arc::new(Stamps::new(
                Arc::clone(&self.intake),
                authority,
                self.settings.timestamp.every,
                evidence::chance,
                self.upkeep.clone(),
            ))
        }))
    }

    /// Whoever reminds; reports that go out by themselves begin to.
    fn letters(&self) -> Result<Arc<Reminders>, ServeError> {
        let post = mail::post(&self.settings).map_err(ServeError::Mail)?;
        let post = post.map(Arc::new);
        let (intake, letters) = (Arc::clone(&self.intake), post.clone());
        let settings = self.settings.clone();
        self.supervise("reports", move |stop| {
            let scheduled = Scheduled::new(
                Arc::clone(&intake),
                letters.clone(),
                settings.schedules.clone(),
                settings.columns.clone(),
                settings.targets.clone(),
            );
            scheduled.run(stop)
        });
        let days = ReminderDays {
            ahead: self.settings.mail.ahead_days,
            every: self.settings.mail.every_days,
        };
        let intake = Arc::clone(&self.intake);
        Ok(Arc::new(Reminders::new(intake, post, days)))
    }

    /// A task that works until the daemon stops.
    fn supervise<F, Task>(&self, name: &'static str, begin: F)
    where
        F: Fn(CancellationToken) -> Task + Send + 'static,
        Task: Future<Output = ()> + Send + 'static,
    {
        let stop = self.upkeep.clone();
        let until = stop.clone();
        supervise(&self.tasks, stop, name, move || begin(until.clone()));
    }

    fn spawn_clocks(&self, lines: Arc<dyn Lines>) {
        let (intake, clocks) = (Arc::clone(&self.intake), self.settings.clocks);
        let standings = Arc::clone(&self.standings);
        self.supervise("clocks", move |stop| {
            let (lines, standings) = (Arc::clone(&lines), Arc::clone(&standings));
            Keeper::new(Arc::clone(&intake), lines, clocks, standings).run(stop)
        });
    }

    fn spawn_upkeep(&self, reloader: &Arc<Reloader>) {
        let (intake, rules) = (Arc::clone(&self.intake), Arc::clone(reloader));
        self.supervise("held", move |stop| {
            Held::new(Arc::clone(&intake), Arc::clone(&rules)).run(stop)
        });
        let (intake, rules) = (Arc::clone(&self.intake), Arc::clone(reloader));
        let look_back = self.settings.look_back_secs;
        self.supervise("late", move |stop| {
            Late::new(Arc::clone(&intake), Arc::clone(&rules), look_back).run(stop)
        });
        let intake = Arc::clone(&self.intake);
        let retention = Arc::clone(&self.settings.retention);
        self.supervise("keeping", move |stop| {
            Keeping::new(Arc::clone(&intake), Arc::clone(&retention), stop).run()
        });
        let (intake, recounts) = (Arc::clone(&self.intake), Arc::clone(&self.recounts));
        self.supervise("recounter", move |stop| {
            Recounter::new(Arc::clone(&intake), Arc::clone(&recounts)).run(stop)
        });
        for name in ["crl", "ocsp"] {
            let (folder, rules) = (self.settings.certs.join(name), Arc::clone(reloader));
            self.supervise(name, move |stop| {
                watch_folder(folder.clone(), Arc::clone(&rules), stop)
            });
        }
        if let Some(gatherer) = self.judge.gatherer().cloned() {
            let index = gatherer.clone();
            self.supervise("evidence-index", move |_| index.clone().keep_index());
            self.supervise("evidence", move |stop| refresh(gatherer.clone(), stop));
        }
        let stop = self.upkeep.clone();
        self.tasks.spawn(async move {
            while !stop.is_cancelled() {
                telemetry::upkeep_metrics();
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(Duration::from_secs(5)) => {}
                }
            }
        });
    }

    /// Says once that the gateway is ready, and returns when it is to stop: as asked, or because
    /// the store failed.
    async fn watch_store(&self, reloader: &Reloader) -> Result<(), ServeError> {
        const LOOK: Duration = Duration::from_millis(100);
        let ledger: &Arc<dyn Ledger> = &self.intake.tools().ledger;
        let mut told = false;
        loop {
            match ledger.readiness() {
                Readiness::Failed(problem) => {
                    tracing::error!(%problem, "the store failed; the process ends");
                    return Err(ServeError::Store(problem));
                }
                Readiness::Ready if !told => {
                    told = true;
                    self.record_rules(reloader).await;
                    self.tell();
                }
                Readiness::Ready | Readiness::Rebuilding { .. } => {}
            }
            metrics::counter!(names::SYNCS).absolute(self.syncs.get());
            tokio::select! {
                () = self.shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn record_rules(&self, reloader: &Reloader) {
        match reloader.record().await {
            Ok(()) => {}
            Err(problem @ ReloadError::Commit(_)) => {
                tracing::error!(%problem, "the rules in force are not on record");
            }
            Err(problem) => tracing::warn!(%problem, "the rules in force are not on record"),
        }
    }

    /// One line on standard error: where it listens. Scripts wait for it, or for `/readyz`.
    fn tell(&self) {
        let (exchange, operations) = (self.exchange.address(), self.operations.address());
        let line = format!(
            "lienthong {} ready: exchange https://{exchange} operations http://{operations}\n",
            env!("CARGO_PKG_VERSION")
        );
        let _ = std::io::stderr().write_all(line.as_bytes());
    }

    /// Listeners, then intake, then the writer, under one deadline.
    async fn stop(self, deadline: Duration) {
        let orderly = async {
            self.upkeep.cancel();
            self.exchange.stop(deadline);
            self.exchange.stopped().await;
            self.operations.stop(Duration::ZERO);
            if let Some(public) = &self.public {
                public.stop(Duration::ZERO);
            }
            self.tasks.close();
            self.tasks.wait().await;
            self.judge.stop();
            self.intake.tools().ledger.close().await;
        };
        if tokio::time::timeout(deadline, orderly).await.is_err() {
            tracing::warn!("not everything ended in time; what was acknowledged is safe");
            self.intake.tools().ledger.close().await;
        }
    }
}

fn registry_text(rules: &Rules) -> String {
    config::registry::to_toml(&rules.registry)
}
