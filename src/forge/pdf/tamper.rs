//! What is done inside a signed PDF, without a revision of its own (attack catalogue P1, P3, P7, P8).

use super::update::{after, body, edited, updated};

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tampering {
    /// P1: the signature no longer says what it covers.
    RangeUnnamed,
    /// P1: the field's value is null in an update.
    ValueBlanked,
    /// P3: the covered ranges begin elsewhere.
    RangeMoved,
    /// P3: what the signature covers ends before the end of its revision, and more follows.
    TailUncovered,
    /// P7: the head of an archive behind the end of the file.
    Polyglot,
    /// P8: one signature in two fields.
    TwoFields,
}

impl Tampering {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::RangeUnnamed,
        Self::ValueBlanked,
        Self::RangeMoved,
        Self::TailUncovered,
        Self::Polyglot,
        Self::TwoFields,
    ];

    /// The file with it done.
    #[must_use]
    pub fn on(self, signed: &[u8]) -> Vec<u8> {
        let (root, value) = (after(signed, b"/Root "), after(signed, b"/V "));
        let catalog = body(signed, root);
        let field = |of: &str| format!("<< /FT /Sig /T (Khac) /V {of} >>");
        let with_field = |text: &str| {
            let catalog = edited(&catalog, "/Fields [", &format!("/Fields [{text} "));
            updated(signed, &[(root, catalog)])
        };
        match self {
            Self::RangeUnnamed => edited(signed, "/ByteRange", "/ByteRangX"),
            Self::RangeMoved => edited(signed, "/ByteRange [0", "/ByteRange [1"),
            Self::ValueBlanked => updated(signed, &[(value, b"null".to_vec())]),
            Self::TailUncovered => [signed, b"9 0 obj\n<< /Type /Page >>\nendobj\n"].concat(),
            Self::Polyglot => [signed, b"PK\x03\x04"].concat(),
            Self::TwoFields => with_field(&field(&format!("{value} 0 R"))),
        }
    }
}
