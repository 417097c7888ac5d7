//! Revocation evidence (RFC 5280 §5): what it says, and whether it may be used.

pub mod crl;
