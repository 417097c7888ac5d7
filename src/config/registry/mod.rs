//! `units.toml`: units, bindings and what became of units, read strictly and written whole.

mod import;
mod raw;
#[cfg(test)]
mod tests;
mod write;

pub use import::{Import, ImportError, import};
pub use write::to_toml;

use super::ConfigError;
use super::mistake::Page;
use super::replace::{replace, sibling};
use crate::registry::{Parts, Registry};
use raw::Raw;
use std::fs::File;
use std::path::Path;

/// Reads the registry.
///
/// # Errors
/// See [`ConfigError`].
pub fn read(path: &Path) -> Result<Registry, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|e| ConfigError::Read {
        path: path.into(),
        problem: e.to_string(),
    })?;
    parse(path, &text)
}

/// Reads a registry from text; `path` is only named in errors.
///
/// # Errors
/// See [`ConfigError`].
pub fn parse(path: &Path, text: &str) -> Result<Registry, ConfigError> {
    let page = Page { path, text };
    let raw: Raw = toml::from_str(text).map_err(|e| page.wrong(e.span(), e.message()))?;
    Registry::of(page.parts(raw)?).map_err(|error| ConfigError::Registry {
        path: path.into(),
        error,
    })
}

/// Writes the registry: a temporary file beside it, synced, then renamed over it.
///
/// # Errors
/// [`ConfigError::Write`].
pub fn write(path: &Path, registry: &Registry) -> Result<(), ConfigError> {
    replace(path, to_toml(registry).as_bytes())
}

/// Reads, changes and writes the registry while no other process does.
///
/// # Errors
/// See [`ConfigError`]; the file is unchanged then.
pub fn edit(path: &Path, change: impl FnOnce(&mut Parts)) -> Result<Registry, ConfigError> {
    let changed = changed(path, false, |known| {
        let mut parts = known.parts();
        change(&mut parts);
        Ok::<_, ConfigError>(parts)
    });
    changed.map(|(_, after)| after)
}

/// The same with what was there before; with `dry_run` nothing is written.
fn changed<E: From<ConfigError>>(
    path: &Path,
    dry_run: bool,
    change: impl FnOnce(&Registry) -> Result<Parts, E>,
) -> Result<(Registry, Registry), E> {
    let failed = |e: std::io::Error| ConfigError::Write {
        path: path.into(),
        problem: e.to_string(),
    };
    let lock = File::create(sibling(path, "lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let known = if path.exists() {
        read(path)?
    } else {
        Registry::default()
    };
    let after = Registry::of(change(&known)?).map_err(|error| ConfigError::Registry {
        path: path.into(),
        error,
    })?;
    if !dry_run {
        write(path, &after)?;
    }
    Ok((known, after))
}
