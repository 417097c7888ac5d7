//! Flags of what an administrator looks after: figures and trust.

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
