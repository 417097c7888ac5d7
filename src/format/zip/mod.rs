//! ZIP (APPNOTE 6.3.10) as containers of documents need it: one reading of a file, or none.
//!
//! Readers of ZIP disagree: by the central directory or by the local headers, by the first end record or
//! the last, by the first entry of a name or the last. Whatever two of them could read differently is
//! refused here, so that what was signed is what everybody unpacks. Every byte of the file belongs to one
//! entry, to the central directory or to the one end record. Nothing is ever written by an entry's name.

mod archive;
mod content;
mod directory;
mod end;
mod fields;
mod local;
mod names;
mod unpack;
pub mod write;

#[cfg(test)]
mod tests;

pub use archive::{Archive, Entry, Method};
pub use content::Unpacked;

use crate::format::content::ContentError;

/// Why a file is not read as a ZIP archive.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ZipError {
    /// The end record, or what has to lie before it.
    #[error("end of central directory: {0}")]
    End(&'static str),
    /// Another end record that a reader could take for the end.
    #[error("a second end of central directory at {0}")]
    SecondEnd(usize),
    /// The central directory.
    #[error("central directory: {0}")]
    Directory(&'static str),
    /// An entry.
    #[error("entry {name}: {fault}")]
    Entry {
        /// Its name, as far as it can be read.
        name: String,
        /// What is wrong.
        fault: Fault,
    },
    /// More than is read.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are read.
        limit: u64,
    },
    /// The medium failed; never a verdict about the archive.
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// What is wrong with an entry.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// A name that is a path somewhere else, or that cannot be shown.
    #[error("its name {0}")]
    Name(&'static str),
    /// Another entry's name, for a reader that does not tell the two apart.
    #[error("its name is also that of {0}")]
    Twice(String),
    /// A file in whose place another entry has a folder.
    #[error("it is the folder of {0} too")]
    FolderOf(String),
    /// A value that its local header and the central directory give differently.
    #[error("local header and central directory differ in {0}")]
    Differs(&'static str),
    /// No local header where one has to be.
    #[error("no local header")]
    NoHeader,
    /// It lies where another entry lies.
    #[error("it overlaps what is before it")]
    Overlaps,
    /// Bytes before it, or behind it, that are nobody's.
    #[error("{0} bytes beside it that belong to nothing")]
    Gap(usize),
    /// A data descriptor that is none, or that says something else.
    #[error("its data descriptor is wrong")]
    Descriptor,
    /// A stored entry whose end a descriptor tells, where another could be found before.
    #[error("it is stored, with a data descriptor that may be taken for another")]
    StoredDescriptor,
    /// Extra fields that are not what their lengths say, or that name the entry again.
    #[error("its extra fields: {0}")]
    Extra(&'static str),
    /// It is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// A compression method that is not read.
    #[error("compression method {0}")]
    Method(u16),
    /// General purpose flags that are not read.
    #[error("general purpose flags {0:#06x}")]
    Flags(u16),
    /// It lies on another disk.
    #[error("it is on another disk")]
    Disk,
    /// Neither a file nor a folder.
    #[error("its attributes are those of no file")]
    Attributes,
    /// A folder that holds something.
    #[error("a folder with data")]
    FolderData,
    /// It unpacks to far more than it is.
    #[error("it unpacks to more than {0} times its size")]
    Ratio(u64),
    /// Its data do not unpack.
    #[error("its data do not unpack")]
    Deflate,
    /// It unpacks to another length than is said.
    #[error("it unpacks to another length")]
    Length,
    /// Its CRC-32 is another.
    #[error("its CRC-32 is another")]
    Crc,
}

impl Fault {
    pub(in crate::format) fn of(self, name: &str) -> ZipError {
        let name = name.to_owned();
        ZipError::Entry { name, fault: self }
    }
}
