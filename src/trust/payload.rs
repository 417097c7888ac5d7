//! What a signature that passed was proved to cover, octet by octet: the one way from a verdict to content.
//!
//! A piece is made in `trust::signatures` only, right where its digest was found to be the signed one, and
//! nobody else can make one or change what it stands for. [`FileReport::payload`] gives pieces out for
//! TOTAL-PASSED only. So whoever takes content from here cannot take something that only looks like it.
//!
//! [`FileReport::payload`]: super::report::FileReport::payload

use super::algorithms::{DigestAlgorithm, DigestValue};
use super::validator::Signed;
use super::verdict::Verdict;
use crate::format::content::{Content, ContentError};
use crate::format::zip::{Archive, Entry, ZipError};
use crate::model::Digest;
use crate::model::indication::words;
use bytes::Bytes;
use std::fmt;
use std::ops::Range;

words! {
    /// What a piece is.
    PieceForm {
        /// Nodes of an XML document in the canonical form that was digested.
        Canonical = 1 "canonical",
        /// The same nodes as they stand in the document.
        Original = 2 "original",
        /// Octets that transforms made, as they were digested.
        Transformed = 3 "transformed",
        /// A whole file: beside the signature, or in its container.
        File = 4 "file",
        /// The content of a CMS message.
        Content = 5 "content",
        /// The revision of a PDF that was signed, from its first octet.
        Revision = 6 "revision",
    }
}

/// Why a piece cannot be given.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PayloadError {
    /// More octets than are held for one judgement.
    #[error("more octets than are held to be handed out")]
    TooLarge,
    /// What was handed in is not what was judged.
    #[error("not the file that was judged")]
    NotJudged,
    /// The octets are no longer those that were signed.
    #[error("other octets than the signed ones")]
    Changed,
    /// The medium failed.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The archive could not be read again.
    #[error(transparent)]
    Archive(#[from] ZipError),
}

/// Everything that one signature covers, in the order of its references.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Payload(Vec<Piece>);

/// What an intact signature covers, before it is known whether it passes. Nobody outside looks inside.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Proved(Payload);

impl Proved {
    pub(in crate::trust) fn under(&self, verdict: &Verdict) -> Option<&Payload> {
        Some(&self.0).filter(|payload| verdict.is_passed() && !payload.0.is_empty())
    }

    /// Of a signature file in a container: what it knows as files beside it are entries there.
    pub(in crate::trust) fn into_container(
        self,
        of: Digest,
        place: impl Fn(&str) -> Option<usize>,
        digested: impl Fn(usize) -> Option<(DigestAlgorithm, DigestValue)>,
    ) -> Self {
        let entry = |piece: &Piece| {
            let name = piece.name.clone()?;
            let place = place(&name)?;
            Some(Piece::entry(of, name, place, digested(place)?))
        };
        let moved = self.0.0.into_iter().filter_map(|piece| match piece.source {
            Source::Beside(_) => entry(&piece),
            Source::Held(_) | Source::TooLarge | Source::Here { .. } | Source::Entry { .. } => {
                Some(piece)
            }
        });
        Self(Payload(moved.collect()))
    }
}

impl FromIterator<Piece> for Proved {
    fn from_iter<T: IntoIterator<Item = Piece>>(pieces: T) -> Self {
        Self(Payload(pieces.into_iter().collect()))
    }
}

/// One thing that a signature covers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    name: Option<String>,
    form: PieceForm,
    source: Source,
}

/// Where its octets are: each is bound to the very octets that were digested.
#[derive(Clone, PartialEq, Eq)]
enum Source {
    /// They went through the digest, and were held.
    Held(Bytes),
    /// They did not fit.
    TooLarge,
    /// Parts of the judged file, which is told by its own digest.
    Here { of: Digest, ranges: Vec<Range<u64>> },
    /// Another file that was judged with it.
    Beside(Digest),
    /// A file in the judged container; it is digested again on its way out.
    Entry {
        of: Digest,
        place: usize,
        algorithm: DigestAlgorithm,
        digest: DigestValue,
    },
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(octets) => write!(f, "Held({} octets)", octets.len()),
            Self::TooLarge => f.write_str("TooLarge"),
            Self::Here { ranges, .. } => write!(f, "Here({ranges:?})"),
            Self::Beside(digest) => write!(f, "Beside({digest})"),
            Self::Entry { place, .. } => write!(f, "Entry({place})"),
        }
    }
}

impl Payload {
    /// The pieces.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }
}

impl Piece {
    /// Octets that went through the digest; `None`: there were too many to be held.
    pub(in crate::trust) fn held(
        name: Option<String>,
        form: PieceForm,
        octets: Option<Bytes>,
    ) -> Self {
        let source = octets.map_or(Source::TooLarge, Source::Held);
        Self { name, form, source }
    }

    /// Parts of the file that was judged.
    pub(in crate::trust) fn here(
        form: PieceForm,
        of: &dyn Content,
        ranges: Vec<Range<u64>>,
    ) -> Self {
        let of = of.digest();
        Self {
            name: None,
            form,
            source: Source::Here { of, ranges },
        }
    }

    /// Another file whose octets were digested, all of them; by its SHA-256.
    pub(in crate::trust) fn beside(name: Option<String>, other: Digest) -> Self {
        Self {
            name,
            form: PieceForm::File,
            source: Source::Beside(other),
        }
    }

    /// A file of a container, with a digest of it that was found to be the signed one.
    pub(in crate::trust) fn entry(
        of: Digest,
        name: String,
        place: usize,
        (algorithm, digest): (DigestAlgorithm, DigestValue),
    ) -> Self {
        Self {
            name: Some(name),
            form: PieceForm::File,
            source: Source::Entry {
                of,
                place,
                algorithm,
                digest,
            },
        }
    }

    /// What its reference, its element or its file is called; nobody's word but for files of a container.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it is.
    #[must_use]
    pub fn form(&self) -> PieceForm {
        self.form
    }

    /// SHA-256 of the other file that it is, so that its reader can say which.
    #[must_use]
    pub fn other(&self) -> Option<Digest> {
        match self.source {
            Source::Beside(digest) => Some(digest),
            Source::Held(_) | Source::TooLarge | Source::Here { .. } | Source::Entry { .. } => None,
        }
    }

    /// Gives the signed octets; `file` is what was judged. They are signed only if this ends without an
    /// error.
    ///
    /// # Errors
    /// See [`PayloadError`].
    pub fn feed(&self, file: &Signed<'_>, out: &mut dyn FnMut(&[u8])) -> Result<(), PayloadError> {
        match &self.source {
            Source::Held(octets) => out(octets),
            Source::TooLarge => return Err(PayloadError::TooLarge),
            Source::Here { of, ranges } => {
                same(file.content, *of)?;
                for range in ranges {
                    file.content.feed(range.clone(), out)?;
                }
            }
            Source::Beside(digest) => {
                let others = file.beside.iter().map(|other| other.content);
                let mut others = others.chain(file.detached);
                let other = others.find(|other| other.digest() == *digest);
                let other = other.ok_or(PayloadError::NotJudged)?;
                other.feed(0..other.length(), out)?;
            }
            Source::Entry {
                of,
                place,
                algorithm,
                digest,
            } => {
                same(file.content, *of)?;
                let archive = Archive::read(file.content)?;
                let entry = archive.entries().get(*place);
                let entry = entry.ok_or(PayloadError::Changed)?;
                unpack(&archive, entry, (*algorithm, digest), out)?;
            }
        }
        Ok(())
    }
}

fn same(content: &dyn Content, judged: Digest) -> Result<(), PayloadError> {
    match content.digest() == judged {
        true => Ok(()),
        false => Err(PayloadError::NotJudged),
    }
}

fn unpack(
    archive: &Archive<'_>,
    entry: &Entry,
    (algorithm, digest): (DigestAlgorithm, &DigestValue),
    out: &mut dyn FnMut(&[u8]),
) -> Result<(), PayloadError> {
    let mut context = algorithm.context();
    archive.feed(entry, &mut |octets: &[u8]| {
        context.update(octets);
        out(octets);
    })?;
    match context.finish() == *digest {
        true => Ok(()),
        false => Err(PayloadError::Changed),
    }
}
