//! The form's signature fields (ISO 32000-2 §12.7.4, §12.7.5.5).

use super::PdfError;
use super::document::{Document, within_limit};
use super::lexer::{Value, hexadecimal};
use super::signature::SignatureDictionary;
use super::xref::Place;
use crate::format::limits::MAX_PDF_DEPTH;
use std::collections::{BTreeMap, BTreeSet};

/// What the signature fields of the form hold.
pub(super) fn signatures(document: &Document<'_>) -> Result<Vec<SignatureDictionary>, PdfError> {
    let mut walk = Walk {
        document,
        seen: BTreeSet::new(),
        holders: BTreeMap::new(),
        found: Vec::new(),
    };
    walk.form()?;
    Ok(walk.found)
}

/// The walk over the form's fields.
struct Walk<'d, 'a> {
    document: &'d Document<'a>,
    seen: BTreeSet<u32>,
    /// Signature dictionaries by object number, and their place in `found`.
    holders: BTreeMap<u32, usize>,
    found: Vec<SignatureDictionary>,
}

/// What a field has from the one above it.
struct Above<'n> {
    name: &'n str,
    signs: bool,
    /// Whether it lies in the file itself.
    in_body: bool,
    depth: usize,
}

impl<'d> Walk<'d, '_> {
    fn form(&mut self) -> Result<(), PdfError> {
        let document = self.document;
        let Some(trailer) = document.trailer() else {
            return Ok(());
        };
        let Some(catalog) = document.under(trailer, b"Root") else {
            return Ok(());
        };
        let form = catalog
            .dictionary()
            .and_then(|c| document.under(c, b"AcroForm"));
        let fields = form
            .as_ref()
            .and_then(Value::dictionary)
            .and_then(|f| document.under(f, b"Fields"));
        let fields = fields.as_ref().and_then(Value::array).unwrap_or_default();
        for field in fields {
            let above = Above {
                name: "",
                signs: false,
                in_body: false,
                depth: 0,
            };
            self.field(field, &above)?;
        }
        Ok(())
    }

    fn field(&mut self, field: &Value<'d>, above: &Above<'_>) -> Result<(), PdfError> {
        if above.depth > MAX_PDF_DEPTH {
            return Err(PdfError::TooMany {
                what: "levels of fields",
                limit: MAX_PDF_DEPTH,
            });
        }
        let mut in_body = above.in_body;
        if let Value::Reference(number, _) = field {
            if !self.seen.insert(*number) {
                return Ok(());
            }
            in_body = self.in_body(*number);
        }
        let Some(Value::Dictionary(field)) = self.document.direct(field) else {
            return Ok(());
        };
        let document = self.document;
        let own = document.under(&field, b"T").as_ref().and_then(text);
        let name = match own {
            Some(own) if above.name.is_empty() => own,
            Some(own) => format!("{}.{own}", above.name),
            None => above.name.to_owned(),
        };
        let kind = document.under(&field, b"FT");
        let signs = kind.map_or(above.signs, |kind| kind.name() == Some(b"Sig"));
        if let Some(value) = field.get(b"V").filter(|_| signs) {
            self.value(value, &name, in_body);
            within_limit(&self.found)?;
        }
        let kids = document.under(&field, b"Kids");
        let kids = kids.as_ref().and_then(Value::array).unwrap_or_default();
        let below = Above {
            name: &name,
            signs,
            in_body,
            depth: above.depth.saturating_add(1),
        };
        for kid in kids {
            self.field(kid, &below)?;
        }
        Ok(())
    }

    fn in_body(&self, number: u32) -> bool {
        matches!(self.document.place(number), Some(Place::At(_)))
    }

    /// Offsets of what lies in an object stream are none of the file, so that a signature dictionary
    /// there is none.
    fn value(&mut self, value: &Value<'d>, name: &str, in_body: bool) {
        let name = if name.is_empty() { "?" } else { name }.to_owned();
        let dictionary = if let Value::Reference(number, _) = value {
            let known = self.holders.get(number).copied();
            if let Some(known) = known.and_then(|at| self.found.get_mut(at)) {
                known.fields = known.fields.saturating_add(1);
                return;
            }
            self.holders.insert(*number, self.found.len());
            let in_body = self.in_body(*number);
            match self.document.object(*number) {
                Some(Value::Dictionary(dictionary)) if in_body => Some(dictionary),
                Some(_) | None => None,
            }
        } else {
            value.dictionary().filter(|_| in_body).cloned()
        };
        self.found.push(match dictionary {
            Some(dictionary) => {
                let permission = self.document.permission(&dictionary);
                SignatureDictionary::read(name, &dictionary, permission)
            }
            None => SignatureDictionary::broken(name, "V"),
        });
    }
}

/// A text string (ISO 32000-2 §7.9.2.2), for people.
fn text(value: &Value<'_>) -> Option<String> {
    let bytes = if let Value::Literal(raw) = value {
        unescaped(raw)
    } else if let Value::Hexadecimal(raw, _) = value {
        hexadecimal(raw)?
    } else {
        return None;
    };
    if let Some(wide) = bytes.strip_prefix(b"\xfe\xff") {
        let unit = |pair: &[u8]| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        };
        let units: Vec<u16> = wide.chunks_exact(2).map(unit).collect();
        return Some(String::from_utf16_lossy(&units));
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(first @ b'0'..=b'7') => {
                let mut value = u32::from(first & 7);
                for _ in 0..2 {
                    if let Some(digit) = bytes.next_if(|b| (b'0'..=b'7').contains(b)) {
                        value = (value << 3) | u32::from(digit & 7);
                    }
                }
                out.push(u8::try_from(value & 0xff).unwrap_or(b'?'));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
