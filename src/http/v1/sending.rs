//! What every answer that streams a body does alike: its fields, and its windows.

use crate::format::content::{Content, ContentError};
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use std::ops::Range;

/// The window through which a body is sent.
pub(super) const WINDOW: u64 = 256 * 1024;

/// The answer with these fields; one that no field can hold is left out.
pub(super) fn with_fields<const N: usize>(
    mut response: Response,
    fields: [(HeaderName, String); N],
) -> Response {
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// One window of a body.
///
/// # Errors
/// [`ContentError`] if the body cannot be read there.
pub(super) fn window(content: &dyn Content, range: Range<u64>) -> Result<Bytes, ContentError> {
    let mut chunk = Vec::new();
    content.feed(range, &mut |bytes| chunk.extend_from_slice(bytes))?;
    Ok(Bytes::from(chunk))
}
