//! The demo's own folder: marked, locked while a demo runs, emptied and filled anew. Never a real
//! installation.

use super::DemoError;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The file that makes a folder a demo's own.
const MARKER: &str = ".lienthong-demo";
/// Where a demo lives when nobody says.
const DEFAULT: &str = "lienthong-demo";
/// How many demos may run side by side in one place.
const MOST: u32 = 20;

/// A folder that belongs to this demo as long as this lives.
#[derive(Debug)]
pub struct DemoFolder {
    path: PathBuf,
    _lock: File,
}

impl DemoFolder {
    /// Takes `given`, or the first free of `./lienthong-demo`, `./lienthong-demo-2`, …
    ///
    /// # Errors
    /// [`DemoError::NotADemo`] for a folder with something else in it, [`DemoError::Busy`] if
    /// another demo runs there.
    pub fn take(given: Option<&Path>) -> Result<Self, DemoError> {
        if let Some(path) = given {
            return Self::open(path);
        }
        for n in 1..=MOST {
            let name = if n == 1 {
                DEFAULT.to_owned()
            } else {
                format!("{DEFAULT}-{n}")
            };
            match Self::open(Path::new(&name)) {
                Err(DemoError::Busy(_)) => {}
                other => return other,
            }
        }
        Err(DemoError::Busy(DEFAULT.into()))
    }

    fn open(path: &Path) -> Result<Self, DemoError> {
        let failed = |e: std::io::Error| DemoError::folder(path, &e);
        let marker = path.join(MARKER);
        if path.exists() && !marker.is_file() && !is_empty(path).map_err(failed)? {
            return Err(DemoError::NotADemo(path.into()));
        }
        std::fs::create_dir_all(path).map_err(failed)?;
        let lock = File::options()
            .create(true)
            .append(true)
            .open(&marker)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DemoError::Busy(path.into())),
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        let folder = Self {
            path: std::path::absolute(path).map_err(failed)?,
            _lock: lock,
        };
        folder.clear().map_err(failed)?;
        Ok(folder)
    }

    /// Removes everything but the marker, which holds the lock.
    fn clear(&self) -> std::io::Result<()> {
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name() == MARKER {
                continue;
            }
            if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
            } else {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn is_empty(path: &Path) -> std::io::Result<bool> {
    Ok(std::fs::read_dir(path)?.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demos_own_folder_is_emptied() {
        let dir = tempfile::tempdir().expect("folder");
        let own = dir.path().join("demo");
        let first = DemoFolder::take(Some(&own)).expect("fresh");
        std::fs::write(own.join("old"), "x").expect("written");
        let busy = DemoFolder::take(Some(&own)).expect_err("busy");
        assert!(matches!(busy, DemoError::Busy(_)));
        drop(first);
        DemoFolder::take(Some(&own)).expect("again");
        assert!(!own.join("old").exists());
        let real = dir.path().join("real");
        std::fs::create_dir(&real).expect("made");
        std::fs::write(real.join("units.toml"), "").expect("written");
        let refused = DemoFolder::take(Some(&real)).expect_err("refused");
        assert!(matches!(refused, DemoError::NotADemo(_)));
        assert!(real.join("units.toml").exists());
    }
}
