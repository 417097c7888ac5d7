//! Both projections thrown away and filled again from the log, one after the other.

use super::plan::Plan;
use super::written::sizes;
use super::{Rows, cpu, start};
use lienthong::clock::ManualClock;
use lienthong::model::Period;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

pub fn run(folder: &Path, plan: &Plan, runtime: &Runtime, rows: &mut Rows) {
    let totals = |of: &str, rows: &mut Rows, gone: &[&str], target: &str| {
        for name in gone {
            std::fs::remove_dir_all(folder.join(name)).expect("removed");
        }
        let clock = Arc::new(ManualClock::new(plan.end()));
        let used = cpu();
        let (store, took) = start(folder, clock);
        let used = cpu() - used;
        if !of.is_empty() {
            rows.one(of, took.as_secs_f64(), "s", target);
            let (last, _) = store.ledger.head().expect("head");
            rows.one(
                "… records a second",
                last.0 as f64 / took.as_secs_f64(),
                "/s",
                "",
            );
            rows.one("… CPU", used, "s", target);
            rows.memory(of);
        }
        let months = Plan::months();
        let each = months.iter().map(|month| {
            let month = Period::parse(month).expect("month");
            store.ledger.rates(month, None).expect("rates")
        });
        // Digests of the figures, not the figures: all of them together take more memory than the store.
        let all: Vec<u64> = each.map(|totals| sum(&totals)).collect();
        runtime.block_on(store.ledger.close());
        all
    };
    let before = totals("", rows, &[], "");
    rows.memory("before the rebuilds");
    let rates = totals(
        "rates rebuilt from the log",
        rows,
        &["rates"],
        "< 120 for 10,000,000",
    );
    assert_eq!(before, rates, "the same figures");
    let index = totals("index rebuilt from the log", rows, &["index"], "");
    assert_eq!(before, index, "the same figures");
    sizes(folder, plan.documents as f64, rows);
}

fn sum<K: std::fmt::Debug, V: std::fmt::Debug>(totals: &std::collections::BTreeMap<K, V>) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hash = std::hash::DefaultHasher::new();
    for (key, value) in totals {
        format!("{key:?}{value:?}").hash(&mut hash);
    }
    hash.finish()
}
