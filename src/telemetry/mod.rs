//! Logs and metrics. One event is one line, in plain text or JSON; it names documents, units and
//! reasons by their codes and never carries a name or a subject.
//!
//! Every metric's name is in [`names`], and nowhere else; labels are closed sets of words.

mod line;
pub mod names;

use line::OneLine;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Plain,
    /// One JSON object a line.
    Json,
}

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Sends log lines to standard error: everything at `level` (`info`, or a filter such as
/// `lienthong=debug,warn`) and above. A second call changes nothing.
pub fn start_logs(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| OneLine)
        // It would say so on stderr, which is what cannot be written, and panic: a full disk under the log would end
        // the tasks that tell of it.
        .log_internal_errors(false)
        .with_target(false);
    // An error means that a subscriber is there already, as in tests; it stays.
    let _ = match format {
        LogFormat::Plain => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// Installs the process's one metrics recorder, on the first call.
pub fn start_metrics() {
    HANDLE.get_or_init(|| {
        let handle = PrometheusBuilder::new()
            .set_buckets(names::SECONDS)
            .ok()?
            .install_recorder()
            .ok()?;
        names::describe();
        Some(handle)
    });
}

/// All metrics in the text format of Prometheus; empty before [`start_metrics`].
#[must_use]
pub fn render_metrics() -> String {
    let handle = HANDLE.get().and_then(Option::as_ref);
    handle.map_or_else(String::new, PrometheusHandle::render)
}

/// Folds what the recorder gathered; to be called every few seconds, or its buffers grow.
pub fn upkeep_metrics() {
    if let Some(handle) = HANDLE.get().and_then(Option::as_ref) {
        handle.run_upkeep();
    }
}
