//! Tests through the library's public face, one binary since each one links everything.

#![allow(missing_docs, reason = "a test binary has no readers of documentation")]

mod cli;
mod counting;
mod server;
mod trust;
