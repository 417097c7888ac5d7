//! A distinguished name as people write it (RFC 4514), into DER. Reports show names in this form,
//! so one can be copied from there.

use crate::format::asn1::oid::from_dotted;
use crate::format::asn1::write::{constructed, element, oid, sequence, set_of, tag};

/// Attribute types by the names that reports use; letter case makes no difference (RFC 4514 §2.3).
const TYPES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("serialNumber", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("street", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("title", "2.5.4.12"),
    ("GN", "2.5.4.42"),
    ("organizationIdentifier", "2.5.4.97"),
    ("emailAddress", "1.2.840.113549.1.9.1"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
];
const UTF8_STRING: u8 = 0x0c;

/// The DER of a Name, most general part last in `text` as RFC 4514 §2.1 has it. Every value becomes
/// a UTF8String: comparison makes no difference between string types (RFC 5280 §7.1).
///
/// # Errors
/// What is wrong with the text.
pub(super) fn name_der(text: &str) -> Result<Vec<u8>, String> {
    let mut sets = Vec::new();
    let mut attributes = Vec::new();
    let mut rest = text;
    loop {
        let (attribute, end) = attribute(rest)?;
        attributes.push(attribute);
        let mut after = rest.get(end..).unwrap_or_default().chars();
        let separator = after.next();
        rest = after.as_str();
        if separator != Some('+') {
            let parts: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
            sets.push(set_of(&parts));
            attributes.clear();
        }
        if separator.is_none() {
            break;
        }
    }
    sets.reverse();
    let parts: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
    Ok(constructed(tag::SEQUENCE, &parts))
}

/// One attribute at the start of `text`, and where it ends.
fn attribute(text: &str) -> Result<(Vec<u8>, usize), String> {
    let wrong =
        || "expected a name in RFC 4514 form, for example O=Ban Cơ yếu Chính phủ,C=VN".to_owned();
    let (kind, _) = text.split_once('=').ok_or_else(wrong)?;
    let start = kind.len().saturating_add(1);
    let kind = kind.trim();
    let known = TYPES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(kind));
    let dotted = known.map_or(kind, |(_, dotted)| dotted);
    let identifier = from_dotted(dotted).ok_or_else(|| format!("unknown attribute {kind:?}"))?;
    let (value, length) = value(text.get(start..).unwrap_or_default()).ok_or_else(wrong)?;
    if value.is_empty() {
        return Err(wrong());
    }
    let value = element(UTF8_STRING, value.as_bytes());
    Ok((
        sequence(&[&oid(&identifier), &value]),
        start.saturating_add(length),
    ))
}

/// A value with its escapes undone (RFC 4514 §3), up to the next separator.
fn value(text: &str) -> Option<(String, usize)> {
    let mut bytes = Vec::new();
    // What is inside the escapes counts to the value even where it is a space.
    let mut kept = 0usize;
    let mut chars = text.char_indices();
    let mut end = text.len();
    while let Some((at, c)) = chars.next() {
        match c {
            ',' | '+' => {
                end = at;
                break;
            }
            '\\' => {
                let (_, next) = chars.next()?;
                if next.is_ascii_hexdigit() {
                    let (_, second) = chars.next()?;
                    let pair = next
                        .to_digit(16)?
                        .checked_mul(16)?
                        .checked_add(second.to_digit(16)?)?;
                    bytes.push(u8::try_from(pair).ok()?);
                } else {
                    bytes.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
                }
                kept = bytes.len();
            }
            '"' | ';' | '<' | '>' | '\0' => return None,
            c => {
                if !(c == ' ' && bytes.is_empty()) {
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                if c != ' ' {
                    kept = bytes.len();
                }
            }
        }
    }
    bytes.truncate(kept);
    Some((String::from_utf8(bytes).ok()?, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::name::{Name, readable};

    #[test]
    fn names_are_read_as_reports_write_them() {
        for text in [
            "C=VN",
            "CN=Sở Tài chính,O=UBND tỉnh \\\"mẫu\\\"\\, A\\+B,C=VN",
            "CN=a+serialNumber=1,DC=gov,DC=vn",
            "2.5.4.97=MST:1,emailAddress=a@b.vn",
            "CN=#1",
        ] {
            let der = name_der(text).expect(text);
            let again = name_der(&readable(&der)).expect("again");
            assert_eq!(again, der, "{text} {}", readable(&der));
        }
        let spaced = name_der(" cn = Sở Tài chính , c = VN").expect("spaced");
        assert_eq!(readable(&spaced), "CN=Sở Tài chính,C=VN");
        assert_eq!(readable(&name_der("CN=\\C6\\A0").expect("octets")), "CN=Ơ");
        let (base, below) = (name_der("O=x,C=VN"), name_der("CN=a,O=X,C=vn"));
        let name = |der: Result<Vec<u8>, String>| Name::parse(&der.expect("name")).expect("parsed");
        assert!(name(below).is_within(&name(base)));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "", "Sở", "CN=", "CN=a,", "XX=a", "CN=a;b", "CN=a\\", "CN=\\FF", "1=a",
        ] {
            assert!(name_der(text).is_err(), "{text}");
        }
    }
}
