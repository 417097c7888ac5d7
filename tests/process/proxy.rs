//! What lies between an office and its gateway: a proxy that delays replies, lets them drip, or cuts them after some
//! byte. It speaks TLS to both sides, as the gateway to the one and as the office to the other, so that it sees where
//! in a reply it is.

use lienthong::demo::install::Installation;
use lienthong::keys::files::own;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a request asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    Send,
    Answer,
    Recall,
    TakeBack,
    Receive,
}

impl Class {
    pub const ALL: [Self; 5] = [
        Self::Send,
        Self::Answer,
        Self::Recall,
        Self::TakeBack,
        Self::Receive,
    ];

    fn of(head: &str) -> Option<Self> {
        let mut words = head.split_whitespace();
        let (method, path) = (words.next()?, words.next()?);
        let last = path.split('/').next_back()?;
        Some(match (method, last) {
            ("POST", "documents") => Self::Send,
            ("POST", "answers") => Self::Answer,
            ("POST", "recall") => Self::Recall,
            ("POST", "take-back") => Self::TakeBack,
            ("GET", _) if path.contains("/files/") => Self::Receive,
            _ => return None,
        })
    }
}

/// What happens to a request or its reply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Trouble {
    /// The request never gets there.
    Unsent,
    /// The reply is lost before its first byte.
    BeforeHead,
    /// It breaks off in its headers.
    InHead,
    /// It breaks off in its body.
    InBody,
    /// It comes whole, and the connection breaks behind it.
    After,
    /// It comes late.
    Late,
    /// It comes a few bytes at a time.
    Drip,
}

impl Trouble {
    pub const ALL: [Self; 7] = [
        Self::Unsent,
        Self::BeforeHead,
        Self::InHead,
        Self::InBody,
        Self::After,
        Self::Late,
        Self::Drip,
    ];
}

/// Which trouble comes next: every kind for every class of request, in an order drawn from a seed, with replies in
/// between that come as they should.
pub struct Weather {
    turns: Mutex<BTreeMap<Class, (usize, u64)>>,
    seen: Mutex<BTreeMap<(Class, Trouble), u32>>,
    calm: AtomicBool,
    /// Requests that do not come through at the moment, and are not refused either.
    stuck: Mutex<BTreeSet<Class>>,
}

impl Weather {
    pub fn new(seed: u64) -> Arc<Self> {
        let start = |(n, class): (u64, Class)| (class, (0, seed.wrapping_add(n)));
        let turns = (1..).zip(Class::ALL).map(start).collect();
        Arc::new(Self {
            turns: Mutex::new(turns),
            seen: Mutex::default(),
            calm: AtomicBool::new(false),
            stuck: Mutex::default(),
        })
    }

    /// Nothing goes wrong but what is asked for.
    pub fn fair() -> Arc<Self> {
        let weather = Self::new(0);
        weather.calm();
        weather
    }

    /// Requests of that kind wait on their way, until they are let go.
    pub fn hold(&self, class: Class) {
        self.stuck.lock().unwrap().insert(class);
    }

    pub fn let_go(&self, class: Class) {
        self.stuck.lock().unwrap().remove(&class);
    }

    fn is_stuck(&self, class: Class) -> bool {
        self.stuck.lock().unwrap().contains(&class)
    }

    /// Nothing more goes wrong.
    pub fn calm(&self) {
        self.calm.store(true, Ordering::SeqCst);
    }

    /// How often each trouble came.
    pub fn seen(&self) -> BTreeMap<(Class, Trouble), u32> {
        self.seen.lock().unwrap().clone()
    }

    /// The trouble of the next request, and a number that says where.
    fn next(&self, class: Class) -> Option<(Trouble, u64)> {
        if self.calm.load(Ordering::SeqCst) {
            return None;
        }
        let mut turns = self.turns.lock().unwrap();
        let (turn, state) = turns.get_mut(&class)?;
        *turn += 1;
        *state = next(*state);
        // Two of three requests are left alone, so that work goes on.
        if !turn.is_multiple_of(3) {
            return None;
        }
        let trouble = Trouble::ALL[(*turn / 3 - 1) % Trouble::ALL.len()];
        Some((trouble, *state >> 33))
    }

    fn came(&self, class: Class, trouble: Trouble) {
        let mut seen = self.seen.lock().unwrap();
        *seen.entry((class, trouble)).or_default() += 1;
    }
}

/// A linear congruential generator (Knuth's MMIX): chance enough for where and when.
pub fn next(state: u64) -> u64 {
    state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407)
}

/// An installation as offices see it through a proxy each: their profiles lead there.
pub fn between(at: &Installation, units: &[&str], weather: &Arc<Weather>) -> Installation {
    let home = at.home.join("between");
    for unit in units {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = listener.local_addr().expect("address");
        let folder = at.profile(unit);
        let folder = folder.parent().expect("folder").to_path_buf();
        let tls = Arc::new(Tls::new(at, &folder));
        let (gateway, weather) = (at.exchange, Arc::clone(weather));
        std::thread::spawn(move || listen(&listener, gateway, &tls, &weather));
        profile(&home.join("profiles").join(unit), &folder, unit, address);
    }
    Installation { home, ..at.clone() }
}

fn profile(to: &Path, from: &Path, unit: &str, address: SocketAddr) {
    std::fs::create_dir_all(to).expect("folder");
    let path = |name: &str| from.join(name).display().to_string();
    let text = format!(
        "url = \"https://{address}\"\nunit = \"{unit}\"\ncertificate = \"{}\"\nkey = \"{}\"\n\
         gateway_ca = \"{}\"\nreceipt_ca = \"{}\"\n",
        path("client.pem"),
        path("client.key"),
        path("gateway-ca.pem"),
        path("receipt-ca.pem"),
    );
    std::fs::write(to.join("profile.toml"), text).expect("written");
}

/// The gateway's face to the office, the office's to the gateway.
struct Tls {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Tls {
    fn new(at: &Installation, office: &Path) -> Self {
        let provider = || Arc::new(rustls::crypto::ring::default_provider());
        let own_folder = at.certs().join("own");
        let (chain, key) = pair(&own_folder, own::SERVER, own::SERVER_KEY);
        let server = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("server");
        let mut roots = RootCertStore::empty();
        for der in certificates(&office.join("gateway-ca.pem")) {
            roots.add(der).expect("root");
        }
        let (chain, key) = pair(office, "client.pem", "client.key");
        let client = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .expect("client");
        Self {
            server: Arc::new(server),
            client: Arc::new(client),
        }
    }
}

fn certificates(path: &Path) -> Vec<CertificateDer<'static>> {
    let all = CertificateDer::pem_file_iter(path).expect("file");
    all.map(|der| der.expect("certificate")).collect()
}

fn pair(
    folder: &Path,
    certificate: &str,
    key: &str,
) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let key: PathBuf = folder.join(key);
    let key = PrivateKeyDer::from_pem_file(key).expect("key");
    (certificates(&folder.join(certificate)), key)
}

fn listen(listener: &TcpListener, gateway: SocketAddr, tls: &Arc<Tls>, weather: &Arc<Weather>) {
    for stream in listener.incoming().map_while(Result::ok) {
        let (tls, weather) = (Arc::clone(tls), Arc::clone(weather));
        std::thread::spawn(move || {
            // Whatever breaks here is what an office sees as a broken connection.
            let _ = relay(stream, gateway, &tls, &weather);
        });
    }
}

type Office = StreamOwned<ServerConnection, TcpStream>;
type Gateway = StreamOwned<ClientConnection, TcpStream>;

/// Request by request, until one side closes or trouble comes.
fn relay(stream: TcpStream, gateway: SocketAddr, tls: &Tls, weather: &Weather) -> io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(&tls.server)).map_err(io::Error::other)?;
    let mut office = StreamOwned::new(connection, stream);
    let mut open: Option<Gateway> = None;
    loop {
        let Some(request) = Message::read(&mut office)? else {
            return Ok(());
        };
        let class = Class::of(&request.head());
        while class.is_some_and(|class| weather.is_stuck(class)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let trouble = class.and_then(|class| Some((class, weather.next(class)?)));
        if let Some((class, (Trouble::Unsent, _))) = trouble {
            weather.came(class, Trouble::Unsent);
            return office.sock.shutdown(Shutdown::Both);
        }
        let mut there = match open.take() {
            Some(there) => there,
            None => connect(gateway, tls)?,
        };
        // A gateway that refuses early may not read the rest; its reply says why.
        let _ = there.write_all(&request.raw).and_then(|()| there.flush());
        let Some(reply) = Message::read(&mut there)? else {
            return office.sock.shutdown(Shutdown::Both);
        };
        open = Some(there);
        let Some((class, (trouble, chance))) = trouble else {
            office.write_all(&reply.raw)?;
            office.flush()?;
            continue;
        };
        weather.came(class, trouble);
        if !deliver(&mut office, &reply, trouble, chance)? {
            return office.sock.shutdown(Shutdown::Both);
        }
    }
}

fn connect(gateway: SocketAddr, tls: &Tls) -> io::Result<Gateway> {
    let stream = TcpStream::connect(gateway)?;
    let name = ServerName::from(gateway.ip());
    let connection = ClientConnection::new(Arc::clone(&tls.client), name);
    Ok(StreamOwned::new(
        connection.map_err(io::Error::other)?,
        stream,
    ))
}

/// Hands a reply over with trouble; whether the connection lives on.
fn deliver(
    office: &mut Office,
    reply: &Message,
    trouble: Trouble,
    chance: u64,
) -> io::Result<bool> {
    let chance = usize::try_from(chance).unwrap_or(0);
    let (head, all) = (reply.body, reply.raw.len());
    // Some byte inside: never none of them, never all.
    let inside = |from: usize, to: usize| from + 1 + chance % (to - from).saturating_sub(1).max(1);
    let end = match trouble {
        Trouble::Unsent | Trouble::BeforeHead => 0,
        Trouble::InHead => inside(0, head),
        Trouble::InBody if all > head + 1 => inside(head, all).min(all - 1),
        Trouble::InBody => head - 1,
        Trouble::After | Trouble::Late | Trouble::Drip => all,
    };
    if trouble == Trouble::Late {
        std::thread::sleep(Duration::from_millis(100));
    }
    let step = if trouble == Trouble::Drip { 37 } else { all };
    for part in reply.raw[..end].chunks(step.max(1)) {
        office.write_all(part)?;
        office.flush()?;
        if trouble == Trouble::Drip {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    Ok(matches!(trouble, Trouble::Late | Trouble::Drip))
}

/// An HTTP/1.1 message as it came.
struct Message {
    raw: Vec<u8>,
    /// Where its body begins.
    body: usize,
}

impl Message {
    fn head(&self) -> String {
        String::from_utf8_lossy(&self.raw[..self.body]).into_owned()
    }

    /// The next whole message; `None` if the other side closed before it.
    fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut raw = Vec::new();
        let body = loop {
            if let Some(end) = find(&raw, b"\r\n\r\n") {
                break end + 4;
            }
            if more(stream, &mut raw)? == 0 {
                return Ok(None);
            }
        };
        let mut message = Self { raw, body };
        let head = message.head().to_lowercase();
        let value = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().to_owned())
        };
        if value("transfer-encoding:").is_some_and(|v| v.contains("chunked")) {
            message.chunks(stream)?;
        } else if let Some(length) = value("content-length:").and_then(|v| v.parse().ok()) {
            let whole = body.saturating_add(length);
            while message.raw.len() < whole {
                if more(stream, &mut message.raw)? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        Ok(Some(message))
    }

    /// Reads chunks to the last one (RFC 9112 §7.1).
    fn chunks(&mut self, stream: &mut impl Read) -> io::Result<()> {
        let mut at = self.body;
        loop {
            let line = loop {
                if let Some(end) = find(&self.raw[at..], b"\r\n") {
                    break end;
                }
                if more(stream, &mut self.raw)? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            };
            let size = String::from_utf8_lossy(&self.raw[at..at + line]);
            let size = size.split(';').next().unwrap_or_default().trim().to_owned();
            let size = usize::from_str_radix(&size, 16).map_err(io::Error::other)?;
            let next = at + line + 2 + size + 2;
            while self.raw.len() < next {
                if more(stream, &mut self.raw)? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            at = next;
            if size == 0 {
                return Ok(());
            }
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|w| w == wanted)
}

fn more(stream: &mut impl Read, raw: &mut Vec<u8>) -> io::Result<usize> {
    let mut window = [0; 16 * 1024];
    let n = stream.read(&mut window)?;
    raw.extend_from_slice(&window[..n]);
    Ok(n)
}
