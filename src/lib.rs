//! `lienthong`: a gateway that relays signed documents between agencies, judges their signatures,
//! proves delivery with signed receipts, and counts every unit's exchange rate.
//!
//! The floors, lowest first; a module uses only lower ones (`tests/floors.rs` proves it):
//!
//! - 0 [`model`]: words.
//! - 1 [`format`]: bytes into structure.
//! - 2 [`trust`]: structure, material and time into verdicts.
//! - 4 [`rates`]: what is counted.
//! - 5 [`relay`]: a document's life.
//! - 7 [`store`]: the event log, its projections and the bodies.

pub mod format;
pub mod model;
pub mod rates;
pub mod relay;
pub mod store;
pub mod trust;
