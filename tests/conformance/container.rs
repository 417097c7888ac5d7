//! Containers: signatures and timestamps in archives, and the archives' own rules.

use super::case::{Case, Corpus};
use super::judge::{Judged, integrity, nothing, of_verdict, report};
use lienthong::model::{Indication, ReasonCode};
use lienthong::trust::report::{FileReport, Integrity, SignatureReport};

pub(crate) fn judge(corpus: &Corpus, case: &Case) -> Judged {
    let mut report = match report(corpus, case, &corpus.file(case), None) {
        Ok(report) => report,
        Err(refused) => return refused,
    };
    match case.scope.as_str() {
        "full" => full(&report),
        // Every digest and signature is intact, whatever nobody has signed.
        "integrity" => {
            let intact_all = |s: &SignatureReport| s.integrity == Integrity::Intact;
            let all = report.signatures.iter().all(intact_all);
            let uncovered = |code| all && code == ReasonCode::ContainerFileNotCovered;
            report.fault = report.fault.filter(|fault| !uncovered(fault.reason().code));
            intact(&report)
        }
        _ => intact(&report),
    }
}

/// A container with timestamps alone passes if they do; for the relay it stays unsigned.
fn full(report: &FileReport) -> Judged {
    match (report.worst(), report.timestamps.first()) {
        (Some(worst), _) => of_verdict(Some(worst)),
        (None, Some(_)) => of_verdict(None),
        (None, None) => nothing(),
    }
}

fn intact(report: &FileReport) -> Judged {
    if report.fault.is_some() || !report.signatures.is_empty() || report.timestamps.is_empty() {
        return integrity(report, false);
    }
    let verdicts = || report.timestamps.iter().map(|stamp| &stamp.signature);
    let failed = |indication: Indication| indication == Indication::TotalFailed;
    let broken = verdicts().find(|s| failed(s.verdict.indication()));
    let open = verdicts().find(|s| s.integrity != Integrity::Intact);
    of_verdict(broken.or(open).map(|s| &s.verdict))
}
