//! Canonical forms and the expressions of transforms: what is written as runs of the document is what is
//! written piece by piece, whatever encoding the document came in; and sets of nodes are sets.

use super::targets::{Came, Outcome, must};
use lienthong::format::xml::canonical::{AllBut, Method, to_vec};
use lienthong::format::xml::xpath::{
    Chosen, Here, chosen_by, compile_paths, compile_test, subtrees_of,
};
use lienthong::format::xml::{Document, Index, Kind, NodeId};

const FORMS: [&str; 6] = [
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2006/12/xml-c14n11#WithComments",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
];

/// Of so many elements at most the form of each alone is looked at.
const MOST: usize = 8;

fn forms() -> impl Iterator<Item = Method> {
    let mut all: Vec<Method> = FORMS
        .iter()
        .filter_map(|uri| Method::from_uri(uri))
        .collect();
    let mut listed = all.last().cloned().expect("forms");
    listed.inclusive = ["p", "", "x"].map(str::to_owned).into();
    all.push(listed);
    all.into_iter()
}

pub(crate) fn forms_agree(input: &[u8]) -> Outcome {
    let Ok(document) = Document::read(input) else {
        return Ok(Came::Refused);
    };
    let wide = in_utf16(document.text());
    let wide = match &wide {
        Some(bytes) => Some(Document::read(bytes).map_err(|e| format!("not read in UTF-16: {e}"))?),
        None => None,
    };
    let all = Chosen::all(&document);
    let step = document.nodes().count() / MOST + 1;
    for method in forms() {
        for apex in std::iter::once(document.root()).chain(document.nodes().step_by(step)) {
            let form = to_vec(&document, apex, &method, &AllBut(&[]));
            let piece_by_piece = to_vec(&document, apex, &method, &all);
            must(form == piece_by_piece, "runs that are not the pieces")?;
            if let Some(wide) = &wide {
                let other = to_vec(wide, apex, &method, &AllBut(&[]));
                must(form == other, "another form in another encoding")?;
            }
            if let (Ok(form), Kind::Element) = (form, document.kind(apex)) {
                stands(&form, &method)?;
            }
        }
        without_one(&document, &method)?;
    }
    Ok(Came::Read)
}

/// The same text in the other encoding, if it declares none.
fn in_utf16(text: &str) -> Option<Vec<u8>> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    let behind = text.strip_prefix("<?xml");
    let declares = behind.is_some_and(|behind| behind.starts_with([' ', '\t', '\r', '\n']));
    (!declares).then(|| units.flat_map(u16::to_le_bytes).collect())
}

/// The form of an element is a document, and its own form.
fn stands(form: &[u8], method: &Method) -> Result<(), String> {
    let again = Document::read(form).map_err(|e| format!("a form that is not read: {e}"))?;
    let again = to_vec(&again, again.root(), method, &AllBut(&[]));
    must(
        again.as_deref() == Ok(form),
        "a form of a form that is another",
    )
}

/// Without an element: left out as a whole, or node by node.
fn without_one(document: &Document<'_>, method: &Method) -> Result<(), String> {
    let middle = document.nodes().nth(document.nodes().count() / 2);
    let Some(out) = middle.filter(|id| document.kind(*id) == Kind::Element) else {
        return Ok(());
    };
    let mut chosen = Chosen::all(document);
    chosen.leave_out(out, document.after(out));
    let whole = to_vec(document, document.root(), method, &AllBut(&[out]));
    let each = to_vec(document, document.root(), method, &chosen);
    // Of what is left out as a whole nothing is read, a relative namespace neither.
    let differ = each.is_ok() && whole != each;
    must(!differ, "an element left out in two ways")
}

/// Expressions, each in front of a document.
pub(crate) const SEEDS: [&str; 6] = [
    "not(ancestor-or-self::ds:Signature)\n<a><b>1</b><ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/></a>",
    "ancestor-or-self::p:a[@Id='x'] and not(self::text())\n<p:a xmlns:p='urn:p' Id='x'>1<b/></p:a>",
    "self::a or parent::b or ancestor::*[local-name()='c']\n<c><b>2<a/></b></c>",
    "/a/b | //c | id('x')\n<a><b Id='x'><c/></b></a>",
    "here()/ancestor::ds:Signature[1]\n<a xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:Signature/></a>",
    "count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1]) > count(ancestor-or-self::ds:Signature)\n<a><ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/></a>",
];

fn prefixes(prefix: &str) -> Option<String> {
    match prefix {
        "ds" => Some("http://www.w3.org/2000/09/xmldsig#".into()),
        "p" => Some("urn:p".into()),
        _ => None,
    }
}

pub(crate) fn expressions(input: &[u8]) -> Outcome {
    let mut parts = input.splitn(2, |b| *b == b'\n');
    let expression = parts.next().and_then(|text| std::str::from_utf8(text).ok());
    let (Some(expression), Some(rest)) = (expression, parts.next()) else {
        return Ok(Came::Refused);
    };
    let Ok(document) = Document::read(rest) else {
        return Ok(Came::Refused);
    };
    let index = Index::of(&document);
    let signature = document.nodes().find(|id| is_signature(&document, *id));
    let here = Here { signature };
    let test = compile_test(expression, &prefixes);
    let paths = compile_paths(expression, &prefixes);
    if test.is_none() && paths.is_none() {
        return Ok(Came::Refused);
    }
    let chosen = test.and_then(|test| chosen_by(&test, &index, here));
    let opposite = compile_test(&format!("not({expression})"), &prefixes);
    let opposite = opposite.and_then(|test| chosen_by(&test, &index, here));
    if let (Some(chosen), Some(opposite)) = (&chosen, opposite) {
        let mut rest = Chosen::all(&document);
        rest.remove(chosen);
        must(rest == opposite, "what is not chosen is not the rest")?;
    }
    let subtrees = paths.and_then(|paths| subtrees_of(&paths, &index, here));
    if let Some(subtrees) = &subtrees {
        let twice = compile_paths(&format!("{expression}|{expression}"), &prefixes);
        let twice = twice.and_then(|paths| subtrees_of(&paths, &index, here));
        must(
            twice.is_none_or(|twice| twice == *subtrees),
            "twice is not once",
        )?;
    }
    for set in chosen.iter().chain(&subtrees) {
        let mut kept = Chosen::all(&document);
        kept.keep(set);
        must(kept == *set, "a part of all is another part")?;
        for method in forms() {
            let form = to_vec(&document, document.root(), &method, set);
            let whole = to_vec(&document, document.root(), &method, &AllBut(&[]));
            must(
                form.is_ok() || whole.is_err(),
                "a part has no form, and the whole has",
            )?;
        }
    }
    Ok(Came::Read)
}

fn is_signature(document: &Document<'_>, id: NodeId) -> bool {
    document.is(id, "http://www.w3.org/2000/09/xmldsig#", "Signature")
}
