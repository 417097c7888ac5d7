//! Files judged together get the reports that each gets alone, and one that was changed is found
//! among them.

use super::world::*;
use lienthong::forge::KeyKind;
use lienthong::format::content::{Content, Memory};
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::trust::report::FileReport;
use lienthong::trust::validator::{Signed, Validator};

/// A file and, where it lies beside it, the content.
type File = (Memory, Option<Memory>);

fn octets(len: usize, seed: u8) -> Vec<u8> {
    let mut last = seed;
    let next = || {
        last = last.wrapping_mul(167).wrapping_add(13);
        last
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Of every kind, of lengths about a block and about the limit up to which they are hashed together.
fn files(world: &World) -> Vec<File> {
    let lengths = [
        0,
        1,
        55,
        64,
        1000,
        70_000,
        1 << 20,
        (1 << 20) + 1,
        90_000,
        90_001,
    ];
    let mut files = Vec::new();
    for (len, seed) in lengths.into_iter().zip(1u8..) {
        let content = octets(len, seed);
        let beside = world.signer.sign_detached(&content, NOW).expect("signed");
        let inside = world.other.sign_encapsulated(&content, NOW);
        files.push((memory(&beside), Some(memory(&content))));
        files.push((memory(&inside.expect("signed")), None));
        files.push((memory(&content), None));
        files.push((memory(&beside), None));
    }
    files
}

fn signed(files: &[File]) -> Vec<Signed<'_>> {
    let signed = files.iter().map(|(content, detached)| Signed {
        content,
        detached: detached.as_ref().map(|d| -> &dyn Content { d }),
        beside: &[],
    });
    signed.collect()
}

fn alone(validator: &Validator, files: &[File]) -> Vec<FileReport> {
    let files = signed(files).into_iter();
    let reports = files.map(|file| validator.judge_file(file.content, file.detached, NOW));
    reports.collect()
}

fn told(reports: &[FileReport]) -> Vec<String> {
    reports.iter().map(|report| format!("{report:?}")).collect()
}

#[test]
fn files_judged_together_get_the_reports_that_each_gets_alone() {
    let world = World::new(KeyKind::P256);
    let validator = world.validator();
    let files = files(&world);
    let together = validator.judge_files(&signed(&files), NOW);
    assert_eq!(told(&together), told(&alone(&validator, &files)));
    let passed = together.iter().filter(|r| worst(r) == Some(PASSED)).count();
    assert_eq!(passed, 20);
}

#[test]
fn a_changed_file_fails_among_good_ones_wherever_it_stands() {
    let world = World::new(KeyKind::P256);
    let validator = world.validator();
    let good = files(&world);
    for place in 0..good.len() {
        let mut files = good.clone();
        let (file, content) = &mut files[place];
        // Of a message with its content inside, an octet of the content; else the content beside it.
        let changed = content.as_mut().unwrap_or(file);
        let mut bytes = changed.shared().to_vec();
        let middle = bytes.len() / 2;
        let Some(octet) = bytes.get_mut(middle) else {
            continue;
        };
        *octet ^= 1;
        *changed = memory(&bytes);
        let together = validator.judge_files(&signed(&files), NOW);
        assert_eq!(told(&together), told(&alone(&validator, &files)), "{place}");
        let own = worst(&together[place]);
        assert_ne!(own, Some(PASSED), "{place}");
        if place % 4 == 0 {
            let wrong = failed(S::HashFailure, R::DigestMismatch);
            assert_eq!(own, Some(wrong), "{place}");
        }
    }
}
