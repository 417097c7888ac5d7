//! `books`: the registers of a document office (NĐ 30/2020/NĐ-CP Phụ lục IV), on the screen, as a table for
//! spreadsheets, or as JSON.

mod cells;

use super::args::{Books, BooksAsked};
use super::console::Console;
use super::failure::{Exit, Failure};
use super::place::{Place, found};
use crate::client::books::{BookQuery, BookRow, BookView, Handling};
use crate::http::books::{Book, list};
use crate::lang;
use crate::model::simulated::MARK;
use crate::model::{Language, Period, inert};
use cells::{handling, incoming, outgoing};
use serde::Serialize;

/// Rows of one request.
const PAGE: usize = 200;
/// Rows of one register: it is put together in memory.
const MOST_ROWS: usize = 200_000;

/// Which of them, and the words at its head.
#[derive(Clone, Copy)]
struct Form {
    book: Book,
    header: &'static str,
    title: &'static str,
    cells: fn(Language, &BookRow) -> Vec<String>,
}

const OUTGOING: Form = Form {
    book: Book::Outgoing,
    header: "books-outgoing-header",
    title: "books-outgoing-title",
    cells: outgoing,
};

const INCOMING: Form = Form {
    book: Book::Incoming,
    header: "books-incoming-header",
    title: "books-incoming-title",
    cells: incoming,
};

const HANDLING: Form = Form {
    book: Book::Incoming,
    header: "books-handling-header",
    title: "books-handling-title",
    cells: handling,
};

/// The report on handling, as JSON.
#[derive(Serialize)]
struct HandlingView<'v> {
    #[serde(flatten)]
    view: &'v BookView,
    handling: &'v Handling,
}

pub(super) async fn books(console: &Console, which: &Books) -> Result<Exit, Failure> {
    let (form, asked) = match which {
        Books::Outgoing(asked) => (OUTGOING, asked),
        Books::Incoming(asked) => (INCOMING, asked),
        Books::Handling(asked) => (HANDLING, asked),
    };
    if let Some(text) = &asked.period
        && Period::parse(text).is_none()
    {
        let values = [("text", text.as_str())];
        return Err(Failure::usage(
            console.language,
            "cli-period-wrong",
            &values,
        ));
    }
    let code = super::unit::code(console, &asked.unit)?;
    let (place, settings) = Place::open(console).await?;
    let read = whole(console, &place, form.book, asked).await;
    place.close().await;
    let view = read?;
    if let Some(settings) = settings.filter(|_| view.as_ref().is_none_or(|v| v.total == 0)) {
        super::unit::known(console, &settings, &code)?;
    }
    let Some(view) = view else {
        console.tell("cli-figure-none", &[]);
        return Ok(Exit::Done);
    };
    tell(console, &form, asked, &view);
    Ok(Exit::Done)
}

/// Every page of a register, as one.
async fn whole(
    console: &Console,
    place: &Place,
    book: Book,
    asked: &BooksAsked,
) -> Result<Option<BookView>, Failure> {
    let mut query = BookQuery {
        unit: Some(asked.unit.clone()),
        period: asked.period.clone(),
        after: None,
        limit: Some(PAGE.to_string()),
    };
    let mut rows = Vec::new();
    loop {
        let page = match place {
            Place::Gateway(client) => client.register(book.name(), &query).await,
            Place::Daemon(admin) => admin.register(book.name(), &query).await,
            Place::Store(intake) => found(console, list(intake, book, &query)),
            Place::Nowhere => return Ok(None),
        };
        let mut page = page.map_err(|e| Failure::client(console.language, &e))?;
        rows.append(&mut page.items);
        query.after = page.next.take();
        if query.after.is_none() {
            page.items = rows;
            return Ok(Some(page));
        }
        if rows.len() >= MOST_ROWS {
            let values = [("max", MOST_ROWS.to_string())];
            let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
            return Err(Failure::usage(console.language, "books-too-long", &values));
        }
    }
}

fn tell(console: &Console, form: &Form, asked: &BooksAsked, view: &BookView) {
    let language = console.language;
    let handled = Handling::of(&view.items);
    let is_report = form.title == HANDLING.title;
    if console.json {
        match is_report {
            true => console.json(&HandlingView {
                view,
                handling: &handled,
            }),
            false => console.json(view),
        }
        return;
    }
    let rows = view.items.iter().map(|row| (form.cells)(language, row));
    let rows: Vec<Vec<String>> = rows.collect();
    if asked.csv || asked.excel {
        let between = if asked.excel { b';' } else { b',' };
        let header = lang::text(language, form.header, &[]);
        let text = table(console, &header, rows, between, view.simulated);
        console.out(text.trim_end());
        return;
    }
    let period = Period::parse(&view.period);
    let period = period.map_or_else(|| view.period.clone(), |p| lang::period(language, p));
    let (name, count) = (lang::visible(&view.name), view.total.to_string());
    let values = [
        ("unit", view.unit.as_str()),
        ("name", &name),
        ("period", &period),
        ("count", &count),
    ];
    console.mark(view.simulated);
    console.out(&console.text(form.title, &values));
    if is_report {
        summary(console, &handled);
    }
    let shown = |row: Vec<String>| row.iter().map(|cell| lang::visible(cell)).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().map(shown).collect();
    if !rows.is_empty() {
        console.table(form.header, &rows);
    }
}

fn summary(console: &Console, made: &Handling) {
    for (key, count) in [
        ("received", made.received),
        ("accepted", made.accepted),
        ("refused", made.refused),
        ("unanswered", made.unanswered),
        ("answer_late", made.answer_late),
        ("with_due", made.with_due),
        ("completed_in_time", made.completed_in_time),
        ("work_late", made.work_late),
        ("completed", made.completed),
        ("recalled", made.recalled),
    ] {
        let word = lang::word(console.language, "handling", key);
        console.out(&format!("  {word}: {count}"));
    }
}

/// A table as CSV. Of a simulated history every row says so, in a column of its own.
pub(super) fn table(
    console: &Console,
    header: &str,
    mut rows: Vec<Vec<String>>,
    between: u8,
    simulated: bool,
) -> String {
    if !simulated {
        return written(header, &rows, between);
    }
    let column = console.text("simulated-column", &[]);
    for row in &mut rows {
        row.push(MARK.to_owned());
    }
    written(&format!("{header} | {column}"), &rows, between)
}

/// CSV (RFC 4180) with a byte order mark, so that spreadsheets read Vietnamese, and without formulas.
fn written(header: &str, rows: &[Vec<String>], between: u8) -> String {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(between)
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    // Into memory: there is nothing that could fail.
    let _ = writer.write_record(header.split('|').map(str::trim));
    for row in rows {
        let _ = writer.write_record(row.iter().map(|cell| inert(cell).into_owned()));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_a_table_without_formulas() {
        let row = BookRow {
            number: "12".into(),
            notation: "STC-VP".into(),
            promulgated: "2026-11-23".into(),
            document_type: "Công văn".into(),
            subject: Some("Về \"dự toán\"; quý I".into()),
            signer: Some("=cmd|' /C calc'!A0".into()),
            recipients: vec!["H53.1".into()],
            recipient_count: 3,
            state: "accepted".into(),
            ..BookRow::default()
        };
        let vi = Language::Vi;
        let text = written("A | B", &[outgoing(vi, &row)], b';');
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], "\u{feff}A;B");
        assert!(
            lines[1].starts_with("12/STC-VP;23/11/2026;"),
            "{}",
            lines[1]
        );
        assert!(lines[1].contains("\"Công văn: Về \"\"dự toán\"\"; quý I\""));
        assert!(
            lines[1].contains(";'=cmd|' /C calc'!A0;H53.1"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn each_register_has_a_cell_for_each_column() {
        for form in [OUTGOING, INCOMING, HANDLING] {
            for language in [Language::Vi, Language::En] {
                let header = lang::text(language, form.header, &[]);
                let cells = (form.cells)(language, &BookRow::default());
                assert_eq!(header.split('|').count(), cells.len(), "{header}");
            }
        }
    }
}
