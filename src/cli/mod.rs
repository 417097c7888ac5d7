//! The command line: data on stdout, talk on stderr, the exit codes of the interface.
//!
//! Commands of an office (send, inbox, receive, answer, status) speak to a gateway through a
//! profile; those of an administrator change files and tell the running daemon over its socket;
//! `verify` and `receipt verify` need neither. Nothing here judges or decides.

mod args;
mod audit;
mod bars;
mod books;
mod bundle;
mod check;
mod check_authority;
mod check_delivery;
mod clock;
mod console;
mod dead_letters;
mod document;
mod dossier;
mod evidence;
mod failure;
mod figure_rows;
mod figures;
mod finding;
mod folder;
mod init;
mod inspection;
mod notices;
mod office;
mod payload;
mod period;
mod place;
#[cfg(feature = "pdf")]
mod printed;
mod procedure;
mod receipt;
mod receive;
mod register;
mod report;
mod retention;
mod rules;
mod run;
mod search;
mod send;
mod serve;
mod stamps;
mod statements;
mod store;
mod trust;
mod unit;
mod unit_delivery;
mod unit_import;
mod unit_keys;
mod usage;
mod verify;
mod withdraw;

pub use run::run;
