//! How a PDF is put together: as it should be, as some writers do, or not as it must be.

/// Parts of every update that differ between writers.
#[derive(Clone, Debug)]
pub struct Style {
    /// The header and what follows it.
    pub header: &'static [u8],
    /// The end of an entry of the table; §7.5.4 has two octets.
    pub entry_end: &'static str,
    /// What stands between the table and `trailer`.
    pub before_trailer: &'static str,
    /// What stands between the trailer and `startxref`.
    pub before_start: &'static str,
    /// What stands between the offset and `%%EOF`.
    pub before_end: &'static str,
    /// What stands behind `%%EOF`.
    pub after_end: &'static str,
    /// How far behind the table it is said to be.
    pub off: isize,
    /// Whether the first table counts from 1.
    pub from_one: bool,
    /// Whether the first trailer says `/Prev 0`.
    pub previous_zero: bool,
    /// How the octets of a signature are written as digits.
    pub digits: fn(&[u8]) -> String,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            // The binary comment marks the file as binary (ISO 32000-1 §7.5.2).
            header: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
            entry_end: " \n",
            before_trailer: "",
            before_start: "",
            before_end: "\n",
            after_end: "\n",
            off: 0,
            from_one: false,
            previous_zero: false,
            digits: crate::model::digest::to_hex,
        }
    }
}
