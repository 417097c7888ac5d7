//! The check of signatures: rows of the attack catalogue, made by code.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::too_many_lines,
    reason = "tables of attacks, and helpers that only tests call"
)]

mod archive;
mod archive_v2;
mod asic;
mod asic_xades;
mod at_signing;
mod bounds;
mod cms;
mod countersignature;
mod crl;
mod distrust;
mod evidence;
mod forged;
mod hindsight;
mod hostile;
mod lenient;
mod ocsp;
mod odd;
mod optional_names;
mod payload;
mod pdf;
mod pdf_bombs;
mod pdf_encrypted;
mod pdf_later;
mod pdf_places;
mod pdf_sha1;
mod pdf_styles;
mod pdf_tagged;
mod query;
mod stamping;
mod stamps_later;
mod timestamp;
mod timestamp_bits;
mod together;
mod tsp;
mod world;
mod xades_forged;
mod xades_levels;
mod xades_listed;
mod xml_attacks;
mod xml_beside;
mod xml_costs;
mod xml_good;
mod xml_many;
mod xml_wrapping;
mod zip_attacks;
mod zip_bombs;
