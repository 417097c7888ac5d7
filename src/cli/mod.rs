//! The command line: data on stdout, talk on stderr, the exit codes of the interface.
//!
//! Commands of an office (send, inbox, receive, answer, status) speak to a gateway through a
//! profile; those of an administrator change files and tell the running daemon over its socket;
//! `verify` and `receipt verify` need neither. Nothing here judges or decides.

mod args;
mod bundle;
mod check;
mod check_authority;
mod check_delivery;
mod console;
mod dead_letters;
mod document;
mod evidence;
mod failure;
mod figures;
mod folder;
mod init;
mod notices;
mod office;
mod payload;
mod receipt;
mod receive;
mod retention;
mod rules;
mod run;
mod send;
mod serve;
mod stamps;
mod store;
mod trust;
mod unit;
mod unit_delivery;
mod unit_keys;
mod verify;
mod withdraw;

pub use run::run;
