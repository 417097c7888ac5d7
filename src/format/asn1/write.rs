//! Writes DER (X.690 §10) bottom-up: each function returns one complete encoding.

/// Universal and context tags used by the structures written here.
pub mod tag {
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// SEQUENCE, constructed.
    pub const SEQUENCE: u8 = 0x30;
    /// SET, constructed.
    pub const SET: u8 = 0x31;
    /// Context-specific, constructed, number `n` below 31.
    #[must_use]
    pub const fn context(n: u8) -> u8 {
        0xa0 | (n & 0x1f)
    }
}

/// One element: `tag`, definite length, `content`.
#[must_use]
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len().saturating_add(6));
    out.push(tag);
    length(content.len(), &mut out);
    out.extend_from_slice(content);
    out
}

/// A constructed element over complete encodings.
#[must_use]
pub fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// SEQUENCE over complete encodings.
#[must_use]
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    constructed(tag::SEQUENCE, parts)
}

/// SET OF over complete encodings, sorted as DER demands (X.690 §11.6).
#[must_use]
pub fn set_of(parts: &[&[u8]]) -> Vec<u8> {
    let mut sorted = parts.to_vec();
    sorted.sort();
    constructed(tag::SET, &sorted)
}

/// OBJECT IDENTIFIER from its content octets.
#[must_use]
pub fn oid(content: &[u8]) -> Vec<u8> {
    element(tag::OID, content)
}

/// OCTET STRING.
#[must_use]
pub fn octet_string(content: &[u8]) -> Vec<u8> {
    element(tag::OCTET_STRING, content)
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    element(tag::NULL, &[])
}

/// A small non-negative INTEGER.
#[must_use]
pub fn small_integer(value: u8) -> Vec<u8> {
    if value < 0x80 {
        element(tag::INTEGER, &[value])
    } else {
        element(tag::INTEGER, &[0, value])
    }
}

fn length(len: usize, out: &mut Vec<u8>) {
    match u8::try_from(len) {
        Ok(short) if short < 0x80 => out.push(short),
        Ok(_) | Err(_) => {
            let bytes = len.to_be_bytes();
            let skip = bytes.iter().take_while(|b| **b == 0).count();
            let significant = bytes.get(skip..).unwrap_or_default();
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(0));
            out.extend_from_slice(significant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_their_shortest_form() {
        for (len, head) in [
            (0usize, vec![4, 0]),
            (127, vec![4, 127]),
            (128, vec![4, 0x81, 128]),
            (255, vec![4, 0x81, 255]),
            (256, vec![4, 0x82, 1, 0]),
            (65_536, vec![4, 0x83, 1, 0, 0]),
        ] {
            let der = octet_string(&vec![7; len]);
            assert_eq!(der[..head.len()], head[..], "{len}");
            assert_eq!(der.len(), head.len() + len);
        }
    }

    #[test]
    fn sets_are_sorted() {
        let (a, b) = (small_integer(200), small_integer(1));
        assert_eq!(set_of(&[&a, &b]), set_of(&[&b, &a]));
        assert_eq!(set_of(&[&a, &b])[2..5], b[..]);
    }
}
