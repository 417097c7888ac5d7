//! Exchange rates: the measures, and what each event adds to them. Pure.

pub mod count;
pub mod measures;

pub use count::{Increment, count};
pub use measures::{Counts, Measure};
