//! The daemon itself, over real sockets.

use super::receiver::Receiver;
use super::world::{OTHER, RECIPIENT, SENDER, code, unsigned};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::app;
use lienthong::client::admin::Admin;
use lienthong::clock::{Clock, SystemClock};
use lienthong::config::{
    self, DeliverySettings, FetchSettings, Limits, Settings, TimestampSettings,
};
use lienthong::delivery::{Secret, secret_path};
use lienthong::keys::{self, issue};
use lienthong::model::{Language, Timestamp};
use lienthong::policy::PolicySettings;
use lienthong::registry::{Binding, Channel, Details, KeyPair, Role, Unit, UnitKind};
use lienthong::trust::certificate::Certificate;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    listener.local_addr().expect("address")
}

fn settings(home: &Path) -> Settings {
    Settings {
        gateway_name: "mẫu".into(),
        simulated: false,
        language: Language::Vi,
        data: home.join("data"),
        certs: home.join("certs"),
        units: home.join("units.toml"),
        algorithms: home.join("algorithms.toml"),
        holidays: home.join("holidays.toml"),
        targets: home.join("targets.toml"),
        procedures: home.join("procedures"),
        dossier_rules: home.join("dossier-rules.toml"),
        columns: Vec::new(),
        mail: config::MailSettings::default(),
        schedules: Vec::new(),
        exchange_listen: free(),
        operations_listen: free(),
        public: config::PublicSettings::default(),
        server_names: vec!["localhost".into()],
        policy: PolicySettings {
            policy: lienthong::model::event::Policy::Record,
            ..PolicySettings::default()
        },
        max_crl_age_secs: None,
        look_back_secs: 400 * 24 * 3600,
        timestamp: TimestampSettings::default(),
        retention: Arc::default(),
        delivery: DeliverySettings::default(),
        clocks: lienthong::relay::Clocks::default(),
        fetch: FetchSettings {
            enabled: false,
            ..FetchSettings::default()
        },
        limits: Limits {
            shutdown_secs: 5,
            ..Limits::default()
        },
    }
}

/// The units of every installation.
const USUAL: [&str; 4] = [SENDER, RECIPIENT, OTHER, "H53.4"];

/// Writes an installation with `more` units and gives PEM certificate and key of each unit.
fn install(settings: &Settings, at: Timestamp, more: &[&str]) -> Vec<(String, reqwest::Identity)> {
    let own = settings.own();
    std::fs::create_dir_all(&own).expect("folder");
    std::fs::create_dir_all(&settings.data).expect("folder");
    keys::files::create_own(&own, "mẫu", &settings.server_names, at).expect("keys");
    let ca = keys::files::read_pair(&own, "transport-ca.pem", "transport-ca.key").expect("CA");
    let authority = keys::Authority::new(&ca).expect("authority");
    let issuer = Certificate::parse(&ca.certificate_der)
        .expect("CA")
        .key_digest();
    let mut out = Vec::new();
    config::registry::edit(&settings.units, |parts| {
        let (units, bindings) = (&mut parts.units, &mut parts.bindings);
        for unit in USUAL.iter().chain(more).copied() {
            let years = issue::Validity::years(at, 1);
            let issued = issue::issue_client(&authority, &code(unit), years).expect("client");
            let subject = Certificate::parse(&issued.certificate_der).expect("client");
            units.push(Unit {
                code: code(unit),
                name: format!("Đơn vị {unit}"),
                kind: UnitKind::State,
                parent: None,
                channel: Channel::Pull,
                details: Details::default(),
            });
            bindings.push(Binding {
                keys: KeyPair {
                    issuer,
                    subject: subject.key_digest(),
                },
                unit: code(unit),
                role: Role::Transport,
                from: Timestamp(0),
                until: None,
                note: String::new(),
            });
            let pem = format!("{}{}", issued.certificate_pem, issued.key_pem);
            let identity = reqwest::Identity::from_pem(pem.as_bytes()).expect("identity");
            out.push((unit.to_owned(), identity));
        }
    })
    .expect("registry");
    out
}

fn client(settings: &Settings, identity: Option<reqwest::Identity>) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ca = std::fs::read(settings.own().join("transport-ca.pem")).expect("CA");
    let ca = reqwest::Certificate::from_pem(&ca).expect("CA");
    let mut builder = reqwest::Client::builder()
        .tls_certs_only([ca])
        .no_proxy()
        .resolve("localhost", settings.exchange_listen);
    if let Some(identity) = identity {
        builder = builder.identity(identity);
    }
    builder.build().expect("client")
}

fn form(number: &str) -> Form {
    Form::new()
        .part("envelope", Part::text(unsigned(number)))
        .part("file", Part::bytes(b"text".as_slice()))
}

/// A daemon under way, for whom a recipient may be delivered to.
pub struct Daemon {
    home: tempfile::TempDir,
    settings: Settings,
    clients: Vec<reqwest::Client>,
    running: Option<(CancellationToken, Running)>,
}

type Running = tokio::task::JoinHandle<Result<(), app::ServeError>>;

/// Starts one that delivers to its recipient through `channel`.
pub async fn start(delivery: DeliverySettings, channel: Channel, receiver: &Receiver) -> Daemon {
    start_all(delivery, &[(RECIPIENT, channel, receiver)]).await
}

/// Starts one that delivers to several units.
pub async fn start_all(delivery: DeliverySettings, all: &[(&str, Channel, &Receiver)]) -> Daemon {
    let home = tempfile::tempdir().expect("folder");
    let settings = Settings {
        delivery,
        ..settings(home.path())
    };
    let named = all.iter().map(|(unit, ..)| *unit);
    let more: Vec<&str> = named.filter(|unit| !USUAL.contains(unit)).collect();
    let clients = install(&settings, SystemClock.now(), &more);
    let clients = clients
        .into_iter()
        .map(|(_, identity)| client(&settings, Some(identity)))
        .collect();
    std::fs::create_dir_all(settings.push()).expect("folder");
    for (unit, channel, receiver) in all {
        receiver.trusts(&settings.own().join("transport-ca.pem"));
        let ca = channel.ca().expect("CA");
        std::fs::write(settings.push().join(ca), receiver.ca_pem()).expect("CA");
        let secret = secret_path(&settings.own(), &code(unit));
        std::fs::create_dir_all(secret.parent().expect("folder")).expect("folder");
        let text = Secret::generate(&ring::rand::SystemRandom::new()).expect("secret");
        std::fs::write(&secret, text).expect("secret");
        config::registry::edit(&settings.units, |parts| {
            for known in parts.units.iter_mut().filter(|u| u.code == code(unit)) {
                known.channel = channel.clone();
            }
        })
        .expect("registry");
    }
    let mut daemon = Daemon {
        home,
        settings,
        clients,
        running: None,
    };
    daemon.run().await;
    daemon
}

impl Daemon {
    /// Starts it, again after [`Self::stop`].
    pub async fn run(&mut self) {
        assert!(self.home.path().exists());
        let stop = CancellationToken::new();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let running = tokio::spawn(app::serve(self.settings.clone(), clock, stop.clone()));
        self.running = Some((stop, running));
        let operations = format!("http://{}/readyz", self.settings.operations_listen);
        let plain = client(&self.settings, None);
        for _ in 0..200 {
            let ready = plain.get(&operations).send().await;
            if ready.is_ok_and(|r| r.status() == 200) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not ready");
    }

    pub async fn stop(&mut self) {
        let (stop, running) = self.running.take().expect("running");
        stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(10), running).await;
        ended.expect("in time").expect("joined").expect("in order");
    }

    pub fn own(&self) -> std::path::PathBuf {
        self.settings.own()
    }

    pub fn data(&self) -> &Path {
        &self.settings.data
    }

    /// The administrator.
    pub async fn admin(&self) -> Admin {
        let admin = Admin::connect(&self.settings.socket(), Language::Vi).await;
        admin.expect("socket")
    }

    fn url(&self, path: &str) -> String {
        let port = self.settings.exchange_listen.port();
        format!("https://localhost:{port}/v1/{path}")
    }

    /// Sends a document as the sender; gives its identifier.
    pub async fn send(&self, number: &str) -> String {
        self.submit(unsigned(number), b"text").await
    }

    /// The same with other content.
    pub async fn send_content(&self, number: &str, content: &[u8]) -> String {
        self.submit(unsigned(number), content).await
    }

    /// The same, urgent.
    pub async fn send_urgent(&self, number: &str, urgency: &str) -> String {
        let field = format!(r#""urgency":"{urgency}","subject""#);
        let envelope = unsigned(number).replacen("\"subject\"", &field, 1);
        self.submit(envelope, b"text").await
    }

    /// The same, to another recipient.
    pub async fn send_to(&self, number: &str, unit: &str) -> String {
        self.submit(unsigned(number).replacen(RECIPIENT, unit, 1), b"text")
            .await
    }

    async fn submit(&self, envelope: String, content: &[u8]) -> String {
        let form = Form::new()
            .part("envelope", Part::text(envelope))
            .part("file", Part::bytes(content.to_vec()));
        let request = self.clients[0].post(self.url("documents")).multipart(form);
        let sent = request.send().await.expect("answer");
        assert_eq!(sent.status(), 201);
        let sent: Value = sent.json().await.expect("JSON");
        sent["id"].as_str().expect("id").to_owned()
    }

    async fn get(&self, who: usize, path: &str) -> Value {
        let got = self.clients[who].get(self.url(path)).send().await;
        got.expect("answer").json().await.expect("JSON")
    }

    /// The document as its sender sees it.
    pub async fn document(&self, id: &str) -> Value {
        self.get(0, &format!("documents/{id}")).await
    }

    /// The sender takes a document back.
    pub async fn take_back(&self, id: &str) {
        let url = self.url(&format!("documents/{id}/take-back"));
        let why = serde_json::json!({ "reason": "Sai" }).to_string();
        let asked = self.clients[0].post(url).body(why);
        let got = asked.header("content-type", "application/json").send();
        assert_eq!(got.await.expect("answer").status(), 200);
    }

    /// What the sender sent.
    pub async fn outbox(&self) -> Value {
        self.get(0, "outbox").await
    }

    /// Event and bytes of each receipt.
    pub async fn receipts(&self, id: &str) -> Vec<(String, Vec<u8>)> {
        let all = self.get(0, &format!("documents/{id}/receipts")).await;
        let all = all["items"].as_array().expect("list").clone();
        let text = |v: &Value| v.as_str().expect("text").to_owned();
        let der = |v: &Value| STANDARD.decode(text(v)).expect("base64");
        all.iter()
            .map(|r| (text(&r["event"]), der(&r["p7m"])))
            .collect()
    }

    /// The recipient fetches its one file.
    pub async fn fetch(&self, id: &str) {
        let url = self.url(&format!("documents/{id}/files/1"));
        let got = self.clients[1].get(url).send().await.expect("answer");
        assert_eq!(got.status(), 200);
        got.bytes().await.expect("file");
    }

    /// The same while anything may happen to the document; whether it has the whole file.
    pub async fn fetched(&self, id: &str) -> bool {
        let url = self.url(&format!("documents/{id}/files/1"));
        // A download that breaks off may do so before its head was sent.
        let Ok(got) = self.clients[1].get(url).send().await else {
            return false;
        };
        got.status() == 200 && got.bytes().await.is_ok()
    }

    /// The sender sends one that replaces another.
    pub async fn replace(&self, number: &str, old: &str) -> String {
        let field = format!(r#""replaces":["{old}"],"subject""#);
        let envelope = unsigned(number).replacen("\"subject\"", &field, 1);
        self.submit(envelope, b"text").await
    }

    /// Sends a document that is refused by its envelope, with a file of so many bytes; gives the status.
    pub async fn send_secret(&self, number: &str, len: usize) -> u16 {
        let field = r#""secrecy":"secret","subject""#;
        let envelope = unsigned(number).replacen("\"subject\"", field, 1);
        let form = Form::new()
            .part("envelope", Part::text(envelope))
            .part("file", Part::bytes(vec![b'x'; len]));
        let request = self.clients[0].post(self.url("documents")).multipart(form);
        request.send().await.expect("answer").status().as_u16()
    }

    /// What `/readyz?verbose` or `/metrics` says.
    pub async fn look(&self, path: &str) -> String {
        let url = format!("http://{}{path}", self.settings.operations_listen);
        let got = client(&self.settings, None).get(url).send().await;
        got.expect("answer").text().await.expect("text")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_serves_reloads_and_stops_in_order() {
    let home = tempfile::tempdir().expect("folder");
    let settings = settings(home.path());
    let mut clients = install(&settings, SystemClock.now(), &[]);
    let stop = CancellationToken::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let running = tokio::spawn(app::serve(settings.clone(), clock, stop.clone()));
    let operations = format!("http://{}", settings.operations_listen);
    let plain = client(&settings, None);
    for _ in 0..100 {
        let ready = plain.get(format!("{operations}/readyz")).send().await;
        if ready.is_ok_and(|r| r.status() == 200) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let base = format!("https://localhost:{}", settings.exchange_listen.port());
    let missing = plain.get(format!("{base}/v1/inbox")).send().await;
    let missing = missing.expect("an answer in words");
    assert_eq!(missing.status(), 401);

    let (_, identity) = clients.remove(0);
    let sender = client(&settings, Some(identity));
    let sent = sender
        .post(format!("{base}/v1/documents"))
        .multipart(form("12"))
        .send()
        .await
        .expect("answer");
    assert_eq!(sent.status(), 201);
    let page = plain.get(format!("{operations}/?lang=en")).send().await;
    let page = page.expect("page").text().await.expect("page");
    assert!(
        page.contains("unknown denominator") && page.contains("Đơn vị H53.1"),
        "{page}"
    );
    let metrics = plain.get(format!("{operations}/metrics")).send().await;
    let metrics = metrics.expect("metrics").text().await.expect("metrics");
    assert!(
        metrics.contains("lienthong_documents_offered_total"),
        "{metrics}"
    );

    // The end of a binding is effective on the open connection.
    config::registry::edit(&settings.units, |parts| {
        for binding in parts.bindings.iter_mut().filter(|b| b.unit == code(SENDER)) {
            binding.until = Some(SystemClock.now());
        }
    })
    .expect("registry");
    let admin = Admin::connect(&settings.socket(), Language::Vi).await;
    let admin = admin.expect("socket");
    admin.reload().await.expect("reloaded");
    let ended = sender.get(format!("{base}/v1/inbox")).send().await;
    assert_eq!(ended.expect("answer").status(), 403);
    let recounted = admin.recount().await.expect("recounted");
    assert!(recounted.differences.is_empty(), "{recounted:?}");

    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), running).await;
    ended.expect("in time").expect("joined").expect("in order");
    assert!(!settings.socket().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_with_too_many_connections_is_told_so_and_others_are_served() {
    let home = tempfile::tempdir().expect("folder");
    let mut settings = settings(home.path());
    settings.limits.max_connections = 4;
    let clients = install(&settings, SystemClock.now(), &[]);
    let stop = CancellationToken::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let running = tokio::spawn(app::serve(settings.clone(), clock, stop.clone()));
    let url = format!(
        "https://localhost:{}/v1/units",
        settings.exchange_listen.port()
    );
    // Each has connections of its own.
    let of = |n: usize| client(&settings, Some(clients[n].1.clone()));
    let (first, second, third, other) = (of(0), of(0), of(0), of(1));
    let mut served = None;
    for _ in 0..100 {
        served = first.get(&url).send().await.ok();
        if served.as_ref().is_some_and(|r| r.status() == 200) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(served.expect("answer").status(), 200);
    assert_eq!(second.get(&url).send().await.expect("answer").status(), 200);
    let full = third.get(&url).send().await.expect("answer");
    assert_eq!(full.status(), 503);
    assert_eq!(full.headers()["retry-after"], "1");
    assert_eq!(full.headers()["connection"], "close");
    let said: Value = full.json().await.expect("problem");
    assert_eq!(said["code"], "share_full");
    assert!(
        said["detail"]
            .as_str()
            .is_some_and(|d| d.contains("một nửa")),
        "{said}"
    );
    assert_eq!(other.get(&url).send().await.expect("answer").status(), 200);
    // What is given back is there for the next.
    drop(second);
    let mut again = 503;
    for _ in 0..100 {
        // Beyond all connections together nobody is answered, and what was given back may still be closing.
        let answer = third.get(&url).send().await;
        again = answer.map_or(503, |answer| answer.status().as_u16());
        if again == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(again, 200);
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), running).await;
    ended.expect("in time").expect("joined").expect("in order");
}
