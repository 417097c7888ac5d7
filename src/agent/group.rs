//! Which files of a folder make one document: what a sidecar lists, then a file with its detached signature. Names
//! are found by tables, so that ten thousand files are put together in one walk.

use super::open_files::OpenFiles;
use super::outbox::{Candidate, Here, Look};
use super::{disk, names};
use crate::model::nfc;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The longest sidecar read: the longest envelope.
pub(super) const MAX_SIDECAR: u64 = 256 * 1024;

/// Files that are in no document yet, found by name and by stem.
struct Pool {
    rows: Vec<Option<Here>>,
    /// By name in NFC.
    names: BTreeMap<String, Vec<usize>>,
    /// By the stem in NFC, of a signature that of its file.
    stems: BTreeMap<String, Vec<usize>>,
    /// Signatures by the name of their file in NFC.
    signatures: BTreeMap<String, Vec<usize>>,
}

impl Pool {
    fn of(here: Vec<Here>) -> Self {
        let (mut names, mut stems) = (BTreeMap::new(), BTreeMap::new());
        let mut signatures = BTreeMap::new();
        for (i, row) in here.iter().enumerate() {
            let base = names::signed_by(&row.name);
            note(&mut names, &row.name, i);
            note(&mut stems, names::stem(base.unwrap_or(&row.name)), i);
            if let Some(base) = base {
                note(&mut signatures, base, i);
            }
        }
        Self {
            rows: here.into_iter().map(Some).collect(),
            names,
            stems,
            signatures,
        }
    }

    fn take(&mut self, i: usize) -> Option<Here> {
        self.rows.get_mut(i)?.take()
    }

    /// The first file of that name.
    fn named(&mut self, name: &str) -> Option<Here> {
        let all = self.names.get(&nfc(name)).cloned();
        all?.into_iter().find_map(|i| self.take(i))
    }

    /// The first detached signature of the file of that name.
    fn signature(&mut self, name: &str) -> Option<Here> {
        let all = self.signatures.get(&nfc(name)).cloned();
        all?.into_iter().find_map(|i| self.take(i))
    }

    /// All files of a stem, the document before its signature.
    fn of_stem(&mut self, stem: &str) -> Vec<Here> {
        let all = self.stems.get(&nfc(stem)).cloned().unwrap_or_default();
        let mut own: Vec<Here> = all.into_iter().filter_map(|i| self.take(i)).collect();
        own.sort_by_key(|h| names::signed_by(&h.name).is_some());
        own
    }
}

fn note(table: &mut BTreeMap<String, Vec<usize>>, name: &str, i: usize) {
    table.entry(nfc(name)).or_default().push(i);
}

/// Puts files together.
pub(super) fn group(
    folder: Option<&String>,
    mut here: Vec<Here>,
    long_still: bool,
    open: &mut OpenFiles,
    look: &mut Look,
) {
    let is_sidecar = |h: &Here| h.name.to_lowercase().ends_with(".json");
    let sidecars: Vec<Here> = here.extract_if(.., |h| is_sidecar(h)).collect();
    let mut pool = Pool::of(here);
    for sidecar in sidecars {
        let (candidate, rests) = with_sidecar(folder, sidecar, &mut pool);
        let complete = candidate.missing.is_empty();
        offer(candidate, rests && (complete || long_still), open, look);
    }
    for i in 0..pool.rows.len() {
        let is_signature = |h: &Here| names::signed_by(&h.name).is_some();
        if pool
            .rows
            .get(i)
            .and_then(Option::as_ref)
            .is_none_or(is_signature)
        {
            continue;
        }
        let Some(main) = pool.take(i) else { continue };
        let signature = pool.signature(&main.name);
        let rests = main.rests && signature.as_ref().is_none_or(|h| h.rests);
        // A name that says nothing may get a sidecar yet.
        let says = names::Named::parse(names::stem(&main.name)).is_some();
        let files = std::iter::once(main).chain(signature).map(|h| h.found);
        let candidate = Candidate {
            folder: folder.cloned(),
            sidecar: None,
            files: files.collect(),
            missing: Vec::new(),
        };
        offer(candidate, rests && (says || long_still), open, look);
    }
    // Signatures whose documents did not come.
    for alone in pool.rows.into_iter().flatten() {
        let rests = alone.rests && long_still;
        let of = names::signed_by(&alone.name).map(str::to_owned);
        let candidate = Candidate {
            folder: folder.cloned(),
            sidecar: None,
            missing: of.into_iter().collect(),
            files: vec![alone.found],
        };
        offer(candidate, rests, open, look);
    }
}

/// A sidecar with its files, and whether all of them rest.
fn with_sidecar(folder: Option<&String>, sidecar: Here, pool: &mut Pool) -> (Candidate, bool) {
    let listed = match sidecar.rests {
        true => listed(&sidecar.found.path),
        false => None,
    };
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    match listed {
        Some(listed) => {
            for name in listed {
                match pool.named(&name) {
                    Some(file) => files.push(file),
                    None => missing.push(name),
                }
            }
        }
        // Which files are its own is not known: those of the same stem, at least.
        None => files = pool.of_stem(names::stem(&sidecar.name)),
    }
    if files.is_empty() && missing.is_empty() {
        missing.push(format!("{}.*", names::stem(&sidecar.name)));
    }
    let rests = sidecar.rests && files.iter().all(|h| h.rests);
    let candidate = Candidate {
        folder: folder.cloned(),
        missing,
        files: files.into_iter().map(|h| h.found).collect(),
        sidecar: Some(sidecar.found),
    };
    (candidate, rests)
}

fn offer(candidate: Candidate, may: bool, open: &mut OpenFiles, look: &mut Look) {
    let all = || candidate.files.iter().chain(&candidate.sidecar);
    if may && !all().any(|found| open.is_written(found.print.inode, &found.path)) {
        look.ready.push(candidate);
    } else {
        look.waiting = look.waiting.saturating_add(all().count());
    }
}

/// The files that a sidecar lists; `None` if it lists none or is not to be understood.
fn listed(path: &Path) -> Option<Vec<String>> {
    let value: Value = serde_json::from_slice(&disk::read(path, MAX_SIDECAR).ok()?).ok()?;
    let files = value.get("files")?.as_array()?;
    let name = |file: &Value| Some(file.get("name")?.as_str()?.to_owned());
    files.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::super::outbox::{Found, Print};
    use super::*;
    use std::time::Duration;
    use tokio::time::Instant;

    fn here(name: &str) -> Here {
        let print = Print {
            size: 1,
            seconds: 1,
            nanoseconds: 0,
            inode: 1,
        };
        Here {
            name: name.to_owned(),
            found: Found {
                path: Path::new("/nowhere").join(name),
                print,
            },
            rests: true,
        }
    }

    fn grouped(names: impl Iterator<Item = String>) -> Look {
        let here = names.map(|name| here(&name)).collect();
        let mut look = Look::default();
        group(None, here, true, &mut OpenFiles::unknown(), &mut look);
        look
    }

    #[test]
    fn ten_thousand_files_are_put_together_in_one_walk() {
        let began = Instant::now();
        let name = |n: usize| format!("{n}-STC_2026-11-23_Văn bản.pdf");
        let look = grouped((0..5_000).flat_map(|n| [name(n), format!("{}.p7s", name(n))]));
        assert_eq!(look.ready.len(), 5_000);
        assert!(look.ready.iter().all(|c| c.files.len() == 2));
        // Signatures alone: none has a document.
        let look = grouped((0..10_000).map(|n| format!("{}.p7s", name(n))));
        assert_eq!(look.ready.len(), 10_000);
        assert!(look.ready.iter().all(|c| c.missing.len() == 1));
        // Compared each with each this takes minutes.
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{:?}",
            began.elapsed()
        );
    }

    #[test]
    fn a_signature_belongs_to_the_file_that_it_is_named_after() {
        let names = [
            "a.pdf",
            "a.pdf.p7s",
            "b.p7s.pdf",
            "Tha\u{301}ng.txt",
            "Tháng.txt.p7s",
        ];
        let look = grouped(names.iter().map(|n| (*n).to_owned()));
        let sizes: Vec<usize> = look.ready.iter().map(|c| c.files.len()).collect();
        assert_eq!(sizes, [2, 1, 2]);
    }
}
