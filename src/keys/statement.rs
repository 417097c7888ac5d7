//! From a record of a document's life to the receipt that states it. It lies here because life and
//! receipt are rooms of one floor, which do not use each other.

use crate::relay::{DeliveryState, DocumentState, TimelineEntry, TimelineKind};
use crate::seal::receipt::{Receipt, RecordRef};

impl Receipt {
    /// What the record `entry` of a document states.
    #[must_use]
    pub fn of(gateway: &str, state: &DocumentState, entry: &TimelineEntry) -> Self {
        let index = entry.recipient.map(usize::from);
        let delivery = index.and_then(|i| state.deliveries.get(i));
        let status = match (entry.kind, delivery.map(|d| d.state)) {
            (TimelineKind::Answered, Some(DeliveryState::Answered(_, status, _))) => Some(status),
            (
                TimelineKind::Offered
                | TimelineKind::Rejudged
                | TimelineKind::Arrived
                | TimelineKind::Answered
                | TimelineKind::Doubted,
                _,
            ) => None,
        };
        let doubt = state.doubts.iter().find(|d| d.position == entry.position);
        // A document leaves the hold once, so there are at most two decisions.
        let judged = match entry.kind {
            TimelineKind::Offered => &state.offered.judged,
            TimelineKind::Rejudged | TimelineKind::Arrived | TimelineKind::Answered => {
                &state.judged
            }
            TimelineKind::Doubted => doubt.map_or(&state.judged, |doubt| &doubt.judged),
        };
        let relayed = state.relayed().filter(|_| doubt.is_some());
        Self {
            gateway: gateway.to_owned(),
            document: state.id(),
            sender: state.offered.sender.clone(),
            envelope: state.offered.envelope,
            files: state.offered.files.clone(),
            event: entry.kind.name().to_owned(),
            recipient: delivery.map(|d| d.recipient.clone()),
            status,
            judged: judged.clone(),
            doubts: relayed.map(|record| RecordRef {
                position: record.position,
                chain: record.hash,
            }),
            at: entry.at,
            position: entry.position,
            chain: entry.hash,
        }
    }
}
