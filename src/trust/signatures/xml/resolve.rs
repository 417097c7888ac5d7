//! What a reference refers to (XMLDSig §4.4.3.2 and §4.4.3.3): this document, one element of it, or
//! another file at hand. Nothing is ever fetched.

use super::problem::Problem;
use crate::format::content::Content;
use crate::format::uri::{Named, Names, is_relative};
use crate::format::xml::{Found, Index, NodeId};
use crate::trust::validator::{Beside, Signed};

/// Whether a reference is to another file.
pub(super) fn is_external(uri: Option<&str>) -> bool {
    uri.is_some_and(|uri| !uri.is_empty() && !uri.starts_with('#'))
}

/// What a reference refers to.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// The document or one of its elements; with the comments in it or without them.
    Node { apex: NodeId, comments: bool },
    /// Another file.
    File(Beside<'a>),
}

/// `alone`: whether the signature has no other reference to another file.
pub(super) fn resolve<'a>(
    index: &Index<'_>,
    (file, names): (&Signed<'a>, &Names<'a, Beside<'a>>),
    uri: Option<&str>,
    alone: impl Fn() -> bool,
) -> Result<Target<'a>, Problem> {
    let node = |apex, comments| Ok(Target::Node { apex, comments });
    let root = index.document().root();
    let Some(uri) = uri else {
        // §4.4.3.1: whoever reads it knows what is meant.
        return file.detached.map(only).ok_or(Problem::NotFound);
    };
    let Some(fragment) = uri.strip_prefix('#') else {
        return match uri {
            // Without comments (§4.4.3.2).
            "" => node(root, false),
            other => another((file, names), other, alone),
        };
    };
    if fragment == "xpointer(/)" {
        return node(root, true);
    }
    let pointer = fragment.strip_prefix("xpointer(id(");
    if let Some(id) = pointer.and_then(|rest| rest.strip_suffix("))")) {
        let quoted = |quote| id.strip_prefix(quote)?.strip_suffix(quote);
        let id = quoted('\'').or_else(|| quoted('"'));
        let id = id.ok_or_else(|| Problem::NotSupported(uri.to_owned()))?;
        return node(by_id(index, id)?, true);
    }
    if fragment.contains('(') {
        return Err(Problem::NotSupported(uri.to_owned()));
    }
    node(by_id(index, fragment)?, false)
}

/// Attack catalogue X2: an identifier that two elements have refers to neither.
pub(super) fn by_id(index: &Index<'_>, id: &str) -> Result<NodeId, Problem> {
    match index.by_id(id) {
        Some(Found::One(node)) => Ok(node),
        Some(Found::Several) => Err(Problem::Ambiguous),
        None => Err(Problem::NotFound),
    }
}

/// A file of the same document by its name, or the one file that is said to be signed.
fn another<'a>(
    (file, names): (&Signed<'a>, &Names<'a, Beside<'a>>),
    uri: &str,
    alone: impl Fn() -> bool,
) -> Result<Target<'a>, Problem> {
    match (names.find(uri), file.detached) {
        (Named::One(one), _) => Ok(Target::File(one)),
        (Named::Several, _) => Err(Problem::Ambiguous),
        // One reference to another file, and one file: it may have been renamed. Among several another
        // name is another file.
        (Named::Nothing, Some(one)) if file.beside.len() <= 1 && is_relative(uri) && alone() => {
            Ok(only(one))
        }
        (Named::Nothing, _) => Err(Problem::NotFound),
    }
}

/// The one file that is said to be signed.
fn only(content: &dyn Content) -> Target<'_> {
    Target::File(Beside {
        name: "",
        content,
        known: None,
    })
}
