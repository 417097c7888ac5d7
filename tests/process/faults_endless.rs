//! Answers of two gigabytes: the daemon stops reading at its limit and holds none of it in memory.

use crate::faults::{Case, authority, gateway, is_held, others, send_all, signer};
use crate::support::block_on;
use lienthong::forge::extension::authority_access;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Answers every request with zeros without end, and counts what it could send.
struct Endless {
    address: SocketAddr,
    sent: Arc<AtomicU64>,
}

impl Endless {
    const OCTETS: u64 = 2 << 30;

    fn at(host: u8, declared: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 77, host), 0)).expect("bound");
        let address = listener.local_addr().expect("address");
        let sent = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&sent);
        // Ends with the process of the test.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let _ = stream.read(&mut [0; 4096]);
                let length = format!("Content-Length: {}\r\n", Self::OCTETS);
                let length = if declared { length.as_str() } else { "" };
                let head = format!("HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n");
                let mut left = Self::OCTETS;
                let mut piece = head.as_bytes();
                let zeros = [0; 64 * 1024];
                while left > 0 && stream.write_all(piece).is_ok() {
                    let sent = u64::try_from(piece.len()).expect("small");
                    counted.fetch_add(sent, Ordering::SeqCst);
                    left = left.saturating_sub(sent);
                    piece = &zeros;
                }
            }
        });
        Self { address, sent }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// RssAnon + RssShmem of a process: what it holds in memory and nobody can take away.
fn held_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("status");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        number.expect("a figure")
    };
    (field("RssAnon:") + field("RssShmem:")) * 1024
}

/// Watches the memory of a process until told to stop; the most that it held.
async fn watched(process: u32, stop: &AtomicBool) -> u64 {
    let mut most = 0;
    while !stop.load(Ordering::SeqCst) {
        most = most.max(held_memory(process));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    most
}

#[test]
fn an_answer_without_end_is_left_at_the_limit() {
    /// What may lie between a server that writes and a reader that has left: both sockets' buffers
    /// as far as Linux lets them grow, and a connection that was tried again.
    const BETWEEN: u64 = 24 << 20;
    const MIB: u64 = 1 << 20;
    block_on(async {
        let servers = [
            Endless::at(30, true),
            Endless::at(31, false),
            Endless::at(32, false),
        ];
        let [told, silent, responder] = &servers;
        let root = authority();
        let address = responder.url("/ocsp");
        let asked = signer(&root, authority_access(&[&address], &[]));
        let cases = [
            Case::listed("2 GB, declared", &told.url("/danh-sach.crl")),
            Case::listed("2 GB", &silent.url("/danh-sach.crl")),
            Case::of("2 GB of OCSP", &root, &asked, &address),
        ];
        let all: Vec<&Case> = cases.iter().collect();
        let gateway = gateway(&all, &servers.each_ref().map(|s| s.address));
        others(&gateway, &AtomicBool::new(true)).await;
        let before = held_memory(gateway.process());
        let stop = AtomicBool::new(false);
        let sending = async {
            let sent = send_all(&gateway, &all).await;
            // Until the last fetch was given up, which is after ten seconds at the latest.
            let begun = Instant::now();
            let mut last = 0;
            loop {
                tokio::time::sleep(Duration::from_millis(500)).await;
                let now: u64 = servers.iter().map(|s| s.sent.load(Ordering::SeqCst)).sum();
                if now == last || begun.elapsed() > Duration::from_secs(12) {
                    break;
                }
                last = now;
            }
            stop.store(true, Ordering::SeqCst);
            sent
        };
        let (sent, most) = tokio::join!(sending, watched(gateway.process(), &stop));
        for (case, sent) in cases.iter().zip(&sent) {
            is_held(&gateway, case, sent).await;
        }
        let given = servers.each_ref().map(|s| s.sent.load(Ordering::SeqCst));
        let grown = most.saturating_sub(before);
        say!(
            "faults: sent {given:?} of {}, memory grew {grown}",
            Endless::OCTETS
        );
        for (sent, limit) in given.into_iter().zip([0, 64 * MIB, MIB]) {
            assert!(sent > 0 && sent < limit + BETWEEN, "{sent}, limit {limit}");
        }
        assert!(given[1] > 2 * MIB, "the list was not read: {given:?}");
        assert!(grown < 40 * MIB, "{before} grew to {most}");
    });
}
