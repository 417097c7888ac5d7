//! Revocation evidence (RFC 5280 §5): what it says, and whether it may be used.

pub mod crl;
pub mod ocsp;
pub mod reason;
pub(in crate::trust) mod signatures;
pub(in crate::trust) mod status;
