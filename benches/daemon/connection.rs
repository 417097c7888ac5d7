//! A client over real mutual TLS, as thin as one can be: the benches measure the gateway, and the
//! clients share its two cores.
#![allow(dead_code, reason = "not every bench posts")]

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// An answer: status and body.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// One kept-alive connection.
pub struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    pub fn connect(config: Arc<ClientConfig>, to: SocketAddr) -> Self {
        let name = ServerName::try_from("localhost").expect("name");
        let tcp = TcpStream::connect(to).expect("the gateway listens");
        tcp.set_nodelay(true).expect("nodelay");
        tcp.set_read_timeout(Some(Duration::from_secs(60)))
            .expect("timeout");
        let connection = ClientConnection::new(config, name).expect("connection");
        Self {
            stream: StreamOwned::new(connection, tcp),
            buffer: Vec::new(),
        }
    }

    /// Sends one ready-made request and reads its answer.
    pub fn send(&mut self, request: &[u8]) -> Answer {
        self.stream.write_all(request).expect("send");
        self.stream.flush().expect("flush");
        self.answer()
    }

    /// One `GET`.
    pub fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())
    }

    /// One `POST` of JSON.
    pub fn post(&mut self, path: &str, json: &str) -> Answer {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            json.len()
        );
        self.send((head + json).as_bytes())
    }

    fn answer(&mut self) -> Answer {
        self.buffer.clear();
        let mut chunk = [0u8; 16 * 1024];
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.buffer[..end]).to_lowercase();
                let status = head[9..12].parse().expect("status");
                let length: usize = head
                    .lines()
                    .find_map(|l| l.strip_prefix("content-length:"))
                    .expect("every answer has a length")
                    .trim()
                    .parse()
                    .expect("length");
                let start = end + 4;
                if self.buffer.len() >= start + length {
                    return Answer {
                        status,
                        body: self.buffer[start..start + length].to_vec(),
                    };
                }
            }
            let n = self.stream.read(&mut chunk).expect("read");
            assert!(n > 0, "the gateway closed the connection");
            self.buffer.extend_from_slice(&chunk[..n]);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

const BOUNDARY: &str = "lienthong-bench-boundary-7d1f";

/// `POST /v1/documents` with an envelope and files, ready to be written at once.
pub fn request(envelope: &[u8], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = envelope_part(envelope);
    for (name, bytes) in files {
        body.extend_from_slice(&file_head(name));
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(&end());
    let mut out = head(body.len() as u64);
    out.extend_from_slice(&body);
    out
}

fn head(length: u64) -> Vec<u8> {
    format!(
        "POST /v1/documents HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; \
         boundary={BOUNDARY}\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes()
}

fn envelope_part(envelope: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"envelope\"\r\n\
         content-type: application/json\r\n\r\n"
    )
    .into_bytes();
    out.extend_from_slice(envelope);
    out.extend_from_slice(b"\r\n");
    out
}

fn file_head(name: &str) -> Vec<u8> {
    format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: application/octet-stream\r\n\r\n"
    )
    .into_bytes()
}

fn end() -> Vec<u8> {
    format!("--{BOUNDARY}--\r\n").into_bytes()
}

/// The same request, written piece by piece for files that do not fit into memory.
pub struct PartWriter<'a> {
    connection: &'a mut Connection,
    open: bool,
}

impl<'a> PartWriter<'a> {
    pub fn new(connection: &'a mut Connection) -> Self {
        Self {
            connection,
            open: false,
        }
    }

    /// Writes the head, which needs every length, and the envelope.
    pub fn length(&mut self, envelope: &[u8], files: &[(&str, u64)]) {
        let envelope = envelope_part(envelope);
        let files: u64 = files
            .iter()
            .map(|(n, len)| file_head(n).len() as u64 + len + 2)
            .sum();
        let total = envelope.len() as u64 + files + end().len() as u64;
        self.put(&head(total));
        self.put(&envelope);
    }

    pub fn begin(&mut self, name: &str) {
        self.close();
        self.put(&file_head(name));
        self.open = true;
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.put(bytes);
    }

    pub fn end(mut self) -> Answer {
        self.close();
        self.put(&end());
        self.connection.stream.flush().expect("flush");
        self.connection.answer()
    }

    fn close(&mut self) {
        if self.open {
            self.put(b"\r\n");
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.connection.stream.write_all(bytes).expect("send");
    }
}
