//! Findings as a person reads them.

use crate::cli::console::Console;
use crate::cli::office::moment;
use crate::client::findings::{EvidenceOfView, FindingContentView, FindingView, FoundItemView};
use crate::lang;
use crate::model::LocalDay;

/// A day as people write it.
pub(super) fn day(console: &Console, text: &str) -> String {
    let day = LocalDay::parse(text);
    day.map_or_else(|| text.to_owned(), |day| lang::day(console.language, day))
}

/// One line each.
pub(in crate::cli) fn table(console: &Console, findings: &[FindingView]) {
    let rows: Vec<Vec<String>> = findings.iter().map(|one| row(console, one)).collect();
    console.table("cli-finding-header", &rows);
}

fn row(console: &Console, finding: &FindingView) -> Vec<String> {
    vec![
        finding.id.clone(),
        finding.unit.clone(),
        day(console, &finding.due),
        state(console, finding),
        finding.documents.to_string(),
        lang::visible(&finding.owner),
        lang::visible(&finding.wrong),
    ]
}

fn state(console: &Console, finding: &FindingView) -> String {
    let days = finding.days_late.to_string();
    let key = match finding.state.as_str() {
        "closed" => "cli-finding-state-closed",
        "overdue" => "cli-finding-state-overdue",
        _ => "cli-finding-state-open",
    };
    console.text(key, &[("days", &days)])
}

/// Where a figure has more documents than a finding names, how to see all.
pub(super) fn beyond(console: &Console, finding: &FindingView) {
    if let Some(figure) = &finding.figure
        && figure.total > u64::from(finding.documents)
    {
        let (named, total) = (finding.documents.to_string(), figure.total.to_string());
        let values = [
            ("named", named.as_str()),
            ("total", total.as_str()),
            ("command", figure.command.as_str()),
        ];
        console.tell("cli-finding-beyond", &values);
    }
}

pub(super) fn whole(console: &Console, content: &FindingContentView) {
    let finding = &content.finding;
    let line = |key: &str, value: &str| {
        let value = lang::visible(value);
        console.out(&format!("{}: {value}", console.text(key, &[])));
    };
    line("cli-finding-id", &finding.id);
    line(
        "cli-finding-unit",
        format!("{} {}", finding.unit, finding.name).trim_end(),
    );
    line("cli-finding-wrong", &finding.wrong);
    line("cli-finding-remedy", &finding.remedy);
    line("cli-finding-owner", &finding.owner);
    let due = format!(
        "{} ({})",
        day(console, &finding.due),
        state(console, finding)
    );
    line("cli-finding-due", &due);
    let by = finding.staff.as_deref().or(finding.by.as_deref());
    let opened = [moment(&finding.opened), by.unwrap_or_default().to_owned()];
    line("cli-finding-opened-at", opened.join(" ").trim_end());
    if let Some(figure) = &finding.figure {
        line("cli-finding-figure", &figure.command);
    }
    if let Some(at) = &finding.reminded {
        let count = finding.reminders.to_string();
        let values = [("count", count.as_str()), ("at", &moment(at))];
        line(
            "cli-finding-reminded",
            &console.text("cli-finding-reminded-value", &values),
        );
    }
    if let Some(end) = &finding.closed {
        let by = end
            .staff
            .as_deref()
            .or(end.by.as_deref())
            .unwrap_or_default();
        line(
            "cli-finding-closed-at",
            format!("{} {by}", moment(&end.at)).trim_end(),
        );
        line("cli-finding-said", &end.said);
        for one in &end.evidence {
            line("cli-finding-evidence", &proof(one));
        }
    }
    let rows: Vec<Vec<String>> = content.items.iter().map(item).collect();
    console.table("cli-finding-items", &rows);
    beyond(console, finding);
}

fn proof(one: &EvidenceOfView) -> String {
    let name = one.name.as_deref().unwrap_or_default();
    format!("{} {} {name}", one.kind, one.value)
        .trim_end()
        .to_owned()
}

fn item(item: &FoundItemView) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = match (&item.number, &item.notation) {
        (Some(number), Some(notation)) => lang::visible(&format!("{number}/{notation}")),
        _ => String::new(),
    };
    let date = item.promulgated.clone();
    let year = item.year.map(|year| year.to_string());
    vec![
        item.kind.clone(),
        number,
        date.or(year).unwrap_or_default(),
        text(&item.id),
        text(&item.recipient),
    ]
}
