//! XML: what is read, and canonical forms of node sets. The sets come from an evaluator that knows the
//! corpus's one kind of expression and exists only here: `(//. | //@* | //namespace::*)[ … ]` with
//! `ancestor-or-self::prefix:name`, `and`, `or`, `not` and parentheses.

use super::case::{Case, Corpus};
use super::judge::{Answer, Judged, of_verdict, refused};
use lienthong::format::xml::canonical::{AllBut, Method, Selection, to_vec};
use lienthong::format::xml::{Document, NodeId, XmlError};
use std::collections::BTreeSet;
use std::ops::Range;

/// Whether it is read at all.
pub(crate) fn parse(corpus: &Corpus, case: &Case) -> Judged {
    match Document::read(&corpus.file(case)) {
        Ok(_) => of_verdict(None),
        Err(error) => not_read(&error),
    }
}

/// The start is what the rule for DOCTYPE goes by.
fn not_read(error: &XmlError) -> Judged {
    match error {
        XmlError::DocumentType => refused("document_type"),
        XmlError::Malformed { .. } | XmlError::Encoding(_) | XmlError::TooMany { .. } => {
            refused(&error.to_string())
        }
    }
}

/// Whether the canonical form is the expected one, octet by octet.
pub(crate) fn canonical(corpus: &Corpus, case: &Case) -> Judged {
    let file = corpus.file(case);
    let document = match Document::read(&file) {
        Ok(document) => document,
        Err(error) => return not_read(&error),
    };
    let method = case.params["algorithm"].as_str().and_then(Method::from_uri);
    let method = method.expect("a known algorithm");
    let root = document.root();
    let subset = corpus.aux(case, "xpath_subset").into_iter().next();
    let form = match subset {
        None => to_vec(&document, root, &method, &AllBut(&[])),
        Some(expression) => {
            let expression = String::from_utf8(expression).expect("text");
            let chosen = Chosen::by(&document, &expression);
            to_vec(&document, root, &method, &chosen)
        }
    };
    let expected = corpus.aux(case, "expected_output").remove(0);
    match form {
        Ok(form) if form == expected => of_verdict(None),
        Ok(form) => Judged {
            answer: Answer::Invalid,
            sub: None,
            reason: Some(String::from_utf8_lossy(&form).into_owned()),
        },
        Err(error) => refused(&error.to_string()),
    }
}

/// Elements by an expression; what is in them goes with them.
struct Chosen(BTreeSet<NodeId>);

impl Selection for Chosen {
    const CHOOSES: bool = true;

    fn node(&self, id: NodeId) -> bool {
        self.0.contains(&id)
    }

    fn nothing_in(&self, _: NodeId) -> bool {
        false
    }

    fn text(&self, parent: NodeId, _: &Range<usize>) -> bool {
        self.node(parent)
    }

    fn attribute(&self, element: NodeId, _: &str) -> bool {
        self.node(element)
    }

    fn namespace(&self, element: NodeId, _: &str) -> bool {
        self.node(element)
    }
}

impl Chosen {
    fn by(document: &Document<'_>, expression: &str) -> Self {
        let inside = expression.split_once('[').expect("a predicate").1;
        let inside = inside.rsplit_once(']').expect("an end").0;
        let words = inside.replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = words.split_whitespace().collect();
        let holds = |id: &NodeId| {
            let mut rest = words.as_slice();
            let found = any(document, *id, &mut rest);
            assert!(rest.is_empty(), "{expression}: {rest:?}");
            found
        };
        Self(document.nodes().filter(holds).collect())
    }
}

fn any(document: &Document<'_>, id: NodeId, words: &mut &[&str]) -> bool {
    let mut found = all(document, id, words);
    while let Some((&"or", rest)) = words.split_first() {
        *words = rest;
        found |= all(document, id, words);
    }
    found
}

fn all(document: &Document<'_>, id: NodeId, words: &mut &[&str]) -> bool {
    let mut found = one(document, id, words);
    while let Some((&"and", rest)) = words.split_first() {
        *words = rest;
        found &= one(document, id, words);
    }
    found
}

fn one(document: &Document<'_>, id: NodeId, words: &mut &[&str]) -> bool {
    let (first, rest) = words.split_first().expect("an expression");
    *words = rest;
    match *first {
        "not" => !one(document, id, words),
        "(" => {
            let found = any(document, id, words);
            let (end, rest) = words.split_first().expect("an end");
            assert_eq!(*end, ")");
            *words = rest;
            found
        }
        step => {
            let name = step.strip_prefix("ancestor-or-self::").expect("an axis");
            let ups = std::iter::successors(Some(id), |id| document.parent(*id));
            // The one prefix of the corpus is bound alike in expression and document.
            let mut tags = ups.filter_map(|id| document.tag(id));
            tags.any(|tag| tag.name() == name)
        }
    }
}
