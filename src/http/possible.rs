//! The moves that are possible, in words for whoever asked for another.

use crate::lang;
use crate::model::dossier::DossierMove;
use crate::model::{Language, Status};

/// What can be done instead, in words; `None` where no move is possible.
pub(super) fn next_moves(language: Language, possible: &[String]) -> Option<String> {
    let of_dossier = possible
        .iter()
        .filter_map(|name| DossierMove::from_name(name));
    let words = of_dossier.map(|what| {
        let name = what.name();
        format!("{name} ({})", lang::word(language, "dossier-move", name))
    });
    let words: Vec<String> = words.collect();
    if !words.is_empty() {
        let moves = words.join(", ");
        let values = [("moves", moves.as_str())];
        return Some(lang::text(language, "impossible-dossier", &values));
    }
    let has = |name: &str| possible.iter().any(|found| found == name);
    let codes = |of: &[Status]| {
        let of = of.iter().filter(|status| has(status.name()));
        let code = |status: &Status| {
            let words = lang::word(language, "state", status.name());
            format!("{} ({words})", status.code())
        };
        of.map(code).collect::<Vec<_>>().join(", ")
    };
    let said = |key: &str, codes: &str| lang::text(language, key, &[("codes", codes)]);
    let work = codes(&[Status::Assigned, Status::InProcess, Status::Completed]);
    let request = codes(&[Status::Agreed, Status::Declined]);
    let table = [
        (has("arrived"), "impossible-arrived", ""),
        (has("accepted"), "impossible-answer", ""),
        (!work.is_empty(), "impossible-work", work.as_str()),
        (!request.is_empty(), "impossible-request", request.as_str()),
        (has("take_back"), "impossible-take-back", ""),
        (has("recall"), "impossible-recall", ""),
        (has("replace"), "impossible-replace", ""),
    ];
    let table = table.into_iter().filter(|(holds, ..)| *holds);
    let all: Vec<String> = table.map(|(_, key, codes)| said(key, codes)).collect();
    (!all.is_empty()).then(|| all.join(" "))
}
