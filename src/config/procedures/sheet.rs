//! Procedures as a table that [`super::table`] reads back.

use super::columns::{Column, RowKind, cell};
use crate::dossier::{Component, FactKind, Procedure, SignedBy, Term, Validity};

const MARK: &[u8] = b"\xef\xbb\xbf";

type Cells = Vec<(Column, String)>;

/// A table of versions, with a byte order mark so that spreadsheets read Vietnamese.
#[must_use]
pub fn to_csv<'a>(all: impl IntoIterator<Item = &'a Procedure>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(MARK.to_vec());
    let head = Column::ALL.iter().map(|column| column.name());
    // Into memory: there is nothing that could fail.
    let _ = writer.write_record(head);
    for own in all {
        for cells in rows(own) {
            let text = |column: &Column| {
                let mut own = cells.iter().filter(|(other, _)| other == column);
                own.next().map_or_else(String::new, |(_, text)| cell(text))
            };
            let _ = writer.write_record(Column::ALL.iter().map(text));
        }
    }
    writer.into_inner().unwrap_or_default()
}

/// Facts, words and conditions, then a row for each component; each says what the procedure says.
fn rows(own: &Procedure) -> Vec<Cells> {
    let mut rows = Vec::new();
    let mut add = |kind: RowKind, more: Cells| {
        let mut cells = of_procedure(own);
        cells.push((Column::Row, kind.name().to_owned()));
        cells.extend(more);
        rows.push(cells);
    };
    for (name, fact) in &own.facts {
        let (kind, words) = match &fact.kind {
            FactKind::Flag => ("flag", None),
            FactKind::Number => ("number", None),
            FactKind::Word(words) => ("words", Some(words)),
        };
        let cells = vec![
            (Column::Id, name.clone()),
            (Column::Name, fact.question.clone()),
            (Column::Kind, kind.to_owned()),
        ];
        add(RowKind::Fact, cells);
        for word in words.into_iter().flatten() {
            let cells = vec![(Column::Id, name.clone()), (Column::Name, word.clone())];
            add(RowKind::Word, cells);
        }
    }
    for (name, condition) in &own.conditions {
        let text = condition.to_string();
        add(
            RowKind::Condition,
            vec![(Column::Id, name.clone()), (Column::Name, text)],
        );
    }
    for component in &own.components {
        add(RowKind::Component, of_component(component));
    }
    rows
}

fn of_procedure(own: &Procedure) -> Cells {
    let term = match own.term {
        Term::WorkingDays(days) => (Column::WorkingDays, days.to_string()),
        Term::WorkingHours(hours) => (Column::WorkingHours, hours.to_string()),
    };
    let mut cells = vec![
        (Column::Code, own.code.clone()),
        (Column::Version, own.version.to_string()),
        (Column::Procedure, own.name.clone()),
        (Column::Field, own.field.clone()),
        (Column::Level, own.level.name().to_owned()),
        (Column::Basis, own.basis.clone()),
        (Column::From, own.from.to_string()),
        term,
    ];
    cells.extend(own.until.map(|until| (Column::Until, until.to_string())));
    let flags = [(Column::Fee, own.fee), (Column::Sample, own.sample)];
    cells.extend(flags.into_iter().filter(|(_, set)| *set).map(set));
    cells.extend(own.source.clone().map(|source| (Column::Source, source)));
    cells
}

fn set((column, _): (Column, bool)) -> (Column, String) {
    (column, "true".to_owned())
}

fn of_component(own: &Component) -> Cells {
    let forms: Vec<&str> = own.forms.iter().map(|form| form.name()).collect();
    let mut cells = vec![
        (Column::Id, own.id.clone()),
        (Column::Name, own.name.clone()),
        (Column::Forms, forms.join(" ")),
        (Column::Copies, own.copies.to_string()),
    ];
    if own.signed_by != SignedBy::Nobody {
        cells.push((Column::SignedBy, own.signed_by.name().to_owned()));
    }
    match own.valid {
        None => {}
        Some(Validity::Days(days)) => cells.push((Column::ValidDays, days.to_string())),
        Some(Validity::Months(months)) => cells.push((Column::ValidMonths, months.to_string())),
    }
    if own.several {
        cells.push((Column::Several, "true".to_owned()));
    }
    let texts = [
        (Column::Template, own.template.clone()),
        (Column::When, own.when.as_ref().map(ToString::to_string)),
        (Column::OneOf, own.one_of.clone()),
        (Column::InDatabase, own.in_database.clone()),
        (Column::OwnBasis, own.basis.clone()),
    ];
    let said = texts
        .into_iter()
        .filter_map(|(column, text)| Some((column, text?)));
    cells.extend(said);
    cells
}
