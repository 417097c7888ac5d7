//! Files that others made, judged in this process: `LIENTHONG_BENCH_FILES=DIR`, which holds `certs/` and
//! files whose detached content, if any, is beside them as `<file>.content`. Used by
//! `benches/side_by_side`, so that every tool has the same files.

use crate::{Case, Row, measure, memory};
use lienthong::config::load_material;
use lienthong::model::Timestamp;
use lienthong::trust::validator::Validator;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let material = load_material(&folder.join("certs"), None).expect("material");
    let validator = Validator::new(Arc::new(material));
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since.expect("after 1970").as_millis();
    let now = Timestamp(i64::try_from(now).expect("soon enough"));
    let entries = std::fs::read_dir(folder).expect("folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.is_file() && path.extension().is_none_or(|e| e != "content"))
        .collect();
    files.sort();
    let row = |path: &PathBuf| {
        let name = path.file_name().expect("name").to_string_lossy();
        let beside = path.with_file_name(format!("{name}.content"));
        let read = |path: &Path| memory(std::fs::read(path).expect("file"));
        let case: Case = (read(path), beside.exists().then(|| read(&beside)));
        measure(&name, &validator, &[case], now)
    };
    files.iter().map(row).collect()
}
