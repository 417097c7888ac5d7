//! A document's life: its state, the moves, what each command becomes. Pure.

pub mod decide;
mod lateness;
pub mod moves;
pub mod state;

pub use decide::{Command, Impossible, decide};
pub use state::{Delivery, DeliveryState, DocumentState, Doubt, TimelineEntry, TimelineKind, fold};
