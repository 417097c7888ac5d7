//! Flags of `demo` and `init`.

use clap::Args;
use std::path::PathBuf;

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Demo {
    /// Xong thì dừng; 0 nếu mọi kết quả đúng ý định. / Stop when done.
    #[arg(long)]
    pub(in crate::cli) once: bool,
    /// Thư mục. / Folder [default: ./lienthong-demo].
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) data: Option<PathBuf>,
    /// Gửi các tệp thật trong thư mục này. / Send the third-party files of this folder.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) files: Option<PathBuf>,
}

/// Flags of `init`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Init {
    /// Thư mục cài đặt. / Installation folder.
    #[arg(long, value_name = "DIR", default_value = "lienthong")]
    pub(in crate::cli) data: PathBuf,
    /// Tên của trục. / Name of the gateway.
    #[arg(long)]
    pub(in crate::cli) name: Option<String>,
    /// Địa chỉ nghe. / Address where units connect.
    #[arg(long, value_name = "IP:PORT")]
    pub(in crate::cli) listen: Option<String>,
    /// Tên máy, IP. / Host names and addresses of the gateway.
    #[arg(long, value_delimiter = ',')]
    pub(in crate::cli) names: Vec<String>,
    /// require-agency, require-both, record.
    #[arg(long)]
    pub(in crate::cli) signatures: Option<String>,
}
