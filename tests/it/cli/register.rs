//! The paper register through the binary: over the socket, as a unit, and on the store itself.

use super::Desk;
use super::offices::{CONFIG, install};
use lienthong::clock::{Clock, SystemClock};
use serde_json::Value;

/// Today, as the command line and as a register write it.
struct Today {
    iso: String,
    written: String,
}

impl Today {
    fn new() -> Self {
        let day = SystemClock.now().local_day();
        Self {
            iso: day.to_string(),
            written: day.0.strftime("%d/%m/%Y").to_string(),
        }
    }

    fn span(&self) -> String {
        format!("--from {0} --to {0}", self.iso)
    }
}

#[test]
fn a_register_is_imported_compared_and_taken_back() {
    let desk = Desk::new();
    let signed = install(&desk);
    desk.write("12-STC.p7m", &signed);
    let today = Today::new();
    let (day, span) = (&today.written, today.span());
    let file = format!(
        "SỔ ĐĂNG KÝ VĂN BẢN ĐI\n\"Số, ký hiệu văn bản\";Ngày tháng văn bản;Hình thức gửi\n\
         012/stc;{day};cả hai\n13/STC;{day};giấy\n15/STC;{day};điện tử\n12a/STC;{day};giấy\n"
    );
    desk.write("so.csv", &file);
    desk.write("sai.csv", file.replace("13/STC", "15/STC"));
    let import = format!("register import so.csv --unit H53.7 {span}");
    desk.run("register list").ends(0).says("Chưa có sổ nào");
    desk.run(&import).ends(1).says("chưa có dữ liệu");
    desk.run(&format!("{import} --dry-run"))
        .ends(0)
        .says("Đọc được 4 văn bản");

    let mut daemon = desk.serve(CONFIG, &desk.path("lienthong/lienthong.sock"));
    desk.run(
        "send 12-STC.p7m --number 12 --to H53.8 --notation STC --subject Dự-toán --profile H53.7",
    )
    .ends(0);
    desk.run(&import.replace("so.csv", "sai.csv"))
        .ends(1)
        .says("sai.csv:5: trùng số, ký hiệu và năm với dòng 4")
        .says("Không nhập gì");
    desk.run("register list").ends(0).says("Chưa có sổ nào");
    desk.run(&import)
        .ends(0)
        .says("Đã nhập 4 văn bản của H53.7");
    desk.run(&import)
        .ends(0)
        .says("Đã có hiệu lực từ lần nộp trước");
    desk.write("so.csv", format!("{file}\n"));
    desk.run(&import).ends(1).says("--replace");
    let replaced = desk
        .run(&format!("{import} --replace --json"))
        .ends(0)
        .json();
    looks(&desk, &today);
    as_a_unit(&desk, &span);
    let id = replaced["register"]["id"].as_str().expect("id");
    let undo = format!("register undo {id}");
    desk.run(&undo).ends(2).says("--reason");
    desk.run(&format!("{undo} --reason Nhập-nhầm"))
        .ends(0)
        .says("Đã rút");
    desk.run(&format!("{undo} --reason Nhập-nhầm"))
        .ends(1)
        .says("rút từ trước");
    assert_eq!(daemon.stop(), Some(0));

    desk.run(&import).ends(0).says("Đã nhập 4 văn bản");
    looks(&desk, &today);
    let listed = desk.run("register list --unit H53.7 --json").ends(0);
    let row = |line: &str| -> Value { serde_json::from_str(line).expect("JSON") };
    let rows: Vec<Value> = listed.out.lines().map(row).collect();
    let standing = rows.iter().filter(|row| row["undone"].is_null());
    assert_eq!((rows.len(), standing.count()), (3, 1), "{listed:?}");
    desk.run("register nil --unit H53.8 --from 2024-01-01 --to 2024-12-31 --reason Chưa-thành-lập")
        .ends(0)
        .says("không phát hành văn bản giấy");
    desk.run("recount --json")
        .ends(0)
        .says("\"differences\":[]");
}

/// Gaps and conflicts, wherever they are read.
fn looks(desk: &Desk, today: &Today) {
    let year = &today.iso[..4];
    let gaps = desk.run(&format!("register gaps --unit H53.7 --year {year} --json"));
    let gaps = gaps.ends(0).json();
    let series = &gaps["series"][0];
    assert_eq!(
        series["ranges"],
        serde_json::json!([[1, 11], [14, 14]]),
        "{gaps}"
    );
    assert_eq!(gaps["odd"][0]["number"], "12a", "{gaps}");
    desk.run(&format!("register gaps --unit H53.7 --year {year}"))
        .ends(0)
        .says("1–11, 14")
        .says("12a/STC");
    let conflicts = format!("register conflicts --unit H53.7 --period {}", today.iso);
    let found = desk.run(&format!("{conflicts} --json")).ends(0).json();
    assert_eq!(
        (&found["number"], &found["conflict"]),
        (&"15".into(), &"never_seen".into())
    );
    desk.run(&conflicts).ends(0).says("chưa từng nhận");
    desk.run("register conflicts --unit H53.9 --period 2026")
        .ends(1)
        .says("H53.9");
}

/// A clerk speaks for the unit of the profile, and for no other.
fn as_a_unit(desk: &Desk, span: &str) {
    let profile = "--profile H53.8";
    desk.run(&format!("register nil {span} --unit H53.8 {profile}"))
        .ends(2)
        .says("--unit");
    desk.run(&format!("register nil {span}"))
        .ends(2)
        .says("--profile");
    let nil = desk
        .run(&format!("register nil {span} {profile} --json"))
        .ends(0)
        .json();
    assert_eq!(
        (&nil["unit"], &nil["by"]),
        (&"H53.8".into(), &"H53.8".into())
    );
    let again = format!("register nil {span} {profile} --receipt-out nil.p7m");
    desk.run(&again)
        .ends(0)
        .says("Đã có hiệu lực từ lần nộp trước");
    desk.run(&format!("receipt verify nil.p7m {profile}"))
        .ends(0)
        .says("Bản xác nhận không phát hành văn bản giấy đúng")
        .says(nil["id"].as_str().expect("id"));
    let import = format!("register import so.csv {span} {profile}");
    desk.run(&import).ends(1).says("--replace");
    let taken = desk
        .run(&format!("{import} --replace --json"))
        .ends(0)
        .json();
    assert_eq!(taken["register"]["by"], "H53.8", "{taken}");
}
