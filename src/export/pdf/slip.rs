//! A form of the one-stop counter as it is printed.

use super::press::{Job, PdfError, Printed, print};
use super::report::table;
use crate::export::forms::{Block, Laid, svg};
use serde_json::{Value, json};

const FORM: &str = include_str!("form.typ");
const SLIP: &str = include_str!("slip.typ");

/// Prints a form: the same wording as the page of [`crate::export::forms::html`].
///
/// # Errors
/// See [`print`]; and a square code that would hold too much.
pub fn slip(laid: &Laid) -> Result<Printed, PdfError> {
    let coded = !laid.opens.is_empty();
    let code = coded.then(|| svg(&laid.opens, &laid.scan)).transpose();
    let code = code.map_err(|e| PdfError::Template(e.to_string()))?;
    let address = Some(&laid.opens).filter(|own| own.starts_with("https://"));
    let head = &laid.heading;
    let signatures = laid
        .signatures
        .iter()
        .map(|one| json!({ "title": one.title, "how": one.how, "name": one.name }));
    let data = json!({
        "language": laid.language.name(),
        "wide": laid.wide,
        "mark": laid.mark,
        "author": head.issuer,
        "form": laid.form,
        "title": laid.title,
        "under": laid.under,
        "head": {
            "over": head.over,
            "issuer": head.issuer,
            "counter": head.counter,
            "number": head.number,
            "country": head.country,
            "motto": head.motto,
            "day": head.day,
        },
        "blocks": laid.blocks.iter().map(|own| block(laid, own)).collect::<Vec<_>>(),
        "signatures": signatures.collect::<Vec<_>>(),
        "coded": coded,
        "scan": laid.scan,
        "address": address.map_or("", String::as_str),
        "foot": laid.foot,
    });
    print(Job {
        templates: vec![("form.typ", FORM.to_owned()), ("main.typ", SLIP.to_owned())],
        data,
        identifier: laid.identifier.clone(),
        drawings: code.into_iter().collect(),
        at: laid.at,
    })
}

fn block(laid: &Laid, block: &Block) -> Value {
    match block {
        Block::Field(label, value) => json!({ "kind": "field", "label": label, "value": value }),
        Block::Text(text) => json!({ "kind": "text", "text": text }),
        Block::Numbered(lines) => json!({ "kind": "numbered", "lines": lines }),
        Block::Table(sheet) => json!({ "kind": "table", "sheet": table(laid.language, sheet) }),
        Block::Code(code) => json!({ "kind": "code", "text": code }),
    }
}
