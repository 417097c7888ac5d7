//! Which parts of the code an input reaches, if this build counts it (`tests/fuzz/guided` makes such
//! a build; the compiler then puts a counter at every edge of our own code).

#[cfg(fuzzing)]
mod counted {
    #![allow(
        unsafe_code,
        reason = "the counters are a section of this program, which only pointers name"
    )]

    use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

    static START: AtomicPtr<AtomicU8> = AtomicPtr::new(std::ptr::null_mut());
    static LENGTH: AtomicUsize = AtomicUsize::new(0);

    /// LLVM's SanitizerCoverage calls it before `main` for every module, with the whole section.
    ///
    /// # Safety
    /// `start` and `stop` bound memory that lives as long as the program.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, stop: *mut u8) {
        START.store(start.cast(), Ordering::Relaxed);
        LENGTH.store(stop.addr() - start.addr(), Ordering::Relaxed);
    }

    pub(super) fn counters() -> &'static [AtomicU8] {
        let start = START.load(Ordering::Relaxed);
        if start.is_null() {
            return &[];
        }
        // SAFETY: the section is there from before `main` until the end, and a byte that is counted
        // while it is read may be read as an atomic one.
        unsafe { std::slice::from_raw_parts(start, LENGTH.load(Ordering::Relaxed)) }
    }
}

use std::sync::atomic::{AtomicU8, Ordering};

fn counters() -> &'static [AtomicU8] {
    #[cfg(fuzzing)]
    return counted::counters();
    #[cfg(not(fuzzing))]
    return &[];
}

/// What was reached so far: per edge, in which orders of magnitude it was passed.
pub(crate) struct Coverage {
    seen: Vec<u8>,
    pub(crate) edges: usize,
}

impl Coverage {
    pub(crate) fn new() -> Self {
        Self {
            seen: vec![0; counters().len()],
            edges: 0,
        }
    }

    /// Whether this build counts at all.
    pub(crate) fn counts(&self) -> bool {
        !self.seen.is_empty()
    }

    /// Begins anew for the next input.
    pub(crate) fn reset() {
        for counter in counters() {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// Whether the input since [`Coverage::reset`] reached something new.
    pub(crate) fn grew(&mut self) -> bool {
        let mut grew = false;
        for (seen, counter) in self.seen.iter_mut().zip(counters()) {
            let bit = match counter.load(Ordering::Relaxed) {
                0 => continue,
                1 => 1,
                2 => 2,
                3 => 4,
                4..=7 => 8,
                8..=15 => 16,
                16..=31 => 32,
                32..=127 => 64,
                128.. => 128,
            };
            if *seen & bit == 0 {
                self.edges += usize::from(*seen == 0);
                *seen |= bit;
                grew = true;
            }
        }
        grew
    }
}
