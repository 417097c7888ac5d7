//! Metadata (ISO 32000-2 §14.3.2): XMP, and nothing else under its name.

use super::{Comparison, Objection};
use crate::format::pdf::View;
use crate::trust::changes::{ChangeKind, ChangeLevel};

/// Elements inside each other; XMP has about ten.
const MAX_DEPTH: usize = 100;

impl Comparison<'_, '_> {
    pub(super) fn metadata(&mut self) -> Result<(), Objection> {
        let (old, new) = self.catalogs()?;
        let malformed = |number| Objection::to(number, ChangeKind::MetadataMalformed);
        let before = old.reference(b"Metadata");
        let Some(number) = new.reference(b"Metadata") else {
            let kept = old.under(b"Metadata", self.old).is_none();
            let direct = new.under(b"Metadata", self.new).is_some();
            return if kept && !direct {
                Ok(())
            } else {
                Err(malformed(before))
            };
        };
        if before == Some(number) && !self.overridden.contains(&number) {
            return Ok(());
        }
        // A stream is overridden here alone, so that both have to be what they are called.
        let olds = before.is_none_or(|before| is_metadata(before, self.old));
        if !olds || !is_metadata(number, self.new) {
            return Err(malformed(Some(number)));
        }
        let what = (ChangeLevel::Updates, ChangeKind::Metadata);
        if before == Some(number) {
            let site = old.site(b"Metadata");
            return self.approve(number, what, |used| *used == site);
        }
        self.note(number, what.0, what.1);
        Ok(())
    }
}

fn is_metadata(number: u32, view: View<'_, '_>) -> bool {
    let object = view.object(number).filter(|object| object.is_stream);
    let data = object.and_then(|object| view.decoded(&object));
    data.is_some_and(|data| is_xmp(&data).is_some())
}

/// Whether these are elements inside an `xmpmeta`, opened and closed in order, without a document
/// type. What they say does not matter.
fn is_xmp(data: &[u8]) -> Option<()> {
    let mut rest = std::str::from_utf8(data).ok()?;
    let mut open: Vec<&str> = Vec::new();
    let mut root = None;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at_checked(at)?;
        if open.is_empty() && !before.trim_matches(['\u{feff}', '\0']).trim().is_empty() {
            return None;
        }
        rest = if let Some(inside) = tag.strip_prefix("<?") {
            inside.split_once("?>")?.1
        } else if let Some(inside) = tag.strip_prefix("<!--") {
            inside.split_once("-->")?.1
        } else if let Some(inside) = tag.strip_prefix("<![CDATA[") {
            (!open.is_empty()).then_some(())?;
            inside.split_once("]]>")?.1
        } else if let Some(inside) = tag.strip_prefix("</") {
            let (name, after) = inside.split_once('>')?;
            (open.pop()? == name.trim_end()).then_some(())?;
            after
        } else {
            let (name, empty, after) = start(tag.get(1..)?)?;
            (!open.is_empty() || root.is_none()).then_some(())?;
            root.get_or_insert(name);
            if !empty {
                open.push(name);
                (open.len() <= MAX_DEPTH).then_some(())?;
            }
            after
        };
    }
    let ended = open.is_empty() && rest.trim_matches('\0').trim().is_empty();
    let name = root?.rsplit(':').next()?;
    (ended && name == "xmpmeta").then_some(())
}

/// The name of a start tag, whether it is empty, and what follows it.
fn start(tag: &str) -> Option<(&str, bool, &str)> {
    let name = tag
        .split(|c: char| c.is_whitespace() || c == '>' || c == '/')
        .next()?;
    let first = name.chars().next()?;
    (first.is_alphabetic() || first == '_').then_some(())?;
    let mut quoted = None;
    for (at, c) in tag.char_indices() {
        match (quoted, c) {
            (None, '"' | '\'') => quoted = Some(c),
            (Some(mark), c) if mark == c => quoted = None,
            (None, '>') => {
                let inside = tag.get(..at)?;
                return Some((
                    name,
                    inside.ends_with('/'),
                    tag.get(at.saturating_add(1)..)?,
                ));
            }
            (_, '<') => return None,
            (None | Some(_), _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::is_xmp;

    #[test]
    fn elements_inside_an_xmpmeta() {
        let good = "<?xpacket begin='\u{feff}'?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><a b='>'/>\
                    <!-- c --><d>e</d></x:xmpmeta>  <?xpacket end=\"w\"?>";
        assert!(is_xmp(good.as_bytes()).is_some());
        for bad in [
            "",
            "text",
            "<a/>",
            "<x:xmpmeta>",
            "<x:xmpmeta></x:other>",
            "<x:xmpmeta/><x:xmpmeta/>",
            "<x:xmpmeta/>tail",
            "<!DOCTYPE a><x:xmpmeta/>",
            "<x:xmpmeta a='<'/>",
            "q <x:xmpmeta/>",
        ] {
            assert!(is_xmp(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(is_xmp(b"\xff<x:xmpmeta/>").is_none());
    }
}
