//! A document's life: its state, the moves, what each command becomes. Pure.

mod clocks;
pub mod dead_letter;
pub mod decide;
mod follows;
mod lateness;
pub mod moves;
pub mod state;
mod told;

pub use clocks::{Clocks, Running, Waits};
pub use decide::{Command, Impossible, decide};
pub use follows::still_follows;
pub use moves::{Asked, Move, Phase, Standing};
pub use state::{
    Attempts, Content, Delivery, Desk, DocumentState, Doubt, Erasure, Facts, Open, TimelineEntry,
    TimelineKind, fold,
};
pub use told::told;
