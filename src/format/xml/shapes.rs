//! Documents of one shape: what their trees take, and that these say what lies around what.

use super::Document;

/// Octets of each document without its beginning and end.
const OCTETS: usize = 300_000;

fn latin1(text: &str) -> Vec<u8> {
    let declared = format!("<?xml version='1.0' encoding='ISO-8859-1'?>{text}");
    declared
        .chars()
        .map(|c| u8::try_from(c).expect("Latin-1"))
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_be_bytes).collect()
}

/// What is repeated, and what is written around that.
const SHAPES: [(&str, &str, &str); 22] = [
    ("", "<a/>", ""),
    ("", "<é/>", ""),
    ("", "<a b=\"\"/>", ""),
    ("", "<é é=''/>", ""),
    ("", "<a></a>", ""),
    ("", "<a>x</a>", ""),
    ("", "<é>é</é>", ""),
    ("", "<é><é/></é>", ""),
    ("", "<a><b><c/></b></a>", ""),
    ("", "<?a?>", ""),
    ("", "<?é?>", ""),
    ("", "<!---->", ""),
    ("", "é", ""),
    ("", "x", ""),
    ("", "&#1113;", ""),
    ("", "<a Id=''/>", ""),
    ("", "<a xmlns=''/>", ""),
    ("", "<p:a xmlns:p='u:'/>", ""),
    ("<a><b><c>", "<é/>", "</c></b></a>"),
    ("<a b=\"", "é", "\"/>"),
    ("<!--", "é", "-->"),
    ("<![CDATA[", "é", "]]>"),
];

fn documents() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (before, one, after) in SHAPES {
        let many = one.repeat(OCTETS.div_ceil(one.len()));
        let text = format!("<r>{before}{many}{after}</r>");
        all.push((format!("{one} in Latin-1"), latin1(&text)));
        all.push((format!("{one} in UTF-16"), utf16(&text)));
        all.push((format!("{one} in UTF-8"), text.into_bytes()));
    }
    all.push(("deep".into(), latin1(&deep())));
    all.push((
        "wide".into(),
        utf16(&"<r>\u{fffd}</r>".replace('\u{fffd}', &"ữ".repeat(OCTETS))),
    ));
    all
}

/// As many elements inside each other as may be, all of them long, again and again.
fn deep() -> String {
    let depth = 250;
    let (begin, end) = ("<é>".repeat(depth), "</é>".repeat(depth));
    let one = format!("{begin}{}{end}", "<é/>".repeat(2048));
    format!("<r>{}</r>", one.repeat(40))
}

#[test]
fn a_tree_is_at_most_three_times_its_document() {
    for (name, bytes) in documents() {
        let document = Document::read(&bytes).expect("well-formed");
        let (octets, most) = (document.octets(), bytes.len() * 3);
        assert!(
            octets <= most,
            "{name}: {octets} octets for {}",
            bytes.len()
        );
    }
}

#[test]
fn what_lies_around_a_node_is_found_from_any_place() {
    for (name, bytes) in documents() {
        let document = Document::read(&bytes).expect("well-formed");
        let nodes = document.nodes().count();
        // All would take as long as they are many times 32.
        let every = nodes.div_ceil(20_000);
        for (id, parent) in document.nodes_with_parents().step_by(every) {
            assert_eq!(document.parent(id), parent, "{name}: {id:?}");
            let around = parent.is_none_or(|parent| document.contains(parent, id));
            assert!(around && document.after(id) > id, "{name}: {id:?}");
        }
    }
}
