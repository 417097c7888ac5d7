//! Exchange rates: the measures, what each event adds to them, and the rates made of them. Pure.

pub mod count;
pub mod measures;
pub mod recount;
pub mod report;

pub use count::{Increment, count};
pub use measures::{Counted, Counts, Measure};
