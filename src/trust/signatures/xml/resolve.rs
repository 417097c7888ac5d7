//! What a reference refers to (XMLDSig §4.4.3.2 and §4.4.3.3): this document, one element of it, or
//! another file at hand. Nothing is ever fetched.

use super::problem::Problem;
use crate::format::content::Content;
use crate::format::xml::{Found, Index, NodeId};
use crate::trust::validator::Signed;
use std::borrow::Cow;

/// What a reference refers to.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// The document or one of its elements; with the comments in it or without them.
    Node { apex: NodeId, comments: bool },
    /// Another file.
    File(&'a dyn Content),
}

pub(super) fn resolve<'a>(
    index: &Index<'_>,
    file: &Signed<'a>,
    uri: Option<&str>,
) -> Result<Target<'a>, Problem> {
    let node = |apex, comments| Ok(Target::Node { apex, comments });
    let root = index.document().root();
    let Some(uri) = uri else {
        // §4.4.3.1: whoever reads it knows what is meant.
        return file.detached.map(Target::File).ok_or(Problem::NotFound);
    };
    let Some(fragment) = uri.strip_prefix('#') else {
        return match uri {
            // Without comments (§4.4.3.2).
            "" => node(root, false),
            other => another(file, other),
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
fn another<'a>(file: &Signed<'a>, uri: &str) -> Result<Target<'a>, Problem> {
    if has_scheme(uri) || uri.starts_with('/') || uri.contains(['#', '?']) {
        return Err(Problem::NotFound);
    }
    let plain = decoded(uri);
    let named = |name: &str| name == uri || Some(name) == plain.as_deref();
    let mut found = file.beside.iter().filter(|one| named(one.name));
    match (found.next(), file.detached) {
        (Some(one), _) => Ok(Target::File(one.content)),
        // Where names are at hand, another name is another file.
        (None, Some(one)) if file.beside.is_empty() => Ok(Target::File(one)),
        (None, _) => Err(Problem::NotFound),
    }
}

/// RFC 3986 §3.1
fn has_scheme(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else {
        return false;
    };
    !scheme.contains('/')
}

/// With percent-encoded octets (RFC 3986 §2.1) as what they stand for.
fn decoded(uri: &str) -> Option<Cow<'_, str>> {
    if !uri.contains('%') {
        return Some(Cow::Borrowed(uri));
    }
    let mut octets = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'%' {
            let (digits, behind) = rest.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            octets.push(u8::from_str_radix(digits, 16).ok()?);
            rest = behind;
        } else {
            octets.push(*first);
        }
    }
    String::from_utf8(octets).ok().map(Cow::Owned)
}
