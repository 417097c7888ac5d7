//! Which files some process of this machine holds open for writing, where that can be known (`/proc`): a
//! copy over a slow line may rest longer than any quiet time. Of other machines on a share nothing is
//! known, and of other users' processes only as far as the system shows them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The most open files looked at: those of a busy server; more than that is not worth a look's time.
const MAX_LOOKED_AT: usize = 200_000;

/// Files open for writing, by device and inode; read when first asked for.
#[derive(Debug)]
pub(super) struct OpenFiles(Option<BTreeSet<(u64, u64)>>);

impl OpenFiles {
    /// Not looked yet.
    pub(super) fn unknown() -> Self {
        Self(None)
    }

    /// Whether somebody is known to write to the file.
    pub(super) fn is_written(&mut self, inode: u64, path: &Path) -> bool {
        let open = self.0.get_or_insert_with(read);
        let Ok(data) = fs::metadata(path) else {
            return false;
        };
        open.contains(&(data.dev(), inode))
    }
}

fn read() -> BTreeSet<(u64, u64)> {
    let mut open = BTreeSet::new();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_number = |name: &str| name.bytes().all(|b| b.is_ascii_digit());
    let descriptors = processes
        .filter(|entry| entry.file_name().to_str().is_some_and(is_number))
        .filter_map(|entry| fs::read_dir(entry.path().join("fd")).ok())
        .flat_map(|entries| entries.flatten());
    for descriptor in descriptors.take(MAX_LOOKED_AT) {
        // Sockets and pipes are no files of an outbox.
        let Ok(data) = fs::metadata(descriptor.path()) else {
            continue;
        };
        if data.is_file() && writes(&descriptor.path()) {
            open.insert((data.dev(), data.ino()));
        }
    }
    open
}

/// Whether a descriptor is open for writing: `O_ACCMODE` of its flags (proc(5), fdinfo).
fn writes(descriptor: &Path) -> bool {
    let number = descriptor.file_name().unwrap_or_default();
    let process = descriptor.parent().and_then(Path::parent);
    let Some(process) = process else {
        return false;
    };
    let told = fs::read_to_string(process.join("fdinfo").join(number)).unwrap_or_default();
    let flags = told.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u64::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & 3 != 0)
}
