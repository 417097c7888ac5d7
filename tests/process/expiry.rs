//! Clocks of seconds in the real daemon: what nobody fetches ends once, with evidence that `receipt verify`
//! accepts, whenever the daemon is restarted or killed.

use crate::folder::{self, Desk};
use crate::support::{Draft, Fault, Gateway, WORLD, block_on, draft, get, good, until};
use base64::Engine;
use lienthong::client::wire::{DocumentView, ReceiptView};
use lienthong::demo::install::Plan;
use lienthong::demo::units::UNITS;
use lienthong::model::{DocumentId, Timestamp};
use serde_json::Value;
use std::time::Duration;

const SENDER: usize = 2;
const SECS: i64 = 4;
/// Time enough, on a machine that is busy, to fetch a document and to start the daemon anew.
const LONGER: i64 = 12;

fn gateway(secs: i64) -> Gateway {
    let mut gateway = Gateway::installed_in_own_folder(&Plan::of(&WORLD).expect("plan"));
    let text = std::fs::read_to_string(&gateway.at.config).expect("configuration");
    let own = format!("[clocks]\ninbox_secs = {secs}\nlease_secs = 1\ngrace_secs = 1\n");
    let text = text.replace("[clocks]\n", &own);
    assert!(text.contains(&own), "{text}");
    std::fs::write(&gateway.at.config, text).expect("written");
    gateway.up();
    gateway
}

fn send(gateway: &Gateway, number: u64, to: &[usize]) -> DocumentId {
    let made: Draft = draft(&WORLD.members[SENDER], to, number, 300, Fault::None);
    let sent = block_on(gateway.office(SENDER).send(&made.envelope, &made.files));
    let sent = sent.expect("sent").submitted;
    assert_eq!(sent.disposition, "accepted", "{sent:?}");
    DocumentId::parse(&sent.id).expect("id")
}

fn seen(gateway: &Gateway, id: DocumentId) -> DocumentView {
    block_on(gateway.office(SENDER).client.document(id)).expect("seen")
}

fn ends(view: &DocumentView) -> usize {
    view.timeline
        .iter()
        .filter(|e| e.event == "expired")
        .count()
}

fn receipts(gateway: &Gateway, id: DocumentId) -> Vec<ReceiptView> {
    block_on(gateway.office(SENDER).client.receipts(id)).expect("receipts")
}

pub fn clocks(gateway: &Gateway) -> Value {
    let answer = get(gateway.at.operations, "/readyz?verbose").expect("answer");
    let body = answer.split_once("\r\n\r\n").expect("body").1;
    let body: Value = serde_json::from_str(body).expect("JSON");
    body["clocks"].clone()
}

#[test]
fn an_unfetched_document_ends_in_time_in_verifiable_evidence_through_restarts() {
    let mut gateway = gateway(LONGER);
    let id = send(&gateway, 1, &[0, 1]);
    let until_then = seen(&gateway, id).recipients[0].waits_until.clone();
    assert!(until_then.is_some(), "until when it waits");
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().join("den").display().to_string();
    good(&gateway.as_unit(1, &["receive", &id.to_string(), "--out", &out]));
    // A restart in the middle changes nothing.
    gateway.kill();
    gateway.up();
    until("ended", || ends(&seen(&gateway, id)) > 0);
    gateway.kill();
    gateway.up();
    let view = seen(&gateway, id);
    assert_eq!(view.recipients[0].state, "expired");
    assert_eq!(
        view.recipients[1].state, "arrived",
        "lawful work has no clock"
    );
    assert_eq!(ends(&view), 1);
    let at = |event: &str| {
        let entry = view
            .timeline
            .iter()
            .find(|e| e.event == event)
            .expect(event);
        Timestamp::parse(&entry.at).expect("time")
    };
    let waited = at("expired").0 - at("offered").0;
    assert!(waited >= LONGER * 1000, "{waited} ms");
    say!("expiry: a clock of {LONGER} s through a kill ended after {waited} ms");

    // The sender's evidence, by the command and by its facts.
    let all = receipts(&gateway, id);
    let receipt = all.iter().find(|r| r.event == "expired").expect("evidence");
    let der = base64::engine::general_purpose::STANDARD.decode(&receipt.p7m);
    let path = folder.path().join("khong-giao-duoc.p7m");
    std::fs::write(&path, der.expect("base64")).expect("written");
    let path = path.display().to_string();
    let profile = gateway.at.profile(UNITS[SENDER].code);
    let ca = profile
        .with_file_name("receipt-ca.pem")
        .display()
        .to_string();
    let words = good(&gateway.as_unit(SENDER, &["receipt", "verify", &path, "--ca", &ca]));
    assert!(words.contains(UNITS[0].code), "{words}");
    let facts = gateway.as_unit(SENDER, &["receipt", "verify", &path, "--ca", &ca, "--json"]);
    let facts: Value = serde_json::from_str(&good(&facts)).expect("JSON");
    let facts = &facts["receipt"];
    assert_eq!(facts["event"], "expired");
    assert_eq!(facts["recipient"], UNITS[0].code);
    assert_eq!(facts["etsi"], serde_json::json!(["ContentHandoverFailure"]));
    assert_eq!(facts["expiry"]["cause"], "not_fetched");
    // The same bytes after a kill.
    gateway.kill();
    gateway.up();
    assert_eq!(receipts(&gateway, id), all);

    // Nothing is served any more where it did not arrive.
    let late = gateway.as_unit(0, &["receive", &id.to_string(), "--out", &out]);
    assert!(!late.status.success());
    let file = block_on(gateway.office(0).client.download(
        id,
        1,
        &folder.path().join("x"),
        &lienthong::client::progress::Progress::silent(),
    ));
    assert!(file.is_err(), "served after its end");
    let inbox = good(&gateway.as_unit(0, &["inbox", "--json"]));
    assert_eq!(inbox, "");
    let told = good(&gateway.as_unit(SENDER, &["status", &id.to_string(), "--lang", "vi"]));
    assert!(told.contains("không giao được"), "{told}");
    assert!(told.contains("nơi nhận không lấy về"), "{told}");
    until("proved", || clocks(&gateway)["stuck_documents"] == 0);
    gateway.stop();
}

#[test]
fn the_folder_of_the_sender_says_what_became_of_it_and_what_to_do() {
    let gateway = gateway(SECS);
    let desk = Desk::new(&gateway, folder::SENDER, "van-ban");
    let today = crate::support::now().local_day();
    desk.put(
        &format!("12-STC-VP_{today}_Ve du toan.txt"),
        "Không ai lấy về.",
    );
    let sent = desk.once();
    assert_eq!(desk.sent().len(), 1, "{sent:?}");
    let ended = || desk.sent()[0].recipients[0].state == "expired";
    until("ended", ended);
    desk.once();
    let receipts = desk.files("receipts");
    assert!(
        receipts
            .iter()
            .any(|f| f.ends_with(".p7m") && f.contains("-expired-")),
        "{receipts:?}"
    );
    let journal = receipts
        .iter()
        .find(|f| f.starts_with("NHAT-KY-"))
        .expect("journal");
    let journal = desk.read(&format!("receipts/{journal}"));
    let line = journal
        .lines()
        .find(|line| line.contains("không giao được"));
    let line = line.expect("a line of its end");
    assert!(
        line.contains("nơi nhận không lấy về. VIỆC CẦN LÀM: "),
        "{line}"
    );
}

#[test]
fn kills_in_the_middle_of_ending_leave_each_document_ended_once() {
    const DOCUMENTS: u64 = 60;
    let mut gateway = gateway(SECS);
    let ids: Vec<DocumentId> = (1..=DOCUMENTS).map(|n| send(&gateway, n, &[0])).collect();
    let ended = |gateway: &Gateway| {
        let all = ids.iter().map(|id| ends(&seen(gateway, *id)));
        all.collect::<Vec<_>>()
    };
    let mut kills = 0;
    let mut between = 0;
    // All of them run out at about the same time.
    gateway.kill();
    std::thread::sleep(Duration::from_secs(u64::try_from(SECS).expect("small")));
    for pause in [0, 5, 10, 20, 40, 80] {
        gateway.up();
        std::thread::sleep(Duration::from_millis(pause));
        gateway.kill();
        kills += 1;
        let log = std::fs::read_to_string(gateway.at.home.join("serve.log")).expect("log");
        let told = log.matches("a dead letter").count();
        between += u32::from(told > 0 && told < ids.len());
    }
    gateway.up();
    until("all ended", || ended(&gateway).iter().all(|n| *n > 0));
    assert!(ended(&gateway).iter().all(|n| *n == 1), "each once");
    say!("expiry: {DOCUMENTS} documents, {kills} kills, {between} of them in the middle of ending");
    for id in [ids[0], ids[ids.len() - 1]] {
        let all = receipts(&gateway, id);
        let events: Vec<&str> = all.iter().map(|r| r.event.as_str()).collect();
        assert_eq!(events, ["offered", "expired"]);
    }
    let rates = good(&gateway.as_administrator(&["recount", "--json"]));
    let rates: Value = serde_json::from_str(&rates).expect("JSON");
    assert_eq!(rates["differences"], serde_json::json!([]));
    gateway.stop();
}
