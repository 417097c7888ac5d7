//! Findings: how they are shown, and reminding of them.

mod letter;
mod reminders;
mod show;

pub use reminders::{Looked, RemindError, Reminded, ReminderDays, Reminders, remind};
pub use show::{finding_item_view, finding_view};
