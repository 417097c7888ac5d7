//! The relationships transform of office packages (ISO/IEC 29500-2:2021 §10.5.8): of a part that says how a
//! package hangs together, the relationships that are named, in one order and with their defaults.
//!
//! What it leaves out is not covered, so that nothing under it is ever covered whole.

use crate::format::xml::signature::Relationships;
use crate::format::xml::{Index, NodeId};

const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const DEFAULT_MODE: (&str, &str) = ("TargetMode", "Internal");

/// The document that is digested, to be canonicalised; `None` if it is no such part.
pub(super) fn transformed(index: &Index<'_>, named: &Relationships) -> Option<String> {
    let root = index.document().element();
    if !index.is(root, RELATIONSHIPS, "Relationships") {
        return None;
    }
    // Step 1 and step 2 (1), (2): of other namespaces nothing is known and nothing stays.
    let own = index.elements(root).into_iter();
    let own = own.filter(|id| index.is(*id, RELATIONSHIPS, "Relationship"));
    let mut kept: Vec<(String, NodeId)> = Vec::new();
    for id in own {
        let value = |name| index.document().attribute(id, name).map(String::from);
        let (own, kind) = (value("Id"), value("Type"));
        // Step 2 (4): compared as they are.
        let by_id = own.as_ref().is_some_and(|own| named.ids.contains(own));
        let by_type = kind.is_some_and(|kind| named.types.contains(&kind));
        if by_id || by_type {
            kept.push((own.unwrap_or_default(), id));
        }
    }
    // Step 2 (3).
    kept.sort();
    let mut text = format!("<Relationships xmlns=\"{RELATIONSHIPS}\"");
    attributes(index, root, None, &mut text);
    text.push('>');
    for (_, id) in kept {
        text.push_str("<Relationship");
        attributes(index, id, Some(DEFAULT_MODE), &mut text);
        text.push_str("/>");
    }
    text.push_str("</Relationships>");
    Some(text)
}

/// Attributes without a namespace and those of XML itself; step 3 (6): with its default, if it has one.
fn attributes(index: &Index<'_>, id: NodeId, default: Option<(&str, &str)>, out: &mut String) {
    let tag = index.document().tag(id);
    let all = tag.iter().flat_map(|tag| tag.attributes());
    let all = all.filter(|a| a.declares().is_none() && matches!(a.split().0, "" | "xml"));
    let mut there = false;
    for attribute in all {
        there |= default.is_some_and(|(name, _)| name == attribute.name);
        add(attribute.name, &attribute.value(), out);
    }
    if let Some((name, value)) = default.filter(|_| !there) {
        add(name, value, out);
    }
}

fn add(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            // A reader would make spaces of them.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::xml::Document;

    #[test]
    fn the_named_relationships_are_kept_in_order_and_nothing_else() {
        let part = |inside: &str| {
            format!(
                "<p:Relationships xmlns:p=\"{RELATIONSHIPS}\" xmlns:o=\"urn:o\">{inside}</p:Relationships>"
            )
        };
        let named = Relationships {
            ids: ["rId1".to_owned(), "rId10".to_owned()].into(),
            types: ["urn:anh".to_owned()].into(),
        };
        let whole = |inside: &str| {
            format!("<Relationships xmlns=\"{RELATIONSHIPS}\">{inside}</Relationships>")
        };
        for (inside, expected) in [
            ("", ""),
            ("chữ <!-- ghi chú --> <p:Relationship Id=\"rId2\"/>", ""),
            (
                "<p:Relationship Id=\"rId2\" Type=\"urn:anh\"/><p:Relationship Id=\"rId10\"/> \
                 <p:Relationship Id=\"rId1\" o:x=\"1\" Target=\"a&#9;&amp;'&quot;&lt;\"><o:y/>chữ</p:Relationship>",
                "<Relationship Id=\"rId1\" Target=\"a&#9;&amp;'&quot;&lt;\" TargetMode=\"Internal\"/>\
                 <Relationship Id=\"rId10\" TargetMode=\"Internal\"/>\
                 <Relationship Id=\"rId2\" Type=\"urn:anh\" TargetMode=\"Internal\"/>",
            ),
            (
                "<p:Relationship TargetMode=\"External\" Id=\"rId1\"/><o:Relationship Id=\"rId10\"/>",
                "<Relationship TargetMode=\"External\" Id=\"rId1\"/>",
            ),
            (
                "<p:Relationship Id=\"RID1\"/><p:Relationship Type=\"urn:Anh\"/>",
                "",
            ),
        ] {
            let text = part(inside);
            let document = Document::read(text.as_bytes()).expect("well-formed");
            let found = transformed(&Index::of(&document), &named);
            assert_eq!(found, Some(whole(expected)), "{inside}");
        }
        let other = Document::read(b"<Relationships/>").expect("well-formed");
        assert_eq!(transformed(&Index::of(&other), &named), None);
    }
}
