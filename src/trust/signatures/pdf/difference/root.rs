//! Trailer and catalog (ISO 32000-2 §7.5.5, §7.7.2).

use super::node::Node;
use super::{Comparison, Objection};
use crate::format::pdf::same_entries;
use crate::trust::changes::{ChangeKind, ChangeLevel};

/// What other rules look at, and what changes nothing that is seen.
const CATALOG: &[&[u8]] = &[
    b"AcroForm",
    b"DSS",
    b"Extensions",
    b"Metadata",
    b"MarkInfo",
    b"Version",
];

impl<'d> Comparison<'d, '_> {
    pub(super) fn root(&mut self) -> Result<(), Objection> {
        let (old, new) = (Node::trailer(self.old), Node::trailer(self.new));
        let wrong = Objection::to(None, ChangeKind::Root);
        // Table 15 names what a reader looks for; other entries are nothing to it.
        for key in [&b"Root"[..], b"Encrypt"] {
            let (was, is) = (old.dictionary()?.get(key), new.dictionary()?.get(key));
            if was != is {
                return Err(wrong);
            }
        }
        if new.reference(b"Info").is_some() {
            let what = (ChangeLevel::Updates, ChangeKind::Metadata);
            self.entry((&old, &new), b"Info", what)?;
        }
        let root = new.reference(b"Root").ok_or(wrong)?;
        let (old, new) = self.catalogs()?;
        if !same_entries(old.dictionary()?, new.dictionary()?, CATALOG) {
            return Err(Objection::to(root, ChangeKind::Root));
        }
        let what = (ChangeLevel::Updates, ChangeKind::Catalog);
        for key in [&b"Extensions"[..], b"MarkInfo"] {
            self.entry((&old, &new), key, what)?;
        }
        // It is referred to from everywhere (/Data of a signature's references, say), and every entry
        // of it was compared.
        self.approve(root, what, |_| true)
    }

    pub(super) fn catalogs(&self) -> Result<(Node<'d>, Node<'d>), Objection> {
        let (old, new) = (Node::trailer(self.old), Node::trailer(self.new));
        let found = old
            .under(b"Root", self.old)
            .zip(new.under(b"Root", self.new));
        found.ok_or_else(|| Objection::to(None, ChangeKind::Root))
    }
}
