//! What goes into a bundle, and what is said of what does not.

use super::{BundleError, File, Part};
use crate::client::bundle::{
    BundleIndex, BundleJudgement, BundlePiece, BundleStamp, INDEX, README, SCHEMA,
};
use crate::client::laid_out::{self, AWAITED, laid_out};
use crate::client::wire::EvidenceView;
use crate::format::envelope::Envelope;
use crate::format::zip::write::{folded, takes};
use crate::intake::Intake;
use crate::lang;
use crate::model::event::Judged;
use crate::model::{Digest, Disposition, Language, Position, UnitCode, nfc};
use crate::relay::{Delivery, DocumentState, TimelineKind};
use crate::trust::certificate::Certificate;
use serde::Deserialize;
use std::collections::BTreeSet;

const OCTETS: &str = "application/octet-stream";

/// Not for secret material, and not of what was refused.
const NOT_KEPT: &str = "not_kept";
/// Content reaches a recipient by its download, which is what arrival is; a bundle is no way around it.
const NOT_ARRIVED: &str = "not_arrived";
/// … its sender withdrew it from the recipient who asks, or it was never delivered there.
const WITHDRAWN: &str = "withdrawn";
/// Kept once, and no longer: retention or an order.
const ERASED: &str = "erased";

/// Every file of the bundle in its order, but for what the container adds.
pub(super) fn gather(
    intake: &Intake,
    (state, caller): (&DocumentState, &UnitCode),
    stamping: bool,
) -> Result<Vec<File>, BundleError> {
    let mut gathered = Gathered {
        intake,
        files: Vec::new(),
        names: BTreeSet::new(),
    };
    let mut index = gathered.all(state, caller)?;
    index.stamping = stamping;
    let json = serde_json::to_vec_pretty(&index).unwrap_or_default();
    let mut files = vec![
        File::of(README, "text/plain", readme(&index)),
        File::of(INDEX, "application/json", json),
    ];
    files.extend(gathered.files);
    Ok(files)
}

fn readme(index: &BundleIndex) -> String {
    let values = [
        ("id", index.document.as_str()),
        ("gateway", index.gateway.as_str()),
    ];
    let said = |language| lang::text(language, "bundle-readme", &values);
    format!("{}\n\n{}\n", said(Language::Vi), said(Language::En))
}

struct Gathered<'a> {
    intake: &'a Intake,
    files: Vec<File>,
    /// Their names, folded.
    names: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Reported {
    #[serde(default)]
    evidence: Vec<EvidenceView>,
    #[serde(default)]
    awaited: Option<serde_json::Value>,
}

impl Gathered<'_> {
    fn all(
        &mut self,
        state: &DocumentState,
        caller: &UnitCode,
    ) -> Result<BundleIndex, BundleError> {
        let envelope = state.offered.envelope;
        let kept = (!state.offered.kept).then_some(NOT_KEPT);
        let kept = kept.or_else(|| gone(state, &envelope));
        let at = "envelope.json".to_owned();
        Ok(BundleIndex {
            schema: SCHEMA.to_owned(),
            gateway: self.intake.tools.gateway.clone(),
            document: state.id().to_string(),
            envelope: self.piece((at, "application/json"), envelope, kept)?,
            files: self.document_files(state, caller)?,
            receipts: self.receipts(state)?,
            judgements: self.judgements(state)?,
            stamp: self.stamp(state)?,
            stamping: false,
        })
    }

    /// Puts a file in unless there is one whose name some system takes for the same: under a name with a digest,
    /// what is named twice is one file, and no reader takes an archive with two.
    fn push(&mut self, file: File) {
        if self.names.insert(folded(&file.name)) {
            self.files.push(file);
        }
    }

    /// A body under a name, or why it is not there.
    fn piece(
        &mut self,
        (name, media): (String, &'static str),
        sha256: Digest,
        absent: Option<&'static str>,
    ) -> Result<BundlePiece, BundleError> {
        let content = match absent {
            Some(_) => None,
            None => self.intake.tools.vault.open(&sha256)?,
        };
        let found = content.is_some();
        if let Some(content) = content {
            self.push(File {
                name: name.clone(),
                media,
                source: Part::Kept(sha256, content.length()),
                sha256,
            });
        }
        Ok(BundlePiece {
            sha256: sha256.to_hex(),
            path: found.then_some(name),
            absent: (!found).then(|| absent.unwrap_or(ERASED).to_owned()),
        })
    }

    fn document_files(
        &mut self,
        state: &DocumentState,
        caller: &UnitCode,
    ) -> Result<Vec<BundlePiece>, BundleError> {
        let own = state.delivery(caller);
        let waiting = own.is_some_and(Delivery::is_waiting);
        let closed = own.is_some_and(|delivery| !delivery.standing.is_readable());
        let absent = if !state.offered.kept || state.judged.disposition == Disposition::Refuse {
            Some(NOT_KEPT)
        } else if waiting && state.offered.sender != *caller {
            Some(NOT_ARRIVED)
        } else if closed && state.offered.sender != *caller {
            Some(WITHDRAWN)
        } else {
            None
        };
        let envelope = match state.offered.kept {
            true => self.intake.content_bytes(state, &state.offered.envelope)?,
            false => None,
        };
        let envelope = envelope.and_then(|raw| Envelope::parse(&raw).ok());
        let (mut used, mut pieces) = (BTreeSet::new(), Vec::new());
        for (i, file) in state.offered.files.iter().enumerate() {
            let own = envelope.as_ref().and_then(|e| e.files.get(i));
            let n = i.saturating_add(1);
            let name = name_of(own.map(|own| own.name.as_str()), n, &mut used);
            // Gone for everybody, whoever may not have it yet or any more.
            let erased = gone(state, &file.digest).filter(|_| absent != Some(NOT_KEPT));
            let absent = erased.or(absent);
            pieces.push(self.piece((name, OCTETS), file.digest, absent)?);
        }
        Ok(pieces)
    }

    fn receipts(&mut self, state: &DocumentState) -> Result<Vec<String>, BundleError> {
        let mut names = Vec::with_capacity(state.timeline.len());
        for entry in state.proved() {
            let signed = self.intake.receipt(state, entry)?;
            let name = format!("receipts/{}-{}.p7m", entry.position, entry.kind.name());
            let media = "application/pkcs7-mime";
            self.push(File::of(name.clone(), media, signed));
            names.push(name);
        }
        Ok(names)
    }

    fn judgements(&mut self, state: &DocumentState) -> Result<Vec<BundleJudgement>, BundleError> {
        let mut all: Vec<(Position, &Judged)> = Vec::new();
        for entry in &state.timeline {
            let doubt = state.doubts.iter().find(|d| d.position == entry.position);
            match (entry.kind, doubt) {
                (TimelineKind::Offered, _) => all.push((entry.position, &state.offered.judged)),
                (TimelineKind::Rejudged, _) => all.push((entry.position, &state.judged)),
                (TimelineKind::Doubted, Some(doubt)) => all.push((entry.position, &doubt.judged)),
                _ => {}
            }
        }
        let mut judgements = Vec::with_capacity(all.len());
        for (position, judged) in all {
            if let Some(report) = judged.report {
                judgements.push(self.judgement(state, position, report)?);
            }
        }
        Ok(judgements)
    }

    /// One report with what it rests on, laid out like `certs/`, so that `verify --trust` takes it.
    fn judgement(
        &mut self,
        state: &DocumentState,
        position: Position,
        report: Digest,
    ) -> Result<BundleJudgement, BundleError> {
        let folder = format!("judgements/{position}");
        let at = (format!("{folder}/report.json"), "application/json");
        let piece = self.piece(at, report, gone(state, &report))?;
        let Some(json) = self.intake.content_bytes(state, &report)? else {
            return Ok(BundleJudgement {
                position: position.0,
                report: piece,
                evidence: Vec::new(),
            });
        };
        let reported: Result<Reported, _> = serde_json::from_slice(&json);
        let reported = reported.map_err(|_| BundleError::Report(report))?;
        let certs = format!("{folder}/certs");
        let mut evidence = Vec::with_capacity(reported.evidence.len());
        for item in &reported.evidence {
            evidence.push(self.evidence(&certs, item, report)?);
        }
        if let Some(awaited) = reported.awaited {
            let name = format!("{certs}/{AWAITED}");
            self.push(File::of(
                name,
                "application/json",
                laid_out::awaited(&awaited),
            ));
        }
        Ok(BundleJudgement {
            position: position.0,
            report: piece,
            evidence,
        })
    }

    fn evidence(
        &mut self,
        certs: &str,
        item: &EvidenceView,
        report: Digest,
    ) -> Result<BundlePiece, BundleError> {
        let sha256 = Digest::from_hex(&item.sha256).ok_or(BundleError::Report(report))?;
        let mut first = None;
        for file in laid_out(item, &sha256.to_hex()) {
            let path = format!("{certs}/{}", file.path);
            match file.text {
                Some(text) => self.push(File::of(path, file.media, text.into_bytes())),
                None => {
                    let piece = self.piece((path, file.media), sha256, None)?;
                    first.get_or_insert(piece);
                }
            }
        }
        first.ok_or(BundleError::Report(report))
    }

    /// What a later verdict about the same record would find is not asked: only what the log says.
    fn stamp(&mut self, state: &DocumentState) -> Result<Option<BundleStamp>, BundleError> {
        let Some(offer) = state.timeline.first() else {
            return Ok(None);
        };
        let found = self.intake.tools.ledger.stamp_from(offer.position)?;
        let Some(stamped) = found.map(|found| found.stamped) else {
            return Ok(None);
        };
        let at = (
            "stamp/token.tst".to_owned(),
            "application/vnd.etsi.timestamp-token",
        );
        let token = self.piece(at, stamped.token, None)?;
        let mut rests_on = Vec::new();
        for sha256 in &stamped.rests_on {
            let hex = sha256.to_hex();
            let body = self.intake.tools.vault.open(sha256)?;
            let is_certificate = body.is_some_and(|b| Certificate::parse(b.bytes()).is_ok());
            let (name, media) = match is_certificate {
                true => (format!("stamp/{hex}.cer"), "application/pkix-cert"),
                false => (format!("stamp/{hex}.der"), OCTETS),
            };
            rests_on.push(self.piece((name, media), *sha256, None)?);
        }
        Ok(Some(BundleStamp {
            of: stamped.of.0,
            head: stamped.head.to_hex(),
            token,
            rests_on,
        }))
    }
}

/// Why a body of a document is not in it, where it was erased there: another document may still have it.
fn gone(state: &DocumentState, body: &Digest) -> Option<&'static str> {
    state.is_erased(body).then_some(ERASED)
}

/// A file under its own name; one that no archive takes, that some system takes for another's, or to which a
/// reference could be one to another, under its number.
fn name_of(own: Option<&str>, n: usize, used: &mut BTreeSet<String>) -> String {
    let own = own.map(|own| format!("files/{}", nfc(own)));
    let own = own.filter(|own| takes(own) && !own.contains('%') && !used.contains(&folded(own)));
    let name = own.unwrap_or_else(|| format!("renamed/{n}"));
    used.insert(folded(&name));
    name
}
