//! Findings as they are shown, in lists, reports and letters.

use crate::client::findings::{
    EvidenceOfView, FindingEndView, FindingView, FoundInView, FoundItemView,
};
use crate::intake::{FoundFile, closing_words, finding_words};
use crate::model::event::{Evidence, FoundIn, FoundItem};
use crate::model::{LocalDay, UnitCode};
use crate::registry::Registry;
use crate::store::{Finding, FindingEnd, Vault, VaultError};

/// A finding with its words; with the name of its unit where a registry is at hand.
///
/// # Errors
/// See [`VaultError`].
pub fn finding_view(
    vault: &dyn Vault,
    registry: Option<&Registry>,
    finding: &Finding,
    today: LocalDay,
) -> Result<FindingView, VaultError> {
    let words = finding_words(vault, &finding.note)?;
    let late = today.number().saturating_sub(finding.due.number());
    let is_open = finding.closed.is_none();
    let state = match (is_open, late > 0) {
        (false, _) => "closed",
        (true, true) => "overdue",
        (true, false) => "open",
    };
    let known = registry.and_then(|registry| registry.unit(&finding.unit));
    let closed = finding.closed.as_ref().map(|end| end_view(vault, end));
    Ok(FindingView {
        id: finding.finding.to_string(),
        unit: finding.unit.to_string(),
        name: known.map(|unit| unit.name.clone()).unwrap_or_default(),
        figure: finding
            .figure
            .as_ref()
            .map(|found| found_in(&finding.unit, found)),
        documents: finding.items,
        wrong: words.wrong,
        remedy: words.remedy,
        owner: words.owner,
        due: finding.due.to_string(),
        days_late: u32::try_from(late).ok().filter(|_| is_open).unwrap_or(0),
        state: state.to_owned(),
        opened: finding.at.to_string(),
        by: finding.actor.as_ref().map(ToString::to_string),
        staff: words.staff,
        position: finding.position.0,
        reminders: finding.reminders,
        reminded: finding.reminded.map(|(at, ..)| at.to_string()),
        closed: closed.transpose()?,
    })
}

fn found_in(unit: &UnitCode, found: &FoundIn) -> FoundInView {
    let missing = if found.missing { " --missing" } else { "" };
    FoundInView {
        measure: found.figure.to_string(),
        period: found.period.to_string(),
        missing: found.missing,
        total: found.total,
        position: found.position.0,
        command: format!(
            "lienthong rates documents --unit {unit} --measure {}{missing} --period {}",
            found.figure, found.period
        ),
    }
}

fn end_view(vault: &dyn Vault, end: &FindingEnd) -> Result<FindingEndView, VaultError> {
    let words = closing_words(vault, &end.note)?;
    let evidence = end.evidence.iter().map(|one| proof(one, &words.files));
    Ok(FindingEndView {
        at: end.at.to_string(),
        position: end.position.0,
        evidence: evidence.collect(),
        said: words.said,
        staff: words.staff,
        by: end.actor.as_ref().map(ToString::to_string),
    })
}

fn proof(evidence: &Evidence, files: &[FoundFile]) -> EvidenceOfView {
    let of = |kind: &str, value: String| EvidenceOfView {
        kind: kind.to_owned(),
        value,
        ..EvidenceOfView::default()
    };
    match evidence {
        Evidence::Document(id) => of("document", id.to_string()),
        Evidence::Receipt(at) => of("receipt", at.to_string()),
        Evidence::Statement(period, number) => of("statement", format!("{period}/{number}")),
        Evidence::Import(id) => of("register", id.to_string()),
        Evidence::File(digest) => {
            let digest = digest.to_hex();
            let known = files.iter().find(|file| file.sha256 == digest);
            EvidenceOfView {
                name: known.map(|file| file.name.clone()),
                size: known.map(|file| file.size),
                ..of("file", digest)
            }
        }
    }
}

/// One of the items of a finding, as far as the event says it.
#[must_use]
pub fn finding_item_view(item: &FoundItem) -> FoundItemView {
    let of = |kind: &str, id: Option<String>, reference: String| FoundItemView {
        kind: kind.to_owned(),
        id,
        reference,
        ..FoundItemView::default()
    };
    match item {
        FoundItem::Document(id) => of("document", Some(id.to_string()), id.to_string()),
        FoundItem::Import(id) => of("import", Some(id.to_string()), id.to_string()),
        FoundItem::Delivery(id, recipient) => FoundItemView {
            recipient: Some(recipient.to_string()),
            ..of(
                "delivery",
                Some(id.to_string()),
                format!("{id}@{recipient}"),
            )
        },
        FoundItem::Key(key) => {
            let (number, notation) = (key.number.as_str(), key.notation.as_str());
            FoundItemView {
                number: Some(number.to_owned()),
                notation: Some(notation.to_owned()),
                year: Some(key.year),
                ..of(
                    "register",
                    None,
                    format!("{number}/{notation}/{}", key.year),
                )
            }
        }
    }
}
