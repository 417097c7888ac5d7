//! Structures that certificates and CRLs share (RFC 5280 §4.2.1.6, §4.2.1.13).

pub mod distribution_point;
pub mod extension;
pub mod general_name;
