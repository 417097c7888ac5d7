//! Against real sockets on the loopback interface, all of them hostile.

#![allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]

use super::super::dial::Resolve;
use super::*;
use crate::model::HostPort;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server does with a connection once it has read the head of a request.
#[derive(Clone)]
enum Manner {
    /// Sends this, and closes.
    Says(Vec<u8>),
    /// Sends nothing.
    Hangs,
    /// Sends a head, and then a byte now and then.
    Drips,
    /// Claims and sends as much as is taken.
    Endless { claims: Option<u64> },
}

struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
    sent: Arc<AtomicUsize>,
}

impl Server {
    async fn start(manner: impl Fn(&str) -> Manner + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let server = Self {
            address: listener.local_addr().expect("address"),
            connections: Arc::default(),
            heads: Arc::default(),
            sent: Arc::default(),
        };
        let (connections, heads) = (Arc::clone(&server.connections), Arc::clone(&server.heads));
        let (sent, manner) = (Arc::clone(&server.sent), Arc::new(manner));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (heads, sent) = (Arc::clone(&heads), Arc::clone(&sent));
                let manner = Arc::clone(&manner);
                let answer = move |head: String| {
                    let asked = manner(&head);
                    heads.lock().expect("heads").push(head);
                    asked
                };
                tokio::spawn(async move { serve(&mut stream, answer, &sent).await });
            }
        });
        server
    }

    fn port(&self) -> u16 {
        self.address.port()
    }

    fn asked(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Answers until the other side leaves.
async fn serve(stream: &mut TcpStream, answer: impl Fn(String) -> Manner, sent: &AtomicUsize) {
    while let Some(head) = read_head(stream).await {
        if behave(stream, answer(head), sent).await.is_err() {
            return;
        }
    }
}

async fn behave(stream: &mut TcpStream, manner: Manner, sent: &AtomicUsize) -> std::io::Result<()> {
    match manner {
        Manner::Says(bytes) => stream.write_all(&bytes).await,
        Manner::Hangs => std::future::pending().await,
        Manner::Drips => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        }
        Manner::Endless { claims } => {
            let length = claims.map_or_else(String::new, |n| format!("content-length: {n}\r\n"));
            let head = format!("HTTP/1.1 200 OK\r\n{length}\r\n");
            stream.write_all(head.as_bytes()).await?;
            let block = vec![0u8; 64 << 10];
            loop {
                stream.write_all(&block).await?;
                sent.fetch_add(block.len(), Ordering::SeqCst);
            }
        }
    }
}

fn ok(body: &[u8]) -> Manner {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    Manner::Says([head.as_bytes(), body].concat())
}

fn moved(code: u16, to: &str) -> Manner {
    let head = format!("HTTP/1.1 {code} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
    Manner::Says(head.into_bytes())
}

/// Names of the tests; no other name resolves. A name with several answers gives one after another.
struct Names {
    answers: Mutex<BTreeMap<String, Vec<Vec<IpAddr>>>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, door: &HostPort) -> Result<Vec<IpAddr>, String> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut all = self.answers.lock().expect("answers");
        let answers = all.get_mut(door.host()).ok_or("no such name")?;
        Ok(if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        })
    }
}

fn names(table: &[(&str, &[&[&str]])]) -> Arc<Names> {
    let addresses = |list: &&[&str]| -> Vec<IpAddr> {
        list.iter().map(|a| a.parse().expect("address")).collect()
    };
    let row = |(name, answers): &(&str, &[&[&str]])| {
        ((*name).to_owned(), answers.iter().map(addresses).collect())
    };
    Arc::new(Names {
        answers: Mutex::new(table.iter().map(row).collect()),
        asked: AtomicUsize::new(0),
    })
}

fn quick() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        whole: Duration::from_secs(1),
        ..Limits::default()
    }
}

fn fetcher(listed: &[String], names: Arc<Names>, limits: Limits) -> HttpFetch {
    let doors = Doors {
        private: listed
            .iter()
            .map(|p| HostPort::parse(p).expect("host and port"))
            .collect(),
        hosts: Vec::new(),
    };
    HttpFetch::with_dialer(
        Dialer::with_resolver(doors, limits.connect, names),
        limits,
        None,
    )
    .expect("fetcher")
}

fn crl(uri: String) -> Source {
    Source::Crl { uri }
}

#[tokio::test]
async fn what_a_listed_server_says_is_fetched() {
    let server = Server::start(|_| ok(b"list")).await;
    let listed = [format!("127.0.0.1:{}", server.port())];
    let fetch = fetcher(&listed, names(&[]), quick());
    let uri = format!("http://127.0.0.1:{}/a.crl?x=1#y", server.port());
    assert_eq!(fetch.fetch(&crl(uri.clone())).await, Ok("list".into()));
    let request = Bytes::from_static(b"ocsp");
    let ocsp = Source::Ocsp { uri, request };
    assert_eq!(fetch.fetch(&ocsp).await, Ok("list".into()));
    let heads = server.heads.lock().expect("heads").clone();
    assert!(
        heads[0].starts_with("GET /a.crl?x=1 HTTP/1.1\r\n"),
        "{heads:?}"
    );
    assert!(!heads[0].contains("accept-encoding"), "{heads:?}");
    assert!(heads[1].starts_with("POST /a.crl?x=1 "), "{heads:?}");
    assert!(heads[1].contains("content-type: application/ocsp-request\r\n"));
    assert!(heads[1].contains("content-length: 4\r\n"), "{heads:?}");
}

#[tokio::test]
async fn no_connection_inside_is_opened_unless_it_is_listed() {
    let server = Server::start(|_| ok(b"secret")).await;
    let port = server.port();
    let known = names(&[
        ("inside.vn", &[&["127.0.0.1"]]),
        ("both.vn", &[&["203.162.0.1", "127.0.0.1"]]),
        ("mapped.vn", &[&["::ffff:127.0.0.1"]]),
    ]);
    let listed = [format!("127.0.0.1:{}", port ^ 1), "inside.vn:1".to_owned()];
    let fetch = fetcher(&listed, known, quick());
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "inside.vn",
        "both.vn",
        "mapped.vn",
    ] {
        let refused = fetch.fetch(&crl(format!("http://{host}:{port}/"))).await;
        let expected = matches!(
            refused,
            Err(FetchError::Address(_) | FetchError::Unresolved { .. })
        );
        assert!(expected, "{host}: {refused:?}");
    }
    assert_eq!(server.asked(), 0, "a connection was opened");
}

#[tokio::test]
async fn a_name_is_resolved_once_and_its_second_answer_is_not_asked_for() {
    let server = Server::start(|head| {
        if head.starts_with("GET /first") {
            moved(302, "/second")
        } else {
            ok(b"list")
        }
    })
    .await;
    let port = server.port();
    // 127.0.0.2 is where a second lookup would lead; nothing listens there.
    let known = names(&[("crl.noi-bo.vn", &[&["127.0.0.1"], &["127.0.0.2"]])]);
    let fetch = fetcher(
        &[format!("crl.noi-bo.vn:{port}")],
        Arc::clone(&known),
        quick(),
    );
    let uri = format!("http://crl.noi-bo.vn:{port}/first");
    assert_eq!(fetch.fetch(&crl(uri)).await, Ok("list".into()));
    assert_eq!(known.asked.load(Ordering::SeqCst), 1);
    let heads = server.heads.lock().expect("heads").clone();
    assert!(
        heads[1].contains(&format!("host: crl.noi-bo.vn:{port}\r\n")),
        "{heads:?}"
    );
}

#[tokio::test]
async fn redirects_lead_nowhere_else() {
    let trap = Server::start(|_| ok(b"secret")).await;
    let inside = format!("http://127.0.0.1:{}/", trap.port());
    for to in [
        inside.as_str(),
        "http://169.254.169.254/",
        "//localhost/",
        "file:///etc/passwd",
    ] {
        let to = to.to_owned();
        let server = Server::start(move |_| moved(302, &to)).await;
        let door = format!("127.0.0.1:{}", server.port());
        let fetch = fetcher(std::slice::from_ref(&door), names(&[]), quick());
        let refused = fetch.fetch(&crl(format!("http://{door}/"))).await;
        assert!(
            matches!(refused, Err(FetchError::Address(_))),
            "{refused:?}"
        );
        assert_eq!(server.asked(), 1);
    }
    assert_eq!(trap.asked(), 0, "a connection was opened");
    let circle = Server::start(|_| moved(301, "/again")).await;
    let door = format!("127.0.0.1:{}", circle.port());
    let fetch = fetcher(std::slice::from_ref(&door), names(&[]), quick());
    let ended = fetch.fetch(&crl(format!("http://{door}/"))).await;
    assert_eq!(
        ended,
        Err(FetchError::Redirects {
            most: MAX_REDIRECTS
        })
    );
    assert_eq!(circle.heads.lock().expect("heads").len(), MAX_REDIRECTS + 1);
    // A POST is not turned into a GET.
    let ocsp = Source::Ocsp {
        uri: format!("http://{door}/"),
        request: Bytes::new(),
    };
    let ended = fetch.fetch(&ocsp).await;
    assert_eq!(ended, Err(FetchError::Status { code: 301 }));
}

#[tokio::test]
async fn whoever_hangs_or_drips_is_left_in_time() {
    let table = [(Manner::Hangs, 1000), (Manner::Drips, 1000)];
    for (manner, most) in table {
        let server = Server::start(move |_| manner.clone()).await;
        let door = format!("127.0.0.1:{}", server.port());
        let fetch = fetcher(std::slice::from_ref(&door), names(&[]), quick());
        let begun = Instant::now();
        let ended = fetch.fetch(&crl(format!("http://{door}/"))).await;
        assert_eq!(ended, Err(FetchError::Silent { secs: 1 }));
        assert!(begun.elapsed() < Duration::from_millis(most + 500));
    }
    let server = Server::start(|_| Manner::Drips).await;
    let door = format!("127.0.0.1:{}", server.port());
    let fetch = fetcher(std::slice::from_ref(&door), names(&[]), Limits::default());
    let begun = Instant::now();
    let ended = fetch.fetch(&crl(format!("http://{door}/"))).await;
    assert!(matches!(ended, Err(FetchError::Slow { .. })), "{ended:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "before the whole time is over"
    );
}

#[tokio::test]
async fn no_more_than_the_limit_is_read() {
    for claims in [None, Some(2 << 30), Some(100)] {
        let server = Server::start(move |_| Manner::Endless { claims }).await;
        let door = format!("127.0.0.1:{}", server.port());
        let limits = Limits {
            crl_bytes: 4 << 20,
            ..Limits::default()
        };
        let fetch = fetcher(std::slice::from_ref(&door), names(&[]), limits);
        let uri = format!("http://{door}/");
        let got = fetch.fetch(&crl(uri.clone())).await;
        if claims == Some(100) {
            // What goes beyond its own length is no part of the answer.
            assert_eq!(got.map(|b| b.len()), Ok(100));
        } else {
            assert_eq!(got, Err(FetchError::TooLarge { limit: 4 << 20 }));
        }
        let issuer = fetch.fetch(&Source::Issuer { uri }).await;
        if claims != Some(100) {
            assert_eq!(issuer, Err(FetchError::TooLarge { limit: 1 << 20 }));
        }
        // What the kernel's buffers took besides.
        let sent = server.sent.load(Ordering::SeqCst);
        assert!(sent < 24 << 20, "{sent} bytes were taken");
    }
}

#[tokio::test]
async fn a_long_list_is_spooled_and_leaves_no_file() {
    let body: Vec<u8> = (0..3_000_000u32).map(|n| n.to_le_bytes()[0]).collect();
    let expected = body.clone();
    let server = Server::start(move |_| ok(&body)).await;
    let door = format!("127.0.0.1:{}", server.port());
    let folder = tempfile::tempdir().expect("folder");
    let shelf = Shelf::open(folder.path()).expect("shelf");
    let doors = Doors {
        private: vec![HostPort::parse(&door).expect("door")],
        hosts: Vec::new(),
    };
    let fetch = HttpFetch::new(doors, Limits::default(), Some(shelf)).expect("fetcher");
    let got = fetch.fetch(&crl(format!("http://{door}/"))).await;
    assert!(got.expect("fetched") == expected);
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0);
}

#[tokio::test]
async fn other_answers_are_told_apart() {
    type Expected = fn(&FetchError) -> bool;
    let table: [(&[u8], Expected); 6] = [
        (b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", |e| {
            *e == FetchError::Status { code: 404 }
        }),
        (b"HTTP/1.1 204 Nothing\r\n\r\n", |e| {
            *e == FetchError::Status { code: 204 }
        }),
        (b"HTTP/1.1 302 Moved\r\ncontent-length: 0\r\n\r\n", |e| {
            *e == FetchError::Status { code: 302 }
        }),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx",
            |e| matches!(e, FetchError::Coding { coding } if coding == "gzip"),
        ),
        (b"SSH-2.0-x\r\n\r\n", |e| {
            matches!(e, FetchError::Connection { .. })
        }),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx", |e| {
            matches!(e, FetchError::Silent { .. } | FetchError::Connection { .. })
        }),
    ];
    for (answer, expected) in table {
        let server = Server::start(move |_| Manner::Says(answer.to_vec())).await;
        let door = format!("127.0.0.1:{}", server.port());
        let fetch = fetcher(std::slice::from_ref(&door), names(&[]), quick());
        let error = fetch.fetch(&crl(format!("http://{door}/"))).await;
        let error = error.expect_err("refused");
        assert!(expected(&error), "{error:?}");
    }
    // Nobody listens at a port just given back.
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let door = format!("127.0.0.1:{}", gone.local_addr().expect("address").port());
    drop(gone);
    let fetch = fetcher(std::slice::from_ref(&door), names(&[]), quick());
    let error = fetch.fetch(&crl(format!("http://{door}/"))).await;
    assert!(
        matches!(error, Err(FetchError::Connection { .. })),
        "{error:?}"
    );
    let unknown = fetch.fetch(&crl("http://unknown.vn/".into())).await;
    assert!(
        matches!(unknown, Err(FetchError::Unresolved { .. })),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn a_closed_network_opens_nothing() {
    let server = Server::start(|_| ok(b"list")).await;
    let uri = format!("http://127.0.0.1:{}/", server.port());
    let closed = crate::fetch::NoFetch.fetch(&crl(uri)).await;
    assert_eq!(closed, Err(FetchError::Closed));
    assert_eq!(server.asked(), 0);
}
