//! What fails the run: see `docs` of the acceptance hooks and the house rules on exceptions.
//!
//! False accepts always do. In a gated family so does a disagreement that `exceptions.toml` does
//! not explain, an entry there that explains nothing, and agreement below the threshold, which is
//! counted before exceptions.

use crate::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Families whose kinds are all built. A family that is not here gates its false accepts only.
const GATED: &[&str] = &[
    "c14n",
    "cms-vectors",
    "dss",
    "edxml",
    "limbo",
    "ocsp",
    "openssl",
    "pdf-attack",
    "pkits",
    "pyhanko",
    "tsp",
    "xml-attack",
    "xmldsig-santuario",
    "xmldsig-xmlsec",
];

/// Agreement in a gated family, in percent.
const THRESHOLD: usize = 98;
/// Below so many cases one miss says nothing about the share.
const SMALL_FAMILY: usize = 50;

/// Known differences: case id → why.
#[derive(Debug, Default)]
pub(crate) struct Exceptions(BTreeMap<String, Known>);

/// Why a verdict differs and stays so.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) reason: String,
    pub(crate) clause: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    exception: Vec<Entry>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Id of the case.
    id: String,
    /// Why the verdict differs and stays so, in a sentence.
    reason: String,
    /// The clause that says so.
    clause: String,
}

impl Exceptions {
    /// Reads the list; a damaged one ends the run.
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("exceptions.toml");
        let file: File = toml::from_str(&text).expect("exceptions.toml");
        let mut all = BTreeMap::new();
        for entry in file.exception {
            let said = entry.reason.trim().len() >= 20 && !entry.clause.trim().is_empty();
            assert!(said, "{}: an exception needs reason and clause", entry.id);
            let known = Known {
                reason: entry.reason,
                clause: entry.clause,
            };
            let twice = all.insert(entry.id.clone(), known);
            assert!(twice.is_none(), "{}: two exceptions", entry.id);
        }
        Self(all)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &Known)> {
        self.0.iter()
    }
}

/// What was found in the run.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Accepted though it must not be: id → line.
    pub(crate) false_accepts: BTreeMap<String, String>,
    /// Counted and not agreeing: id → (family, line).
    pub(crate) disagreements: BTreeMap<String, (String, String)>,
    /// Differing outside the count.
    pub(crate) remarks: Vec<String>,
}

/// The lines that fail the run; empty if it passes.
pub(crate) fn failures(
    rows: &BTreeMap<String, Row>,
    findings: &Findings,
    exceptions: &Exceptions,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in findings.false_accepts.values() {
        lines.push(format!("FALSE ACCEPT {line}"));
    }
    let mut explained: BTreeSet<&str> = BTreeSet::new();
    for (id, (family, line)) in &findings.disagreements {
        if exceptions.0.contains_key(id) {
            explained.insert(id);
        } else if GATED.contains(&family.as_str()) {
            lines.push(format!("NOT EXPLAINED {line}"));
        }
    }
    for id in exceptions
        .0
        .keys()
        .filter(|id| !explained.contains(id.as_str()))
    {
        lines.push(format!(
            "STALE EXCEPTION {id}: the verdict is as expected, or there is no such case"
        ));
    }
    lines.extend(shares(rows));
    lines
}

/// As [`failures`], for cases that no exception list knows.
pub(crate) fn failures_elsewhere(rows: &BTreeMap<String, Row>, findings: &Findings) -> Vec<String> {
    let accepts = findings.false_accepts.values();
    let mut lines: Vec<String> = accepts.map(|line| format!("FALSE ACCEPT {line}")).collect();
    lines.extend(shares(rows));
    lines
}

fn shares(rows: &BTreeMap<String, Row>) -> Vec<String> {
    let gated = rows
        .iter()
        .filter(|(family, _)| GATED.contains(&family.as_str()));
    gated
        .filter(|(_, row)| !agrees_enough(row))
        .map(|(family, row)| {
            format!(
                "BELOW {THRESHOLD} % {family}: {} of {}",
                row.agree, row.counted
            )
        })
        .collect()
}

fn agrees_enough(row: &Row) -> bool {
    let missed = row.counted - row.agree;
    row.agree * 100 >= row.counted * THRESHOLD || (row.counted < SMALL_FAMILY && missed <= 1)
}
