//! XML: what is read, and canonical forms of node sets.

use super::case::{Case, Corpus};
use super::judge::{Answer, Judged, of_verdict, refused};
use super::xpath::chosen;
use lienthong::format::xml::canonical::{AllBut, Form, Method, to_vec};
use lienthong::format::xml::{Document, XmlError};
use std::collections::BTreeSet;

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
    let Some(mut method) = method else {
        return refused("an unknown form");
    };
    if method.form == Form::Exclusive {
        method.inclusive = listed(case);
    }
    let root = document.root();
    let subset = corpus.aux(case, "xpath_subset").into_iter().next();
    let form = match subset {
        None => to_vec(&document, root, &method, &AllBut(&[])),
        Some(expression) => {
            let expression = String::from_utf8_lossy(&expression);
            let Some(chosen) = chosen(&document, &expression) else {
                return refused("an expression that is not evaluated here");
            };
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

/// The prefixes that the exclusive form treats as the inclusive one does: whatever the manifest calls them,
/// as a list or as one text.
fn listed(case: &Case) -> BTreeSet<String> {
    let own = case.params.as_object();
    let named = own
        .into_iter()
        .flatten()
        .filter(|(key, _)| key.contains("inclusive") || key.contains("prefix"));
    let texts = named.flat_map(|(_, value)| match value.as_array() {
        Some(all) => all.clone(),
        None => vec![value.clone()],
    });
    let texts: Vec<serde_json::Value> = texts.collect();
    let words = texts.iter().filter_map(|text| text.as_str());
    let words = words.flat_map(str::split_whitespace);
    words
        .map(|word| if word == "#default" { "" } else { word }.to_owned())
        .collect()
}
