//! What has to be done without being asked: reloading rules, watching `certs/crl/`, judging held
//! documents again, ending holds at their deadline, judging large documents after their answer,
//! looking for revocations that come late, having the log stamped, ending what waited for too long, and
//! taking erased content off the medium.
//!
//! Nothing is remembered here that a restart would lose: what is held is in the log.

mod again;
mod clocks;
mod erased;
mod evidence;
mod findings;
mod held;
mod history;
mod keeping;
mod late;
mod periods;
mod recount;
mod recounting;
mod reload;
mod reports;
mod stamp;
mod watch;

pub use clocks::{Keeper, Named, Standing, Standings, Stuck};
pub use erased::erased_view;
pub use evidence::refresh;
pub use findings::{
    Looked, RemindError, Reminded, ReminderDays, Reminders, finding_item_view, finding_view, remind,
};
pub use held::Held;
pub use history::{concerned, history};
pub use keeping::{Keeping, plan as retention_plan};
pub use late::Late;
pub use periods::{stated_rates, statement_content, statement_view};
pub use recount::{RecountOf, recount, recount_of};
pub use recounting::{Recounted, Recounter, Recounts};
pub use reload::{Load, ReloadError, Reloader};
pub use reports::{ScheduleError, Scheduled, due_periods};
pub use stamp::{
    AskError, Authority, Failing, Granted, StampingError, Stamps, check as check_stamps,
    check_gathering as check_stamps_gathering, proof as stamp_proof, status as log_status,
};
pub use watch::watch_folder;
