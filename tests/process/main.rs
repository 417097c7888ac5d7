//! The real binary, started, broken and looked at from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a test binary: a failure is a panic, and nobody links against it"
)]

/// Says what was found or left out even where the harness keeps the output of tests to itself.
macro_rules! say {
    ($($words:tt)*) => {{
        let line = format!("{}\n", format_args!($($words)*));
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    }};
}

mod browser;
mod bundle_stamps;
mod clock_confirm;
mod dead_letters;
mod delivery_kills;
mod demo;
mod dossier_counters;
mod dossier_figures;
mod dossier_life;
mod dossiers;
mod erase;
mod evidence;
#[path = "../it/server/expire.rs"]
mod expire;
mod expiry;
mod expiry_many;
mod faults;
mod faults_endless;
mod faults_inside;
mod faults_on_disk;
mod findings;
mod folder;
mod folder_hostile;
mod folder_inbox;
mod folder_inbox_kills;
mod folder_kills;
mod folder_odd;
mod folder_recall;
mod full_disk;
mod guide;
mod identity;
mod journal;
mod kills;
mod late;
mod life_journal;
mod lives;
mod openssl_stamps;
mod out_of_space;
mod periods;
mod power_cut;
mod private;
mod proxy;
mod reached;
mod rebuild;
mod receipts;
mod receipts_first;
#[allow(dead_code, reason = "what other tests use of it")]
#[path = "../it/server/receiver.rs"]
mod receiver;
mod registers;
mod retention_kills;
mod round_trip;
mod sent_again;
mod smtp;
mod stamps;
mod stamps_rewritten;
mod stored;
mod successors;
mod support;
mod survey;
mod terminate;
mod twice;
mod volume;
mod whole;
mod whole_clock;
mod whole_folder;
mod whole_full;
mod whole_lines;
mod whole_power;
mod year;
