//! Silent units and slips: what a unit's own figures say is going wrong with it, since when, and by which measure it is
//! looked into. Pure: months of counts, the registry and the ends of certificates are handed in.

use super::definitions::{Terms, sum};
use super::{Counts, Measure};
use crate::model::indication::words;
use crate::model::{LocalDay, Period, UnitCode};
use crate::registry::{Registry, Unit, UnitKind, Via};
use std::collections::BTreeMap;

words! {
    /// What is going wrong.
    SlipKind {
        /// Joined, and never sent anything.
        NeverSent = 1 "never_sent",
        /// Documents wait for it, and it takes none.
        NotOpening = 2 "not_opening",
        /// It sends far less than it used to.
        Dropped = 3 "dropped",
        /// More and more of its documents go on paper.
        BackToPaper = 4 "back_to_paper",
        /// A certificate of its ends soon.
        CertificateEnding = 5 "certificate_ending",
    }
}

/// How many complete months a unit's own history is: half a year evens out Tết and the summer.
pub const HISTORY: usize = 6;
/// A drop is to below half of the median, and by at least this many documents: with fewer, chance alone halves a month.
const LEAST_DROP: i64 = 10;
/// Paper is rising when its share is this many tenths of a percentage point above that of the history: a tenth of all.
const RISE: i64 = 100;
/// … and when at least this many documents went on paper.
const LEAST_PAPER: i64 = 10;
/// A certificate that ends within this many days is told: two months is what a renewal takes with everybody's signature.
const ENDING_DAYS: i32 = 60;
/// Documents that wait this many days for a unit are not being opened: a working week, and the weekend.
const WAITING_DAYS: i32 = 7;

/// Documents that wait for a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// Since when the oldest does.
    pub since: LocalDay,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Looked<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// Complete periods of one length, the earliest first, with the counts of every unit; the last is the one reported.
    pub months: &'a [(Period, &'a BTreeMap<UnitCode, Counts>)],
    /// What waits for whom.
    pub waiting: &'a BTreeMap<UnitCode, Waiting>,
    /// The last day on which the certificates of a unit are valid, the next to end.
    pub ends: &'a BTreeMap<UnitCode, LocalDay>,
    /// Since when units have a key of the gateway; one that has none has not joined.
    pub joined: &'a BTreeMap<UnitCode, LocalDay>,
    /// What units moved in those periods that are not in them: shares are of everything.
    pub beside: i64,
    /// The day of the report.
    pub today: LocalDay,
}

/// One slip.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slip {
    /// Of which unit.
    pub unit: UnitCode,
    /// What.
    pub kind: SlipKind,
    /// Since when; of a certificate: until when.
    pub since: LocalDay,
    /// The figure now: documents, or tenths of a percent.
    pub now: i64,
    /// What it is held against.
    pub before: i64,
    /// By which measure the documents are looked for.
    pub measure: Measure,
    /// What the unit moved in the period, in tenths of a percent of all: by this the list is ordered.
    pub weight: i64,
}

/// What a unit moved: documents offered and deliveries received.
const TRAFFIC: Terms = &[(1, Measure::Offered), (1, Measure::Received)];
const OFFERED: Terms = &[(1, Measure::Offered)];
const PAPER: Terms = &[(1, Measure::WithPaper), (1, Measure::PaperOnly)];
const ALL: Terms = &[
    (1, Measure::Countable),
    (1, Measure::PaperOnly),
    (1, Measure::Unproved),
];

/// What a unit moved.
#[must_use]
pub fn traffic(counts: &Counts) -> i64 {
    sum(TRAFFIC, counts)
}

/// Every slip, by weight.
#[must_use]
pub fn slips(looked: &Looked<'_>) -> Vec<Slip> {
    let all = looked.months.iter().flat_map(|(_, totals)| totals.values());
    let all = all.fold(looked.beside, |all, counts| {
        all.saturating_add(traffic(counts))
    });
    // Units and counts are in the order of the codes, so that none is looked up.
    let months = looked.months.iter();
    let mut months: Vec<_> = months.map(|(_, totals)| totals.iter().peekable()).collect();
    let mut out = Vec::new();
    for unit in looked.registry.units() {
        let counts = months.iter_mut().map(|month| {
            while month.next_if(|(code, _)| **code < unit.code).is_some() {}
            let own = month.next_if(|(code, _)| **code == unit.code);
            own.map(|(_, counts)| counts)
        });
        let counts: Vec<Option<&Counts>> = counts.collect();
        if !is_joined(looked, unit) {
            continue;
        }
        let moved = counts.iter().flatten();
        let moved = moved.fold(0_i64, |sum, counts| sum.saturating_add(traffic(counts)));
        let own = Own {
            looked,
            unit,
            counts,
            weight: per_mille(moved, all).unwrap_or(0),
        };
        out.extend(own.never_sent());
        out.extend(own.not_opening());
        out.extend(own.dropped());
        out.extend(own.back_to_paper());
        out.extend(own.certificate_ending());
    }
    out.sort_by(|a, b| {
        let key = |slip: &Slip| (std::cmp::Reverse(slip.weight), slip.unit.clone(), slip.kind);
        key(a).cmp(&key(b))
    });
    out
}

/// Whether a unit of the state exchanges by the gateway itself.
fn is_joined(looked: &Looked<'_>, unit: &Unit) -> bool {
    let here = unit.via_on(looked.today) == Via::Gateway;
    let lives = looked.registry.lineage().end(&unit.code);
    unit.kind == UnitKind::State && here && lives.is_none_or(|end| looked.today < end)
}

fn per_mille(over: i64, under: i64) -> Option<i64> {
    super::report::Rate::of(over, under).per_mille()
}

/// One unit, looked at.
struct Own<'a> {
    looked: &'a Looked<'a>,
    unit: &'a Unit,
    /// Its counts, period by period.
    counts: Vec<Option<&'a Counts>>,
    weight: i64,
}

impl Own<'_> {
    /// The unit's sums, period by period.
    fn sums(&self, terms: Terms) -> Vec<i64> {
        let counts = self.counts.iter();
        counts
            .map(|counts| counts.map_or(0, |counts| sum(terms, counts)))
            .collect()
    }

    fn slip(
        &self,
        kind: SlipKind,
        since: LocalDay,
        now: i64,
        before: i64,
        measure: Measure,
    ) -> Slip {
        Slip {
            unit: self.unit.code.clone(),
            kind,
            since,
            now,
            before,
            measure,
            weight: self.weight,
        }
    }

    fn never_sent(&self) -> Option<Slip> {
        let joined = *self.looked.joined.get(&self.unit.code)?;
        let (last, _) = self.looked.months.last()?;
        let offers = self.sums(&[(1, Measure::Offers)]);
        // A unit that joined in the last period has had no time.
        let had_time = joined < *last.days().start();
        let never = offers.iter().all(|n| *n == 0);
        (had_time && never).then(|| self.slip(SlipKind::NeverSent, joined, 0, 0, Measure::Offers))
    }

    fn not_opening(&self) -> Option<Slip> {
        let Waiting { count, since } = *self.looked.waiting.get(&self.unit.code)?;
        let days = self.looked.today.number().saturating_sub(since.number());
        let waiting = i64::try_from(count).unwrap_or(i64::MAX);
        (count > 0 && days >= WAITING_DAYS)
            .then(|| self.slip(SlipKind::NotOpening, since, waiting, 0, Measure::Received))
    }

    /// The last period, and the [`HISTORY`] before it; `None` if there is no such history, or the unit was another one in
    /// it: what took others in, or gave something away, is held against nothing.
    fn against_history<'s>(&self, sums: &'s [i64]) -> Option<(i64, &'s [i64], Period)> {
        let (now, before) = sums.split_last()?;
        let from = before.len().checked_sub(HISTORY)?;
        let ((first, _), (last, _)) = (self.looked.months.get(from)?, self.looked.months.last()?);
        let days = *first.days().start()..=*last.days().end();
        let lineage = self.looked.registry.lineage();
        let mut changes = lineage.changes_of(&self.unit.code);
        if changes.any(|change| days.contains(&change.on)) {
            return None;
        }
        Some((*now, before.get(from..)?, *last))
    }

    fn dropped(&self) -> Option<Slip> {
        let sums = self.sums(OFFERED);
        let (now, before, last) = self.against_history(&sums)?;
        let doubled = doubled_median(before);
        // now < median / 2, and median − now ≥ LEAST_DROP, without a fraction.
        let half = now.saturating_mul(4) < doubled;
        let many = doubled.saturating_sub(now.saturating_mul(2)) >= LEAST_DROP.saturating_mul(2);
        let since = *last.days().start();
        (half && many).then(|| {
            let median = doubled.div_euclid(2);
            self.slip(SlipKind::Dropped, since, now, median, Measure::Offered)
        })
    }

    fn back_to_paper(&self) -> Option<Slip> {
        let (paper, all) = (self.sums(PAPER), self.sums(ALL));
        let (now, papers_before, last) = self.against_history(&paper)?;
        let (all_now, all_before, _) = self.against_history(&all)?;
        let total = |sums: &[i64]| sums.iter().fold(0_i64, |sum, n| sum.saturating_add(*n));
        let share = per_mille(now, all_now)?;
        let before = per_mille(total(papers_before), total(all_before))?;
        let risen = share.saturating_sub(before) >= RISE && now >= LEAST_PAPER;
        let since = *last.days().start();
        risen.then(|| {
            self.slip(
                SlipKind::BackToPaper,
                since,
                share,
                before,
                Measure::WithPaper,
            )
        })
    }

    fn certificate_ending(&self) -> Option<Slip> {
        let end = *self.looked.ends.get(&self.unit.code)?;
        let left = end.number().saturating_sub(self.looked.today.number());
        (left <= ENDING_DAYS).then(|| {
            let left = i64::from(left);
            self.slip(
                SlipKind::CertificateEnding,
                end,
                left,
                0,
                Measure::AgencySigned,
            )
        })
    }
}

/// Twice the median, so that the middle of two has no fraction.
fn doubled_median(all: &[i64]) -> i64 {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len().div_euclid(2);
    let at = |place: usize| sorted.get(place).copied().unwrap_or(0);
    match sorted.len() % 2 {
        0 => at(middle.saturating_sub(1)).saturating_add(at(middle)),
        _ => at(middle).saturating_mul(2),
    }
}

#[cfg(test)]
mod tests;
