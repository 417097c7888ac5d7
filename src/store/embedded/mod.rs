//! The embedded store: an event log with group commit and bodies as the truth, redb as the index,
//! sled as the store of exchange rates per unit.
//!
//! What it never does: answer before the sync, let a projection run ahead of the log, try a failed
//! sync again, or skip damage in the log. Everything under `index/` and `rates/` may be deleted
//! while it is closed; it is then made anew from the log.

mod bodies;
mod body_rows;
mod core;
mod disk;
mod index;
mod index_bodies;
mod index_dossiers;
mod index_figures;
mod index_findings;
mod index_meta;
mod index_periods;
mod index_registers;
mod index_rows;
mod index_surveys;
mod ledger;
mod log;
mod orphans;
mod packed;
mod pins;
mod purge;
mod rates;
mod rates_open;
mod rates_rows;
mod rates_sums;
mod recovery;
mod rights;
mod scan;
mod sheet;
mod staging;
mod stamp;
mod vault;
mod writer;

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "small figures of tests"
)]
pub(in crate::store) mod disk_twin;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod erasures;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod faults;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod properties;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small figures and few events of tests"
)]
mod properties_clocks;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod sweeping;

pub use self::core::Counter;
pub(in crate::store) use pins::Pin;

use self::core::Core;
use super::{Ledger, Readiness, Vault};
use crate::clock::Clock;
use disk::{Disk, RealDisk};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What may be set; the defaults are those of `storage.md` of the design.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Length at which a segment of the log or of bodies is left for the next.
    pub segment_bytes: u64,
    /// Memory that redb may use for its pages.
    pub index_cache_bytes: usize,
    /// Memory for staged bodies together; what does not fit goes to the staging area.
    pub staged_memory_bytes: u64,
    /// How often the projections are written.
    pub checkpoint: Duration,
    /// How long [`open`] waits for a rebuild before it goes on in the background.
    pub patience: Duration,
    /// Whether the history is simulated, and from which number it is drawn. A log that begins otherwise is not opened.
    pub simulated: Option<u64>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            index_cache_bytes: 16 * 1024 * 1024,
            staged_memory_bytes: 32 * 1024 * 1024,
            checkpoint: Duration::from_millis(500),
            patience: Duration::from_millis(500),
            simulated: None,
        }
    }
}

/// Why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{0} is in use by another process")]
    Locked(PathBuf),
    /// A file or folder cannot be used.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// Its history is simulated, and nobody said so.
    #[error("the history in {0} is simulated; if that is meant, set gateway.simulated = true")]
    Simulated(PathBuf),
    /// Its history took place, and was said to be simulated.
    #[error("the history in {0} took place; take gateway.simulated = true away")]
    NotSimulated(PathBuf),
    /// The log or a projection cannot be opened; it is not changed.
    #[error("{0}")]
    Failed(String),
}

/// An open store.
#[derive(Clone)]
pub struct Embedded {
    /// What happened.
    pub ledger: Arc<dyn Ledger>,
    /// The bodies.
    pub vault: Arc<dyn Vault>,
    /// Syncs of the log since it was opened: one per group.
    pub syncs: Counter,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Embedded({:?})", self.ledger.readiness())
    }
}

/// Opens the store in `data`, or begins one. Returns once it is ready, or while a longer rebuild
/// goes on in the background; [`Ledger::readiness`] tells.
///
/// # Errors
/// See [`OpenError`].
pub fn open(
    data: &Path,
    options: OpenOptions,
    clock: Arc<dyn Clock>,
) -> Result<Embedded, OpenError> {
    open_on(data, options, clock, Arc::new(RealDisk))
}

fn open_on(
    data: &Path,
    options: OpenOptions,
    clock: Arc<dyn Clock>,
    disk: Arc<dyn Disk>,
) -> Result<Embedded, OpenError> {
    let patience = options.patience;
    let told = options.simulated.is_some();
    let core = Arc::new(Core::open(data, options, clock, disk)?);
    match recovery::is_simulated(&core).map_err(OpenError::Failed)? {
        Some(true) if !told => return Err(OpenError::Simulated(data.to_owned())),
        Some(false) if told => return Err(OpenError::NotSimulated(data.to_owned())),
        Some(_) | None => {}
    }
    let ledger = ledger::EmbeddedLedger::start(Arc::clone(&core))?;
    if let Readiness::Failed(e) = core.wait_ready(patience) {
        return Err(OpenError::Failed(e));
    }
    let syncs = core.syncs.clone();
    Ok(Embedded {
        syncs,
        ledger: Arc::new(ledger),
        vault: Arc::new(vault::EmbeddedVault::new(core)),
    })
}
