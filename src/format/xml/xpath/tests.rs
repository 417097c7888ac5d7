use super::{Chosen, Here, chosen_by, compile_paths, compile_test, subtrees_of};
use crate::format::xml::canonical::{Method, to_vec};
use crate::format::xml::{Document, Index};

const TEXT: &str =
    "<a xmlns='u:a' xmlns:p='u:p' k='1'>t<p:b Id='i' n='2'>u<c/>v</p:b><d>w<!--x--></d></a>";

fn prefixes(prefix: &str) -> Option<String> {
    match prefix {
        "a" => Some("u:a".into()),
        "p" => Some("u:p".into()),
        "ds" => Some("http://www.w3.org/2000/09/xmldsig#".into()),
        _ => None,
    }
}

const NOWHERE: Here = Here { signature: None };

/// What is left of the text, in exclusive form.
fn left(chosen: &Chosen, document: &Document<'_>) -> String {
    let method = Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n#WithComments");
    let form = to_vec(document, document.root(), &method.expect("known"), chosen);
    String::from_utf8(form.expect("a form")).expect("text")
}

#[test]
fn tests_choose_nodes_by_what_is_around_them() {
    let document = Document::read(TEXT.as_bytes()).expect("XML");
    let index = Index::of(&document);
    let whole = "<a xmlns=\"u:a\" k=\"1\">t<p:b xmlns:p=\"u:p\" Id=\"i\" n=\"2\">u<c></c>v</p:b><d>w<!--x--></d></a>";
    let rows = [
        ("true()", whole),
        ("not(false())", whole),
        ("false()", ""),
        (
            "not(ancestor-or-self::p:b)",
            "<a xmlns=\"u:a\" k=\"1\">t<d>w<!--x--></d></a>",
        ),
        ("self::text()", "tuvw"),
        ("ancestor-or-self::p:b and self::text()", "uv"),
        ("parent::a:a and self::text()", "t"),
        ("self::a:c or self::a:d", "<c></c><d></d>"),
        ("ancestor::a:d", "w<!--x-->"),
        ("ancestor-or-self::*[@Id='i'] and self::text()", "uv"),
        (
            "self::*[local-name()='c' or name()='p:b']",
            "<p:b><c></c></p:b>",
        ),
        ("(self::p:*)", "<p:b></p:b>"),
        (
            "self::*[not(@k) and namespace-uri()='u:a']",
            "<c></c><d></d>",
        ),
        // No namespace but the empty one is meant by a name without prefix.
        ("self::a", ""),
    ];
    for (expression, expected) in rows {
        let test = compile_test(expression, &prefixes).expect(expression);
        let chosen = chosen_by(&test, &index, NOWHERE).expect("chosen");
        let form = left(&chosen, &document);
        let plain = |text: &str| {
            text.replace(" xmlns=\"u:a\"", "")
                .replace(" xmlns:p=\"u:p\"", "")
        };
        assert_eq!(plain(&form), plain(expected), "{expression}");
    }
}

#[test]
fn paths_lead_to_subtrees() {
    let document = Document::read(TEXT.as_bytes()).expect("XML");
    let index = Index::of(&document);
    let b = "<p:b xmlns:p=\"u:p\" Id=\"i\" n=\"2\">u<c xmlns=\"u:a\"></c>v</p:b>";
    let d = "<d xmlns=\"u:a\">w<!--x--></d>";
    let rows = [
        ("/a:a/p:b", b.to_owned()),
        ("//p:b", b.to_owned()),
        ("/descendant::p:b", b.to_owned()),
        ("/*/p:*", b.to_owned()),
        ("id('i')", b.to_owned()),
        ("//*[@Id='i'] | //a:d", format!("{b}{d}")),
        ("/child::a:a/child::a:d", d.to_owned()),
        ("/p:b", String::new()),
        ("//*[starts-with(local-name(),'d')]", d.to_owned()),
        ("id('khong-co')", String::new()),
    ];
    for (expression, expected) in rows {
        let paths = compile_paths(expression, &prefixes).expect(expression);
        let chosen = subtrees_of(&paths, &index, NOWHERE).expect("chosen");
        assert_eq!(left(&chosen, &document), expected, "{expression}");
    }
    let whole = compile_paths("/", &prefixes).expect("the document");
    let chosen = subtrees_of(&whole, &index, NOWHERE).expect("chosen");
    assert_eq!(chosen, Chosen::all(&document));
}

#[test]
fn what_is_no_shape_is_no_expression() {
    for expression in [
        "",
        "1",
        "@*",
        "a",
        "self::a:a[1]",
        "count(//a:a) = 1",
        "self::x:a",
        "self::a:a and",
        "not self::a:a",
        "preceding::a:a",
        "self::node()",
        "self::comment()",
        "self::a:a | self::p:b",
        "string(.) = 'a'",
        "self::*[@p:k]",
        "self::*[@k=1]",
        "self::a:a]",
        "here()/ancestor::ds:Signature[1]",
    ] {
        assert_eq!(compile_test(expression, &prefixes), None, "{expression}");
    }
    for expression in [
        "",
        "a:a",
        "//",
        "/a:a/",
        "//text()",
        "//@k",
        "//a:a[1]",
        "..",
        "/a:a/following::p:b",
        "id(//a:a)",
        "id('i')/a:c",
        "here()",
        "here()/ancestor::ds:Signature[2]",
        "not(self::a:a)",
    ] {
        assert_eq!(compile_paths(expression, &prefixes), None, "{expression}");
    }
    let long = format!("self::a:{}", "a".repeat(2000));
    assert_eq!(compile_test(&long, &prefixes), None);
    let many = ["self::a:a"; 17].join(" or ");
    assert_eq!(compile_test(&many, &prefixes), None);
}
