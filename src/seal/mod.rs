//! What receipts and statements say and how they are checked; the signing itself is in `keys`. Pure.

pub mod audit;
pub mod dossier;
mod facts;
pub mod json;
pub mod nil;
pub mod receipt;
pub mod statement;
mod verify;

pub use verify::{
    Beside, Brought, MAX_RECEIPT, Sealed, Unsigned, brought, kept_statement, nil_statement,
    signature_value, verify_detached, verify_nil, verify_sealed, verify_slip, with_unsigned,
};
