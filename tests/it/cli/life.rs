//! The rest of a document's life through the binary: work, recall, take-back.

use super::Desk;
use super::offices::{CONFIG, install};

const CA: &str = "--ca lienthong/certs/own/receipt-ca.pem";

fn send(desk: &Desk, number: u32) -> String {
    let sent = desk.run(&format!(
        "send 12-STC.p7m --number {number} --to H53.8 --notation STC --subject Về-dự-toán \
         --profile H53.7 --json"
    ));
    let sent = sent.ends(0).json();
    sent["id"].as_str().expect("id").to_owned()
}

#[test]
fn a_document_is_worked_on_recalled_and_another_taken_back() {
    let desk = Desk::new();
    let signed = install(&desk);
    desk.write("12-STC.p7m", &signed);
    let mut daemon = desk.serve(CONFIG, &desk.path("lienthong/lienthong.sock"));

    let id = send(&desk, 12);
    desk.run(&format!("receive {id} --out in --profile H53.8"))
        .ends(0);
    for status in ["03", "06"] {
        let given = desk.run(&format!(
            "answer {id} {status} --profile H53.8 --receipt-out R-{status}.p7m"
        ));
        given.ends(0).says("Biên nhận đúng");
        desk.run(&format!("receipt verify R-{status}.p7m {CA}"))
            .ends(0)
            .says(&id);
    }
    desk.run(&format!("answer {id} 04 --profile H53.8"))
        .ends(1)
        .says("impossible_move");
    desk.run(&format!("status {id} --profile H53.7"))
        .ends(0)
        .says("đã hoàn thành")
        .says("mặc nhiên");

    let recall = format!("recall {id} --reason Sai-số-tiền --profile H53.7");
    desk.run(&format!("{recall} --receipts-out R"))
        .ends(0)
        .says("đã bị thu hồi");
    desk.run(&recall).ends(0).says("Đã làm từ trước");
    let saved = std::fs::read_dir(desk.path("R")).expect("folder").count();
    assert_eq!(saved, 1);
    desk.run(&format!("receive {id} --out again --profile H53.8"))
        .ends(1)
        .says("withdrawn");
    desk.run("inbox --profile H53.8")
        .ends(0)
        .says("đã bị thu hồi");
    desk.run("notices --profile H53.8")
        .ends(0)
        .says("nơi gửi thu hồi — Sai-số-tiền — hạn trả lời")
        .says(&format!("Cần trả lời nơi gửi: lienthong answer {id} 15"));
    desk.run(&format!("answer {id} 15 --profile H53.8")).ends(0);
    desk.run("notices --profile H53.7")
        .ends(0)
        .says("nơi nhận trả lời — đã tiếp nhận")
        .says("nơi nhận báo tiến độ — đã hoàn thành")
        .says("nơi nhận trả lời việc thu hồi — đồng ý");
    desk.run(&format!("status {id} --profile H53.7"))
        .ends(0)
        .says("nơi nhận đã xác nhận")
        .says("Sai-số-tiền");

    let other = send(&desk, 13);
    desk.run(&format!("recall {other} --reason Nhầm --profile H53.7"))
        .ends(1)
        .says("take_back");
    let done = desk.run(&format!(
        "take-back {other} --reason Nhầm --recipient H53.8 --profile H53.7 --json"
    ));
    let done = done.ends(0).json();
    assert_eq!(done["recipients"][0]["state"], "taken_back");
    assert_eq!(done["receipts_verified"], true);
    desk.run("inbox --profile H53.8")
        .ends(0)
        .says("Không có văn bản");
    assert_eq!(daemon.stop(), Some(0), "an orderly stop");
    desk.run("recount --json")
        .ends(0)
        .says("\"differences\":[]");
}
