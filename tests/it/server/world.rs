//! A gateway in memory with three units, their certificates and trust made at run time.

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use axum_server::tls::TlsInfo;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::clock::{Clock, ManualClock};
use lienthong::fetch::{Doors, Gatherer, HttpFetch, Limits as FetchLimits, Parts, Seen};
use lienthong::forge::{self, KeyKind, Profile};
use lienthong::http::identity::Identity;
use lienthong::http::{BUNDLES_AT_A_TIME, Gateway, v1};
use lienthong::intake::{Intake, SealError, Sealer, Tools};
use lienthong::judge::Judge;
use lienthong::keys::{self, ReceiptKey, issue};
use lienthong::model::{Digest, HostPort, LocalDay, Timestamp, UnitCode};
use lienthong::policy::{PolicySettings, Rules};
use lienthong::registry::{
    Binding, Channel, KeyPair, Parts as Units, Registry, Role, Succession, SuccessionKind, Unit,
    UnitKind,
};
use lienthong::relay::Clocks;
use lienthong::seal::receipt::Receipt;
use lienthong::shelf::Shelf;
use lienthong::store::Ledger;
use lienthong::store::memory::MemoryStore;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::certificate::Certificate;
use lienthong::trust::evidence::Pool;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::validator::Validator;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

pub const NOW: &str = "2026-11-24T08:00:00+07:00";
pub const SENDER: &str = "H53.1";
pub const RECIPIENT: &str = "H53.2";
pub const OTHER: &str = "H53.3";

struct TestSealer(ReceiptKey);

impl Sealer for TestSealer {
    fn seal(&self, receipt: &Receipt, at: Timestamp) -> Result<Vec<u8>, SealError> {
        let signed = self.0.seal(&receipt.to_json(), at);
        signed.map_err(|e| SealError(e.to_string()))
    }

    fn seal_statement(&self, statement: &[u8], at: Timestamp) -> Result<Vec<u8>, SealError> {
        let signed = self.0.seal(statement, at);
        signed.map_err(|e| SealError(e.to_string()))
    }

    fn sign_list(&self, list: &[u8], at: Timestamp) -> Result<Vec<u8>, SealError> {
        let signed = self.0.sign_detached(list, at);
        signed.map_err(|e| SealError(e.to_string()))
    }
}

pub struct World {
    pub clock: Arc<ManualClock>,
    pub intake: Arc<Intake>,
    pub router: Router,
    pub signer: forge::Identity,
    pub ca: forge::Authority,
    /// The CA under which receipts are signed.
    pub receipt_ca: Vec<u8>,
    registry: Units,
    material: MaterialInput,
    policy: PolicySettings,
    pool: Arc<Pool>,
    clients: Vec<(String, Vec<u8>)>,
}

/// Where nothing was seen and nothing is remembered.
struct NothingSeen;

impl Seen for NothingSeen {
    fn newest(&self, _scope: &str) -> Option<Timestamp> {
        None
    }

    fn learn(&self, _lists: Vec<(String, Timestamp)>) {}
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn text(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_default().to_owned()
    }
}

/// Every report that any test sees is as the published schema says.
fn described(body: &[u8]) {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    if json["schema"] == lienthong::judge::report::SCHEMA {
        let alone = json.get("sha256").is_some();
        let name = if alone {
            "FileReport"
        } else {
            "DocumentReport"
        };
        super::schema::conforms(name, &json).expect("as described");
    }
}

pub fn now() -> Timestamp {
    Timestamp::parse(NOW).expect("time")
}

pub fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

impl World {
    pub fn new() -> Self {
        Self::with_limits(64 << 20, 8 << 20)
    }

    /// `inline`: judged before the answer up to that size; `max`: the largest file.
    pub fn with_limits(inline: u64, max: u64) -> Self {
        Self::build(inline, max, None)
    }

    /// One that fetches what it lacks, from these hosts inside; what came before is on `shelf`.
    pub fn fetching(private: &[SocketAddr], shelf: Option<Shelf>) -> Self {
        let listed = |at: &SocketAddr| HostPort::parse(&at.to_string()).expect("host and port");
        let doors = Doors {
            private: private.iter().map(listed).collect(),
            hosts: Vec::new(),
        };
        Self::build(64 << 20, 8 << 20, Some((doors, shelf)))
    }

    fn build(inline: u64, max: u64, fetching: Option<(Doors, Option<Shelf>)>) -> Self {
        let at = now();
        let ca = forge::Authority::root("Gốc mẫu", KeyKind::P256, forge::Validity::around(at));
        let ca = ca.expect("root");
        let around = forge::Validity::around(at);
        let signer = ca.issue(&[], KeyKind::P256, around, Profile::Signing);
        let signer = signer.expect("signer");
        let fresh = forge::Crl {
            validity: forge::Validity::days(at, 1, 7),
            number: 1,
            revoked: Vec::new(),
        };
        let material = MaterialInput {
            anchors: vec![AnchorInput::ordinary("mau", ca.der().to_vec())],
            crls: vec![ca.crl(&fresh).expect("crl").into()],
            ..MaterialInput::default()
        };
        let years = issue::Validity::years(at, 1);
        let transport = issue::create_transport_ca("mẫu", years).expect("CA");
        let authority = keys::Authority::new(&transport).expect("authority");
        let mut bindings = vec![bind(
            SENDER,
            Role::Agency,
            signer.issuer_key,
            signer.subject_key,
        )];
        let issuer = Certificate::parse(&transport.certificate_der).expect("CA");
        let mut clients = Vec::new();
        for unit in [SENDER, RECIPIENT, OTHER, "UNBOUND"] {
            let issued = issue::issue_client(&authority, &code(unit), years).expect("client");
            let own = Certificate::parse(&issued.certificate_der).expect("client");
            if unit != "UNBOUND" {
                bindings.push(bind(
                    unit,
                    Role::Transport,
                    issuer.key_digest(),
                    own.key_digest(),
                ));
            }
            clients.push((unit.to_owned(), issued.certificate_der));
        }
        let other = issue::create_transport_ca("khác", years).expect("CA");
        let other = keys::Authority::new(&other).expect("authority");
        let foreign = issue::issue_client(&other, &code(SENDER), years).expect("client");
        clients.push(("FOREIGN".into(), foreign.certificate_der));
        let mut units = vec![unit("H53", None)];
        units.extend([SENDER, RECIPIENT, OTHER].map(|u| unit(u, Some("H53"))));
        let registry = Units {
            units,
            bindings,
            changes: Vec::new(),
        };
        let policy = PolicySettings::default();
        let clock = Arc::new(ManualClock::new(at));
        let handed_in: Arc<dyn Clock> = clock.clone();
        let judge = Judge::new(2, 64 << 20);
        let (pool, judge) = match fetching {
            None => (Arc::default(), judge),
            Some((doors, shelf)) => {
                let pool = Arc::new(Pool::fetching());
                let gatherer = gatherer(doors, shelf, &pool, Arc::clone(&handed_in));
                gatherer.load().expect("loaded");
                (pool, judge.fetching(gatherer))
            }
        };
        let rules = rules(&registry, &material, &policy, &pool);
        let (sealer, receipt_ca) = sealer(at);
        let store = MemoryStore::new(Arc::clone(&handed_in));
        let ledger: Arc<dyn Ledger> = store.clone();
        let intake = Arc::new(Intake::new(Tools {
            ledger,
            vault: store,
            judge: Arc::new(judge),
            rules: Arc::new(ArcSwap::from_pointee(rules)),
            procedures: Arc::default(),
            dossier_rules: Arc::default(),
            clock: handed_in,
            sealer: Arc::new(sealer),
            gateway: "mẫu".into(),
            inline_judge_bytes: inline,
            tasks: TaskTracker::new(),
        }));
        let gateway = Gateway {
            intake: Arc::clone(&intake),
            identity: Identity::new(vec![transport.certificate_der]).expect("identity"),
            max_file_bytes: max,
            upload_idle: Duration::from_secs(1),
            stopping: CancellationToken::new(),
            stamps: None,
            bundles: Arc::new(Semaphore::new(BUNDLES_AT_A_TIME)),
            delivery: None,
            clocks: Clocks::default(),
            public: lienthong::config::PublicSettings::default(),
        };
        Self {
            clock,
            intake,
            router: v1::router(Arc::new(gateway)),
            signer,
            ca,
            receipt_ca,
            registry,
            material,
            policy,
            pool,
            clients,
        }
    }

    /// Puts changed rules in force.
    pub fn change(
        &mut self,
        edit: impl FnOnce(&mut Vec<Binding>, &mut MaterialInput, &mut PolicySettings),
    ) {
        edit(
            &mut self.registry.bindings,
            &mut self.material,
            &mut self.policy,
        );
        let rules = rules(&self.registry, &self.material, &self.policy, &self.pool);
        self.intake.tools().rules.store(Arc::new(rules));
    }

    /// Has documents delivered to a unit in another way.
    pub fn channel(&mut self, unit: &str, channel: Channel) {
        for known in self
            .registry
            .units
            .iter_mut()
            .filter(|u| u.code == code(unit))
        {
            known.channel = channel.clone();
        }
        self.change(|_, _, _| {});
    }

    /// Has units become others from a day on.
    pub fn reorganise(&mut self, kind: SuccessionKind, on: &str, from: &[&str], to: &[&str]) {
        let codes = |all: &[&str]| all.iter().map(|text| code(text)).collect();
        self.registry.changes.push(Succession {
            kind,
            on: LocalDay::parse(on).expect("day"),
            basis: "Nghị quyết 1682/NQ-UBTVQH15".into(),
            from: codes(from),
            to: codes(to),
        });
        self.change(|_, _, _| {});
    }

    pub fn key_of(&self, client: &str) -> Digest {
        let der = self.certificate(client).expect("client");
        Certificate::parse(&der).expect("certificate").key_digest()
    }

    fn certificate(&self, client: &str) -> Option<Vec<u8>> {
        let found = self.clients.iter().find(|(name, _)| name == client);
        found.map(|(_, der)| der.clone())
    }

    /// One request by the holder of a client certificate; an unknown name has none.
    pub async fn send(&self, client: &str, request: Request<Body>) -> Answer {
        let mut request = request;
        let mut info = TlsInfo::default();
        info.peer_certificates.extend(self.certificate(client));
        request.extensions_mut().insert(Arc::new(info));
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("body").to_vec();
        described(&body);
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub async fn get(&self, client: &str, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).expect("request");
        self.send(client, request).await
    }

    pub async fn post_json(&self, client: &str, path: &str, json: &str) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json.to_owned()))
            .expect("request");
        self.send(client, request).await
    }

    pub async fn post(&self, client: &str, form: &Form) -> Answer {
        self.send(client, form.request()).await
    }

    /// A signed document: a text with its detached signature.
    pub fn document(&self, number: &str) -> Form {
        Self::signed_by(&self.signer, number)
    }

    /// The same, signed by someone else.
    pub fn signed_by(signer: &forge::Identity, number: &str) -> Form {
        let text = format!("Công văn số {number}: về dự toán quý I").into_bytes();
        let signature = signer.sign_detached(&text, now()).expect("signed");
        Form::new()
            .part("envelope", envelope(number).as_bytes())
            .part("file", &text)
            .part("file", &signature)
    }
}

pub fn envelope(number: &str) -> String {
    format!(
        r#"{{"number":"{number}","notation":"STC-VP","promulgated":"2026-11-23",
        "subject":"Về dự toán quý I","recipients":[{{"unit":"{RECIPIENT}"}}],
        "files":[{{"name":"cv.txt","role":"main"}},
        {{"name":"cv.p7s","role":"signature","of":"cv.txt"}}]}}"#
    )
}

/// The envelope of one unsigned text.
pub fn unsigned(number: &str) -> String {
    envelope(number).replace(
        r#",
        {"name":"cv.p7s","role":"signature","of":"cv.txt"}"#,
        "",
    )
}

/// A multipart body, good or bad.
#[derive(Clone)]
pub struct Form {
    pub body: Vec<u8>,
    pub headers: Vec<(String, String)>,
    pub closed: bool,
}

pub const BOUNDARY: &str = "ranh-gioi";

impl Form {
    pub fn new() -> Self {
        Self {
            body: Vec::new(),
            headers: vec![(
                "content-type".into(),
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )],
            closed: true,
        }
    }

    pub fn part(self, name: &str, content: &[u8]) -> Self {
        self.part_with(name, "", content)
    }

    pub fn part_with(self, name: &str, headers: &str, content: &[u8]) -> Self {
        self.add((name, "x"), headers, content)
    }

    /// A part that is a file of that name.
    pub fn file(self, name: &str, file: &str, content: &[u8]) -> Self {
        self.add((name, file), "", content)
    }

    fn add(mut self, (name, file): (&str, &str), headers: &str, content: &[u8]) -> Self {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n{headers}\r\n"
        );
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn request(&self) -> Request<Body> {
        let mut body = self.body.clone();
        if self.closed {
            body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        }
        let mut request = Request::builder().method(Method::POST).uri("/v1/documents");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Body::from(body)).expect("request")
    }
}

pub fn content_digest(content: &[u8]) -> String {
    format!(
        "Content-Digest: sha-256=:{}:\r\n",
        STANDARD.encode(Digest::of(content).0)
    )
}

fn unit(text: &str, parent: Option<&str>) -> Unit {
    Unit {
        code: code(text),
        name: format!("Đơn vị {text}"),
        kind: UnitKind::State,
        parent: parent.map(code),
        channel: Channel::Pull,
        details: lienthong::registry::Details::default(),
    }
}

/// A binding of a unit's keys, for ever.
pub fn bind(unit: &str, role: Role, issuer: Digest, subject: Digest) -> Binding {
    Binding {
        keys: KeyPair { issuer, subject },
        unit: code(unit),
        role,
        from: Timestamp(0),
        until: None,
        note: String::new(),
    }
}

fn rules(
    registry: &Units,
    material: &MaterialInput,
    policy: &PolicySettings,
    pool: &Arc<Pool>,
) -> Rules {
    let material = Material::new(material.clone()).expect("material");
    let registry = Registry::of(registry.clone()).expect("registry");
    let validator = Validator::with_pool(Arc::new(material), Arc::clone(pool));
    Rules::new(Arc::new(validator), Arc::new(registry), policy.clone())
}

fn gatherer(
    doors: Doors,
    shelf: Option<Shelf>,
    pool: &Arc<Pool>,
    clock: Arc<dyn Clock>,
) -> Gatherer {
    let fetch = HttpFetch::new(doors, FetchLimits::default(), shelf.clone());
    Gatherer::new(Parts {
        fetch: Arc::new(fetch.expect("fetcher")),
        pool: Arc::clone(pool),
        shelf,
        cache_bytes: 1 << 30,
        seen: Arc::new(NothingSeen),
        clock,
        chance: || 0,
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
    })
}

fn sealer(at: Timestamp) -> (TestSealer, Vec<u8>) {
    let years = issue::Validity::years(at, 1);
    let ca = issue::create_receipt_ca("mẫu", years).expect("CA");
    let authority = keys::Authority::new(&ca).expect("authority");
    let issued = issue::issue_receipt(&authority, "mẫu", years).expect("receipt");
    let key = ReceiptKey::from_issued(&issued).expect("key");
    (TestSealer(key), ca.certificate_der)
}

impl World {
    pub fn raw(&self, client: &str) -> Vec<u8> {
        self.certificate(client).expect("client")
    }
}

/// One request on its own task.
pub async fn poll(router: Router, certificate: Vec<u8>, path: &str) -> StatusCode {
    open(router, certificate, path).await.status()
}

/// One request whose answer is still to be read.
pub async fn open(router: Router, certificate: Vec<u8>, path: &str) -> Response {
    let mut request = Request::get(path).body(Body::empty()).expect("request");
    let mut info = TlsInfo::default();
    info.peer_certificates.push(certificate);
    request.extensions_mut().insert(Arc::new(info));
    router.oneshot(request).await.expect("infallible")
}
