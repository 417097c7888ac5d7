//! What is read and what is refused, by clause; the tree; canonical forms by the examples of their
//! specifications, and what holds for all of them.

use super::canonical::{AllBut, CanonicalError, Form, Method, to_vec};
use super::*;
use crate::format::limits::{MAX_XML_ATTRIBUTES, MAX_XML_DEPTH};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn read(text: &str) -> Result<Document<'_>, XmlError> {
    Document::read(text.as_bytes())
}

/// What is wrong; `None` if nothing is.
fn wrong(text: &str) -> Option<&'static str> {
    match read(text) {
        Ok(_) => None,
        Err(XmlError::Malformed { what, .. }) => Some(what),
        Err(XmlError::DocumentType) => Some("a document type declaration"),
        Err(XmlError::TooMany { what, .. }) => Some(what),
        Err(XmlError::Encoding(_)) => Some("encoding"),
    }
}

#[test]
fn well_formed_documents_are_read() {
    for text in [
        "<a/>",
        "<a />",
        "<a></a >",
        " \n<a/>\n ",
        "<?xml version='1.0'?><a/>",
        "<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\" ?>\n<a/>",
        "<?xml version='1.1'?><a/>",
        "<!-- x --><?p q?><a/><!----><?p?>",
        "<a>&lt;&gt;&amp;&quot;&apos;&#9;&#x10FFFF;&#0000000000000000000065;</a>",
        "<a>]] > ]></a>",
        "<a>a]]&gt;b</a>",
        "<a><![CDATA[<b>&x;]]]]><![CDATA[>]]></a>",
        "<a b='>' c=\"'\" d='\"'/>",
        "<ơ:đ xmlns:ơ='urn:x' ơ:ế='1' ế='2'/>",
        "<a xml:lang='vi' xml:space='preserve'/>",
        "<a xmlns='urn:x'><b xmlns=''/></a>",
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:x='u:1' xmlns:y='u:2' x:b='' y:b='' b=''/>",
    ] {
        assert_eq!(wrong(text), None, "{text}");
    }
}

const DOCTYPE: &str = "a document type declaration";

/// Not well-formed, and what is said of it.
const WRONG: &[(&str, &str)] = &[
    ("", "end of the document"),
    ("  ", "end of the document"),
    ("<a>", "end of the document"),
    ("<a><b></a></b>", "end-tag of another element"),
    ("<a></ab>", "end-tag of another element"),
    ("</a>", "end-tag without a beginning"),
    ("<a/><b/>", "second element"),
    ("<a/>x", "text outside the element"),
    ("x<a/>", "text outside the element"),
    ("<![CDATA[]]><a/>", "text outside the element"),
    (" <?xml version='1.0'?><a/>", "processing instruction"),
    ("<a/><?xml version='1.0'?>", "processing instruction"),
    ("<?XML x?><a/>", "processing instruction"),
    ("<?a:b x?><a/>", "processing instruction"),
    ("<??><a/>", "processing instruction"),
    ("<?p", "processing instruction without an end"),
    ("<?xml?><a/>", "processing instruction"),
    ("<?xml encoding='utf-8'?><a/>", "XML declaration"),
    ("<?xml version='2.0'?><a/>", "XML declaration"),
    (
        "<?xml version='1.0' standalone='maybe'?><a/>",
        "XML declaration",
    ),
    ("<?xml version='1.0' x='1'?><a/>", "XML declaration"),
    ("<!DOCTYPE a><a/>", DOCTYPE),
    ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", DOCTYPE),
    ("<a><!DOCTYPE a></a>", DOCTYPE),
    ("<!doctype a><a/>", "markup"),
    ("<a><!ELEMENT a ANY></a>", "markup"),
    ("<a>&x;</a>", "reference"),
    ("<a>& </a>", "reference"),
    ("<a>&amp</a>", "reference"),
    ("<a>&#0;</a>", "reference"),
    ("<a>&#x1F;</a>", "reference"),
    ("<a>&#xD800;</a>", "reference"),
    ("<a>&#xFFFE;</a>", "reference"),
    ("<a>&#x110000;</a>", "reference"),
    ("<a>&#+5;</a>", "reference"),
    ("<a>&#X41;</a>", "reference"),
    ("<a>&;</a>", "reference"),
    ("<a b='&x;'/>", "reference"),
    ("<a b='<'/>", "< in an attribute value"),
    ("<a>]]></a>", "]]> in character data"),
    ("<a><![CDATA[</a>", "CDATA section without an end"),
    ("<a><!-- -- --></a>", "-- in a comment"),
    ("<a><!-- ---></a>", "-- in a comment"),
    ("<a><!-- </a>", "comment without an end"),
    ("<a b/>", "attribute without a value"),
    ("<a b=c/>", "attribute value without quotes"),
    ("<a b='c/>", "attribute value without an end"),
    ("<a b='1'c='2'/>", "start-tag"),
    ("<a b='1' b='2'/>", "attribute that is there twice"),
    ("<a / >", "name of an attribute"),
    ("<a", "start-tag"),
    ("<1/>", "name of an element"),
    ("< a/>", "name of an element"),
    ("<-a/>", "name of an element"),
    ("<\u{300}/>", "name of an element"),
    ("<a>\u{1}</a>", "character"),
    ("<a>\u{ffff}</a>", "character"),
    ("<a b='\u{0}'/>", "character"),
    ("<x:a/>", "prefix that is not declared"),
    ("<a x:b=''/>", "prefix that is not declared"),
    (
        "<a><b xmlns:x='u:'/><x:c/></a>",
        "prefix that is not declared",
    ),
    ("<a:b:c xmlns:a='u:'/>", "qualified name"),
    ("<a: xmlns:a='u:'/>", "qualified name"),
    ("<:a/>", "qualified name"),
    ("<a xmlns:x='u:' x:1='2'/>", "qualified name"),
    ("<a xmlns:x=''/>", "namespace declaration"),
    ("<a xmlns:='u:'/>", "namespace declaration"),
    ("<a xmlns:xmlns='u:'/>", "namespace declaration"),
    ("<a xmlns:xml='u:'/>", "namespace declaration"),
    (
        "<a xmlns:x='http://www.w3.org/2000/xmlns/'/>",
        "namespace declaration",
    ),
    (
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "namespace declaration",
    ),
    (
        "<a xmlns:x='u:1' xmlns:x='u:2'/>",
        "attribute that is there twice",
    ),
    (
        "<a xmlns:x='u:' xmlns:y='u:' x:b='' y:b=''/>",
        "attribute that is there twice",
    ),
    (
        "<a xmlns:x='u:' xmlns:y='u&#58;' b1='' b2='' b3='' b4='' b5='' b6='' x:b='' y:b=''/>",
        "attribute that is there twice",
    ),
];

#[test]
fn what_is_not_well_formed_is_refused_by_name() {
    for (text, what) in WRONG {
        assert_eq!(wrong(text), Some(*what), "{text}");
    }
}

/// Characters are looked at where they are read, not in a pass of their own: no place may be left out.
#[test]
fn a_forbidden_character_is_found_wherever_it_stands() {
    let long = "x".repeat(100);
    let text = format!(
        "<?xml version='1.0' encoding='utf-8'?>\n<?p q?><!--c--><a b='1' c = \"&amp;'\" >{long}\r\n]]&#65;\
        <![CDATA[d{long}]]><p:ế xmlns:p='u:p' p:đ='2'/></a >\n<?p q?>"
    );
    assert_eq!(wrong(&text), None);
    // The first two octets tell the encoding.
    for (at, _) in text.char_indices().skip(2) {
        for c in ["\0", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            let (before, behind) = text.split_at(at);
            let found = wrong(&format!("{before}{c}{behind}"));
            // By the first octets and by the declaration another encoding may be read.
            let declaration = at < 40 && found == Some("encoding");
            assert!(
                found == Some("character") || declaration,
                "{at} {c:?} {found:?}"
            );
        }
        let (before, behind) = text.split_at(at);
        let found = wrong(&format!("{before}\u{fffd}{behind}"));
        assert_ne!(found, Some("character"), "{at}");
    }
}

#[test]
fn encodings_are_told_apart_by_their_first_octets() {
    let utf16 = |text: &str, big: bool, mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        let units = mark.into_iter().chain(text.encode_utf16());
        let octets = |unit: u16| match big {
            true => unit.to_be_bytes(),
            false => unit.to_le_bytes(),
        };
        units.flat_map(octets).collect()
    };
    let plain = "<a>Cần Đước</a>";
    let declared = "<?xml version='1.0' encoding='UTF-16'?><a>Cần Đước</a>";
    for bytes in [
        plain.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", plain.as_bytes()].concat(),
        utf16(plain, true, true),
        utf16(plain, false, true),
        utf16(declared, true, true),
        utf16(declared, false, false),
    ] {
        let document = Document::read(&bytes).expect("read");
        assert_eq!(document.character_data(document.element()), "Cần Đước");
    }
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9\xe0</a>";
    let document = Document::read(latin).expect("read");
    assert_eq!(document.character_data(document.element()), "éà");
    let odd = [utf16(plain, true, true), vec![0]].concat();
    let surrogate = [0xfe, 0xff, 0, b'<', 0xd8, 0, 0, b'>'];
    for bytes in [
        &b"<a>\xff</a>"[..],
        b"<a>\xc0\x80</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<?xml version='1.0' encoding='US-ASCII'?><a>\xc3\xa9</a>",
        b"<?xml version='1.0' encoding='windows-1258'?><a/>",
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        &utf16("<?xml version='1.0' encoding='UTF-8'?><a/>", true, true),
        &odd,
        &surrogate,
    ] {
        let found = Document::read(bytes);
        assert!(matches!(found, Err(XmlError::Encoding(_))), "{bytes:?}");
    }
}

/// The pieces of a document put together again.
fn again(document: &Document<'_>, id: NodeId) -> String {
    let (range, content) = (document.range(id), document.content(id));
    let mut out = match document.kind(id) {
        Kind::Document => String::new(),
        Kind::Element => document.slice(range.start..content.start).to_owned(),
        Kind::Comment | Kind::Instruction => return document.slice(range).to_owned(),
    };
    for child in document.children(id) {
        match child {
            Child::Text(range) => out.push_str(document.slice(range)),
            Child::Node(inner) => {
                assert!(document.contains(id, inner));
                assert_eq!(document.parent(inner), Some(id));
                out.push_str(&again(document, inner));
            }
        }
    }
    if document.kind(id) == Kind::Element {
        out.push_str(document.slice(content.end..range.end));
    }
    out
}

#[test]
fn the_tree_lies_over_the_text_without_a_gap() {
    let text = "<?p 1?><a x='1'> t <b/><!-- c --><b y=\"2\">u<c>v</c>&amp;<![CDATA[<w>]]></b>z</a >\n<!--e-->";
    let document = read(text).expect("read");
    assert_eq!(again(&document, document.root()), text);
    let a = document.element();
    assert_eq!(document.character_data(a), " t uv&<w>z");
    let second = document.nodes().nth(5).expect("b");
    assert_eq!(document.attribute(second, "y").as_deref(), Some("2"));
    assert_eq!(document.character_data(second), "uv&<w>");
    assert_eq!(document.kind(document.after(second)), Kind::Comment);
}

#[test]
fn names_are_told_by_their_namespaces() {
    let text = "<a xmlns='u:1' xmlns:x='u:2'><x:b><c xmlns=''/></x:b><x:b xmlns:x='u:3'/></a>";
    let document = read(text).expect("read");
    let names: Vec<String> = document
        .nodes()
        .filter_map(|id| document.name(id))
        .map(|(namespace, local)| format!("{{{namespace}}}{local}"))
        .collect();
    assert_eq!(names, ["{u:1}a", "{u:2}b", "{}c", "{u:3}b"]);
    assert!(document.is(document.element(), "u:1", "a"));
    assert!(!document.is(document.element(), "u:2", "a"));
}

#[test]
fn values_are_normalised_as_without_a_declaration() {
    let text = "<a b=' x\t\r\ny&#9;&#10;&#13;&lt; '>1\r\n2\r3&#13;<![CDATA[\r\n&]]></a>";
    let document = read(text).expect("read");
    let a = document.element();
    assert_eq!(document.attribute(a, "b").as_deref(), Some(" x  y\t\n\r< "));
    assert_eq!(document.character_data(a), "1\n2\n3\r\n&");
}

fn method(form: Form, comments: bool) -> Method {
    Method {
        form,
        comments,
        inclusive: BTreeSet::new(),
    }
}

fn canonical(text: &str, method: &Method) -> Result<String, CanonicalError> {
    let document = read(text).expect("read");
    let form = to_vec(&document, document.root(), method, &AllBut(&[]))?;
    Ok(String::from_utf8(form).expect("UTF-8"))
}

#[test]
fn each_algorithm_has_its_name() {
    for (uri, form, comments) in [
        (
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            Form::Inclusive10,
            false,
        ),
        (
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
            Form::Inclusive10,
            true,
        ),
        (
            "http://www.w3.org/2006/12/xml-c14n11",
            Form::Inclusive11,
            false,
        ),
        (
            "http://www.w3.org/2006/12/xml-c14n11#WithComments",
            Form::Inclusive11,
            true,
        ),
        (
            "http://www.w3.org/2001/10/xml-exc-c14n#",
            Form::Exclusive,
            false,
        ),
        (
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            Form::Exclusive,
            true,
        ),
    ] {
        assert_eq!(Method::from_uri(uri), Some(method(form, comments)));
        assert_eq!(Method::from_uri(&format!("{uri}x")), None);
    }
    assert_eq!(
        Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n"),
        None
    );
}

/// Canonical XML 1.0 §3.1 to §3.4 and §3.6, as far as they need no document type.
#[test]
fn the_examples_of_canonical_xml() {
    let one = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n\
        <doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->";
    let start = "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!";
    for form in [Form::Inclusive10, Form::Inclusive11, Form::Exclusive] {
        let without = format!("{start}</doc>\n<?pi-without-data?>");
        assert_eq!(canonical(one, &method(form, false)), Ok(without));
        let with = format!(
            "{start}<!-- Comment 1 --></doc>\n<?pi-without-data?>\n<!-- Comment 2 -->\n<!-- Comment 3 -->"
        );
        assert_eq!(canonical(one, &method(form, true)), Ok(with));
    }
    let three = "<doc><e1   /><e2   ></e2><e3   name = \"elem3\"   id=\"elem3\"   />\
        <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\
        \n      xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      xmlns=\"http://example.org\"/>\
        <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\"><e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\
        <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/></e8></e7></e6></doc>";
    let form = "<doc><e1></e1><e2></e2><e3 id=\"elem3\" name=\"elem3\"></e3>\
        <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>\
        <e6 xmlns:a=\"http://www.w3.org\"><e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\"><e9 xmlns:a=\"http://www.ietf.org\"></e9></e8></e7></e6></doc>";
    assert_eq!(
        canonical(three, &method(Form::Inclusive10, false)),
        Ok(form.into())
    );
    let four = "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value>\
        <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\
        <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\
        <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/></doc>";
    let form = "<doc><text>First line&#xD;\nSecond line</text><value>2</value>\
        <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\
        <compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute>\
        <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm></doc>";
    assert_eq!(
        canonical(four, &method(Form::Inclusive10, false)),
        Ok(form.into())
    );
    let six = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><doc>&#169;\xa9</doc>";
    let document = Document::read(six).expect("read");
    let form = to_vec(
        &document,
        document.root(),
        &method(Form::Inclusive10, false),
        &AllBut(&[]),
    );
    assert_eq!(form, Ok("<doc>©©</doc>".into()));
}

/// Exclusive XML Canonicalization §2.2: the same element in two surroundings.
#[test]
fn the_exclusive_form_leaves_the_surroundings_out() {
    let one = "<n0:local xmlns:n0='foo:bar' xmlns:n3='ftp://example.org'><n1:elem2 xmlns:n1='http://example.net' xml:lang='en'>\
        <n3:stuff xmlns:n3='ftp://example.org'/></n1:elem2></n0:local>";
    let two = "<n2:pdu xmlns:n1='http://example.com' xmlns:n2='http://foo.example' xml:lang='fr' xml:space='retain'>\
        <n1:elem2 xmlns:n1='http://example.net' xml:lang='en'><n3:stuff xmlns:n3='ftp://example.org'/></n1:elem2></n2:pdu>";
    let same = "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    for text in [one, two] {
        let document = read(text).expect("read");
        let inner = document.nodes().nth(2).expect("elem2");
        let form = |method: &Method| {
            let form = to_vec(&document, inner, method, &AllBut(&[])).expect("form");
            String::from_utf8(form).expect("UTF-8")
        };
        assert_eq!(form(&method(Form::Exclusive, false)), same);
        assert_ne!(form(&method(Form::Inclusive10, false)), same);
        let listed = Method {
            inclusive: BTreeSet::from(["n0".to_owned(), "n2".to_owned()]),
            ..method(Form::Exclusive, false)
        };
        assert!(form(&listed).starts_with("<n1:elem2 xmlns:n"));
        assert!(form(&listed).contains("xmlns:n0=\"foo:bar\"") == (text == one));
    }
}

#[test]
fn an_element_brings_along_what_the_surroundings_say_of_it() {
    let text = "<a xml:lang='vi' xml:base='http://x/y/' xml:id='i' xmlns:p='u:p'><b xml:base='z/' xml:space='preserve'><c q='1'/></b></a>";
    let document = read(text).expect("read");
    let c = document.nodes().nth(3).expect("c");
    let form = |form| {
        let form = to_vec(&document, c, &method(form, false), &AllBut(&[])).expect("form");
        String::from_utf8(form).expect("UTF-8")
    };
    assert_eq!(form(Form::Exclusive), "<c q=\"1\"></c>");
    assert_eq!(
        form(Form::Inclusive10),
        "<c xmlns:p=\"u:p\" q=\"1\" xml:base=\"z/\" xml:id=\"i\" xml:lang=\"vi\" xml:space=\"preserve\"></c>"
    );
    assert_eq!(
        form(Form::Inclusive11),
        "<c xmlns:p=\"u:p\" q=\"1\" xml:base=\"http://x/y/z/\" xml:lang=\"vi\" xml:space=\"preserve\"></c>"
    );
}

#[test]
fn an_element_that_is_left_out_leaves_nothing() {
    let text = "<a>1<s xmlns='u:s'>2<t/></s>3<b/></a>";
    let document = read(text).expect("read");
    let signature = document.nodes().nth(2).expect("s");
    let left_out = [signature];
    let form = to_vec(
        &document,
        document.root(),
        &method(Form::Inclusive10, true),
        &AllBut(&left_out),
    );
    assert_eq!(form, Ok(b"<a>13<b></b></a>".to_vec()));
}

#[test]
fn a_namespace_that_is_not_absolute_has_no_form() {
    for form in [Form::Inclusive10, Form::Inclusive11, Form::Exclusive] {
        let found = canonical("<a xmlns='x/y'/>", &method(form, false));
        assert_eq!(found, Err(CanonicalError::RelativeNamespace("x/y".into())));
    }
}

#[test]
fn bombs_end_at_their_limits() {
    let deep = "<a>".repeat(1_000_000);
    assert_eq!(wrong(&deep), Some("elements inside each other"));
    let deepest = format!(
        "{}{}",
        "<a>".repeat(MAX_XML_DEPTH),
        "</a>".repeat(MAX_XML_DEPTH)
    );
    assert_eq!(wrong(&deepest), None);
    let attributes = |count: usize, name: &str, value: &str| {
        let all: String = (0..count)
            .map(|n| format!(" {name}{n}='{value}'"))
            .collect();
        format!("<a{all}/>")
    };
    for text in [
        attributes(100_000, "b", ""),
        attributes(100_000, "xmlns:b", "u:b"),
    ] {
        for form in [Form::Inclusive10, Form::Exclusive] {
            assert!(canonical(&text, &method(form, false)).is_ok());
        }
    }
    let many = attributes(MAX_XML_ATTRIBUTES + 1, "b", "");
    assert_eq!(wrong(&many), Some("attributes of one element"));
    let twice = attributes(100_000, "b", "").replace("/>", " b7=''/>");
    assert_eq!(wrong(&twice), Some("attribute that is there twice"));
    let comments = "<!---->".repeat(100_000);
    let form = canonical(
        &format!("{comments}<a/>{comments}"),
        &method(Form::Exclusive, true),
    );
    assert_eq!(form.map(|form| form.len()), Ok(1_600_007));
    let references = format!("<a>{}</a>", "&#65;".repeat(1_000_000));
    let form = canonical(&references, &method(Form::Inclusive10, false));
    assert_eq!(form.map(|form| form.len()), Ok(1_000_007));
}

/// A random element with what elements hold.
fn element() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        Just("x".to_owned()),
        Just(" \r\n\t".to_owned()),
        Just("&#13;&amp;&#x1EA7;ầ>\"'".to_owned()),
        Just("<![CDATA[<&>]]>".to_owned()),
        Just("<!-- - \r -->".to_owned()),
        Just("<?p \rq ?>".to_owned()),
    ];
    let attributes = prop::collection::btree_set(
        prop_oneof![
            Just("b='1'"),
            Just("a=\"&#9;\t&lt;'\""),
            Just("xml:lang='vi'"),
            Just("xmlns='u:1'"),
            Just("xmlns='u:2' "),
            Just("xmlns=''  "),
            Just("p:b='2'"),
            Just("xmlns:p='u:1'   "),
            Just("xmlns:p='u:3'    "),
        ],
        0..4,
    );
    let name = prop_oneof![Just("a"), Just("p:a"), Just("b")];
    let start = (name, attributes).prop_map(|(name, attributes)| {
        // One of each name: those that differ in their blanks have one name.
        let mut seen = BTreeSet::new();
        let all = attributes
            .into_iter()
            .filter(|a| seen.insert(a.split('=').next()));
        (name, all.map(|a| format!(" {a}")).collect::<String>())
    });
    let leaf = start
        .clone()
        .prop_map(|(name, attributes)| format!("<{name}{attributes}/>"));
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let held = prop_oneof![inner, text.clone()];
        (start.clone(), prop::collection::vec(held, 0..5)).prop_map(|((name, attributes), held)| {
            format!("<{name}{attributes}>{}</{name} >", held.concat())
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_canonical_form_is_its_own(inner in element()) {
        let text = format!("<?q?><p:r xmlns:p='u:0'>{inner}</p:r>");
        prop_assert_eq!(wrong(&text), None);
        let document = read(&text).expect("read");
        prop_assert_eq!(again(&document, document.root()), text.clone());
        for form in [Form::Inclusive10, Form::Inclusive11, Form::Exclusive] {
            let method = method(form, true);
            let once = canonical(&text, &method).expect("form");
            prop_assert_eq!(canonical(&once, &method), Ok(once.clone()));
        }
    }

    #[test]
    fn what_is_written_of_an_element_alone_is_what_is_written_in_its_place(inner in element()) {
        // Where nothing is inherited, the exclusive form of an element is a part of that of the whole.
        let text = format!("<r>{inner}</r>");
        if let Ok(document) = read(&text) {
            let element = document.nodes().nth(2).expect("inner");
            let method = method(Form::Exclusive, true);
            let whole = to_vec(&document, document.root(), &method, &AllBut(&[])).expect("form");
            let alone = to_vec(&document, element, &method, &AllBut(&[])).expect("form");
            let inside = whole.strip_prefix(b"<r>").and_then(|rest| rest.strip_suffix(b"</r>"));
            prop_assert_eq!(inside, Some(alone.as_slice()));
        }
    }

    #[test]
    fn no_octet_makes_it_panic(inner in element(), at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let mut bytes = format!("<p:r xmlns:p='u:0'>{inner}</p:r>").into_bytes();
        let place = at.index(bytes.len());
        bytes[place] = octet;
        if let Ok(document) = Document::read(&bytes) {
            prop_assert_eq!(again(&document, document.root()), document.text());
            let method = method(Form::Inclusive11, true);
            let _ = to_vec(&document, document.root(), &method, &AllBut(&[]));
        }
    }
}
