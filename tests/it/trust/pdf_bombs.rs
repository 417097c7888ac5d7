//! PDFs that are made to be slow, and large honest ones: answered in time.

use super::pdf::{letter, mark};
use super::world::*;
use lienthong::forge::pdf::bomb;
use lienthong::forge::{KeyKind, Pdf, SubFilter};
use lienthong::model::{ReasonCode as R, SubIndication as S};
use lienthong::trust::changes::ChangeLevel;
use lienthong::trust::report::FileReport;
use std::time::{Duration, Instant};

/// What is bounded takes less than a second, which `cargo bench --bench hostile` measures; what is not takes minutes.
/// Beside other tests on a shared machine the wall clock tells no more than that.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 5 });

fn signed(world: &World) -> Vec<u8> {
    let mut pdf = Pdf::new(&letter());
    let mark = mark("CoQuan", SubFilter::Cades);
    pdf.sign(&world.signer, &mark, NOW).expect("signed");
    pdf.into_bytes()
}

#[allow(clippy::disallowed_methods, reason = "a test on the wall clock")]
fn in_time(world: &World, bytes: &[u8]) -> FileReport {
    let (validator, file) = (world.validator(), memory(bytes));
    let start = Instant::now();
    let report = validator.judge_file(&file, None, NOW);
    let took = start.elapsed();
    assert!(took < LIMIT, "{took:?}");
    report
}

#[test]
fn many_revisions_many_objects_and_cycles_are_answered() {
    let world = World::new(KeyKind::P256);
    let good = signed(&world);
    // Titles may change, as often as there may be revisions.
    let report = in_time(&world, &bomb::revisions(&good, 900));
    assert_eq!(worst(&report), Some(PASSED));
    let changes = report.signatures[0].changes.as_ref().expect("changes");
    assert_eq!(changes.level, ChangeLevel::Updates);
    let limit = failed(S::FormatFailure, R::LimitExceeded);
    let report = in_time(&world, &bomb::revisions(&good, 2_000));
    assert_eq!(worst(&report), Some(limit));
    let report = in_time(&world, &bomb::objects(&good, 1_000_001));
    assert_eq!(worst(&report), Some(limit));
    let changed = failed(S::FormatFailure, R::ChangedAfterSigning);
    let report = in_time(&world, &bomb::objects(&good, 900_000));
    assert_eq!(worst(&report), Some(changed));
    let report = in_time(&world, &bomb::cycles(&good));
    let (indication, sub, _) = worst(&report).expect("judged");
    assert_eq!((indication, sub), (changed.0, changed.1), "{report:#?}");
}

#[test]
fn three_hundred_pages_with_ten_signatures() {
    let world = World::new(KeyKind::P256);
    let mut pdf = Pdf::new(&letter());
    for _ in 1..300 {
        pdf.append_page(&letter());
    }
    for n in 0..10 {
        let mark = mark(&format!("Ky{n}"), SubFilter::Cades);
        pdf.sign(&world.signer, &mark, NOW).expect("signed");
    }
    let report = in_time(&world, pdf.bytes());
    assert_eq!(worst(&report), Some(PASSED));
    assert_eq!(report.signatures.len(), 10);
}

#[test]
fn streams_that_inflate_and_streams_inside_each_other() {
    let world = World::new(KeyKind::P256);
    let good = signed(&world);
    let limit = failed(S::FormatFailure, R::LimitExceeded);
    // The catalog as it was, only in an object stream: explained, if it may be read at all.
    let report = in_time(&world, &bomb::inflating(&good, 10_000, 1));
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    // A thousand to one, and just under a hundred to one beyond what a file may yield.
    for (inflated, noise) in [(10 << 20, 100_000), (80 << 20, 60)] {
        let file = bomb::inflating(&good, inflated, noise);
        let report = in_time(&world, &file);
        assert_eq!(worst(&report), Some(limit), "{} {report:#?}", file.len());
    }
    // As much as may be.
    let file = bomb::inflating(&good, 40 << 20, 60);
    assert!(file.len() > (40 << 20) / 100, "{}", file.len());
    let report = in_time(&world, &file);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    for depth in [100, 8_000] {
        let report = in_time(&world, &bomb::nested(&good, depth));
        let (indication, sub, _) = worst(&report).expect("judged");
        assert_eq!((indication, sub), (limit.0, limit.1), "{report:#?}");
    }
}
