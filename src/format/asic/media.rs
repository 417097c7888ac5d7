//! The media type of a container (EN 319 162-1 §4.3.3.1, §4.4.3.1 and annex A): what `mimetype` says, and
//! whether it is where and as it should be.

use crate::format::limits::MAX_MIMETYPE;
use crate::format::zip::{Archive, Entry, Method, ZipError};

/// What is not as it should be about the media type, and says nothing about signatures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Remark {
    /// There is none.
    Missing,
    /// It is not the first file.
    NotFirst,
    /// It is packed.
    Packed,
    /// Its header has extra fields.
    ExtraFields,
    /// Something is written around the type.
    Surrounded,
    /// It is not that of such a container.
    OtherType,
}

impl Remark {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "there is no mimetype file",
            Self::NotFirst => "mimetype is not the first file",
            Self::Packed => "mimetype is packed",
            Self::ExtraFields => "mimetype has extra fields",
            Self::Surrounded => "white space around the media type",
            Self::OtherType => "another media type",
        }
    }
}

/// What `mimetype` says and how.
pub(super) struct Media {
    pub(super) text: Option<String>,
    pub(super) remarks: Vec<Remark>,
}

pub(super) const NAME: &str = "mimetype";

pub(super) fn read(archive: &Archive<'_>) -> Result<Media, ZipError> {
    let Some(entry) = archive.file(NAME) else {
        return Ok(Media {
            text: None,
            remarks: vec![Remark::Missing],
        });
    };
    let first = archive.entries().first() == Some(entry);
    let mut remarks = placed(entry, first);
    let bytes = match entry.size {
        size if size > MAX_MIMETYPE => Vec::new(),
        _ => archive.unpack(entry, MAX_MIMETYPE)?,
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.trim() != text {
        remarks.push(Remark::Surrounded);
    }
    Ok(Media {
        text: Some(text.trim().to_owned()),
        remarks,
    })
}

/// Annex A: first, neither packed nor with extra fields, so that it is read at a fixed place.
fn placed(entry: &Entry, first: bool) -> Vec<Remark> {
    let found = [
        (!first, Remark::NotFirst),
        (entry.method != Method::Stored, Remark::Packed),
        (!entry.bare, Remark::ExtraFields),
    ];
    let found = found.into_iter().filter(|(is, _)| *is);
    found.map(|(_, remark)| remark).collect()
}
