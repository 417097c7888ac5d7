//! Flags of what is proved: signatures, receipts, timestamps.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Commands about timestamps of the log.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Stamps {
    /// So mọi dấu thời gian với nhật ký; 1 nếu nhật ký đã bị viết lại. / Compares every stamp with the log.
    #[command(after_help = "Ví dụ / Examples:\n  lienthong stamps check\n  \
        lienthong stamps check /noi-khac/token.tst\n\n\
        Nên giữ bản sao của token ở nơi khác: nhật ký bị viết lại không giấu được chúng.\n\
        Keep copies of tokens elsewhere: a log that was rewritten cannot hide those.\n\n\
        Mã thoát / Exit: 0, 1 có sai khác / a difference, 11 chưa kết luận được / open")]
    Check {
        /// Token giữ ở nơi khác (DER). / Tokens that were kept elsewhere (DER).
        tokens: Vec<PathBuf>,
    },
    /// Xin dấu thời gian ngay. / Has the log stamped now.
    Now,
    /// Ghi token và chứng thư, để ai cũng kiểm tra được bằng openssl. / Writes a token with its chain.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong stamps export --out dau-thoi-gian\n  \
        cd dau-thoi-gian && sh -c \"$(tail -n 1 README)\""
    )]
    Export {
        /// Của bản ghi này hoặc sau đó. / Of this record or a later one [default: the last].
        #[arg(long, value_name = "POSITION")]
        of: Option<u64>,
        /// Thư mục mới. / A new folder.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// Flags of `verify`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// Tệp. / The file.
    pub(in crate::cli) file: PathBuf,
    /// Nội dung của chữ ký rời, nhiều tệp thì nêu nhiều lần. / What a detached signature signs; may repeat.
    #[arg(long, value_name = "CONTENT")]
    pub(in crate::cli) detached: Vec<PathBuf>,
    /// Thư mục bố cục như certs/. / Folder laid out like certs/.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) trust: Option<PathBuf>,
    /// Tại thời điểm. / As of this moment [default: now].
    #[arg(long, value_name = "RFC3339")]
    pub(in crate::cli) at: Option<String>,
    /// Không dùng mạng: chỉ dữ liệu đang có. / Use no network, only what is at hand.
    #[arg(long)]
    pub(in crate::cli) offline: bool,
    /// Ghi vào thư mục trống này đúng nội dung đã ký của mỗi chữ ký hợp lệ. / Write exactly what each
    /// signature that passed is over into this empty folder.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) payload: Option<PathBuf>,
    /// Tệp chắc chắn đã có vào lúc này (do người kiểm tra chịu trách nhiệm), chẳng hạn lúc đến ghi
    /// trên biên nhận. / The file is known to have existed then, by the word of who asks: the arrival
    /// on a receipt, for example.
    #[arg(long, value_name = "RFC3339")]
    pub(in crate::cli) existed: Option<String>,
}

/// Commands about receipts.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Receipt {
    /// Kiểm tra biên nhận, bản công bố kỳ hoặc gói chứng cứ, không cần mạng. / Checks a receipt, a statement of a
    /// period or an evidence bundle offline.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong receipt verify R.p7m --ca receipt-ca.pem\n  \
        openssl cms -verify -inform DER -in R.p7m -CAfile receipt-ca.pem\n  \
        lienthong receipt verify V.asice --ca receipt-ca.pem --trust certs\n  \
        lienthong receipt verify 2026-11.p7m --ca receipt-ca.pem --events su-kien.ndjson\n  \
        lienthong receipt verify 01.html.p7s --ca receipt-ca.pem --detached 01.html\n\n\
        Mã thoát / Exit: 0 đúng / genuine, 1 không đúng, hoặc kết luận lại ra khác / not genuine, or judged \
        again it differs"
    )]
    Verify(ReceiptVerify),
}

/// Flags of `receipt verify`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReceiptVerify {
    /// Biên nhận, bản công bố kỳ (.p7m) hoặc gói chứng cứ (.asice). / The receipt, the statement (.p7m) or the evidence
    /// bundle (.asice).
    pub(in crate::cli) file: PathBuf,
    /// CA biên nhận. / The receipt CA [default: of the profile or the installation].
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) ca: Option<PathBuf>,
    /// Phiếu mà chữ ký rời (.p7s) này ký. / The form that this signature (.p7s) is of.
    #[arg(long, value_name = "FORM", conflicts_with_all = ["events", "trust"])]
    pub(in crate::cli) detached: Option<PathBuf>,
    /// Sự kiện đã xuất (period export): tính lại chuỗi băm và mọi số liệu của bản công bố. / Exported events: the
    /// chain and every figure of a statement are computed again from them.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) events: Option<PathBuf>,
    /// Tin ai khi kiểm tra lại chữ ký của văn bản: thư mục bố cục như certs/. / Whom to trust when the
    /// document's signatures are judged again: a folder laid out like certs/.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) trust: Option<PathBuf>,
}
