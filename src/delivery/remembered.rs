//! What outlives a restart beside the log: how often a recipient failed, which attempts at which
//! documents failed, and of what it was told. It is a help, never the truth: without it everything
//! that waits is tried anew, and a receiver knows a repeated key.

use super::desk::Tries;
use crate::model::{DocumentId, Position, Timestamp, UnitCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The file in the folder of data.
const NAME: &str = "delivery.json";
/// Failed attempts remembered of one recipient; one that fails more is left alone anyway.
const MOST: usize = 256;
/// The longest file that is read.
const MAX_BYTES: u64 = 64 << 20;

/// What is remembered of one recipient.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// How many times in a row it was left alone.
    #[serde(default)]
    pub(super) openings: u32,
    /// Up to here everything that waited was told (webhook).
    #[serde(default)]
    pub(super) told: u64,
    #[serde(default)]
    tries: Vec<Try>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Try {
    position: u64,
    document: String,
    attempts: u32,
    at: i64,
    code: String,
    value: String,
    #[serde(default)]
    detail: String,
}

/// All recipients.
pub(super) type Memory = BTreeMap<String, Remembered>;

impl Remembered {
    pub(super) fn new<'a>(
        openings: u32,
        told: Position,
        tries: impl Iterator<Item = (Position, &'a Tries)>,
    ) -> Self {
        let kept = |(position, t): (Position, &Tries)| Try {
            position: position.0,
            document: t.document.to_string(),
            attempts: t.attempts,
            at: t.at.0,
            code: t.code.clone(),
            value: t.value.clone(),
            detail: t.detail.clone(),
        };
        Self {
            openings,
            told: told.0,
            tries: tries.take(MOST).map(kept).collect(),
        }
    }

    /// The attempts, as a desk takes them.
    pub(super) fn tries(&self) -> impl Iterator<Item = (Position, Tries)> + '_ {
        self.tries.iter().filter_map(|t| {
            let tries = Tries {
                document: DocumentId::parse(&t.document)?,
                attempts: t.attempts,
                at: Timestamp(t.at),
                code: t.code.clone(),
                value: t.value.clone(),
                detail: t.detail.clone(),
                next: None,
                refused: false,
            };
            Some((Position(t.position), tries))
        })
    }
}

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
    memory.get(unit.as_str()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_broken_is_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(read(folder.path()), Memory::new());
        let tries = Tries {
            document: DocumentId::new(Timestamp(5), [1; 10]),
            attempts: 3,
            at: Timestamp(9),
            code: "status".into(),
            value: "500".into(),
            detail: "HTTP status 500".into(),
            next: None,
            refused: false,
        };
        let one = Remembered::new(2, Position(7), [(Position(4), &tries)].into_iter());
        let memory = Memory::from([("H53.1".to_owned(), one.clone())]);
        write(folder.path(), &memory).expect("written");
        let unit = UnitCode::parse("H53.1").expect("code");
        let found = of(&read(folder.path()), &unit);
        assert_eq!(found, one);
        let back: Vec<_> = found.tries().collect();
        assert_eq!(back, [(Position(4), tries)]);
        std::fs::write(folder.path().join(NAME), b"{").expect("written");
        assert_eq!(read(folder.path()), Memory::new());
    }
}
