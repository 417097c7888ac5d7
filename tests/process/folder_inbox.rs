//! The receiving half of `lienthong folder`: what waits appears whole, is answered by moving it, and every receipt
//! lies in `receipts/`, at the recipient and at the sender.

use crate::folder::{Desk, RECIPIENT, Running, SENDER, code};
use crate::support::{Gateway, WORLD, block_on, now, until};
use lienthong::demo::units::UNITS;
use lienthong::model::DocumentId;
use serde_json::{Value, json};
use std::fs;

/// A file as it is sent: its name, its bytes.
pub type File = (String, bytes::Bytes);

/// Sends a document with these files, each signed; gives its identifier.
pub fn send(gateway: &Gateway, number: &str, names: &[&str], size: usize) -> DocumentId {
    let (mut entries, mut files): (Vec<Value>, Vec<File>) = (Vec::new(), Vec::new());
    for (i, name) in names.iter().enumerate() {
        let text = format!("Tệp {i} của văn bản {number}. ");
        let content = text.repeat(size / text.len() + 1).into_bytes();
        let signature = WORLD.members[SENDER].agency.sign_detached(&content, now());
        let own = format!("ky-{i}.p7s");
        let role = if i == 0 { "main" } else { "annex" };
        entries.push(json!({ "name": name, "role": role }));
        entries.push(json!({ "name": own, "role": "signature", "of": name }));
        files.push(((*name).to_owned(), content.into()));
        files.push((own, signature.expect("signed").into()));
    }
    let envelope = json!({
        "number": number, "notation": "STC-VP", "promulgated": now().local_day().to_string(),
        "subject": "Về dự toán quý I: phần 1/2", "urgency": "urgent", "files": entries,
        "signer": { "name": "Trần Thị An", "position": "Giám đốc", "competence": "KT." },
        "recipients": [{ "unit": UNITS[RECIPIENT].code }],
    });
    let office = gateway.office(SENDER);
    let sent = block_on(office.send(envelope.to_string().as_bytes(), &files)).expect("sent");
    assert_eq!(sent.status, 201, "{:?}", sent.submitted.verdict);
    DocumentId::parse(&sent.submitted.id).expect("id")
}

/// What the gateway says of the recipient: state and reason.
pub fn state(gateway: &Gateway, id: DocumentId) -> (String, Option<String>) {
    let office = gateway.office(SENDER);
    let view = block_on(office.client.document(id)).expect("document");
    let own = view.recipients.first().expect("recipient");
    (own.state.clone(), own.reason.clone())
}

/// The folder of the one document whose number this is, below `place`.
pub fn folder(desk: &Desk<'_>, place: &str, number: &str) -> String {
    let wanted = format!(" {number}-STC-VP ");
    let names = names(desk, place);
    let found: Vec<&String> = names.iter().filter(|n| n.contains(&wanted)).collect();
    assert_eq!(found.len(), 1, "{place} {number}: {names:?}");
    found[0].clone()
}

/// The names in a folder of the desk that are not hidden.
pub fn names(desk: &Desk<'_>, place: &str) -> Vec<String> {
    let entries = fs::read_dir(desk.root.join(place)).into_iter().flatten();
    let names = entries.map(|e| e.expect("entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|n| !n.starts_with('.')).collect();
    names.sort();
    names
}

fn month() -> String {
    now().local_day().to_string().chars().take(7).collect()
}

/// What must lie in the folder of every received document.
pub const PAPERS: [&str; 6] = [
    "LY-DO-TU-CHOI.txt",
    "VAN-BAN.txt",
    "bien-nhan-den.p7m",
    "bien-nhan.p7m",
    "phong-bi.json",
    "van-ban.json",
];

fn moved(desk: &Desk<'_>, from: &str, to: &str, name: &str) {
    let (from, to) = (
        desk.root.join(from).join(name),
        desk.root.join(to).join(name),
    );
    fs::rename(from, to).expect("moved");
}

/// Names that a sender may choose, and what they become. The sender's own `VAN-BAN.txt` is not the gateway's.
const ODD: [(&str, &str); 9] = [
    ("Văn bản số 1.txt", "Văn bản số 1.txt"),
    ("VAN-BAN.txt", "VAN-BAN (2).txt"),
    ("ly do.TXT", "ly do (2).TXT"),
    ("con.txt", "_con.txt"),
    ("📄 phụ lục.txt", "📄 phụ lục.txt"),
    ("Phu-luc.txt", "Phu-luc.txt"),
    ("PHU-LUC.txt", "PHU-LUC (2).txt"),
    ("-rf.txt", "-rf.txt"),
    ("a.txt.", "a.txt"),
];

#[test]
fn what_waits_appears_under_safe_names_with_what_a_clerk_needs() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    let odd: Vec<&str> = ODD.iter().map(|(name, _)| *name).collect();
    let id = send(&gateway, "12", &odd, 10);
    assert_eq!(code(&desk.once()), 0);
    let name = folder(&desk, "inbox", "12");
    assert!(name.ends_with("Về dự toán quý I- phần 1-2"), "{name}");
    assert!(name.contains("[Khẩn] "), "{name}");
    let mut due: Vec<String> = PAPERS.map(str::to_owned).to_vec();
    due.extend(ODD.map(|(_, safe)| safe.to_owned()));
    due.extend((0..ODD.len()).map(|i| format!("ky-{i}.p7s")));
    due.sort();
    assert_eq!(names(&desk, &format!("inbox/{name}")), due);
    let letter = desk.read(&format!("inbox/{name}/VAN-BAN.txt"));
    for said in [
        UNITS[SENDER].name,
        "12/STC-VP",
        "Về dự toán quý I: phần 1/2",
        "Khẩn",
        "KT. Trần Thị An Giám đốc",
        "Hạn trả lời: ",
        "Kiểm tra chữ ký: ",
        "accepted/",
        "refused/",
        "tên của nơi gửi: con.txt",
        &id.to_string(),
    ] {
        assert!(letter.contains(said), "{said}: {letter}");
    }
    let envelope = desk.read(&format!("inbox/{name}/phong-bi.json"));
    let envelope: Value = serde_json::from_str(&envelope).expect("JSON");
    assert_eq!(envelope["number"], "12");
    assert_eq!(state(&gateway, id).0, "arrived");
    // Not fetched again, and nothing changes.
    let before = desk.files("inbox");
    assert_eq!(code(&desk.once()), 0);
    assert_eq!(desk.files("inbox"), before);
    receipts_are_kept(&desk, id, &["offered", "arrived"]);
}

/// The receipts of a document at this desk, and a line for each in both journals.
pub fn receipts_are_kept(desk: &Desk<'_>, id: DocumentId, events: &[&str]) {
    let text = id.to_string();
    let ending = &text[text.len() - 12..];
    let files = desk.files("receipts");
    let own: Vec<&String> = files.iter().filter(|f| f.contains(ending)).collect();
    let kept: Vec<&&String> = own.iter().filter(|f| f.ends_with(".p7m")).collect();
    assert_eq!(kept.len(), events.len(), "{own:?}");
    for (file, event) in kept.iter().zip(events) {
        assert!(file.contains(&format!("-{event}")), "{event}: {own:?}");
    }
    let journal = own
        .iter()
        .find(|f| f.ends_with("NHAT-KY.txt"))
        .expect("journal");
    let lines = desk.read(&format!("receipts/{journal}"));
    assert_eq!(lines.lines().count(), events.len(), "{lines}");
    let month = desk.read(&format!("receipts/NHAT-KY-{}.txt", month()));
    for line in lines.lines() {
        let times = month.lines().filter(|known| *known == line).count();
        assert_eq!(times, 1, "{line}: {month}");
    }
}

#[test]
fn documents_are_answered_by_moving_them_and_both_sides_get_every_receipt() {
    let gateway = Gateway::of_world();
    let (desk, sender) = (
        Desk::new(&gateway, RECIPIENT, "xa"),
        Desk::new(&gateway, SENDER, "so"),
    );
    // The sender's folder follows what is sent from its first document on.
    sender.put("1-STC-VP_2026-11-23_Mo dau.txt", "Văn bản đầu.");
    assert_eq!(code(&sender.once()), 0);
    let ids = ["11", "12", "13", "14"].map(|number| send(&gateway, number, &["cv.txt"], 10));
    assert_eq!(code(&desk.once()), 0);
    let [one, two, three, four] =
        ["11", "12", "13", "14"].map(|number| folder(&desk, "inbox", number));
    moved(&desk, "inbox", "accepted", &one);
    // A refusal without a reason is not sent, and says so.
    moved(&desk, "inbox", "refused", &two);
    // Under another name, as a copy is called.
    let other = desk.root.join("refused/Bản sao");
    fs::rename(desk.root.join("inbox").join(&three), &other).expect("moved");
    fs::write(other.join("LY-DO-TU-CHOI.txt"), "# mẫu\nSai nơi nhận\n").expect("written");
    // Nothing that was ever received.
    fs::create_dir(desk.root.join("accepted/Thư mục lạ")).expect("folder");
    assert_eq!(code(&desk.once()), 5, "two are explained");
    let accepted = format!("accepted/{}/{one}", month());
    assert!(
        desk.read(&format!("{accepted}/DA-TRA-LOI.txt"))
            .contains("đã tiếp nhận")
    );
    assert!(
        desk.root
            .join(&accepted)
            .join("bien-nhan-tra-loi.p7m")
            .is_file()
    );
    let why = desk.read(&format!("refused/{two}/CHUA-TRA-LOI.txt"));
    assert!(
        why.contains("phải có lý do") && why.contains("Việc cần làm"),
        "{why}"
    );
    let why = desk.read("accepted/Thư mục lạ/CHUA-TRA-LOI.txt");
    assert!(why.contains("Không nhận ra"), "{why}");
    let states = ids.map(|id| state(&gateway, id));
    assert_eq!(states[0].0, "accepted");
    assert_eq!(states[1].0, "arrived");
    assert_eq!(
        states[2],
        ("refused".to_owned(), Some("Sai nơi nhận".to_owned()))
    );
    // The reason is written, and the strange folder goes away.
    let reason = desk
        .root
        .join("refused")
        .join(&two)
        .join("LY-DO-TU-CHOI.txt");
    fs::write(reason, "\u{feff}Thiếu phụ lục").expect("written");
    fs::remove_dir_all(desk.root.join("accepted/Thư mục lạ")).expect("removed");
    assert_eq!(code(&desk.once()), 0);
    assert_eq!(
        state(&gateway, ids[1]),
        ("refused".to_owned(), Some("Thiếu phụ lục".to_owned()))
    );
    assert_eq!(names(&desk, "refused"), [month()]);
    answered_elsewhere(&gateway, &desk, ids[3], &four);
    cannot_be_changed(&desk, &accepted, &one);
    assert_eq!(state(&gateway, ids[0]).0, "accepted");
    // Of the first document, which nobody answered.
    assert_eq!(desk.files(".lienthong/received").len(), 1);
    assert_eq!(code(&sender.once()), 0);
    reads_why(&sender);
    for id in ids {
        receipts_are_kept(&desk, id, &["offered", "arrived", "answered"]);
        receipts_are_kept(&sender, id, &["offered", "arrived", "answered"]);
    }
}

/// What was answered cannot be answered otherwise.
fn cannot_be_changed(desk: &Desk<'_>, accepted: &str, one: &str) {
    let again = desk.root.join("refused").join(one);
    fs::rename(desk.root.join(accepted), &again).expect("moved");
    fs::write(again.join("LY-DO-TU-CHOI.txt"), "Đổi ý").expect("written");
    assert_eq!(code(&desk.once()), 5);
    let why = desk.read(&format!("refused/{one}/CHUA-TRA-LOI.txt"));
    assert!(why.contains("đã tiếp nhận lúc"), "{why}");
}

/// The sender reads why in its journal, in the words of the recipient.
fn reads_why(sender: &Desk<'_>) {
    let journal = sender.read(&format!("receipts/NHAT-KY-{}.txt", month()));
    for said in [
        "đã từ chối tiếp nhận: Sai nơi nhận",
        "đã từ chối tiếp nhận: Thiếu phụ lục",
    ] {
        assert!(journal.contains(said), "{said}: {journal}");
    }
}

/// One that was answered by another program says so in its folder.
fn answered_elsewhere(gateway: &Gateway, desk: &Desk<'_>, id: DocumentId, name: &str) {
    let done = gateway.as_unit(RECIPIENT, &["answer", &id.to_string(), "accepted"]);
    assert!(done.status.success());
    assert_eq!(code(&desk.once()), 0);
    let said = desk.read(&format!("inbox/{name}/DA-TRA-LOI.txt"));
    assert!(said.contains("ở nơi khác"), "{said}");
}

#[test]
fn a_running_folder_is_told_of_documents_and_answers_at_once() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    let running = Running::of(&desk);
    until("the folder is made", || desk.root.join("refused").is_dir());
    let id = send(&gateway, "21", &["cv.txt"], 10);
    until("it arrived", || names(&desk, "inbox").len() == 1);
    // Both at once is a mistake, and neither is sent.
    let name = folder(&desk, "inbox", "21");
    let copy = desk.root.join("refused").join(&name);
    // The agent answers what rests for a moment, and would answer the one before the other is there.
    running.unseen(|| {
        fs::create_dir(&copy).expect("folder");
        fs::copy(
            desk.root.join("inbox").join(&name).join("van-ban.json"),
            copy.join("van-ban.json"),
        )
        .expect("copied");
        fs::write(copy.join("LY-DO.txt"), "Nhầm").expect("written");
        moved(&desk, "inbox", "accepted", &name);
    });
    let explained = desk
        .root
        .join("accepted")
        .join(&name)
        .join("CHUA-TRA-LOI.txt");
    until("it is explained", || explained.is_file());
    assert_eq!(state(&gateway, id).0, "arrived");
    // The running folder may write beside it meanwhile.
    until("the copy is removed", || {
        fs::remove_dir_all(&copy).is_ok() || !copy.exists()
    });
    until("it is answered", || names(&desk, "accepted") == [month()]);
    assert_eq!(state(&gateway, id).0, "accepted");
    drop(running);
}
