//! The forms of the one-stop mechanism: what a citizen and a counter are handed on paper.
//!
//! TT 03/2025/TT-VPCP Phụ lục I numbers them 01 to 07; TT 01/2018/TT-VPCP, for dossiers of its time, 01 to 06 without the
//! notice of a stop. What is in a form is handed in ([`Slip`]); [`compose`] words it, and one wording is written as HTML
//! ([`html::page`]) and, with the feature `pdf`, as PDF. Nothing here reads a dossier, a clock or a key, and nothing of a
//! form is ever markup.

mod compose;
pub mod html;
mod laid;
mod qr;
mod slip;
#[cfg(test)]
pub(super) mod tests;

pub use compose::compose;
pub use laid::{Block, Heading, Laid, Signature};
pub use qr::{NoCode, svg};
pub use slip::{
    About, Apology, Applicant, BookRow, Control, Edition, FormKind, Handed, Intake, Issuer,
    Refusal, Register, Returned, Said, Slip, Step, Stop, Supplement, Wanted,
};
