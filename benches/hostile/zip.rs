//! Archives that unpack to more than anybody has, or have more entries than anybody needs (attack
//! catalogue Z1), and a large honest container.

use crate::NOW;
use lienthong::forge::Identity;
use lienthong::forge::asic::Asic;
use lienthong::forge::zip::{Part, Zip};
use lienthong::format::zip::Method;

/// What is made.
type Make = fn(&Identity) -> Vec<u8>;

/// Every one, under what it is called in the table.
pub(crate) const CASES: &[(&str, Make)] = &[
    ("an ASiC-E container with 1 MB", |by| honest(by, 1 << 20)),
    ("an ASiC-E container with 64 MB", |by| honest(by, 64 << 20)),
    ("10 GB of zeros in 10 MB", |by| {
        bomb(by, 10, 1 << 30, 10 << 20)
    }),
    ("a bomb that says it is 1 MB", |by| {
        bomb(by, 1, 1 << 20, 64 << 20)
    }),
    ("1,000 entries of 1 MB each", |by| {
        bomb(by, 900, 1 << 20, 1 << 20)
    }),
    ("1,000 entries", |by| {
        let mut container = honest_parts(by, 1 << 10);
        for number in 0..990 {
            container = container.with(&format!("{number}"), b"x");
        }
        container.build().expect("built")
    }),
    ("4,200 entries", |by| {
        let mut container = honest_parts(by, 1 << 10);
        for number in 0..4_190 {
            container = container.with(&format!("{number}"), b"x");
        }
        container.build().expect("built")
    }),
    ("4,225 entries", |by| {
        let mut container = honest_parts(by, 1 << 10);
        for number in 0..4_225 {
            container = container.with(&format!("{number}"), b"x");
        }
        container.build().expect("built")
    }),
    ("entries inside each other", |by| {
        let mut zip = signed(by);
        for number in 0..900 {
            let part = Part::new(&format!("{number}"), b"", Method::Stored).expect("part");
            zip.parts.push(part.with(|header| {
                header.packed = 1 << 20;
                header.size = 1 << 20;
            }));
        }
        zip.build()
    }),
];

fn honest_parts(by: &Identity, length: usize) -> Asic {
    let content: Vec<u8> = (0u32..)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .take(length)
        .collect();
    Asic::extended(&[("a.bin", content.as_slice())])
        .cades(by, NOW)
        .expect("signed")
}

fn honest(by: &Identity, length: usize) -> Vec<u8> {
    honest_parts(by, length).build().expect("built")
}

fn signed(by: &Identity) -> Zip {
    let container = honest_parts(by, 1 << 10);
    let files: Vec<(&str, &[u8])> = container
        .files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    Zip::of(&files).expect("zip")
}

/// Entries of `told` octets each that are `true_length` zeros.
fn bomb(by: &Identity, entries: usize, told: u64, true_length: usize) -> Vec<u8> {
    let mut zip = signed(by);
    let zeros = Part::new("zeros", &vec![0; true_length], Method::Deflated).expect("part");
    for number in 0..entries {
        let name = format!("zeros{number}").into_bytes();
        let size = u32::try_from(told).expect("32 bits");
        zip.parts.push(zeros.clone().with(|header| {
            header.name.clone_from(&name);
            header.size = size;
        }));
    }
    zip.build()
}
