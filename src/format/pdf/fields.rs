//! The form's signature fields (ISO 32000-2 §12.7.4, §12.7.5.5).

use super::PdfError;
use super::document::within_limit;
use super::signature::SignatureDictionary;
use super::value::{Dictionary, Value, text};
use super::view::View;
use super::xref::Place;
use crate::format::limits::MAX_PDF_DEPTH;
use std::collections::{BTreeMap, BTreeSet};

/// What the signature fields of the form hold.
pub(super) fn signatures(view: View<'_, '_>) -> Result<Vec<SignatureDictionary>, PdfError> {
    let mut walk = Walk {
        view,
        seen: BTreeSet::new(),
        holders: BTreeMap::new(),
        found: Vec::new(),
    };
    walk.form()?;
    Ok(walk.found)
}

/// The walk over the form's fields.
struct Walk<'d, 'a> {
    view: View<'d, 'a>,
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
        let view = self.view;
        let form = view.catalog();
        let form = form.and_then(|catalog| view.dictionary(&catalog, b"AcroForm"));
        let fields = form.and_then(|form| view.array(&form, b"Fields"));
        for field in fields.unwrap_or_default() {
            let above = Above {
                name: "",
                signs: false,
                in_body: false,
                depth: 0,
            };
            self.field(&field, &above)?;
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
        let Some(Value::Dictionary(field)) = self.view.direct(field) else {
            return Ok(());
        };
        let view = self.view;
        let own = view.under(&field, b"T").as_ref().and_then(text);
        let name = match own {
            Some(own) if above.name.is_empty() => own,
            Some(own) => format!("{}.{own}", above.name),
            None => above.name.to_owned(),
        };
        let kind = view.under(&field, b"FT");
        let signs = kind.map_or(above.signs, |kind| kind.name() == Some(b"Sig"));
        if let Some(value) = field.get(b"V").filter(|_| signs) {
            self.value(value, &name, in_body, &field);
            within_limit(&self.found)?;
        }
        let kids = view.array(&field, b"Kids").unwrap_or_default();
        let below = Above {
            name: &name,
            signs,
            in_body,
            depth: above.depth.saturating_add(1),
        };
        for kid in kids {
            self.field(&kid, &below)?;
        }
        Ok(())
    }

    fn in_body(&self, number: u32) -> bool {
        matches!(self.view.place(number), Some(Place::At(_)))
    }

    /// Offsets of what lies in an object stream are none of the file, so that a signature dictionary
    /// there is none.
    fn value(&mut self, value: &Value<'d>, name: &str, in_body: bool, field: &Dictionary<'d>) {
        let name = if name.is_empty() { "?" } else { name }.to_owned();
        let dictionary = if let Value::Reference(number, _) = value {
            let known = self.holders.get(number).copied();
            if let Some(known) = known.and_then(|at| self.found.get_mut(at)) {
                known.fields = known.fields.saturating_add(1);
                return;
            }
            self.holders.insert(*number, self.found.len());
            let object = self.view.object(*number).filter(|object| object.in_body);
            match object.map(|object| object.value) {
                Some(Value::Dictionary(dictionary)) => Some(dictionary),
                Some(_) | None => None,
            }
        } else {
            value.dictionary().filter(|_| in_body).cloned()
        };
        self.found.push(match dictionary {
            Some(dictionary) => {
                let mut found = SignatureDictionary::read(name, &dictionary, self.view);
                found.object = value.reference();
                found.lock(field, self.view);
                found
            }
            None => SignatureDictionary::broken(name, "V"),
        });
    }
}
