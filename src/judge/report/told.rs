//! A verdict in words: what the sub-indication means, which certificate is at fault, by which clause,
//! what is wrong and what to do, for a clerk and for an administrator, in both languages. The words
//! stand in the kept report as they were when the verdict was given.

use crate::lang;
use crate::model::{Indication, Language, Reason, ReasonCode, SubIndication};
use serde::Serialize;

/// The reason of a file without any signature.
pub(super) static NO_SIGNATURE: Reason = Reason {
    code: ReasonCode::NoSignature,
    args: Vec::new(),
};

#[derive(Serialize)]
pub(super) struct ToldJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_at_fault: Option<AtFaultJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clause: Option<&'a str>,
    words: LanguagesJson,
}

#[derive(Serialize)]
struct AtFaultJson<'a> {
    subject: Option<&'a str>,
    sha256: &'a str,
}

#[derive(Serialize)]
struct LanguagesJson {
    vi: WordsJson,
    en: WordsJson,
}

#[derive(Serialize)]
struct WordsJson {
    sub_indication: Option<String>,
    sentence: String,
    next: String,
    administrator: String,
}

/// What is told of a verdict; nothing of one that passed and lacks nothing.
pub(super) fn told(
    indication: Indication,
    sub: Option<SubIndication>,
    reason: &Reason,
) -> Option<ToldJson<'_>> {
    let content = matches!(
        reason.code,
        ReasonCode::SignaturePassed | ReasonCode::SignedAsRequired
    );
    if indication == Indication::TotalPassed && content {
        return None;
    }
    let at_fault = reason.arg("certificate").map(|sha256| AtFaultJson {
        subject: reason.arg("subject"),
        sha256,
    });
    Some(ToldJson {
        certificate_at_fault: at_fault,
        clause: reason.arg("clause"),
        words: LanguagesJson {
            vi: words(Language::Vi, sub, reason),
            en: words(Language::En, sub, reason),
        },
    })
}

fn words(language: Language, sub: Option<SubIndication>, reason: &Reason) -> WordsJson {
    WordsJson {
        sub_indication: sub.map(|sub| lang::word(language, "sub", sub.name())),
        sentence: lang::reason(language, reason),
        next: lang::next_step(language, reason.code),
        administrator: lang::administrator_step(language, reason.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_at_fault_by_which_clause_and_what_to_do() {
        let reason = Reason::new(ReasonCode::KeyUsage)
            .with("subject", "CN=Sở")
            .with("certificate", "ab")
            .with("clause", "RFC 5280 §6.1.4 (n)");
        let sub = Some(SubIndication::ChainConstraintsFailure);
        let json = told(Indication::Indeterminate, sub, &reason).expect("told");
        let json = serde_json::to_value(&json).expect("JSON");
        assert_eq!(json["certificate_at_fault"]["subject"], "CN=Sở");
        assert_eq!(json["certificate_at_fault"]["sha256"], "ab");
        assert_eq!(json["clause"], "RFC 5280 §6.1.4 (n)");
        for language in ["vi", "en"] {
            for part in ["sub_indication", "sentence", "next", "administrator"] {
                let text = json["words"][language][part].as_str().expect(part);
                assert!(
                    text.len() > 8 && !text.contains("reason-"),
                    "{language} {part}: {text}"
                );
            }
        }
        let passed = Reason::new(ReasonCode::SignaturePassed);
        assert!(told(Indication::TotalPassed, None, &passed).is_none());
    }
}
