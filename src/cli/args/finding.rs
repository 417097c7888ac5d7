//! Flags of findings.

use super::rows;
use clap::{Args, Subcommand};

/// Commands about findings.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Finding {
    /// Lập tồn tại từ một con số, hoặc từ văn bản nêu tên. / Opens a finding from a figure, or from documents.
    #[command(after_help = "Ví dụ / Examples:\n  \
        lienthong finding open --unit H53.7 --measure signed --missing --period 2026-11 \
        --wrong \"Văn bản không có chữ ký số của cơ quan\" --remedy \"Ký lại và gửi lại\" \
        --owner \"Chánh Văn phòng\" --due 2026-12-15\n  \
        lienthong finding open --unit H53.7 --document 0193… --document 12/QĐ-UBND/2026 \
        --wrong … --remedy … --owner … --due 2026-12-15\n\n\
        Xem / See docs/findings.md.")]
    Open(FindingOpen),
    /// Các tồn tại, cũ trước; quá hạn trước nếu --open. / Findings, the oldest first; by due date with --open.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong finding list --overdue\n  \
        lienthong finding list --unit H53.7 --json\n  lienthong finding list --profile H53.7"
    )]
    List(FindingList),
    /// Một tồn tại: văn bản nào, từ bao giờ, đã nhắc, đã khắc phục. / One finding with its documents.
    Show {
        /// Mã tồn tại. / Id of the finding.
        id: String,
    },
    /// Kết thúc, chỉ khi có bằng chứng có thật. / Closes it, only with evidence that exists.
    #[command(after_help = "Ví dụ / Examples:\n  \
        lienthong finding close 0193… --evidence 0194… --said \"Đã ký lại và gửi lại\"\n  \
        lienthong finding close 0193… --evidence receipt:5210 --evidence statement:2026-11/2 --said …\n  \
        lienthong finding close 0193… --evidence bien-ban.pdf --said …\n\n\
        Bằng chứng / Evidence: mã văn bản, mã lần nhập sổ, receipt:VỊ-TRÍ, statement:KỲ[/SỐ], sha256:…, hoặc tệp.\n\
        An id of a document or register, receipt:POSITION, statement:PERIOD[/N], sha256:…, or a file, which is kept.")]
    Close(FindingClose),
    /// Nhắc đầu mối của đơn vị ngay bây giờ. / Reminds the unit's contact now.
    Remind {
        /// Mã tồn tại. / Id of the finding.
        id: String,
    },
}

/// Flags of `finding open`.
#[derive(Debug, Args)]
pub(in crate::cli) struct FindingOpen {
    /// Đơn vị. / The unit.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: String,
    /// Số đo hoặc tỷ lệ. / A measure or a rate of the unit.
    #[arg(long, value_name = "NAME", required_unless_present = "document")]
    pub(in crate::cli) measure: Option<String>,
    /// Kỳ. / Period of the figure [default: this month].
    #[arg(long, value_name = "PERIOD", requires = "measure")]
    pub(in crate::cli) period: Option<String>,
    /// Những gì tỷ lệ còn thiếu. / What the rate lacks.
    #[arg(long, requires = "measure")]
    pub(in crate::cli) missing: bool,
    /// Văn bản: mã, MÃ@NƠI-NHẬN, hoặc SỐ/KÝ-HIỆU/NĂM. / A document: id, ID@RECIPIENT, or NUMBER/NOTATION/YEAR.
    #[arg(long, value_name = "DOCUMENT", conflicts_with = "measure")]
    pub(in crate::cli) document: Vec<String>,
    /// Sai gì. / What is wrong.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) wrong: String,
    /// Cách khắc phục. / What is to be done.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) remedy: String,
    /// Ai chịu trách nhiệm. / Who answers for it.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) owner: String,
    /// Hạn khắc phục. / The last day on which it is in time.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) due: String,
    /// Ai lập. / Who opens it.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) staff: Option<String>,
}

/// Flags of `finding list`.
#[derive(Debug, Args)]
pub(in crate::cli) struct FindingList {
    /// Của một đơn vị. / Of one unit.
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) unit: Option<String>,
    /// Chưa kết thúc, hạn gần trước. / Not closed, by due date.
    #[arg(long)]
    pub(in crate::cli) open: bool,
    /// Quá hạn. / Overdue.
    #[arg(long)]
    pub(in crate::cli) overdue: bool,
    /// Tiếp sau trang trước. / Where the page before ended.
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) after: Option<String>,
    /// Số dòng nhiều nhất. / The most rows.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = rows)]
    pub(in crate::cli) limit: usize,
}

/// Flags of `finding close`.
#[derive(Debug, Args)]
pub(in crate::cli) struct FindingClose {
    /// Mã tồn tại. / Id of the finding.
    pub(in crate::cli) id: String,
    /// Bằng chứng; nêu nhiều lần được. / Evidence; may be given more than once.
    #[arg(long, value_name = "EVIDENCE")]
    pub(in crate::cli) evidence: Vec<String>,
    /// Đã khắc phục thế nào. / How it was made good.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) said: String,
    /// Ai kết thúc. / Who closes it.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) staff: Option<String>,
}
