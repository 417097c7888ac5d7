//! Flags of the paper register.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Commands about the register of outgoing documents.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Register {
    /// Nhập sổ văn bản đi (CSV, XLSX), trọn vẹn hoặc không gì cả. / Imports a register, whole or not at all.
    #[command(after_help = "Ví dụ / Examples:\n  \
        lienthong register import so-di-11.xlsx --unit H53.7 --from 2026-11-01 --to 2026-11-30\n  \
        lienthong register import so-di.csv --from 2026-11-01 --to 2026-11-30 --profile H53.7\n  \
        lienthong register import so-di.csv --unit H53.7 --from 2026-11-01 --to 2026-11-30 \
        --columns \"number=A,date=C\" --dry-run\n\n\
        Xem / See docs/register.md.")]
    Import(RegisterImport),
    /// Báo không phát sinh: không phát hành văn bản giấy. / A nil return: nothing was issued on paper.
    #[command(after_help = "Ví dụ / Example:\n  \
        lienthong register nil --unit H53.7 --from 2026-11-01 --to 2026-11-30")]
    Nil(RegisterNil),
    /// Những sổ đã nhập và báo không phát sinh. / Imports and nil returns, the newest first.
    List {
        /// Của một đơn vị. / Of one unit.
        #[arg(long, value_name = "CODE")]
        unit: Option<String>,
        /// Kỳ, như của rates. / Period, as of rates.
        #[arg(long, value_name = "PERIOD")]
        period: Option<String>,
    },
    /// Rút một lần nhập hay báo không phát sinh, có lý do. / Takes an import or a nil return back.
    #[command(after_help = "Ví dụ / Example:\n  \
        lienthong register undo 0193… --reason \"Nhập nhầm sổ tháng 10\"")]
    Undo {
        /// Mã lần nhập. / Id of the import.
        id: String,
        /// Lý do. / Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Ai rút. / Who takes it back.
        #[arg(long, value_name = "TEXT")]
        staff: Option<String>,
    },
    /// Số còn thiếu trong từng ký hiệu của một năm. / Numbers missing from each notation's series of a year.
    #[command(after_help = "Ví dụ / Example:\n  lienthong register gaps --unit H53.7 --year 2026")]
    Gaps {
        /// Đơn vị. / The unit.
        #[arg(long, value_name = "CODE")]
        unit: String,
        /// Năm. / The year.
        #[arg(long, value_name = "YYYY")]
        year: i16,
    },
    /// Văn bản mà sổ và trục ghi khác nhau. / Documents of which register and gateway say different things.
    #[command(after_help = "Ví dụ / Example:\n  \
        lienthong register conflicts --unit H53.7 --period 2026-11")]
    Conflicts {
        /// Đơn vị. / The unit.
        #[arg(long, value_name = "CODE")]
        unit: String,
        /// Kỳ, như của rates. / Period, as of rates.
        #[arg(long, value_name = "PERIOD")]
        period: String,
    },
}

/// Which days.
#[derive(Debug, Args)]
pub(in crate::cli) struct Days {
    /// Đơn vị; với --profile là đơn vị của hồ sơ. / The unit; with --profile that of the profile.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
    /// Ngày đầu. / The first day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) from: String,
    /// Ngày cuối. / The last day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) to: String,
}

/// Flags of `register import`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RegisterImport {
    /// Tệp CSV hoặc XLSX. / The file, CSV or XLSX.
    pub(in crate::cli) file: PathBuf,
    /// Whose, and which days.
    #[command(flatten)]
    pub(in crate::cli) days: Days,
    /// Vị trí cột: "number=A,notation=B,date=C,channel=D", hoặc tên cột. / Where the columns are.
    #[arg(long, value_name = "COLUMNS")]
    pub(in crate::cli) columns: Option<String>,
    /// Trang tính. / The sheet of a workbook.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) sheet: Option<String>,
    /// Chỉ đọc, không nhập. / Reads it and imports nothing.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Thay sổ đã nhập cho những ngày này. / Takes back what covers these days already.
    #[arg(long)]
    pub(in crate::cli) replace: bool,
}

/// Flags of `register nil`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RegisterNil {
    /// Whose, and which days.
    #[command(flatten)]
    pub(in crate::cli) days: Days,
    /// Lý do. / Why.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) reason: Option<String>,
    /// Ai báo. / Who says so.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) staff: Option<String>,
    /// Lưu bản xác nhận đã ký vào tệp này. / Where the signed statement is saved.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) receipt_out: Option<PathBuf>,
}
