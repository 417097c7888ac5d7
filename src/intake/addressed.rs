//! To whom a document goes: the units of today that stand for the codes in its envelope.
//!
//! A code that ended with one successor leads to that one, and the sender is told (`counting.md` of the design, §1,
//! reorganised units); with several it is refused with the list, since no rule says which of them is meant.

use super::OfferError;
use crate::format::envelope::Envelope;
use crate::model::event::Redirected;
use crate::model::{LocalDay, UnitCode};
use crate::registry::{Registry, Standing};
use std::collections::BTreeSet;

/// Why a code is that of no recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoRecipient {
    /// No unit has it.
    Unknown,
    /// It is another code of that unit.
    CodeOf(UnitCode),
    /// Its unit ended, and no single one stands for it; what became of it.
    Ended(Standing),
    /// Its unit became the sender, which needs to send itself nothing.
    Own(Standing),
}

impl NoRecipient {
    /// Whether it was a recipient once: a send of those days that is repeated gets its answer of those days.
    fn was_one(&self) -> bool {
        match self {
            Self::Unknown | Self::CodeOf(_) => false,
            Self::Ended(_) | Self::Own(_) => true,
        }
    }
}

/// The recipients of a document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Addressed {
    /// The units, in the envelope's order, each once.
    pub(super) recipients: Vec<UnitCode>,
    /// Those of them that the envelope calls by another code.
    pub(super) redirected: Vec<Redirected>,
}

/// Codes that can be no recipients whatever was sent before; to be asked before the files are read.
pub(super) fn never(
    registry: &Registry,
    envelope: &Envelope,
    today: LocalDay,
) -> Vec<(usize, UnitCode, NoRecipient)> {
    let all = envelope.recipients.iter().enumerate();
    let wrong = all.filter_map(|(place, code)| {
        let why = stands_for(registry, code, today).err()?;
        (!why.was_one()).then(|| (place, code.clone(), why))
    });
    wrong.collect()
}

/// Who stands today for each code of an envelope.
///
/// # Errors
/// [`OfferError::UnknownRecipients`], [`OfferError::OwnRecipient`].
pub(super) fn addressed(
    registry: &Registry,
    sender: &UnitCode,
    envelope: &Envelope,
    today: LocalDay,
) -> Result<Addressed, OfferError> {
    let (mut out, mut seen) = (Addressed::default(), BTreeSet::new());
    let mut unknown = Vec::new();
    for (place, written) in envelope.recipients.iter().enumerate() {
        if written == sender {
            return Err(OfferError::OwnRecipient(place));
        }
        let found = stands_for(registry, written, today);
        let found = found.and_then(|(to, standing)| match to == *sender {
            true => Err(NoRecipient::Own(standing)),
            false => Ok(to),
        });
        match found {
            Err(why) => unknown.push((place, written.clone(), why)),
            Ok(to) => {
                if to != *written {
                    let (written, to) = (written.clone(), to.clone());
                    out.redirected.push(Redirected { written, to });
                }
                if seen.insert(to.clone()) {
                    out.recipients.push(to);
                }
            }
        }
    }
    if unknown.is_empty() {
        Ok(out)
    } else {
        Err(OfferError::UnknownRecipients(unknown))
    }
}

/// The unit that stands for a code on a day.
fn stands_for(
    registry: &Registry,
    code: &UnitCode,
    day: LocalDay,
) -> Result<(UnitCode, Standing), NoRecipient> {
    let standing = registry.standing(code, day);
    let (unit, standing) = standing.ok_or(NoRecipient::Unknown)?;
    match &standing {
        Standing::InForce if unit.code == *code => Ok((unit.code.clone(), standing)),
        Standing::InForce => Err(NoRecipient::CodeOf(unit.code.clone())),
        Standing::Became(to, _) => Ok((to.clone(), standing)),
        Standing::OneOf(..) | Standing::Abolished(_) => Err(NoRecipient::Ended(standing)),
    }
}

#[cfg(test)]
mod tests;
