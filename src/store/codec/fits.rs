//! What the log can hold of an event.

use crate::model::Event;

/// Whether every list of an event has a length that its count can say. One that has not must not be written: its record
/// would be read as another one, or not at all, and with it nothing behind it.
pub(in crate::store) fn fits(event: &Event) -> bool {
    let longest = match event {
        Event::Offered(e) => {
            let (files, recipients) = (e.files.len(), e.recipients.len());
            files
                .max(recipients)
                .max(e.redirected.len())
                .max(e.rests_on.len())
                .max(e.replaces.len())
        }
        Event::Rejudged(e) => e.recipients.len().max(e.rests_on.len()),
        Event::Doubted(e) => e.certificates.len(),
        Event::Stamped(e) => e.rests_on.len(),
        Event::Progressed(e) => e.implied.len(),
        Event::Updated(e) => e.added.len().max(e.removed.len()),
        Event::Erased(e) => e.bodies.len(),
        Event::RegisterEntries(e) => e.entries.len(),
        Event::FindingOpened(e) => e.items.len(),
        Event::FindingClosed(e) => e.evidence.len(),
        Event::Dossier(e) => e.longest(),
        Event::Survey(e) => e.longest(),
        Event::Arrived(_)
        | Event::Answered(_)
        | Event::ReceiptSigned(_)
        | Event::RulesChanged(_)
        | Event::ClockConfirmed(_)
        | Event::PeriodClosed(_)
        | Event::TakeBackAsked(_)
        | Event::TakenBack(_)
        | Event::TakeBackAnswered(_)
        | Event::Recalled(_)
        | Event::RecallAnswered(_)
        | Event::Superseded(_)
        | Event::Expired(_)
        | Event::Replayed(_)
        | Event::GivenUp(_)
        | Event::Counted(_)
        | Event::RegisterImported(_)
        | Event::RegisterUndone(_)
        | Event::NilReturned(_)
        | Event::Simulated(_)
        | Event::FindingReminded(_)
        | Event::ReportSent(_)
        | Event::Attempted(_) => 0,
    };
    longest <= usize::from(u16::MAX)
}
