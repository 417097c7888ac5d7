//! PDF, in builds with the feature `pdf`: templates of Typst, set with data in a room that has no door.
//!
//! [`press`] is general: templates, data and drawings go in, the bytes of an archivable PDF come out. [`report`] is what
//! a report hands to it.

mod legible;
pub mod press;
mod report;
mod slip;

pub use press::{PdfError, Printed};
pub use report::{Look, report};
pub use slip::slip;

#[cfg(test)]
mod tests;
