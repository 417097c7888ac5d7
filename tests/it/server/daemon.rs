//! The daemon itself, over real sockets.

use super::world::{RECIPIENT, SENDER, code, unsigned};
use lienthong::app;
use lienthong::clock::{Clock, SystemClock};
use lienthong::config::{self, FetchSettings, Limits, Settings, TimestampSettings};
use lienthong::keys::{self, issue};
use lienthong::model::{Language, Timestamp};
use lienthong::policy::PolicySettings;
use lienthong::registry::{Binding, KeyPair, Role, Unit, UnitKind};
use lienthong::trust::certificate::Certificate;
use reqwest::multipart::{Form, Part};
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
        language: Language::Vi,
        data: home.join("data"),
        certs: home.join("certs"),
        units: home.join("units.toml"),
        algorithms: home.join("algorithms.toml"),
        holidays: home.join("holidays.toml"),
        exchange_listen: free(),
        operations_listen: free(),
        server_names: vec!["localhost".into()],
        policy: PolicySettings {
            policy: lienthong::model::event::Policy::Record,
            ..PolicySettings::default()
        },
        max_crl_age_secs: None,
        look_back_secs: 400 * 24 * 3600,
        timestamp: TimestampSettings::default(),
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

/// Writes an installation and gives PEM certificate and key of each unit.
fn install(settings: &Settings, at: Timestamp) -> Vec<(String, reqwest::Identity)> {
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
    config::registry::edit(&settings.units, |units, bindings| {
        for unit in [SENDER, RECIPIENT] {
            let years = issue::Validity::years(at, 1);
            let issued = issue::issue_client(&authority, &code(unit), years).expect("client");
            let subject = Certificate::parse(&issued.certificate_der).expect("client");
            units.push(Unit {
                code: code(unit),
                name: format!("Đơn vị {unit}"),
                kind: UnitKind::State,
                parent: None,
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

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_serves_reloads_and_stops_in_order() {
    let home = tempfile::tempdir().expect("folder");
    let settings = settings(home.path());
    let mut clients = install(&settings, SystemClock.now());
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
    config::registry::edit(&settings.units, |_, bindings| {
        for binding in bindings.iter_mut().filter(|b| b.unit == code(SENDER)) {
            binding.until = Some(SystemClock.now());
        }
    })
    .expect("registry");
    let admin = lienthong::client::admin::Admin::connect(&settings.socket(), Language::Vi).await;
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
