//! Files of a folder, by their endings. Files are read, never mapped: their owner may change them.

use super::ConfigError;
use rustls_pki_types::pem::{PemObject, SectionKind};
use std::path::{Path, PathBuf};

/// The largest file read: a national CRL of 64 MiB lists more than a million certificates
/// (`verdicts.md` §3).
const MAX_FILE: u64 = 64 << 20;

/// The entries of a folder by name; a folder that is not there is empty.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let failed = |e: std::io::Error| ConfigError::Read {
        path: folder.into(),
        problem: e.to_string(),
    };
    let listed = match std::fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut all = Vec::new();
    for entry in listed {
        all.push(entry.map_err(failed)?.path());
    }
    all.sort();
    Ok(all)
}

/// The files of a folder with one of these endings, but hidden ones.
pub(super) fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, ConfigError> {
    let known = |path: &PathBuf| {
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'));
        path.is_file() && !hidden && endings.contains(&ending.as_str())
    };
    Ok(entries(folder)?.into_iter().filter(known).collect())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let failed = |e: std::io::Error| ConfigError::Read {
        path: path.into(),
        problem: e.to_string(),
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE {
        return Err(wrong(path, &format!("longer than {MAX_FILE} bytes")));
    }
    std::fs::read(path).map_err(failed)
}

/// The items of a file: PEM sections of that kind, or the whole file as DER.
pub(super) fn decode(path: &Path, kind: SectionKind) -> Result<Vec<Vec<u8>>, ConfigError> {
    let bytes = read(path)?;
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes]);
    }
    let mut all = Vec::new();
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(&bytes) {
        let (found, der) = section.map_err(|e| wrong(path, &e))?;
        if found == kind {
            all.push(der);
        }
    }
    if all.is_empty() {
        return Err(wrong(path, &format!("neither DER nor PEM with a {kind:?}")));
    }
    Ok(all)
}

pub(super) fn wrong(path: &Path, problem: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::Material {
        path: path.into(),
        problem: problem.to_string(),
    }
}
