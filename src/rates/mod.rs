//! Exchange rates: the measures, what each event adds to them, the rates made of them, and what follows from those:
//! targets, comparison, slips. Pure.

mod behind;
pub mod column;
pub mod compare;
pub mod count;
pub mod counts;
pub mod definitions;
pub mod forebears;
pub mod measures;
pub mod one_document;
pub mod recount;
pub mod report;
pub mod slips;
pub mod target;
pub mod tree;

pub use behind::Behind;
pub use count::{Increment, Item, count};
pub use counts::Counts;
pub use definitions::{Better, Definition};
pub use measures::{Counted, Measure};
pub use one_document::OneDocument;

#[cfg(test)]
mod tests;
