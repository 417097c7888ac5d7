//! `document erase`: by the running daemon, or in the store itself while none runs.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::{document_id, moment};
use super::store;
use crate::client::ClientError;
use crate::client::admin::Admin;
use crate::client::erase::{EraseRequest, ErasedBodyView, ErasedView};
use crate::intake::EraseOrder;
use crate::lang;
use clap::{ArgGroup, Args, Subcommand};

/// Commands about one document.
#[derive(Debug, Subcommand)]
pub(super) enum Document {
    /// Xóa ngay nội dung theo lệnh của người có thẩm quyền; ghi lại căn cứ. / Erases content at once, by order.
    #[command(after_help = "Ví dụ / Examples:\n  \
        lienthong document erase 0193… --file 2 --basis \"QĐ 15/QĐ-STTTT ngày 02/11/2026: lộ dữ liệu cá nhân\"\n  \
        lienthong document erase 0193… --all --reports --basis \"…\"\n\n\
        Biên nhận, kết luận, sự kiện và số liệu vẫn còn. Không lấy lại được. Xem docs/retention.md.\n\
        Receipts, verdicts, events and figures stay. It cannot be undone. See docs/retention.md.")]
    Erase(DocumentErase),
}

/// Flags of `document erase`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["file", "all", "reports"])))]
pub(super) struct DocumentErase {
    /// Mã văn bản. / Document id.
    pub(super) id: String,
    /// Tệp thứ mấy, từ 1; nêu được nhiều lần. / A file by its number from 1; may repeat.
    #[arg(long, value_name = "N", conflicts_with = "all")]
    pub(super) file: Vec<usize>,
    /// Mọi tệp, phong bì và lời lẽ của các lần trả lời. / Every file, the envelope, and the words of its moves.
    #[arg(long)]
    pub(super) all: bool,
    /// Cả báo cáo kiểm tra chữ ký, có tên tệp và tên người ký. / Reports of judgements too: they name files and
    /// signers.
    #[arg(long)]
    pub(super) reports: bool,
    /// Căn cứ: ai quyết định, theo văn bản nào. / Who ordered it, and by what right.
    #[arg(long, value_name = "TEXT")]
    pub(super) basis: String,
    /// Không hỏi lại. / Do not ask again.
    #[arg(long)]
    pub(super) yes: bool,
}

pub(super) async fn erase(console: &Console, asked: &DocumentErase) -> Result<Exit, Failure> {
    let id = document_id(console, &asked.id)?;
    if asked.basis.trim().is_empty() {
        let next = console.text("cli-erase-basis", &[]);
        let said = console.text("field-empty", &[]);
        return Err(Failure::new(Exit::Usage, format!("--basis: {said}")).with_next(next));
    }
    if !sure(console, asked)? {
        console.tell("cli-erase-left", &[]);
        return Ok(Exit::Failed);
    }
    let settings = console.settings()?.settings;
    let view = match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => {
            let request = EraseRequest {
                files: asked.file.clone(),
                all: asked.all,
                reports: asked.reports,
                basis: asked.basis.clone(),
            };
            let done = admin.erase(id, &request).await;
            done.map_err(|e| failed(console, &asked.id, &e))?
        }
        None => {
            let order = EraseOrder {
                document: id,
                files: asked.file.clone(),
                all: asked.all,
                reports: asked.reports,
                basis: asked.basis.clone(),
            };
            store::erase(console, &settings, &order).await?
        }
    };
    if console.json {
        console.json(&view);
    } else {
        show(console, &view);
    }
    Ok(Exit::Done)
}

/// Whether it is to be done: as said before, or asked now. What cannot be undone is never done unasked.
fn sure(console: &Console, asked: &DocumentErase) -> Result<bool, Failure> {
    if asked.yes {
        return Ok(true);
    }
    if !console.asks() {
        let said = console.text("cli-erase-unsure", &[("id", &asked.id)]);
        let next = console.text("cli-dead-unsure-next", &[]);
        return Err(Failure::new(Exit::Usage, said).with_next(next));
    }
    console.tell("cli-erase-warning", &[]);
    Ok(console.sure(&console.text("cli-erase-sure", &[])))
}

fn failed(console: &Console, id: &str, error: &ClientError) -> Failure {
    // The body was made here: what is wrong with it stood on the command line.
    if let ClientError::Problem(problem) = error
        && problem.code == "bad_body"
    {
        let wrong = problem.errors.iter();
        let wrong = wrong.map(|field| lang::visible(&field.detail));
        let said = wrong.collect::<Vec<_>>().join("; ");
        let next = console.text("cli-erase-next", &[("id", id)]);
        return Failure::new(Exit::Failed, said).with_next(next);
    }
    Failure::client(console.language, error)
}

fn show(console: &Console, view: &ErasedView) {
    for body in &view.bodies {
        console.out(&line(console, body));
    }
    let (position, at) = (view.position.to_string(), moment(&view.at));
    let values = [
        ("id", view.id.as_str()),
        ("position", position.as_str()),
        ("at", at.as_str()),
    ];
    console.tell("cli-erased", &values);
    if view.repeated {
        console.tell("cli-erased-before", &[]);
    }
    if view.waiting > 0 {
        let count = view.waiting.to_string();
        console.tell("cli-erased-waiting", &[("count", &count)]);
    }
    if !view.undelivered.is_empty() {
        let units = view.undelivered.join(", ");
        console.tell("cli-erased-undelivered", &[("units", &units)]);
    }
    console.tell("cli-erased-copies", &[]);
}

fn line(console: &Console, body: &ErasedBodyView) -> String {
    let n = body.n.map(|n| n.to_string());
    let values: Vec<(&str, &str)> = n.iter().map(|n| ("n", n.as_str())).collect();
    let part = console.text(&format!("cli-erased-{}", body.part), &values);
    let stays = match body.elsewhere {
        true => format!(" — {}", console.text("cli-erased-elsewhere", &[])),
        false => String::new(),
    };
    format!("{part}  {}{stays}", body.sha256)
}
