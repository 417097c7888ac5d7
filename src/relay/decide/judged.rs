//! Judging again: what leaves the hold, and what is put in doubt in hindsight.

use super::Impossible;
use crate::model::event::{Doubted, Event, Judged, Rejudged};
use crate::model::{Digest, Disposition};
use crate::relay::state::DocumentState;

/// Findings of one document: each names another certificate, and few documents rest on more.
pub(super) const MAX_DOUBTS: usize = 16;

/// Once for each finding: it says something new only if it names a certificate that no earlier one
/// names. The decision stands, so the new verdict carries its disposition.
pub(super) fn doubt(
    state: &DocumentState,
    judged: &Judged,
    certificates: &[Digest],
) -> Result<Vec<Event>, Impossible> {
    if !state.judged.disposition.relays() {
        return Err(Impossible::NotRelayed);
    }
    let news = certificates.iter().any(|c| !state.is_doubted_for(c));
    if !news || state.doubts.len() >= MAX_DOUBTS {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Doubted(Box::new(Doubted {
        document: state.id(),
        judged: Judged {
            disposition: state.judged.disposition,
            ..judged.clone()
        },
        certificates: certificates.to_vec(),
    }))])
}

pub(super) fn rejudge(
    state: &DocumentState,
    judged: &Judged,
    rests_on: &[Digest],
) -> Result<Vec<Event>, Impossible> {
    if state.judged.disposition != Disposition::Hold {
        return Err(Impossible::NotHeld);
    }
    if judged.disposition == Disposition::Hold {
        return Ok(Vec::new());
    }
    let offered = &state.offered;
    Ok(vec![Event::Rejudged(Box::new(Rejudged {
        document: offered.document,
        sender: offered.sender.clone(),
        recipients: offered.recipients.clone(),
        promulgated: offered.promulgated,
        first_offer: offered.first_offer,
        judged: judged.clone(),
        rests_on: rests_on.to_vec(),
    }))])
}
