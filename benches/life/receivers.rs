//! Receivers of pushes: each has TLS of its own, and is good, slow or not there.

use lienthong::keys::{self, issue};
use lienthong::model::Timestamp;
use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longer than the bench runs, shorter than for ever.
const HELD: Duration = Duration::from_secs(300);

/// How a receiver behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// Takes each document and answers at once.
    Good,
    /// Takes each connection and reads a kilobyte a second.
    Slow,
    /// Nobody listens.
    Down,
}

/// When which document came.
pub type Seen = Arc<Mutex<Vec<(String, Instant)>>>;

/// A receiver that waits for the gateway's folder before it can answer.
pub struct Receiver {
    pub port: u16,
    pub seen: Seen,
    listener: Option<TcpListener>,
    manner: Manner,
}

impl Receiver {
    pub fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self {
            port: listener.local_addr().expect("address").port(),
            seen: Seen::default(),
            listener: (manner != Manner::Down).then_some(listener),
            manner,
        }
    }

    /// Starts it with a certificate of the gateway's own transport CA, for clients of the same.
    pub fn start(&mut self, own: &Path, at: Timestamp) {
        let Some(listener) = self.listener.take() else {
            return;
        };
        let config = config(own, at);
        let (seen, manner) = (Arc::clone(&self.seen), self.manner);
        // It ends with the process: it holds nothing but its port.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, seen) = (Arc::clone(&config), Arc::clone(&seen));
                std::thread::spawn(move || serve(stream, config, &seen, manner));
            }
        });
    }
}

fn config(own: &Path, at: Timestamp) -> Arc<ServerConfig> {
    use lienthong::keys::files::{own as names, read_pair};
    let ca = read_pair(own, names::TRANSPORT_CA, names::TRANSPORT_CA_KEY).expect("CA");
    let authority = keys::Authority::new(&ca).expect("authority");
    let years = issue::Validity::years(at, 1);
    let server = issue::issue_server(&authority, &["localhost".into()], years).expect("server");
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from(ca.certificate_der.clone()))
        .expect("root");
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
        .build()
        .expect("verifier");
    let chain = CertificateDer::pem_slice_iter(server.certificate_pem.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(server.key_pem.as_bytes()).expect("key");
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain.map(|c| c.expect("chain")).collect(), key);
    Arc::new(config.expect("TLS"))
}

/// Requests on one connection until it ends.
fn serve(stream: TcpStream, config: Arc<ServerConfig>, seen: &Seen, manner: Manner) {
    let Ok(connection) = ServerConnection::new(config) else {
        return;
    };
    let _ = stream.set_nodelay(true);
    let mut tls = StreamOwned::new(connection, stream);
    if manner == Manner::Slow {
        let until = Instant::now() + HELD;
        let mut kilobyte = [0; 1024];
        while Instant::now() < until && tls.read(&mut kilobyte).is_ok_and(|n| n > 0) {
            std::thread::sleep(Duration::from_secs(1));
        }
        return;
    }
    let mut all = Vec::new();
    while let Some(key) = request(&mut tls, &mut all) {
        seen.lock().expect("seen").push((key, Instant::now()));
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        if tls.write_all(answer).and_then(|()| tls.flush()).is_err() {
            return;
        }
    }
}

/// Reads one request whole; its key.
fn request(tls: &mut impl Read, all: &mut Vec<u8>) -> Option<String> {
    let mut window = [0; 16 * 1024];
    loop {
        if let Some(end) = all.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&all[..end]).to_lowercase();
            let field = |name: &str| {
                let line = head.lines().find_map(|l| l.strip_prefix(name));
                line.map(|l| l.trim().to_owned())
            };
            let length: usize = field("content-length:")?.parse().ok()?;
            let whole = end + 4 + length;
            if all.len() >= whole {
                all.drain(..whole);
                return field("idempotency-key:");
            }
        }
        let n = tls.read(&mut window).ok()?;
        if n == 0 {
            return None;
        }
        all.extend_from_slice(&window[..n]);
    }
}
