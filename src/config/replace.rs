//! Replacing a file so that a crash leaves the old one or the new one.

use super::ConfigError;
use crate::shelf;
use std::path::{Path, PathBuf};

/// As of [`shelf::replace`].
///
/// # Errors
/// [`ConfigError::Write`].
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), ConfigError> {
    shelf::replace(path, bytes).map_err(|e| ConfigError::Write {
        path: path.into(),
        problem: e.to_string(),
    })
}

/// `path` with another ending behind its name.
pub(super) fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}
