//! What the operator decided: `lienthong.toml`, `units.toml`, `algorithms.toml`, `holidays.toml`,
//! `dossier-rules.toml` and the folders under `certs/`.
//!
//! Strict: an unknown key is an error with line, column and caret. Order of sources: environment
//! (`LIENTHONG__SECTION__KEY`), file, default; every effective value knows where it came from. All
//! rules are loaded whole or not at all. The environment is read here and nowhere else.

pub mod algorithms;
mod domain;
pub mod dossier_rules;
mod folder;
pub mod holidays;
mod material;
mod mistake;
pub mod procedures;
mod read;
pub mod registry;
mod replace;
mod rules;
mod sample;
mod seen;
mod settings;
mod sources;
pub mod targets;

pub use domain::to_toml as constraints_to_toml;
pub use material::{load_beside, load_installed, load_judging, load_material};
pub use mistake::{ConfigError, Mistake};
pub use read::{load, load_with};
pub use rules::{
    find_issuer, issued_by, load_folder, load_rules, load_rules_after, read_certificates,
};
pub use sample::{Answers, from_sample};
pub use seen::SeenCrls;
pub use settings::{
    DeliverySettings, FetchSettings, Limits, Loaded, MailServer, MailSettings, MailTls, MailWay,
    PublicSettings, Schedule, Settings, TimestampSettings,
};
pub use sources::{Effective, Environment, Source, find};
