//! What of a document can be erased, and what was.

use super::{DocumentState, TimelineKind};
use crate::model::event::ErasureCause;
use crate::model::{Digest, Disposition, Position};

/// Bodies of a document were erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasure {
    /// The place of its record.
    pub position: Position,
    /// Why.
    pub cause: ErasureCause,
    /// The body with the basis in words.
    pub basis: Option<Digest>,
    /// Which.
    pub bodies: Vec<Digest>,
}

/// The bodies of a document that can be erased, each once however often the document names it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Content {
    /// Its files in the envelope's order; none where they were not kept.
    pub files: Vec<Digest>,
    /// Its envelope, if it was kept.
    pub envelope: Option<Digest>,
    /// The words of its moves.
    pub words: Vec<Digest>,
    /// The reports of its judgements.
    pub reports: Vec<Digest>,
}

impl Content {
    /// Everything but the reports: what a term ends.
    #[must_use]
    pub fn without_reports(&self) -> Vec<Digest> {
        let all = self.files.iter().chain(&self.envelope).chain(&self.words);
        let mut out: Vec<Digest> = Vec::new();
        for body in all {
            if !out.contains(body) {
                out.push(*body);
            }
        }
        out
    }

    /// Whether it is one of them.
    #[must_use]
    pub fn contains(&self, body: &Digest) -> bool {
        let all = self.files.iter().chain(&self.envelope);
        all.chain(&self.words)
            .chain(&self.reports)
            .any(|own| own == body)
    }
}

impl DocumentState {
    /// What of it can be erased, or was.
    #[must_use]
    pub fn content(&self) -> Content {
        let offered = &self.offered;
        if !offered.kept {
            return Content::default();
        }
        let kept = offered.judged.disposition != Disposition::Refuse;
        let files = offered.files.iter().filter(|_| kept);
        let words = self.timeline.iter();
        let words = words.filter(|entry| entry.kind != TimelineKind::Erased);
        let doubts = self.doubts.iter().filter_map(|doubt| doubt.judged.report);
        let judged = [offered.judged.report, self.judged.report];
        Content {
            files: files.map(|file| file.digest).collect(),
            envelope: Some(offered.envelope),
            words: words.filter_map(|entry| entry.facts.note).collect(),
            reports: judged.into_iter().flatten().chain(doubts).collect(),
        }
    }

    /// How a body of it was erased, if it was.
    #[must_use]
    pub fn erasure(&self, body: &Digest) -> Option<&Erasure> {
        let mut all = self.erased.iter();
        all.find(|erasure| erasure.bodies.contains(body))
    }

    /// Whether a body of it was erased. Another document may have the same one, and keeps it.
    #[must_use]
    pub fn is_erased(&self, body: &Digest) -> bool {
        self.erasure(body).is_some()
    }

    /// Whether its envelope or one of its files was erased: it is not whole any more.
    #[must_use]
    pub fn lacks_content(&self) -> bool {
        let files = self.offered.files.iter().map(|file| &file.digest);
        let mut all = files.chain([&self.offered.envelope]);
        !self.erased.is_empty() && all.any(|body| self.is_erased(body))
    }
}
