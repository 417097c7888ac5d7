//! XML and its canonical forms: what was read lies over its text without a gap, and what is written of it
//! is read again and written the same.

use super::targets::{Came, Outcome};
use lienthong::format::xml::canonical::{AllBut, Method, to_vec};
use lienthong::format::xml::{Child, Document, Kind, NodeId};

/// Inputs that are mostly read, from whose octets no reader of a document type gets any further.
pub(crate) const SEEDS: [&str; 4] = [
    "<?xml version='1.0' encoding='UTF-8'?><!-- a --><p:a xmlns:p='urn:p' p:b='1'><b xmlns='urn:q'>&lt;ầ</b></p:a>",
    "<a xml:base='http://x/y/' xml:lang='vi'><b xml:base='../z'><c xmlns:x='u:' x:y='&#9;'/></b>\r\n<?p q?></a>",
    "<a><![CDATA[<&]]>]]&gt;<b xmlns='u:1'><c xmlns=''/></b></a><!-- end -->",
    "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:SignedInfo Id='i'/></ds:Signature>",
];

const FORMS: [&str; 3] = [
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
];

pub(crate) fn run(input: &[u8]) -> Outcome {
    let Ok(document) = Document::read(input) else {
        return Ok(Came::Refused);
    };
    whole(&document)?;
    for uri in FORMS {
        let method = Method::from_uri(uri).ok_or("a form without a name")?;
        let Ok(form) = to_vec(&document, document.root(), &method, &AllBut(&[])) else {
            continue;
        };
        let again = Document::read(&form).map_err(|e| format!("a form that is not read: {e}"))?;
        let again = to_vec(&again, again.root(), &method, &AllBut(&[]));
        if again.as_ref() != Ok(&form) {
            return Err(format!("a form of a form that is another: {uri}"));
        }
    }
    Ok(Came::Read)
}

/// Every node lies in its parent, behind the one before it, and the pieces are the text.
fn whole(document: &Document<'_>) -> Result<(), String> {
    for id in document.nodes() {
        let (content, mut at) = (document.content(id), document.content(id).start);
        for child in document.children(id) {
            let range = match child {
                Child::Text(range) => range,
                Child::Node(inner) => inside(document, id, inner)?,
            };
            if range.start != at {
                return Err(format!("a gap before {}", range.start));
            }
            at = range.end;
        }
        let leaf = matches!(document.kind(id), Kind::Comment | Kind::Instruction);
        if at != content.end && !leaf {
            return Err(format!("a gap before {}", content.end));
        }
    }
    Ok(())
}

fn inside(
    document: &Document<'_>,
    id: NodeId,
    inner: NodeId,
) -> Result<std::ops::Range<usize>, String> {
    let right = document.parent(inner) == Some(id) && document.contains(id, inner);
    right
        .then(|| document.range(inner))
        .ok_or_else(|| "a node in another than its parent".to_owned())
}
