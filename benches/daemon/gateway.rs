//! The daemon under measurement: an installation in a throw-away folder, and the real binary.
#![allow(dead_code, reason = "not every bench looks at everything")]

use crate::connection::Connection;
use lienthong::config;
use lienthong::forge::{Authority, Crl, Identity, KeyKind, Profile, Validity, Variant};
use lienthong::keys::{self, files, issue};
use lienthong::model::{Digest, Timestamp, UnitCode};
use lienthong::registry::{Binding, Channel, KeyPair, Registry, Role, Unit, UnitKind};
use lienthong::trust::certificate::Certificate;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the daemon says of itself.
#[derive(Clone, Copy)]
pub struct Samples {
    /// RssAnon + RssShmem, bytes.
    pub rss: u64,
    /// VmHWM, bytes.
    pub high_water: u64,
    /// Syncs of the log so far.
    pub syncs: f64,
    /// Documents judged TOTAL-PASSED so far.
    pub passed: f64,
    /// CPU time that it has used so far, user and system.
    pub cpu: Duration,
}

/// CPU time that a process has used so far; Linux counts in hundredths of a second.
pub fn cpu(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let fields = stat.rsplit(')').next().expect("fields").split_whitespace();
    let ticks = fields
        .skip(11)
        .take(2)
        .map(|f| f.parse::<u64>().expect("ticks"));
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// A running daemon; stopped and removed when dropped.
pub struct Gateway {
    child: Child,
    folder: tempfile::TempDir,
    exchange: SocketAddr,
    operations: SocketAddr,
    tls: BTreeMap<String, Arc<rustls::ClientConfig>>,
    agency: Identity,
    at: Timestamp,
    number: AtomicU64,
    started: Duration,
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    Timestamp(i64::try_from(since.as_millis()).expect("millis"))
}

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a free port")
}

/// A unit of the installation; the one called `A` also signs.
pub struct Office {
    pub code: String,
    pub channel: Channel,
}

impl Office {
    /// One that fetches.
    pub fn pull(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            channel: Channel::Pull,
        }
    }
}

impl Gateway {
    /// `A` sends, `B` fetches.
    pub fn start() -> Self {
        Self::start_with(&[Office::pull("A"), Office::pull("B")], "", |_| {})
    }

    /// Installs and starts one with these units and `more` in its configuration, after `prepare` has
    /// seen its folder. Its data lies under `LIENTHONG_BENCH_DIR`, else under `target`.
    pub fn start_with(offices: &[Office], more: &str, prepare: impl FnOnce(&Path)) -> Self {
        let at = now();
        let under = std::env::var("LIENTHONG_BENCH_DIR")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/target").to_owned());
        let folder = tempfile::tempdir_in(under).expect("folder");
        let (exchange, operations) = (free_port(), free_port());
        let dir = folder.path();
        for name in [
            "config",
            "certs/own",
            "certs/push",
            "certs/trust/co-yeu",
            "certs/crl",
            "certs/distrust",
        ] {
            std::fs::create_dir_all(dir.join(name)).expect("folder");
        }
        let own = dir.join("certs/own");
        files::create_own(&own, "bench", &["localhost".into()], at).expect("own keys");
        let agency = trust(dir, at);
        let tls = registry(dir, offices, &own, at, &agency);
        let toml = format!(
            "[exchange]\nlisten = \"{exchange}\"\n[operations]\nlisten = \"{operations}\"\n{more}"
        );
        std::fs::write(dir.join("config/lienthong.toml"), toml).expect("configuration");
        prepare(dir);
        let start = Instant::now();
        let child = serve(dir);
        let mut gateway = Self {
            child,
            folder,
            exchange,
            operations,
            tls,
            agency,
            at,
            number: AtomicU64::new(0),
            started: Duration::ZERO,
        };
        gateway.wait_ready();
        gateway.started = start.elapsed();
        gateway
    }

    /// Ends the daemon by `signal` and starts it again; how long until it is ready.
    pub fn restart(&mut self, signal: i32) -> Duration {
        self.restart_after(signal, |_| {})
    }

    /// The same, with something done in its folder between end and start.
    pub fn restart_after(&mut self, signal: i32, between: impl FnOnce(&Path)) -> Duration {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([format!("-{signal}"), id])
            .status();
        assert!(sent.expect("kill").success());
        self.child.wait().expect("it ends");
        between(self.folder.path());
        let start = Instant::now();
        self.child = serve(self.folder.path());
        self.wait_ready();
        start.elapsed()
    }

    fn wait_ready(&self) {
        for _ in 0..2000 {
            if self
                .operations("/readyz")
                .is_some_and(|r| r.starts_with("HTTP/1.1 200"))
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let log = std::fs::read_to_string(self.folder.path().join("serve.log"));
        panic!(
            "the daemon was not ready within 10 s:\n{}",
            log.unwrap_or_default()
        );
    }

    fn operations(&self, path: &str) -> Option<String> {
        let mut tcp = TcpStream::connect(self.operations).ok()?;
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        tcp.write_all(head.as_bytes()).ok()?;
        let mut out = String::new();
        tcp.read_to_string(&mut out).ok()?;
        Some(out)
    }

    /// Memory and counters now.
    pub fn samples(&self) -> Samples {
        let metrics = self.operations("/metrics").expect("metrics");
        let metric = |name: &str| {
            let lines = metrics.lines().filter(|l| l.starts_with(name));
            lines
                .filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok())
                .sum::<f64>()
        };
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the daemon runs");
        let field = |name: &str| -> u64 {
            let line = status.lines().find(|l| l.starts_with(name)).expect("field");
            line.split_whitespace()
                .nth(1)
                .expect("value")
                .parse::<u64>()
                .expect("kB")
                * 1024
        };
        Samples {
            rss: field("RssAnon:") + field("RssShmem:"),
            high_water: field("VmHWM:"),
            syncs: metric("lienthong_log_syncs_total"),
            passed: metric("lienthong_verifications_total{indication=\"TOTAL-PASSED\"}"),
            cpu: cpu(&self.child.id().to_string()),
        }
    }

    /// One more connection of a unit.
    pub fn connect(&self, unit: &str) -> Connection {
        let tls = self.tls.get(unit).expect("a unit of the installation");
        Connection::connect(Arc::clone(tls), self.exchange)
    }

    /// How long it took until it was ready.
    pub fn started(&self) -> Duration {
        self.started
    }

    /// How many documents the last proof that none is stuck looked at, and how many it found; nothing
    /// before the first.
    pub fn proved(&self) -> Option<(u64, u64)> {
        let answer = self.operations("/readyz?verbose")?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        let view: serde_json::Value = serde_json::from_str(body).ok()?;
        let clocks = view.get("clocks")?;
        let of = |name: &str| clocks.get(name)?.as_u64();
        Some((of("looked_documents")?, of("stuck_documents")?))
    }

    /// Where it is installed.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The number of the next document.
    pub fn next_number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The agency's CMS with `content` inside.
    pub fn sign(&self, content: &[u8]) -> Vec<u8> {
        self.agency
            .sign_encapsulated(content, self.at)
            .expect("signature")
    }

    /// The agency's detached signature of content with that digest.
    pub fn sign_digest(&self, digest: &Digest) -> Vec<u8> {
        let signed = self
            .agency
            .sign_digest(digest, b"", false, Some(self.at), Variant::Good);
        signed.expect("signature")
    }

    /// The CA that receipts are verified under.
    pub fn receipt_ca(&self) -> Certificate {
        let own = self.folder.path().join("certs/own");
        let der = files::read_certificate(&own.join(files::own::RECEIPT_CA)).expect("CA");
        Certificate::parse(&der).expect("CA")
    }
}

fn serve(dir: &Path) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(dir.join("serve.log"));
    let daemon = std::env::var("LIENTHONG_BENCH_DAEMON");
    Command::new(daemon.as_deref().unwrap_or(env!("CARGO_BIN_EXE_lienthong")))
        .args(["serve", "--config"])
        .arg(dir.join("config/lienthong.toml"))
        .stdout(Stdio::null())
        .stderr(log.expect("log"))
        .spawn()
        .expect("the daemon starts")
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A unit's transport certificate and TLS configuration.
fn transport(own: &Path, unit: &str, at: Timestamp) -> (KeyPair, Arc<rustls::ClientConfig>) {
    let ca = files::read_pair(own, files::own::TRANSPORT_CA, files::own::TRANSPORT_CA_KEY);
    let ca = ca.expect("transport CA");
    let authority = issue::Authority::new(&ca).expect("authority");
    let client = issue::issue_client(&authority, &code(unit), keys::Validity::years(at, 1));
    let client = client.expect("client");
    let key_of = |der: &[u8]| Certificate::parse(der).expect("certificate").key_digest();
    let keys = KeyPair {
        issuer: key_of(&ca.certificate_der),
        subject: key_of(&client.certificate_der),
    };
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from(ca.certificate_der.clone()))
        .expect("root");
    let key = PrivateKeyDer::from_pem_slice(client.key_pem.as_bytes()).expect("key");
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![client.certificate_der.clone().into()], key);
    (keys, Arc::new(config.expect("TLS")))
}

/// A chain of three RSA-2048 certificates with a CRL each; the agency signs.
fn trust(dir: &Path, at: Timestamp) -> Identity {
    let root = Authority::root("Bench root", KeyKind::Rsa2048, Validity::around(at)).expect("root");
    let issuing = root
        .authority("Bench CA", KeyKind::Rsa2048, Validity::around(at))
        .expect("CA");
    let subject = [(rcgen::DnType::CommonName, "Bench agency")];
    let agency = issuing.issue(
        &subject,
        KeyKind::Rsa2048,
        Validity::around(at),
        Profile::Signing,
    );
    for (name, authority) in [("root", &root), ("issuing", &issuing)] {
        let crl = Crl {
            validity: Validity::days(at, 1, 30),
            number: 1,
            revoked: Vec::new(),
        };
        let der = authority.crl(&crl).expect("CRL");
        std::fs::write(dir.join(format!("certs/crl/{name}.crl")), der).expect("CRL");
    }
    std::fs::write(dir.join("certs/trust/co-yeu/root.pem"), root.pem()).expect("root");
    agency.expect("agency")
}

fn registry(
    dir: &Path,
    offices: &[Office],
    own: &Path,
    at: Timestamp,
    agency: &Identity,
) -> BTreeMap<String, Arc<rustls::ClientConfig>> {
    let bind = |unit: &str, keys: KeyPair, role: Role| Binding {
        keys,
        unit: code(unit),
        role,
        from: Timestamp(0),
        until: None,
        note: String::new(),
    };
    let signing = KeyPair {
        issuer: agency.issuer_key,
        subject: agency.subject_key,
    };
    let mut bindings = vec![bind("A", signing, Role::Agency)];
    let mut connections = BTreeMap::new();
    for office in offices {
        let (keys, tls) = transport(own, &office.code, at);
        bindings.push(bind(&office.code, keys, Role::Transport));
        connections.insert(office.code.clone(), tls);
    }
    let unit = |office: &Office| Unit {
        code: code(&office.code),
        name: format!("Unit {}", office.code),
        kind: UnitKind::State,
        parent: None,
        channel: office.channel.clone(),
        details: lienthong::registry::Details::default(),
    };
    let registry = Registry::new(offices.iter().map(unit).collect(), bindings).expect("registry");
    config::registry::write(&dir.join("config/units.toml"), &registry).expect("units.toml");
    connections
}
