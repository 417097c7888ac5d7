//! Receipts, answers and urgent documents do not stand in a queue behind documents: not where documents do not get
//! through to a folder or from it, and not where they pile up before a recipient that is pushed to.

use crate::folder::{Desk, RECIPIENT, Running, SENDER, code, put_signed};
use crate::folder_inbox::{names, receipts_are_kept, send, state};
use crate::lives::Run;
use crate::proxy::{Class, Weather, between};
use crate::reached::{Reached, configure, installed};
use crate::receiver::{Receiver, Reply};
use crate::support::{Gateway, block_on, good, until};
use lienthong::client::wire::DocumentView;
use lienthong::demo::units::UNITS;
use lienthong::model::DocumentId;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Queued behind documents that never get through, a receipt would never come; what it takes otherwise is a look and
/// two requests, on a machine that is busy.
const PROMPT: Duration = Duration::from_secs(20);
/// Documents that wait for the recipient that is pushed to, and urgent ones that come after them.
const QUEUE: usize = 100;
const URGENT: usize = 4;

/// The desk of an office that speaks through a proxy.
fn desk<'g>(gateway: &'g Gateway, place: usize, weather: &Arc<Weather>) -> Desk<'g> {
    let at = between(&gateway.at, &[UNITS[place].code], weather);
    Desk {
        at,
        ..Desk::new(gateway, place, "van-ban")
    }
}

/// Whether a receipt of that event of a document lies at a desk.
fn has_receipt(desk: &Desk<'_>, id: DocumentId, event: &str) -> bool {
    let text = id.to_string();
    let files = desk.files("receipts");
    let mut own = files
        .iter()
        .filter(|f| f.contains(&text[text.len() - 12..]));
    own.any(|f| f.ends_with(".p7m") && f.contains(&format!("-{event}")))
}

fn answer(gateway: &Gateway, id: DocumentId) {
    let out = gateway.at.home.join("den").display().to_string();
    let id = id.to_string();
    good(&gateway.as_unit(RECIPIENT, &["receive", &id, "--out", &out]));
    good(&gateway.as_unit(RECIPIENT, &["answer", &id, "03"]));
}

#[test]
fn a_folder_whose_documents_do_not_get_out_has_the_receipts_of_earlier_ones() {
    let gateway = Gateway::of_world();
    let weather = Weather::fair();
    let desk = desk(&gateway, SENDER, &weather);
    desk.put("101-STC-VP_2026-11-23_Truoc.txt", "Văn bản trước.");
    assert_eq!(code(&desk.once()), 0);
    let id = DocumentId::parse(&desk.sent()[0].id).expect("id");
    weather.hold(Class::Send);
    let running = Running::of(&desk);
    for number in 102..112 {
        let name = format!("{number}-STC-VP_2026-11-23_Sau.txt");
        desk.put(&name, &format!("Văn bản {number}."));
    }
    until("they are on their way", || !desk.jobs().is_empty());
    answer(&gateway, id);
    let began = Instant::now();
    until("its receipts are here", || {
        has_receipt(&desk, id, "answered")
    });
    let took = began.elapsed();
    assert_eq!(desk.sent().len(), 1, "none got through meanwhile");
    assert!(took < PROMPT, "{took:?}");
    weather.let_go(Class::Send);
    until("they are sent", || names(&desk, "processed").len() == 11);
    drop(running);
    assert_eq!(code(&desk.once()), 0);
    receipts_are_kept(&desk, id, &["offered", "arrived", "answered"]);
    say!("receipts beside ten documents that do not get out: {took:.1?}");
}

#[test]
fn a_folder_whose_documents_do_not_come_in_gives_answers_and_has_their_receipts() {
    let gateway = Gateway::of_world();
    let weather = Weather::fair();
    let desk = desk(&gateway, RECIPIENT, &weather);
    let first = send(&gateway, "121", &["cv.txt"], 10);
    assert_eq!(code(&desk.once()), 0);
    weather.hold(Class::Receive);
    let later = ["122", "123", "124"].map(|number| send(&gateway, number, &["cv.txt"], 10));
    let running = Running::of(&desk);
    let name = names(&desk, "inbox").pop().expect("the first");
    let at = |place: &str| desk.root.join(place).join(&name);
    std::fs::rename(at("inbox"), at("accepted")).expect("moved");
    let began = Instant::now();
    until("its receipt is here", || {
        has_receipt(&desk, first, "answered")
    });
    let took = began.elapsed();
    assert!(took < PROMPT, "{took:?}");
    for id in later {
        assert_eq!(state(&gateway, id).0, "waiting", "none came meanwhile");
    }
    weather.let_go(Class::Receive);
    until("they come", || names(&desk, "inbox").len() == later.len());
    drop(running);
}

/// When a document arrived, by the log.
fn arrival(view: &DocumentView) -> u64 {
    let arrived = view.timeline.iter().find(|e| e.event == "arrived");
    arrived.expect("an arrival").position
}

#[test]
fn a_folder_sends_and_fetches_what_is_urgent_first() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    let outbox = desk.outbox();
    for number in 131..134 {
        let name = format!("{number}-STC-VP_2026-11-23_Thuong.txt");
        desk.put(&name, &format!("Văn bản {number}."));
    }
    put_signed(&outbox, "z.txt", "Văn bản hỏa tốc.");
    let sidecar = serde_json::json!({
        "number": "139", "notation": "STC-VP", "promulgated": "2026-11-23",
        "subject": "Hỏa tốc", "urgency": "flash", "files": [
            { "name": "z.txt", "role": "main" },
            { "name": "z.txt.p7s", "role": "signature", "of": "z.txt" },
        ],
    });
    std::fs::write(outbox.join("z.json"), sidecar.to_string()).expect("written");
    assert_eq!(code(&desk.once()), 0);
    let mut sent = desk.sent();
    assert_eq!(sent.len(), 4);
    sent.sort_by_key(|row| row.position);
    assert_eq!(sent[0].number, "139", "the urgent one was sent first");
    // At the other office one more, sent last of all, comes in first.
    let other = Desk::new(&gateway, RECIPIENT, "xa");
    assert_eq!(code(&other.once()), 0);
    let office = gateway.office(SENDER);
    let view = |id: &str| {
        let id = DocumentId::parse(id).expect("id");
        block_on(office.client.document(id)).expect("document")
    };
    let mut came: Vec<(u64, &str)> = sent
        .iter()
        .map(|row| (arrival(&view(&row.id)), row.number.as_str()))
        .collect();
    came.sort_unstable();
    assert_eq!(came[0].1, "139", "{came:?}");
}

#[test]
fn a_queue_before_one_recipient_keeps_no_receipt_from_others_and_goes_on_with_what_is_urgent() {
    const PUSHED: usize = 0;
    const TOLD: usize = 3;
    const PULLS: usize = 5;
    let (push, hook) = (Receiver::start(), Receiver::start());
    let units = [
        (PUSHED, Reached::Push, &push),
        (TOLD, Reached::Webhook, &hook),
    ];
    let mut gateway = installed(None, &units);
    // One after the other, so that they arrive as they are taken.
    let one = "per_recipient = 1\nfirst_retry_secs";
    configure(&gateway, |text| text.replace("first_retry_secs", one));
    gateway.up();
    push.always(Reply::Status(503));
    hook.always(Reply::Status(204));
    let run = Run::new(&gateway.at, &[10_000]);
    block_on(async {
        let (mut waiting, mut urgent) = (Vec::new(), Vec::new());
        for _ in 0..QUEUE {
            waiting.push(run.send(2, &[PUSHED], None).await);
        }
        for _ in 0..URGENT {
            let flash = Some(("urgency", serde_json::json!("flash")));
            urgent.push(run.send_saying(2, &[PUSHED], flash).await);
        }
        let began = Instant::now();
        // Every receipt of this life is checked as it is given.
        let id = run.send(4, &[TOLD, PULLS], None).await;
        let text = id.to_string();
        let told = || {
            let all = hook.requests();
            all.iter()
                .any(|r| String::from_utf8_lossy(&r.body).contains(&text))
        };
        tokio::task::block_in_place(|| until("the notice is here", told));
        for (place, status) in [(TOLD, "03"), (PULLS, "02")] {
            assert!(run.receive(place, id).await && run.answer(place, id, status).await);
        }
        let office = run.office(4);
        let mut events = Vec::new();
        for view in office.client.receipts(id).await.expect("receipts") {
            events.push(office.verified(&view).expect("verifies").event);
        }
        events.sort_unstable();
        let due = ["answered", "answered", "arrived", "arrived", "offered"];
        assert_eq!(events, due, "one receipt for each event");
        let notices = office.client.notices(None, 50, 0).await.expect("notices");
        let own = notices.items.iter().filter(|n| n.id == text);
        assert_eq!(own.count(), 4, "its sender was told of each");
        let took = began.elapsed();
        assert!(took < PROMPT, "{took:?}");
        say!("a life beside {QUEUE} documents that wait: {took:.1?}");
        for id in waiting.iter().chain(&urgent) {
            let state = run.view(2, *id).await.recipients[0].state.clone();
            assert_eq!(state, "waiting", "the queue stood");
        }
        push.always(Reply::Status(200));
        let mut order = Vec::new();
        for id in waiting.iter().chain(&urgent) {
            let arrived = || async { run.view(2, *id).await.recipients[0].arrived.is_some() };
            let began = Instant::now();
            while !arrived().await {
                assert!(began.elapsed() < Duration::from_secs(60), "{id}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            order.push((arrival(&run.view(2, *id).await), *id));
        }
        order.sort_unstable();
        // First whichever the recipient was asked with, and at most one that had its turn already.
        let first: Vec<DocumentId> = order.iter().take(URGENT + 2).map(|(_, id)| *id).collect();
        assert!(urgent.iter().all(|id| first.contains(id)), "{order:?}");
    });
    gateway.stop();
}
