//! `clock confirm`: by the running daemon, or in the store itself while none runs.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::moment;
use super::store;
use crate::client::admin::Admin;
use crate::client::clock::{ClockRequest, ClockView};
use clap::{Args, Subcommand};

/// Commands about the gateway's clock.
#[derive(Debug, Subcommand)]
pub(super) enum Clock {
    /// Xác nhận đồng hồ bị lùi là đúng, để trục nhận tiếp. / Says that a clock which went back is right; intake goes on.
    #[command(after_help = "Ví dụ / Example:\n  \
        lienthong clock confirm --reason \"Máy chủ giờ sai ngày 29/11, đã sửa; đối chiếu với vnix\"\n\n\
        Sửa đồng hồ trước. Xác nhận rồi, thời gian ghi sổ đứng yên cho đến khi đồng hồ đuổi kịp. Xem docs/clocks.md.\n\
        Set the clock right first. Then event time stands still until the clock has come as far. See docs/clocks.md.")]
    Confirm(ClockConfirm),
}

/// Flags of `clock confirm`.
#[derive(Debug, Args)]
pub(super) struct ClockConfirm {
    /// Vì sao đồng hồ bây giờ là đúng. / Why the clock is right now.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
    /// Ai xác nhận. / Who says so.
    #[arg(long, value_name = "TEXT")]
    pub(super) staff: Option<String>,
    /// Không hỏi lại. / Do not ask again.
    #[arg(long)]
    pub(super) yes: bool,
}

pub(super) async fn confirm(console: &Console, asked: &ClockConfirm) -> Result<Exit, Failure> {
    if asked.reason.trim().is_empty() {
        let said = console.text("field-empty", &[]);
        let next = console.text("cli-clock-reason", &[]);
        return Err(Failure::new(Exit::Usage, format!("--reason: {said}")).with_next(next));
    }
    let settings = console.settings()?.settings;
    let admin = Admin::connect(&settings.socket(), console.language).await;
    let failed = |e: &crate::client::ClientError| Failure::client(console.language, e);
    let view = match &admin {
        Some(admin) => Some(admin.clock().await.map_err(|e| failed(&e))?),
        None => store::clock(console, &settings).await?,
    };
    let view = match view {
        Some(view) if view.paused => view,
        runs => {
            if console.json {
                console.json(&runs);
            }
            console.tell("cli-clock-runs", &[]);
            return Ok(Exit::Done);
        }
    };
    show(console, &view);
    if !sure(console, asked)? {
        console.tell("cli-clock-left", &[]);
        return Ok(Exit::Failed);
    }
    let request = ClockRequest {
        last_event: view.last_event.clone(),
        reason: asked.reason.clone(),
        staff: asked.staff.clone(),
    };
    let done = match &admin {
        Some(admin) => admin
            .confirm_clock(&request)
            .await
            .map_err(|e| failed(&e))?,
        None => store::confirm_clock(console, &settings, &request).await?,
    };
    if console.json {
        console.json(&done);
        return Ok(Exit::Done);
    }
    let (position, last) = (done.position.to_string(), moment(&done.last_event));
    let values = [("position", position.as_str()), ("last", last.as_str())];
    console.out(&console.text("cli-clock-confirmed", &values));
    Ok(Exit::Done)
}

/// Both times: that is what is confirmed.
fn show(console: &Console, view: &ClockView) {
    let (last, clock) = (moment(&view.last_event), moment(&view.clock));
    let seconds = view.behind_seconds.to_string();
    let values = [
        ("last", last.as_str()),
        ("clock", clock.as_str()),
        ("seconds", seconds.as_str()),
    ];
    console.tell("cli-clock-back", &values);
}

/// Whether it is to be done: as said before, or asked now.
fn sure(console: &Console, asked: &ClockConfirm) -> Result<bool, Failure> {
    if asked.yes {
        return Ok(true);
    }
    if !console.asks() {
        let said = console.text("cli-clock-unsure", &[]);
        let next = console.text("cli-dead-unsure-next", &[]);
        return Err(Failure::new(Exit::Usage, said).with_next(next));
    }
    Ok(console.sure(&console.text("cli-clock-sure", &[])))
}
