//! Objects in place (ISO 32000-2 §7.2, §7.3).

use super::PdfError;
use super::value::{Dictionary, Value};
use crate::format::limits::MAX_PDF_DEPTH;
use std::borrow::Cow;

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

fn two_digits(digits: &[u8]) -> Option<u8> {
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Reads objects from one place on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    pub(super) pos: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8], pos: usize) -> Self {
        Self { bytes, pos }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    fn step(&mut self, by: usize) {
        self.pos = self.pos.saturating_add(by);
    }

    fn error(&self) -> PdfError {
        PdfError::Syntax(self.pos)
    }

    /// White space and comments.
    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.step(1);
            } else if byte == b'%' {
                while self.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                    self.step(1);
                }
            } else {
                return;
            }
        }
    }

    /// White space without comments.
    pub(super) fn skip_blank(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.step(1);
        }
    }

    /// Takes `word` if it is next, after white space, and ends there.
    pub(super) fn keyword(&mut self, word: &[u8]) -> bool {
        let before = self.pos;
        self.skip_space();
        if self.rest().starts_with(word) {
            self.step(word.len());
            if self.peek().is_none_or(|b| is_space(b) || is_delimiter(b)) {
                return true;
            }
        }
        self.pos = before;
        false
    }

    /// Takes exactly these bytes if they are next.
    pub(super) fn literal(&mut self, bytes: &[u8]) -> bool {
        let found = self.rest().starts_with(bytes);
        if found {
            self.step(bytes.len());
        }
        found
    }

    /// A non-negative integer, after white space.
    pub(super) fn unsigned(&mut self) -> Result<u64, PdfError> {
        self.skip_space();
        let start = self.pos;
        let mut value = 0u64;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            value = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(u64::from(digit & 0x0f)))
                .ok_or(PdfError::Syntax(start))?;
            self.step(1);
        }
        if self.pos == start {
            return Err(self.error());
        }
        Ok(value)
    }

    /// The number and generation of `N G obj`.
    pub(super) fn object_header(&mut self) -> Result<(u32, u32), PdfError> {
        let at = self.pos;
        let number = u32::try_from(self.unsigned()?).map_err(|_| PdfError::Syntax(at))?;
        let generation = u32::try_from(self.unsigned()?).map_err(|_| PdfError::Syntax(at))?;
        self.skip_space();
        if self.literal(b"obj") {
            Ok((number, generation))
        } else {
            Err(PdfError::Syntax(at))
        }
    }

    /// The next object.
    pub(super) fn value(&mut self) -> Result<Value<'a>, PdfError> {
        self.value_at(0)
    }

    fn value_at(&mut self, depth: usize) -> Result<Value<'a>, PdfError> {
        if depth > MAX_PDF_DEPTH {
            return Err(PdfError::TooMany {
                what: "levels of nesting",
                limit: MAX_PDF_DEPTH,
            });
        }
        self.skip_space();
        match self.peek().ok_or_else(|| self.error())? {
            b'/' => self.name().map(Value::Name),
            b'(' => self.string(),
            b'[' => self.array(depth),
            b'<' if self.rest().starts_with(b"<<") => self.dictionary(depth).map(Value::Dictionary),
            b'<' => self.hexadecimal(),
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value<'a>, PdfError> {
        for (word, value) in [
            (&b"null"[..], Value::Null),
            (b"true", Value::Bool(true)),
            (b"false", Value::Bool(false)),
        ] {
            if self.keyword(word) {
                return Ok(value);
            }
        }
        Err(self.error())
    }

    fn name(&mut self) -> Result<Cow<'a, [u8]>, PdfError> {
        self.step(1);
        let rest = self.rest();
        let end = rest.iter().position(|b| is_space(*b) || is_delimiter(*b));
        let raw = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.step(raw.len());
        if !raw.contains(&b'#') {
            return Ok(Cow::Borrowed(raw));
        }
        let mut decoded = Vec::with_capacity(raw.len());
        let mut bytes = raw;
        while let Some((first, rest)) = bytes.split_first() {
            bytes = rest;
            if *first != b'#' {
                decoded.push(*first);
                continue;
            }
            let digits = bytes.split_at_checked(2);
            let digits = digits.and_then(|(digits, rest)| Some((two_digits(digits)?, rest)));
            // PDF 1.1 names hold the sign itself.
            let (byte, rest) = digits.unwrap_or((b'#', bytes));
            decoded.push(byte);
            bytes = rest;
        }
        Ok(Cow::Owned(decoded))
    }

    fn string(&mut self) -> Result<Value<'a>, PdfError> {
        let start = self.pos.saturating_add(1);
        let mut open = 0usize;
        loop {
            match self.peek().ok_or_else(|| self.error())? {
                b'\\' => self.step(1),
                b'(' => open = open.saturating_add(1),
                b')' => open = open.saturating_sub(1),
                _ => {}
            }
            if open == 0 {
                let text = self.bytes.get(start..self.pos).unwrap_or_default();
                self.step(1);
                return Ok(Value::Literal(text));
            }
            self.step(1);
        }
    }

    fn hexadecimal(&mut self) -> Result<Value<'a>, PdfError> {
        let start = self.pos;
        let digits = self
            .bytes
            .get(start.saturating_add(1)..)
            .unwrap_or_default();
        let length = memchr::memchr(b'>', digits).ok_or_else(|| self.error())?;
        self.step(length.saturating_add(2));
        let text = self.bytes.get(start..self.pos).unwrap_or_default();
        Ok(Value::Hexadecimal(text, start))
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, PdfError> {
        self.step(1);
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                self.step(1);
                return Ok(Value::Array(items));
            }
            items.push(self.value_at(depth.saturating_add(1))?);
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Dictionary<'a>, PdfError> {
        let start = self.pos;
        self.step(2);
        let mut entries = Vec::new();
        loop {
            self.skip_space();
            if self.rest().starts_with(b">>") {
                self.step(2);
                let range = start..self.pos;
                return Ok(Dictionary { entries, range });
            }
            if self.peek() != Some(b'/') {
                return Err(self.error());
            }
            let key = self.name()?;
            entries.push((key, self.value_at(depth.saturating_add(1))?));
        }
    }

    fn number(&mut self) -> Result<Value<'a>, PdfError> {
        let rest = self.rest();
        let end = rest.iter().position(|b| is_space(*b) || is_delimiter(*b));
        let token = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let text = std::str::from_utf8(token).map_err(|_| self.error())?;
        if text.contains('.') {
            self.step(token.len());
            return Ok(Value::Real(token));
        }
        self.step(token.len());
        // Too long for a number here, or `--1`, which some writers mean as one.
        let Ok(value) = text.parse::<i64>() else {
            return Ok(Value::Real(token));
        };
        Ok(self.reference(value).unwrap_or(Value::Integer(value)))
    }

    /// `N G R`, of which N was just read.
    fn reference(&mut self, number: i64) -> Option<Value<'a>> {
        let number = u32::try_from(number).ok()?;
        let mut ahead = *self;
        ahead.skip_space();
        if !ahead.peek()?.is_ascii_digit() {
            return None;
        }
        let generation = u32::try_from(ahead.unsigned().ok()?).ok()?;
        if !ahead.keyword(b"R") {
            return None;
        }
        *self = ahead;
        Some(Value::Reference(number, generation))
    }
}

#[cfg(test)]
mod tests;
