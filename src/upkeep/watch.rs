//! Looks into a folder every few seconds. Network mounts and copies by hand give no reliable
//! events, and a fresh CRL is worth a few seconds' delay.

use super::Reloader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// Often enough for a person who waits, rarely enough to cost nothing.
const EVERY: Duration = Duration::from_secs(2);

type Look = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Reloads the rules whenever the files of `folder` have changed.
pub async fn watch_folder(folder: PathBuf, reloader: Arc<Reloader>, stop: CancellationToken) {
    let mut known = look(&folder);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let now = look(&folder);
        if now == known {
            continue;
        }
        // A file that is still being copied is broken only until the next look.
        known = now;
        if reloader.reload().await.is_err() {
            tracing::warn!(folder = %folder.display(), "changed, but the rules stay as they were");
        }
    }
}

/// Names, lengths and times of a folder's files; nothing where it cannot be read.
fn look(folder: &Path) -> Look {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Look::new();
    };
    let mut all: Look = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let data = entry.metadata().ok()?;
            Some((entry.path(), data.len(), data.modified().ok()))
        })
        .collect();
    all.sort();
    all
}
