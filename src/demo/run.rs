//! The demo from beginning to end.

use super::daemon::Daemon;
use super::exchange::Exchange;
use super::folder::DemoFolder;
use super::install::{self, Installation, Plan};
use super::report::{
    print_documents, print_rates, say_asked, say_bundled, say_daemon, say_doubted, say_finished,
    say_made, say_next, say_trust,
};
use super::story::{self, Stage};
use super::voice::Voice;
use super::world::World;
use super::{DemoError, Options, bundle, counter, documents, exhibits, late, samples, year};
use crate::clock::{Clock, SystemClock};
use crate::forge::server::Server;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::time::Instant;

/// How often other ports are tried when the daemon does not start.
const ATTEMPTS: u32 = 3;

/// Runs the demo; whether everything came out as intended.
///
/// # Errors
/// [`DemoError`] if it could not be run.
pub async fn run(options: &Options, out: &mut (dyn Write + Send)) -> Result<bool, DemoError> {
    let mut voice = Voice {
        language: options.language,
        out,
    };
    let folder = DemoFolder::take(options.data.as_deref())?;
    // Dropped unfinished, the work ends the daemon it started.
    let done = tokio::select! {
        done = work(options, &folder, &mut voice) => done?,
        () = told_to_stop() => return Err(DemoError::Interrupted),
    };
    if !options.once {
        let path = folder.path().display().to_string();
        voice.say("demo-stop", &[("path", &path)]);
        told_to_stop().await;
    }
    if let Some(year) = done.year {
        year.stop().await?;
    }
    done.daemon.stop().await?;
    if !options.once {
        voice.say("demo-stopped", &[]);
    }
    Ok(done.intended)
}

/// The work is done and the daemon is still up.
#[derive(Debug)]
pub struct Done {
    /// The daemon.
    pub daemon: Daemon,
    /// The daemon of the simulated year.
    pub year: Option<Daemon>,
    /// Where authorities are asked.
    pub server: Option<Server>,
    /// Whether everything came out as intended.
    pub intended: bool,
}

async fn work(
    options: &Options,
    folder: &DemoFolder,
    voice: &mut Voice<'_>,
) -> Result<Done, DemoError> {
    if let Some(files) = &options.files {
        return super::files::run(options, folder, files, voice).await;
    }
    let server = server(folder.path()).await?;
    let world = World::new(SystemClock.now(), &server.url(""))?;
    world.online.publish(&server)?;
    let plan = Plan::of(&world)?;
    say_trust(voice, &plan);
    let documents = documents::make(&world)?;
    say_made(voice, &documents);
    let exhibits = exhibits::make(&world)?;
    let (installation, daemon) = start(&options.program, folder.path(), &plan).await?;
    say_daemon(voice, &installation);
    let samples = samples::write(&folder.path().join("samples"), &documents)?;
    exhibits::samples(&folder.path().join("samples/exhibits"), &exhibits)?;
    let exchange = Exchange::new(&installation, documents, options.language)?;
    let began = Instant::now();
    let finished = exchange.run(&world, &installation, &server).await?;
    let took = began.elapsed().as_secs_f64();
    let all = exchange.documents().len();
    voice.print("");
    let right = print_documents(voice, exchange.documents(), &finished.outcomes);
    voice.print("");
    let stage = Stage {
        program: &options.program,
        at: &installation,
        world: &world,
        language: options.language,
    };
    let (stories, dossiers) = lives(voice, stage)?;
    say_asked(voice, &world, &server);
    say_finished(voice, &installation, &finished, took);
    if let Some(office) = exchange.office() {
        let rates = office.client.rates(None, None).await?;
        voice.print("");
        print_rates(voice, &rates);
    }
    voice.print("");
    let as_they_must = match exchange.office() {
        Some(office) => exhibits::print(voice, office, &exhibits).await?,
        None => 0,
    };
    let afterwards = afterwards(voice, &world, &installation, &exchange).await?;
    let year = year::show::show(options, folder.path(), &world, voice).await?;
    voice.print("");
    say_results(
        voice,
        (right, all),
        stories,
        dossiers,
        (as_they_must, exhibits.len()),
    );
    if !options.once {
        say_next(voice, options, &installation, &samples);
        year::show::say_next(voice, options, folder.path());
    }
    Ok(Done {
        daemon,
        year: Some(year.daemon),
        server: Some(server),
        intended: right == all
            && year.intended
            && stories.0 == stories.1
            && dossiers.0 == dossiers.1
            && as_they_must == exhibits.len()
            && finished.receipts == finished.receipts_due
            && afterwards,
    })
}

/// A revocation that becomes known later, and an evidence bundle; whether both came out as intended.
async fn afterwards(
    voice: &mut Voice<'_>,
    world: &World,
    at: &Installation,
    exchange: &Exchange,
) -> Result<bool, DemoError> {
    let doubted = late::revoke(world, at, exchange).await?;
    if let Some(doubted) = &doubted {
        voice.print("");
        say_doubted(voice, at, doubted);
    }
    let bundled = bundle::judged(at, exchange).await?;
    if let Some(bundled) = &bundled {
        voice.print("");
        say_bundled(voice, at, bundled);
    }
    let (doubted, bundled) = (
        doubted.is_some_and(|doubted| doubted.intended),
        bundled.is_some_and(|bundled| bundled.intended),
    );
    Ok(doubted && bundled)
}

fn say_results(
    voice: &mut Voice<'_>,
    documents: (usize, usize),
    stories: (usize, usize),
    dossiers: (usize, usize),
    exhibits: (usize, usize),
) {
    for (key, (right, all)) in [
        ("demo-result", documents),
        ("demo-story-result", stories),
        ("demo-counter-result", dossiers),
        ("demo-exhibits-result", exhibits),
    ] {
        let (right, all) = (right.to_string(), all.to_string());
        voice.say(key, &[("right", &right), ("all", &all)]);
    }
}

/// How many came out as they must, of how many.
type Came = (usize, usize);

/// Lives of documents between offices, and of dossiers at counters, told by processes.
fn lives(voice: &mut Voice<'_>, stage: Stage<'_>) -> Result<(Came, Came), DemoError> {
    let told = tokio::task::block_in_place(|| story::live(stage))?;
    let as_told = story::print(voice, &told);
    voice.print("");
    let counters = tokio::task::block_in_place(|| counter::live(stage))?;
    let at_counters = counter::print(voice, &counters);
    let stories = (as_told, told.len());
    voice.print("");
    Ok((stories, (at_counters, counters.dossiers.len())))
}

/// Writes the installation and starts the daemon, with other ports if these were taken meanwhile.
///
/// # Errors
/// [`DemoError`] if it does not start.
pub async fn start(
    program: &PathBuf,
    home: &Path,
    plan: &Plan<'_>,
) -> Result<(Installation, Daemon), DemoError> {
    let mut installation = install::write(home, plan, SystemClock.now())?;
    for _ in 1..ATTEMPTS {
        match Daemon::start(program, &installation).await {
            Ok(daemon) => return Ok((installation, daemon)),
            Err(_) => install::change_ports(&mut installation, plan)?,
        }
    }
    let daemon = Daemon::start(program, &installation).await?;
    Ok((installation, daemon))
}

/// Where the authorities are asked.
async fn server(home: &Path) -> Result<Server, DemoError> {
    let server = Server::start(Arc::new(SystemClock)).await;
    server.map_err(|e| DemoError::folder(home, &e))
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
