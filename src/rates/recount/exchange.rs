//! Recounting electronic exchange: what became of each document, by sets of recipients; and the days for which
//! there is a register.

use super::{Life, Recount, Sheet};
use crate::model::event::{Countable, Event, RegisterEntries, SentBy};
use crate::model::{Disposition, DocumentId, DocumentKey, LocalDay, UnitCode};
use crate::rates::Measure;
use std::collections::{BTreeMap, BTreeSet};

/// What the log says of registers.
#[derive(Debug, Default)]
pub(super) struct Registers {
    /// The entry in force of each document.
    entries: BTreeMap<DocumentKey, (DocumentId, LocalDay, SentBy)>,
    /// What is in force: whose, from when, until when.
    covers: BTreeMap<DocumentId, (UnitCode, LocalDay, LocalDay)>,
    /// As of [`Recount::share`]; days are in the first.
    share: Option<(u32, u32)>,
}

impl Registers {
    pub(super) fn share(share: Option<(u32, u32)>) -> Self {
        Self {
            share,
            ..Self::default()
        }
    }

    fn has_days(&self) -> bool {
        self.share.is_none_or(|(number, _)| number == 0)
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the others are no acts on registers"
    )]
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::RegisterImported(e) if self.has_days() => {
                self.covers.insert(e.import, (e.unit.clone(), e.from, e.to));
            }
            Event::NilReturned(e) if self.has_days() => {
                self.covers.insert(e.import, (e.unit.clone(), e.from, e.to));
            }
            Event::RegisterUndone(e) => {
                self.covers.remove(&e.import);
            }
            Event::RegisterEntries(e) => self.entries(e),
            _ => {}
        }
    }

    fn entries(&mut self, e: &RegisterEntries) {
        for entry in &e.entries {
            let key = entry.key(&e.unit);
            if !super::in_share(self.share, &key) {
                continue;
            }
            if !e.undone {
                self.entries
                    .insert(key, (e.import, entry.day, entry.sent_by));
            } else if self
                .entries
                .get(&key)
                .is_some_and(|known| known.0 == e.import)
            {
                self.entries.remove(&key);
            }
        }
    }

    fn on_paper(&self, key: &DocumentKey) -> bool {
        let entry = self.entries.get(key);
        entry.is_some_and(|(_, _, by)| *by != SentBy::Electronic)
    }
}

/// The recipients of one document that count, and which of them it reached.
#[derive(Default)]
struct Reached<'a> {
    standing: BTreeSet<&'a UnitCode>,
    withdrawn: BTreeSet<&'a UnitCode>,
    off: BTreeSet<&'a UnitCode>,
    got: BTreeSet<&'a UnitCode>,
    recalled: bool,
}

impl<'a> Reached<'a> {
    fn of(lives: &[&'a Life]) -> Self {
        let refused = |life: &&&Life| life.was_refused();
        let all_refused = lives.iter().all(|life| life.was_refused());
        let relayed = lives.iter().filter(|life| all_refused || !refused(life));
        let mut out = Self::default();
        for life in relayed {
            for (unit, countable) in &life.countable {
                if *countable == Countable::No {
                    continue;
                }
                if *countable == Countable::OffNetwork {
                    out.off.insert(unit);
                }
                let ended = life.withdrawn.get(unit).map(|(how, _)| *how);
                out.takes(unit, ended, life.arrivals.contains_key(unit));
            }
        }
        out
    }

    fn takes(&mut self, unit: &'a UnitCode, ended: Option<super::End>, arrived: bool) {
        let Some(how) = ended else {
            self.standing.insert(unit);
            if arrived {
                self.got.insert(unit);
            }
            return;
        };
        self.withdrawn.insert(unit);
        self.recalled |= how == super::End::Recalled;
    }
}

impl Recount {
    pub(super) fn exchange(&self, sheet: &mut Sheet) {
        let mut offers: BTreeMap<&DocumentKey, Vec<&Life>> = BTreeMap::new();
        for (key, documents) in &self.offers {
            let lives = documents.iter().filter_map(|id| self.lives.get(id));
            offers.insert(key, lives.collect());
        }
        for (key, lives) in &offers {
            self.one(key, lives, sheet);
        }
        for (key, (_, day, by)) in &self.registers.entries {
            if !offers.contains_key(key) {
                let measure = match by {
                    SentBy::Electronic => Measure::Unproved,
                    SentBy::Paper | SentBy::Both => Measure::PaperOnly,
                };
                sheet.tally(&key.unit, *day, measure);
            }
        }
        for (unit, from, to) in self.registers.covers.values() {
            let mut day = Some(*from);
            while let Some(one) = day.filter(|day| day <= to) {
                sheet.tally(unit, one, Measure::RegisterDays);
                day = one.next();
            }
        }
    }

    fn one(&self, key: &DocumentKey, lives: &[&Life], sheet: &mut Sheet) {
        let Some(day) = lives.first().map(|life| life.promulgated) else {
            return;
        };
        let mut tally = |there: bool, measure| {
            if there {
                sheet.tally(&key.unit, day, measure);
            }
        };
        let signatures = delivered(lives);
        tally(!signatures.is_empty(), Measure::DeliveredDocuments);
        let all =
            |by: fn(&(bool, bool)) -> bool| !signatures.is_empty() && signatures.iter().all(by);
        tally(all(|s| s.0), Measure::DeliveredAgencySigned);
        tally(all(|s| s.0 && s.1), Measure::DeliveredBothSigned);

        let entered = self.registers.on_paper(key);
        let reached = Reached::of(lives);
        let everybody = match reached.standing.is_empty() {
            false => &reached.standing,
            true => &reached.withdrawn,
        };
        if everybody.is_empty() {
            let counts = |life: &&Life| life.countable.iter().any(|(_, c)| *c != Countable::No);
            tally(entered && !lives.iter().any(counts), Measure::PaperOnly);
            return;
        }
        if reached.standing.is_empty() && reached.recalled {
            return;
        }
        let follows = |life: &&Life| life.paper_follows && !life.was_refused();
        let paper = entered || lives.iter().any(follows);
        let missed: BTreeSet<_> = everybody.difference(&reached.got).copied().collect();
        let missed_off = missed.intersection(&reached.off).count();
        let some = !reached.got.is_empty();
        tally(true, Measure::Countable);
        tally(missed_off == everybody.len(), Measure::OffNetwork);
        tally(some, Measure::Electronic);
        tally(missed.is_empty() && !paper, Measure::ElectronicOnly);
        let reachable = some && missed_off == missed.len() && !paper;
        tally(reachable, Measure::ElectronicOnlyReachable);
        tally(some && (paper || missed_off > 0), Measure::WithPaper);
    }
}

/// The signatures (agency's, person's) of each delivery that arrived and stands.
fn delivered(lives: &[&Life]) -> Vec<(bool, bool)> {
    let mut out = Vec::new();
    for life in lives {
        // A version of the event without this has no delivery that is counted so.
        let known = life.countable.iter().map(|(unit, _)| unit);
        let there = known.filter(|unit| {
            life.arrivals.contains_key(*unit) && !life.withdrawn.contains_key(*unit)
        });
        let signed = life.decisions.last().map(|(_, judged)| judged);
        let signed = signed.map_or((false, false), |j| (j.agency_signed, j.person_signed));
        out.extend(there.map(|_| signed));
    }
    out
}

impl Life {
    fn was_refused(&self) -> bool {
        let last = self.decisions.last();
        last.is_some_and(|(_, judged)| judged.disposition == Disposition::Refuse)
    }
}
