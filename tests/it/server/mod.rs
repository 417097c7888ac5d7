//! The exchange interface without a socket: requests go to the router as the listener would hand
//! them over, with the client's certificate beside them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::arithmetic_side_effects,
    missing_debug_implementations,
    unreachable_pub,
    reason = "helpers of tests, which the test settings of clippy do not reach"
)]

mod attacks;
mod bad_input;
mod books;
mod bundle;
mod clocks;
mod daemon;
mod dead_letters;
mod delivery;
mod door;
mod dossiers;
mod erase;
mod evidence;
pub mod expire;
mod expiry;
mod fetching;
mod figure_rows;
mod findings;
mod late;
mod life;
mod races;
mod receiver;
mod register;
mod retention;
pub mod schema;
mod statements;
mod successors;
mod ties;
mod walk;
mod world;
