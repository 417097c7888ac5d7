//! What certificates point to is fetched over real sockets, while documents are sent.

use super::world::{Answer, SENDER, World, bind, now};
use axum::http::{Request, StatusCode};
use lienthong::clock::{Clock, ManualClock};
use lienthong::forge::distribution::{Point, crl_points};
use lienthong::forge::extension::authority_access;
use lienthong::forge::ocsp::CertStatus;
use lienthong::forge::server::{Fault, Responder, Served, Server};
use lienthong::forge::{Entity, Identity, RevocationList, Revoked, Template, Validity};
use lienthong::registry::Role;
use lienthong::shelf::Shelf;
use lienthong::trust::anchor::AnchorInput;
use lienthong::upkeep::{Held, Late, Load, Reloader};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// An authority whose list stands on a server of its own.
struct Country {
    root: Entity,
    server: Server,
}

impl Country {
    async fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(now()));
        let root = Template::authority("Gốc", Validity::around(now())).self_signed();
        let country = Self {
            root: root.expect("root"),
            server: Server::start(clock).await.expect("server"),
        };
        country.publish(&RevocationList::complete(1, Validity::days(now(), 1, 7)));
        country
    }

    fn publish(&self, list: &RevocationList) {
        let der = list.signed_by(&self.root).expect("list");
        self.server.publish("/root.crl", Served::crl(der));
    }

    fn points(&self, template: Template) -> Template {
        template.with(crl_points(&[Point::uri(&self.server.url("/root.crl"))]))
    }

    fn signer(&self) -> Entity {
        let template = self.points(Template::signer("Người ký", Validity::around(now())));
        template.issued_by(&self.root).expect("signer")
    }
}

/// Puts the root among the anchors and binds the signer's keys to the sender.
fn admit(world: &mut World, country: &Country, signer: &Entity) -> Identity {
    let identity = signer.identity().expect("identity");
    let root = country.root.der.clone();
    let keys = (identity.issuer_key, identity.subject_key);
    world.change(|bindings, material, _| {
        material.anchors.push(AnchorInput::ordinary("ngoai", root));
        bindings.push(bind(SENDER, Role::Agency, keys.0, keys.1));
    });
    identity
}

async fn set_up() -> (World, Country, Identity) {
    let country = Country::new().await;
    let mut world = World::fetching(&[country.server.address()], None);
    let signer = country.signer();
    let identity = admit(&mut world, &country, &signer);
    (world, country, identity)
}

async fn post(world: &World, signer: &Identity, number: &str) -> Answer {
    world.post(SENDER, &World::signed_by(signer, number)).await
}

fn reason(answer: &Answer) -> String {
    let json = answer.json();
    json["verdict"]["reason"]
        .as_str()
        .expect("reason")
        .to_owned()
}

fn message(answer: &Answer) -> String {
    let json = answer.json();
    json["verdict"]["message"]
        .as_str()
        .expect("message")
        .to_owned()
}

/// Cares for held documents until dropped.
struct Upkeep(CancellationToken);

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn upkeep(world: &World) -> Upkeep {
    let load: Load = Arc::new(|| Err("not asked".into()));
    let reloader = Reloader::new(Arc::clone(&world.intake), load, |_| String::new());
    let stop = CancellationToken::new();
    let held = Held::new(Arc::clone(&world.intake), Arc::new(reloader));
    tokio::spawn(held.run(stop.clone()));
    Upkeep(stop)
}

async fn disposition(world: &World, id: &str) -> String {
    let seen = world.get(SENDER, &format!("/v1/documents/{id}")).await;
    seen.text("disposition")
}

#[tokio::test]
async fn a_list_is_fetched_once_while_documents_are_sent() {
    let (world, country, signer) = set_up().await;
    let first = post(&world, &signer, "1").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.json());
    let second = post(&world, &signer, "2").await;
    assert_eq!(second.status, StatusCode::CREATED, "{}", second.json());
    assert_eq!(country.server.asked("/root.crl"), 1);
}

#[tokio::test]
async fn a_fetched_list_that_revokes_refuses() {
    let country = Country::new().await;
    let mut world = World::fetching(&[country.server.address()], None);
    let signer = country.signer();
    let revoked = Revoked::new(&signer.serial, now().plus_secs(-3600));
    let list = RevocationList::complete(2, Validity::days(now(), 0, 7)).revoke(revoked);
    country.publish(&list);
    let identity = admit(&mut world, &country, &signer);
    let refused = post(&world, &identity, "1").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        reason(&refused),
        "certificate_revoked",
        "{}",
        refused.json()
    );
}

#[tokio::test]
async fn a_silent_source_holds_its_documents_and_no_others() {
    let (mut world, silent, signer) = set_up().await;
    let other = Country::new().await;
    silent
        .server
        .fault("/root.crl", Some(Fault::Slow(Duration::from_secs(4))));
    // The other one's list is in certs/crl/, as on a closed network.
    let good = admit(&mut world, &other, &other.signer());
    let list = RevocationList::complete(1, Validity::days(now(), 1, 7));
    let list = list.signed_by(&other.root).expect("list");
    world.change(|_, material, _| material.crls.push(list.into()));
    let _upkeep = upkeep(&world);

    let begun = tokio::time::Instant::now();
    let (held, relayed) = tokio::join!(post(&world, &signer, "1"), async {
        let mut all = Vec::new();
        for n in 10..30 {
            all.push(post(&world, &good, &n.to_string()).await.status);
        }
        (all, begun.elapsed())
    });
    assert!(relayed.0.iter().all(|s| *s == StatusCode::CREATED));
    assert!(relayed.1 < Duration::from_millis(1800), "{:?}", relayed.1);
    assert_eq!(held.status, StatusCode::ACCEPTED, "{}", held.json());
    let waited = begun.elapsed();
    assert!((1900..2900).contains(&waited.as_millis()), "{waited:?}");
    // The sender is told which source, and since when.
    let told = message(&held);
    assert!(told.contains(&silent.server.url("/root.crl")), "{told}");
    assert!(told.contains("08:00"), "since when: {told}");

    // The fetch went on; when the list arrives, the document leaves its hold at once.
    let id = held.text("id");
    while disposition(&world, &id).await == "held" {
        assert!(begun.elapsed() < Duration::from_secs(9), "still held");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(disposition(&world, &id).await, "accepted");
    assert!(
        begun.elapsed() < Duration::from_secs(6),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(silent.server.asked("/root.crl"), 1);
}

#[tokio::test]
async fn no_server_can_lead_the_gateway_astray() {
    let trap = Country::new().await;
    let table = [
        Fault::Redirect(trap.server.url("/root.crl")),
        Fault::Redirect("http://169.254.169.254/latest/meta-data/".into()),
        Fault::Instead(trap.root.der.clone()),
        Fault::Instead(b"<html>moved</html>".to_vec()),
        Fault::Status(404),
        Fault::Cut(20),
        Fault::Long {
            octets: 2 << 30,
            declared: true,
        },
    ];
    for fault in table {
        let (world, country, signer) = set_up().await;
        country.server.fault("/root.crl", Some(fault.clone()));
        let begun = tokio::time::Instant::now();
        let held = post(&world, &signer, "1").await;
        assert_eq!(
            held.status,
            StatusCode::ACCEPTED,
            "{fault:?}: {}",
            held.json()
        );
        assert_eq!(reason(&held), "revocation_missing", "{fault:?}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{fault:?}");
        let told = message(&held);
        assert!(
            told.contains(&country.server.url("/root.crl")),
            "{fault:?}: {told}"
        );
        assert_eq!(country.server.asked("/root.crl"), 1, "{fault:?}");
    }
    assert_eq!(trap.server.connections(), 0, "a connection was opened");
}

#[tokio::test]
async fn a_server_inside_is_not_asked_unless_it_is_listed() {
    let country = Country::new().await;
    let mut world = World::fetching(&[], None);
    let identity = admit(&mut world, &country, &country.signer());
    let begun = tokio::time::Instant::now();
    let held = post(&world, &identity, "1").await;
    assert_eq!(held.status, StatusCode::ACCEPTED, "{}", held.json());
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "nobody is waited for"
    );
    assert_eq!(country.server.connections(), 0);
}

#[tokio::test]
async fn an_issuer_its_list_and_a_response_are_fetched_in_rounds() {
    let country = Country::new().await;
    let mut world = World::fetching(&[country.server.address()], None);
    let url = |path: &str| country.server.url(path);
    let issuing = country.points(Template::authority("CA cấp", Validity::around(now())));
    let issuing = issuing.issued_by(&country.root).expect("issuing");
    let access = authority_access(&[&url("/ocsp")], &[&url("/ca.cer")]);
    let signer = Template::signer("Người ký", Validity::around(now())).with(access);
    let signer = signer.issued_by(&issuing).expect("signer");
    let responder = Responder::new(&issuing, &issuing);
    responder.set(&signer, CertStatus::Good);
    let responder = Arc::new(responder);
    country
        .server
        .publish("/ocsp", Served::Ocsp(Arc::clone(&responder)));
    country
        .server
        .publish("/ca.cer", Served::certificate(issuing.der.clone()));

    let mut identity = admit(&mut world, &country, &signer);
    identity.chain.clear();
    let accepted = post(&world, &identity, "1").await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.json());
    for path in ["/ca.cer", "/root.crl", "/ocsp"] {
        assert_eq!(country.server.asked(path), 1, "{path}");
    }
    let report = world
        .get(
            SENDER,
            &format!("/v1/documents/{}/report", accepted.text("id")),
        )
        .await
        .json();
    assert!(report.to_string().contains("\"ocsp\""), "{report}");
}

#[tokio::test]
async fn what_was_fetched_serves_after_a_restart_with_the_server_gone() {
    let country = Country::new().await;
    let folder = tempfile::tempdir().expect("folder");
    let shelf = || Some(Shelf::open(folder.path()).expect("shelf"));
    let signer = country.signer();
    let mut world = World::fetching(&[country.server.address()], shelf());
    let identity = admit(&mut world, &country, &signer);
    let first = post(&world, &identity, "1").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.json());
    let gatherer = world
        .intake
        .tools()
        .judge
        .gatherer()
        .expect("fetches")
        .clone();
    let stop = tokio::spawn(gatherer.keep_index());
    while !folder.path().join("sources.json").exists() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.abort();
    let address = country.server.address();
    let (root, asked) = (country.root.clone(), country.server.asked("/root.crl"));
    drop(country.server);
    assert_eq!(asked, 1);

    let mut again = World::fetching(&[address], shelf());
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(now()));
    let server = Server::start(clock).await.expect("another");
    let identity = admit(&mut again, &Country { root, server }, &signer);
    let second = post(&again, &identity, "2").await;
    assert_eq!(second.status, StatusCode::CREATED, "{}", second.json());
}

#[tokio::test]
async fn verify_fetches_too() {
    let (world, country, signer) = set_up().await;
    let text = b"a text".to_vec();
    let signed = signer.sign_encapsulated(&text, now()).expect("signed");
    let request = Request::post("/v1/verify").body(signed.into());
    let report = world.send(SENDER, request.expect("request")).await;
    assert_eq!(
        report.text("indication"),
        "TOTAL-PASSED",
        "{}",
        report.json()
    );
    assert_eq!(country.server.asked("/root.crl"), 1);
}

/// A list that is fetched for one document tells of another that was accepted before.
#[tokio::test]
async fn a_fetched_list_puts_what_was_accepted_before_in_doubt() {
    let (mut world, country, signer) = set_up().await;
    let accepted = post(&world, &signer, "1").await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.json());
    let load: Load = Arc::new(|| Err("not asked".into()));
    let reloader = Reloader::new(Arc::clone(&world.intake), load, |_| String::new());
    let stop = Upkeep(CancellationToken::new());
    let late = Late::new(Arc::clone(&world.intake), Arc::new(reloader), 86_400 * 30);
    tokio::spawn(late.run(stop.0.clone()));
    // Seven days later the first list is over. Another signer's certificate points to the next one,
    // which knows more of the first.
    let later = now().plus_secs(7 * 86_400);
    world.clock.set(later);
    let revoked = Revoked::new(&signer.serial(), now().plus_secs(-3600)).reason(1);
    let list = RevocationList::complete(2, Validity::days(later, 0, 7)).revoke(revoked);
    let list = list.signed_by(&country.root).expect("list");
    country.server.publish("/next.crl", Served::crl(list));
    let points = crl_points(&[Point::uri(&country.server.url("/next.crl"))]);
    let template = Template::signer("Người ký khác", Validity::around(later)).with(points);
    let other = template.issued_by(&country.root).expect("signer");
    let other = admit(&mut world, &country, &other);
    let sent = post(&world, &other, "2").await;
    assert_eq!(sent.text("disposition"), "accepted", "{}", sent.json());
    let told = world.get(SENDER, "/v1/notices?wait=60").await.json();
    let first = accepted.text("id");
    assert_eq!(told["items"][0]["id"], first.as_str(), "{told:#}");
    assert_eq!(told["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(disposition(&world, &first).await, "accepted");
}
