//! What is written is read again, octet for octet, through windows of any size.

use super::write::{WriteError, Writer};
use super::{Archive, Method, ZipError};
use crate::format::content::{Content, ContentError, Memory};
use crate::model::Digest;
use std::ops::Range;

/// A body that gives its octets `1` by `1`, as another gives them by windows.
struct Slow(Memory, usize);

impl Content for Slow {
    fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    fn digest(&self) -> Digest {
        self.0.digest()
    }

    fn feed(&self, range: Range<u64>, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError> {
        let mut whole = Vec::new();
        self.0
            .feed(range, &mut |b: &[u8]| whole.extend_from_slice(b))?;
        whole.chunks(self.1).for_each(sink);
        Ok(())
    }
}

fn files() -> Vec<(String, Vec<u8>, Method)> {
    let long: Vec<u8> = (0..4_000u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
    vec![
        ("mimetype".into(), b"text/plain".to_vec(), Method::Stored),
        ("Công văn/số 1.txt".into(), long.clone(), Method::Deflated),
        ("empty".into(), Vec::new(), Method::Deflated),
        ("META-INF/x".into(), long, Method::Stored),
    ]
}

fn written() -> Vec<u8> {
    let mut writer = Writer::new();
    for (name, bytes, method) in files() {
        writer.add(&name, &bytes, method).expect("written");
    }
    writer.finish().expect("finished")
}

#[test]
fn what_is_written_is_read_again() {
    assert_eq!(written(), written());
    for window in [1, 7, 65_536, 1 << 20] {
        let body = Slow(Memory::new(written().into()), window);
        let archive = Archive::read(&body).expect("an archive");
        assert_eq!(archive.entries().len(), files().len());
        for ((name, bytes, method), entry) in files().iter().zip(archive.entries()) {
            assert_eq!((name, *method), (&entry.name, entry.method));
            let limit = entry.size;
            assert_eq!(&archive.unpack(entry, limit).expect("unpacked"), bytes);
            let less = limit.saturating_sub(1);
            let whole = archive.unpack(entry, less).is_ok();
            assert_eq!(whole, limit == 0, "{name}");
        }
    }
}

#[test]
fn nothing_is_written_that_is_not_read() {
    let mut writer = Writer::new();
    for name in [
        "", "/a", "a/", "a//b", "../a", "a/..", "C:a", "a\\b", "a\nb",
    ] {
        let refused = writer.add(name, b"", Method::Stored);
        assert!(matches!(refused, Err(WriteError::Name(..))), "{name:?}");
    }
}

#[test]
fn every_flipped_octet_is_told_or_changes_nothing_that_is_read() {
    let good = written();
    let read = |bytes: &[u8]| -> Result<Vec<(String, Vec<u8>)>, ZipError> {
        let body = Memory::new(bytes.to_vec().into());
        let archive = Archive::read(&body)?;
        let files = archive.entries().iter();
        let files = files.map(|e| Ok((e.name.clone(), archive.unpack(e, 1 << 20)?)));
        files.collect()
    };
    let right = read(&good).expect("good");
    // The long files' middle is like the rest of them.
    let places = (0..good.len()).filter(|at| at % 97 == 0 || *at < 500 || at + 500 > good.len());
    let mut told = 0;
    for at in places {
        for bit in [0x01, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= bit;
            match read(&bad) {
                Err(_) => told += 1,
                Ok(found) => {
                    let same = found
                        .iter()
                        .zip(&right)
                        .all(|(found, right)| found.1 == right.1);
                    assert!(same && found.len() == right.len(), "{at}");
                }
            }
        }
    }
    assert!(told > 500, "{told}");
}
