//! The part of RFC 8785 (JSON Canonicalization Scheme) that receipts use: objects, arrays, strings,
//! integers, booleans and null. Other numbers do not occur, so they are refused.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

/// The deepest nesting read: a receipt has three levels.
const MAX_DEPTH: usize = 8;
/// The largest integer that every reader of JSON holds exactly: 2^53 - 1 (RFC 7493 §2.2).
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// A value. Members of an object stay in the order of their making; writing sorts them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number within ±[`MAX_INTEGER`].
    Integer(i64),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Self>),
    /// An object. What is written has names that are known beforehand; what is read brings its own.
    Object(Vec<Member>),
}

/// A name and its value.
pub type Member = (Cow<'static, str>, Json);

/// Why bytes are not canonical JSON.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON of the kinds used here.
    #[error("not JSON at byte {0}")]
    Syntax(usize),
    /// One key twice in one object.
    #[error("key {0:?} appears twice")]
    Repeated(String),
    /// Nested too deeply.
    #[error("nested deeper than {MAX_DEPTH}")]
    Depth,
    /// JSON, but written otherwise than RFC 8785 demands.
    #[error("not in the canonical form of RFC 8785")]
    NotCanonical,
}

impl Json {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::with_capacity(1024);
        write_value(self, &mut out);
        out.into_bytes()
    }

    /// Reads canonical bytes, and nothing but those.
    ///
    /// # Errors
    /// See [`JsonError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes).map_err(|e| JsonError::Syntax(e.valid_up_to()))?;
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        if reader.at != text.len() {
            return Err(JsonError::Syntax(reader.at));
        }
        // Whatever differs (white space, order, escapes, leading zeros) shows up here.
        if value.to_bytes() == bytes {
            Ok(value)
        } else {
            Err(JsonError::NotCanonical)
        }
    }
}

fn write_value(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Integer(n) => {
            let _ = write!(out, "{n}");
        }
        Json::Text(text) => write_text(text, out),
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => write_object(members, out),
    }
}

/// RFC 8785 §3.2.3: by UTF-16 code units, which is the order of UTF-8 bytes in ASCII only.
fn order(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        return a.cmp(b);
    }
    a.encode_utf16().cmp(b.encode_utf16())
}

fn write_object(members: &[Member], out: &mut String) {
    let mut sorted: Vec<&Member> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| order(a, b));
    out.push('{');
    for (i, (key, value)) in sorted.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_text(key, out);
        out.push(':');
        write_value(value, out);
    }
    out.push('}');
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let plain = |b: u8| b >= b' ' && b != b'"' && b != b'\\';
    if text.bytes().all(plain) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong<T>(&self) -> Result<T, JsonError> {
        Err(JsonError::Syntax(self.at))
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at = self.at.saturating_add(token.len());
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        if depth > MAX_DEPTH {
            return Err(JsonError::Depth);
        }
        let inner = depth.saturating_add(1);
        match self.rest().bytes().next() {
            Some(b'{') => self.object(inner),
            Some(b'[') => self.array(inner),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.integer(),
            Some(b't') if self.eat("true") => Ok(Json::Bool(true)),
            Some(b'f') if self.eat("false") => Ok(Json::Bool(false)),
            Some(b'n') if self.eat("null") => Ok(Json::Null),
            Some(_) | None => self.wrong(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.eat("{");
        let mut members: Vec<Member> = Vec::new();
        if self.eat("}") {
            return Ok(Json::Object(members));
        }
        loop {
            let key = self.string()?;
            if members.iter().any(|(known, _)| *known == key) {
                return Err(JsonError::Repeated(key));
            }
            if !self.eat(":") {
                return self.wrong();
            }
            let value = self.value(depth)?;
            members.push((Cow::Owned(key), value));
            if self.eat("}") {
                return Ok(Json::Object(members));
            }
            if !self.eat(",") {
                return self.wrong();
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.eat("[");
        let mut items = Vec::new();
        if self.eat("]") {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.eat("]") {
                return Ok(Json::Array(items));
            }
            if !self.eat(",") {
                return self.wrong();
            }
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        // The end of the string is found here; what it means is left to the JSON library.
        let mut escaped = false;
        let mut bytes = self.rest().bytes().enumerate();
        if bytes.next().is_none_or(|(_, b)| b != b'"') {
            return self.wrong();
        }
        for (i, byte) in bytes {
            match byte {
                b'"' if !escaped => {
                    let end = i.saturating_add(1);
                    let quoted = self.rest().get(..end).unwrap_or_default();
                    let Ok(text) = serde_json::from_str(quoted) else {
                        return self.wrong();
                    };
                    self.at = self.at.saturating_add(end);
                    return Ok(text);
                }
                b'\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        self.wrong()
    }

    fn integer(&mut self) -> Result<Json, JsonError> {
        let is_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
        let rest = self.rest();
        let end = rest.find(|c| !is_number(c)).unwrap_or(rest.len());
        let parsed = rest.get(..end).and_then(|digits| digits.parse().ok());
        match parsed {
            Some(n) if (-MAX_INTEGER..=MAX_INTEGER).contains(&n) => {
                self.at = self.at.saturating_add(end);
                Ok(Json::Integer(n))
            }
            Some(_) | None => self.wrong(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_is_written_and_read() {
        let text = |s: &str| Json::Text(s.into());
        let value = Json::Object(vec![
            ("\u{20ac}".into(), text("Euro")),
            ("\r".into(), text("a\u{1}\"\\\n")),
            ("\u{fb33}".into(), Json::Null),
            (
                "1".into(),
                Json::Array(vec![Json::Integer(-3), Json::Bool(true)]),
            ),
            ("\u{1f600}".into(), Json::Object(Vec::new())),
            ("ö".into(), Json::Array(Vec::new())),
        ]);
        let bytes = value.to_bytes();
        // The order of RFC 8785 §3.2.3's own example: the surrogate pair before U+FB33.
        let expected = "{\"\\r\":\"a\\u0001\\\"\\\\\\n\",\"1\":[-3,true],\"ö\":[],\"€\":\"Euro\",\
                        \"😀\":{},\"\u{fb33}\":null}";
        assert_eq!(String::from_utf8(bytes.clone()).expect("text"), expected);
        assert_eq!(Json::parse(&bytes).expect("canonical").to_bytes(), bytes);
    }

    #[test]
    fn anything_else_is_refused() {
        let repeated = || JsonError::Repeated("a".into());
        let table: [(&str, JsonError); 16] = [
            (r#"{"a":1,"a":2}"#, repeated()),
            (r#"{"a":1,"\u0061":2}"#, repeated()),
            (r#"{"b":1,"a":2}"#, JsonError::NotCanonical),
            (r#"{"a":"\u0061"}"#, JsonError::NotCanonical),
            (r#"{"a":"\/"}"#, JsonError::NotCanonical),
            (r#"{"a":01}"#, JsonError::NotCanonical),
            (r#"{"a":-0}"#, JsonError::NotCanonical),
            (r#"{"a":1.0}"#, JsonError::Syntax(5)),
            (r#"{"a":1e3}"#, JsonError::Syntax(5)),
            (r#"{"a":9007199254740992}"#, JsonError::Syntax(5)),
            (r#"{"a": 1}"#, JsonError::Syntax(5)),
            (r#"{"a":1} "#, JsonError::Syntax(7)),
            (r#"{"a":1,}"#, JsonError::Syntax(7)),
            (r#"{"a"#, JsonError::Syntax(1)),
            ("", JsonError::Syntax(0)),
            ("[[[[[[[[[[]]]]]]]]]]", JsonError::Depth),
        ];
        for (text, expected) in table {
            assert_eq!(Json::parse(text.as_bytes()), Err(expected), "{text}");
        }
        assert_eq!(Json::parse(b"\"\xff\""), Err(JsonError::Syntax(1)));
    }
}
