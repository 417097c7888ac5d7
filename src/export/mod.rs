//! Reports for people: figures laid out in sheets, and sheets written as XLSX, CSV, HTML, SVG and PDF. It reads nothing but
//! what it is handed, writes bytes and no file, and computes no figure of its own: those come from `rates`.
//!
//! The table follows what national reports look like: a heading of two rows, a row that numbers the columns, and of a
//! rate *a/b* beside the percentage.

pub mod chart;
pub mod csv;
pub mod files;
pub mod forms;
pub mod html;
pub mod league;
#[cfg(feature = "pdf")]
pub mod pdf;
pub mod report;
pub mod sheet;
pub mod sheets;
pub mod shortcomings;
pub mod told;
mod trend;
pub mod xlsx;

pub use report::{Asked, Report, compose};
pub use sheet::{Cell, Head, Row, Sheet};

#[cfg(test)]
mod tests;
