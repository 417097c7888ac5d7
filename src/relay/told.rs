//! Who is told of a record: whoever it concerns and did not make it. An office that reads what it is told
//! knows every move of the others without asking after each document.

use super::state::DocumentState;
use crate::model::UnitCode;
use crate::model::event::{ErasureCause, Event};

/// The units that are told of a record; `state` is that of its document after it.
///
/// Nobody is told of an offer: its sender has the receipt, and recipients have a row in their inboxes.
#[must_use]
pub fn told<'a>(state: &'a DocumentState, event: &'a Event) -> Vec<&'a UnitCode> {
    let sender = &state.offered.sender;
    let all = || state.deliveries.iter().map(|d| &d.recipient);
    match event {
        // Moves of recipients, and of the gateway in their stead.
        Event::Rejudged(_)
        | Event::Arrived(_)
        | Event::Answered(_)
        | Event::Progressed(_)
        | Event::TakeBackAnswered(_)
        | Event::RecallAnswered(_) => vec![sender],
        // Moves of the sender.
        Event::TakeBackAsked(e) => vec![&e.recipient],
        Event::TakenBack(e) => vec![&e.recipient],
        Event::Recalled(e) => vec![&e.recipient],
        Event::Superseded(e) => vec![&e.recipient],
        Event::Updated(_) => all().collect(),
        // Ends of the gateway, and what is done with dead letters. It had lain in the recipient's inbox.
        Event::Expired(e) => vec![&e.recipient, sender],
        Event::Replayed(e) => both(&e.recipient, sender, e.actor.as_ref()),
        Event::GivenUp(e) => both(&e.recipient, sender, e.actor.as_ref()),
        Event::Doubted(_) => all().chain([sender]).collect(),
        // What a term ends everybody knew before; an order comes unlooked-for.
        Event::Erased(e) if e.cause == ErasureCause::Order => {
            let units = all().chain([sender]);
            units
                .filter(|unit| Some(*unit) != e.actor.as_ref())
                .collect()
        }
        Event::Erased(_)
        | Event::Offered(_)
        | Event::ReceiptSigned(_)
        | Event::RulesChanged(_)
        | Event::Simulated(_)
        | Event::Stamped(_)
        | Event::ClockConfirmed(_)
        | Event::PeriodClosed(_)
        | Event::Counted(_)
        | Event::RegisterImported(_)
        | Event::RegisterEntries(_)
        | Event::RegisterUndone(_)
        | Event::NilReturned(_)
        | Event::FindingOpened(_)
        | Event::FindingClosed(_)
        | Event::FindingReminded(_)
        | Event::ReportSent(_)
        | Event::Dossier(_)
        | Event::Survey(_)
        | Event::Attempted(_) => Vec::new(),
    }
}

fn both<'a>(
    recipient: &'a UnitCode,
    sender: &'a UnitCode,
    actor: Option<&UnitCode>,
) -> Vec<&'a UnitCode> {
    let units = [recipient, sender].into_iter();
    units.filter(|unit| Some(*unit) != actor).collect()
}
