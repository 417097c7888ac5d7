//! Traces of signatures in the body that no field holds: one whose field was blanked, freed or
//! replaced is not "no signature" (attack catalogue P1).

use super::PdfError;
use super::document::Document;
use super::lexer::Lexer;
use super::signature::SignatureDictionary;
use super::value::{Dictionary, Value};
use crate::format::limits::MAX_PDF_SIGNS;
use std::ops::Range;

/// White space and comments looked through for what follows `/SubFilter`; a writer puts one space.
const MAX_GAP: usize = 256;

/// Adds what looks like a signature in the body and is held by no field.
pub(super) fn add(
    document: &Document<'_>,
    found: &mut Vec<SignatureDictionary>,
) -> Result<(), PdfError> {
    let codes: Vec<Range<usize>> = codes(document).collect();
    let held = found.iter().map(|s| &s.range).chain(&codes);
    let held: Vec<Range<usize>> = held.cloned().collect();
    let known = |at: &usize| held.iter().any(|range| range.contains(at));
    let mut places: Vec<usize> = Vec::new();
    for at in signs(document.bytes).filter(|at| !known(at)) {
        if places.len() >= MAX_PDF_SIGNS {
            return Err(PdfError::TooMany {
                what: "traces of signatures",
                limit: MAX_PDF_SIGNS,
            });
        }
        places.push(at);
    }
    if places.is_empty() {
        return Ok(());
    }
    places.sort_unstable();
    let starts = document.starts();
    let around = |at: &usize| {
        let before = starts.partition_point(|(start, ..)| start <= at);
        before.checked_sub(1).and_then(|i| starts.get(i)).copied()
    };
    // Places in one object stand side by side, so each object is read once.
    for same in places.chunk_by(|a, b| around(a) == around(b)) {
        let object = same.first().and_then(around);
        add_from(document, object, same, found);
    }
    Ok(())
}

/// What stands at `places`, all of them behind the start of one object, unless they are in the data
/// of its stream.
fn add_from(
    document: &Document<'_>,
    object: Option<(usize, u32, usize)>,
    places: &[usize],
    found: &mut Vec<SignatureDictionary>,
) {
    let outside = || SignatureDictionary::broken("?".into(), "outside any object");
    let read = object.and_then(|(start, number, revision)| {
        let mut lexer = Lexer::new(document.bytes, start);
        let (found, _) = lexer.object_header().ok()?;
        let value = document.value(&mut lexer).ok()?;
        (found == number).then_some((value, number, revision))
    });
    let Some((Value::Dictionary(dictionary), number, revision)) = read else {
        found.push(outside());
        return;
    };
    let here = places.iter().any(|at| dictionary.range.contains(at));
    if here && !usage_rights(document, number, &dictionary) {
        let name = format!("object {number}");
        let view = document.view(revision);
        let mut stray = SignatureDictionary::read(name, &dictionary, view);
        stray.fields = 0;
        found.push(stray);
    }
    let data = document.stream_range(&dictionary, revision);
    let data = data.unwrap_or_default();
    let inside = |at: &usize| dictionary.range.contains(at) || data.contains(at);
    if !places.iter().all(inside) {
        found.push(outside());
    }
}

/// A signature for the rights of one reader (§12.8.2.3, deprecated): it is about that reader, covers what
/// its maker knew, and no field holds it.
fn usage_rights(document: &Document<'_>, number: u32, dictionary: &Dictionary<'_>) -> bool {
    let view = document.newest();
    let rights = view.catalog().and_then(|c| view.dictionary(&c, b"Perms"));
    let named = rights.is_some_and(|rights| {
        let entries = [&b"UR3"[..], b"UR"].into_iter();
        let mut entries = entries.filter_map(|key| rights.get(key)?.reference());
        entries.any(|held| held == number)
    });
    let references = dictionary.get(b"Reference").and_then(Value::array);
    let method = |reference: &Value<'_>| {
        let method = reference
            .dictionary()
            .and_then(|r| r.get(b"TransformMethod"));
        matches!(method.and_then(Value::name), Some(b"UR3" | b"UR"))
    };
    let alone = references.is_some_and(|all| !all.is_empty() && all.iter().all(method));
    named && alone
}

/// Where the trailers of an encrypted file hold a code by whoever knows the password (ISO/TS 32004
/// §5.2), which has a `/ByteRange` and is no signature.
fn codes<'d>(document: &'d Document<'_>) -> impl Iterator<Item = Range<usize>> + 'd {
    let trailers = document.sections.iter().filter(|_| document.encrypted);
    let codes = trailers.filter_map(|section| section.trailer.get(b"AuthCode")?.dictionary());
    let alone = |code: &&Dictionary<'_>| {
        code.get(b"MACLocation").and_then(Value::name) == Some(b"Standalone")
            && code.get(b"SubFilter").is_none()
    };
    codes.filter(alone).map(|code| code.range.clone())
}

/// Places that only a signature dictionary has: `/ByteRange`, and `/SubFilter` before a name (seed
/// values have it before an array).
fn signs(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let ranges = memchr::memmem::find_iter(bytes, b"/ByteRange");
    let filters = memchr::memmem::find_iter(bytes, b"/SubFilter").filter(|at| {
        let from = at.saturating_add(10);
        let near = bytes.len().min(from.saturating_add(MAX_GAP));
        let mut lexer = Lexer::new(bytes.get(..near).unwrap_or_default(), from);
        lexer.skip_space();
        // What hides behind a longer gap is taken for a name.
        lexer.pos == near && near < bytes.len() || lexer.literal(b"/")
    });
    ranges.chain(filters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traces(code: &str, encrypt: &str) -> usize {
        let body = "%PDF-2.0\n1 0 obj\n<< /Type /Catalog >>\nendobj\n";
        let at = body.len();
        let table = "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n";
        let text = format!(
            "{body}{table}trailer\n<< /Size 2 /Root 1 0 R {encrypt} /AuthCode {code} >>\n\
             startxref\n{at}\n%%EOF\n"
        );
        let document = Document::read(text.as_bytes()).expect("read");
        document.signatures().expect("signatures").len()
    }

    #[test]
    fn the_code_of_an_encrypted_file_is_no_signature() {
        let code = "<< /MACLocation /Standalone /ByteRange [0 9 20 30] /MAC <00> >>";
        let encrypted = "/Encrypt << /Filter /Standard >>";
        assert_eq!(traces(code, encrypted), 0);
        // Nobody has a password to a file that has none.
        assert_eq!(traces(code, ""), 1);
        for other in [
            "<< /ByteRange [0 9 20 30] >>",
            "<< /MACLocation /AttachedToSig /ByteRange [0 9 20 30] >>",
            "<< /MACLocation /Standalone /ByteRange [0 9 20 30] /SubFilter /adbe.pkcs7.detached >>",
        ] {
            assert_eq!(traces(other, encrypted), 1, "{other}");
        }
    }
}
