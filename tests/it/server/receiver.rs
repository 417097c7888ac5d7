//! A receiver of pushes and notices, with TLS of its own, that does what it is told: answer, hang,
//! lie, or cut the answer anywhere.

use lienthong::clock::{Clock, SystemClock};
use lienthong::keys::{self, issue};
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// What the receiver does with a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// Reads everything, answers with that status, and takes another request on the connection.
    Status(u16),
    /// Reads everything and answers with these bytes, then closes.
    Bytes(Vec<u8>),
    /// Reads everything and says nothing.
    Hang,
    /// Answers 200 after the head, before the body.
    Early,
    /// Reads so many bytes of the request and closes.
    Cut(usize),
    /// Reads nothing beyond the head for that long, then everything, and answers 200.
    Pause(Duration),
}

/// One request as it came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
    pub had_certificate: bool,
}

/// One part of a request.
#[derive(Debug)]
pub struct Part {
    pub name: String,
    pub file_name: String,
    pub content_digest: String,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        let line = |l: &&str| {
            l.split_once(':')
                .is_some_and(|(n, _)| n.eq_ignore_ascii_case(name))
        };
        let found = self.head.lines().find(line);
        found.map_or("", |l| l.split_once(':').expect("colon").1.trim())
    }

    pub fn parts(&self) -> Vec<Part> {
        let boundary = self.header("content-type");
        let boundary = boundary.split("boundary=").nth(1).expect("boundary");
        let mark = format!("--{boundary}");
        let mut parts = Vec::new();
        let mut rest = self.body.as_slice();
        while let Some(at) = find(rest, mark.as_bytes()) {
            rest = &rest[at + mark.len()..];
            if rest.starts_with(b"--") {
                break;
            }
            let head = find(rest, b"\r\n\r\n").expect("head of a part");
            let fields = String::from_utf8_lossy(&rest[..head]).into_owned();
            let body = &rest[head + 4..];
            let end = find(body, format!("\r\n{mark}").as_bytes()).expect("end of a part");
            let quoted = |key: &str| {
                let found = fields.split(&format!("{key}=\"")).nth(1);
                found.map_or(String::new(), |t| {
                    t.split('"').next().expect("end").to_owned()
                })
            };
            let digest = fields.lines().find_map(|l| {
                l.to_ascii_lowercase()
                    .starts_with("content-digest:")
                    .then(|| l[15..].trim().to_owned())
            });
            parts.push(Part {
                name: quoted("; name"),
                file_name: quoted("filename"),
                content_digest: digest.unwrap_or_default(),
                body: body[..end].to_vec(),
            });
            rest = &body[end..];
        }
        parts
    }
}

fn find(all: &[u8], what: &[u8]) -> Option<usize> {
    all.windows(what.len()).position(|w| w == what)
}

#[derive(Default)]
struct Plan {
    replies: VecDeque<Reply>,
    always: Option<Reply>,
    after: Option<After>,
    seen: Vec<Seen>,
    connections: usize,
}

type After = Box<dyn FnOnce() + Send>;

pub struct Receiver {
    port: u16,
    ca_pem: String,
    /// Certificate and key, PEM.
    issued: (String, String),
    plan: Arc<Mutex<Plan>>,
    clients: Arc<OnceLock<Arc<ServerConfig>>>,
}

impl Receiver {
    pub fn start() -> Self {
        let at = SystemClock.now();
        let years = issue::Validity::years(at, 1);
        let ca = issue::create_transport_ca("nơi nhận", years).expect("CA");
        let authority = keys::Authority::new(&ca).expect("authority");
        let server = issue::issue_server(&authority, &["localhost".into()], years).expect("server");
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let port = listener.local_addr().expect("address").port();
        let plan: Arc<Mutex<Plan>> = Arc::default();
        let clients: Arc<OnceLock<Arc<ServerConfig>>> = Arc::default();
        let (planned, config) = (Arc::clone(&plan), Arc::clone(&clients));
        // It ends with the process: it holds nothing but its port.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (plan, config) = (Arc::clone(&planned), Arc::clone(&config));
                std::thread::spawn(move || {
                    let config = config.get().expect("trusts").clone();
                    let _ = serve(stream, config, &plan);
                });
            }
        });
        Self {
            port,
            ca_pem: ca.certificate_pem,
            issued: (server.certificate_pem, server.key_pem),
            plan,
            clients,
        }
    }

    /// Whom it takes requests from: whoever has a certificate of the CA in that file.
    pub fn trusts(&self, transport_ca: &Path) {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        for der in CertificateDer::pem_file_iter(transport_ca).expect("CA") {
            roots.add(der.expect("CA")).expect("CA");
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .allow_unauthenticated()
                .build()
                .expect("verifier");
        let chain = CertificateDer::pem_slice_iter(self.issued.0.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(self.issued.1.as_bytes()).expect("key");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain.map(|c| c.expect("chain")).collect(), key)
            .expect("config");
        let _ = self.clients.set(Arc::new(config));
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().expect("plan")
    }

    pub fn then(&self, reply: Reply) {
        self.plan().replies.push_back(reply);
    }

    pub fn always(&self, reply: Reply) {
        self.plan().always = Some(reply);
    }

    /// What is done right after the next answer, or instead of it.
    #[allow(dead_code, reason = "for tests that kill the daemon")]
    pub fn after_next(&self, done: impl FnOnce() + Send + 'static) {
        self.plan().after = Some(Box::new(done));
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.plan().seen.len()
    }

    /// How many connections were made.
    #[allow(dead_code, reason = "not every test looks at everything")]
    pub fn connections(&self) -> usize {
        self.plan().connections
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.plan().seen.clone()
    }

    /// The first request, once it came.
    pub async fn first(&self) -> Seen {
        for _ in 0..300 {
            if let Some(first) = self.requests().into_iter().next() {
                return first;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nothing came");
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, plan: &Mutex<Plan>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let connection = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut tls = rustls::StreamOwned::new(connection, stream);
    plan.lock().expect("plan").connections += 1;
    while request(&mut tls, plan)? {}
    Ok(())
}

/// Takes one request; says whether the connection goes on.
fn request(tls: &mut Tls, plan: &Mutex<Plan>) -> std::io::Result<bool> {
    let mut all = Vec::new();
    let head = loop {
        if let Some(at) = find(&all, b"\r\n\r\n") {
            break at + 4;
        }
        more(tls, &mut all)?;
    };
    let mut seen = Seen {
        head: String::from_utf8_lossy(&all[..head]).into_owned(),
        had_certificate: tls.conn.peer_certificates().is_some(),
        ..Seen::default()
    };
    let reply = {
        let mut plan = plan.lock().expect("plan");
        let next = plan.replies.pop_front();
        next.or_else(|| plan.always.clone()).expect("a reply")
    };
    if reply == Reply::Early {
        tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        tls.flush()?;
    }
    if let Reply::Pause(time) = reply {
        std::thread::sleep(time);
    }
    let length: usize = seen.header("content-length").parse().unwrap_or(0);
    let until = match reply {
        Reply::Cut(bytes) => bytes,
        Reply::Early => 0,
        Reply::Status(_) | Reply::Bytes(_) | Reply::Hang | Reply::Pause(_) => head + length,
    };
    while all.len() < until {
        more(tls, &mut all)?;
    }
    seen.body = all.split_off(head);
    let after = {
        let mut plan = plan.lock().expect("plan");
        plan.seen.push(seen);
        plan.after.take()
    };
    let outcome = answer(tls, reply, after.is_some());
    if let Some(after) = after {
        after();
    }
    outcome
}

type Tls = rustls::StreamOwned<rustls::ServerConnection, TcpStream>;

fn answer(tls: &mut Tls, reply: Reply, followed: bool) -> std::io::Result<bool> {
    match reply {
        Reply::Status(code) => {
            let said =
                format!("HTTP/1.1 {code} X\r\ncontent-length: 0\r\nlocation: /other\r\n\r\n");
            tls.write_all(said.as_bytes())?;
            tls.flush()?;
            return Ok(true);
        }
        Reply::Pause(_) => return answer(tls, Reply::Status(200), followed),
        Reply::Bytes(bytes) => tls.write_all(&bytes)?,
        Reply::Cut(_) => return Ok(false),
        Reply::Early | Reply::Hang => {
            if !followed {
                std::thread::sleep(Duration::from_secs(10));
            }
            return Ok(false);
        }
    }
    tls.conn.send_close_notify();
    tls.flush()?;
    Ok(false)
}

fn more(tls: &mut impl Read, all: &mut Vec<u8>) -> std::io::Result<()> {
    let mut window = [0; 16 * 1024];
    let n = tls.read(&mut window)?;
    if n == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    all.extend_from_slice(&window[..n]);
    Ok(())
}
