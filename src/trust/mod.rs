//! Structure + material + time → verdict. Pure: no clock, disk, socket or task.

pub mod report;
pub mod verdict;
