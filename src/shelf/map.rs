//! Read-only maps of files: the one place with `unsafe` for it.

use memmap2::Mmap;
use std::fs::File;
use std::io;

/// Maps a whole file.
///
/// Only files under `<data>/staging`, `<data>/bodies` and `<data>/evidence` are mapped. The gateway
/// alone writes there and never changes or cuts a file once it is complete, so the bytes behind the
/// slice stand still.
///
/// # Errors
/// What the system said.
#[allow(
    unsafe_code,
    reason = "a map is how parsers see a file of gigabytes without reading it into memory"
)]
pub fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: see above: nobody changes or cuts the file while it is mapped.
    unsafe { Mmap::map(file) }
}
