//! The limit of open files, raised towards what the configured connections need.

/// Descriptors beside connections: log, bodies, index, rates, libraries, one per staged upload.
const OTHERS: u64 = 1024;

/// Raises the soft limit as far as the hard one allows, and says if that is not enough.
pub(super) fn raise_limit(connections: usize) {
    let connections = u64::try_from(connections).unwrap_or(u64::MAX);
    let wanted = connections.saturating_mul(2).saturating_add(OTHERS);
    let reached = raise(wanted);
    if reached < wanted {
        tracing::warn!(
            wanted,
            reached,
            "the limit of open files is low (ulimit -n)"
        );
    }
}

#[allow(
    unsafe_code,
    reason = "getrlimit and setrlimit have no safe form among the dependencies; both only read or \
              write the one structure that is handed to them"
)]
fn raise(wanted: u64) -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid, exclusively borrowed structure.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } != 0 {
        return 0;
    }
    if limit.rlim_cur >= wanted {
        return limit.rlim_cur;
    }
    let before = limit.rlim_cur;
    limit.rlim_cur = wanted.min(limit.rlim_max);
    // SAFETY: as above; it is only read.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) } == 0 {
        limit.rlim_cur
    } else {
        before
    }
}
