//! One attempt at one delivery, from its place to what came of it.

use super::Parts;
use super::failure::Failure;
use super::lanes::Item;
use super::line::Line;
use super::pace::SLOW_AFTER;
use super::places::{Effort, Place};
use super::push::Waits;
use super::runner::Station;
use super::{push, webhook};
use crate::registry::Channel;
use crate::relay::{Delivery, DocumentState};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How often it is looked whether a slow delivery can stay.
const LOOK: Duration = Duration::from_millis(500);

/// What came of an attempt.
pub(super) enum Ended {
    /// It is there.
    Delivered {
        /// Its recipient took long.
        slow: bool,
    },
    /// It does not wait any more.
    Gone,
    /// It took long, and others wanted its place: it is made again when its turn comes.
    Yielded,
    /// It is tried again.
    Failed(Failure),
}

/// What is still to be delivered to a station by that row of its inbox. A dead letter that is sent again has
/// another row: whatever was planned under the old one is over. A document of which something was erased cannot be
/// pushed whole, however often it is tried: it waits for its clock, or for its sender to take it back.
pub(super) fn waiting<'a>(
    state: &'a DocumentState,
    station: &Station,
    item: Item,
) -> Option<&'a Delivery> {
    let delivery = state.delivery(&station.unit)?;
    let same = delivery.listed == Some(item.position);
    let whole = !matches!(station.channel, Channel::Push { .. }) || !state.lacks_content();
    (delivery.is_waiting() && same && whole).then_some(delivery)
}

/// Makes an attempt.
pub(super) async fn attempt(
    parts: &Arc<Parts>,
    station: &Station,
    line: &Line,
    item: Item,
    mut place: Place,
) -> Ended {
    let intake = &parts.intake;
    // Held until the arrival is in the log, so that no clock ends what the recipient has.
    let pushing = match station.channel {
        Channel::Push { .. } => match intake.pushing(item.document, &station.unit) {
            Some(pushing) => Some(pushing),
            None => return Ended::Failed(Failure::Interrupted),
        },
        Channel::Pull | Channel::Webhook { .. } => None,
    };
    let cut = async {
        match &pushing {
            Some(pushing) => pushing.cut().await,
            None => pending().await,
        }
    };
    let effort = Effort::begin();
    tokio::select! {
        // First what the recipient says: an answer that is there is recorded before anything is cut off.
        biased;
        ended = made(parts, station, line, item, &effort) => ended,
        () = cut => Ended::Failed(Failure::Interrupted),
        () = outstayed(station, &effort, &mut place) => Ended::Yielded,
    }
}

/// Returns when a slow delivery is to give its place to others. One that finds a place among those for slow ones
/// keeps that to its end, and so does one whose place nobody wants.
async fn outstayed(station: &Station, effort: &Effort, place: &mut Place) {
    sleep(SLOW_AFTER).await;
    loop {
        if effort.is_over() {
            return pending().await;
        }
        if effort.is_slow() {
            station.desk().slow();
            if place.slowed() {
                return pending().await;
            }
            if place.is_wanted() {
                return;
            }
        }
        sleep(LOOK).await;
    }
}

async fn made(
    parts: &Arc<Parts>,
    station: &Station,
    line: &Line,
    item: Item,
    effort: &Effort,
) -> Ended {
    if station.channel == Channel::Pull {
        return Ended::Gone;
    }
    let ledger = &parts.intake.tools().ledger;
    let state = match ledger.document(item.document) {
        Ok(Some(state)) if waiting(&state, station, item).is_some() => state,
        Ok(_) => return Ended::Gone,
        Err(problem) => return Ended::Failed(Failure::Unrecorded(problem.into())),
    };
    let Err(failure) = delivered(parts, station, line, &state, effort).await else {
        return Ended::Delivered {
            slow: effort.is_slow(),
        };
    };
    // Taken back while it was on its way: nothing failed.
    match ledger.document(item.document) {
        Ok(Some(now)) if waiting(&now, station, item).is_none() => Ended::Gone,
        _ => Ended::Failed(failure),
    }
}

/// Delivers, and records what arrived.
async fn delivered(
    parts: &Arc<Parts>,
    station: &Station,
    line: &Line,
    state: &DocumentState,
    effort: &Effort,
) -> Result<(), Failure> {
    let (intake, unit) = (&parts.intake, &station.unit);
    let waits = Waits {
        connect: parts.settings.connect,
        answer: parts.settings.answer,
    };
    match station.channel {
        Channel::Pull => Err(Failure::Interrupted),
        Channel::Push { .. } => {
            let answer = push::push(intake, line, state, unit, (waits, effort)).await?;
            effort.over();
            // The rest of the answer need not be waited for, and has the time that the record takes.
            let (recorded, ()) = tokio::join!(intake.pushed(state, unit), push::drained(answer));
            recorded.map_err(Failure::Unrecorded)
        }
        Channel::Webhook { .. } => {
            let now = intake.tools().clock.now();
            let answer = webhook::tell(line, state, unit, now, (waits, effort)).await?;
            effort.over();
            push::drained(answer).await;
            Ok(())
        }
    }
}
