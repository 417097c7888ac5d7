//! Timestamp responses: a token, or a response around one, with or without the query it answers.

use super::case::{Case, Corpus};
use super::judge::{Answer, Judged, of_verdict, refused};
use super::path::material;
use lienthong::format::asn1::read::Reader;
use lienthong::format::cms::read::{Tail, parse};
use lienthong::format::tsp::TimeStampResp;
use lienthong::model::{Digest, Indication, Timestamp};
use lienthong::trust::algorithms::DigestAlgorithm;
use lienthong::trust::material::Material;
use lienthong::trust::path::{Demands, Moments, RevocationDemand};
use lienthong::trust::report::{Integrity, TimestampReport};
use lienthong::trust::validator::{SuppliedDer, Validator};
use std::sync::Arc;

pub(crate) fn response(corpus: &Corpus, case: &Case) -> Judged {
    let file = corpus.file(case);
    let token = match TimeStampResp::read(&file) {
        Ok(TimeStampResp {
            token: Some(token), ..
        }) => token,
        Ok(rejected) => return refused(&format!("status {}", rejected.status)),
        // Some collections hold the bare token under this name.
        Err(_) => &file,
    };
    let query = corpus
        .aux(case, "timestamped_data_query")
        .into_iter()
        .next();
    let query = query.as_deref().and_then(imprint);
    let given = |algorithm: DigestAlgorithm| {
        let (kind, digest) = query.clone()?;
        Some(if kind == algorithm.oid() {
            digest
        } else {
            Vec::new()
        })
    };
    let material = match Material::new(material(corpus, case)) {
        Ok(material) => Arc::new(material),
        Err(error) => return refused(&error.to_string()),
    };
    let validator = Validator::new(material);
    // Without another date in the case: when it was made.
    let made = |at| validator.judge_timestamp(token, &given, at).stamp;
    let at = case
        .at
        .or_else(|| made(Timestamp(0)).map(|stamp| stamp.gen_time));
    let at = at.unwrap_or(Timestamp(0));
    let report = validator.judge_timestamp(token, &given, at);
    let open = report.signature.integrity != Integrity::Intact || query.is_none();
    let failed = report.signature.verdict.indication() == Indication::TotalFailed;
    match case.scope.as_str() {
        "full" if !open && !failed => path(&validator, token, &report, (corpus, case), at),
        "full" | "integrity" => Judged {
            answer: match (failed, open) {
                (true, _) => Answer::Invalid,
                (false, true) => Answer::Indeterminate,
                (false, false) => Answer::Valid,
            },
            ..of_verdict(Some(&report.signature.verdict))
        },
        other => refused(other),
    }
}

/// The authority's path, with the revocation that the case asks for.
fn path(
    validator: &Validator,
    token: &[u8],
    report: &TimestampReport,
    (corpus, case): (&Corpus, &Case),
    at: Timestamp,
) -> Judged {
    let configured = corpus.ders(case, "intermediate");
    if case.params["check_revocation"].as_str() != Some("none") {
        return of_verdict(Some(&report.signature.verdict));
    }
    let authority = report.signature.signer.as_ref().map(|signer| signer.sha256);
    let data = parse(token, Tail::Nothing);
    let certificates = data.map(|data| data.certificates).unwrap_or_default();
    let mut all = certificates
        .iter()
        .copied()
        .chain(configured.iter().map(Vec::as_slice));
    let Some(der) = all.find(|der| Some(Digest::of(der)) == authority) else {
        return refused("no certificate of the authority");
    };
    let supplied = SuppliedDer {
        certificates: certificates.clone(),
        ..SuppliedDer::default()
    };
    let demands = Demands {
        revocation: RevocationDemand::None,
        ..Demands::timestamping()
    };
    match validator.judge_path(der, &supplied, &demands, Moments::at(at)) {
        Ok(outcome) => of_verdict(outcome.problem()),
        Err(error) => refused(&error.to_string()),
    }
}

/// messageImprint of a TimeStampReq: the digest's object identifier and its value.
fn imprint(query: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut fields = Reader::new(query).expect(0x30).ok()?.reader();
    fields.expect(0x02).ok()?;
    let mut imprint = fields.expect(0x30).ok()?.reader();
    let mut algorithm = imprint.expect(0x30).ok()?.reader();
    let kind = algorithm.expect(0x06).ok()?.content.to_vec();
    Some((kind, imprint.expect(0x04).ok()?.content.to_vec()))
}
