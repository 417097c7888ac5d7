//! Procedures as TOML, one file a version, and as a table of many; with the place of every mistake.

pub mod columns;
mod raw;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use sheet::to_csv;
pub use write::to_toml;

use super::ConfigError;
use super::mistake::Page;
use super::replace::replace;
use crate::dossier::{Difference, NotTaken, Procedure, Procedures, differences};
use std::path::{Path, PathBuf};

/// Bytes of one file: 200 components of 500 characters take less.
const MAX_FILE: u64 = 1 << 20;
/// Bytes of one table: a province's 2,000 procedures with thirty rows of 1,000 characters each.
const MAX_TABLE: u64 = 64 << 20;
/// Files of the folder: as many as there may be versions.
const MAX_FILES: usize = crate::dossier::MAX_VERSIONS;

/// The samples, by file name: made for the demonstration, not published lists.
pub const SAMPLES: [(&str, &str); 6] = [
    (
        "khai-sinh.toml",
        include_str!("../../../config/procedures/khai-sinh.sample.toml"),
    ),
    (
        "khai-tu.toml",
        include_str!("../../../config/procedures/khai-tu.sample.toml"),
    ),
    (
        "ket-hon.toml",
        include_str!("../../../config/procedures/ket-hon.sample.toml"),
    ),
    (
        "xac-nhan-hon-nhan.toml",
        include_str!("../../../config/procedures/xac-nhan-hon-nhan.sample.toml"),
    ),
    (
        "ho-kinh-doanh.toml",
        include_str!("../../../config/procedures/ho-kinh-doanh.sample.toml"),
    ),
    (
        "tro-cap-xa-hoi.toml",
        include_str!("../../../config/procedures/tro-cap-xa-hoi.sample.toml"),
    ),
];

/// Why procedures were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ProceduresError {
    /// A file is wrong.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// A version cannot stand beside the others.
    #[error("{path}: {problem}")]
    NotTaken {
        /// The file, of a table with the line of the version's first row behind it.
        path: PathBuf,
        /// Why.
        problem: NotTaken,
    },
    /// Too many files, or one that is too large.
    #[error("{path}: more than {most}")]
    TooMuch {
        /// The folder or the file.
        path: PathBuf,
        /// What is taken.
        most: u64,
    },
}

/// Reads one version from text; `path` is only named in errors.
///
/// # Errors
/// [`ConfigError::Mistake`] with line and column.
pub fn parse(path: &Path, text: &str) -> Result<Procedure, ConfigError> {
    raw::read(&Page { path, text })
}

/// Reads a folder of `*.toml`; without a folder there are none.
///
/// # Errors
/// See [`ProceduresError`]: the folder is taken whole or refused whole.
pub fn read(folder: &Path) -> Result<Procedures, ProceduresError> {
    let mut all = Procedures::default();
    for path in files(folder)? {
        let procedure = file(&path)?;
        all.take(procedure)
            .map_err(|problem| ProceduresError::NotTaken { path, problem })?;
    }
    Ok(all)
}

fn unreadable(path: &Path, e: &std::io::Error) -> ConfigError {
    ConfigError::Read {
        path: path.into(),
        problem: e.to_string(),
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, ProceduresError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(unreadable(folder, &e).into()),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| unreadable(folder, &e))?.path();
        if path.extension().is_some_and(|kind| kind == "toml") {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(ProceduresError::TooMuch {
                path: folder.into(),
                most: u64::try_from(MAX_FILES).unwrap_or(u64::MAX),
            });
        }
    }
    files.sort();
    Ok(files)
}

fn bounded(path: &Path, most: u64) -> Result<(), ProceduresError> {
    let size = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?;
    match size.len() > most {
        true => Err(ProceduresError::TooMuch {
            path: path.into(),
            most,
        }),
        false => Ok(()),
    }
}

fn file(path: &Path) -> Result<Procedure, ProceduresError> {
    bounded(path, MAX_FILE)?;
    let text = std::fs::read_to_string(path).map_err(|e| unreadable(path, &e))?;
    Ok(parse(path, &text)?)
}

/// Every version of a file: of a TOML file one, of a table many.
fn versions(path: &Path) -> Result<Vec<(PathBuf, Procedure)>, ProceduresError> {
    let table = path
        .extension()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("csv"));
    if !table {
        return Ok(vec![(path.into(), file(path)?)]);
    }
    bounded(path, MAX_TABLE)?;
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    let placed = |(line, procedure)| {
        let mut place = path.as_os_str().to_owned();
        place.push(format!(":{line}"));
        (PathBuf::from(place), procedure)
    };
    Ok(table::read(path, &bytes)?.into_iter().map(placed).collect())
}

/// What importing a file does.
#[derive(Debug)]
pub struct Imported {
    /// What was read.
    pub procedure: Procedure,
    /// Whether it is new; otherwise it was there already.
    pub new: bool,
    /// How it differs from the version before, where there is one.
    pub before: Option<(u16, Vec<Difference>)>,
    /// Where it lies.
    pub path: PathBuf,
}

/// Takes files into a folder, all or none of them; with `dry_run` only says what would happen.
///
/// # Errors
/// See [`ProceduresError`]; then nothing changed.
pub fn import(
    folder: &Path,
    paths: &[PathBuf],
    dry_run: bool,
) -> Result<Vec<Imported>, ProceduresError> {
    let files: Result<Vec<_>, ProceduresError> = paths.iter().map(|path| versions(path)).collect();
    take(folder, files?.concat(), dry_run)
}

/// Takes the samples in.
///
/// # Errors
/// See [`ProceduresError`]; then nothing changed.
pub fn import_samples(folder: &Path, dry_run: bool) -> Result<Vec<Imported>, ProceduresError> {
    let read = |(name, text): &(&str, &str)| {
        let path = PathBuf::from(name);
        let procedure = parse(&path, text)?;
        Ok((path, procedure))
    };
    let files: Result<Vec<_>, ProceduresError> = SAMPLES.iter().map(read).collect();
    take(folder, files?, dry_run)
}

fn take(
    folder: &Path,
    files: Vec<(PathBuf, Procedure)>,
    dry_run: bool,
) -> Result<Vec<Imported>, ProceduresError> {
    let mut all = read(folder)?;
    let mut done = Vec::new();
    for (path, procedure) in files {
        let new = all.take(procedure.clone());
        let new = new.map_err(|problem| ProceduresError::NotTaken {
            path: path.clone(),
            problem,
        })?;
        let earlier = all
            .of(&procedure.code)
            .filter(|own| own.version < procedure.version);
        let before = earlier.last();
        done.push(Imported {
            before: before.map(|own| (own.version, differences(own, &procedure))),
            path: folder.join(format!("{}-v{}.toml", procedure.code, procedure.version)),
            new,
            procedure,
        });
    }
    if !dry_run {
        std::fs::create_dir_all(folder).map_err(|e| unreadable(folder, &e))?;
        written(&done)?;
    }
    Ok(done)
}

/// Writes what is new; where one cannot be written, those before it are taken away again.
fn written(done: &[Imported]) -> Result<(), ConfigError> {
    let new: Vec<&Imported> = done.iter().filter(|one| one.new).collect();
    for (at, one) in new.iter().enumerate() {
        if let Err(e) = replace(&one.path, to_toml(&one.procedure).as_bytes()) {
            for before in new.iter().take(at) {
                // What cannot be taken away is found again by the next import, which is the same one.
                let _ = std::fs::remove_file(&before.path);
            }
            return Err(e);
        }
    }
    Ok(())
}
