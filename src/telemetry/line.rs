//! One event, one line: whatever a value holds, it cannot begin a line or move a cursor.

use std::io::{self, Write};

/// Standard error, with control characters inside an event made visible.
#[derive(Clone, Copy, Debug)]
pub(super) struct OneLine;

impl Write for OneLine {
    /// Takes one whole event, as the formatter hands it over.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(escaped(event).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The event with its last line end only.
fn escaped(event: &[u8]) -> String {
    let text = String::from_utf8_lossy(event);
    let body = text.strip_suffix('\n').unwrap_or(&text);
    let mut out = String::with_capacity(text.len());
    for c in body.chars() {
        // Line and paragraph separators end a line for some readers (validation.md §7.5 T7).
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inside_an_event_ends_its_line() {
        let event = "một\r\n\u{1b}[31mhai\u{2028}ba\n".as_bytes();
        assert_eq!(escaped(event), "một\\r\\n\\u{1b}[31mhai\\u{2028}ba\n");
    }
}
