//! A streaming reader of `multipart/form-data` (RFC 7578, RFC 2046 §5.1): parts in order, chunks as
//! they arrive, every length bounded, nothing buffered but the tail that may hide a boundary.

use super::problem::{Problem, ProblemCode};
use crate::http::text::Args;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use memchr::memmem::Finder;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The head of one part: names, types and a digest fit many times.
const MAX_HEAD: usize = 8 * 1024;
/// RFC 2046 §5.1.1.
const MAX_BOUNDARY: usize = 70;
/// What may follow the last boundary; nobody needs any of it.
const MAX_EPILOGUE: usize = 1024;
/// The slowest upload, in bytes a second, and the time before that is asked for.
const SLOWEST: u64 = 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// The body of a request, read with deadlines.
pub(super) struct Incoming {
    stream: BodyDataStream,
    idle: Duration,
    started: Instant,
    received: u64,
}

impl Incoming {
    pub(super) fn new(body: Body, idle: Duration) -> Self {
        Self {
            stream: body.into_data_stream(),
            idle,
            started: Instant::now(),
            received: 0,
        }
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let next = timeout(self.idle, self.stream.next());
        let next = next.await.map_err(|_| ProblemCode::Timeout)?;
        let Some(chunk) = next else {
            return Ok(None);
        };
        // A body that breaks off is the client's connection or its length being a lie.
        let chunk = chunk.map_err(|_| ProblemCode::Truncated)?;
        let len = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.received = self.received.saturating_add(len);
        let elapsed = self.started.elapsed();
        if elapsed > PATIENCE && self.received < elapsed.as_secs().saturating_mul(SLOWEST) {
            return Err(ProblemCode::Timeout.into());
        }
        Ok(Some(chunk))
    }
}

/// The head of one part.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) name: String,
    /// `filename`, where it is said.
    pub(super) file_name: Option<String>,
    pub(super) headers: HeaderMap,
}

enum Place {
    /// Before the first boundary.
    Start,
    /// Inside a part.
    Part,
    /// After a boundary.
    Boundary,
    /// After the last one.
    End,
}

/// The parts of a body.
pub(super) struct Parts {
    incoming: Incoming,
    /// `\r\n--` and the boundary.
    delimiter: Finder<'static>,
    buffer: Bytes,
    place: Place,
}

impl Parts {
    /// Begins to read a body whose type is `multipart/form-data`.
    pub(super) fn new(headers: &HeaderMap, incoming: Incoming) -> Result<Self, Problem> {
        let value = headers.get(header::CONTENT_TYPE);
        let value = value.and_then(|v| v.to_str().ok()).unwrap_or_default();
        let boundary = boundary(value)?;
        let mut delimiter = b"\r\n--".to_vec();
        delimiter.extend_from_slice(boundary.as_bytes());
        Ok(Self {
            incoming,
            delimiter: Finder::new(&delimiter).into_owned(),
            // The first boundary has no line before it; this is the one it would have.
            buffer: Bytes::from_static(b"\r\n"),
            place: Place::Start,
        })
    }

    /// Appends what comes next to the buffer.
    async fn more(&mut self) -> Result<(), Problem> {
        let Some(chunk) = self.incoming.next().await? else {
            return Err(ProblemCode::Truncated.into());
        };
        if self.buffer.is_empty() {
            self.buffer = chunk;
        } else {
            let len = self.buffer.len().saturating_add(chunk.len());
            let mut joined = BytesMut::with_capacity(len);
            joined.extend_from_slice(&self.buffer);
            joined.extend_from_slice(&chunk);
            self.buffer = joined.freeze();
        }
        Ok(())
    }

    /// The head of the next part; what is left of the one before is an error, for every part is
    /// read to its end. `None` after the last.
    pub(super) async fn part(&mut self) -> Result<Option<Head>, Problem> {
        match self.place {
            Place::End => return Ok(None),
            Place::Start => self.first_boundary().await?,
            Place::Part => return Err(broken("field-part-unread")),
            Place::Boundary => {}
        }
        // After a boundary: `--` ends the body, a new line begins a part.
        while self.buffer.len() < 2 {
            self.more().await?;
        }
        let after = self.buffer.split_to(2);
        if after.as_ref() == b"--" {
            self.place = Place::End;
            return self.epilogue().await.map(|()| None);
        }
        if after.as_ref() != b"\r\n" {
            return Err(broken("field-boundary-line"));
        }
        let head = self.head().await?;
        self.place = Place::Part;
        Ok(Some(head))
    }

    async fn first_boundary(&mut self) -> Result<(), Problem> {
        let needle = self.delimiter.needle().len();
        while self.buffer.len() < needle {
            self.more().await?;
        }
        if self.buffer.split_to(needle).as_ref() != self.delimiter.needle() {
            return Err(broken("field-no-boundary"));
        }
        Ok(())
    }

    async fn epilogue(&mut self) -> Result<(), Problem> {
        let mut seen = self.buffer.len();
        self.buffer = Bytes::new();
        while let Some(chunk) = self.incoming.next().await? {
            seen = seen.saturating_add(chunk.len());
            if seen > MAX_EPILOGUE {
                return Err(broken("field-epilogue"));
            }
        }
        Ok(())
    }

    async fn head(&mut self) -> Result<Head, Problem> {
        let mut headers = HeaderMap::new();
        let mut left = MAX_HEAD;
        loop {
            let line = self.line(&mut left).await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = field(&line).ok_or_else(|| broken("field-part-header"))?;
            headers.append(name, value);
        }
        let said = headers
            .get(header::CONTENT_DISPOSITION)
            .and_then(|v| std::str::from_utf8(v.as_bytes()).ok());
        let name = said.and_then(|v| parameter(v, "name"));
        let name = name.ok_or_else(|| broken("field-part-name"))?;
        let file_name = said.and_then(|v| parameter(v, "filename"));
        Ok(Head {
            name,
            file_name,
            headers,
        })
    }

    async fn line(&mut self, left: &mut usize) -> Result<Bytes, Problem> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n") {
                let line = self.buffer.split_to(end);
                let _ = self.buffer.split_to(2);
                *left = left.checked_sub(end).ok_or(ProblemCode::HeadTooLarge)?;
                return Ok(line);
            }
            if self.buffer.len() > *left {
                return Err(ProblemCode::HeadTooLarge.into());
            }
            self.more().await?;
        }
    }

    /// The next bytes of the part; `None` at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            if !matches!(self.place, Place::Part) {
                return Ok(None);
            }
            let needle = self.delimiter.needle().len();
            if let Some(end) = self.delimiter.find(&self.buffer) {
                let data = self.buffer.split_to(end);
                let _ = self.buffer.split_to(needle);
                self.place = Place::Boundary;
                return Ok((!data.is_empty()).then_some(data));
            }
            let safe = safe(&self.buffer, needle);
            if safe > 0 {
                return Ok(Some(self.buffer.split_to(safe)));
            }
            self.more().await?;
        }
    }

    /// The whole part, at most `max` bytes.
    pub(super) async fn whole(&mut self, max: usize) -> Result<Bytes, Problem> {
        let mut all = BytesMut::new();
        let mut first: Option<Bytes> = None;
        while let Some(chunk) = self.chunk().await? {
            let len = all.len().max(first.as_ref().map_or(0, Bytes::len));
            if len.saturating_add(chunk.len()) > max {
                let args = vec![("max", max.to_string())];
                return Err(Problem::new(ProblemCode::TooLarge).at("", "field-max-bytes", args));
            }
            match first.take() {
                None if all.is_empty() => first = Some(chunk),
                None => all.extend_from_slice(&chunk),
                Some(before) => {
                    all.extend_from_slice(&before);
                    all.extend_from_slice(&chunk);
                }
            }
        }
        Ok(first.unwrap_or_else(|| all.freeze()))
    }
}

/// How many bytes from the front cannot be the beginning of a delimiter.
fn safe(buffer: &[u8], needle: usize) -> usize {
    let tail = buffer.len().saturating_sub(needle.saturating_sub(1));
    let rest = buffer.get(tail..).unwrap_or_default();
    let hides = memchr::memchr(b'\r', rest);
    hides.map_or(buffer.len(), |at| tail.saturating_add(at))
}

fn broken(key: &'static str) -> Problem {
    Problem::new(ProblemCode::MultipartInvalid).at("", key, Args::new())
}

fn boundary(content_type: &str) -> Result<String, Problem> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("multipart/form-data") {
        return Err(ProblemCode::MediaType.into());
    }
    let boundary = parameter(content_type, "boundary");
    let boundary = boundary.filter(|b| !b.is_empty() && b.len() <= MAX_BOUNDARY);
    boundary.ok_or_else(|| broken("field-no-boundary"))
}

fn field(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = memchr::memchr(b':', line)?;
    let name = HeaderName::from_bytes(line.get(..colon)?).ok()?;
    let value = line.get(colon.saturating_add(1)..)?.trim_ascii();
    Some((name, HeaderValue::from_bytes(value).ok()?))
}

/// The value of a parameter, quoted (with `\"` and `\\`) or bare.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (found, left) = if let Some(quoted) = after.strip_prefix('"') {
            unquote(quoted)?
        } else {
            let end = after.find(';').unwrap_or(after.len());
            let (bare, left) = after.split_at_checked(end)?;
            (bare.trim().to_owned(), left)
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(found);
        }
        rest = left.trim_start().strip_prefix(';')?;
    }
}

fn unquote(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return text.get(at.saturating_add(1)..).map(|left| (out, left)),
            '\\' => out.push(chars.next()?.1),
            _ => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn parts(body: &[u8], step: usize) -> Parts {
        let chunks: Vec<Result<Bytes, std::io::Error>> = body
            .chunks(step)
            .map(|c| Ok(Bytes::copy_from_slice(c)))
            .collect();
        let body = Body::from_stream(stream::iter(chunks));
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("multipart/form-data; boundary=\"x y\"");
        headers.insert(header::CONTENT_TYPE, kind);
        let incoming = Incoming::new(body, Duration::from_secs(5));
        Parts::new(&headers, incoming).expect("multipart")
    }

    const BODY: &[u8] =
        b"--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--x\r\n\
        --x y\r\nContent-Disposition: form-data; filename=\"q\\\"; name=b\"; name=\"file\"\r\n\
        Content-Type: text/plain\r\n\r\n\r\n--x y--\r\n";

    #[tokio::test]
    async fn parts_come_whole_whatever_the_chunks() {
        for step in 1..=BODY.len() {
            let mut parts = parts(BODY, step);
            let head = parts.part().await.expect("read").expect("part");
            assert_eq!(head.name, "a");
            let whole = parts.whole(100).await.expect("whole");
            assert_eq!(&whole[..], b"one\r\n--x", "step {step}");
            let head = parts.part().await.expect("read").expect("part");
            assert_eq!(head.name, "file");
            assert!(parts.whole(100).await.expect("whole").is_empty());
            assert!(parts.part().await.expect("read").is_none());
        }
    }

    async fn read_all(parts: &mut Parts) -> Result<(), Problem> {
        while parts.part().await?.is_some() {
            parts.whole(100).await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn every_truncation_is_seen() {
        let end = BODY.len() - 4;
        for cut in 0..end {
            let mut parts = parts(&BODY[..cut], 7);
            let outcome = read_all(&mut parts).await.map_err(|p| p.code());
            assert_eq!(outcome, Err(ProblemCode::Truncated), "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn a_head_without_end_is_refused() {
        let mut body = b"--x y\r\nContent-Disposition: ".to_vec();
        body.resize(100_000, b'a');
        let mut parts = parts(&body, 4096);
        let error = parts.part().await.expect_err("refused");
        assert_eq!(error.code(), ProblemCode::HeadTooLarge);
    }
}
