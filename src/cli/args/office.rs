//! Flags of what a document office does: sends, receives, answers, withdraws.

use super::seconds;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Flags of `send`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Send {
    /// Tệp: văn bản trước, phụ lục sau. / Files: the document first, then annexes.
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Nơi nhận. / Recipients.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(in crate::cli) to: Vec<String>,
    /// Phong bì JSON thay cho các cờ. / The envelope (JSON) instead of flags.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "number", "notation", "subject", "annex", "signature"])]
    pub(in crate::cli) envelope: Option<PathBuf>,
    /// Số. / Number.
    #[arg(long)]
    pub(in crate::cli) number: Option<String>,
    /// Ký hiệu. / Notation.
    #[arg(long)]
    pub(in crate::cli) notation: Option<String>,
    /// Trích yếu. / Subject.
    #[arg(long)]
    pub(in crate::cli) subject: Option<String>,
    /// Ngày ban hành. / Promulgation date [default: today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) promulgated: Option<String>,
    /// Tên loại. / Type.
    #[arg(long = "type", default_value = "Công văn")]
    pub(in crate::cli) kind: String,
    /// normal, urgent, very_urgent, flash, flash_timed.
    #[arg(long, default_value = "normal")]
    pub(in crate::cli) urgency: String,
    /// none, confidential, secret, top_secret.
    #[arg(long, default_value = "none")]
    pub(in crate::cli) secrecy: String,
    /// Người ký. / Who signed.
    #[arg(long, default_value = "")]
    pub(in crate::cli) signer: String,
    /// Chức vụ. / Position of the signer.
    #[arg(long, default_value = "")]
    pub(in crate::cli) position: String,
    /// TM., KT., TL., TUQ., Q.
    #[arg(long, default_value = "")]
    pub(in crate::cli) competence: String,
    /// Hạn trả lời. / When an answer is due.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) due: Option<String>,
    /// Có bản giấy gửi sau. / A paper copy follows.
    #[arg(long)]
    pub(in crate::cli) paper_follows: bool,
    /// Cập nhật cho văn bản này. / The document that this one brings up to date.
    #[arg(long, value_name = "ID", conflicts_with = "envelope")]
    pub(in crate::cli) updates: Option<String>,
    /// Thay thế các văn bản này. / The documents that this one replaces.
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        conflicts_with = "envelope"
    )]
    pub(in crate::cli) replaces: Vec<String>,
    /// Phụ lục. / An annex.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) annex: Vec<PathBuf>,
    /// Chữ ký rời của một tệp. / The detached signature of a file.
    #[arg(long, value_name = "FILE:OF")]
    pub(in crate::cli) signature: Vec<String>,
    /// Idempotency-Key.
    #[arg(long)]
    pub(in crate::cli) key: Option<String>,
    /// Lưu biên nhận. / Save the receipt.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) receipt_out: Option<PathBuf>,
}

/// Flags of `inbox`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Inbox {
    /// Chờ tối đa số giây. / Wait at most so many seconds for a document.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(in crate::cli) wait: u64,
    /// Số dòng. / Rows at most.
    #[arg(long, default_value_t = 50)]
    pub(in crate::cli) limit: usize,
    /// Con trỏ trang. / Cursor of the page.
    #[arg(long)]
    pub(in crate::cli) after: Option<String>,
}

/// Flags of `receive`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Receive {
    /// Mã văn bản. / Document id.
    pub(in crate::cli) id: String,
    /// Thư mục. / Folder.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
}

/// Flags of `evidence`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Evidence {
    /// Mã văn bản. / Document id.
    pub(in crate::cli) id: String,
    /// Gói chứng cứ ASiC-E, do trục ký. / An ASiC-E bundle, signed by the gateway [default: ID.asice].
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub(in crate::cli) bundle: Option<PathBuf>,
    /// Thay vì gói: một thư mục mới, cho lệnh verify. / Instead of a bundle: a new folder, for verify.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Của kết luận sau này, theo số trong `notices`. / Of a later verdict, by its number in `notices`.
    #[arg(long, value_name = "POSITION", requires = "out")]
    pub(in crate::cli) doubt: Option<u64>,
}

/// Flags of `answer`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Answer {
    /// Mã văn bản. / Document id.
    pub(in crate::cli) id: String,
    /// 02 refused, 03 accepted, 04 assigned, 05 in_process, 06 completed, 15 agreed, 16 declined.
    pub(in crate::cli) status: String,
    /// Lý do; bắt buộc khi từ chối. / Why; required for a refusal.
    #[arg(long)]
    pub(in crate::cli) reason: Option<String>,
    /// Người trả lời. / Who answers.
    #[arg(long)]
    pub(in crate::cli) staff: Option<String>,
    /// Lưu biên nhận. / Save the receipt.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) receipt_out: Option<PathBuf>,
}

/// Flags of `recall` and `take-back`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Withdraw {
    /// Mã văn bản. / Document id.
    pub(in crate::cli) id: String,
    /// Lý do. / Why.
    #[arg(long)]
    pub(in crate::cli) reason: String,
    /// Nơi nhận; bỏ trống là tất cả. / From whom; all if left out.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(in crate::cli) recipient: Vec<String>,
    /// Lưu biên nhận vào thư mục. / Save the receipts in a folder.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) receipts_out: Option<PathBuf>,
}

/// Flags of `folder`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Folder {
    /// Thư mục. / The folder; made if it is not there.
    #[arg(value_name = "DIR")]
    pub(in crate::cli) folder: PathBuf,
    /// Làm một lượt rồi dừng. / One pass, then stop.
    #[arg(long)]
    pub(in crate::cli) once: bool,
    /// Giữa hai lần xem outbox. / Between two looks at the outbox.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub(in crate::cli) every: Duration,
    /// Tệp phải đứng yên bao lâu mới được gửi. / How long a file must stand still before it is taken.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(in crate::cli) quiet: Duration,
    /// Chờ tệp còn thiếu bao lâu. / How long files that are missing are waited for.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(in crate::cli) missing: Duration,
    /// Thử gửi trong bao lâu rồi báo lỗi. / How long a document is tried before its office is told.
    #[arg(long, value_name = "SECONDS", default_value = "259200", value_parser = seconds)]
    pub(in crate::cli) give_up: Duration,
    /// Giữa hai lần hỏi biên nhận của văn bản đã gửi. / Between two looks for receipts of what was sent.
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    pub(in crate::cli) follow: Duration,
}

/// Flags of `status`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Status {
    /// Mã văn bản. / Document id [default: the gateway's log and its last timestamp].
    pub(in crate::cli) id: Option<String>,
    /// Ghi mọi biên nhận của văn bản vào thư mục này. / Write every receipt of it into this folder.
    #[arg(long, value_name = "DIR", requires = "id")]
    pub(in crate::cli) receipts: Option<PathBuf>,
}
