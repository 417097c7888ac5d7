//! What is in the container, link by link: receipts under the pinned CA, what they name, what that names.

use super::again;
use super::container::{Opened, material_of};
use super::{BundleError, Judgement, LogStamp, Proven};
use crate::client::bundle::{
    BundleIndex, BundleJudgement, BundlePiece, BundleStamp, INDEX, README, SCHEMA,
};
use crate::client::laid_out::{self, AWAITED, laid_out};
use crate::client::wire::EvidenceView;
use crate::config;
use crate::model::{Digest, Position, Timestamp};
use crate::seal::receipt::{Receipt, verify};
use crate::trust::certificate::Certificate;
use crate::trust::timestamp::{imprint_of, judge_over};
use crate::trust::validator::Validator;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// A judgement comes before its record, but for a clock that went back between them by less than stops the
/// intake (`counting.md` §1).
const CLOCK_BACK_SECS: i64 = 300;
/// … and after the document was there, but for a clock that is set right meanwhile. As of years before it, what has
/// expired or was revoked since would still pass.
const CLOCK_AHEAD_SECS: i64 = 24 * 3600;

/// What a report names.
#[derive(Deserialize)]
struct Reported {
    at: String,
    #[serde(default)]
    existed: Option<Existed>,
    #[serde(default)]
    evidence: Vec<EvidenceView>,
    #[serde(default)]
    awaited: Option<serde_json::Value>,
}

/// Since when the document was there, of a judgement in hindsight.
#[derive(Deserialize)]
struct Existed {
    at: String,
}

impl Reported {
    /// The moment as of which it judged, if that can be one of a judgement of this record of a document that was
    /// offered then.
    fn moment(&self, offered: Timestamp, recorded: Timestamp) -> Option<Timestamp> {
        let at = Timestamp::parse(&self.at)?;
        let from = offered.plus_secs(CLOCK_AHEAD_SECS.saturating_neg());
        let until = recorded.plus_secs(CLOCK_BACK_SECS);
        let existed = self.existed.as_ref();
        let there = existed.is_none_or(|own| Timestamp::parse(&own.at) == Some(offered));
        (from <= at && at <= until && there).then_some(at)
    }
}

pub(super) fn judge(
    opened: &Opened<'_>,
    ca: &Certificate,
    anchors: Option<&PathBuf>,
    at: Timestamp,
) -> Result<Proven, BundleError> {
    let index = opened.bytes(INDEX)?;
    let index: BundleIndex =
        serde_json::from_slice(&index).map_err(|e| BundleError::Index(e.to_string()))?;
    if index.schema != SCHEMA {
        return Err(BundleError::Index(format!("schema {:?}", index.schema)));
    }
    let mut named: BTreeSet<String> = BTreeSet::from([INDEX.into(), README.into()]);
    let receipts = receipts(opened, &index, ca, &mut named)?;
    let first = receipts.first().ok_or_else(|| missing("receipts/"))?;
    document(opened, &index, first, &mut named)?;
    let mut judgements = Vec::new();
    let reports = reported(&receipts);
    if reports.len() != index.judgements.len() {
        return Err(differs("judgements/", "the receipts"));
    }
    for ((receipt, sha256), own) in reports.into_iter().zip(&index.judgements) {
        let position = receipt.position;
        if own.position != position.0 || own.report.sha256 != sha256.to_hex() {
            return Err(differs(INDEX, "the receipts"));
        }
        let moment = judgement(opened, (own, receipt, first.at), &mut named)?;
        judgements.push(Judgement {
            position,
            at: moment,
            again: again::judge(opened, &index, own, anchors)?,
        });
    }
    let log_stamp = match &index.stamp {
        Some(stamp) => Some(log_stamp(
            opened,
            (stamp, anchors, at),
            &receipts,
            &mut named,
        )?),
        None => None,
    };
    // What lies there and is named by nothing was not put there for this document.
    match opened.names().find(|name| !named.contains(*name)) {
        Some(name) => Err(BundleError::Surplus(name.to_owned())),
        None => Ok(Proven {
            signed: opened.signed,
            level: opened.level.clone(),
            index,
            receipts,
            judgements,
            log_stamp,
        }),
    }
}

fn missing(name: &str) -> BundleError {
    BundleError::Missing(name.to_owned())
}

fn differs(what: &str, by: &str) -> BundleError {
    BundleError::Differs(what.to_owned(), by.to_owned())
}

/// Every receipt under the pinned CA, of one document, in the order of the log.
fn receipts(
    opened: &Opened<'_>,
    index: &BundleIndex,
    ca: &Certificate,
    named: &mut BTreeSet<String>,
) -> Result<Vec<Receipt>, BundleError> {
    let mut all: Vec<Receipt> = Vec::with_capacity(index.receipts.len());
    for name in &index.receipts {
        let der = opened.bytes(name)?;
        let receipt = verify(&der, ca).map_err(|e| BundleError::Receipt(name.clone(), e))?;
        let known = all.first().unwrap_or(&receipt);
        let same = receipt.document == known.document
            && receipt.gateway == known.gateway
            && receipt.sender == known.sender
            && receipt.envelope == known.envelope
            && receipt.files == known.files
            && receipt.document.to_string() == index.document
            && receipt.gateway == index.gateway;
        let expected = format!("receipts/{}-{}.p7m", receipt.position, receipt.event);
        if !same || *name != expected {
            return Err(differs(name, INDEX));
        }
        let after = all.last().is_none_or(|last| {
            last.position < receipt.position && last.at <= receipt.at && last.chain != receipt.chain
        });
        // A life begins with its offer, and only with one.
        let begins = all.is_empty() == (receipt.event == "offered");
        if !after || !begins || !doubts_what_was(&all, &receipt) {
            return Err(differs(name, "the receipts before it"));
        }
        named.insert(name.clone());
        all.push(receipt);
    }
    Ok(all)
}

/// A doubt names a record whose receipt is here, by its place and its hash.
fn doubts_what_was(before: &[Receipt], receipt: &Receipt) -> bool {
    receipt.doubts.is_none_or(|doubted| {
        let mut found = before.iter().filter(|r| r.position == doubted.position);
        found.any(|r| r.chain == doubted.chain)
    })
}

/// The reports that receipts of judgements name.
fn reported(receipts: &[Receipt]) -> Vec<(&Receipt, Digest)> {
    let judging = ["offered", "rejudged", "doubted"];
    let all = receipts
        .iter()
        .filter(|r| judging.contains(&r.event.as_str()));
    all.filter_map(|r| Some((r, r.judged.report?))).collect()
}

/// Envelope and files, as far as they are there, against the receipts.
fn document(
    opened: &Opened<'_>,
    index: &BundleIndex,
    receipt: &Receipt,
    named: &mut BTreeSet<String>,
) -> Result<(), BundleError> {
    let by = "the receipt of the offer";
    if index.files.len() != receipt.files.len() {
        return Err(differs(INDEX, by));
    }
    let files = index.files.iter().zip(&receipt.files);
    let files = files.map(|(piece, file)| (piece, file.digest));
    for (piece, sha256) in files.chain([(&index.envelope, receipt.envelope)]) {
        if piece.sha256 != sha256.to_hex() {
            return Err(differs(INDEX, by));
        }
        there(opened, piece, by, named)?;
    }
    Ok(())
}

/// A piece that is where the index says, with the digest that it has to have; or that is said not to be.
fn there(
    opened: &Opened<'_>,
    piece: &BundlePiece,
    by: &str,
    named: &mut BTreeSet<String>,
) -> Result<(), BundleError> {
    let sha256 = Digest::from_hex(&piece.sha256);
    let sha256 = sha256.ok_or_else(|| BundleError::Index(piece.sha256.clone()))?;
    match (&piece.path, &piece.absent) {
        (Some(path), None) => {
            opened.named(path, &sha256, by)?;
            named.insert(path.clone());
            Ok(())
        }
        (None, Some(_)) => Ok(()),
        (Some(_), Some(_)) | (None, None) => Err(BundleError::Index(piece.sha256.clone())),
    }
}

/// A report and everything that it names; gives the moment as of which it judged.
fn judgement(
    opened: &Opened<'_>,
    (own, receipt, offered): (&BundleJudgement, &Receipt, Timestamp),
    named: &mut BTreeSet<String>,
) -> Result<String, BundleError> {
    let folder = format!("judgements/{}/certs", own.position);
    there(opened, &own.report, "its receipt", named)?;
    let Some(path) = &own.report.path else {
        return Ok(String::new());
    };
    let report: Result<Reported, _> = serde_json::from_slice(&opened.bytes(path)?);
    let report = report.map_err(|_| differs(path, "a report"))?;
    if report.moment(offered, receipt.at).is_none() {
        return Err(differs(path, "its receipt"));
    }
    let listed = report.evidence.iter().map(|item| &item.sha256);
    if !listed.eq(own.evidence.iter().map(|piece| &piece.sha256)) {
        return Err(differs(INDEX, path));
    }
    for (item, piece) in report.evidence.iter().zip(&own.evidence) {
        evidence(opened, (item, piece), (&folder, path), named)?;
    }
    if let Some(awaited) = &report.awaited {
        let name = format!("{folder}/{AWAITED}");
        if opened.bytes(&name)? != laid_out::awaited(awaited) {
            return Err(differs(&name, path));
        }
        named.insert(name);
    }
    Ok(report.at)
}

/// A piece of evidence, and all that lies beside it for `verify`, by the word of the report at `by`.
fn evidence(
    opened: &Opened<'_>,
    (item, piece): (&EvidenceView, &BundlePiece),
    (folder, by): (&str, &str),
    named: &mut BTreeSet<String>,
) -> Result<(), BundleError> {
    there(opened, piece, by, named)?;
    let sha256 = Digest::from_hex(&item.sha256);
    let sha256 = sha256.ok_or_else(|| BundleError::Index(item.sha256.clone()))?;
    let files = laid_out(item, &sha256.to_hex());
    let first = files.iter().find(|file| file.text.is_none());
    let own = first.map(|file| format!("{folder}/{}", file.path));
    if piece.path.is_some() && piece.path != own {
        return Err(differs(INDEX, by));
    }
    for file in files {
        let path = format!("{folder}/{}", file.path);
        match file.text {
            Some(text) if opened.bytes(&path)? != text.as_bytes() => {
                return Err(differs(&path, by));
            }
            None if piece.path.is_none() => continue,
            None => drop(opened.named(&path, &sha256, by)?),
            Some(_) => {}
        }
        named.insert(path);
    }
    Ok(())
}

fn log_stamp(
    opened: &Opened<'_>,
    (stamp, anchors, at): (&BundleStamp, Option<&PathBuf>, Timestamp),
    receipts: &[Receipt],
    named: &mut BTreeSet<String>,
) -> Result<LogStamp, BundleError> {
    let head = Digest::from_hex(&stamp.head);
    let head = head.ok_or_else(|| BundleError::Index(stamp.head.clone()))?;
    for piece in std::iter::once(&stamp.token).chain(&stamp.rests_on) {
        there(opened, piece, INDEX, named)?;
    }
    let mut moment = None;
    if let Some(path) = &stamp.token.path {
        let token = opened.bytes(path)?;
        if imprint_of(&token) != Some(head) {
            return Err(differs(path, INDEX));
        }
        if let Some(folder) = anchors {
            // With what the gateway judged it by: a verifier has the anchors, and seldom the lists.
            let pieces = stamp
                .rests_on
                .iter()
                .filter_map(|piece| piece.path.as_ref());
            let pieces: Result<Vec<_>, _> = pieces.map(|path| opened.bytes(path)).collect();
            let beside = material_of(pieces?.into_iter(), folder)?;
            let validator = Validator::new(Arc::new(config::load_beside(folder, beside)?));
            moment = judge_over(&validator, &token, &head, at).proves();
        }
    }
    let of = Position(stamp.of);
    let own = receipts.iter().find(|receipt| receipt.position == of);
    if own.is_some_and(|receipt| receipt.chain != head) {
        return Err(differs("stamp/", "the receipt of that record"));
    }
    Ok(LogStamp {
        of,
        head,
        moment,
        direct: own.is_some(),
    })
}
