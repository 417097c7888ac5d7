//! Flags of what an administrator looks after: figures, dead letters and trust.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Flags of `rates`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Rates {
    /// Kỳ. / Month [default: this one].
    #[arg(long, value_name = "YYYY-MM")]
    pub(in crate::cli) period: Option<String>,
    /// Một đơn vị. / One unit.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
    /// CSV có BOM cho Excel. / CSV with BOM.
    #[arg(long, conflicts_with = "json")]
    pub(in crate::cli) csv: bool,
}

/// Commands about what could not be delivered.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DeadLetters {
    /// Những văn bản không giao được, cũ trước. / What could not be delivered, the oldest first.
    #[command(after_help = "Ví dụ / Examples:\n  lienthong dead-letters list\n  \
        lienthong dead-letters list --unit H53.7 --json")]
    List(ListDead),
    /// Nguyên nhân, việc thuộc về ai, cần làm gì, gửi lại thì sao. / Why, whose fault, what to do.
    Show {
        /// Mã văn bản. / Document id.
        id: String,
    },
    /// Gửi lại với cùng khóa, thời hạn tính lại. / Sends again: the same key, a new clock.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong dead-letters replay 0193…\n  \
        lienthong dead-letters replay 0193… 0194… --recipient H53.7\n  \
        lienthong dead-letters replay --unit H53.7 --yes\n\n\
        Mã thoát / Exit: 1 nếu có văn bản chưa gửi lại được / 1 if any could not be sent again"
    )]
    Replay {
        /// Which, and why.
        #[command(flatten)]
        act: ActOnDead,
        /// Mọi văn bản không giao được tới đơn vị này. / Every dead letter to this unit.
        #[arg(long, value_name = "CODE", conflicts_with_all = ["ids", "recipient"])]
        unit: Option<String>,
        /// Không hỏi lại khi dùng --unit. / With --unit: do not ask.
        #[arg(long, requires = "unit")]
        yes: bool,
    },
    /// Thôi gửi lại, có lý do. / Gives up, with a reason.
    #[command(after_help = "Ví dụ / Example:\n  \
        lienthong dead-letters give-up 0193… --reason \"Nơi gửi đã chuyển bản giấy\"")]
    GiveUp(ActOnDead),
}

/// Flags of `dead-letters list`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ListDead {
    /// Của một nơi nhận. / To one recipient.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
    /// Số dòng. / Rows.
    #[arg(long, default_value_t = 50)]
    pub(in crate::cli) limit: usize,
    /// Con trỏ trang. / Cursor of the page.
    #[arg(long)]
    pub(in crate::cli) after: Option<String>,
}

/// Flags of `dead-letters replay` and `give-up`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ActOnDead {
    /// Mã văn bản. / Document ids.
    pub(in crate::cli) ids: Vec<String>,
    /// Nơi nhận; bỏ trống là mọi nơi chưa giao được. / One recipient; all that it did not reach if left out.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) recipient: Option<String>,
    /// Lý do; bắt buộc với give-up. / Why; required to give up.
    #[arg(long)]
    pub(in crate::cli) reason: Option<String>,
    /// Lưu biên nhận vào thư mục. / Save the receipts in a folder.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) receipts_out: Option<PathBuf>,
}

/// Commands about trust.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Trust {
    /// Những gì đang được tin và tuổi của nó. / What is trusted, and how old it is.
    List {
        /// Thư mục bố cục như certs/. / Folder laid out like certs/ [default: of the installation].
        #[arg(long, value_name = "DIR")]
        trust: Option<PathBuf>,
    },
    /// Nạp lại certs/ và đơn vị, trọn vẹn hoặc không gì cả. / Loads certs/ and units anew, whole or not at all.
    #[command(after_help = "Ví dụ / Example:\n  lienthong trust reload\n\n\
        Có lỗi thì quy tắc cũ giữ nguyên. / On a mistake the rules in force stay.")]
    Reload,
    /// Những gì sắp hết hạn, hỏng hoặc thừa; 1 nếu có việc phải làm. / What ends soon, is broken or idle.
    #[command(after_help = "Ví dụ / Examples:\n  lienthong trust check\n  \
        lienthong trust check --trust certs --json\n\n\
        Mã thoát / Exit: 0 không có việc gấp, 1 có việc phải làm / 1 if something has to be done")]
    Check {
        /// Thư mục bố cục như certs/. / Folder laid out like certs/ [default: of the installation].
        #[arg(long, value_name = "DIR")]
        trust: Option<PathBuf>,
    },
}
