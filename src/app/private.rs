//! What others of this machine may see of an installation: nothing of the data, and no key.

use crate::config::Settings;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Anybody but the owner.
const OTHERS: u32 = 0o077;

/// What lies in the data folder and is nobody else's.
const INSIDE: [&str; 6] = ["log", "bodies", "index", "rates", "staging", "evidence"];

/// Warns of what others may read or write. Nothing is changed: whoever runs the gateway may have let a group in.
pub(super) fn warn(settings: &Settings) {
    for (path, mode) in wide(settings) {
        tracing::warn!(
            path = %path.display(),
            mode = %format!("{mode:03o}"),
            "others on this machine may get at this; take their rights away: chmod go= {}",
            path.display()
        );
    }
}

/// The data folder, what lies in it, and the gateway's own keys, as far as others have rights to them, with their modes.
fn wide(settings: &Settings) -> Vec<(PathBuf, u32)> {
    // Without the dots of how it was written.
    let data: &PathBuf = &settings.data.components().collect();
    let is_closed = mode(data).is_some_and(|mode| mode & OTHERS == 0);
    let inside = INSIDE.iter().filter(|_| !is_closed);
    let inside = inside.map(|name| data.join(name));
    let own = fs::read_dir(settings.own()).into_iter().flatten().flatten();
    let keys = own.map(|entry| entry.path());
    let keys = keys.filter(|path| path.extension().is_some_and(|end| end == "key"));
    let all = std::iter::once(data.clone()).chain(inside).chain(keys);
    let mode = |path: PathBuf| mode(&path).map(|mode| (path, mode));
    let mut found: Vec<_> = all.filter_map(mode).collect();
    found.retain(|(_, mode)| mode & OTHERS != 0);
    found.sort();
    found
}

fn mode(path: &Path) -> Option<u32> {
    let data = fs::metadata(path).ok()?;
    Some(data.permissions().mode() & 0o777)
}
