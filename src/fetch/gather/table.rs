//! What is known of each source: what it gave, when, and since when it is silent.

use crate::fetch::back_off;
use crate::fetch::error::FetchError;
use crate::model::{Digest, Hasher, Timestamp};
use crate::trust::evidence::{EvidenceKind, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// Sources remembered. An OCSP responder is one source per signer's certificate.
pub(super) const MOST: usize = 8192;
/// Of a list's life, in tenths, after which a newer one is looked for.
const DUE_TENTHS: i64 = 8;
/// A list without nextUpdate is looked for again after a day (the usual period of national CAs).
const DUE_SECS: i64 = 86_400;
/// One that answers is asked again after this long at most, where a judgement needs it.
const NOTHING_NEW: Duration = Duration::from_secs(300);
/// Between two looks for a newer list: a twentieth of its life, within these bounds in seconds.
const LOOKS: (i64, i64) = (60, 3600);
/// What was not used for this long is dropped.
const UNUSED_SECS: i64 = 7 * 86_400;
/// A use is noted again only after this long, so that judging does not write to the disk.
const NOTE_SECS: i64 = 3600;

/// The name of a source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct SourceKey(Digest);

impl SourceKey {
    pub(super) fn of(source: &Source) -> Self {
        let request = match source {
            Source::Ocsp { request, .. } => request.as_ref(),
            Source::Crl { .. } | Source::Issuer { .. } => &[],
        };
        let mut hasher = Hasher::new();
        // Digests of the parts, so that no two sources are spelt alike.
        for part in [
            source.kind().name().as_bytes(),
            source.uri().as_bytes(),
            request,
        ] {
            hasher.update(&Digest::of(part).0);
        }
        Self(hasher.finish())
    }
}

/// One item that a source gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Item {
    pub(super) digest: Digest,
    pub(super) bytes: u64,
}

/// What a source gave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Given {
    pub(super) items: Vec<Item>,
    /// What it is a list of, for a CRL (`CrlInfo::scope`).
    pub(super) scope: Option<String>,
    pub(super) this_update: Option<Timestamp>,
    pub(super) next_update: Option<Timestamp>,
}

/// One source.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) source: Source,
    pub(super) given: Given,
    /// When it last answered.
    pub(super) answered: Option<Timestamp>,
    /// When what it gave was last used, or it was asked for.
    pub(super) used: Timestamp,
    /// When it was last asked.
    pub(super) asked: Timestamp,
    /// Since when it fails.
    pub(super) silent_since: Option<Timestamp>,
    /// Whether the pool was told that it is silent.
    pub(super) told: bool,
    /// How, the last time.
    pub(super) error: Option<FetchError>,
    /// Failures, or answers without anything new, in a row.
    idle: u32,
    /// Not asked again before.
    until: Option<Instant>,
    /// The number of its last arrival; 0: none since the start.
    pub(super) arrival: u64,
}

impl Row {
    pub(super) fn new(source: Source, now: Timestamp) -> Self {
        Self {
            source,
            given: Given::default(),
            answered: None,
            used: now,
            asked: now,
            silent_since: None,
            told: false,
            error: None,
            idle: 0,
            until: None,
            arrival: 0,
        }
    }

    /// Whether it is left alone: for how many seconds still.
    pub(super) fn rests(&self, now: Instant) -> Option<u64> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then(|| left.as_secs().saturating_add(1))
    }

    /// It answered; gives whether with anything new.
    pub(super) fn answered(
        &mut self,
        given: Given,
        at: Timestamp,
        now: Instant,
        chance: u16,
    ) -> bool {
        let new = given != self.given;
        self.idle = if new { 1 } else { self.idle.saturating_add(1) };
        let rest = back_off::after(self.idle, chance).min(NOTHING_NEW);
        self.until = now.checked_add(rest);
        (self.given, self.answered) = (given, Some(at));
        (self.silent_since, self.error, self.told) = (None, None, false);
        new
    }

    /// It failed.
    pub(super) fn failed(&mut self, error: FetchError, now: Instant, chance: u16) {
        self.idle = self.idle.saturating_add(1);
        self.until = now.checked_add(back_off::after(self.idle, chance));
        self.silent_since.get_or_insert(self.asked);
        (self.error, self.told) = (Some(error), true);
    }

    /// It was not asked. If its host rests, it is as silent as its host.
    pub(super) fn held_back(&mut self, error: &FetchError) {
        if matches!(error, FetchError::BackOff { .. }) {
            self.silent_since.get_or_insert(self.asked);
            self.told = true;
        }
    }

    /// Whether a newer one should be looked for: what it gave is near its end and was used lately.
    pub(super) fn is_due(&self, at: Timestamp, now: Instant) -> bool {
        if self.given.items.is_empty() || self.is_unused(at) || self.rests(now).is_some() {
            return false;
        }
        // A certificate has no next update; a new one has another address or another issuer.
        let Some(this) = self.given.this_update else {
            return false;
        };
        let answered = self.answered.unwrap_or(this);
        let Some(next) = self.given.next_update else {
            return answered.plus_secs(DUE_SECS) <= at;
        };
        let life = next.secs().saturating_sub(this.secs());
        let due = this.plus_secs(life.saturating_mul(DUE_TENTHS).div_euclid(10));
        let pause = life.div_euclid(20).clamp(LOOKS.0, LOOKS.1);
        due <= at && answered.plus_secs(pause) <= at
    }

    /// Whether it was not used for so long that it may go.
    pub(super) fn is_unused(&self, at: Timestamp) -> bool {
        self.used.plus_secs(UNUSED_SECS) <= at
    }

    /// The less, the sooner it goes when there is too much: what never gave anything first (anybody
    /// can name such sources), then what is over, then what was not used for longest.
    fn worth(&self, at: Timestamp) -> (bool, bool, Timestamp) {
        let over = self.given.next_update.is_some_and(|next| next <= at);
        (!self.given.items.is_empty(), !over, self.used)
    }

    pub(super) fn bytes(&self) -> u64 {
        let all = self.given.items.iter().map(|i| i.bytes);
        all.fold(0, u64::saturating_add)
    }
}

/// Every source.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: BTreeMap<SourceKey, Row>,
    arrivals: u64,
    /// When the use of an item was last noted.
    noted: BTreeMap<Digest, Timestamp>,
}

impl Table {
    pub(super) fn get(&self, key: &SourceKey) -> Option<&Row> {
        self.rows.get(key)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// The row of a source, made if there is none; then the least worth row may go.
    pub(super) fn row(&mut self, source: &Source, at: Timestamp) -> &mut Row {
        let key = SourceKey::of(source);
        if self.rows.len() >= MOST && !self.rows.contains_key(&key) {
            let least = self.rows.iter().min_by_key(|(_, row)| row.worth(at));
            if let Some(least) = least.map(|(key, _)| *key) {
                self.rows.remove(&least);
            }
        }
        let made = || Row::new(source.clone(), at);
        self.rows.entry(key).or_insert_with(made)
    }

    /// Takes a row as it was kept.
    pub(super) fn restore(&mut self, row: Row) {
        if self.rows.len() < MOST {
            self.rows.insert(SourceKey::of(&row.source), row);
        }
    }

    /// The row of a source that has not answered since it was asked, and of which the pool does not
    /// know.
    pub(super) fn overdue(&mut self, key: &SourceKey) -> Option<&mut Row> {
        let row = self.rows.get_mut(key)?;
        let answered = row.answered.is_some_and(|answered| answered >= row.asked);
        (!answered && !row.told).then_some(row)
    }

    fn next_arrival(&mut self) -> u64 {
        self.arrivals = self.arrivals.saturating_add(1);
        self.arrivals
    }

    pub(super) fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// Takes what a source gave. If it is new, gives what nothing refers to any longer.
    pub(super) fn replace(
        &mut self,
        source: &Source,
        given: Given,
        at: Timestamp,
        now: Instant,
        chance: u16,
    ) -> Option<Vec<Digest>> {
        let row = self.row(source, at);
        let old = row.given.clone();
        if !row.answered(given, at, now, chance) {
            return None;
        }
        let arrival = self.next_arrival();
        self.row(source, at).arrival = arrival;
        Some(self.unheld(&old.items))
    }

    /// Drops what was not used for long, and the least worth until all fits into `most` bytes.
    /// Gives what nothing refers to any longer.
    pub(super) fn tidy(&mut self, at: Timestamp, most: u64) -> Vec<Digest> {
        let mut dropped = Vec::new();
        self.rows.retain(|_, row| {
            let keep = !row.is_unused(at);
            if !keep {
                dropped.append(&mut row.given.items);
            }
            keep
        });
        while self.bytes() > most {
            let least = self.rows.iter().min_by_key(|(_, row)| row.worth(at));
            let Some(key) = least.map(|(key, _)| *key) else {
                break;
            };
            let row = self.rows.remove(&key);
            dropped.extend(row.into_iter().flat_map(|row| row.given.items));
        }
        self.unheld(&dropped)
    }

    fn unheld(&self, items: &[Item]) -> Vec<Digest> {
        let all = items.iter().map(|item| item.digest);
        all.filter(|digest| !self.holds(*digest)).collect()
    }

    /// Whether a row refers to it.
    pub(super) fn holds(&self, digest: Digest) -> bool {
        let mut items = self.rows.values().flat_map(|row| &row.given.items);
        items.any(|item| item.digest == digest)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.rows
            .values()
            .map(Row::bytes)
            .fold(0, u64::saturating_add)
    }

    /// Notes that evidence was used, and gives what came with it if that is news: no document pays
    /// for it twice an hour.
    pub(super) fn used(&mut self, digest: Digest, at: Timestamp) -> Vec<Given> {
        let lately = |noted: &Timestamp| noted.plus_secs(NOTE_SECS) > at;
        if self.noted.get(&digest).is_some_and(lately) {
            return Vec::new();
        }
        if self.noted.len() >= MOST {
            self.noted.clear();
        }
        self.noted.insert(digest, at);
        let mut found = Vec::new();
        for row in self.rows.values_mut() {
            if row.given.items.iter().any(|item| item.digest == digest) {
                row.used = at;
                found.push(row.given.clone());
            }
        }
        found
    }

    /// Notes that lists from these addresses are still of use.
    pub(super) fn keep_lists(&mut self, addresses: &BTreeSet<String>, at: Timestamp) {
        for row in self.rows.values_mut() {
            let list = row.source.kind() == EvidenceKind::Crl;
            if list && addresses.contains(row.source.uri()) {
                row.used = row.used.max(at);
            }
        }
    }

    /// Seconds since the thisUpdate of the oldest list in use.
    pub(super) fn oldest_list(&self, at: Timestamp) -> Option<i64> {
        let lists = self
            .rows
            .values()
            .filter(|row| row.source.kind() == EvidenceKind::Crl);
        let oldest = lists.filter_map(|row| row.given.this_update).min()?;
        Some(at.secs().saturating_sub(oldest.secs()))
    }
}
