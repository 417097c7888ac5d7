//! Values in elements: each in one piece.

use super::SignatureError;
use crate::format::xml::{Child, Index, Kind, NodeId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// An error about an element.
pub(crate) fn malformed(index: &Index<'_>, id: NodeId, what: &'static str) -> SignatureError {
    let element = index.name(id).1.to_owned();
    SignatureError::Malformed { element, what }
}

/// The text of an element that holds nothing else. A comment in a value is refused: readers differ in
/// whether they join what lies around it (CVE-2017-11428 and others).
pub(crate) fn leaf(index: &Index<'_>, id: NodeId) -> Result<String, SignatureError> {
    let document = index.document();
    for child in document.children(id) {
        if let Child::Node(inner) = child {
            return Err(match document.kind(inner) {
                Kind::Comment | Kind::Instruction => {
                    SignatureError::Interrupted(index.name(id).1.to_owned())
                }
                Kind::Element | Kind::Document => malformed(index, id, "an element in a value"),
            });
        }
    }
    Ok(document.character_data(id))
}

/// The octets of an element in base64 (XML Schema part 2 §3.2.16): white space anywhere, nothing else.
pub(crate) fn base64(index: &Index<'_>, id: NodeId) -> Result<Vec<u8>, SignatureError> {
    let text = leaf(index, id)?;
    decoded(&text).ok_or_else(|| malformed(index, id, "not base64"))
}

/// What base64 with white space stands for.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text.bytes().filter(|b| !is_blank(*b)).collect();
    STANDARD.decode(compact).ok()
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

/// Checks that between the elements of one that holds only elements nothing else is written.
pub(crate) fn blank(index: &Index<'_>, id: NodeId) -> Result<(), SignatureError> {
    let document = index.document();
    for child in document.children(id) {
        if let Child::Text(range) = child
            && !document.slice(range).bytes().all(is_blank)
        {
            return Err(malformed(index, id, "text between its elements"));
        }
    }
    Ok(())
}

/// The elements of one that holds nothing but elements; `most` of them at most.
pub(crate) fn only(
    index: &Index<'_>,
    id: NodeId,
    (what, most): (&'static str, usize),
) -> Result<Vec<NodeId>, SignatureError> {
    blank(index, id)?;
    let elements = index.elements(id);
    if elements.len() > most {
        return Err(SignatureError::TooMany { what, limit: most });
    }
    Ok(elements)
}

/// Checks that an element holds nothing.
pub(super) fn empty(index: &Index<'_>, id: NodeId) -> Result<(), SignatureError> {
    Sequence::of(index, id, ("elements", 1))?.end()
}

/// An attribute that must be there.
pub(crate) fn demanded<'d>(
    index: &Index<'d>,
    id: NodeId,
    name: &str,
) -> Result<Cow<'d, str>, SignatureError> {
    let found = index.document().attribute(id, name);
    found.ok_or_else(|| malformed(index, id, "an attribute is missing"))
}

/// An attribute that may be there.
pub(super) fn optional(index: &Index<'_>, id: NodeId, name: &str) -> Option<String> {
    index.document().attribute(id, name).map(Cow::into_owned)
}

/// The children of an element, taken one after the other as a sequence of the schema has them.
pub(super) struct Sequence<'i, 'd> {
    index: &'i Index<'d>,
    of: NodeId,
    rest: std::iter::Peekable<std::vec::IntoIter<NodeId>>,
}

impl<'i, 'd> Sequence<'i, 'd> {
    pub(super) fn of(
        index: &'i Index<'d>,
        id: NodeId,
        most: (&'static str, usize),
    ) -> Result<Self, SignatureError> {
        Ok(Self {
            index,
            of: id,
            rest: only(index, id, most)?.into_iter().peekable(),
        })
    }

    /// The next element, if it has that name.
    pub(super) fn optional(&mut self, namespace: &str, local: &str) -> Option<NodeId> {
        let index = self.index;
        self.rest.next_if(|id| index.is(*id, namespace, local))
    }

    /// The next element, which must have that name.
    pub(super) fn demanded(
        &mut self,
        namespace: &str,
        local: &str,
    ) -> Result<NodeId, SignatureError> {
        let found = self.optional(namespace, local);
        found.ok_or_else(|| malformed(self.index, self.of, "an element is missing or out of order"))
    }

    /// Nothing may follow.
    pub(super) fn end(mut self) -> Result<(), SignatureError> {
        match self.rest.next() {
            None => Ok(()),
            Some(_) => Err(malformed(
                self.index,
                self.of,
                "an element that does not belong there",
            )),
        }
    }
}
