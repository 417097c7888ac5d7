//! The binary: arguments, runtime, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Without a provider the first TLS connection panics; ring is the only one built in. It fails
    // only if one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    lienthong::cli::run()
}
