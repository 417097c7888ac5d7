//! What a receipt says and how it is checked; the signing itself is in `keys`. Pure.

mod facts;
pub mod json;
pub mod receipt;
mod verify;

pub use verify::{
    Beside, Brought, MAX_RECEIPT, Unsigned, brought, signature_value, verify_detached,
    with_unsigned,
};
