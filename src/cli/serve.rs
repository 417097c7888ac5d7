//! `serve` and `demo`: the two commands that keep running.

use super::args::Demo;
use super::console::Console;
use super::failure::{Exit, Failure};
use crate::app::{self, ServeError};
use crate::clock::SystemClock;
use crate::demo::{self, DemoError, Options};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(|e| Failure::new(Exit::Failed, e.to_string()))
}

/// Runs the daemon under the configuration in force; without one it refuses.
pub(super) fn serve(console: &Console) -> Result<Exit, Failure> {
    let loaded = console.settings()?;
    let (config, settings) = (loaded.path.display().to_string(), loaded.settings);
    let data = settings.data.display().to_string();
    let ended = runtime()?.block_on(app::serve(
        settings,
        Arc::new(SystemClock),
        CancellationToken::new(),
    ));
    match ended {
        Ok(()) => Ok(Exit::Done),
        Err(ServeError::Config(e)) => Err(Failure::config(console.language, &e)),
        Err(ServeError::Key(e)) => Err(Failure::key(console.language, &e)),
        Err(e @ (ServeError::Tls(_) | ServeError::Mail(_))) => {
            Err(Failure::new(Exit::Configuration, e.to_string()))
        }
        Err(e @ (ServeError::Listen { .. } | ServeError::Store(_) | ServeError::Signals(_))) => {
            let problem = e.to_string();
            let said = console.text("cli-serve-failed", &[("problem", &problem)]);
            let failure = Failure::new(Exit::Failed, said);
            let next = match e {
                ServeError::Listen { .. } => "cli-serve-listen-next",
                ServeError::Store(_)
                | ServeError::Signals(_)
                | ServeError::Config(_)
                | ServeError::Key(_)
                | ServeError::Tls(_)
                | ServeError::Mail(_) => "cli-serve-store-next",
            };
            let values = [("config", config.as_str()), ("data", data.as_str())];
            Err(failure.with_next(console.text(next, &values)))
        }
    }
}

/// Runs the demonstration.
pub(super) fn demo(console: &Console, asked: Demo) -> Result<Exit, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::new(Exit::Failed, e.to_string());
    let options = Options {
        once: asked.once,
        data: asked.data,
        files: asked.files,
        language: console.language,
        program: std::env::current_exe().map_err(|e| failed(&e))?,
    };
    let mut out = std::io::stdout();
    match runtime()?.block_on(demo::run(&options, &mut out)) {
        Ok(true) => Ok(Exit::Done),
        Ok(false) => Ok(Exit::Failed),
        Err(DemoError::Interrupted) => Ok(Exit::Interrupted),
        Err(e) => Err(Failure::new(Exit::Failed, e.sentence(console.language))),
    }
}
