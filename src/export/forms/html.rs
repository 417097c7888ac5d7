//! A form as one page: the national heading, A4, no script, nothing from elsewhere.

use super::laid::{Block, Laid, Signature};
use super::qr::{self, NoCode};
use crate::export::chart::escaped;
use crate::export::html::table;
use std::fmt::Write;

const STYLE: &str = include_str!("form.css");

/// What a browser may do with the page, besides showing it: nothing.
const SECURITY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes the page. The same form gives the same bytes.
///
/// # Errors
/// [`NoCode`] where what the square code is to hold is too long.
pub fn page(laid: &Laid) -> Result<String, NoCode> {
    let mut out = String::new();
    let language = laid.language.name();
    let mark = laid.mark.as_deref().map(|mark| format!("{mark} – "));
    let title = escaped(&format!("{}{}", mark.unwrap_or_default(), laid.title));
    let paper = if laid.wide { "wide" } else { "high" };
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"{language}\" class=\"{paper}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{SECURITY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{}</style>\n</head>\n<body>\n",
        match laid.wide {
            true => "@page { size: A4 landscape; margin: 12mm; }\n",
            false => "@page { size: A4; margin: 18mm 15mm 18mm 25mm; }\n",
        },
    );
    tagged(&mut out, "p class=\"form\"", &laid.form);
    if let Some(mark) = &laid.mark {
        tagged(&mut out, "p class=\"mark\" role=\"note\"", mark);
    }
    heading(&mut out, laid);
    tagged(&mut out, "h1", &laid.title);
    tagged(&mut out, "p class=\"under\"", &laid.under);
    out.push_str("<main>\n");
    for block in &laid.blocks {
        body(&mut out, laid, block);
    }
    out.push_str("</main>\n");
    signatures(&mut out, &laid.signatures);
    foot(&mut out, laid)?;
    out.push_str("</body>\n</html>\n");
    Ok(out)
}

/// An element with text, unless there is none.
fn tagged(out: &mut String, tag: &str, text: &str) {
    if !text.is_empty() {
        let name = tag.split(' ').next().unwrap_or(tag);
        let _ = writeln!(out, "<{tag}>{}</{name}>", escaped(text));
    }
}

fn heading(out: &mut String, laid: &Laid) {
    let head = &laid.heading;
    out.push_str("<header>\n<div>\n");
    tagged(out, "p class=\"over\"", &head.over);
    tagged(out, "p class=\"issuer\"", &head.issuer);
    tagged(out, "p class=\"issuer\"", &head.counter);
    out.push_str("<hr>\n");
    tagged(out, "p", &head.number);
    out.push_str("</div>\n<div>\n");
    tagged(out, "p class=\"country\"", &head.country);
    tagged(out, "p class=\"motto\"", &head.motto);
    out.push_str("<hr class=\"long\">\n");
    tagged(out, "p class=\"day\"", &head.day);
    out.push_str("</div>\n</header>\n");
}

fn body(out: &mut String, laid: &Laid, block: &Block) {
    match block {
        Block::Field(label, value) => {
            let (label, value) = (escaped(label), escaped(value));
            let empty = if value.is_empty() {
                " class=\"room\""
            } else {
                ""
            };
            let _ = writeln!(out, "<p{empty}><span>{label}:</span> <b>{value}</b></p>");
        }
        Block::Text(text) => tagged(out, "p", text),
        Block::Numbered(lines) => {
            out.push_str("<ol>\n");
            for line in lines {
                let _ = writeln!(out, "<li>{}</li>", escaped(line));
            }
            out.push_str("</ol>\n");
        }
        // That nothing of it took place is said above already, and across every page.
        Block::Table(sheet) => table(out, laid.language, sheet, laid.mark.is_some()),
        Block::Code(code) => tagged(out, "p class=\"code\"", code),
    }
}

fn signatures(out: &mut String, all: &[Signature]) {
    if all.is_empty() {
        return;
    }
    let alone = if all.len() == 1 { " alone" } else { "" };
    let _ = writeln!(out, "<section class=\"signatures{alone}\">");
    for one in all {
        out.push_str("<div>\n");
        tagged(out, "p class=\"who\"", &one.title);
        tagged(out, "p class=\"how\"", &one.how);
        let _ = writeln!(out, "<p class=\"name\">{}</p>\n</div>", escaped(&one.name));
    }
    out.push_str("</section>\n");
}

fn foot(out: &mut String, laid: &Laid) -> Result<(), NoCode> {
    out.push_str("<footer>\n");
    if !laid.opens.is_empty() {
        out.push_str(&qr::svg(&laid.opens, &laid.scan)?);
        out.push('\n');
    }
    out.push_str("<div>\n");
    tagged(out, "p", &laid.scan);
    if laid.opens.starts_with("https://") {
        tagged(out, "p class=\"address\"", &laid.opens);
    }
    tagged(out, "p", &laid.foot);
    out.push_str("</div>\n</footer>\n");
    Ok(())
}
