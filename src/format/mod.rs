//! Bytes into structure; nothing is judged here.

pub mod allowance;
pub mod asic;
pub mod asn1;
pub mod cms;
pub mod content;
pub mod envelope;
pub mod json;
pub mod limits;
pub mod pdf;
pub mod tsp;
pub mod uri;
pub mod x509;
pub mod xml;
pub mod zip;
