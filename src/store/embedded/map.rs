//! Read-only maps of body files: the one place of the store with `unsafe`.

use memmap2::Mmap;
use std::fs::File;
use std::io;

/// Maps a whole file.
///
/// Only files under `<data>/staging` and `<data>/bodies` are mapped. The gateway alone writes there
/// and never changes or cuts a file once it is complete, so the bytes behind the slice stand still.
#[allow(
    unsafe_code,
    reason = "a map is how parsers see a file of gigabytes without reading it into memory"
)]
pub(in crate::store) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: see above: nobody changes or cuts the file while it is mapped.
    unsafe { Mmap::map(file) }
}
