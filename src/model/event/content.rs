//! Which bodies an event speaks of: those that are content of its document, which can be erased, and those that
//! last as long as the log.

use super::{Event, Evidence};
use crate::model::{Digest, Disposition};

impl Event {
    /// The bodies that it makes content of its document: envelope, files, the report of a judgement, words.
    #[must_use]
    pub fn content(&self) -> Vec<Digest> {
        match self {
            Self::Offered(e) if e.kept => {
                // A refused document is proved by its report and receipt; its files were not kept.
                let refused = e.judged.disposition == Disposition::Refuse;
                let files = e.files.iter().filter(|_| !refused);
                let files = files.map(|file| file.digest);
                let all = std::iter::once(e.envelope).chain(files);
                all.chain(e.judged.report).collect()
            }
            Self::Rejudged(e) => e.judged.report.into_iter().collect(),
            Self::Doubted(e) => e.judged.report.into_iter().collect(),
            Self::Answered(e) => e.note.into_iter().collect(),
            Self::Progressed(e) => e.note.into_iter().collect(),
            Self::TakeBackAsked(e) => e.note.into_iter().collect(),
            Self::TakenBack(e) => e.note.into_iter().collect(),
            Self::TakeBackAnswered(e) => e.note.into_iter().collect(),
            Self::Recalled(e) => e.note.into_iter().collect(),
            Self::RecallAnswered(e) => e.note.into_iter().collect(),
            Self::Replayed(e) => e.note.into_iter().collect(),
            Self::GivenUp(e) => e.note.into_iter().collect(),
            Self::Dossier(e) => e.content(),
            Self::Offered(_)
            | Self::Arrived(_)
            | Self::Survey(_)
            | Self::ReceiptSigned(_)
            | Self::RulesChanged(_)
            | Self::Simulated(_)
            | Self::Stamped(_)
            | Self::ClockConfirmed(_)
            | Self::PeriodClosed(_)
            | Self::Counted(_)
            | Self::RegisterImported(_)
            | Self::RegisterEntries(_)
            | Self::RegisterUndone(_)
            | Self::NilReturned(_)
            | Self::FindingOpened(_)
            | Self::FindingClosed(_)
            | Self::FindingReminded(_)
            | Self::ReportSent(_)
            | Self::Superseded(_)
            | Self::Updated(_)
            | Self::Expired(_)
            | Self::Erased(_)
            | Self::Attempted(_) => Vec::new(),
        }
    }

    /// The bodies that it names and that nothing takes away: receipts, certificates that verdicts rest on, tokens,
    /// registries, statements, and by what right something was erased.
    #[must_use]
    pub fn lasting(&self) -> Vec<Digest> {
        match self {
            Self::Offered(e) => e.rests_on.clone(),
            Self::Rejudged(e) => e.rests_on.clone(),
            Self::Doubted(e) => e.certificates.clone(),
            Self::ReceiptSigned(e) => vec![e.receipt],
            Self::RulesChanged(e) => vec![e.registry],
            Self::Stamped(e) => std::iter::once(e.token).chain(e.rests_on.clone()).collect(),
            Self::Erased(e) => e.basis.into_iter().collect(),
            Self::ClockConfirmed(e) => vec![e.note],
            Self::PeriodClosed(e) => vec![e.sealed],
            Self::RegisterImported(e) => vec![e.source],
            Self::RegisterUndone(e) => vec![e.note],
            Self::NilReturned(e) => vec![e.note],
            Self::FindingOpened(e) => vec![e.note],
            Self::FindingClosed(e) => {
                let files = e.evidence.iter().filter_map(|one| match one {
                    Evidence::File(digest) => Some(*digest),
                    Evidence::Document(_)
                    | Evidence::Receipt(_)
                    | Evidence::Statement(..)
                    | Evidence::Import(_) => None,
                });
                std::iter::once(e.note).chain(files).collect()
            }
            Self::Arrived(_)
            | Self::Answered(_)
            | Self::Progressed(_)
            | Self::TakeBackAsked(_)
            | Self::TakenBack(_)
            | Self::TakeBackAnswered(_)
            | Self::Recalled(_)
            | Self::RecallAnswered(_)
            | Self::Superseded(_)
            | Self::Updated(_)
            | Self::Expired(_)
            | Self::Replayed(_)
            | Self::GivenUp(_)
            | Self::Counted(_)
            | Self::RegisterEntries(_)
            | Self::Simulated(_)
            | Self::FindingReminded(_)
            | Self::ReportSent(_)
            | Self::Dossier(_)
            | Self::Survey(_)
            | Self::Attempted(_) => Vec::new(),
        }
    }
}
