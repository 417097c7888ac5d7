use super::*;
use crate::model::{Disposition, Indication};
use std::collections::{BTreeMap, BTreeSet};

/// Every key of a file, attributes included, with the variables its sentence uses.
fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let text = source(language);
    FluentResource::try_new(text.to_owned()).unwrap_or_else(|(_, e)| panic!("{language}: {e:?}"));
    let mut out = BTreeMap::new();
    let (mut id, mut current) = (String::new(), String::new());
    for line in text.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let head = line.split(" = ").next().unwrap_or_default();
        if line.starts_with("    .") {
            current = format!("{id}{}", head.trim());
        } else if !line.starts_with([' ', '}']) {
            id = head.to_owned();
            current.clone_from(&id);
            // The later of two would be said in place of the earlier.
            assert!(!out.contains_key(&id), "{language}: {id} twice");
        }
        let used: &mut BTreeSet<String> = out.entry(current.clone()).or_default();
        for part in line.split('$').skip(1) {
            let end = part
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(part.len());
            used.insert(part[..end].to_owned());
        }
    }
    out
}

#[test]
fn both_languages_have_the_same_sentences_with_the_same_values() {
    let (vi, en) = (keys(Language::Vi), keys(Language::En));
    assert!(vi.len() > 300, "{}", vi.len());
    for (one, other) in [(&vi, &en), (&en, &vi)] {
        for (key, values) in one {
            assert_eq!(other.get(key), Some(values), "{key}");
        }
    }
}

#[allow(clippy::too_many_lines, reason = "a list of what has sentences")]
#[test]
fn every_code_has_its_sentences() {
    for language in [Language::Vi, Language::En] {
        let all = keys(language);
        let demand = |key: String| assert!(all.contains_key(&key), "{language}: {key}");
        for code in ReasonCode::ALL {
            demand(key_of("reason", code.name()));
            demand(format!("{}.next", key_of("reason", code.name())));
            demand(format!("{}.admin", key_of("reason", code.name())));
        }
        for sub in crate::model::SubIndication::ALL {
            demand(key_of("sub", sub.name()));
        }
        for code in crate::policy::FindingCode::ALL {
            demand(key_of("finding", code.name()));
            demand(format!("{}.next", key_of("finding", code.name())));
        }
        for code in PROBLEMS {
            demand(key_of("problem", code));
            demand(format!("{}.detail", key_of("problem", code)));
        }
        Indication::ALL
            .iter()
            .for_each(|i| demand(key_of("indication", i.name())));
        Disposition::ALL
            .iter()
            .for_each(|d| demand(key_of("disposition", d.name())));
        for kind in crate::trust::changes::ChangeKind::ALL {
            demand(key_of("change", kind.name()));
        }
        for reason in crate::trust::revocation::reason::RevocationReason::ALL {
            demand(key_of("revoked", reason.name()));
        }
        for level in crate::trust::changes::ChangeLevel::ALL {
            demand(key_of("report-changes", level.name()));
        }
        for code in crate::trust::timestamp::Refusal::CODES {
            demand(key_of("stamp", code));
        }
        // The room above holds each of its codes to its sentence.
        for code in ["waiting", "trying", "alone", "next", "turn", "nothing"] {
            demand(key_of("delivery", code));
        }
        for kind in crate::relay::TimelineKind::ALL {
            demand(key_of("event", kind.name()));
        }
        let relayed = |at: &crate::relay::Standing| {
            use crate::relay::Phase;
            !matches!(at.phase, Phase::Held | Phase::Rejected)
        };
        for standing in crate::relay::Standing::all().filter(relayed) {
            demand(key_of("state", standing.name()));
        }
        for (_, _, name) in crate::model::Status::ALL {
            demand(key_of("state", name));
        }
        for why in crate::relay::Open::ALL {
            demand(key_of("retention", why.name()));
        }
        for column in crate::register::Column::ALL {
            demand(key_of("register-column", column.name()));
            demand(key_of("register-form", column.name()));
        }
        for problem in crate::register::Problem::ALL {
            demand(key_of("register-cell", problem.name()));
        }
        for conflict in crate::register::conflicts::Conflict::ALL {
            demand(key_of("register-conflict", conflict.name()));
        }
        for measure in crate::rates::Measure::plain() {
            demand(key_of("measure", &measure.name()));
        }
        for rate in crate::rates::definitions::DEFINITIONS {
            demand(key_of("rate", rate.name));
            demand(format!("{}.explained", key_of("rate", rate.name)));
        }
        for one in crate::rates::definitions::Exclusion::ALL {
            demand(key_of("exclusion", one.name()));
        }
        for slip in crate::rates::slips::SlipKind::ALL {
            demand(key_of("slip", slip.name()));
            demand(key_of("slip-figure", slip.name()));
        }
    }
}

#[test]
fn particulars_follow_the_sentence_and_hide_nothing() {
    let given = Reason::new(ReasonCode::SignerOfOtherUnit)
        .with("unit", "H53.7")
        .with("signer", "CN=Sở\u{202e}\n")
        .with("strange", "x")
        .with("domain", "");
    let sentence = reason(Language::Vi, &given);
    let expected = "Chữ ký hợp lệ, nhưng là của đơn vị khác. \
                    (đơn vị: H53.7; người ký: CN=Sở\\u{202e}\\u{a}; strange: x)";
    assert_eq!(sentence, expected);
    assert_eq!(
        counted(Language::En, "report-count", 1, &[]),
        "One digital signature."
    );
    assert_eq!(
        counted(Language::En, "report-count", 2, &[]),
        "2 digital signatures."
    );
}

#[test]
fn the_language_asked_for_is_given() {
    let vi = Language::Vi;
    for (header, expected) in [
        (None, vi),
        (Some("en-US,en;q=0.9,vi;q=0.8"), Language::En),
        (Some("fr, vi;q=0.7, en;q=0.5"), vi),
        (Some("en;q=0"), vi),
        (Some("garbage;;;q=x,"), vi),
    ] {
        assert_eq!(negotiate(header, vi), expected, "{header:?}");
    }
    assert_eq!(of_locale(Some("en_US.UTF-8")), Language::En);
    assert_eq!(of_locale(Some("C")), vi);
}

#[test]
fn particulars_are_said_as_offices_say_them() {
    let reason = Reason::new(ReasonCode::CertificateRevoked)
        .with("reason", "keyCompromise")
        .with("moment", "2026-11-28T05:30:06.000+07:00");
    let text = super::reason(Language::Vi, &reason);
    assert!(
        text.contains("(lý do thu hồi: lộ khóa; thời điểm: 28/11/2026 05:30:06)"),
        "{text}"
    );
}

#[test]
fn a_register_that_is_refused_says_what_to_do() {
    use crate::register::{Column, Mistake, Problem, RegisterError, Report};
    let repeated = Mistake {
        line: 14,
        column: Column::Number,
        value: String::new(),
        problem: Problem::Repeated,
        first: 13,
    };
    let said = register_mistake(Language::Vi, &repeated);
    assert_eq!(
        said,
        "14: trùng số, ký hiệu và năm với dòng 13. Bỏ một dòng, hoặc sửa số."
    );
    let report = Report {
        mistakes: vec![repeated],
        count: 3,
        rows: 1_200_000,
    };
    let (said, next) = register_error(Language::En, &RegisterError::Refused(report));
    assert_eq!(
        said,
        "The register has 1,200,000 documents; one import takes 200,000 at most. Nothing was \
         imported: the register has 3 mistakes. 2 more mistakes are not listed here."
    );
    assert_eq!(next, "Split the register by month and import each month.");
    for language in [Language::Vi, Language::En] {
        for error in [
            RegisterError::TooLarge(64 << 20),
            RegisterError::TooManyRows,
            RegisterError::TooWide(2),
            RegisterError::Quote(2),
            RegisterError::OldWorkbook,
            RegisterError::NoWorkbook("x".to_owned()),
            RegisterError::Sheets(vec!["a".to_owned()]),
            RegisterError::NoSheet("a".to_owned(), Vec::new()),
            RegisterError::Head(vec![Column::Day]),
            RegisterError::HeadTwice(Column::Day, "a".to_owned(), "b".to_owned()),
            RegisterError::NotText,
            RegisterError::Incoming,
            RegisterError::Empty,
        ] {
            let (said, next) = register_error(language, &error);
            // A key that is not there is said as it is.
            assert!(
                !said.starts_with("register-") && !next.starts_with("register-"),
                "{error}"
            );
        }
    }
}
