//! What the parser noted saves work and changes nothing: forms of whole documents are those of the set of
//! all their nodes, of which each piece is looked at.

use super::{AllBut, Form, Method, to_vec};
use crate::format::xml::xpath::{Chosen, Here, chosen_by, compile_test};
use crate::format::xml::{Document, Index, Kind, NodeId};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Start-tags, each with what it is called.
const TAGS: [(&str, &str); 18] = [
    ("<a>", "a"),
    ("<p:a>", "p:a"),
    ("<q:b>", "q:b"),
    ("<a >", "a"),
    ("<a x=\"1\">", "a"),
    ("<p:a x=\"1\" y=\"\">", "p:a"),
    ("<q:a y=\"1\" x=\"2\">", "q:a"),
    ("<a x='1'>", "a"),
    ("<a x=\"&#65;\">", "a"),
    ("<a x=\"a > b\">", "a"),
    ("<a  x=\"1\">", "a"),
    ("<a q:x=\"1\" p:x=\"1\">", "a"),
    ("<p:a xml:lang=\"vi\" Id=\"i\">", "p:a"),
    ("<a xmlns=\"u:2\">", "a"),
    ("<a xmlns=\"\">", "a"),
    ("<p:a xmlns:p=\"u:2\">", "p:a"),
    ("<a xmlns:r=\"u:1\" xmlns:p=\"u:1\">", "a"),
    ("<é-dài-hơn-mười-sáu-chữ>", "é-dài-hơn-mười-sáu-chữ"),
];

/// What else there is in an element.
const INSIDE: [&str; 16] = [
    "",
    "chữ",
    "\n    ",
    "\r\n",
    "a ]] b > c",
    "&amp;&lt;&gt;&#xD;",
    "&#13;&#x41;&apos;",
    "<![CDATA[<&>\r]]>",
    "<![CDATA[]]]]>",
    "<!-- - -->",
    "<?pi  \r a?>",
    "<a/>",
    "<p:a x=\"1\"/>",
    "<q:a xmlns:q=\"u:3\"/>",
    "<a></a>",
    "<p:b></p:b\n>",
];

fn document(steps: &[u8]) -> String {
    let mut text = String::from("<?xml version=\"1.0\"?>\r<!--c--> <?a b?>");
    text.push_str("<r xmlns=\"u:0\" xmlns:p=\"u:1\" xmlns:q=\"u&#x3a;1q\">");
    let mut open = vec!["r"];
    for step in steps {
        let step = usize::from(*step);
        match step.checked_sub(TAGS.len()) {
            None => {
                text.push_str(TAGS[step].0);
                open.push(TAGS[step].1);
            }
            Some(at) if at < INSIDE.len() => text.push_str(INSIDE[at]),
            // Only the last end-tag is that of the outermost.
            Some(at) if open.len() > 1 => end(&mut text, &mut open, at % 5 == 0),
            Some(_) => {}
        }
    }
    while !open.is_empty() {
        end(&mut text, &mut open, false);
    }
    text + "\n<?d?>\n<!--e-->\r"
}

fn end(text: &mut String, open: &mut Vec<&str>, blank: bool) {
    if let Some(name) = open.pop() {
        let blank = if blank { "\r\n" } else { "" };
        text.push_str(&format!("</{name}{blank}>"));
    }
}

fn methods() -> Vec<Method> {
    let forms = [Form::Inclusive10, Form::Inclusive11, Form::Exclusive];
    let listed = [BTreeSet::new(), BTreeSet::from(["p".into(), String::new()])];
    let all = forms.iter().flat_map(|form| {
        let listed = listed.iter().cloned();
        listed.flat_map(|inclusive| {
            [false, true].map(|comments| Method {
                form: *form,
                comments,
                inclusive: inclusive.clone(),
            })
        })
    });
    all.collect()
}

fn compare(document: &Document<'_>, apex: NodeId, without: &[NodeId]) {
    let mut chosen = Chosen::all(document);
    for id in without {
        chosen.leave_out(*id, document.after(*id));
    }
    for method in methods() {
        let quick = to_vec(document, apex, &method, &AllBut(without)).expect("a form");
        let slow = to_vec(document, apex, &method, &chosen).expect("a form");
        let (quick, slow) = (String::from_utf8(quick), String::from_utf8(slow));
        assert_eq!(quick, slow, "{apex:?} without {without:?}, {method:?}");
    }
}

/// Canonical XML §2.3: the namespace node of `xml` is ignored, declared or not.
#[test]
fn a_declaration_of_xml_is_written_in_no_form() {
    let text = "<a xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"><b xml:id=\"i\"/></a>";
    let read = Document::read(text.as_bytes()).expect("well-formed");
    compare(&read, read.root(), &[]);
    let all = Chosen::all(&read);
    let written = to_vec(&read, read.root(), &methods()[0], &all).expect("a form");
    assert_eq!(
        String::from_utf8_lossy(&written),
        "<a><b xml:id=\"i\"></b></a>"
    );
}

/// The form of the nodes for which an expression is true.
fn form_of(text: &str, expression: &str, form: Form, listed: &[&str]) -> String {
    let document = Document::read(text.as_bytes()).expect("well-formed");
    let prefixes = |prefix: &str| Some(format!("u:{prefix}"));
    let test = compile_test(expression, &prefixes).expect("a test");
    let here = Here { signature: None };
    let chosen = chosen_by(&test, &Index::of(&document), here).expect("chosen");
    let method = Method {
        form,
        comments: false,
        inclusive: listed.iter().map(|prefix| (*prefix).to_owned()).collect(),
    };
    let written = to_vec(&document, document.root(), &method, &chosen).expect("a form");
    String::from_utf8(written).expect("text")
}

/// Canonical XML §2.3: of an element that is not chosen, namespaces and attributes that are chosen all the
/// same are written, though the form is no XML then.
#[test]
fn what_is_chosen_of_an_element_that_is_not_is_written() {
    let text = "<r xmlns=\"u:0\" xmlns:p=\"u:p\" xml:lang=\"vi\"><p:a k=\"1\" p:k=\"2\">\
                <b xmlns=\"\" xmlns:q=\"u:2\" z=\"3\">t</b></p:a><c/></r>";
    let (a, b) = ("not(self::p:a)", "not(parent::p:a)");
    let rows: [(&str, Form, &[&str], &str); 6] = [
        (
            a,
            Form::Inclusive10,
            &[],
            "<r xmlns=\"u:0\" xmlns:p=\"u:p\" xml:lang=\"vi\"> k=\"1\" p:k=\"2\"\
             <b xmlns=\"\" xmlns:q=\"u:2\" z=\"3\" xml:lang=\"vi\">t</b><c></c></r>",
        ),
        (
            a,
            Form::Exclusive,
            &[],
            "<r xmlns=\"u:0\" xml:lang=\"vi\"> k=\"1\" p:k=\"2\"<b xmlns=\"\" z=\"3\">t</b><c></c></r>",
        ),
        (
            a,
            Form::Exclusive,
            &["p", "q"],
            "<r xmlns=\"u:0\" xmlns:p=\"u:p\" xml:lang=\"vi\"> k=\"1\" p:k=\"2\"\
             <b xmlns=\"\" xmlns:q=\"u:2\" z=\"3\">t</b><c></c></r>",
        ),
        (
            b,
            Form::Inclusive11,
            &[],
            "<r xmlns=\"u:0\" xmlns:p=\"u:p\" xml:lang=\"vi\"><p:a xmlns=\"\"> xmlns:p=\"u:p\" \
             xmlns:q=\"u:2\" z=\"3\"t</p:a><c></c></r>",
        ),
        (
            b,
            Form::Exclusive,
            &[],
            "<r xmlns=\"u:0\" xml:lang=\"vi\"><p:a> z=\"3\"t</p:a><c></c></r>",
        ),
        // Exclusive XML Canonicalization §3: what is listed is as in the inclusive form.
        (
            b,
            Form::Exclusive,
            &["", "q"],
            "<r xmlns=\"u:0\" xml:lang=\"vi\"><p:a xmlns=\"\"> xmlns:q=\"u:2\" z=\"3\"t</p:a><c></c></r>",
        ),
    ];
    for (expression, form, listed, expected) in rows {
        assert_eq!(form_of(text, expression, form, listed), expected);
    }
}

/// Canonical XML 1.0 and 1.1 §2.4: of what an element inherits, all is removed that it has itself, "whether or
/// not they are in the node-set".
#[test]
fn an_attribute_that_is_not_chosen_is_not_inherited_either() {
    let text = "<r xml:lang=\"vi\" xml:space=\"preserve\"><a><b xml:lang=\"en\">t</b></a></r>";
    for form in [Form::Inclusive10, Form::Inclusive11] {
        let written = form_of(text, "self::*[not(local-name()='a')]", form, &[]);
        assert_eq!(written, "<r><b xml:space=\"preserve\"></b></r>");
    }
}

proptest! {
    #[test]
    fn what_was_noted_changes_no_form(steps in prop::collection::vec(0u8..48, 0..40), at in any::<prop::sample::Index>()) {
        let text = document(&steps);
        let read = Document::read(text.as_bytes()).expect("well-formed");
        let elements: Vec<NodeId> = read.nodes().filter(|id| read.kind(*id) == Kind::Element).collect();
        let one = elements[at.index(elements.len())];
        compare(&read, read.root(), &[]);
        compare(&read, one, &[]);
        compare(&read, read.root(), &[one]);
    }
}
