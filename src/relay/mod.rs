//! A document's life: its state, the moves, what each command becomes. Pure.

pub mod dead_letter;
pub mod decide;
mod follows;
mod lateness;
pub mod moves;
pub mod state;

pub use decide::{Command, Impossible, decide};
pub use follows::still_follows;
pub use moves::{Asked, Move, Phase, Standing};
pub use state::{
    Attempts, Delivery, Desk, DocumentState, Doubt, Facts, TimelineEntry, TimelineKind, fold,
};
