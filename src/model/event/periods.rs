//! What happens to periods of reports.

use crate::model::{Digest, Period, Position, UnitCode};

/// A period was closed, or its statement corrected: its figures stand in a signed statement that nothing changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeriodClosed {
    /// The period.
    pub period: Period,
    /// Which statement of that period: 1 closes it, those behind it are corrections.
    pub number: u32,
    /// The last record counted into it.
    pub position: Position,
    /// The log's hash-chain head at that record.
    pub chain: Digest,
    /// SHA-256 of what the statement says (canonical JSON).
    pub statement: Digest,
    /// The body that holds it as signed (DER of the CMS SignedData).
    pub sealed: Digest,
    /// The statement of this period that it corrects; `None` for the first.
    pub corrects: Option<Digest>,
    /// The statement before it, of whatever period; `None` for the first of the log.
    pub previous: Option<Digest>,
    /// Who closed it: a unit's code, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}
