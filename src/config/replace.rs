//! Replacing a file so that a crash leaves the old one or the new one.

use super::ConfigError;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Writes a temporary file beside `path`, syncs it, and renames it over `path`.
///
/// # Errors
/// [`ConfigError::Write`].
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), ConfigError> {
    let failed = |e: std::io::Error| ConfigError::Write {
        path: path.into(),
        problem: e.to_string(),
    };
    let temporary = sibling(path, "tmp");
    let mut file = File::create(&temporary).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&temporary, path).map_err(failed)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or_else(|| Path::new("."))).map_err(failed)?;
    folder.sync_all().map_err(failed)
}

/// `path` with another ending behind its name.
pub(super) fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}
