//! Tests of the module above.

use super::*;
use crate::model::Hasher;
use crate::policy::TypePolicy;
use crate::registry::{Binding, Unit, UnitKind};
use crate::trust::material::{Material, MaterialInput};
use crate::trust::report::{CertificateInfo, Covered, Integrity};
use crate::trust::validator::Validator;
use std::sync::Arc;

const AT: Timestamp = Timestamp(1_000);

fn sent(by: &UnitCode) -> Sent<'_> {
    Sent {
        by,
        kind: "Công văn",
        at: AT,
    }
}

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

fn key(n: u8) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&[n]);
    hasher.finish()
}

/// Keys 1 and 2 are agency and person of the sender, 3 the agency of another unit.
fn rules(policy: Policy) -> Rules {
    let unit = |c: &str| Unit {
        code: code(c),
        name: c.into(),
        kind: UnitKind::State,
        parent: None,
        channel: crate::registry::Channel::Pull,
        details: crate::registry::Details::default(),
    };
    let bind = |n: u8, c: &str, role: Role| Binding {
        keys: KeyPair {
            issuer: key(0),
            subject: key(n),
        },
        unit: code(c),
        role,
        from: Timestamp(0),
        until: None,
        note: String::new(),
    };
    let registry = Registry::new(
        vec![unit("A"), unit("B")],
        vec![
            bind(1, "A", Role::Agency),
            bind(2, "A", Role::Person),
            bind(3, "B", Role::Agency),
        ],
    );
    let settings = PolicySettings {
        policy,
        ..PolicySettings::default()
    };
    Rules::new(
        Arc::new(Validator::new(Arc::new(
            Material::new(MaterialInput::default()).expect("empty"),
        ))),
        Arc::new(registry.expect("registry")),
        settings,
    )
}

fn signature(n: u8, coverage: Coverage) -> SignatureReport {
    let signer = CertificateInfo {
        subject: format!("CN={n}"),
        issuer: "CN=CA".into(),
        serial: "01".into(),
        not_before: Timestamp(0),
        not_after: Timestamp(2_000),
        sha256: key(n),
        key: key(n),
    };
    let passed = Verdict::passed_for_tests();
    SignatureReport {
        signer: Some(signer),
        issuer_key: Some(key(0)),
        domain: Some("co-yeu".into()),
        algorithm: "RSA".into(),
        ..SignatureReport::bare(n.to_string(), passed, Integrity::Intact, coverage)
    }
}

fn file(
    role: FileRole,
    of: Option<usize>,
    format: FileFormat,
    signatures: Vec<SignatureReport>,
) -> FileFinding {
    FileFinding {
        role,
        of,
        digest: digest_of(role),
        report: FileReport {
            timestamps: Vec::new(),
            format,
            signatures,
            fault: None,
        },
    }
}

fn pdf(signatures: Vec<SignatureReport>) -> FileFinding {
    file(FileRole::Main, None, FileFormat::Pdf, signatures)
}

fn text() -> FileFinding {
    file(FileRole::Main, None, FileFormat::Other, Vec::new())
}

fn annex() -> FileFinding {
    file(FileRole::Annex, None, FileFormat::Other, Vec::new())
}

/// A detached XML signature that covers these files.
fn naming(key: u8, roles: &[FileRole]) -> SignatureReport {
    let covered = |role: &FileRole| Covered {
        uri: Some(role.name().into()),
        element: None,
        id: None,
        file: Some(digest_of(*role)),
        range: None,
        transforms: Vec::new(),
        algorithm: "SHA-256",
        digest: digest_of(*role).to_string(),
    };
    SignatureReport {
        covers: roles.iter().map(covered).collect(),
        ..signature(key, Coverage::Detached)
    }
}

/// SHA-256 of the one file in each role.
fn digest_of(role: FileRole) -> Digest {
    Digest::of(role.name().as_bytes())
}

fn of_main(format: FileFormat, signatures: Vec<SignatureReport>) -> FileFinding {
    file(FileRole::Signature, Some(0), format, signatures)
}

fn judge(policy: Policy, files: &[FileFinding]) -> (Disposition, ReasonCode) {
    let judgement = judge_document(&rules(policy), sent(&code("A")), files);
    (judgement.disposition, judgement.reason.code)
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table, a row per case")]
fn who_signed_what_decides() {
    use Coverage::{Detached, Encapsulated, Part, Revision, Unclear, WholeFile};
    use Disposition::{Accept, Refuse};
    use FileFormat::{CmsDetached, CmsEncapsulated, Pdf, Xml};
    let (agency, person, other) = (1, 2, 3);
    let s = signature;
    let rows: Vec<(&str, Vec<FileFinding>, Disposition, ReasonCode)> = vec![
        (
            "the agency over the whole file",
            vec![pdf(vec![s(agency, WholeFile)])],
            Accept,
            ReasonCode::SignedAsRequired,
        ),
        (
            "a person first, the agency last",
            vec![pdf(vec![s(person, Revision), s(agency, WholeFile)])],
            Accept,
            ReasonCode::SignedAsRequired,
        ),
        (
            "the agency first, a person last",
            vec![pdf(vec![s(agency, Revision), s(person, WholeFile)])],
            Refuse,
            ReasonCode::AgencySignatureNotLast,
        ),
        (
            "a page appended and signed by another unit",
            vec![pdf(vec![s(agency, Revision), s(other, WholeFile)])],
            Refuse,
            ReasonCode::SignerOfOtherUnit,
        ),
        (
            "another unit's certificate",
            vec![pdf(vec![s(other, WholeFile)])],
            Refuse,
            ReasonCode::SignerOfOtherUnit,
        ),
        (
            "a person where the agency is due",
            vec![pdf(vec![s(person, WholeFile)])],
            Refuse,
            ReasonCode::AgencySignatureMissing,
        ),
        (
            "a key bound to nobody",
            vec![pdf(vec![s(9, WholeFile)])],
            Refuse,
            ReasonCode::SignerNotBound,
        ),
        (
            "coverage that is not clear",
            vec![pdf(vec![s(agency, Unclear)])],
            Refuse,
            ReasonCode::AgencySignatureNotLast,
        ),
        (
            "XML that is covered whole",
            vec![file(FileRole::Main, None, Xml, vec![s(agency, WholeFile)])],
            Accept,
            ReasonCode::SignedAsRequired,
        ),
        (
            "XML of which a part is covered",
            vec![file(FileRole::Main, None, Xml, vec![s(agency, Part)])],
            Refuse,
            ReasonCode::AgencySignatureNotLast,
        ),
        (
            "an XML signature of the main file and of an annex",
            vec![
                text(),
                annex(),
                of_main(
                    Xml,
                    vec![naming(agency, &[FileRole::Main, FileRole::Annex])],
                ),
            ],
            Accept,
            ReasonCode::SignedAsRequired,
        ),
        (
            "an XML signature of the main file beside an annex that it does not name",
            vec![
                text(),
                annex(),
                of_main(Xml, vec![naming(agency, &[FileRole::Main])]),
            ],
            Refuse,
            ReasonCode::FileNotCovered,
        ),
        (
            "another unit's XML signature of both",
            vec![
                text(),
                annex(),
                of_main(Xml, vec![naming(other, &[FileRole::Main, FileRole::Annex])]),
            ],
            Refuse,
            ReasonCode::SignerOfOtherUnit,
        ),
        (
            "a detached signature of the main file",
            vec![text(), of_main(CmsDetached, vec![s(agency, Detached)])],
            Accept,
            ReasonCode::SignedAsRequired,
        ),
        (
            "a signed PDF passed off as the signature of an unsigned file",
            vec![text(), of_main(Pdf, vec![s(agency, WholeFile)])],
            Refuse,
            ReasonCode::AgencySignatureMissing,
        ),
        (
            "a CMS with its own content passed off as the signature of another file",
            vec![
                text(),
                of_main(CmsEncapsulated, vec![s(agency, Encapsulated)]),
            ],
            Refuse,
            ReasonCode::AgencySignatureMissing,
        ),
        (
            "a signature file without any signature",
            vec![
                pdf(vec![s(agency, WholeFile)]),
                of_main(FileFormat::Other, vec![]),
            ],
            Refuse,
            ReasonCode::FileNotCovered,
        ),
        (
            "an annex that nobody signed",
            vec![
                pdf(vec![s(agency, WholeFile)]),
                file(FileRole::Annex, None, Pdf, vec![]),
            ],
            Refuse,
            ReasonCode::FileNotCovered,
        ),
        (
            "nobody signed anything",
            vec![text()],
            Refuse,
            ReasonCode::NoSignature,
        ),
    ];
    for (what, files, disposition, reason) in rows {
        assert_eq!(
            judge(Policy::RequireAgency, &files),
            (disposition, reason),
            "{what}"
        );
        let (recorded, _) = judge(Policy::Record, &files);
        assert!(recorded.relays(), "{what}");
    }
    let both = [pdf(vec![s(person, Revision), s(agency, WholeFile)])];
    assert_eq!(judge(Policy::RequireBoth, &both).0, Accept);
    let alone = [pdf(vec![s(agency, WholeFile)])];
    let missing = (Refuse, ReasonCode::PersonSignatureMissing);
    assert_eq!(judge(Policy::RequireBoth, &alone), missing);
}

#[test]
fn one_signature_that_does_not_pass_fails_the_document() {
    let failed = Verdict::failed(SubIndication::HashFailure, ReasonCode::DigestMismatch);
    let later = Verdict::indeterminate(SubIndication::TryLater, ReasonCode::RevocationStale);
    for (verdict, disposition) in [(failed, Disposition::Refuse), (later, Disposition::Hold)] {
        let mut bad = signature(2, Coverage::Revision);
        bad.verdict = verdict;
        let files = [pdf(vec![bad, signature(1, Coverage::WholeFile)])];
        let judgement = judge_document(&rules(Policy::RequireAgency), sent(&code("A")), &files);
        assert_eq!(judgement.disposition, disposition);
        assert!(!judgement.agency_signed && !judgement.person_signed);
    }
}

#[test]
fn without_a_main_file_nothing_is_accepted() {
    let annex = file(
        FileRole::Annex,
        None,
        FileFormat::Pdf,
        vec![signature(1, Coverage::WholeFile)],
    );
    let judgement = judge_document(&rules(Policy::RequireAgency), sent(&code("A")), &[annex]);
    assert_eq!(judgement.disposition, Disposition::Refuse);
    assert_eq!(judgement.reason.code, ReasonCode::AgencySignatureMissing);
}

#[test]
fn a_binding_out_of_force_speaks_for_nobody() {
    let files = [pdf(vec![signature(1, Coverage::WholeFile)])];
    let sender = code("A");
    let early = Sent {
        at: Timestamp(-1),
        ..sent(&sender)
    };
    let early = judge_document(&rules(Policy::RequireAgency), early, &files);
    assert_eq!(early.reason.code, ReasonCode::SignerNotBound);
    assert_eq!(early.disposition, Disposition::Refuse);
}

#[test]
fn the_type_of_the_document_may_demand_more() {
    let mut rules = rules(Policy::RequireAgency);
    rules.policy.types = vec![TypePolicy::new(["Quyết định"], Policy::RequireBoth)];
    let files = [pdf(vec![signature(1, Coverage::WholeFile)])];
    for (kind, disposition, policy) in [
        ("Công văn", Disposition::Accept, Policy::RequireAgency),
        ("QUYẾT ĐỊNH", Disposition::Refuse, Policy::RequireBoth),
    ] {
        let sender = code("A");
        let sent = Sent {
            kind,
            ..sent(&sender)
        };
        let judgement = judge_document(&rules, sent, &files);
        assert_eq!(
            (judgement.disposition, judgement.policy),
            (disposition, policy)
        );
        assert_eq!(refused_for_secrecy(&rules, kind).policy, policy);
    }
}

/// A file by itself, as a component of a dossier.
mod component {
    use super::*;
    use crate::policy::{SignedFile, signed_file};

    fn of(finding: &FileFinding) -> Option<SignedFile> {
        signed_file(&rules(Policy::RequireAgency), &finding.report, AT)
    }

    fn speaks(finding: &FileFinding) -> (bool, bool, bool) {
        let found = of(finding).expect("judged");
        (found.agency, found.person, found.anybody)
    }

    #[test]
    fn signatures_speak_for_whom_they_are_bound_to_where_they_cover_the_file() {
        use Coverage::{Detached, Encapsulated, Part, Revision, Unclear, WholeFile};
        let one = |n, coverage| speaks(&pdf(vec![signature(n, coverage)]));
        // Keys 1 and 3 are agencies, of whichever unit; 2 is a person; 9 is bound to nobody.
        assert_eq!(one(1, WholeFile), (true, false, true));
        assert_eq!(one(3, WholeFile), (true, false, true));
        assert_eq!(one(2, Revision), (false, true, true));
        assert_eq!(one(9, WholeFile), (false, false, true));
        for coverage in [Detached, Part, Unclear] {
            for n in [1, 2, 9] {
                assert_eq!(one(n, coverage), (false, false, false), "{n} {coverage:?}");
            }
        }
        // Not the last one: what follows has nobody's word.
        let early = pdf(vec![signature(1, Revision), signature(2, WholeFile)]);
        assert_eq!(speaks(&early), (false, true, true));
        let cms = |coverage| {
            file(
                FileRole::Main,
                None,
                FileFormat::CmsEncapsulated,
                vec![signature(1, coverage)],
            )
        };
        assert_eq!(speaks(&cms(Encapsulated)), (true, false, true));
        assert_eq!(speaks(&cms(Detached)), (false, false, false));
    }

    #[test]
    fn what_did_not_pass_speaks_for_nobody_and_is_told() {
        let failed = Verdict::failed(SubIndication::HashFailure, ReasonCode::DigestMismatch);
        let mut bad = signature(1, Coverage::WholeFile);
        bad.verdict = failed.clone();
        let told = of(&pdf(vec![bad.clone()])).expect("judged");
        let worst = Some((Indication::TotalFailed, Some(SubIndication::HashFailure)));
        assert_eq!(told.worst, worst);
        assert!(!told.agency && !told.person && !told.anybody);
        // Beside one that passed it is told all the same.
        let both = of(&pdf(vec![bad, signature(2, Coverage::Revision)])).expect("judged");
        assert_eq!((both.person, both.worst), (true, worst));
        let mut faulty = pdf(vec![signature(1, Coverage::WholeFile)]);
        faulty.report.fault = Some(failed);
        assert_eq!(of(&faulty), None, "a file with a fault never counts");
        assert_eq!(of(&text()), Some(SignedFile::default()));
    }

    #[test]
    fn a_binding_out_of_force_or_a_domain_that_is_not_permitted_is_no_agency() {
        let finding = pdf(vec![signature(1, Coverage::WholeFile)]);
        let rules_now = rules(Policy::RequireAgency);
        let early = signed_file(&rules_now, &finding.report, Timestamp(-1)).expect("judged");
        assert_eq!((early.agency, early.anybody), (false, true));
        let mut strict = rules(Policy::RequireAgency);
        strict.policy.agency_domains = vec!["khác".into()];
        let other = signed_file(&strict, &finding.report, AT).expect("judged");
        assert_eq!((other.agency, other.anybody), (false, true));
    }
}
