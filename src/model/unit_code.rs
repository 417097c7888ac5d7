//! Unit codes of the two national schemes.

use std::fmt;
use std::sync::Arc;

/// A unit's code, upper-case, at most 35 characters of `[0-9A-Z.]` (QĐ 20/2020/QĐ-TTg, Điều 4–6).
/// The older form of QCVN 102:2016 (`000.01.12.H28`) fits the same alphabet and length.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode(Arc<str>);

impl UnitCode {
    /// The longest code of QĐ 20/2020/QĐ-TTg.
    pub const MAX: usize = 35;

    /// Parses a code; `None` if it is empty, too long, has other characters or empty groups.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= Self::MAX;
        let group = |g: &str| {
            !g.is_empty()
                && g.bytes()
                    .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        };
        (fits && text.split('.').all(group)).then(|| Self(text.into()))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
