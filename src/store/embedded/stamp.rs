//! The stamp of the rates: whose they are and whether they may be used as they stand. sled keeps
//! its promises over a killed process, not over a lost kernel (`storage.md` of the design, §2), so
//! after another boot without a clean stop they are made anew.

use super::log::LogId;
use crate::model::digest::to_hex;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Changes whenever the form of keys or values changes.
const FORMAT: u32 = 4;

/// Whether what lies in `dir` may be used.
pub(in crate::store) fn usable(dir: &Path, id: &LogId) -> bool {
    let found = fs::read_to_string(dir.join("stamp")).unwrap_or_default();
    found == text(id, true) || found == text(id, false)
}

/// Writes the stamp: durably, under its name at once or not at all.
pub(in crate::store) fn write(dir: &Path, id: &LogId, clean: bool) -> io::Result<()> {
    let new = dir.join("stamp.new");
    let mut file = File::create(&new)?;
    file.write_all(text(id, clean).as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, dir.join("stamp"))?;
    File::open(dir)?.sync_all()
}

fn text(id: &LogId, clean: bool) -> String {
    let boot = if clean { String::new() } else { boot_id() };
    let log = to_hex(id);
    format!("format {FORMAT}\nlog {log}\nclean {clean}\nboot {boot}\n")
}

/// The kernel's name for this boot; where there is none, only a clean stop is believed.
fn boot_id() -> String {
    let found = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    if found.trim().is_empty() {
        return format!("none, process {}", std::process::id());
    }
    found.trim().to_owned()
}
