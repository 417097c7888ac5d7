//! A mail server on loopback that speaks as much of SMTP (RFC 5321) as a letter needs, with STARTTLS (RFC 3207) or TLS
//! from the first byte, and AUTH PLAIN (RFC 4954); and that can be away, busy, or of another mind.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server does with letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mood {
    /// It takes them.
    Takes,
    /// It asks to come back later.
    Busy,
    /// It does not take them, now or ever.
    Refuses,
    /// It says nothing.
    Silent,
    /// It does not offer TLS.
    Plain,
}

/// A letter that was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub data: String,
    pub login: Option<String>,
}

impl Taken {
    /// A field of the head, unfolded.
    pub fn field(&self, name: &str) -> String {
        let head = self.data.split("\r\n\r\n").next().unwrap_or_default();
        let head = head.replace("\r\n ", " ");
        let prefix = format!("{name}: ");
        let mut found = head
            .split("\r\n")
            .filter_map(|line| line.strip_prefix(&prefix));
        found.next().unwrap_or_default().to_owned()
    }

    /// The text of a letter with one part.
    pub fn text(&self) -> String {
        let (_, body) = self.data.split_once("\r\n\r\n").expect("a body");
        match self.field("Content-Transfer-Encoding").as_str() {
            "base64" => {
                let plain: String = body.split_whitespace().collect();
                String::from_utf8(STANDARD.decode(plain).expect("base64")).expect("UTF-8")
            }
            "quoted-printable" => quoted(body),
            _ => body.to_owned(),
        }
    }
}

fn quoted(body: &str) -> String {
    let body = body.replace("=\r\n", "");
    let (mut out, mut bytes) = (Vec::new(), body.bytes());
    while let Some(byte) = bytes.next() {
        if byte == b'=' {
            let two = [
                bytes.next().expect("a digit"),
                bytes.next().expect("a digit"),
            ];
            let two = std::str::from_utf8(&two).expect("digits");
            out.push(u8::from_str_radix(two, 16).expect("digits"));
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).expect("UTF-8")
}

/// The server; it lives as long as the tests do.
pub struct MailServer {
    pub port: u16,
    /// Its authority (PEM).
    pub ca: String,
    shared: Arc<Shared>,
}

struct Shared {
    tls: Arc<ServerConfig>,
    implicit: bool,
    mood: Mutex<Mood>,
    taken: Mutex<Vec<Taken>>,
    /// Commands of letters that came before TLS.
    unprotected: Mutex<Vec<String>>,
}

impl MailServer {
    /// For the name `localhost`.
    pub fn start(implicit: bool) -> Self {
        let ca_key = KeyPair::generate().expect("key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&ca_key).expect("a CA").pem();
        let issuer = Issuer::new(params, ca_key);
        let key = KeyPair::generate().expect("key");
        let own = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let own = own.signed_by(&key, &issuer).expect("a certificate");
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], secret)
            .expect("TLS");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bound");
        let port = listener.local_addr().expect("address").port();
        let shared = Arc::new(Shared {
            tls: Arc::new(tls),
            implicit,
            mood: Mutex::new(Mood::Takes),
            taken: Mutex::default(),
            unprotected: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || {
                    // Whoever went away is not answered.
                    let _ = shared.serve(stream);
                });
            }
        });
        Self { port, ca, shared }
    }

    pub fn set(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.shared.taken.lock().unwrap().clone()
    }

    pub fn unprotected(&self) -> Vec<String> {
        self.shared.unprotected.lock().unwrap().clone()
    }
}

fn line(stream: &mut impl Read) -> io::Result<String> {
    let mut out = Vec::new();
    let mut byte = [0];
    while !out.ends_with(b"\r\n") {
        // Nothing is read ahead: what follows STARTTLS is not ours.
        if stream.read(&mut byte)? == 0 || out.len() > 4096 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        out.push(byte[0]);
    }
    out.truncate(out.len() - 2);
    String::from_utf8(out).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn say(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes())?;
    stream.flush()
}

impl Shared {
    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        if self.mood() == Mood::Silent {
            let _ = line(&mut stream);
            return Ok(());
        }
        if !self.implicit {
            say(&mut stream, "220 localhost ESMTP")?;
            if !self.before_tls(&mut stream)? {
                return Ok(());
            }
        }
        let connection = ServerConnection::new(Arc::clone(&self.tls)).expect("TLS");
        let mut stream = StreamOwned::new(connection, stream);
        if self.implicit {
            say(&mut stream, "220 localhost ESMTP")?;
        }
        self.letters(&mut stream)
    }

    /// Whether TLS begins now.
    fn before_tls(&self, stream: &mut TcpStream) -> io::Result<bool> {
        loop {
            let said = line(stream)?;
            let upper = said.to_uppercase();
            if upper.starts_with("EHLO") {
                let plain = self.mood() == Mood::Plain;
                let more = if plain { "" } else { "250-STARTTLS\r\n" };
                say(stream, &format!("250-localhost\r\n{more}250 8BITMIME"))?;
            } else if upper == "STARTTLS" && self.mood() != Mood::Plain {
                say(stream, "220 go on")?;
                return Ok(true);
            } else if upper == "QUIT" {
                say(stream, "221 bye")?;
                return Ok(false);
            } else {
                self.unprotected.lock().unwrap().push(said);
                say(stream, "530 5.7.0 TLS first")?;
            }
        }
    }

    fn letters(&self, stream: &mut (impl Read + Write)) -> io::Result<()> {
        let mut letter = Taken {
            from: String::new(),
            to: Vec::new(),
            data: String::new(),
            login: None,
        };
        loop {
            let said = line(stream)?;
            let upper = said.to_uppercase();
            if upper.starts_with("EHLO") {
                say(stream, "250-localhost\r\n250-8BITMIME\r\n250 AUTH PLAIN")?;
            } else if let Some(secret) = said.strip_prefix("AUTH PLAIN ") {
                let plain = STANDARD.decode(secret).expect("base64");
                let plain = String::from_utf8(plain).expect("UTF-8").replace('\0', " ");
                let good = plain.trim() == "truc mật-khẩu";
                letter.login = Some(plain.trim().to_owned());
                say(
                    stream,
                    if good {
                        "235 2.7.0 good"
                    } else {
                        "535 5.7.8 no"
                    },
                )?;
            } else if upper.starts_with("MAIL FROM:") {
                letter.from = said;
                say(stream, "250 good")?;
            } else if upper.starts_with("RCPT TO:") {
                letter.to.push(said);
                let answer = match self.mood() {
                    Mood::Busy => "451 4.7.1 later",
                    Mood::Refuses => "550 5.1.1 no such mailbox",
                    Mood::Takes | Mood::Silent | Mood::Plain => "250 good",
                };
                say(stream, answer)?;
            } else if upper == "DATA" {
                say(stream, "354 go on")?;
                letter.data = data(stream)?;
                self.taken.lock().unwrap().push(letter.clone());
                say(stream, "250 2.0.0 taken")?;
            } else if upper == "QUIT" {
                return say(stream, "221 bye");
            } else {
                say(stream, "250 good")?;
            }
        }
    }
}

fn data(stream: &mut impl Read) -> io::Result<String> {
    let mut out = String::new();
    loop {
        let said = line(stream)?;
        if said == "." {
            return Ok(out);
        }
        out.push_str(said.strip_prefix('.').unwrap_or(&said));
        out.push_str("\r\n");
    }
}
