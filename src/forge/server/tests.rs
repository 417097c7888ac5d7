//! OpenSSL asks the responder and the authority, and plain sockets see the faults.

use super::*;
use crate::clock::SystemClock;
use crate::forge::ocsp::CertStatus;
use crate::forge::pki::{Validity, pem};
use crate::forge::{Entity, Template};
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

async fn server() -> Server {
    let clock = Arc::new(SystemClock);
    Server::start(clock).await.expect("started")
}

fn authority() -> (Entity, Validity) {
    let good = Validity::around(SystemClock.now());
    let root = Template::authority("Gốc", good).self_signed();
    (root.expect("root"), good)
}

/// What comes back to a request, as far as it comes within half a second.
async fn raw(server: &Server, request: &str) -> Vec<u8> {
    let stream = tokio::net::TcpStream::connect(server.address()).await;
    let mut stream = stream.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut out = Vec::new();
    let mut piece = [0; 4096];
    let read = async {
        loop {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(n) => out.extend_from_slice(&piece[..n]),
            }
            if out.len() > 1_000_000 {
                break;
            }
        }
    };
    let _ = timeout(Duration::from_millis(500), read).await;
    out
}

async fn get(server: &Server, path: &str) -> (String, Vec<u8>) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let got = raw(server, &request).await;
    let mut windows = (4..=got.len()).zip(got.windows(4));
    let end = windows.find(|(_, w)| *w == b"\r\n\r\n");
    let end = end.map_or(got.len(), |(end, _)| end);
    (
        String::from_utf8_lossy(&got[..end]).to_lowercase(),
        got[end..].to_vec(),
    )
}

#[tokio::test]
async fn files_are_served_counted_and_replaced() {
    let server = server().await;
    server.publish("/crl/a.crl", Served::crl(vec![1, 2, 3]));
    assert_eq!(server.connections(), 0);
    let (head, body) = get(&server, "/crl/a.crl").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(
        head.contains("content-type: application/pkix-crl"),
        "{head}"
    );
    assert_eq!(body, [1, 2, 3]);
    server.publish("/crl/a.crl", Served::crl(vec![4]));
    assert_eq!(get(&server, "/crl/a.crl").await.1, [4]);
    assert!(get(&server, "/b").await.0.starts_with("http/1.1 404"));
    assert_eq!(server.asked("/crl/a.crl"), 2);
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn faults_are_as_told() {
    let server = server().await;
    let at = "/f";
    server.publish(at, Served::crl(vec![7; 10]));
    server.fault(at, Some(Fault::Hang));
    assert!(get(&server, at).await.0.is_empty());
    server.fault(at, Some(Fault::Drip(Duration::from_millis(200))));
    let (_, body) = get(&server, at).await;
    assert!(!body.is_empty() && body.len() < 40, "{body:?}");
    server.fault(at, Some(Fault::Redirect("http://127.0.0.1:1/x".into())));
    let (head, _) = get(&server, at).await;
    assert!(head.starts_with("http/1.1 302"), "{head}");
    assert!(head.contains("location: http://127.0.0.1:1/x"), "{head}");
    server.fault(at, Some(Fault::Instead(vec![9])));
    assert_eq!(get(&server, at).await.1, [9]);
    for declared in [true, false] {
        let octets = 2 << 30;
        server.fault(at, Some(Fault::Long { octets, declared }));
        let (head, body) = get(&server, at).await;
        assert_eq!(head.contains("content-length: 2147483648"), declared);
        assert!(body.len() > 900_000, "{}", body.len());
    }
    server.fault(at, Some(Fault::Status(500)));
    assert!(get(&server, at).await.0.starts_with("http/1.1 500"));
    server.fault(at, Some(Fault::Short));
    let (head, body) = get(&server, at).await;
    assert!(head.contains("content-length: 110"), "{head}");
    assert_eq!(body, [7; 10]);
    server.fault(at, Some(Fault::Cut(3)));
    assert_eq!(get(&server, at).await.1, [7; 7]);
    server.fault(at, None);
    assert_eq!(get(&server, at).await.1, [7; 10]);
}

/// What OpenSSL says, or `None` where it is not installed.
async fn openssl(dir: &std::path::Path, args: &str) -> Option<String> {
    let mut command = Command::new("openssl");
    command.current_dir(dir).args(args.split_whitespace());
    let out = tokio::task::spawn_blocking(move || command.output()).await;
    let out = out.expect("joined").ok()?;
    let text = [out.stdout, out.stderr].concat();
    Some(String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn openssl_asks_the_responder() {
    let server = server().await;
    let (root, good) = authority();
    let delegate = Template::responder("Trả lời", good).issued_by(&root);
    let signer = Template::signer("Trần Thị An", good).issued_by(&root);
    let (delegate, signer) = (delegate.expect("delegate"), signer.expect("signer"));
    let responder = Arc::new(Responder::new(&root, &delegate));
    server.publish("/ocsp", Served::Ocsp(Arc::clone(&responder)));
    let dir = tempfile::tempdir().expect("folder");
    let dir = dir.path();
    for (name, der) in [("root.pem", &root.der), ("s.pem", &signer.der)] {
        std::fs::write(dir.join(name), pem("CERTIFICATE", der)).expect("written");
    }
    let ask = format!(
        "ocsp -issuer root.pem -cert s.pem -CAfile root.pem -url {}",
        server.url("/ocsp")
    );
    for (status, word) in [
        (None, "s.pem: unknown"),
        (Some(CertStatus::Good), "s.pem: good"),
        (
            Some(CertStatus::Revoked(good.from, Some(1))),
            "s.pem: revoked",
        ),
    ] {
        if let Some(status) = status {
            responder.set(&signer, status);
        }
        let Some(said) = openssl(dir, &ask).await else {
            return;
        };
        assert!(said.contains("Response verify OK"), "{said}");
        assert!(said.contains(word), "{said}");
    }
    let query = "ocsp -issuer root.pem -cert s.pem -no_nonce -reqout q.der";
    openssl(dir, query).await.expect("openssl");
    let query = std::fs::read(dir.join("q.der")).expect("query");
    let text = base64::engine::general_purpose::STANDARD.encode(query);
    let escaped = text
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    for path in [text, escaped] {
        let (head, body) = get(&server, &format!("/ocsp/{path}")).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        std::fs::write(dir.join("r.der"), body).expect("written");
        let args = "ocsp -respin r.der -issuer root.pem -cert s.pem -CAfile root.pem";
        let said = openssl(dir, args).await.expect("openssl");
        assert!(said.contains("s.pem: revoked"), "{said}");
    }
}

#[tokio::test]
async fn the_authority_stamps() {
    let server = server().await;
    let (root, good) = authority();
    let signer = Template::stamper("Dấu thời gian", good).issued_by(&root);
    let stamper = Stamper {
        signer: signer.expect("stamper"),
        ahead_secs: 0,
    };
    let dir = tempfile::tempdir().expect("folder");
    let dir = dir.path();
    std::fs::write(dir.join("root.pem"), pem("CERTIFICATE", &root.der)).expect("written");
    std::fs::write(dir.join("data"), b"hello").expect("written");
    let query = "ts -query -data data -sha256 -cert -out q.tsq";
    if openssl(dir, query).await.is_none() {
        return;
    }
    let query = std::fs::read(dir.join("q.tsq")).expect("query");
    let reply = stamper.answer(&query, SystemClock.now());
    std::fs::write(dir.join("r.tsr"), reply).expect("written");
    let args = "ts -verify -queryfile q.tsq -in r.tsr -CAfile root.pem";
    let said = openssl(dir, args).await.expect("openssl");
    assert!(said.contains("Verification: OK"), "{said}");
    server.publish("/tsa", Served::Stamper(Arc::new(stamper)));
    // A query under another media type is none.
    let wrong = "POST /tsa HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
    let got = raw(&server, wrong).await;
    assert!(got.starts_with(b"HTTP/1.1 400"));
    let right = wrong.replace(
        "Host: a",
        "Host: a\r\nContent-Type: application/timestamp-query",
    );
    let got = String::from_utf8_lossy(&raw(&server, &right).await).into_owned();
    assert!(got.contains("application/timestamp-reply"), "{got}");
}
