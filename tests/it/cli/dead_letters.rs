//! The dead-letter desk through the binary: on the store itself, and over the socket.

use super::Desk;
use super::offices::{CONFIG, install};
use crate::server::expire::{NOT_FETCHED, expire_at_rest};

fn send(desk: &Desk, number: u32) -> String {
    let sent = desk.run(&format!(
        "send 12-STC.p7m --number {number} --to H53.8 --notation STC --subject Về-dự-toán \
         --profile H53.7 --json"
    ));
    let sent = sent.ends(0).json();
    sent["id"].as_str().expect("id").to_owned()
}

fn expire(desk: &Desk, ids: &[&str]) {
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let all: Vec<(&str, &str)> = ids.iter().map(|id| (*id, "H53.8")).collect();
    runtime.block_on(expire_at_rest(&desk.path("lienthong"), &all, NOT_FETCHED));
}

#[test]
fn the_desk_works_on_the_store_and_over_the_socket() {
    let desk = Desk::new();
    let signed = install(&desk);
    desk.write("12-STC.p7m", &signed);
    let socket = desk.path("lienthong/lienthong.sock");
    let none = "Không có văn bản nào";
    desk.run("dead-letters list").ends(0).says(none);
    let mut daemon = desk.serve(CONFIG, &socket);
    let ids: Vec<String> = (12..=15).map(|number| send(&desk, number)).collect();
    assert_eq!(daemon.stop(), Some(0));
    expire(&desk, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    looks(&desk, &ids);
    acts(&desk, &ids);

    let mut daemon = desk.serve(CONFIG, &socket);
    replays_all(&desk, &ids);
    desk.run("dead-letters list").ends(0).says(none);
    desk.run(&format!("dead-letters show {}", ids[0]))
        .ends(1)
        .says("not_dead");
    desk.run(&format!("dead-letters replay {} {}", ids[0], ids[2]))
        .ends(1)
        .says("CHƯA làm được")
        .says("đã làm từ trước");
    desk.run(&format!("receive {} --out in --profile H53.8", ids[1]))
        .ends(0);
    desk.run(&format!("status {} --profile H53.7", ids[0]))
        .ends(0)
        .says("không giao được, thôi gửi lại");
    assert_eq!(daemon.stop(), Some(0));
    desk.run("recount --json")
        .ends(0)
        .says("\"differences\":[]");
}

/// What the desk shows, on the store itself.
fn looks(desk: &Desk, ids: &[String]) {
    let listed = desk.run("dead-letters list --json --limit 3").ends(0);
    assert_eq!(listed.out.lines().count(), 3, "{listed:?}");
    desk.run("dead-letters list --unit H53.7")
        .ends(0)
        .says("Không có văn bản nào");
    desk.run("dead-letters list")
        .ends(0)
        .says(&ids[3])
        .says("nơi nhận");
    desk.run(&format!("dead-letters show {}", ids[0]))
        .ends(0)
        .says("Không ai lấy văn bản về")
        .says("Báo văn thư H53.8")
        .says("0 lần, còn 20 lần")
        .says("Khóa vẫn là");
    desk.run(&format!("dead-letters show {} --lang en", ids[0]))
        .ends(0)
        .says("Nobody fetched the document in time");
}

/// Gives the first up and sends the second again, on the store itself.
fn acts(desk: &Desk, ids: &[String]) {
    desk.run("dead-letters replay").ends(2).says("--unit");
    let give_up = format!("dead-letters give-up {}", ids[0]);
    desk.run(&give_up).ends(2).says("--reason");
    desk.run(&format!("{give_up} --reason Đã-gửi-bản-giấy"))
        .ends(0)
        .says("thôi gửi lại");
    desk.run(&format!("dead-letters replay {} --receipts-out R", ids[1]))
        .ends(0)
        .says("đã gửi lại");
    let saved = std::fs::read_dir(desk.path("R")).expect("folder").next();
    let saved = saved.expect("receipt").expect("receipt").path();
    let saved = saved.to_str().expect("path");
    assert!(saved.ends_with("-replayed.p7m"), "{saved}");
    let ca = "--ca lienthong/certs/own/receipt-ca.pem";
    desk.run(&format!("receipt verify {saved} {ca}"))
        .ends(0)
        .says(&ids[1]);
}

/// Sends all of a unit again, over the socket.
fn replays_all(desk: &Desk, ids: &[String]) {
    desk.run(&format!("dead-letters replay {}", ids[1]))
        .ends(0)
        .says("đã làm từ trước");
    desk.run("dead-letters replay --unit H53.8 --no-input")
        .ends(2)
        .says("2 văn bản")
        .says("--yes");
    let all = desk
        .run("dead-letters replay --unit H53.8 --yes --json")
        .ends(0);
    let row = |line: &str| -> serde_json::Value { serde_json::from_str(line).expect("JSON") };
    let rows: Vec<_> = all.out.lines().map(row).collect();
    assert_eq!(rows.len(), 2, "{all:?}");
    let sent_again = |row: &serde_json::Value| row["state"] == "waiting";
    assert!(rows.iter().all(sent_again), "{all:?}");
    assert!(rows.iter().all(|row| row["repeated"] == false), "{all:?}");
}
