//! Structure + material + time → verdict. Pure: no clock, disk, socket or task.

pub mod algorithms;
mod cache;
pub mod certificate;
pub mod material;
mod name;
pub mod path;
pub mod report;
pub mod revocation;
mod signatures;
pub mod validator;
pub mod verdict;
