//! What the clients know: written only from what the gateway acknowledged, checked from outside.

use crate::support::{Draft, Fault};
use lienthong::client::wire::{RatesView, ReceiptView};
use lienthong::demo::office::Office;
use lienthong::demo::units::UNITS;
use lienthong::model::{Digest, DocumentId};
use lienthong::seal::receipt::Receipt;
use std::collections::BTreeMap;

/// One acknowledged document.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The sender's place.
    pub sender: usize,
    pub id: String,
    pub key: String,
    pub draft: Draft,
    pub recipients: Vec<usize>,
    /// The facts of the acknowledged receipt.
    pub receipt: Receipt,
}

impl Entry {
    pub fn is_refused(&self) -> bool {
        self.draft.fault != Fault::None
    }

    /// Reads the acknowledged document back and compares it with the journal.
    pub async fn check(&self, office: &Office) {
        let id = DocumentId::parse(&self.id).expect("id");
        let view = office
            .client
            .document(id)
            .await
            .expect("acknowledged, so there");
        let stated: Vec<&str> = view.files.iter().map(|f| f.sha256.as_str()).collect();
        let sent: Vec<String> = self.draft.digests().iter().map(Digest::to_hex).collect();
        assert_eq!(stated, sent, "{}", self.id);
        assert_eq!(
            view.envelope_sha256,
            Digest::of(&self.draft.envelope).to_hex()
        );
        let receipts = office.client.receipts(id).await.expect("receipts");
        let verified = |v: &ReceiptView| office.verified(v).expect("a receipt that verifies");
        let all: Vec<Receipt> = receipts.iter().map(verified).collect();
        let offered: Vec<&Receipt> = all.iter().filter(|r| r.event == "offered").collect();
        assert_eq!(offered, [&self.receipt], "the same facts as acknowledged");
        let answered = all.iter().filter(|r| r.event == "answered").count();
        let due = if self.is_refused() {
            0
        } else {
            self.recipients.len()
        };
        assert_eq!(answered, due, "one answer per recipient of {}", self.id);
    }
}

/// Recomputes the figures from the journal and compares them with those of the gateway.
pub fn compare_rates(journal: &[Entry], rates: &RatesView) {
    let mut due: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut tally = |place: usize, measure: &'static str| {
        *due.entry((UNITS[place].code, measure)).or_default() += 1;
    };
    for entry in journal {
        tally(entry.sender, "offered");
        if entry.is_refused() {
            continue;
        }
        tally(entry.sender, "agency_signed");
        for recipient in &entry.recipients {
            for measure in ["delivered", "accepted", "answered_same_day"] {
                tally(entry.sender, measure);
            }
            for measure in [
                "received",
                "received_accepted",
                "received_answered_same_day",
            ] {
                tally(*recipient, measure);
            }
        }
    }
    // Around midnight an answer may fall on the next day.
    let loose = |m: &str| m.ends_with("same_day");
    for unit in UNITS.map(|u| u.code) {
        let found = rates
            .units
            .iter()
            .find(|u| u.unit == unit)
            .map(|u| &u.counts);
        let get = |measure: &str| found.and_then(|c| c.get(measure)).copied().unwrap_or(0);
        for measure in [
            "offered",
            "agency_signed",
            "both_signed",
            "undecided",
            "held",
            "delivered",
            "accepted",
            "refused_by_recipient",
            "answered_same_day",
            "received",
            "received_accepted",
            "received_answered_same_day",
        ] {
            let journal = due.get(&(unit, measure)).copied().unwrap_or(0);
            let equal = get(measure) == journal || (loose(measure) && get(measure) <= journal);
            assert!(
                equal,
                "{unit} {measure}: gateway {}, journal {journal}",
                get(measure)
            );
        }
    }
    compare_refusals(journal, rates);
}

/// A refused send whose answer was lost is offered again, judged again, and is the same refusal: counted once.
fn compare_refusals(journal: &[Entry], rates: &RatesView) {
    for unit in &rates.units {
        for (fault, measure) in [
            (Fault::Unsigned, "refused.no_signature"),
            (Fault::Altered, "refused.digest_mismatch"),
        ] {
            let counted = unit.counts.get(measure).copied().unwrap_or(0);
            let of_unit = journal
                .iter()
                .filter(|e| UNITS[e.sender].code == unit.unit && e.draft.fault == fault);
            let refused = i64::try_from(of_unit.count()).unwrap();
            assert_eq!(counted, refused, "{} {measure}", unit.unit);
        }
    }
}
