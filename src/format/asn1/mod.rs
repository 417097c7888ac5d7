//! ASN.1: a borrowed reader for BER and DER that keeps original ranges, and a writer of DER
//! (X.690). Nothing is judged here.

pub mod oid;
pub mod read;
pub mod values;
pub mod write;
