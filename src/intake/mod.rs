//! Taking documents in: from a staged document to a committed event with a signed receipt, and the
//! moves of recipients. Decides nothing itself: `judge` and `policy` judge, `relay` decides.
//!
//! Nothing is acknowledged before the commit returned, and a receipt is signed only after it.

mod arrivals;
mod bundle;
mod content;
mod dead_letters;
mod erase;
mod evidence;
mod expire;
mod moves;
mod notes;
mod offer;
mod receipts;
mod stamps;
mod ties;
mod withdraw;

pub use arrivals::Pushing;
pub use bundle::{Bundle, BundleError, Draft, Part};
pub use dead_letters::{DeskAct, DeskActed, DeskMove};
pub use erase::{EraseError, EraseOrder, ErasedContent, Part as ErasedPart, erase};
pub use expire::{Expiry, Lines, RanOut};
pub use moves::{Answer, MoveError, Moved};
pub use notes::{MAX_REASON, Note};
pub use offer::{Offer, OfferError, Outcome, admit, request_digest};
pub use receipts::{SealError, Sealer};
pub use stamps::{NewStamp, StampError};
pub use ties::{TieError, TieProblem};
pub use withdraw::{Withdraw, Withdrawn};

use crate::clock::Clock;
use crate::judge::Judge;
use crate::policy::Rules;
use crate::store::{Ledger, Vault};
use arc_swap::ArcSwap;
use arrivals::Arrivals;
use evidence::Shelf;
use receipts::Receipts;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

/// What intake works with; everything is handed in.
#[derive(Clone)]
pub struct Tools {
    /// What happened.
    pub ledger: Arc<dyn Ledger>,
    /// The bodies.
    pub vault: Arc<dyn Vault>,
    /// The judging threads.
    pub judge: Arc<Judge>,
    /// The rules in force.
    pub rules: Arc<ArcSwap<Rules>>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Signs receipts.
    pub sealer: Arc<dyn Sealer>,
    /// The gateway's name, as receipts state it.
    pub gateway: String,
    /// Documents with more bytes than this are judged after the answer (`verdicts.md` §4).
    pub inline_judge_bytes: u64,
    /// Owns the tasks that outlive a request.
    pub tasks: TaskTracker,
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tools({})", self.gateway)
    }
}

/// Takes documents in.
pub struct Intake {
    tools: Tools,
    receipts: Receipts,
    arrivals: Arc<Arrivals>,
    evidence: Shelf,
    held: Arc<Notify>,
    chance: ring::rand::SystemRandom,
}

impl Intake {
    /// Puts it together.
    #[must_use]
    pub fn new(tools: Tools) -> Self {
        Self {
            tools,
            receipts: Receipts::default(),
            arrivals: Arc::default(),
            evidence: Shelf::default(),
            held: Arc::new(Notify::new()),
            chance: ring::rand::SystemRandom::new(),
        }
    }

    /// What it works with.
    #[must_use]
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// The rules in force now; one judgement uses one of these from start to end.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        self.tools.rules.load_full()
    }

    /// Wakes when a document was put on hold.
    #[must_use]
    pub fn held(&self) -> Arc<Notify> {
        Arc::clone(&self.held)
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Intake({})", self.tools.gateway)
    }
}
