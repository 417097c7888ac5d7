//! `lienthong`: a gateway that relays signed documents between agencies, judges their signatures,
//! proves delivery with signed receipts, and counts every unit's exchange rate.
//!
//! The floors, lowest first; a module uses only lower ones (`tests/floors.rs` proves it):
//!
//! - 0 [`model`]: words.
//! - 1 [`mod@format`]: bytes into structure.
//! - 2 [`trust`]: structure, material and time into verdicts.
//! - 3 [`registry`]: units and the keys bound to them.
//! - 4 [`policy`]: verdicts into a decision. [`rates`]: what is counted. [`register`]: what was
//!   issued on paper.
//! - 5 [`relay`]: a document's life. [`dossier`]: published lists, what is missing and what is surplus. [`seal`]: what receipts say.
//! - 6 [`clock`]. [`telemetry`]: logs and the names of all metrics. [`shelf`]: content-addressed
//!   files.
//! - 7 [`config`]: what the operator decided. [`keys`]: what the gateway signs and issues.
//!   [`lang`]: sentences in Vietnamese and English.
//!   [`store`]: the event log, its projections and the bodies. [`client`]: `/v1`, typed.
//!   [`mod@fetch`]: CRLs, OCSP responses and issuers' certificates over HTTP. [`mail`]: letters.
//! - 8 [`judge`]: judging, on fixed threads. [`export`]: reports as XLSX, CSV, SVG and HTML.
//! - 9 [`intake`]: from a staged document to a committed event with its receipt. [`agent`]: the
//!   watched folder of an office, a client like any other.
//! - 10 [`upkeep`]: what is done without being asked. [`delivery`]: push and webhook.
//! - 11 [`http`]: `/v1`, operations, administration. [`web`]: the page of totals.
//! - 12 [`app`]: the daemon. [`forge`]: throw-away authorities and signed files, for the demo,
//!   tests and benches.
//! - 13 [`demo`]: the main job, run before one's eyes.
//! - 14 [`cli`]: the command line.

pub mod agent;
pub mod app;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod demo;
pub mod dossier;
pub mod export;
pub mod fetch;
pub mod forge;
pub mod format;
pub mod http;
pub mod intake;
pub mod judge;
pub mod keys;
pub mod lang;
pub mod mail;
pub mod model;
pub mod policy;
pub mod rates;
pub mod register;
pub mod registry;
pub mod relay;
pub mod seal;
pub mod shelf;
pub mod store;
pub mod telemetry;
pub mod trust;
pub mod upkeep;
pub mod web;
