//! Documents to send: an envelope and one CMS with its content inside, RSA-2048, all different.
#![allow(dead_code, reason = "not every bench compares files")]

use crate::connection::request;
use crate::gateway::Gateway;

/// A request that is ready to be written, and the signed file in it.
pub struct Ready {
    pub request: Vec<u8>,
    pub file: Vec<u8>,
}

/// So many documents of `bytes` content each; `to` names the recipient of the nth.
pub fn documents(
    gateway: &Gateway,
    bytes: usize,
    count: usize,
    to: impl Fn(usize) -> String + Sync,
) -> Vec<Ready> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let numbers: Vec<usize> = (0..count).collect();
    let share = numbers.len().div_ceil(cores).max(1);
    let to = &to;
    std::thread::scope(|scope| {
        let parts: Vec<_> = numbers
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    let ready = part.iter().map(|n| document(gateway, bytes, *n, &to(*n)));
                    ready.collect::<Vec<_>>()
                })
            })
            .collect();
        let done = parts.into_iter().map(|p| p.join().expect("signing"));
        done.flatten().collect()
    })
}

fn document(gateway: &Gateway, bytes: usize, n: usize, to: &str) -> Ready {
    let number = gateway.next_number();
    let mut content = format!("Văn bản số {number} ({n})\n").into_bytes();
    while content.len() < bytes {
        content.extend_from_slice(&number.to_be_bytes());
    }
    content.truncate(bytes);
    let file = gateway.sign(&content);
    let envelope = envelope(number, to);
    Ready {
        request: request(envelope.as_bytes(), &[("van-ban.p7m", &file)]),
        file,
    }
}

/// The envelope of that number.
pub fn envelope(number: u64, to: &str) -> String {
    format!(
        r#"{{"number":"{number}","notation":"BENCH","promulgated":"2026-11-23","subject":"Đo tốc độ {number}","recipients":[{{"unit":"{to}"}}],"files":[{{"name":"van-ban.p7m","role":"main"}}]}}"#
    )
}
