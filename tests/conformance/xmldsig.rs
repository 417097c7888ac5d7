//! XML signatures. Where integrity alone is asked, the key may come from the manifest or be a bare
//! KeyValue (`verdicts.md` §6): a resolver that exists only here.

use super::case::{Case, Corpus, base64};
use super::judge::{Answer, Judged, file_verdict, of_verdict, refused};
use super::path::{demands, material};
use bytes::Bytes;
use lienthong::format::asn1::write;
use lienthong::format::content::Memory;
use lienthong::format::xml::signature::{DS, DS11, KeyInfo, Signature};
use lienthong::format::xml::{Found, Index, NodeId};
use lienthong::trust::certificate::Certificate;
use lienthong::trust::material::Material;
use lienthong::trust::path::{Conformity, Demands, Moments, RevocationDemand};
use lienthong::trust::report::{FileReport, Integrity};
use lienthong::trust::validator::{Beside, Signed, SuppliedDer, Validator};
use lienthong::trust::verified_under;
use std::sync::Arc;

/// The files that signatures of a case may refer to, each by every name that it has.
pub(crate) struct Others(Vec<(String, Memory)>);

impl Others {
    pub(crate) fn of(corpus: &Corpus, case: &Case) -> Self {
        let files = corpus.named(case, "detached").into_iter();
        let mut all: Vec<(String, Memory)> = Vec::new();
        for (name, bytes) in files {
            if all.iter().all(|(known, _)| *known != name) {
                all.push((name, Memory::new(Bytes::from(bytes))));
            }
        }
        Self(all)
    }

    pub(crate) fn beside(&self) -> Vec<Beside<'_>> {
        let all = self.0.iter();
        all.map(|(name, content)| Beside {
            name,
            content,
            known: None,
        })
        .collect()
    }
}

/// One XMLDSig case.
pub(crate) fn judge(corpus: &Corpus, case: &Case) -> Judged {
    let file = Memory::new(Bytes::from(corpus.file(case)));
    let others = Others::of(corpus, case);
    let signed = Signed {
        content: &file,
        detached: None,
        beside: &others.beside(),
    };
    // Without judging certificates, as the manifest says, nothing but integrity is asked.
    let insecure = case.params["insecure"].as_bool() == Some(true);
    // Where only certificates may say whose key it is and none is handed in, acceptance is asked.
    let keys = case.params["enabled_key_data"].as_str().unwrap_or_default();
    let handed = ["verification_key", "verification_cert"];
    let handed = handed.iter().any(|role| !corpus.aux(case, role).is_empty());
    let accepted = keys == "x509" && !handed;
    match case.scope.as_str() {
        "full" if !insecure => full(corpus, case, &signed),
        "integrity" if accepted && !insecure => {
            let judged = full(corpus, case, &signed);
            let answer = match judged.answer {
                Answer::Valid => Answer::Valid,
                Answer::Invalid | Answer::Indeterminate => Answer::Invalid,
            };
            Judged { answer, ..judged }
        }
        "full" | "integrity" => integrity(corpus, case, &signed),
        other => refused(other),
    }
}

/// One XAdES case; a signature without a certificate under its KeyValue.
pub(crate) fn judge_xades(corpus: &Corpus, case: &Case) -> Judged {
    let judged = file_verdict(corpus, case, &corpus.file(case), None);
    let nobody = judged.reason.as_deref().unwrap_or_default();
    let nobody = nobody.starts_with("signer_certificate_missing");
    match case.scope.as_str() {
        "integrity" if nobody => {
            let file = Memory::new(Bytes::from(corpus.file(case)));
            let others = Others::of(corpus, case);
            let signed = Signed {
                content: &file,
                detached: None,
                beside: &others.beside(),
            };
            integrity(corpus, case, &signed)
        }
        _ => judged,
    }
}

fn integrity(corpus: &Corpus, case: &Case, signed: &Signed<'_>) -> Judged {
    let given: Vec<Vec<u8>> = ["verification_key", "verification_cert", "intermediate"]
        .iter()
        .flat_map(|role| corpus.ders(case, role))
        .filter_map(|der| key_of(&der))
        .chain(handed_certificates(corpus, case))
        .collect();
    let x509_only = case.params["enabled_key_data"].as_str() == Some("x509");
    let keys = |index: &Index<'_>, signature: &Signature| {
        let mut keys = given.clone();
        if let Some(key_info) = &signature.key_info {
            let certificates = key_info.x509.certificates.iter();
            keys.extend(certificates.filter_map(|der| key_of(der)));
            if !x509_only {
                keys.extend(bare_keys(index, key_info));
            }
        }
        keys
    };
    match verified_under(signed, &keys) {
        Ok(all) if all.is_empty() => Judged {
            answer: Answer::Indeterminate,
            sub: None,
            reason: Some("unsigned".into()),
        },
        Ok(_) => of_verdict(None),
        Err(verdict) => of_verdict(Some(&verdict)),
    }
}

/// Keys of the files beside a signature that are certificates, as RetrievalMethod names them.
fn handed_certificates(corpus: &Corpus, case: &Case) -> Vec<Vec<u8>> {
    let all = corpus.ders(case, "detached").into_iter();
    let certificates = all.filter(|der| Certificate::parse(der).is_ok());
    certificates.filter_map(|der| key_of(&der)).collect()
}

/// The whole judgement, then the path with the revocation that the case asks for.
fn full(corpus: &Corpus, case: &Case, signed: &Signed<'_>) -> Judged {
    let material = match Material::new(material(corpus, case)) {
        Ok(material) => Arc::new(material),
        Err(error) => return refused(&error.to_string()),
    };
    let validator = Validator::new(material);
    let at = case.at_any();
    let report = validator.judge_files(&[*signed], at).remove(0);
    if let Some(found) = not_intact(&report) {
        let keys = case.params["enabled_key_data"].as_str().unwrap_or_default();
        let nobody = found.reason.as_deref().unwrap_or_default();
        // A bare key has no path.
        let bare = nobody.starts_with("signer_certificate_missing") && keys.contains("key-value");
        return match bare {
            true => integrity(corpus, case, signed),
            false => found,
        };
    }
    let demands = Demands {
        revocation: match corpus.ders(case, "crl").is_empty() {
            true => RevocationDemand::None,
            false => RevocationDemand::WhereGiven,
        },
        // The tool whose verdicts these are does not ask whether authorities kept to RFC 5280.
        conformity: Conformity::Lenient,
        ..demands(case)
    };
    let mut worst = of_verdict(None);
    for signature in &report.signatures {
        let signer = signature.signer.as_ref().map(|signer| signer.sha256);
        let all = certificates(signed, corpus, case);
        let supplied = SuppliedDer {
            certificates: all.iter().map(Vec::as_slice).collect(),
            ..SuppliedDer::default()
        };
        let found = all
            .iter()
            .find(|der| Certificate::parse(der).is_ok_and(|c| Some(c.sha256()) == signer));
        let Some(der) = found else {
            return refused("no certificate of the signer");
        };
        let judged = match validator.judge_path(der, &supplied, &demands, Moments::at(at)) {
            Ok(outcome) => of_verdict(outcome.problem()),
            Err(error) => refused(&error.to_string()),
        };
        if judged.answer != Answer::Valid {
            worst = judged;
        }
    }
    worst
}

fn not_intact(report: &FileReport) -> Option<Judged> {
    if let Some(fault) = &report.fault {
        return Some(of_verdict(Some(fault)));
    }
    let mut open = report.signatures.iter();
    let open = open.find(|s| s.integrity != Integrity::Intact);
    match (open, report.signatures.first()) {
        (Some(open), _) => Some(of_verdict(Some(&open.verdict))),
        (None, None) => Some(refused("unsigned")),
        (None, Some(_)) => None,
    }
}

/// Those of the signatures, then those that came with the case.
fn certificates(signed: &Signed<'_>, corpus: &Corpus, case: &Case) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let bytes = signed.content.bytes();
    if let Ok(document) = lienthong::format::xml::Document::read(bytes) {
        let index = Index::of(&document);
        let found = lienthong::format::xml::signature::signatures(&index).unwrap_or_default();
        for id in found {
            if let Ok(Signature {
                key_info: Some(key_info),
                ..
            }) = Signature::read(&index, id)
            {
                all.extend(key_info.x509.certificates);
            }
        }
    }
    all.extend(corpus.ders(case, "intermediate"));
    all.extend(corpus.ders(case, "trust_anchor"));
    all
}

/// SubjectPublicKeyInfo of a certificate, or the key that it is itself.
fn key_of(der: &[u8]) -> Option<Vec<u8>> {
    match Certificate::parse(der) {
        Ok(certificate) => Some(certificate.public_key().to_vec()),
        Err(_) => Some(der.to_vec()),
    }
}

/// KeyValue, DEREncodedKeyValue, and a KeyInfo elsewhere that KeyInfoReference points at.
fn bare_keys(index: &Index<'_>, key_info: &KeyInfo) -> Vec<Vec<u8>> {
    let parts = key_info.others.iter();
    parts.flat_map(|part| keys_in(index, *part)).collect()
}

fn keys_in(index: &Index<'_>, part: NodeId) -> Vec<Vec<u8>> {
    match index.name(part) {
        (DS, "KeyValue") => key_value(index, part).into_iter().collect(),
        (DS11, "DEREncodedKeyValue") => base64(&index.document().character_data(part))
            .into_iter()
            .collect(),
        (DS11, "KeyInfoReference") => referred(index, part),
        _ => Vec::new(),
    }
}

/// One step: what is pointed at points no further.
fn referred(index: &Index<'_>, part: NodeId) -> Vec<Vec<u8>> {
    let uri = index.document().attribute(part, "URI").unwrap_or_default();
    let Some(Found::One(id)) = uri.strip_prefix('#').and_then(|id| index.by_id(id)) else {
        return Vec::new();
    };
    let parts = index.elements(id).into_iter();
    let each = parts.flat_map(|part| match index.name(part) {
        (DS, "X509Data") => certified(index, part),
        (DS11, "KeyInfoReference") => Vec::new(),
        _ => keys_in(index, part),
    });
    each.collect()
}

fn certified(index: &Index<'_>, data: NodeId) -> Vec<Vec<u8>> {
    let parts = index.elements(data).into_iter();
    let certificates = parts.filter(|part| index.is(*part, DS, "X509Certificate"));
    certificates
        .filter_map(|part| key_of(&base64(&index.document().character_data(part))?))
        .collect()
}

fn key_value(index: &Index<'_>, id: NodeId) -> Option<Vec<u8>> {
    let value = *index.elements(id).first()?;
    let parts: Vec<(&str, NodeId)> = index
        .elements(value)
        .into_iter()
        .map(|id| (index.name(id).1, id))
        .collect();
    let part = |name: &str| {
        let found = parts.iter().find(|(local, _)| *local == name)?;
        base64(&index.document().character_data(found.1))
    };
    let number = |name: &str| part(name).map(|octets| integer(&octets));
    Some(match index.name(value).1 {
        "RSAKeyValue" => {
            let key = write::sequence(&[&number("Modulus")?, &number("Exponent")?]);
            spki(&[&oid("1.2.840.113549.1.1.1"), &write::null()], &key)
        }
        "DSAKeyValue" => {
            let parameters = write::sequence(&[&number("P")?, &number("Q")?, &number("G")?]);
            spki(&[&oid("1.2.840.10040.4.1"), &parameters], &number("Y")?)
        }
        "ECKeyValue" => {
            let curve = parts.iter().find(|(local, _)| *local == "NamedCurve")?.1;
            let uri = index.document().attribute(curve, "URI")?;
            let curve = oid(uri.strip_prefix("urn:oid:")?);
            spki(&[&oid("1.2.840.10045.2.1"), &curve], &part("PublicKey")?)
        }
        _ => return None,
    })
}

fn oid(dotted: &str) -> Vec<u8> {
    write::oid(&lienthong::format::asn1::oid::from_dotted(dotted).expect("an identifier"))
}

fn integer(octets: &[u8]) -> Vec<u8> {
    let mut content = vec![0];
    content.extend(octets.iter().skip_while(|octet| **octet == 0));
    if content.get(1).is_some_and(|first| *first < 0x80) {
        content.remove(0);
    }
    write::element(write::tag::INTEGER, &content)
}

fn spki(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    let key = [&[0], key].concat();
    write::sequence(&[&write::sequence(algorithm), &write::element(0x03, &key)])
}
