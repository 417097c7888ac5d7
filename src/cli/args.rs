//! Commands and flags, with their help.

use super::document::Document;
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
                  Mã thoát / Exit codes: 0 done, 1 failed, 2 usage, 3 configuration, \
                  4 peer unreachable, 5 refused,\n  10 signature TOTAL-FAILED, 11 INDETERMINATE, \
                  130 interrupted"
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
        lienthong rates --unit H53.7 --csv > ty-le.csv"
    )]
    Rates(Rates),
    /// Đếm lại từ nhật ký. / Recounts from the event log; exits 1 on any difference.
    Recount,
    /// Chứng thư gốc, trung gian, CRL. / Anchors, intermediates, revocation lists.
    #[command(subcommand)]
    Trust(Trust),
    /// Hoàn thành lệnh cho shell. / Completions for a shell.
    Completions {
        /// bash, zsh, fish, elvish, powershell.
        shell: clap_complete::Shell,
    },
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Xong thì dừng; 0 nếu mọi kết quả đúng ý định. / Stop when done.
    #[arg(long)]
    pub(super) once: bool,
    /// Thư mục. / Folder [default: ./lienthong-demo].
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Gửi các tệp thật trong thư mục này. / Send the third-party files of this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) files: Option<PathBuf>,
}

/// Flags of `init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Thư mục cài đặt. / Installation folder.
    #[arg(long, value_name = "DIR", default_value = "lienthong")]
    pub(super) data: PathBuf,
    /// Tên của trục. / Name of the gateway.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Địa chỉ nghe. / Address where units connect.
    #[arg(long, value_name = "IP:PORT")]
    pub(super) listen: Option<String>,
    /// Tên máy, IP. / Host names and addresses of the gateway.
    #[arg(long, value_delimiter = ',')]
    pub(super) names: Vec<String>,
    /// require-agency, require-both, record.
    #[arg(long)]
    pub(super) signatures: Option<String>,
}

/// Commands about units.
#[derive(Debug, Subcommand)]
pub(super) enum Unit {
    /// Thêm đơn vị. / Adds a unit.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong unit add H53.7 --name \"Sở Tài chính\" --parent H53"
    )]
    Add(UnitAdd),
    /// Danh sách đơn vị. / Lists units.
    List,
    /// Một đơn vị và khóa của nó. / One unit and its keys.
    Show {
        /// Mã định danh. / Unit code.
        code: String,
    },
    /// Nhập đơn vị từ CSV (code,name,kind,parent) hoặc TOML. / Imports units.
    Import {
        /// Tệp CSV hoặc TOML. / A CSV or TOML file.
        file: PathBuf,
    },
    /// Đơn vị nhận văn bản bằng cách nào. / How documents reach a unit.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong unit delivery H53.7 --push https://nhan.so-tc.vn/van-ban --ca so-tc-ca.pem\n  lienthong unit delivery H53.7 --webhook https://nhan.so-tc.vn/bao\n  lienthong unit delivery H53.7 --pull"
    )]
    Delivery(UnitDelivery),
    /// Gắn chứng thư với đơn vị. / Binds a certificate to a unit.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong unit bind H53.7 --certificate so-tc.pem --role agency"
    )]
    Bind(UnitBind),
    /// Cấp khóa và hồ sơ kết nối. / Makes key, certificate and profile for a unit.
    #[command(after_help = "Ví dụ / Example:\n  lienthong unit enrol H53.7 --out profiles/H53.7")]
    Enrol(UnitEnrol),
    /// Chấm dứt kết nối, có hiệu lực ngay. / Ends a unit's connection keys at once.
    Revoke {
        /// Mã định danh. / Unit code.
        code: String,
    },
}

/// Flags of `unit add`.
#[derive(Debug, Args)]
pub(super) struct UnitAdd {
    /// Mã định danh. / Unit code.
    pub(super) code: String,
    /// Tên. / Name.
    #[arg(long)]
    pub(super) name: String,
    /// state: cơ quan nhà nước / state agency; other: khác.
    #[arg(long, default_value = "state")]
    pub(super) kind: String,
    /// Đơn vị cấp trên. / The unit above.
    #[arg(long)]
    pub(super) parent: Option<String>,
}

/// Flags of `unit delivery`.
#[derive(Debug, Args)]
pub(super) struct UnitDelivery {
    /// Mã định danh. / Unit code.
    pub(super) code: String,
    /// Trục gửi thẳng tới địa chỉ này (TLS hai chiều). / The gateway sends there (mutual TLS).
    #[arg(long, value_name = "URL", requires = "ca", group = "channel")]
    pub(super) push: Option<String>,
    /// Trục báo tin tới địa chỉ này, đơn vị tự lấy về. / The gateway tells there, the unit fetches.
    #[arg(long, value_name = "URL", group = "channel")]
    pub(super) webhook: Option<String>,
    /// Đơn vị tự lấy về. / The unit fetches by itself.
    #[arg(long, group = "channel", conflicts_with = "ca")]
    pub(super) pull: bool,
    /// CA của máy nhận (PEM). / The CA of the receiving host.
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
}

/// Flags of `unit bind`.
#[derive(Debug, Args)]
pub(super) struct UnitBind {
    /// Mã định danh. / Unit code.
    pub(super) code: String,
    /// Chứng thư. / The certificate, PEM or DER.
    #[arg(long, value_name = "FILE")]
    pub(super) certificate: PathBuf,
    /// agency: cơ quan; person: cá nhân; transport: kết nối.
    #[arg(long)]
    pub(super) role: String,
    /// Chứng thư của nơi cấp, nếu không có trong certs/. / The issuer's certificate.
    #[arg(long, value_name = "FILE")]
    pub(super) issuer: Option<PathBuf>,
    /// Từ ngày. / From this day or moment [default: now].
    #[arg(long, value_name = "DATE|RFC3339")]
    pub(super) from: Option<String>,
    /// Đến trước ngày. / Until before this day or moment.
    #[arg(long, value_name = "DATE|RFC3339")]
    pub(super) until: Option<String>,
}

/// Flags of `unit enrol`.
#[derive(Debug, Args)]
pub(super) struct UnitEnrol {
    /// Mã định danh. / Unit code.
    pub(super) code: String,
    /// Thư mục ghi hồ sơ. / Folder for the profile.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Địa chỉ của trục. / The gateway's address [default: from the configuration].
    #[arg(long)]
    pub(super) url: Option<String>,
    /// Thời hạn, năm. / Years of validity.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(i64).range(1..=5))]
    pub(super) years: i64,
}

/// Flags of `send`.
#[derive(Debug, Args)]
pub(super) struct Send {
    /// Tệp: văn bản trước, phụ lục sau. / Files: the document first, then annexes.
    pub(super) files: Vec<PathBuf>,
    /// Nơi nhận. / Recipients.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) to: Vec<String>,
    /// Phong bì JSON thay cho các cờ. / The envelope (JSON) instead of flags.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "number", "notation", "subject", "annex", "signature"])]
    pub(super) envelope: Option<PathBuf>,
    /// Số. / Number.
    #[arg(long)]
    pub(super) number: Option<String>,
    /// Ký hiệu. / Notation.
    #[arg(long)]
    pub(super) notation: Option<String>,
    /// Trích yếu. / Subject.
    #[arg(long)]
    pub(super) subject: Option<String>,
    /// Ngày ban hành. / Promulgation date [default: today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) promulgated: Option<String>,
    /// Tên loại. / Type.
    #[arg(long = "type", default_value = "Công văn")]
    pub(super) kind: String,
    /// normal, urgent, very_urgent, flash, flash_timed.
    #[arg(long, default_value = "normal")]
    pub(super) urgency: String,
    /// none, confidential, secret, top_secret.
    #[arg(long, default_value = "none")]
    pub(super) secrecy: String,
    /// Người ký. / Who signed.
    #[arg(long, default_value = "")]
    pub(super) signer: String,
    /// Chức vụ. / Position of the signer.
    #[arg(long, default_value = "")]
    pub(super) position: String,
    /// TM., KT., TL., TUQ., Q.
    #[arg(long, default_value = "")]
    pub(super) competence: String,
    /// Hạn trả lời. / When an answer is due.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) due: Option<String>,
    /// Có bản giấy gửi sau. / A paper copy follows.
    #[arg(long)]
    pub(super) paper_follows: bool,
    /// Cập nhật cho văn bản này. / The document that this one brings up to date.
    #[arg(long, value_name = "ID", conflicts_with = "envelope")]
    pub(super) updates: Option<String>,
    /// Thay thế các văn bản này. / The documents that this one replaces.
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        conflicts_with = "envelope"
    )]
    pub(super) replaces: Vec<String>,
    /// Phụ lục. / An annex.
    #[arg(long, value_name = "FILE")]
    pub(super) annex: Vec<PathBuf>,
    /// Chữ ký rời của một tệp. / The detached signature of a file.
    #[arg(long, value_name = "FILE:OF")]
    pub(super) signature: Vec<String>,
    /// Idempotency-Key.
    #[arg(long)]
    pub(super) key: Option<String>,
    /// Lưu biên nhận. / Save the receipt.
    #[arg(long, value_name = "FILE")]
    pub(super) receipt_out: Option<PathBuf>,
}

/// Flags of `inbox`.
#[derive(Debug, Args)]
pub(super) struct Inbox {
    /// Chờ tối đa số giây. / Wait at most so many seconds for a document.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(super) wait: u64,
    /// Số dòng. / Rows at most.
    #[arg(long, default_value_t = 50)]
    pub(super) limit: usize,
    /// Con trỏ trang. / Cursor of the page.
    #[arg(long)]
    pub(super) after: Option<String>,
}

/// Flags of `receive`.
#[derive(Debug, Args)]
pub(super) struct Receive {
    /// Mã văn bản. / Document id.
    pub(super) id: String,
    /// Thư mục. / Folder.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
}

/// Flags of `evidence`.
#[derive(Debug, Args)]
pub(super) struct Evidence {
    /// Mã văn bản. / Document id.
    pub(super) id: String,
    /// Gói chứng cứ ASiC-E, do trục ký. / An ASiC-E bundle, signed by the gateway [default: ID.asice].
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub(super) bundle: Option<PathBuf>,
    /// Thay vì gói: một thư mục mới, cho lệnh verify. / Instead of a bundle: a new folder, for verify.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Của kết luận sau này, theo số trong `notices`. / Of a later verdict, by its number in `notices`.
    #[arg(long, value_name = "POSITION", requires = "out")]
    pub(super) doubt: Option<u64>,
}

/// Flags of `answer`.
#[derive(Debug, Args)]
pub(super) struct Answer {
    /// Mã văn bản. / Document id.
    pub(super) id: String,
    /// 02 refused, 03 accepted, 04 assigned, 05 in_process, 06 completed, 15 agreed, 16 declined.
    pub(super) status: String,
    /// Lý do; bắt buộc khi từ chối. / Why; required for a refusal.
    #[arg(long)]
    pub(super) reason: Option<String>,
    /// Người trả lời. / Who answers.
    #[arg(long)]
    pub(super) staff: Option<String>,
    /// Lưu biên nhận. / Save the receipt.
    #[arg(long, value_name = "FILE")]
    pub(super) receipt_out: Option<PathBuf>,
}

/// Flags of `recall` and `take-back`.
#[derive(Debug, Args)]
pub(super) struct Withdraw {
    /// Mã văn bản. / Document id.
    pub(super) id: String,
    /// Lý do. / Why.
    #[arg(long)]
    pub(super) reason: String,
    /// Nơi nhận; bỏ trống là tất cả. / From whom; all if left out.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) recipient: Vec<String>,
    /// Lưu biên nhận vào thư mục. / Save the receipts in a folder.
    #[arg(long, value_name = "DIR")]
    pub(super) receipts_out: Option<PathBuf>,
}

/// Flags of `folder`.
#[derive(Debug, Args)]
pub(super) struct Folder {
    /// Thư mục. / The folder; made if it is not there.
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Làm một lượt rồi dừng. / One pass, then stop.
    #[arg(long)]
    pub(super) once: bool,
    /// Giữa hai lần xem outbox. / Between two looks at the outbox.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub(super) every: Duration,
    /// Tệp phải đứng yên bao lâu mới được gửi. / How long a file must stand still before it is taken.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(super) quiet: Duration,
    /// Chờ tệp còn thiếu bao lâu. / How long files that are missing are waited for.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(super) missing: Duration,
    /// Thử gửi trong bao lâu rồi báo lỗi. / How long a document is tried before its office is told.
    #[arg(long, value_name = "SECONDS", default_value = "259200", value_parser = seconds)]
    pub(super) give_up: Duration,
    /// Giữa hai lần hỏi biên nhận của văn bản đã gửi. / Between two looks for receipts of what was sent.
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    pub(super) follow: Duration,
}

/// Flags of `status`.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// Mã văn bản. / Document id [default: the gateway's log and its last timestamp].
    pub(super) id: Option<String>,
}

/// Commands about timestamps of the log.
#[derive(Debug, Subcommand)]
pub(super) enum Stamps {
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
pub(super) struct Verify {
    /// Tệp. / The file.
    pub(super) file: PathBuf,
    /// Nội dung của chữ ký rời, nhiều tệp thì nêu nhiều lần. / What a detached signature signs; may repeat.
    #[arg(long, value_name = "CONTENT")]
    pub(super) detached: Vec<PathBuf>,
    /// Thư mục bố cục như certs/. / Folder laid out like certs/.
    #[arg(long, value_name = "DIR")]
    pub(super) trust: Option<PathBuf>,
    /// Tại thời điểm. / As of this moment [default: now].
    #[arg(long, value_name = "RFC3339")]
    pub(super) at: Option<String>,
    /// Không dùng mạng: chỉ dữ liệu đang có. / Use no network, only what is at hand.
    #[arg(long)]
    pub(super) offline: bool,
    /// Ghi vào thư mục trống này đúng nội dung đã ký của mỗi chữ ký hợp lệ. / Write exactly what each
    /// signature that passed is over into this empty folder.
    #[arg(long, value_name = "DIR")]
    pub(super) payload: Option<PathBuf>,
    /// Tệp chắc chắn đã có vào lúc này (do người kiểm tra chịu trách nhiệm), chẳng hạn lúc đến ghi
    /// trên biên nhận. / The file is known to have existed then, by the word of who asks: the arrival
    /// on a receipt, for example.
    #[arg(long, value_name = "RFC3339")]
    pub(super) existed: Option<String>,
}

/// Commands about receipts.
#[derive(Debug, Subcommand)]
pub(super) enum Receipt {
    /// Kiểm tra biên nhận hoặc gói chứng cứ, không cần mạng. / Checks a receipt or an evidence bundle offline.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong receipt verify R.p7m --ca receipt-ca.pem\n  \
        openssl cms -verify -inform DER -in R.p7m -CAfile receipt-ca.pem\n  \
        lienthong receipt verify V.asice --ca receipt-ca.pem --trust certs\n\n\
        Mã thoát / Exit: 0 đúng / genuine, 1 không đúng, hoặc kết luận lại ra khác / not genuine, or judged \
        again it differs"
    )]
    Verify {
        /// Biên nhận (.p7m) hoặc gói chứng cứ (.asice). / The receipt (.p7m) or evidence bundle (.asice).
        file: PathBuf,
        /// CA biên nhận. / The receipt CA [default: of the profile or the installation].
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Tin ai khi kiểm tra lại chữ ký của văn bản: thư mục bố cục như certs/. / Whom to trust when the
        /// document's signatures are judged again: a folder laid out like certs/.
        #[arg(long, value_name = "DIR")]
        trust: Option<PathBuf>,
    },
}

/// Flags of `rates`.
#[derive(Debug, Args)]
pub(super) struct Rates {
    /// Kỳ. / Month [default: this one].
    #[arg(long, value_name = "YYYY-MM")]
    pub(super) period: Option<String>,
    /// Một đơn vị. / One unit.
    #[arg(long, value_name = "CODE")]
    pub(super) unit: Option<String>,
    /// CSV có BOM cho Excel. / CSV with BOM.
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
}

/// Commands about trust.
#[derive(Debug, Subcommand)]
pub(super) enum Trust {
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
