//! Places for deliveries under way. Recipients that are slow have some of their own, one each, and fewer than there
//! are: however many are slow, and whatever they do, there are places for the others.

use super::pace;
use crate::model::Urgency;
use crate::registry::Channel;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Which places a delivery may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Claim {
    /// Those of everybody.
    Usual,
    /// Those for very urgent documents, too.
    Urgent,
    /// Those of recipients that are slow.
    Slow,
}

impl Claim {
    /// What is claimed for the next document of a recipient.
    pub(super) fn of(urgency: Urgency, slow: bool) -> Self {
        if slow {
            return Self::Slow;
        }
        match urgency {
            Urgency::VeryUrgent | Urgency::Flash | Urgency::FlashTimed => Self::Urgent,
            Urgency::Normal | Urgency::Urgent => Self::Usual,
        }
    }
}

/// The places of one kind of deliveries.
#[derive(Clone, Debug)]
struct Kind {
    usual: Arc<Semaphore>,
    urgent: Arc<Semaphore>,
    slow: Arc<Semaphore>,
}

impl Kind {
    fn new(usual: usize, urgent: usize, slow: usize) -> Self {
        let of = |n| Arc::new(Semaphore::new(n));
        Self {
            usual: of(usual),
            urgent: of(urgent),
            slow: of(slow),
        }
    }
}

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    documents: Kind,
    notices: Kind,
}

impl Places {
    /// `most` for documents, a quarter of them for urgent ones only and a quarter for slow recipients only; as many
    /// for notices, which are never in the way of documents nor they in theirs.
    pub(super) fn new(most: usize) -> Self {
        let quarter = (most / 4).max(1);
        let rest = |taken: usize| most.saturating_sub(taken).max(1);
        Self {
            documents: Kind::new(rest(quarter.saturating_mul(2)), quarter, quarter),
            notices: Kind::new(rest(quarter), 0, quarter),
        }
    }

    /// How many deliveries to one recipient may run at a time, so that it cannot hold all places of everybody.
    pub(super) fn of_one(most: usize) -> usize {
        (most / 4).max(1)
    }

    /// Waits for a place; those who wait are served in the order in which they came. `own` is the one slow place that
    /// its recipient may hold.
    pub(super) fn ask(
        &self,
        channel: &Channel,
        claim: Claim,
        own: &Arc<Semaphore>,
    ) -> impl Future<Output = Option<Place>> + Send + 'static + use<> {
        let kind = match channel {
            Channel::Webhook { .. } => self.notices.clone(),
            Channel::Pull | Channel::Push { .. } => self.documents.clone(),
        };
        let own = Arc::clone(own);
        async move {
            let (from, permit, held) = match claim {
                Claim::Usual => (&kind.usual, taken(&kind.usual).await?, None),
                Claim::Urgent => tokio::select! {
                    permit = taken(&kind.urgent) => (&kind.urgent, permit?, None),
                    permit = taken(&kind.usual) => (&kind.usual, permit?, None),
                },
                Claim::Slow => {
                    let held = taken(&own).await?;
                    (&kind.slow, taken(&kind.slow).await?, Some(held))
                }
            };
            Some(Place {
                from: Arc::clone(from),
                slow: Arc::clone(&kind.slow),
                own,
                permit,
                held,
            })
        }
    }
}

async fn taken(of: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(of).acquire_owned().await.ok()
}

/// A place; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    from: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    own: Arc<Semaphore>,
    permit: OwnedSemaphorePermit,
    /// Its recipient's one slow place, if it is that.
    held: Option<OwnedSemaphorePermit>,
}

impl Place {
    /// Changes it for a slow one, if it is none and one is free; says whether it is one now.
    pub(super) fn slowed(&mut self) -> bool {
        if self.held.is_some() {
            return true;
        }
        let free = |of: &Arc<Semaphore>| Arc::clone(of).try_acquire_owned().ok();
        let Some(held) = free(&self.own) else {
            return false;
        };
        let Some(permit) = free(&self.slow) else {
            return false;
        };
        self.from = Arc::clone(&self.slow);
        self.permit = permit;
        self.held = Some(held);
        true
    }

    /// Whether others may be waiting for it: no place of its kind is free.
    pub(super) fn is_wanted(&self) -> bool {
        self.from.available_permits() == 0
    }
}

/// How one attempt goes, as far as its recipient is concerned.
#[derive(Debug)]
pub(super) struct Effort {
    begun: Instant,
    taken: Arc<AtomicU64>,
    /// Whether it was slow, once the recipient has done its part.
    over: OnceLock<bool>,
}

impl Effort {
    /// One that begins now.
    pub(super) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            taken: Arc::default(),
            over: OnceLock::new(),
        }
    }

    /// Where the bytes are counted that were handed to the connection.
    pub(super) fn taken(&self) -> &Arc<AtomicU64> {
        &self.taken
    }

    fn since(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The recipient has answered: what follows is the gateway's own work.
    pub(super) fn over(&self) {
        let _ = self.over.set(self.is_slow());
    }

    /// Whether the recipient has answered.
    pub(super) fn is_over(&self) -> bool {
        self.over.get().is_some()
    }

    /// Whether the recipient is, or was, slow.
    pub(super) fn is_slow(&self) -> bool {
        let now = || pace::is_slow(self.taken.load(Ordering::Relaxed), self.since());
        self.over.get().copied().unwrap_or_else(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn push() -> Channel {
        Channel::Push {
            url: "https://nhan.vn/".into(),
            ca: "ca.pem".into(),
        }
    }

    fn own() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(1))
    }

    /// As many places as there are at once.
    async fn all(places: &Places, channel: &Channel, claim: Claim) -> Vec<Place> {
        let mut held = Vec::new();
        loop {
            let ask = places.ask(channel, claim, &own());
            tokio::select! {
                biased;
                place = ask => held.extend(place),
                () = tokio::task::yield_now() => return held,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn slow_recipients_hold_no_place_of_others_and_each_one_at_most() {
        let places = Places::new(64);
        let slow = all(&places, &push(), Claim::Slow).await;
        assert_eq!(slow.len(), 16);
        let usual = all(&places, &push(), Claim::Usual).await;
        assert_eq!(usual.len(), 32);
        assert_eq!(all(&places, &push(), Claim::Urgent).await.len(), 16);
        let webhook = Channel::Webhook {
            url: "https://nhan.vn/".into(),
            ca: None,
        };
        assert_eq!(all(&places, &webhook, Claim::Usual).await.len(), 48);
        drop(slow);
        let own = own();
        let first = places.ask(&push(), Claim::Slow, &own).await;
        let second = tokio::time::timeout(
            Duration::from_secs(1),
            places.ask(&push(), Claim::Slow, &own),
        );
        assert!(second.await.is_err(), "one of a recipient");
        drop(first);
        assert!(places.ask(&push(), Claim::Slow, &own).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_becomes_a_slow_one_while_there_is_one_and_is_wanted_when_none_is_free() {
        let places = Places::new(8);
        let own = own();
        let mut first = places
            .ask(&push(), Claim::Usual, &own)
            .await
            .expect("place");
        let mut second = places
            .ask(&push(), Claim::Usual, &own)
            .await
            .expect("place");
        assert!(!first.is_wanted());
        let rest = all(&places, &push(), Claim::Usual).await;
        assert_eq!(rest.len(), 2);
        assert!(first.is_wanted());
        assert!(first.slowed() && first.slowed());
        assert!(!second.slowed(), "its recipient has one");
        assert!(!second.is_wanted(), "the first gave its place back");
        let third = all(&places, &push(), Claim::Slow).await;
        assert_eq!(third.len(), 1);
        let mut rest = rest.into_iter();
        assert!(!rest.next().expect("place").slowed(), "none is free");
    }

    #[tokio::test(start_paused = true)]
    async fn what_follows_the_answer_is_not_the_recipients() {
        let quick = Effort::begin();
        quick.over();
        let slow = Effort::begin();
        advance(Duration::from_secs(3)).await;
        assert!(slow.is_slow() && !slow.is_over());
        slow.taken().store(1 << 30, Ordering::Relaxed);
        slow.over();
        advance(Duration::from_secs(30)).await;
        assert!(quick.is_over() && !quick.is_slow());
        assert!(slow.is_over() && !slow.is_slow(), "it took much");
    }

    #[test]
    fn a_claim_is_that_of_the_urgency_unless_the_recipient_is_slow() {
        assert_eq!(Claim::of(Urgency::Urgent, false), Claim::Usual);
        assert_eq!(Claim::of(Urgency::VeryUrgent, false), Claim::Urgent);
        assert_eq!(Claim::of(Urgency::FlashTimed, true), Claim::Slow);
    }
}
