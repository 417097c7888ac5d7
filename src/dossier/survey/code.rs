//! One-time codes, as they are printed on a result slip.

use crate::model::Digest;
use std::fmt;

/// Octets of chance in a code: 80 bits, so that nobody meets one by trying and no digest is turned back.
pub const CODE_BYTES: usize = 10;

/// Codes that are made at a time. An answer leads to no fewer slips than a batch has, where as many were handed out.
pub const BATCH: usize = 20;

/// Letters that nobody takes for another on paper (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code: sixteen letters and digits. It is a secret until it is spent, and is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The code of that chance.
    #[must_use]
    pub fn new(chance: [u8; CODE_BYTES]) -> Self {
        let mut text = String::with_capacity(16);
        let (mut held, mut bits) = (0_u32, 0_u32);
        for byte in chance {
            held = (held << 8) | u32::from(byte);
            bits = bits.saturating_add(8);
            while bits >= 5 {
                bits = bits.saturating_sub(5);
                let place = usize::try_from((held >> bits) & 31).unwrap_or_default();
                text.push(LETTERS.get(place).copied().map_or('0', char::from));
            }
            held &= 31;
        }
        Self(text)
    }

    /// Reads a code as people write it: small letters, spaces and hyphens are no matter, nor is O for 0, or I and L for 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Nobody puts a mark behind every letter.
        if text.len() > 64 {
            return None;
        }
        let mut code = String::with_capacity(16);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if !u8::try_from(c).is_ok_and(|c| LETTERS.contains(&c)) {
                return None;
            }
            code.push(c);
        }
        (code.len() == 16).then_some(Self(code))
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

/// In groups of four, as it is printed.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, letter) in self.0.chars().enumerate() {
            if place > 0 && place.is_multiple_of(4) {
                f.write_str("-")?;
            }
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}
