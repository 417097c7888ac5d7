//! From a record of a document's life to the receipt that states it. It lies here because life and
//! receipt are rooms of one floor, which do not use each other.

use crate::dossier::life::{DossierState, Entry};
use crate::model::UnitCode;
use crate::model::event::Redirected;
use crate::relay::{DocumentState, TimelineEntry, TimelineKind};
use crate::seal::dossier::DossierSlip;
use crate::seal::receipt::{ActedBy, Facts, Receipt, RecordRef, etsi};

impl Receipt {
    /// What the record `entry` of a document states.
    #[must_use]
    pub fn of(gateway: &str, state: &DocumentState, entry: &TimelineEntry) -> Self {
        let index = entry.recipient.map(usize::from);
        let delivery = index.and_then(|i| state.deliveries.get(i));
        let doubt = state.doubts.iter().find(|d| d.position == entry.position);
        // A document leaves the hold once, so there are at most two decisions.
        let judged = match (entry.kind, doubt) {
            (TimelineKind::Offered, _) => &state.offered.judged,
            (_, Some(doubt)) => &doubt.judged,
            (_, None) => &state.judged,
        };
        let relayed = state.relayed().filter(|_| doubt.is_some());
        let clock = entry.facts.expiry.map(|(_, clock)| clock);
        let names = etsi(entry.kind.name(), entry.status, judged.disposition, clock);
        Self {
            gateway: gateway.to_owned(),
            document: state.id(),
            sender: state.offered.sender.clone(),
            envelope: state.offered.envelope,
            files: state.offered.files.clone(),
            event: entry.kind.name().to_owned(),
            recipient: delivery.map(|d| d.recipient.clone()),
            status: entry.status,
            judged: judged.clone(),
            doubts: relayed.map(|record| RecordRef {
                position: record.position,
                chain: record.hash,
            }),
            facts: Facts {
                etsi: names.iter().map(|name| (*name).to_owned()).collect(),
                implied: entry.facts.implied.clone(),
                other: entry.facts.other,
                expiry: entry.facts.expiry,
                note: entry.facts.note,
                actor: ActedBy::of(entry.kind.name(), entry.facts.actor.as_ref()),
                redirected: redirected(state, delivery.map(|d| &d.recipient)),
            },
            at: entry.at,
            position: entry.position,
            chain: entry.hash,
        }
    }
}

impl DossierSlip {
    /// The slip of one record of a dossier.
    #[must_use]
    pub fn of(gateway: &str, state: &DossierState, entry: &Entry) -> Self {
        Self {
            gateway: gateway.to_owned(),
            dossier: state.dossier,
            number: state.number.clone(),
            procedure: state.procedure.clone(),
            event: entry.kind,
            what: entry.what,
            status: entry.status,
            received: entry.received,
            due: entry.due,
            items: entry.items.clone(),
            presented: entry.presented.clone(),
            ground: entry.ground,
            note: entry.note,
            at: entry.at,
            position: entry.position,
            chain: entry.hash,
        }
    }
}

/// Of one recipient, or of all.
fn redirected(state: &DocumentState, recipient: Option<&UnitCode>) -> Vec<Redirected> {
    let all = state.offered.redirected.iter();
    let own = all.filter(|one| recipient.is_none_or(|unit| one.to == *unit));
    own.cloned().collect()
}

#[cfg(test)]
mod tests {
    use crate::relay::TimelineKind;
    use crate::seal::receipt::is_event;

    #[test]
    fn every_record_on_a_timeline_has_a_receipt_but_failed_attempts() {
        for kind in TimelineKind::ALL {
            assert_eq!(is_event(kind.name()), kind.is_proved(), "{kind}");
        }
    }
}
