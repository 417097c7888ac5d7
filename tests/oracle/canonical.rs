//! Canonical forms for `tests/oracle/c14n.py`, one at a time: a line `method<TAB>file` in, a line
//! of the form in hexadecimal digits or `- why there is none` out. It is a program of the tests and not of the product.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program of the tests prints its answers and stops when it is asked wrongly"
)]

use lienthong::format::xml::Document;
use lienthong::format::xml::canonical::{AllBut, Form, Method, to_vec};
use std::collections::BTreeSet;

fn main() {
    for line in std::io::stdin().lines() {
        let line = line.expect("a line");
        let (method, file) = line.split_once('\t').expect("a method and a file");
        match form(method, file) {
            Ok(form) => {
                let digits: String = form.iter().map(|b| format!("{b:02x}")).collect();
                println!("{digits}");
            }
            Err(why) => println!("- {}", why.escape_debug()),
        }
    }
}

/// With comments, as the tool beside it writes them.
fn form(method: &str, file: &str) -> Result<Vec<u8>, String> {
    let form = match method {
        "c14n" => Form::Inclusive10,
        "c14n11" => Form::Inclusive11,
        _ => Form::Exclusive,
    };
    let method = Method {
        form,
        comments: true,
        inclusive: BTreeSet::new(),
    };
    let bytes = std::fs::read(file).map_err(|e| e.to_string())?;
    let document = Document::read(&bytes).map_err(|e| e.to_string())?;
    to_vec(&document, document.root(), &method, &AllBut(&[])).map_err(|e| e.to_string())
}
