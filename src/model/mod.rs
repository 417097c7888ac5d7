//! Words: identifiers, digests, unit codes, document numbers, time, working days, statuses, reasons,
//! events.
//!
//! Everything is parsed once, at the edge, into one of these types; above this floor nothing
//! carries raw strings for them. The module never reads a clock and never allocates an identifier:
//! time and chance are handed in.

pub mod calendar;
pub mod digest;
pub mod dossier;
pub mod event;
pub mod host_port;
pub mod id;
pub mod indication;
pub mod language;
pub mod number;
pub mod period;
pub mod reason;
pub mod simulated;
pub mod status;
pub mod survey;
mod text;
pub mod time;
pub mod unit_code;
pub mod urgency;

pub use calendar::{Calendar, CalendarError};
pub use digest::{Digest, Hasher};
pub use dossier::{DossierNumber, DossierStatus};
pub use event::Event;
pub use host_port::HostPort;
pub use id::{DocumentId, Position};
pub use indication::{Disposition, Indication, SubIndication};
pub use language::Language;
pub use number::{CodeNotation, CodeNumber, DocumentKey};
pub use period::{Period, PeriodKind};
pub use reason::{Reason, ReasonCode};
pub use status::Status;
pub use text::{bare, inert, is_blank, is_hidden, nfc, search_words, unmarked};
pub use time::{LocalDay, Month, Timestamp};
pub use unit_code::UnitCode;
pub use urgency::Urgency;
