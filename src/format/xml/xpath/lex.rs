//! Tokens of an expression (XPath 1.0 §3.7).

use crate::format::xml::names::name_length;

/// Octets of one expression: the longest of the corpora has 300.
const MAX_LENGTH: usize = 1024;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token<'a> {
    /// A name without colon.
    Name(&'a str),
    Literal(&'a str),
    Number(&'a str),
    /// `(`, `)`, `[`, `]`, `/`, `//`, `::`, `:`, `@`, `*`, `=`, `>`, `|`, `,`
    Symbol(&'a str),
}

const SYMBOLS: [&str; 14] = [
    "::", "//", "(", ")", "[", "]", "/", ":", "@", "*", "=", ">", "|", ",",
];

/// The tokens; `None` if anything in it is none of the shapes.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let mut tokens = Vec::new();
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let mut rest = text.trim_start_matches(blank);
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first == '\'' || first == '"' {
            let inside = rest.get(1..)?;
            let end = inside.find(first)?;
            (Token::Literal(inside.get(..end)?), end.checked_add(2)?)
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let end = end.unwrap_or(rest.len());
            (Token::Number(rest.get(..end)?), end)
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Token::Symbol(symbol), symbol.len())
        } else {
            // The name of XML may hold colons; that of XPath does not.
            let name = rest.get(..name_length(rest))?;
            let name = name.split(':').next().filter(|name| !name.is_empty())?;
            (Token::Name(name), name.len())
        };
        tokens.push(token);
        rest = rest.get(length..)?.trim_start_matches(blank);
    }
    Some(tokens)
}
