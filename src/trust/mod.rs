//! Structure + material + time → verdict. Pure: no clock, disk, socket or task.

pub mod algorithms;
pub mod anchor;
pub mod at_signing;
mod cache;
pub mod certificate;
pub mod changes;
pub mod evidence;
pub mod hindsight;
mod level;
pub mod material;
pub mod name;
pub mod path;
pub mod payload;
pub mod report;
pub mod revocation;
mod signatures;
mod supplied;
pub mod survey;
pub mod timestamp;
pub mod validator;
pub mod verdict;

pub use signatures::xml::{SignedNodes, SignedPart, verified_under};
