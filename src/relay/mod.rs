//! A document's life: its state, the moves, what each command becomes. Pure.

pub mod state;

pub use state::{Delivery, DeliveryState, DocumentState, TimelineEntry};
