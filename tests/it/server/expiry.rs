//! Documents that nobody takes: their clocks run out, the sender has signed evidence of it, and whoever takes
//! one in that very moment either has it or does not.

use super::schema::conforms;
use super::world::{OTHER, RECIPIENT, SENDER, World, code, now, open, unsigned};
use axum::http::StatusCode;
use futures_util::StreamExt;
use lienthong::clock::Clock;
use lienthong::intake::{Expiry, Lines, RanOut};
use lienthong::model::event::{AttemptOutcome, ExpiryCause, ExpiryClock};
use lienthong::model::{DocumentId, Timestamp};
use lienthong::registry::Channel;
use lienthong::relay::{Clocks, Delivery, Running};
use lienthong::seal::receipt::{Receipt, verify};
use lienthong::trust::certificate::Certificate;
use lienthong::upkeep::{Keeper, Standing, Standings};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const CLOCKS: Clocks = Clocks {
    inbox: 7200,
    push: 3600,
    urgent: 1800,
    flash: 600,
    lease: 300,
    grace: 60,
};

/// Nobody delivers; or an address that fails.
struct Line(Option<AttemptOutcome>);

impl Lines for Line {
    fn failing(&self, _delivery: &Delivery) -> Option<AttemptOutcome> {
        self.0
    }
}

struct Kept {
    keeper: Keeper,
    standings: Standings,
    stop: CancellationToken,
}

impl Kept {
    fn new(world: &World, failing: Option<AttemptOutcome>) -> Self {
        let standings = Standings::default();
        let lines = Arc::new(Line(failing));
        let told = Arc::clone(&standings);
        Self {
            keeper: Keeper::new(Arc::clone(&world.intake), lines, CLOCKS, told),
            standings,
            stop: CancellationToken::new(),
        }
    }

    async fn round(&mut self) {
        self.keeper.round(&self.stop).await;
    }

    /// As after a restart: nothing is remembered.
    async fn anew(world: &World) -> Arc<Standing> {
        let mut kept = Self::new(world, None);
        kept.round().await;
        kept.standings.load_full().expect("proved")
    }
}

async fn sent(world: &World, number: &str, urgency: &str) -> String {
    let mut form = world.document(number);
    let text = String::from_utf8_lossy(&form.body).into_owned();
    if urgency != "normal" {
        let more = format!(r#""urgency":"{urgency}","recipients""#);
        form.body = splice(&form.body, b"\"recipients\"", more.as_bytes());
        assert_ne!(form.body, text.as_bytes());
    }
    let sent = world.post(SENDER, &form).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    sent.text("id")
}

fn splice(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = body.windows(from.len()).position(|w| w == from);
    let at = at.expect("there");
    [&body[..at], to, &body[at + from.len()..]].concat()
}

async fn seen(world: &World, by: &str, id: &str) -> Value {
    let view = world.get(by, &format!("/v1/documents/{id}")).await.json();
    conforms("Document", &view).expect("as described");
    view
}

async fn state(world: &World, id: &str) -> String {
    let view = seen(world, SENDER, id).await;
    view["recipients"][0]["state"]
        .as_str()
        .expect("state")
        .to_owned()
}

async fn evidence(world: &World, id: &str) -> Vec<Receipt> {
    let path = format!("/v1/documents/{id}/receipts");
    let all = world.get(SENDER, &path).await.json();
    let ca = Certificate::parse(&world.receipt_ca).expect("CA");
    let items = all["items"].as_array().expect("list").clone();
    let read = |view: &Value| {
        use base64::Engine;
        let p7m = view["p7m"].as_str().expect("receipt");
        let der = base64::engine::general_purpose::STANDARD.decode(p7m);
        verify(&der.expect("base64"), &ca).expect("verifies")
    };
    items.iter().map(read).collect()
}

#[tokio::test]
async fn what_nobody_fetches_ends_in_signed_evidence_and_the_files_are_gone() {
    let world = World::new();
    let mut kept = Kept::new(&world, None);
    let id = sent(&world, "12", "normal").await;
    kept.round().await;
    world.clock.set(Timestamp(now().plus_secs(7200).0 - 1));
    kept.round().await;
    assert_eq!(state(&world, &id).await, "waiting");
    world.clock.set(now().plus_secs(7200));
    kept.round().await;
    kept.round().await;
    for by in [SENDER, RECIPIENT] {
        let view = seen(&world, by, &id).await;
        assert_eq!(view["recipients"][0]["state"], "expired", "{by}");
        let last = view["timeline"]
            .as_array()
            .expect("timeline")
            .last()
            .cloned();
        let last = last.expect("entry");
        assert_eq!(
            (&last["event"], &last["recipient"], &last["cause"]),
            (&"expired".into(), &RECIPIENT.into(), &"not_fetched".into())
        );
    }
    let receipts = evidence(&world, &id).await;
    let names: Vec<&str> = receipts.iter().map(|r| r.event.as_str()).collect();
    assert_eq!(names, ["offered", "expired"], "once");
    assert_eq!(receipts[1].facts.etsi, ["ContentHandoverFailure"]);
    assert_eq!(receipts[1].at, now().plus_secs(7200));
    let file = format!("/v1/documents/{id}/files/1");
    let gone = world.get(RECIPIENT, &file).await;
    assert_eq!(
        (gone.status, gone.text("code")),
        (StatusCode::GONE, "withdrawn".into())
    );
    assert_eq!(world.get(SENDER, &file).await.status, StatusCode::OK);
    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"], serde_json::json!([]));
    let outbox = world.get(SENDER, "/v1/outbox").await.json();
    assert_eq!(outbox["items"][0]["recipients"][0]["state"], "expired");
    // It stays in the denominator, and is shown.
    let rates = world.get(SENDER, "/v1/rates?period=2026-11").await.json();
    let counts = &rates["units"][0]["counts"];
    assert_eq!(
        (&counts["offered"], &counts["expired"]),
        (&1.into(), &1.into())
    );
    assert_eq!(rates["units"][0]["rates"]["signed"]["denominator"], 1);
    let standing = Kept::anew(&world).await;
    assert_eq!((standing.stuck(), standing.looked), (0, 0));
}

#[tokio::test]
async fn urgency_shortens_the_clock_and_a_clock_set_back_ends_nothing_early() {
    let world = World::new();
    let mut kept = Kept::new(&world, None);
    let mut ids = Vec::new();
    let begun = now().plus_secs(3600);
    world.clock.set(begun);
    for (number, urgency) in [("1", "normal"), ("2", "urgent"), ("3", "flash_timed")] {
        ids.push(sent(&world, number, urgency).await);
    }
    let mut states = Vec::new();
    // Forward, back by more than is believed, and forward again.
    for secs in [599, 600, -3000, 1799, 1800, 100, 7199, 7200] {
        world.clock.set(begun.plus_secs(secs));
        kept.round().await;
        let mut open = 0;
        for id in &ids {
            open += u32::from(state(&world, id).await == "waiting");
        }
        states.push(open);
    }
    assert_eq!(states, [3, 2, 2, 2, 1, 1, 1, 0]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_for_a_year_does_not_make_the_keeper_sleep_for_one() {
    let world = World::new();
    let mut kept = Kept::new(&world, None);
    world.clock.set(now().plus_secs(365 * 24 * 3600));
    kept.round().await;
    world.clock.set(now());
    let id = sent(&world, "12", "flash").await;
    kept.round().await;
    world.clock.set(now().plus_secs(600));
    kept.round().await;
    assert_eq!(state(&world, &id).await, "expired");
}

#[tokio::test]
async fn a_download_under_way_is_broken_off_or_counts_and_never_both() {
    let world = World::new();
    let long = vec![b'x'; 300_000];
    let mut ids = Vec::new();
    for number in ["1", "2"] {
        let signature = world.signer.sign_detached(&long, now()).expect("signed");
        let form = super::world::Form::new()
            .part("envelope", super::world::envelope(number).as_bytes())
            .part("file", &long)
            .part("file", &signature);
        let sent = world.post(SENDER, &form).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
        ids.push(sent.text("id"));
    }
    for id in &ids {
        let path = format!("/v1/documents/{id}/files/2");
        assert_eq!(world.get(RECIPIENT, &path).await.status, StatusCode::OK);
    }
    let begin = |id: &String| {
        let path = format!("/v1/documents/{id}/files/1");
        let (router, client) = (world.router.clone(), world.raw(RECIPIENT));
        async move {
            open(router, client, &path)
                .await
                .into_body()
                .into_data_stream()
        }
    };
    // Begun, and its clock runs out in the middle: the end of the file never comes.
    let mut body = begin(&ids[0]).await;
    assert!(body.next().await.expect("first").is_ok());
    let mut kept = Kept::new(&world, None);
    world.clock.set(now().plus_secs(7200));
    // The other one is complete a moment before that.
    let all: Vec<_> = begin(&ids[1]).await.collect().await;
    assert!(all.iter().all(Result::is_ok));
    kept.round().await;
    kept.round().await;
    let rest: Vec<_> = body.collect().await;
    assert!(rest.last().expect("rest").is_err(), "broken off");
    assert_eq!(state(&world, &ids[0]).await, "expired");
    world.intake.tools().tasks.close();
    world.intake.tools().tasks.wait().await;
    assert_eq!(state(&world, &ids[1]).await, "arrived");
}

/// Time goes by, by every clock; it stands still otherwise (`tokio::time::pause`), so that none runs ahead.
async fn passes(world: &World, secs: u64) {
    tokio::time::advance(Duration::from_secs(secs)).await;
    let secs = i64::try_from(secs).expect("small");
    world.clock.set(world.clock.now().plus_secs(secs));
}

#[tokio::test]
async fn a_hold_that_ran_out_while_the_gateway_was_down_is_stuck_only_if_nobody_ends_it_then() {
    const DAY: i64 = 24 * 3600;
    let world = World::new();
    // The list of revoked certificates is out of date by then, so the document is held.
    world.clock.set(now().plus_secs(8 * DAY));
    let sent = world.post(SENDER, &world.document("12")).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.json());
    let document = DocumentId::parse(&sent.text("id")).expect("id");
    let until = world.intake.state(document).expect("there").offered;
    let until = until.hold_until.expect("a deadline");
    // Down for a week, and nobody cares for what is held: the first look does not cry wolf.
    world.clock.set(now().plus_secs(15 * DAY));
    tokio::time::pause();
    let mut kept = Kept::new(&world, None);
    let mut stuck = Vec::new();
    for secs in [0, 59, 1, 60] {
        passes(&world, secs).await;
        kept.round().await;
        let standing = kept.standings.load_full().expect("proved");
        stuck.push(standing.stuck());
        for one in &standing.held.first {
            let found = (one.document, one.clock, one.since);
            assert_eq!(found, (document, "held", until), "since its own end");
        }
    }
    assert_eq!(stuck, [0, 0, 1, 1]);
    // The clock is set on by a day, or the machine slept: whoever ends holds has its grace once more.
    world.clock.set(world.clock.now().plus_secs(DAY));
    passes(&world, 60).await;
    kept.round().await;
    assert_eq!(kept.standings.load_full().expect("proved").stuck(), 0);
    passes(&world, 60).await;
    kept.round().await;
    assert_eq!(kept.standings.load_full().expect("proved").stuck(), 1);
}

#[tokio::test]
async fn an_end_is_not_put_on_record_before_its_time_though_it_was_looked_at_in_time() {
    let world = World::new();
    let id = sent(&world, "12", "normal").await;
    let document = DocumentId::parse(&id).expect("id");
    let ends = now().plus_secs(7200);
    let over = RanOut {
        document,
        recipient: code(RECIPIENT),
        running: Running {
            clock: ExpiryClock::Inbox,
            cause: ExpiryCause::NotFetched,
            ends,
        },
        since: now(),
    };
    let lease = Duration::from_secs(300);
    // Looked at when it had run out; by now the clock stands before that again.
    for (secs, came) in [
        (7199, Expiry::Early),
        (7200, Expiry::Ended),
        (7200, Expiry::Over),
    ] {
        world.clock.set(now().plus_secs(secs));
        let done = world.intake.expire(&over, lease).await.expect("asked");
        assert_eq!(done, came, "{secs}");
        let expected = if came == Expiry::Early {
            "waiting"
        } else {
            "expired"
        };
        assert_eq!(state(&world, &id).await, expected);
    }
    assert_eq!(evidence(&world, &id).await[1].at, ends);
}

/// A recipient to which is pushed, by nobody.
fn pushed(world: &mut World) {
    let channel = Channel::Push {
        url: "https://nhan.example/van-ban".into(),
        ca: "nhan.pem".into(),
    };
    world.channel(RECIPIENT, channel);
}

#[tokio::test]
async fn a_push_that_fails_has_the_clock_of_pushes_and_one_under_way_is_waited_for_and_cut_off() {
    let mut world = World::new();
    pushed(&mut world);
    let id = sent(&world, "12", "normal").await;
    let document = DocumentId::parse(&id).expect("id");
    world.clock.set(now().plus_secs(3600));
    let mut untried = Kept::new(&world, None);
    untried.round().await;
    assert_eq!(state(&world, &id).await, "waiting", "nothing failed so far");
    let pushing = world
        .intake
        .pushing(document, &code(RECIPIENT))
        .expect("free");
    let mut kept = Kept::new(&world, Some(AttemptOutcome::TimedOut));
    kept.round().await;
    assert_eq!(state(&world, &id).await, "waiting", "it is on its way");
    tokio::time::pause();
    // Far beyond its clock and the lease, and a push that does not let go though it is cut off.
    let mut late = Kept::new(&world, Some(AttemptOutcome::TimedOut));
    late.round().await;
    let standing = late.standings.load_full().expect("proved");
    assert_eq!(standing.stuck(), 0, "it is watched since just now");
    passes(&world, 300 + 60).await;
    late.round().await;
    let standing = late.standings.load_full().expect("proved");
    assert_eq!(standing.stuck(), 1);
    let stuck = &standing.waiting.first[0];
    assert_eq!((stuck.document, stuck.unit.as_str()), (document, RECIPIENT));
    assert_eq!((stuck.clock, stuck.since), ("push", now().plus_secs(3600)));
    // Another one, with a lease that is over, is cut off, and gives way.
    drop(pushing);
    let pushing = world
        .intake
        .pushing(document, &code(RECIPIENT))
        .expect("free");
    let hasty = Clocks { lease: 0, ..CLOCKS };
    let lines = Arc::new(Line(Some(AttemptOutcome::TimedOut)));
    let mut keeper = Keeper::new(
        Arc::clone(&world.intake),
        lines,
        hasty,
        Standings::default(),
    );
    let cut = tokio::spawn(async move {
        pushing.cut().await;
        drop(pushing);
    });
    keeper.round(&CancellationToken::new()).await;
    cut.await.expect("cut off");
    let view = seen(&world, SENDER, &id).await;
    assert_eq!(view["recipients"][0]["state"], "expired");
    let last = evidence(&world, &id).await.pop().expect("receipt");
    assert_eq!(last.facts.etsi, ["ContentConsignmentFailure"]);
    let (cause, clock) = last.facts.expiry.expect("expiry");
    assert_eq!((cause.name(), clock.name()), ("unreachable", "lease"));
    assert_eq!(Kept::anew(&world).await.stuck(), 0);
}

#[tokio::test]
async fn a_recall_that_nobody_answers_is_shown_as_late_and_stays_open() {
    let world = World::new();
    let id = sent(&world, "12", "normal").await;
    for n in 1..=2 {
        let path = format!("/v1/documents/{id}/files/{n}");
        assert_eq!(world.get(RECIPIENT, &path).await.status, StatusCode::OK);
    }
    let recall = world
        .post_json(
            SENDER,
            &format!("/v1/documents/{id}/recall"),
            r#"{"reason":"Sai số"}"#,
        )
        .await;
    assert_eq!(recall.status, StatusCode::OK, "{}", recall.json());
    let due = "2026-11-24T23:59:59.999+07:00";
    assert_eq!(Kept::anew(&world).await.late.count, 0);
    world.clock.set(now().plus_secs(30 * 24 * 3600));
    let standing = Kept::anew(&world).await;
    assert_eq!((standing.stuck(), standing.late.count), (0, 1));
    let late = &standing.late.first[0];
    assert_eq!((late.unit.as_str(), late.clock), (RECIPIENT, "recalled"));
    assert_eq!(late.since.to_string(), due);
    for by in [SENDER, RECIPIENT] {
        let own = seen(&world, by, &id).await["recipients"][0].clone();
        assert_eq!(
            (&own["state"], &own["request"]["late_since"]),
            (&"recalled".into(), &due.into())
        );
    }
    let row = world.get(RECIPIENT, "/v1/inbox").await.json()["items"][0].clone();
    assert_eq!(
        (&row["state"], &row["late_since"]),
        (&"recalled".into(), &due.into())
    );
    let row = world.get(SENDER, "/v1/outbox").await.json()["items"][0].clone();
    assert_eq!(row["recipients"][0]["request"]["late_since"], due);
}

#[tokio::test]
async fn only_what_waits_where_it_waits_is_ended() {
    let world = World::new();
    let two = format!(r#"[{{"unit":"{RECIPIENT}"}},{{"unit":"{OTHER}"}}]"#);
    let mut form = world.document("12");
    let one = format!(r#"[{{"unit":"{RECIPIENT}"}}]"#);
    form.body = splice(&form.body, one.as_bytes(), two.as_bytes());
    let sent = world.post(SENDER, &form).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let id = sent.text("id");
    for n in 1..=2 {
        let path = format!("/v1/documents/{id}/files/{n}");
        assert_eq!(world.get(OTHER, &path).await.status, StatusCode::OK);
    }
    world.intake.tools().tasks.close();
    world.intake.tools().tasks.wait().await;
    let refused = super::world::Form::new()
        .part("envelope", unsigned("13").as_bytes())
        .part("file", b"x");
    let refused = world.post(SENDER, &refused).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    world
        .clock
        .set(world.clock.now().plus_secs(300 * 24 * 3600));
    Kept::new(&world, None).round().await;
    let view = seen(&world, SENDER, &id).await;
    assert_eq!(view["recipients"][0]["state"], "expired");
    assert_eq!(
        view["recipients"][1]["state"], "arrived",
        "lawful work has no clock"
    );
    let page = world.intake.tools().ledger.desk(
        lienthong::relay::Desk::Dead,
        lienthong::model::Position::START,
        10,
    );
    assert_eq!(page.expect("read").items.len(), 1, "a dead letter");
    let again = world
        .get(RECIPIENT, &format!("/v1/documents/{id}/files/1"))
        .await;
    assert_eq!(again.status, StatusCode::GONE);
}
