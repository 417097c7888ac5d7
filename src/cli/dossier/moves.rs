//! What is done with a dossier after it was registered.

use super::counter::Counter;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::client::dossiers::{AskedItem, DossierMoveRequest};
use clap::Args;
use std::path::PathBuf;

/// Flags of a move.
#[derive(Debug, Args)]
pub(in crate::cli) struct Moved {
    /// Mã số hồ sơ. / Its number.
    id: String,
    /// Lý do. / Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Người làm. / Who does it.
    #[arg(long, value_name = "NAME")]
    staff: Option<String>,
    /// Ghi phiếu có ký số. / Where the signed slip goes.
    #[arg(long, value_name = "FILE")]
    slip_out: Option<PathBuf>,
}

/// Flags of a move that states a reason.
#[derive(Debug, Args)]
pub(in crate::cli) struct MovedWithReason {
    /// Mã số hồ sơ. / Its number.
    id: String,
    /// Lý do. / Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Người làm. / Who does it.
    #[arg(long, value_name = "NAME")]
    staff: Option<String>,
    /// Ghi phiếu có ký số. / Where the signed slip goes.
    #[arg(long, value_name = "FILE")]
    slip_out: Option<PathBuf>,
}

/// Flags of `dossier supplement`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Supplement {
    /// Mã số hồ sơ. / Its number.
    id: String,
    /// Thành phần cần bổ sung, có thể kèm lỗi. / What is asked for, with what is wrong where it is not missing.
    #[arg(long, required = true, value_name = "COMPONENT[:PROBLEM]")]
    component: Vec<String>,
    /// Căn cứ, bắt buộc từ lần thứ hai. / On which ground; needed from the second request on.
    #[arg(long, value_name = "TEXT")]
    ground: Option<String>,
    /// Hướng dẫn thêm. / What is said beside it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Người yêu cầu. / Who asks.
    #[arg(long, value_name = "NAME")]
    staff: Option<String>,
    /// Ghi phiếu có ký số. / Where the signed slip goes.
    #[arg(long, value_name = "FILE")]
    slip_out: Option<PathBuf>,
}

/// Flags of `dossier extend`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Extend {
    /// Ngày hẹn mới. / The new appointment.
    #[arg(long, value_name = "DATE")]
    due: String,
    /// Cho hồ sơ nào, vì sao. / Which dossier, and why.
    #[command(flatten)]
    moved: MovedWithReason,
}

async fn made(
    console: &Console,
    id: &str,
    request: &DossierMoveRequest,
    slip_out: Option<&PathBuf>,
) -> Result<Exit, Failure> {
    let counter = Counter::open(console)?;
    let done = counter.client.move_dossier(id, request).await;
    let done = done.map_err(|e| Failure::client(console.language, &e))?;
    counter.told(console, &done, slip_out.map(PathBuf::as_path))?;
    Ok(Exit::Done)
}

pub(super) async fn plain(console: &Console, asked: &Moved, what: &str) -> Result<Exit, Failure> {
    let request = DossierMoveRequest {
        what: what.to_owned(),
        reason: asked.reason.clone(),
        staff: asked.staff.clone(),
        ..DossierMoveRequest::default()
    };
    made(console, &asked.id, &request, asked.slip_out.as_ref()).await
}

pub(super) async fn with_reason(
    console: &Console,
    asked: &MovedWithReason,
    what: &str,
) -> Result<Exit, Failure> {
    let request = DossierMoveRequest {
        what: what.to_owned(),
        reason: Some(asked.reason.clone()),
        staff: asked.staff.clone(),
        ..DossierMoveRequest::default()
    };
    made(console, &asked.id, &request, asked.slip_out.as_ref()).await
}

pub(super) async fn extend(console: &Console, asked: &Extend) -> Result<Exit, Failure> {
    let moved = &asked.moved;
    let request = DossierMoveRequest {
        what: "extend".to_owned(),
        reason: Some(moved.reason.clone()),
        staff: moved.staff.clone(),
        due: Some(asked.due.clone()),
        ..DossierMoveRequest::default()
    };
    made(console, &moved.id, &request, moved.slip_out.as_ref()).await
}

pub(super) async fn supplement(console: &Console, asked: &Supplement) -> Result<Exit, Failure> {
    let items = asked.component.iter().map(|text| {
        let (component, problem) = match text.split_once(':') {
            Some((component, problem)) => (component, Some(problem.to_owned())),
            None => (text.as_str(), None),
        };
        AskedItem {
            component: component.to_owned(),
            problem,
        }
    });
    let request = DossierMoveRequest {
        what: "supplement".to_owned(),
        reason: asked.reason.clone(),
        staff: asked.staff.clone(),
        items: items.collect(),
        ground: asked.ground.clone(),
        due: None,
    };
    made(console, &asked.id, &request, asked.slip_out.as_ref()).await
}
