//! Archives that unpack to more than anybody has (attack catalogue Z1): refused by what their directory
//! says, or as soon as their data say otherwise.

use super::world::memory;
use super::zip_attacks::refusal;
use lienthong::forge::zip::{Part, Zip};
use lienthong::format::zip::{Archive, Method};

fn zeros(name: &str, length: usize) -> Part {
    Part::new(name, &vec![0; length], Method::Deflated).expect("part")
}

fn zip(parts: Vec<Part>) -> Vec<u8> {
    Zip {
        parts,
        ..Zip::default()
    }
    .build()
}

#[test]
fn ten_gigabytes_in_ten_megabytes() {
    // Zeros deflate to a thousandth; the sizes are told in 64 bits.
    let told = |size: u64| {
        let mut part = zeros("zeros", 1 << 20);
        let central = part.central.as_mut().expect("listed");
        central.size = u32::MAX;
        central.extra = [b"\x01\0\x08\0".as_slice(), &size.to_le_bytes()].concat();
        part.local.size = u32::MAX;
        let packed = u64::from(part.local.packed);
        part.local.packed = u32::MAX;
        let long = [size.to_le_bytes(), packed.to_le_bytes()].concat();
        part.local.extra = [b"\x01\0\x10\0".as_slice(), &long].concat();
        zip(vec![part])
    };
    let ratio = "entry zeros: it unpacks to more than 100 times its size";
    assert_eq!(refusal(&told(10 << 30)), ratio);
    assert_eq!(refusal(&told(u64::MAX)), ratio);
    // One megabyte is taken whatever it is packed to, and one octet more is not.
    assert!(refusal(&told(1 << 20)).starts_with("read: "));
    assert_eq!(refusal(&told((1 << 20) + 1)), ratio);
    assert_eq!(
        refusal(&told((1 << 20) - 1)),
        "entry zeros: it unpacks to another length"
    );
}

#[test]
fn a_bomb_that_says_it_is_none() {
    let mut bomb = zeros("zeros", 8 << 20);
    bomb = bomb.with(|header| header.size = 100);
    let body = zip(vec![bomb]);
    let body = memory(&body);
    let archive = Archive::read(&body).expect("its directory is right");
    let mut taken = 0;
    let fed = archive.feed(&archive.entries()[0], &mut |bytes: &[u8]| {
        taken += bytes.len()
    });
    let fed = fed.expect_err("it is longer");
    assert_eq!(fed.to_string(), "entry zeros: it unpacks to another length");
    // Not one window of it was handed out.
    assert_eq!(taken, 0);
}

#[test]
fn many_small_bombs_are_one() {
    let parts: Vec<Part> = (0..40)
        .map(|n| zeros(&format!("{n:02}"), 1 << 20))
        .collect();
    let told = refusal(&zip(parts));
    assert!(
        told.ends_with("it unpacks to more than 100 times its size"),
        "{told}"
    );
}

#[test]
fn more_entries_than_are_read() {
    let parts = |count: usize| -> Vec<Part> {
        let part = |n| Part::new(&format!("{n}"), b"", Method::Stored).expect("part");
        (0..count).map(part).collect()
    };
    assert!(refusal(&zip(parts(4_224))).starts_with("read: "));
    let told = refusal(&zip(parts(4_225)));
    assert!(
        told.starts_with("more than 4224 entries"),
        "too many were read"
    );
}

/// Every entry's data hold the local headers of those behind it, so that a few kilobytes are read again
/// and again (Fifield 2019).
#[test]
fn entries_inside_each_other() {
    let kernel = zeros("k", 1 << 16);
    let headers: Vec<Part> = (0..100)
        .map(|n| Part::new(&format!("{n:03}"), b"", Method::Stored).expect("part"))
        .collect();
    let mut parts: Vec<Part> = headers;
    for part in &mut parts {
        *part = part.clone().with(|header| {
            header.packed = 1_000;
            header.size = 1_000;
        });
    }
    parts.push(kernel);
    let told = refusal(&zip(parts));
    assert_eq!(told, "entry 000: it overlaps what is before it");
}
