//! The life of a dossier after it was handed in: the ten national statuses and the moves between them as one table, the
//! state that its events fold to, and what may follow. Pure: moments, appointments and digests are handed in.
//!
//! A supplement is asked for once and completely (NĐ 61/2018/NĐ-CP Điều 17 khoản 2 điểm a); a further request needs a
//! ground of its own and is counted. There is another appointment at most once (Điều 19 khoản 9).

mod decide;
mod fold;
mod moves;
mod state;
#[cfg(test)]
mod tests;

pub use decide::{Again, Command, Decided, Impossible, MAX_RECORDS, decide};
pub use fold::fold;
pub use moves::{Step, possible, step};
pub use state::{DossierState, Entry, EntryKind, Erasure};
