//! `dossier`: the counter of an agency.

mod check;
mod counter;
mod erase;
mod figures;
mod forms;
mod moves;
mod show;
mod survey;

use super::console::Console;
use super::failure::{Exit, Failure};
use check::DossierCheck;
use clap::Subcommand;
use counter::{Complete, TakeIn};
use erase::Erase;
use forms::{Book, PrintForm, ResultSlip};
use moves::{Extend, Moved, MovedWithReason, Supplement};
use show::{List, One, Slips};
use survey::Survey;

/// Commands about dossiers.
#[derive(Debug, Subcommand)]
pub(super) enum Dossier {
    /// Thành phần hồ sơ có đúng, đủ như thủ tục đã công bố không. / Whether a dossier has exactly what is asked for.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong dossier check ho-so.json\n  \
        lienthong dossier check ho-so.json --date 2026-11-24 --json\n\n\
        ho-so.json, tệp nằm cùng thư mục / with its files in the same folder:\n  \
        { \"procedure\": \"1.001193\", \"facts\": { \"co_giay_chung_sinh\": true },\n    \
        \"components\": [ { \"component\": \"to-khai\", \"form\": \"electronic\", \"file\": \"to-khai.pdf\",\n      \
        \"template\": \"TKDKKS\" } ] }\n\n\
        Mã thoát / Exit: 0 đủ và đúng / complete, 5 thiếu, sai hoặc thừa / missing, wrong or surplus"
    )]
    Check(DossierCheck),
    /// Tiếp nhận: cấp mã số, xét thành phần, in phiếu. / Takes a dossier in: number, judgement, slip.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong dossier take-in ho-so.json --slip-out phieu.p7m\n  \
        lienthong dossier take-in ho-so.json --register     # chỉ đăng ký, xét sau / decide later\n  \
        lienthong dossier take-in ho-so.json --refuse --reason \"Không thuộc thẩm quyền\"\n\n\
        Đủ: được tiếp nhận, có ngày hẹn. Thiếu hoặc sai: có mã số và một yêu cầu bổ sung đầy đủ. Thừa: trả lại phần thừa.\n\
        Complete: taken in, with an appointment. Otherwise: a number and one complete request. Surplus is handed back."
    )]
    TakeIn(TakeIn),
    /// Nhận phần bổ sung; xét lại toàn bộ. / Takes the rest of a dossier; everything is judged again.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong dossier complete H53.7-261130-0001 bo-sung.json"
    )]
    Complete(Complete),
    /// Số liệu: đủ ngay lần đầu, phải bổ sung, đúng hạn, điểm Một cửa. / Figures, and the dossiers behind them.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong dossier figures --period 2026-11\n  \
        lienthong dossier figures --period 2026-Q4@15 --unit H53.7.1 --csv\n  \
        lienthong dossier figures --dossiers late --period 2026-11     # hồ sơ trễ / the late ones\n  \
        lienthong dossier figures --dossiers late --all                # cả mẫu số / of which they are"
    )]
    Figures(figures::Figures),
    /// Sổ theo dõi hồ sơ. / The register of dossiers.
    List(List),
    /// Một hồ sơ. / One dossier.
    Show(One),
    /// Tải các phiếu có ký số. / Saves the signed slips.
    Slips(Slips),
    /// In mẫu 01 đến 06, kèm chữ ký. / A form, with its signature beside it.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong dossier form H53.7-261130-0001 01\n  \
        lienthong dossier form H53.7-261130-0001 02 --out phieu-02.html\n  \
        lienthong receipt verify phieu-02.html.p7s --detached phieu-02.html"
    )]
    Form(PrintForm),
    /// In phiếu trả kết quả, lần đầu có mã khảo sát. / The result slip; the first one has a code for the survey.
    ResultSlip(ResultSlip),
    /// In sổ theo dõi hồ sơ (mẫu 07). / The register as a form.
    Register(Book),
    /// Khảo sát của người dân. / The survey of citizens.
    #[command(subcommand)]
    Survey(Survey),
    /// Yêu cầu bổ sung: một lần, đầy đủ. / Asks for a supplement, once and completely.
    #[command(
        after_help = "Ví dụ / Examples:\n  lienthong dossier supplement H53.7-261130-0001 --component giay-chung-sinh\n  \
        lienthong dossier supplement H53.7-261130-0001 --component to-khai:wrong_template \\\n    \
        --ground \"Mẫu đã đổi theo TT 03/2025/TT-VPCP\"      # lần hai cần căn cứ / a second request"
    )]
    Supplement(Supplement),
    /// Từ chối tiếp nhận, có lý do. / Refuses, with a reason.
    Refuse(MovedWithReason),
    /// Đưa vào xử lý. / Work on it begins.
    Process(Moved),
    /// Yêu cầu nộp phí, lệ phí, thuế. / A fee or a tax is to be paid.
    Fee(Moved),
    /// Đã nộp. / It was paid.
    Paid(Moved),
    /// Xin lỗi và hẹn lại, một lần. / An apology and another appointment, once.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong dossier extend H53.7-261130-0001 --due 2026-12-10 --reason \"Chờ ý kiến sở\""
    )]
    Extend(Extend),
    /// Dừng xử lý, có lý do. / Stops the work on it, with a reason.
    Stop(MovedWithReason),
    /// Người nộp rút hồ sơ. / Whoever handed it in takes it back.
    Withdraw(Moved),
    /// Đã có kết quả. / There is a result.
    Finish(Moved),
    /// Đã trả kết quả. / The result was handed over.
    Return(Moved),
    /// Xóa ngay dữ liệu cá nhân và tệp theo lệnh; ghi lại căn cứ. / Erases particulars and files at once, by order.
    #[command(
        after_help = "Ví dụ / Example:\n  lienthong dossier erase H53.7-261130-0001 --basis \"QĐ 15/QĐ-UBND ngày 02/11/2026\"\n\n\
        Mã số, ngày, mã lý do và các phiếu vẫn còn. Không lấy lại được.\n\
        Number, dates, codes and slips stay. It cannot be undone."
    )]
    Erase(Erase),
}

pub(super) async fn run(console: &Console, command: &Dossier) -> Result<Exit, Failure> {
    match command {
        Dossier::Check(asked) => check::run(console, asked).await,
        Dossier::TakeIn(asked) => counter::take_in(console, asked).await,
        Dossier::Complete(asked) => counter::complete(console, asked).await,
        Dossier::Figures(asked) => figures::run(console, asked).await,
        Dossier::List(asked) => show::list(console, asked).await,
        Dossier::Show(asked) => show::one(console, asked).await,
        Dossier::Slips(asked) => show::slips(console, asked).await,
        Dossier::Form(asked) => forms::form(console, asked).await,
        Dossier::ResultSlip(asked) => forms::result_slip(console, asked).await,
        Dossier::Register(asked) => forms::register(console, asked).await,
        Dossier::Survey(command) => survey::run(console, command).await,
        Dossier::Supplement(asked) => moves::supplement(console, asked).await,
        Dossier::Refuse(asked) => moves::with_reason(console, asked, "refuse").await,
        Dossier::Process(asked) => moves::plain(console, asked, "process").await,
        Dossier::Fee(asked) => moves::plain(console, asked, "fee").await,
        Dossier::Paid(asked) => moves::plain(console, asked, "paid").await,
        Dossier::Extend(asked) => moves::extend(console, asked).await,
        Dossier::Stop(asked) => moves::with_reason(console, asked, "stop").await,
        Dossier::Withdraw(asked) => moves::plain(console, asked, "withdraw").await,
        Dossier::Finish(asked) => moves::plain(console, asked, "finish").await,
        Dossier::Return(asked) => moves::plain(console, asked, "return").await,
        Dossier::Erase(asked) => erase::run(console, asked).await,
    }
}
