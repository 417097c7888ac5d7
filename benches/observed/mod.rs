//! Time and memory of one judgement, for a process that does nothing else.

use std::time::Instant;

/// Runs something; its wall time in milliseconds and by how many megabytes the high-water mark of
/// memory rose over what was resident before.
pub(crate) fn observed<T>(run: impl FnOnce() -> T) -> (f64, f64, T) {
    // Resets the high-water mark to what is resident now (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5").expect("reset");
    let before = kilobytes("VmRSS:");
    let begun = Instant::now();
    let done = run();
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    let grown = kilobytes("VmHWM:") - before;
    (took, grown.max(0.0) / 1024.0, done)
}

fn kilobytes(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = status
        .lines()
        .find(|line| line.starts_with(field))
        .expect("a field");
    let number = line.split_whitespace().nth(1).expect("a number");
    number.parse().expect("a number")
}
