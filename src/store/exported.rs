//! The events as they leave the gateway, for whoever checks a statement without it: a line of JSON that says what
//! follows, then a line for each record, in order, with the record's own bytes in Base64.
//!
//! Records hold no free text, so nothing in them is left out or blackened; bodies are not among them.

use super::{Ledger, ReadError, codec};
use crate::model::event::Recorded;
use crate::model::{Digest, Position};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead};

/// The value of `schema`: it names this form and its version.
pub const SCHEMA: &str = "lienthong-events-1";
/// The longest line read: the longest record is that of a document with 65,535 files, recipients and more.
const MAX_LINE: u64 = 32 * 1024 * 1024;

/// The first line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// The gateway's name, as configured.
    pub gateway: String,
    /// The place of the last record: they begin with record 1.
    pub until: u64,
    /// The log's hash-chain head there, in hex.
    pub chain: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    position: u64,
    #[serde(borrow)]
    record: std::borrow::Cow<'a, str>,
}

/// Why an export cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ExportedError {
    /// The medium failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The first line is not what it should be.
    #[error("the first line does not say that events of a gateway follow")]
    Header,
    /// A line that holds no record.
    #[error("line {0} holds no record")]
    Line(u64),
    /// The bytes of a record are none that this program knows.
    #[error("line {line} holds no record that is known here: {problem}")]
    Record {
        /// Which line.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// More or fewer records than the first line says, or another head.
    #[error("the events do not end as the first line says")]
    End,
}

/// Writes the events up to and with `until`, line by line.
///
/// # Errors
/// See [`ReadError`].
pub fn write(
    ledger: &dyn Ledger,
    gateway: &str,
    until: Position,
    each: &mut dyn FnMut(Vec<u8>),
) -> Result<Header, ReadError> {
    let (last, chain) = match until {
        Position::END => ledger.head()?,
        until => head_at(ledger, until)?,
    };
    let header = Header {
        schema: SCHEMA.to_owned(),
        gateway: gateway.to_owned(),
        until: last.0,
        chain: chain.to_hex(),
    };
    each(line(&header));
    ledger.replay_bytes(last, &mut |position, bytes| {
        let record = STANDARD.encode(bytes).into();
        let position = position.0;
        each(line(&Line { position, record }));
    })?;
    Ok(header)
}

fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

/// The head at an earlier record: it is read on the way there.
fn head_at(ledger: &dyn Ledger, until: Position) -> Result<(Position, Digest), ReadError> {
    let mut head = (Position::START, Digest::ZERO);
    ledger.replay_bytes(until, &mut |position, bytes| {
        head = (position, Digest::of(bytes));
    })?;
    Ok(head)
}

/// Reads an export, record by record.
#[derive(Debug)]
pub struct Exported<R> {
    from: R,
    header: Header,
    line: u64,
    buffer: Vec<u8>,
    last: (u64, Digest),
}

impl<R: BufRead> Exported<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// See [`ExportedError`].
    pub fn open(from: R) -> Result<Self, ExportedError> {
        let mut buffer = Vec::new();
        let mut from = from;
        io::Read::take(&mut from, MAX_LINE).read_until(b'\n', &mut buffer)?;
        let header: Result<Header, _> = serde_json::from_slice(&buffer);
        let header = header.ok().filter(|header| header.schema == SCHEMA);
        Ok(Self {
            from,
            header: header.ok_or(ExportedError::Header)?,
            line: 1,
            buffer,
            last: (0, Digest::ZERO),
        })
    }

    /// What the first line says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next record, and the hash that it names as its predecessor's; `None` at the end that the first line names.
    ///
    /// # Errors
    /// See [`ExportedError`].
    pub fn next_record(&mut self) -> Result<Option<(Digest, Recorded)>, ExportedError> {
        self.buffer.clear();
        let mut limited = io::Read::take(&mut self.from, MAX_LINE);
        limited.read_until(b'\n', &mut self.buffer)?;
        if self.buffer.is_empty() {
            let (until, chain) = self.last;
            let whole = until == self.header.until && chain.to_hex() == self.header.chain;
            return whole.then_some(None).ok_or(ExportedError::End);
        }
        self.line = self.line.saturating_add(1);
        let wrong = || ExportedError::Line(self.line);
        let parsed: Line<'_> = serde_json::from_slice(&self.buffer).map_err(|_| wrong())?;
        let bytes = STANDARD.decode(&*parsed.record).map_err(|_| wrong())?;
        let (previous, record) = codec::read_record(&bytes).map_err(|e| ExportedError::Record {
            line: self.line,
            problem: e.to_string(),
        })?;
        if record.position.0 != parsed.position {
            return Err(wrong());
        }
        self.last = (parsed.position, record.hash);
        Ok(Some((previous, record)))
    }
}
