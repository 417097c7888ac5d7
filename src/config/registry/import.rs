//! Import: a table or another registry over what is there, whole or not at all.

use super::super::ConfigError;
use super::changed;
use crate::registry::difference::{Difference, differences};
use crate::registry::table::{self, TableError};
use crate::registry::{Parts, Registry};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

/// What is imported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Import {
    /// A table of units (`registry::table`).
    Table(Vec<u8>),
    /// Units, keys and changes.
    Registry(Registry),
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The registry as it would be, or its file.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Imports: units that are listed already are brought up to date, so that an import can be repeated; what is not
/// named stays. What it changes; with `dry_run`, what it would.
///
/// # Errors
/// See [`ImportError`]; nothing has changed then.
pub fn import(path: &Path, import: &Import, dry_run: bool) -> Result<Vec<Difference>, ImportError> {
    let (before, after) = changed(path, dry_run, |known| {
        let new = match import {
            Import::Table(bytes) => Parts {
                units: table::read(bytes, known)?,
                ..Parts::default()
            },
            Import::Registry(registry) => registry.parts(),
        };
        Ok::<_, ImportError>(over(known.parts(), new))
    })?;
    Ok(differences(&before, &after))
}

fn over(known: Parts, new: Parts) -> Parts {
    let listed: BTreeSet<_> = new.units.iter().map(|unit| unit.code.clone()).collect();
    let stay = known
        .units
        .into_iter()
        .filter(|unit| !listed.contains(&unit.code));
    Parts {
        units: stay.chain(new.units).collect(),
        bindings: both(known.bindings, new.bindings),
        changes: both(known.changes, new.changes),
    }
}

/// Each once.
fn both<T: Debug>(known: Vec<T>, new: Vec<T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    let all = known.into_iter().chain(new);
    all.filter(|one| seen.insert(format!("{one:?}"))).collect()
}
