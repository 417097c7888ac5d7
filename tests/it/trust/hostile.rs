//! Files made to hold a judging thread or fill its memory (attack catalogue K2 and K3): each gets its
//! verdict from a bounded number of steps. How long the steps take and how much memory they need is
//! measured by `cargo bench --bench hostile`.

use super::world::*;
use lienthong::forge::hostile::{self, Hostile};
use lienthong::forge::xml::{Place, Plan, Reference, Transform, method};
use lienthong::forge::{Identity, KeyKind};
use lienthong::model::{ReasonCode, SubIndication};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::path::{Conformity, Demands, Moments, RevocationDemand};
use lienthong::trust::report::{FileReport, SignatureReport};
use lienthong::trust::validator::{SuppliedDer, Validator};

/// Judges a document signed with everything in the signature, or with what is beside the signer's
/// certificate configured.
fn judge(made: &Hostile, configured: bool) -> FileReport {
    let mut signer = made.signer.identity().expect("identity");
    let (inside, beside) = if configured {
        (Vec::new(), made.supplied.clone())
    } else {
        (made.supplied.clone(), Vec::new())
    };
    signer.chain = inside;
    let input = MaterialInput {
        anchors: made
            .anchors
            .iter()
            .map(|der| AnchorInput::ordinary("co-yeu", der.clone()))
            .collect(),
        intermediates: beside,
        crls: made.lists.iter().cloned().map(Into::into).collect(),
        ..MaterialInput::default()
    };
    let content = memory(b"content");
    let signed = signer.sign_detached(b"content", NOW).expect("signed");
    validator(input).judge_file(&memory(&signed), Some(&content), NOW)
}

/// What each case is to say, and which limit it is to meet; `None` for one that depends on the order
/// of the certificates, which their keys decide.
fn expected(name: &str) -> (Expected, Option<&'static str>) {
    use ReasonCode as R;
    use SubIndication as S;
    let spent = |limit| {
        let sub = S::CertificateChainGeneralFailure;
        (open(sub, R::LimitExceeded), Some(limit))
    };
    let malformed = |limit| (failed(S::FormatFailure, R::LimitExceeded), Some(limit));
    let no_path = (open(S::NoCertificateChainFound, R::NoPath), None);
    let unread = (
        open(S::ChainConstraintsFailure, R::ExtensionNotProcessed),
        None,
    );
    let weak = (
        open(S::CryptoConstraintsFailure, R::AlgorithmNotAccepted),
        None,
    );
    match name {
        "an honest chain of three"
        | "policies within the limits, 16 to the power of 14"
        | "4,000 alternative names"
        | "a CRL of 500,000 entries"
        | "5,000 purposes" => (PASSED, None),
        names if names.contains("same-name CAs") => (spent("").0, None),
        "policy explosion, 30 to the power of 8" | "500 distribution points" => unread,
        "a cycle of two CAs" | "40 CAs under each other" => no_path,
        "a certificate of 10 MB"
        | "a CA of 10 MB beside the chain"
        | "100,000 alternative names" => malformed("more than 65536 bytes of a certificate"),
        "a signer with RSA-16384" | "a CA with RSA-16384" => weak,
        "2,000 stale CRLs of the CA" => spent("revocation evidence"),
        names if names.ends_with("subtrees, as many as fit") => spent("name comparisons"),
        _ => malformed("a case without a verdict"),
    }
}

/// One more signature over all of a document but its signatures.
fn signed_by(text: &str, by: &Identity, number: usize) -> String {
    let steps = vec![
        Transform::xpath(),
        Transform::Canonical(method::exclusive()),
    ];
    let plan = Plan::new(text, Place::Last, vec![Reference::to("", steps)]);
    let plan = plan.called(&format!("k{number}"));
    plan.sign(by).expect("signed").text
}

/// Twelve signers of whom each may spend what one judgement may: a budget that is that of the file, and honest ones
/// before and behind them.
#[test]
fn what_one_signature_may_spend_all_of_a_file_share() {
    const HARMFUL: u16 = 12;
    let world = World::new(KeyKind::P256);
    let crowds = hostile::crowds(HARMFUL, NOW).expect("crowds");
    let mut text = signed_by("<a>nội dung</a>", &world.signer, 0);
    for (number, made) in crowds.iter().enumerate() {
        let mut by = made.signer.identity().expect("identity");
        by.chain.clone_from(&made.supplied);
        text = signed_by(&text, &by, number + 1);
    }
    let other = World::new(KeyKind::P256);
    let text = signed_by(&text, &other.signer, crowds.len() + 1);
    let judge = |validator: &Validator, text: &str| {
        validator.judge_file(&memory(text.as_bytes()), None, NOW)
    };
    let mut input = world.input();
    let mut beside = other.input();
    input.anchors.append(&mut beside.anchors);
    input.crls.append(&mut beside.crls);
    let validator = validator(input);
    let report = judge(&validator, &text);
    let limit = |signature: &SignatureReport| {
        let reason = signature.verdict.reason();
        (
            reason.code,
            reason.arg("limit").unwrap_or_default().to_owned(),
        )
    };
    let [first, harmful @ .., last] = report.signatures.as_slice() else {
        panic!("{report:#?}");
    };
    assert!(first.verdict.is_passed(), "{first:#?}");
    assert_eq!(harmful.len(), usize::from(HARMFUL));
    let spent = |what: &str| (ReasonCode::LimitExceeded, what.to_owned());
    let (own, all) = (
        spent("signature checks"),
        spent("signature checks of one file"),
    );
    let found: Vec<_> = harmful.iter().map(limit).collect();
    let alone = found.iter().take_while(|limit| **limit == own).count();
    assert!((1..found.len() - 1).contains(&alone), "{found:?}");
    assert!(
        found[alone..].iter().all(|limit| *limit == all),
        "{found:?}"
    );
    // It is honest, but nobody looked.
    assert!(!last.verdict.is_passed());
    assert_eq!(limit(last), all);
    // What was not found out for want of budget nobody remembers.
    let alone = signed_by("<a>nội dung</a>", &other.signer, 0);
    assert_eq!(worst(&judge(&validator, &alone)), Some(PASSED));
}

#[test]
fn each_gets_its_verdict_from_a_bounded_number_of_steps() {
    let mut wrong = Vec::new();
    for (name, make) in hostile::CASES {
        let made = make(NOW).expect("made");
        // More than a signature may carry is configured.
        let report = judge(&made, made.supplied.len() > 90);
        let verdict = report.worst().expect("a signature");
        let said = worst(&report).expect("a signature");
        let limit = verdict
            .reason()
            .args
            .iter()
            .find(|(key, _)| ["limit", "error"].contains(key));
        let limit = limit.map(|(_, value)| value.as_str());
        let (verdict, met) = expected(name);
        if said != verdict || (met.is_some() && met != limit) {
            wrong.push(format!("{name}: {said:?} {limit:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn more_certificates_than_any_message_needs_are_a_fault_of_the_message() {
    let made = hostile::same_names(11, true, NOW).expect("made");
    assert!(made.supplied.len() > 100);
    let report = judge(&made, false);
    let fault = failed(SubIndication::FormatFailure, ReasonCode::LimitExceeded);
    assert_eq!(worst(&report), Some(fault));
}

/// Their lists, which all bear one name, would take more checks than there are.
#[test]
fn the_path_among_same_named_authorities_is_found() {
    let demands = Demands {
        revocation: RevocationDemand::None,
        conformity: Conformity::Lenient,
        ..Demands::document()
    };
    for (count, reachable) in [(9, true), (30, true), (9, false)] {
        let made = hostile::same_names(count, reachable, NOW).expect("made");
        let anchors = made.anchors.iter();
        let input = MaterialInput {
            anchors: anchors
                .map(|der| AnchorInput::ordinary("co-yeu", der.clone()))
                .collect(),
            intermediates: made.supplied.clone(),
            ..MaterialInput::default()
        };
        let (supplied, moments) = (SuppliedDer::default(), Moments::at(NOW));
        let validator = validator(input);
        let outcome = validator.judge_path(&made.signer.der, &supplied, &demands, moments);
        let outcome = outcome.expect("judged");
        assert_eq!(outcome.problem().is_none(), reachable, "{count}");
    }
}
