//! `unit` and its flags.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Commands about units.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Unit {
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
    /// Nhập đơn vị từ bảng CSV hoặc TOML: nhập cả tệp hoặc không nhập gì. / Imports units, all or none.
    #[command(
        after_help = "Cột / Columns: code,name,kind,parent,level,aliases,contact,email,phone,via,since,name_from\n\
        (hoặc / or: mã, tên, loại, cấp trên, cấp, mã khác, liên hệ, thư điện tử, điện thoại, cách nhận, từ ngày, tên từ ngày)\n\
        Ví dụ / Examples:\n  lienthong unit import don-vi.csv --dry-run\n  lienthong unit import don-vi.csv"
    )]
    Import(UnitImport),
    /// Xuất đơn vị ra TOML hoặc bảng CSV. / Exports the registry.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong unit export --out don-vi.csv\n  lienthong unit export > don-vi.toml"
    )]
    Export(UnitExport),
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
pub(in crate::cli) struct UnitAdd {
    /// Mã định danh. / Unit code.
    pub(in crate::cli) code: String,
    /// Tên. / Name.
    #[arg(long)]
    pub(in crate::cli) name: String,
    /// state: cơ quan nhà nước / state agency; other: khác.
    #[arg(long, default_value = "state")]
    pub(in crate::cli) kind: String,
    /// Đơn vị cấp trên. / The unit above.
    #[arg(long)]
    pub(in crate::cli) parent: Option<String>,
}

/// Flags of `unit import`.
#[derive(Debug, Args)]
pub(in crate::cli) struct UnitImport {
    /// Tệp CSV hoặc TOML. / A CSV or TOML file.
    pub(in crate::cli) file: PathBuf,
    /// Chỉ xem những gì sẽ thay đổi. / Only shows what would change.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

/// Flags of `unit export`.
#[derive(Debug, Args)]
pub(in crate::cli) struct UnitExport {
    /// Tệp ghi ra: .toml, còn lại là CSV. / The file to write: .toml, or else CSV [default: stdout].
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Bảng CSV thay cho TOML. / CSV instead of TOML.
    #[arg(long)]
    pub(in crate::cli) csv: bool,
}

/// Flags of `unit delivery`.
#[derive(Debug, Args)]
pub(in crate::cli) struct UnitDelivery {
    /// Mã định danh. / Unit code.
    pub(in crate::cli) code: String,
    /// Trục gửi thẳng tới địa chỉ này (TLS hai chiều). / The gateway sends there (mutual TLS).
    #[arg(long, value_name = "URL", requires = "ca", group = "channel")]
    pub(in crate::cli) push: Option<String>,
    /// Trục báo tin tới địa chỉ này, đơn vị tự lấy về. / The gateway tells there, the unit fetches.
    #[arg(long, value_name = "URL", group = "channel")]
    pub(in crate::cli) webhook: Option<String>,
    /// Đơn vị tự lấy về. / The unit fetches by itself.
    #[arg(long, group = "channel", conflicts_with = "ca")]
    pub(in crate::cli) pull: bool,
    /// CA của máy nhận (PEM). / The CA of the receiving host.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) ca: Option<PathBuf>,
}

/// Flags of `unit bind`.
#[derive(Debug, Args)]
pub(in crate::cli) struct UnitBind {
    /// Mã định danh. / Unit code.
    pub(in crate::cli) code: String,
    /// Chứng thư. / The certificate, PEM or DER.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) certificate: PathBuf,
    /// agency: cơ quan; person: cá nhân; transport: kết nối.
    #[arg(long)]
    pub(in crate::cli) role: String,
    /// Chứng thư của nơi cấp, nếu không có trong certs/. / The issuer's certificate.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) issuer: Option<PathBuf>,
    /// Từ ngày. / From this day or moment [default: now].
    #[arg(long, value_name = "DATE|RFC3339")]
    pub(in crate::cli) from: Option<String>,
    /// Đến trước ngày. / Until before this day or moment.
    #[arg(long, value_name = "DATE|RFC3339")]
    pub(in crate::cli) until: Option<String>,
}

/// Flags of `unit enrol`.
#[derive(Debug, Args)]
pub(in crate::cli) struct UnitEnrol {
    /// Mã định danh. / Unit code.
    pub(in crate::cli) code: String,
    /// Thư mục ghi hồ sơ. / Folder for the profile.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Địa chỉ của trục. / The gateway's address [default: from the configuration].
    #[arg(long)]
    pub(in crate::cli) url: Option<String>,
    /// Thời hạn, năm. / Years of validity.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(i64).range(1..=5))]
    pub(in crate::cli) years: i64,
}
