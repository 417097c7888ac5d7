//! Signatures in their formats: integrity here, paths in [`super::path`], both proofs together in
//! [`super::verdict`].

pub(in crate::trust) mod asic;
pub(in crate::trust) mod cms;
pub(in crate::trust) mod conclude;
pub(in crate::trust) mod pdf;
mod prefix;
pub(in crate::trust) mod xml;
