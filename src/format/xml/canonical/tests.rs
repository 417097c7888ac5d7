//! What the parser noted saves work and changes nothing: forms of whole documents are those of the set of
//! all their nodes, of which each piece is looked at.

use super::{AllBut, Form, Method, to_vec};
use crate::format::xml::xpath::Chosen;
use crate::format::xml::{Document, Kind, NodeId};
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
