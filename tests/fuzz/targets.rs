//! What is fuzzed, and what must hold for any input: no panic, an answer within the limit of time, and
//! nothing accepted that nobody signed.

use super::grounds::{Grounds, World};
use super::mutate::gap;
use super::{paths, reports};
use bytes::Bytes;
use lienthong::format::cms::read::{SignedData, Tail, parse};
use lienthong::format::content::{Content, Memory};
use lienthong::format::pdf::Document;
use lienthong::format::tsp::{TimeStampResp, TstInfo};
use lienthong::model::{Digest, Indication, ReasonCode};
use lienthong::trust::algorithms::DigestAlgorithm;
use lienthong::trust::certificate::{Certificate, issuer_and_serial};
use lienthong::trust::changes::ChangeLevel;
use lienthong::trust::report::{FileReport, TimestampKind};
use lienthong::trust::revocation::crl::Crl;
use lienthong::trust::revocation::ocsp::OcspResponse;
use lienthong::trust::timestamp::{Query, imprint_of};
use x509_parser::prelude::{FromDer, X509Certificate};

/// How far an input came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Came {
    /// It is not what it should be.
    Refused,
    /// It was read or judged.
    Read,
    /// It was judged good.
    Accepted,
}

/// How far it came, or what must not be.
pub(crate) type Outcome = Result<Came, String>;

pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Grounds, &[u8]) -> Outcome,
    /// Mutated inputs in the smoke run: one to two seconds of an optimised build.
    pub(crate) smoke: usize,
}

pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "certificate",
        run: certificate,
        smoke: 15_000,
    },
    Target {
        name: "crl",
        run: crl,
        smoke: 15_000,
    },
    Target {
        name: "ocsp",
        run: ocsp,
        smoke: 15_000,
    },
    Target {
        name: "tsp",
        run: tsp,
        smoke: 15_000,
    },
    Target {
        name: "path",
        run: |grounds, input| paths::run(&grounds.paths, input),
        smoke: 4_000,
    },
    Target {
        name: "cms",
        run: cms,
        smoke: 4_000,
    },
    Target {
        name: "pdf",
        run: pdf,
        smoke: 2_000,
    },
    Target {
        name: "pdf-history",
        run: pdf_history,
        smoke: 8_000,
    },
    Target {
        name: "pdf-difference",
        run: pdf_difference,
        smoke: 2_000,
    },
    Target {
        name: "report",
        run: reports::run,
        smoke: 2_000,
    },
    Target {
        name: "pdf-report",
        run: reports::run,
        smoke: 1_000,
    },
    Target {
        name: "xml",
        run: |_, input| super::xml::run(input),
        smoke: 10_000,
    },
    Target {
        name: "xml-canonical",
        run: |_, input| super::canonical::forms_agree(input),
        smoke: 3_000,
    },
    Target {
        name: "xml-transforms",
        run: |_, input| super::canonical::expressions(input),
        smoke: 10_000,
    },
    Target {
        name: "zip",
        run: super::containers::archive,
        smoke: 10_000,
    },
    Target {
        name: "asic",
        run: super::containers::container,
        smoke: 3_000,
    },
    Target {
        name: "xml-manifest",
        run: super::containers::manifest,
        smoke: 5_000,
    },
    Target {
        name: "xml-signature",
        run: super::signatures::run,
        smoke: 3_000,
    },
    Target {
        name: "xml-properties",
        run: super::xades::run,
        smoke: 2_000,
    },
];

pub(crate) fn must(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

fn certificate(_: &Grounds, input: &[u8]) -> Outcome {
    let Ok(parsed) = Certificate::parse(input) else {
        return Ok(Came::Refused);
    };
    must(parsed.der() == input, "not the bytes that were given")?;
    must(
        Certificate::parse(input).as_ref() == Ok(&parsed),
        "read otherwise a second time",
    )?;
    let found = issuer_and_serial(input).map_err(|e| format!("read, but not its issuer: {e}"))?;
    must(
        found == (parsed.issuer(), parsed.serial()),
        "two issuers or serial numbers",
    )?;
    let (_, other) = X509Certificate::from_der(input)
        .map_err(|e| format!("read, but not by a reader of another's making: {e}"))?;
    let (from, until) = (other.validity().not_before, other.validity().not_after);
    must(
        other.subject().as_raw() == parsed.subject()
            && other.issuer().as_raw() == parsed.issuer()
            && other.raw_serial() == parsed.serial()
            && other.public_key().raw == parsed.public_key()
            && other.version().0.wrapping_add(1) == parsed.version()
            && (from.timestamp(), until.timestamp())
                == (parsed.not_before().secs(), parsed.not_after().secs()),
        "two readers see two certificates",
    )?;
    let own = parsed.to_be_signed().len() + parsed.signature().len();
    must(own < input.len(), "more inside than there is")?;
    must(
        parsed.info().sha256 == Digest::of(input),
        "the digest of something else",
    )?;
    Ok(Came::Read)
}

fn crl(grounds: &Grounds, input: &[u8]) -> Outcome {
    let input = Bytes::copy_from_slice(input);
    let Ok(list) = Crl::parse(input.clone()) else {
        return Ok(Came::Refused);
    };
    must(*list.der() == input, "not the bytes that were given")?;
    // An entry takes seven octets at least.
    must(
        list.len() <= input.len() / 7,
        "more entries than there is room for",
    )?;
    let issuer = list.issuer_name().clone();
    let at = input.len() / 2;
    let some = [&input[at..(at + 8).min(input.len())], &[1], &[0, 0x80], &[]];
    let listed = some
        .iter()
        .filter(|s| matches!(list.entry(s, &issuer), Ok(Some(_))));
    must(
        listed.count() <= list.len(),
        "listed, though there is no entry",
    )?;
    // Whatever else the list says: all readings of it say the same.
    let of = |list: &Crl| {
        let revoked = &grounds.revoked;
        let entry = list.entry(revoked.serial(), revoked.issuer_name());
        let point = list.idp().map(|idp| format!("{idp:?}"));
        let points = list.freshest().len();
        format!(
            "{entry:?} {point:?} {points} {:?} {:?}",
            list.defect(),
            list.number()
        )
    };
    let again = Crl::parse(input).map_err(|e| format!("not read a second time: {e}"))?;
    must(of(&list) == of(&again), "read otherwise a second time")?;
    Ok(Came::Read)
}

fn ocsp(_: &Grounds, input: &[u8]) -> Outcome {
    let input = Bytes::copy_from_slice(input);
    let Ok(response) = OcspResponse::parse(input.clone()) else {
        return Ok(Came::Refused);
    };
    must(*response.der() == input, "not the bytes that were given")?;
    must(
        response.sha256() == Digest::of(&input),
        "the digest of something else",
    )?;
    must(
        response.singles().len() <= input.len() / 20,
        "more answers than there is room for",
    )?;
    let own: usize = response.certificates().map(<[u8]>::len).sum();
    must(own < input.len(), "more inside than there is")?;
    Ok(Came::Read)
}

fn tsp(_: &Grounds, input: &[u8]) -> Outcome {
    if let Ok(response) = TimeStampResp::read(input) {
        must(
            response.failures().count() <= input.len() * 8,
            "more failures than bits",
        )?;
        must(
            response.token.is_none_or(|t| t.len() < input.len()),
            "more inside than there is",
        )?;
        // Its nonce is ours only by chance: what was never asked is never taken.
        let asked = Query::new(Digest([7; 32]), [7; 16], None);
        must(
            asked.token(input).is_err(),
            "an answer that nobody asked for",
        )?;
        let imprint = response.token.and_then(imprint_of);
        must(
            imprint.is_none_or(|found| input.windows(32).any(|w| w == found.0)),
            "an imprint that is nowhere in it",
        )?;
        return Ok(Came::Read);
    }
    let Ok(info) = TstInfo::read(input) else {
        return Ok(Came::Refused);
    };
    must(
        info.imprint.digest.len() < input.len(),
        "more inside than there is",
    )?;
    must(
        info.accuracy.is_none_or(|a| a.millis() >= 0),
        "an accuracy below nothing",
    )?;
    must(
        TstInfo::read(input).as_ref() == Ok(&info),
        "read otherwise a second time",
    )?;
    Ok(Came::Read)
}

fn cms(grounds: &Grounds, input: &[u8]) -> Outcome {
    let mut came = Came::Refused;
    for world in &grounds.worlds {
        let content = Memory::new(world.content.clone());
        let data = parse(input, Tail::Nothing);
        let inside = data.as_ref().is_ok_and(|data| data.content.is_some());
        let detached: Option<&dyn Content> = (!inside).then_some(&content);
        let report = judge(world, input, detached)?;
        came = came.max_of(&report);
        stamped(grounds, &report, data.as_ref().ok())?;
        if !passed(&report) {
            continue;
        }
        genuine(grounds, &report)?;
        let data = data.map_err(|e| format!("passed, but not read: {e}"))?;
        let pieces = data.content.iter().flatten();
        let signed: Vec<u8> = pieces
            .flat_map(|range| &input[range.clone()])
            .copied()
            .collect();
        let known = !inside || grounds.contents.contains(&Digest::of(&signed));
        must(known, "passed with content that nobody signed")?;
    }
    Ok(came)
}

fn pdf(grounds: &Grounds, input: &[u8]) -> Outcome {
    let world = &grounds.worlds[0];
    let report = judge(world, input, None)?;
    if passed(&report) {
        genuine(grounds, &report)?;
        must(
            same_but_signature(&grounds.pdf, input),
            "passed with bytes that nobody signed",
        )?;
    }
    Ok(Came::Refused.max_of(&report))
}

/// Objects and cross-references of every revision, without a judgement.
fn pdf_history(_: &Grounds, input: &[u8]) -> Outcome {
    let Ok(document) = Document::read(input) else {
        return Ok(Came::Refused);
    };
    let Ok(signatures) = document.signatures() else {
        return Ok(Came::Refused);
    };
    for signature in &signatures {
        must(
            signature.contents.end <= input.len() && signature.range.end <= input.len(),
            "a signature outside the file",
        )?;
        let [_, _, second, rest] = signature.byte_range;
        let end = usize::try_from(second.saturating_add(rest)).unwrap_or(usize::MAX);
        let revision = document.revision_ending(end);
        must(
            revision.is_none_or(|revision| revision < document.revisions()),
            "a revision that there is not",
        )?;
    }
    Ok(Came::Read)
}

/// `input` behind a signed file: it passes only if it is explained as evidence, timestamps, metadata.
fn pdf_difference(grounds: &Grounds, input: &[u8]) -> Outcome {
    let world = &grounds.worlds[0];
    let file = [&grounds.pdf, input].concat();
    let report = judge(world, &file, None)?;
    if passed(&report) {
        genuine(grounds, &report)?;
        let harmless = report.signatures.iter().all(|signature| {
            let changes = signature.changes.as_ref();
            changes.is_some_and(|c| c.permitted && c.level <= ChangeLevel::Updates)
        });
        must(harmless, "passed with changes that are not evidence")?;
    }
    Ok(Came::Refused.max_of(&report))
}

/// Whether `input` is the signed file but for what stands in the place of the signature value, and for
/// revisions behind it, about which the difference analysis has its own word.
fn same_but_signature(signed: &[u8], input: &[u8]) -> bool {
    let gap = gap(signed).expect("the seed is signed");
    input.len() >= signed.len()
        && input[..gap.start] == signed[..gap.start]
        && input[gap.end..signed.len()] == signed[gap.end..]
}

pub(crate) fn judge(
    world: &World,
    input: &[u8],
    detached: Option<&dyn Content>,
) -> Result<FileReport, String> {
    let file = Memory::new(Bytes::copy_from_slice(input));
    let report = world.validator.judge_file(&file, detached, world.at);
    let fault = report.fault.iter();
    let mut verdicts = fault.chain(report.signatures.iter().map(|s| &s.verdict));
    let own = verdicts.find(|v| v.reason().code == ReasonCode::ValidatorError);
    match own {
        Some(fault) => Err(format!("an error inside: {:?}", fault.reason().args)),
        None => Ok(report),
    }
}

pub(crate) fn passed(report: &FileReport) -> bool {
    let worst = report.worst();
    worst.is_some_and(|v| v.indication() == Indication::TotalPassed)
}

/// What a token proves is what a real one said of a signature value that is in the input: no other
/// moment, and of no other value. Whether the signature under it passes does not matter.
fn stamped(
    grounds: &Grounds,
    report: &FileReport,
    data: Option<&SignedData<'_>>,
) -> Result<(), String> {
    let timestamps = report.signatures.iter().flat_map(|s| &s.timestamps);
    for timestamp in timestamps {
        let Some(moment) = timestamp.proves() else {
            continue;
        };
        if timestamp.kind == TimestampKind::Archive {
            let mut known = grounds.stamped.iter().map(|(_, moment)| moment);
            must(known.any(|m| *m == moment), "a moment that no token proves")?;
            continue;
        }
        let values = data.iter().flat_map(|data| &data.signers);
        let real = values.map(|signer| &signer.signature).any(|value| {
            DigestAlgorithm::ALL.iter().any(|algorithm| {
                let imprint = algorithm.of(value).as_ref().to_vec();
                grounds.stamped.contains(&(imprint, moment))
            })
        });
        must(real, "a moment that no token proves of any signature there")?;
    }
    Ok(())
}

/// Every certificate and list that a pass rests on was really issued.
pub(crate) fn genuine(grounds: &Grounds, report: &FileReport) -> Result<(), String> {
    for signature in &report.signatures {
        let certificates = signature
            .signer
            .iter()
            .chain(&signature.path)
            .map(|c| c.sha256);
        let lists = signature.evidence.iter().map(|e| e.sha256);
        let mut all = certificates.chain(lists);
        let forged = all.find(|digest| !grounds.genuine.contains(digest));
        must(
            forged.is_none(),
            "passed by a certificate or list that nobody issued",
        )?;
    }
    Ok(())
}

impl Came {
    /// The further of the two.
    pub(crate) fn max_of(self, report: &FileReport) -> Self {
        if self == Self::Accepted || passed(report) {
            Self::Accepted
        } else if !report.signatures.is_empty() || self == Self::Read {
            Self::Read
        } else {
            Self::Refused
        }
    }
}
