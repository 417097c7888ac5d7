//! Flags of what an administrator looks after: figures and what stands behind them, dead letters and trust.

use super::rows;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Flags of `rates`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct Rates {
    /// Kỳ: 2026, 2026-H2, 2026-Q4, 2026-11, 2026-W48, 2026-11-24; thêm @15 để tính từ ngày 15 đến ngày 14
    /// (NĐ 09/2019). / Period; @15 counts from the 15th to the 14th [default: this month].
    #[arg(long, value_name = "PERIOD")]
    pub(in crate::cli) period: Option<String>,
    /// Một đơn vị. / One unit.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
    /// Số liệu hiện có, kể cả của kỳ đã chốt. / What the counters say now, also of a closed period.
    #[arg(long)]
    pub(in crate::cli) live: bool,
    /// CSV cho chương trình: dấu phẩy giữa các cột, dấu chấm thập phân. / CSV for programs: commas, decimal point.
    #[arg(long, conflicts_with = "json")]
    pub(in crate::cli) csv: bool,
    /// CSV cho Excel cài theo Việt Nam: dấu chấm phẩy giữa các cột, dấu phẩy thập phân. / CSV for a Vietnamese Excel.
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub(in crate::cli) excel: bool,
    /// Ghi thành tệp XLSX theo mẫu báo cáo. / Writes an XLSX file in the form of a report.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "csv", "excel"])]
    pub(in crate::cli) xlsx: Option<PathBuf>,
    /// Kèm tổng của tất cả và của từng đơn vị có cấp dưới. / With the sums of all and of units with others below them.
    #[arg(long)]
    pub(in crate::cli) tree: bool,
    /// Một tỷ lệ của mọi đơn vị, cao trước. / One rate of all units, the best first.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["json", "csv", "excel", "xlsx"])]
    pub(in crate::cli) rate: Option<String>,
    /// Các tỷ lệ là gì, tính thế nào, theo văn bản nào. / What the rates are, and on which texts they rest.
    #[arg(long)]
    pub(in crate::cli) definitions: bool,
    #[command(subcommand)]
    pub(in crate::cli) command: Option<RatesCommand>,
}

/// What else can be asked of rates.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RatesCommand {
    /// Những văn bản sau một con số, đủ như con số. / The documents behind a figure, as many as it says.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong rates documents --unit H53.7 --measure signed --missing\n  \
        lienthong rates documents --unit H53.7 --measure received --period 2026-11 --json\n  \
        lienthong rates documents --unit H53.7 --measure refused.no_signature\n\n\
        Số đo, tỷ lệ / Measures and rates: docs/rates.md"
    )]
    Documents(FigureRows),
    /// Đơn vị im lặng và tồn tại, từ ngày nào, hỏi ai. / Silent units and slips: since when, whom to ask.
    Slips(Slips),
}

/// Flags of `rates slips`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Slips {
    /// Kỳ; xét các tháng đã trọn đến cuối kỳ. / Period: the complete months up to its end are looked at.
    #[arg(long, value_name = "PERIOD")]
    pub(in crate::cli) period: Option<String>,
    /// Một đơn vị và cấp dưới. / One unit and those below it.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
}

/// Flags of `report`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Report {
    /// Kỳ, như của rates. / Period, as that of rates [default: this month].
    #[arg(long, value_name = "PERIOD")]
    pub(in crate::cli) period: Option<String>,
    /// Một đơn vị và cấp dưới. / One unit and those below it.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
    /// Thư mục nhận các tệp. / The folder of the files.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// xlsx, csv, svg, json, html, pdf (nếu được dựng kèm); không nêu thì tất cả. / pdf if built with it; without a format, all.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub(in crate::cli) format: Vec<String>,
    /// Mẫu Typst riêng cho bản PDF. / Another template of Typst for the PDF.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) template: Option<PathBuf>,
}

/// Flags of `recount`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Recount {
    /// Chỉ so số liệu của kỳ. / Compare the figures of this period [default: all].
    #[arg(long, value_name = "PERIOD")]
    pub(in crate::cli) period: Option<String>,
    /// Chỉ so số liệu của một đơn vị. / Compare the figures of this unit [default: all].
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
}

/// Flags of `rates documents`.
#[derive(Debug, Args)]
pub(in crate::cli) struct FigureRows {
    /// Con số của đơn vị nào. / Whose figure.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: String,
    /// Số đo hoặc tỷ lệ (tử số). / A measure, or a rate: its numerator.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) measure: String,
    /// Ngược lại: có trong mẫu số mà không có trong tử số. / What the rate lacks: in its denominator, not in its numerator.
    #[arg(long)]
    pub(in crate::cli) missing: bool,
    /// Kỳ. / Period [default: this month].
    #[arg(long, value_name = "PERIOD")]
    pub(in crate::cli) period: Option<String>,
    /// Tiếp sau trang trước. / Where the page before ended.
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) after: Option<String>,
    /// Số dòng nhiều nhất. / The most rows.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = rows)]
    pub(in crate::cli) limit: usize,
    /// CSV cho chương trình. / CSV for programs.
    #[arg(long, conflicts_with = "json")]
    pub(in crate::cli) csv: bool,
    /// CSV cho Excel cài theo Việt Nam. / CSV for a Vietnamese Excel.
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub(in crate::cli) excel: bool,
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
