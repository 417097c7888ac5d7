//! CMS SignedData (RFC 5652): structure only. Reading keeps original ranges; writing gives DER.

pub mod read;
pub mod write;
