//! Flags of the registers of a document office, and of searching.

use super::rows;
use clap::{Args, Subcommand};

/// The registers.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Books {
    /// Sổ đăng ký văn bản đi, theo ngày ban hành. / What went out, by promulgation.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong books outgoing --unit H53.7 --period 2026-11 --excel > so-di.csv"
    )]
    Outgoing(BooksAsked),
    /// Sổ đăng ký văn bản đến, theo ngày đến. / What came in, by arrival.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong books incoming --unit H53.7 --period 2026 --excel > so-den.csv"
    )]
    Incoming(BooksAsked),
    /// Tình hình giải quyết văn bản đến. / What became of what came in.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong books handling --unit H53.7 --period 2026-Q4"
    )]
    Handling(BooksAsked),
}

/// Flags of a register.
#[derive(Debug, Args)]
pub(in crate::cli) struct BooksAsked {
    /// Sổ của đơn vị nào. / Whose register.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: String,
    /// Kỳ. / Period [default: this month].
    #[arg(long, value_name = "PERIOD")]
    pub(in crate::cli) period: Option<String>,
    /// CSV cho chương trình. / CSV for programs.
    #[arg(long, conflicts_with = "json")]
    pub(in crate::cli) csv: bool,
    /// CSV cho Excel cài theo Việt Nam. / CSV for a Vietnamese Excel.
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub(in crate::cli) excel: bool,
}

/// Flags of `search`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Search {
    /// Các từ của số, ký hiệu, trích yếu, tên cơ quan. / Words of number, notation, subject, agency.
    #[arg(value_name = "TEXT")]
    pub(in crate::cli) text: Vec<String>,
    /// Văn bản của một đơn vị. / Documents of one unit.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
    /// Số. / Number.
    #[arg(long)]
    pub(in crate::cli) number: Option<String>,
    /// Ký hiệu. / Notation.
    #[arg(long)]
    pub(in crate::cli) notation: Option<String>,
    /// Cơ quan gửi hoặc nhận. / Sender or recipient.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) agency: Option<String>,
    /// Từ ngày; không nêu: một năm trước. / From that day [default: a year back].
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) from: Option<String>,
    /// Đến ngày. / Until that day [default: today].
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) to: Option<String>,
    /// Tiếp sau trang trước. / Where the page before ended.
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) after: Option<String>,
    /// Số văn bản nhiều nhất. / The most documents.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = rows)]
    pub(in crate::cli) limit: usize,
}
