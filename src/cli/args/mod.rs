//! Commands and flags, with their help.

mod administration;
mod books;
mod finding;
mod office;
mod proof;
mod register;
mod setup;
mod unit;

pub(super) use administration::{
    ActOnDead, DeadLetters, FigureRows, ListDead, Rates, RatesCommand, Recount, Report, Slips,
    Trust,
};
pub(super) use books::{Books, BooksAsked, Search};
pub(super) use finding::{Finding, FindingClose, FindingList, FindingOpen};
pub(super) use office::{Answer, Evidence, Folder, Inbox, Receive, Send, Status, Withdraw};
pub(super) use proof::{Receipt, ReceiptVerify, Stamps, Verify};
pub(super) use register::{Days, Register, RegisterImport, RegisterNil};
pub(super) use setup::{Demo, Init};
pub(super) use unit::{Unit, UnitAdd, UnitBind, UnitDelivery, UnitEnrol, UnitExport, UnitImport};

use super::clock::Clock;
use super::document::Document;
use super::dossier::Dossier;
use super::period::PeriodCommand;
use super::procedure::ProcedureCommand;
use super::retention::Retention;
use crate::model::Language;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

fn language(text: &str) -> Result<Language, String> {
    Language::from_name(text).ok_or_else(|| "vi, en".to_owned())
}

/// A number of seconds, perhaps with a fraction; at most a year.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "0 … 31536000".to_owned())?;
    if !(0.0..=31_536_000.0).contains(&number) {
        return Err("0 … 31536000".to_owned());
    }
    Duration::try_from_secs_f64(number).map_err(|e| e.to_string())
}

/// A number of rows that fit in memory.
fn rows(text: &str) -> Result<usize, String> {
    let fits = |n: &usize| (1..=100_000).contains(n);
    text.parse()
        .ok()
        .filter(fits)
        .ok_or_else(|| "1 … 100000".to_owned())
}

/// Relays signed documents between agencies, judges their signatures, proves delivery, counts
/// exchange rates.
#[derive(Debug, Parser)]
#[command(
    name = "lienthong",
    version,
    about = "Trục liên thông văn bản điện tử. / A gateway for signed documents between agencies.",
    after_help = "Bắt đầu / Start:\n  lienthong demo              xem thử ngay / have a look\n  \
                  lienthong init              lập hệ thống thật / set up for real\n  \
                  lienthong serve             chạy / run\n\n\
                  Mã thoát / Exit codes: 0 xong / done, 1 không được / failed, 2 sai lệnh / usage, \
                  3 cấu hình / configuration,\n  4 không tới được trục / gateway unreachable, \
                  5 bị từ chối / refused, 10 chữ ký sai / TOTAL-FAILED,\n  \
                  11 chưa kết luận được / INDETERMINATE, 130 bị ngắt / interrupted"
)]
pub(super) struct Arguments {
    /// Flags of every command.
    #[command(flatten)]
    pub(super) global: Global,
    /// The command.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Dữ liệu dạng JSON. / Data as JSON (NDJSON for lists).
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Không hỏi. / Never ask.
    #[arg(long, global = true)]
    pub(super) no_input: bool,
    /// Tệp cấu hình. / Configuration file [default: $LIENTHONG_CONFIG, config/lienthong.toml, …].
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Ngôn ngữ. / Language: vi, en.
    #[arg(long, global = true, value_name = "vi|en", value_parser = language)]
    pub(super) lang: Option<Language>,
    /// Hồ sơ kết nối. / Profile of a unit [default: $LIENTHONG_PROFILE].
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub(super) profile: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Chạy thử với chứng thư và đơn vị mẫu. / Throw-away agencies, really signed documents.
    Demo(Demo),
    /// Lập hệ thống: cấu hình, CA, khóa biên nhận. / Sets up an installation.
    #[command(after_help = "Ví dụ / Example:\n  lienthong init --data /srv/lienthong --no-input")]
    Init(Init),
    /// Chạy trục. / Runs the gateway.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong serve --config lienthong/config/lienthong.toml"
    )]
    Serve,
    /// Kiểm tra cấu hình, in giá trị và nguồn. / Every effective value and its source.
    CheckConfig,
    /// Đơn vị và khóa của đơn vị. / Units and their keys.
    #[command(subcommand)]
    Unit(Unit),
    /// Gửi văn bản. / Sends a document.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong send 12-STC-VP.pdf --to H53.7.1,H53.8 \
        --number 12 --notation STC-VP --subject \"Về dự toán quý I\"\n  \
        lienthong send --envelope van-ban.json --receipt-out bien-nhan.p7m"
    )]
    Send(Box<Send>),
    /// Văn bản đến chưa trả lời. / Documents not yet answered.
    #[command(after_help = "Ví dụ / Example:\n  lienthong inbox --wait 60 --profile H53.7.1")]
    Inbox(Inbox),
    /// Những điều cần biết về văn bản đã gửi, nhận. / What is to be known of documents sent or received.
    #[command(after_help = "Ví dụ / Example:\n  lienthong notices --wait 60\n\n\
        Việc của các bên khác: đã đến, trả lời, thu hồi, lấy lại, thay thế, không giao được, chứng thư bị \
        thu hồi mà sau này mới biết.\n\
        What others did: arrived, answered, recalled, taken back, replaced, not delivered, a revocation \
        that became known later.")]
    Notices(Inbox),
    /// Nhận văn bản về thư mục. / Fetches a document and checks it against its receipt.
    #[command(after_help = "Ví dụ / Example:\n  lienthong receive 0193… --out van-ban-den")]
    Receive(Receive),
    /// Văn bản kèm mọi dữ liệu đã dùng để kiểm tra. / A document with all that its verdict rests on.
    #[command(after_help = "Ví dụ / Examples:\n  lienthong evidence 0193…\n  \
        lienthong receipt verify 0193….asice --ca receipt-ca.pem --trust certs\n  \
        lienthong evidence 0193… --out chung-cu\n  \
        cd chung-cu && sh -c \"$(tail -n 1 README)\"\n\n\
        Thư mục có bố cục như certs/; verify cho cùng kết luận, không cần mạng.\n\
        The folder is laid out like certs/; verify gives the same verdict without a network.")]
    Evidence(Evidence),
    /// Trả lời: 03 tiếp nhận, 02 từ chối, 04–06 tiến độ, 15/16 lấy lại và thu hồi. / Answers a document.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong answer 0193… accepted\n  \
        lienthong answer 0193… 02 --reason \"Sai nơi nhận\"\n  \
        lienthong answer 0193… 06        # hoàn thành / completed\n  \
        lienthong answer 0193… 15        # đồng ý cho thu hồi / confirms a recall"
    )]
    Answer(Answer),
    /// Thu hồi văn bản đã đến nơi. / Recalls a document that has arrived.
    #[command(after_help = "Ví dụ / Examples:\n  \
        lienthong recall 0193… --reason \"Sai số tiền ở Điều 2\"\n  \
        lienthong recall 0193… --reason \"Gửi nhầm\" --recipient H53.7.1\n\n\
        Nơi nhận không tải tệp được nữa và phải trả lời 15; nơi chưa lấy về thì được lấy lại luôn.\n\
        Recipients cannot fetch the files any more and have to answer 15.")]
    Recall(Withdraw),
    /// Lấy lại văn bản chưa được tiếp nhận. / Takes back a document that was not accepted yet.
    #[command(after_help = "Ví dụ / Examples:\n  \
        lienthong take-back 0193… --reason \"Gửi nhầm nơi nhận\" --recipient H53.7.1\n\n\
        Chưa lấy về: lấy lại được ngay. Đã đến: nơi nhận trả lời 15 hoặc 16.\n\
        Not fetched: at once. Arrived: the recipient answers 15 or 16.")]
    TakeBack(Withdraw),
    /// Tình trạng một văn bản; không ghi mã: nhật ký của trục. / State of one document, or of the log.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong status 0193… --profile H53.7.1\n  \
        lienthong status --config lienthong/config/lienthong.toml"
    )]
    Status(Status),
    /// Nội dung văn bản. / Content of a document.
    #[command(subcommand)]
    Document(Document),
    /// Thời hạn lưu nội dung. / Terms of keeping content.
    #[command(subcommand)]
    Retention(Retention),
    /// Thư mục của văn thư: gửi, nhận, trả lời. / A document office sends, receives and answers by its folder.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong folder /srv/van-ban --profile H53.7\n  \
        lienthong folder /srv/van-ban --once        # cho cron / from cron\n\n\
        Mã thoát của --once / Exit of --once: 0 xong / done, 4 chưa tới được trục / gateway away,\n  \
        5 có việc cần người xử lý / something needs a person. Xem / See docs/folder.md."
    )]
    Folder(Folder),
    /// Dấu thời gian của nhật ký. / Timestamps of the log.
    #[command(subcommand)]
    Stamps(Stamps),
    /// Kiểm tra chữ ký của tệp, không cần trục. / Judges the signatures of a file, without a gateway.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong verify cong-van.pdf --trust certs\n  \
        lienthong verify cong-van.p7s --detached cong-van.docx\n  \
        lienthong verify chu-ky.xml --detached cong-van.pdf --detached phu-luc.pdf\n  \
        lienthong verify hoa-don.xml --payload da-ky\n\n\
        Mã thoát / Exit: 0 TOTAL-PASSED, 10 TOTAL-FAILED, 11 INDETERMINATE / không có chữ ký"
    )]
    Verify(Verify),
    /// Biên nhận. / Receipts.
    #[command(subcommand)]
    Receipt(Receipt),
    /// Tỷ lệ trao đổi văn bản điện tử. / Exchange rates.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong rates --period 2026-11\n  \
        lienthong rates --period 2026-Q4@15\n  \
        lienthong rates --unit H53.7 --csv > ty-le.csv\n  \
        lienthong rates --excel > ty-le.csv    # mở bằng Excel / for Excel\n  \
        lienthong rates --xlsx ty-le.xlsx --tree\n  \
        lienthong rates --definitions\n  \
        lienthong rates slips --period 2026-11\n  \
        lienthong rates documents --unit H53.7 --measure signed --missing"
    )]
    Rates(Rates),
    /// Báo cáo: bảng, xếp hạng, xu hướng, tồn tại. / A report: table, league, trend, slips.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong report --period 2026-11 --out bao-cao\n  \
        lienthong report --period 2026-Q4@15 --out bao-cao --format xlsx,html"
    )]
    Report(Report),
    /// Chốt kỳ, bản công bố có chữ ký, đính chính. / Closing periods, signed statements, corrections.
    #[command(subcommand)]
    Period(PeriodCommand),
    /// Thủ tục hành chính đã công bố, mọi phiên bản. / Published procedures in all their versions.
    #[command(subcommand)]
    Procedure(ProcedureCommand),
    /// Hồ sơ: đúng, đủ thành phần như đã công bố. / Dossiers, held against the published list.
    #[command(subcommand)]
    Dossier(Dossier),
    /// Sổ văn bản đi, sổ văn bản đến, theo dõi giải quyết văn bản đến (NĐ 30/2020). / Registers of documents.
    #[command(subcommand)]
    Books(Books),
    /// Tìm văn bản, có dấu hay không dấu. / Searches documents, with or without marks.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong search du toan quy I --profile H53.7\n  \
        lienthong search 12/STC-VP --from 2026-01-01\n  \
        lienthong search --agency H53.7 --number 12 --notation STC-VP --json"
    )]
    Search(Search),
    /// Đếm lại từ nhật ký. / Recounts from the event log; exits 1 on any difference.
    #[command(after_help = "Ví dụ / Examples:\n  lienthong recount\n  \
        lienthong recount --period 2026-11 --unit H53.7")]
    Recount(Recount),
    /// Văn bản không giao được: xem, gửi lại, thôi gửi. / Dead letters: look, send again, give up.
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Sổ văn bản đi: nhập, báo không phát sinh, số thiếu, chỗ khác nhau. / The register of outgoing documents.
    #[command(subcommand)]
    Register(Register),
    /// Tồn tại: đơn vị, văn bản, cách khắc phục, hạn, bằng chứng. / Findings: shortcomings with remedy and due date.
    #[command(subcommand)]
    Finding(Finding),
    /// Đồng hồ của trục. / The gateway's clock.
    #[command(subcommand)]
    Clock(Clock),
    /// Chứng thư gốc, trung gian, CRL. / Anchors, intermediates, revocation lists.
    #[command(subcommand)]
    Trust(Trust),
    /// Hoàn thành lệnh cho shell. / Completions for a shell.
    Completions {
        /// bash, zsh, fish, elvish, powershell.
        shell: clap_complete::Shell,
    },
}
