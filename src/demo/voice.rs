//! What the demo says to the person who runs it.

use crate::lang::text;
use crate::model::Language;
use std::fmt;
use std::io::Write;

/// Talks to the person who runs the demo.
pub struct Voice<'a> {
    /// In which language.
    pub language: Language,
    /// Where to.
    pub out: &'a mut (dyn Write + Send),
}

impl fmt::Debug for Voice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Voice({})", self.language)
    }
}

impl Voice<'_> {
    /// Says the sentence `key`.
    pub fn say(&mut self, key: &str, values: &[(&str, &str)]) {
        let sentence = text(self.language, key, values);
        self.print(&sentence);
    }

    /// Prints a line.
    pub fn print(&mut self, line: &str) {
        // A closed terminal is no reason to stop half-way.
        let _ = writeln!(self.out, "{}", line.trim_end());
        let _ = self.out.flush();
    }

    /// The sentence `key` as a word for a table.
    #[must_use]
    pub fn word(&self, key: &str) -> String {
        text(self.language, key, &[])
    }
}
