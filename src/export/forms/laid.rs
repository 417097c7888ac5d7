//! A form in words, before it is HTML or PDF.

use crate::export::sheet::Sheet;
use crate::model::{Language, Timestamp};

/// The heading of national documents (NĐ 30/2020/NĐ-CP Phụ lục I).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Heading {
    /// The agency above; may be empty.
    pub over: String,
    /// Who issues it.
    pub issuer: String,
    /// The counter; may be empty.
    pub counter: String,
    /// The number; may be empty.
    pub number: String,
    /// Quốc hiệu.
    pub country: String,
    /// Tiêu ngữ.
    pub motto: String,
    /// Place and day.
    pub day: String,
}

/// A part of the body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    /// A label with what is filled in; nothing filled in: room to write.
    Field(String, String),
    /// Sentences.
    Text(String),
    /// Lines with numbers.
    Numbered(Vec<String>),
    /// A table.
    Table(Sheet),
    /// A word that is to be read by itself, such as a code.
    Code(String),
}

/// A place to sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// Who signs.
    pub title: String,
    /// How.
    pub how: String,
    /// The name; may be empty.
    pub name: String,
}

/// A form in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Laid {
    /// In which language.
    pub language: Language,
    /// Which form of which text it is; the gateway's own has none.
    pub form: String,
    /// The heading.
    pub heading: Heading,
    /// The title.
    pub title: String,
    /// What stands under the title; may be empty.
    pub under: String,
    /// The body.
    pub blocks: Vec<Block>,
    /// Who signs.
    pub signatures: Vec<Signature>,
    /// What the square code holds.
    pub opens: String,
    /// What stands beside it.
    pub scan: String,
    /// What stands at the foot of every page.
    pub foot: String,
    /// What stands across every page and says what is not real.
    pub mark: Option<String>,
    /// Whether it is wider than it is high.
    pub wide: bool,
    /// What tells it from every other.
    pub identifier: String,
    /// When it was made.
    pub at: Timestamp,
}
