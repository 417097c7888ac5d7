//! What outlives a restart beside the log: how often a recipient was left alone, and of what it was told.
//! It is a help, never the truth: without it everything that waits is tried anew, and a receiver knows a
//! repeated key. What failed, and why, is in the log.

use crate::model::UnitCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The file in the folder of data.
const NAME: &str = "delivery.json";
/// The longest file that is read.
const MAX_BYTES: u64 = 64 << 20;

/// What is remembered of one recipient.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// How many times in a row it was left alone.
    #[serde(default)]
    pub(super) openings: u32,
    /// Up to here everything that waited was told (webhook).
    #[serde(default)]
    pub(super) told: u64,
}

/// All recipients.
pub(super) type Memory = BTreeMap<String, Remembered>;

/// Reads what is remembered; nothing where it cannot be read.
pub(super) fn read(data: &Path) -> Memory {
    let path = data.join(NAME);
    let short = std::fs::metadata(&path).is_ok_and(|m| m.len() <= MAX_BYTES);
    let bytes = short.then(|| std::fs::read(&path).ok()).flatten();
    let read = bytes.map(|bytes| serde_json::from_slice(&bytes));
    match read {
        None => Memory::new(),
        Some(Ok(memory)) => memory,
        Some(Err(problem)) => {
            tracing::warn!(%problem, "what was remembered of deliveries is not read");
            Memory::new()
        }
    }
}

/// Writes it: a crash leaves the old file or the new one. It is not synced, since it may be lost.
pub(super) fn write(data: &Path, memory: &Memory) -> io::Result<()> {
    let path = data.join(NAME);
    let temporary = data.join(format!("{NAME}.tmp"));
    let bytes = serde_json::to_vec(memory).map_err(io::Error::other)?;
    std::fs::write(&temporary, bytes)?;
    std::fs::rename(&temporary, &path)
}

/// What is remembered of one recipient.
pub(super) fn of(memory: &Memory, unit: &UnitCode) -> Remembered {
    memory.get(unit.as_str()).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_broken_is_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(read(folder.path()), Memory::new());
        let one = Remembered {
            openings: 2,
            told: 7,
        };
        let memory = Memory::from([("H53.1".to_owned(), one)]);
        write(folder.path(), &memory).expect("written");
        let unit = UnitCode::parse("H53.1").expect("code");
        assert_eq!(of(&read(folder.path()), &unit), one);
        std::fs::write(folder.path().join(NAME), b"{").expect("written");
        assert_eq!(read(folder.path()), Memory::new());
    }

    #[test]
    fn a_file_that_also_lists_attempts_is_read() {
        let folder = tempfile::tempdir().expect("folder");
        let earlier = r#"{"H53.1":{"openings":3,"told":9,"tries":[{"position":1}]}}"#;
        std::fs::write(folder.path().join(NAME), earlier).expect("written");
        let unit = UnitCode::parse("H53.1").expect("code");
        assert_eq!(of(&read(folder.path()), &unit).openings, 3);
    }
}
