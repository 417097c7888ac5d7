//! Judging in rounds (`house.md` §3): judge, fetch what is needed, judge again, under one deadline.

use super::Judged;
use crate::fetch::{Allowance, Gatherer, News};
use crate::model::Digest;
use crate::trust::evidence::Need;
use crate::trust::report::{FileReport, TimestampReport};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// Judgements of one document under one wait: an issuer, then its list, then the list's delta, then
/// the verdict.
const ROUNDS: usize = 4;

/// How long a judgement waits for evidence that is being fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Not at all: whoever asks looks again when it arrives, so that no document waits for the
    /// sources of another.
    None,
    /// On the send path, 2 s (`verdicts.md` §3): the rest is held.
    Send,
    /// Where one person waits for a report and nothing is held: as long as one fetch lasts.
    Report,
}

impl Patience {
    fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::None => 0,
            Self::Send => 2,
            Self::Report => 10,
        })
    }
}

/// What a judgement says of the evidence that it used and lacks.
pub(super) trait Wants {
    /// What would settle it.
    fn needs(&self) -> Vec<Need>;
    /// What it rests on.
    fn used(&self) -> Vec<Digest>;
}

impl Wants for FileReport {
    fn needs(&self) -> Vec<Need> {
        self.needs()
    }

    fn used(&self) -> Vec<Digest> {
        self.evidence().iter().map(|item| item.sha256).collect()
    }
}

impl Wants for TimestampReport {
    fn needs(&self) -> Vec<Need> {
        self.signature.needs.clone()
    }

    fn used(&self) -> Vec<Digest> {
        let kept = self.signature.kept.iter();
        kept.map(|item| item.sha256).collect()
    }
}

impl Wants for Judged {
    fn needs(&self) -> Vec<Need> {
        let all = self.findings.iter().flat_map(|f| f.report.needs());
        let unique: BTreeSet<Need> = all.collect();
        unique.into_iter().collect()
    }

    fn used(&self) -> Vec<Digest> {
        let all = self.findings.iter().flat_map(|f| f.report.evidence());
        all.map(|item| item.sha256).collect()
    }
}

/// Rounds of one judgement.
pub(super) struct Rounds<'a> {
    gatherer: Option<&'a Gatherer>,
    allowance: Allowance,
    until: Instant,
    left: usize,
    since: u64,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(gatherer: Option<&'a Gatherer>, patience: Patience) -> Self {
        let now = Instant::now();
        Self {
            gatherer,
            allowance: Allowance::default(),
            until: now.checked_add(patience.length()).unwrap_or(now),
            left: match patience {
                Patience::None => 0,
                Patience::Send | Patience::Report => ROUNDS,
            },
            since: gatherer.map_or(0, Gatherer::latest),
        }
    }

    /// Whether to judge again: something arrived that this judgement lacked, or it has only now
    /// become known that a source is silent, which the report is to say.
    pub(super) async fn again(&mut self, judged: &impl Wants) -> bool {
        let Some(gatherer) = self.gatherer else {
            return false;
        };
        gatherer.used(judged.used());
        let needs = judged.needs();
        self.left = self.left.saturating_sub(1);
        if needs.is_empty() || self.left == 0 {
            return false;
        }
        let gathering = gatherer.gather(needs, &mut self.allowance, self.since, self.until);
        match gathering.await {
            News::Arrived => {}
            News::Silent => self.left = 1,
            News::None => return false,
        }
        self.since = gatherer.latest();
        true
    }
}
