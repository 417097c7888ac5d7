//! Fetching of validation material, put together from the settings.

use super::ServeError;
use crate::clock::Clock;
use crate::config::{FetchSettings, SeenCrls, Settings};
use crate::fetch::{self, Doors, Fetch, Gatherer, HttpFetch, Limits, NoFetch, Parts, Seen};
use crate::model::Timestamp;
use crate::shelf::Shelf;
use crate::trust::evidence::Pool;
use crate::upkeep::Authority;
use ring::rand::SecureRandom;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where fetched evidence lies in the folder of evidence.
const FETCHED: &str = "fetched";

/// Whoever fetches as the settings say; long bodies are spooled to `shelf`.
///
/// # Errors
/// In words, if TLS cannot be set up.
fn fetcher(settings: &FetchSettings, shelf: Option<Shelf>) -> Result<Arc<dyn Fetch>, String> {
    if !settings.enabled {
        return Ok(Arc::new(NoFetch));
    }
    let doors = doors(settings);
    let limits = Limits {
        connect: settings.connect,
        whole: settings.whole,
        crl_bytes: settings.max_crl_bytes,
        other_bytes: settings.max_other_bytes,
    };
    Ok(Arc::new(HttpFetch::new(doors, limits, shelf)?))
}

fn doors(settings: &FetchSettings) -> Doors {
    Doors {
        private: settings.private.clone(),
        hosts: settings.hosts.clone(),
    }
}

/// The longest answer of a timestamp authority: a token with its whole chain is some kilobytes.
const MAX_TOKEN: u64 = 256 << 10;

/// The timestamp authority that the settings name, if they name one. It is asked also where nothing
/// else is fetched: who names one wants it asked.
///
/// # Errors
/// In words, if TLS cannot be set up.
pub fn authority(settings: &Settings) -> Result<Option<Authority>, String> {
    let Some(url) = settings.timestamp.url.clone() else {
        return Ok(None);
    };
    let limits = Limits {
        connect: settings.fetch.connect,
        whole: settings.timestamp.whole,
        other_bytes: MAX_TOKEN,
        ..Limits::default()
    };
    Ok(Some(Authority {
        url,
        policy: settings.timestamp.policy.clone(),
        fetch: HttpFetch::new(doors(&settings.fetch), limits, None)?,
    }))
}

/// The pool that judgements look into: with or without hope that more arrives.
pub(super) fn pool(settings: &FetchSettings) -> Arc<Pool> {
    Arc::new(if settings.enabled {
        Pool::fetching()
    } else {
        Pool::new()
    })
}

/// Opens what was fetched before and shows it to `pool`.
pub(super) async fn gatherer(
    settings: &Settings,
    pool: Arc<Pool>,
    seen: Arc<Mutex<SeenCrls>>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    stop: CancellationToken,
) -> Result<Gatherer, ServeError> {
    let failed = |e: std::io::Error| {
        let folder = settings.evidence();
        ServeError::Store(format!("{}: {e}", folder.display()))
    };
    let shelf = Shelf::open(&settings.evidence().join(FETCHED)).map_err(failed)?;
    let fetch = fetcher(&settings.fetch, Some(shelf.clone())).map_err(ServeError::Tls)?;
    let seen = Arc::new(Remembered {
        seen,
        clock: Arc::clone(&clock),
    });
    let gatherer = Gatherer::new(Parts {
        fetch,
        pool,
        shelf: Some(shelf),
        cache_bytes: settings.fetch.cache_bytes,
        seen,
        clock,
        chance,
        tasks,
        stop,
    });
    let loading = gatherer.clone();
    let loaded = tokio::task::spawn_blocking(move || loading.load()).await;
    loaded
        .map_err(|e| ServeError::Store(e.to_string()))?
        .map_err(failed)?;
    Ok(gatherer)
}

/// For one judgement on the command line: the pool with what the daemon fetched before, as far as
/// it may be read, and whoever fetches the rest; nobody if `offline`. Nothing is written.
///
/// # Errors
/// In words, if TLS cannot be set up.
pub fn for_one_judgement(
    settings: Option<&Settings>,
    offline: bool,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<Pool>, Option<Gatherer>), String> {
    let fetching = settings.map(|s| s.fetch.clone()).unwrap_or_default();
    let fetching = FetchSettings {
        enabled: fetching.enabled && !offline,
        ..fetching
    };
    let pool = pool(&fetching);
    let seen = settings.and_then(|s| SeenCrls::read(&s.data).ok());
    let seen = Known(seen.map(|s| s.newest().clone()).unwrap_or_default());
    if let Some(settings) = settings {
        fetch::show_kept(&settings.evidence().join(FETCHED), &pool, &seen);
    }
    if !fetching.enabled {
        return Ok((pool, None));
    }
    let gatherer = Gatherer::new(Parts {
        fetch: fetcher(&fetching, None)?,
        pool: Arc::clone(&pool),
        shelf: None,
        cache_bytes: u64::MAX,
        seen: Arc::new(seen),
        clock,
        chance,
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
    });
    Ok((pool, Some(gatherer)))
}

/// The lists that the daemon has seen; what a single judgement sees is not remembered.
struct Known(BTreeMap<String, Timestamp>);

impl Seen for Known {
    fn newest(&self, scope: &str) -> Option<Timestamp> {
        self.0.get(scope).copied()
    }

    fn learn(&self, _lists: Vec<(String, Timestamp)>) {}
}

/// A number that differs each time; where the system gives none, pauses are merely not spread.
pub(super) fn chance() -> u16 {
    let mut bytes = [0u8; 2];
    let _ = ring::rand::SystemRandom::new().fill(&mut bytes);
    u16::from_le_bytes(bytes)
}

/// The newest lists seen, as `config` keeps them.
struct Remembered {
    seen: Arc<Mutex<SeenCrls>>,
    clock: Arc<dyn Clock>,
}

impl Seen for Remembered {
    fn newest(&self, scope: &str) -> Option<Timestamp> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.newest().get(scope).copied()
    }

    fn learn(&self, lists: Vec<(String, Timestamp)>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(problem) = seen.learn_lists(lists, self.clock.now()) {
            tracing::warn!(%problem, "the newest lists seen are not remembered");
        }
    }
}
