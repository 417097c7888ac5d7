//! The columns of a table of procedures.

use crate::model::indication::words;
use crate::model::unmarked;

words! {
    /// What a row says something of; a component, where it says nothing of that.
    RowKind {
        /// A component of the published list.
        Component = 1 "component",
        /// Something that is declared.
        Fact = 2 "fact",
        /// One of the words of a fact.
        Word = 3 "word",
        /// A condition with a name.
        Condition = 4 "condition",
    }
}

words! {
    /// A column; its name is that in the head line.
    Column {
        /// What the row is of.
        Row = 1 "row",
        /// The procedure's code.
        Code = 2 "code",
        /// Its version.
        Version = 3 "version",
        /// Its name.
        Procedure = 4 "procedure",
        /// Its field.
        Field = 5 "field",
        /// Its level.
        Level = 6 "level",
        /// Its legal basis.
        Basis = 7 "basis",
        /// Its first day.
        From = 8 "from",
        /// Its last day.
        Until = 9 "until",
        /// Its term in days.
        WorkingDays = 10 "working_days",
        /// Its term in hours.
        WorkingHours = 11 "working_hours",
        /// Whether a fee is paid.
        Fee = 12 "fee",
        /// Whether it is a made example.
        Sample = 13 "sample",
        /// Where it was published.
        Source = 14 "source",
        /// The name of the component, fact or condition in files.
        Id = 15 "id",
        /// The component's name; the question of a fact; the word; the condition.
        Name = 16 "name",
        /// What a fact may be: flag, number or words.
        Kind = 17 "kind",
        /// The forms that are taken, with spaces between them.
        Forms = 18 "forms",
        /// The template's code.
        Template = 19 "template",
        /// Copies on paper.
        Copies = 20 "copies",
        /// Who signs.
        SignedBy = 21 "signed_by",
        /// Days that it holds.
        ValidDays = 22 "valid_days",
        /// Months that it holds.
        ValidMonths = 23 "valid_months",
        /// Only when this holds.
        When = 24 "when",
        /// One of several.
        OneOf = 25 "one_of",
        /// Whether several may be handed in.
        Several = 26 "several",
        /// The published database that has it.
        InDatabase = 27 "in_database",
        /// The component's own legal ground.
        OwnBasis = 28 "own_basis",
    }
}

impl Column {
    /// The columns that speak of the procedure: they say the same in all of its rows, or nothing.
    pub(super) const OF_PROCEDURE: [Self; 11] = [
        Self::Procedure,
        Self::Field,
        Self::Level,
        Self::Basis,
        Self::From,
        Self::Until,
        Self::WorkingDays,
        Self::WorkingHours,
        Self::Fee,
        Self::Sample,
        Self::Source,
    ];

    /// The column that a head line means: by its name, or in Vietnamese, marks and case aside.
    pub(super) fn of_head(text: &str) -> Option<Self> {
        let plain = unmarked(text);
        let vietnamese = VIETNAMESE.iter().find(|(known, _)| *known == plain);
        let own = || Self::ALL.iter().find(|own| unmarked(own.name()) == plain);
        vietnamese.map(|(_, column)| column).or_else(own).copied()
    }
}

const VIETNAMESE: [(&str, Column); 28] = [
    ("dong", Column::Row),
    ("mathutuc", Column::Code),
    ("phienban", Column::Version),
    ("tenthutuc", Column::Procedure),
    ("linhvuc", Column::Field),
    ("cap", Column::Level),
    ("cancuthutuc", Column::Basis),
    ("tungay", Column::From),
    ("denngay", Column::Until),
    ("songaylamviec", Column::WorkingDays),
    ("sogiolamviec", Column::WorkingHours),
    ("lephi", Column::Fee),
    ("mau", Column::Sample),
    ("nguon", Column::Source),
    ("ma", Column::Id),
    ("ten", Column::Name),
    ("kieu", Column::Kind),
    ("hinhthuc", Column::Forms),
    ("mabieumau", Column::Template),
    ("sobo", Column::Copies),
    ("aiky", Column::SignedBy),
    ("songaycohan", Column::ValidDays),
    ("sothangcohan", Column::ValidMonths),
    ("khi", Column::When),
    ("motrong", Column::OneOf),
    ("nhieu", Column::Several),
    ("cosodulieu", Column::InDatabase),
    ("cancu", Column::OwnBasis),
];

/// Spreadsheets take a text with one of these at its beginning for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The text as a cell that no spreadsheet computes. A mark that is the text's own stays its own.
pub(super) fn cell(text: &str) -> String {
    match text.starts_with(FORMULA) || text.starts_with('\'') {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Such a cell read back.
pub(super) fn text_of(cell: &str) -> &str {
    let inside = cell.strip_prefix('\'');
    let marked = inside.filter(|inside| inside.starts_with(FORMULA) || inside.starts_with('\''));
    marked.unwrap_or(cell)
}
