//! Taking documents in: from a staged document to a committed event with a signed receipt, and the
//! moves of recipients. Decides nothing itself: `judge` and `policy` judge, `relay` decides.
//!
//! Nothing is acknowledged before the commit returned, and a receipt is signed only after it.

mod addressed;
mod arrivals;
mod bundle;
mod clock;
mod content;
mod dead_letters;
mod dossiers;
mod erase;
mod evidence;
mod expire;
mod findings;
mod held_back;
mod moves;
mod notes;
mod offer;
mod periods;
mod receipts;
mod register;
mod stamps;
mod surveys;
mod ties;
mod withdraw;

pub use addressed::NoRecipient;
pub use arrivals::Pushing;
pub use bundle::{Bundle, BundleError, Draft, Part};
pub use clock::{ConfirmError, Confirmation, Confirmed, confirm_clock};
pub use dead_letters::{DeskAct, DeskActed, DeskMove};
pub use dossiers::{
    Act, DossierErased, DossierError, DossierMoved, DossierOffer, DossierOutcome, JudgeDossier,
    Settled, Words, judged, settle,
};
pub use erase::{EraseError, EraseOrder, ErasedContent, Part as ErasedPart, erase};
pub use expire::{Expiry, Lines, RanOut};
pub use findings::{
    ClosingDraft, ClosingWords, EvidenceFile, FindingDraft, FindingError, FindingTools,
    FindingWords, Found, FoundFile, MAX_EVIDENCE, MAX_FILE_BYTES, MAX_ITEMS, MAX_OWNER,
    closing_words, finding_words,
};
pub use moves::{Answer, MoveError, Moved};
pub use notes::{MAX_REASON, Note};
pub use offer::{Offer, OfferError, Outcome, admit, request_digest};
pub use periods::{CloseError, Closed, read_statement};
pub use receipts::{SealError, Sealer};
pub use register::{
    Imported, MAX_ENTRIES, MAX_SOURCE, RegisterDays, RegisterError, RegisterLine, RegisterTools,
};
pub use stamps::{NewStamp, StampError};
pub use surveys::{LineProblem, SurveyError};
pub use ties::{TieError, TieProblem};
pub use withdraw::{Withdraw, Withdrawn};

use crate::clock::Clock;
use crate::dossier::{DossierRules, Procedures};
use crate::judge::Judge;
use crate::model::{DocumentId, Timestamp};
use crate::policy::Rules;
use crate::store::{Ledger, Vault};
use arc_swap::ArcSwap;
use arrivals::Arrivals;
use evidence::Shelf;
use receipts::Receipts;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use std::sync::Arc;
use tokio::sync::{Mutex, Notify};
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
    /// The published procedures.
    pub procedures: Arc<ArcSwap<Procedures>>,
    /// What the texts say of the clock of dossiers.
    pub dossier_rules: Arc<ArcSwap<DossierRules>>,
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
    /// One period is closed at a time.
    closing: Mutex<()>,
    stated: periods::Stated,
    surveys: surveys::Pool,
    chance: SystemRandom,
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
            closing: Mutex::default(),
            stated: periods::Stated::default(),
            surveys: surveys::Pool::default(),
            chance: SystemRandom::new(),
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

/// An identifier that nothing has yet.
fn new_id(chance: &SystemRandom, at: Timestamp) -> DocumentId {
    let mut bytes = [0u8; 10];
    // The system's generator fails only before the kernel has gathered any chance at boot; the
    // commit's guard then refuses a repeated identifier of a document.
    let _ = chance.fill(&mut bytes);
    DocumentId::new(at, bytes)
}
