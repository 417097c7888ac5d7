//! One unit's share of the connections: whoever opens more than that is told so, and whoever opens many more is not
//! let in, so that all others find some.

use crate::model::UnitCode;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whose connections are counted together; `None`: those of whoever is no unit's.
type Whose = Option<UnitCode>;

type Known = dyn Fn(&[u8]) -> Whose + Send + Sync;

/// The connections that units hold.
pub struct Shares {
    /// More than these are told to come back.
    served: usize,
    /// More than these are closed.
    let_in: usize,
    known: Box<Known>,
    held: Mutex<BTreeMap<Whose, usize>>,
}

impl fmt::Debug for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shares({} of one unit)", self.served)
    }
}

impl Shares {
    /// Of `connections` in all one unit is served on half, and let in on three quarters, to be told why it is not
    /// served. `known` says whose a client certificate is (DER).
    #[must_use]
    pub fn new(
        connections: usize,
        known: impl Fn(&[u8]) -> Option<UnitCode> + Send + Sync + 'static,
    ) -> Arc<Self> {
        let half = connections.div_ceil(2);
        Arc::new(Self {
            served: half,
            let_in: half.saturating_add(half.div_ceil(2)),
            known: Box::new(known),
            held: Mutex::default(),
        })
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Whose, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection whose client shows that certificate; `None`: it is to be closed.
    #[must_use]
    pub fn enter(self: &Arc<Self>, certificate: Option<&[u8]>) -> Option<Standing> {
        let whose = certificate.and_then(|der| (self.known)(der));
        let mut held = self.held();
        let count = held.entry(whose.clone()).or_insert(0);
        if *count >= self.let_in {
            return None;
        }
        *count = count.saturating_add(1);
        let is_over = *count > self.served;
        drop(held);
        Some(Standing(Arc::new(Place {
            is_over,
            whose,
            shares: Arc::clone(self),
        })))
    }
}

#[derive(Debug)]
struct Place {
    is_over: bool,
    whose: Whose,
    shares: Arc<Shares>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.shares.held();
        let left = held.get_mut(&self.whose).map(|count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == Some(0) {
            held.remove(&self.whose);
        }
    }
}

/// How a connection stands; its place is given back with the last copy.
#[derive(Clone, Debug)]
pub struct Standing(Arc<Place>);

impl Standing {
    /// Whether it is beyond its unit's share.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(connections: usize) -> Arc<Shares> {
        let known = |der: &[u8]| UnitCode::parse(std::str::from_utf8(der).ok()?);
        Shares::new(connections, known)
    }

    #[test]
    fn a_unit_is_served_on_half_told_so_up_to_three_quarters_and_others_are_served() {
        let shares = shares(8);
        let enter = |unit: &str| shares.enter(Some(unit.as_bytes()));
        let all: Vec<Standing> = std::iter::from_fn(|| enter("H53.1")).collect();
        let over: Vec<bool> = all.iter().map(Standing::is_over).collect();
        assert_eq!(over, [false, false, false, false, true, true]);
        let other = enter("H53.2").expect("let in");
        assert!(!other.is_over());
        drop(all);
        assert!(!enter("H53.1").expect("let in").is_over());
        drop(other);
        assert!(shares.held().is_empty(), "nothing is left of them");
    }

    #[test]
    fn strangers_share_one_share() {
        let shares = shares(4);
        let strangers = [None, Some(b"?".as_slice()), None, None];
        let all: Vec<Option<Standing>> = strangers.map(|who| shares.enter(who)).into();
        let over: Vec<Option<bool>> = all
            .iter()
            .map(|s| s.as_ref().map(Standing::is_over))
            .collect();
        assert_eq!(over, [Some(false), Some(false), Some(true), None]);
    }

    #[test]
    fn where_there_is_one_connection_it_is_served() {
        let shares = shares(1);
        assert!(!shares.enter(None).expect("let in").is_over());
    }
}
