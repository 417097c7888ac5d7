//! The cells of each register, in the order of the columns that its head line names.

use crate::client::books::BookRow;
use crate::lang::{self, report::moment_of};
use crate::model::{Language, LocalDay};

fn day(language: Language, text: &str) -> String {
    let day = LocalDay::parse(text);
    day.map_or_else(|| text.to_owned(), |day| lang::day(language, day))
}

fn number(row: &BookRow) -> String {
    format!("{}/{}", row.number, row.notation)
}

/// Tên loại và trích yếu.
fn named(language: Language, row: &BookRow) -> String {
    let subject = row.subject.clone();
    let subject = subject.unwrap_or_else(|| lang::text(language, "books-erased", &[]));
    match row.document_type.is_empty() {
        true => subject,
        false => format!("{}: {subject}", row.document_type),
    }
}

fn recipients(language: Language, row: &BookRow) -> String {
    let mut all = row.recipients.join(", ");
    let more = row.recipient_count.saturating_sub(row.recipients.len());
    if more > 0 {
        let more = more.to_string();
        all.push_str(&lang::text(language, "books-more", &[("count", &more)]));
    }
    all
}

fn remark(language: Language, row: &BookRow, prefix: &str) -> String {
    let mut said = vec![lang::word(language, prefix, &row.state)];
    if row.recalled {
        said.push(lang::text(language, "books-recalled", &[]));
    }
    said.join("; ")
}

pub(super) fn outgoing(language: Language, row: &BookRow) -> Vec<String> {
    vec![
        number(row),
        day(language, &row.promulgated),
        named(language, row),
        row.signer.clone().unwrap_or_default(),
        recipients(language, row),
        // Đơn vị, người nhận bản lưu: not known here.
        String::new(),
        row.recipient_count.to_string(),
        remark(language, row, "disposition"),
        row.id.clone(),
    ]
}

fn author(row: &BookRow) -> String {
    match row.sender_name.is_empty() {
        true => row.sender.clone(),
        false => row.sender_name.clone(),
    }
}

fn at(text: Option<&String>) -> String {
    text.map(|at| moment_of(at)).unwrap_or_default()
}

pub(super) fn incoming(language: Language, row: &BookRow) -> Vec<String> {
    vec![
        at(row.arrived.as_ref()),
        // Số đến is given by the office, and so are the day of passing on and the signature.
        String::new(),
        author(row),
        number(row),
        day(language, &row.promulgated),
        named(language, row),
        row.staff.clone().unwrap_or_default(),
        String::new(),
        String::new(),
        remark(language, row, "state"),
        row.id.clone(),
    ]
}

pub(super) fn handling(language: Language, row: &BookRow) -> Vec<String> {
    let what = format!(
        "{} {}, {}; {}",
        row.document_type,
        number(row),
        day(language, &row.promulgated),
        author(row)
    );
    let mut progress = remark(language, row, "state");
    if let Some(at) = &row.completed {
        progress.push_str(&format!(" {}", moment_of(at)));
    }
    let late = [
        (row.answer_late, "books-answer-late"),
        (row.work_late, "books-work-late"),
    ];
    let late = late.into_iter().filter(|(is, _)| *is);
    let late: Vec<String> = late
        .map(|(_, key)| lang::text(language, key, &[]))
        .collect();
    vec![
        String::new(),
        what.trim().to_owned(),
        row.staff.clone().unwrap_or_default(),
        row.due
            .as_deref()
            .map(|due| day(language, due))
            .unwrap_or_default(),
        progress,
        String::new(),
        late.join("; "),
        row.id.clone(),
    ]
}
