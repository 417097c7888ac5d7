//! Streams that structure needs: Flate with PNG predictors, under caps (ISO 32000-2 §7.4.4).

use super::PdfError;
use super::value::{Dictionary, Value};
use crate::format::limits::{MAX_FLATE_RATIO, MAX_PDF_INFLATED};
use flate2::{Decompress, FlushDecompress, Status};

/// Inflates one stream. `left` is what all streams of the file together may still yield.
pub(super) fn decode(
    dictionary: &Dictionary<'_>,
    data: &[u8],
    at: usize,
    left: &mut usize,
) -> Result<Vec<u8>, PdfError> {
    let malformed = PdfError::Stream(at);
    // What an own crypt filter did was undone before (§7.4.10).
    let filters = dictionary.get(b"Filter");
    let first = filters.and_then(|filters| filters.array().map_or(Some(filters), <[_]>::first));
    let crypt = first.and_then(Value::name) == Some(b"Crypt");
    let one = |key: &[u8]| match dictionary.get(key) {
        Some(Value::Array(items)) => match items.get(usize::from(crypt)..).unwrap_or_default() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(malformed.clone()),
        },
        Some(_) if crypt => Ok(None),
        other => Ok(other),
    };
    let filter = one(b"Filter")?;
    let parameters = one(b"DecodeParms")?.and_then(Value::dictionary);
    let inflated = match filter.map(Value::name) {
        None => {
            spend(left, data.len())?;
            data.to_vec()
        }
        Some(Some(b"FlateDecode" | b"Fl")) => inflate(data, at, left)?,
        Some(_) => return Err(malformed),
    };
    match parameters {
        Some(parameters) => unpredict(parameters, inflated, at),
        None => Ok(inflated),
    }
}

/// Takes `bytes` from what is left.
pub(super) fn spend(left: &mut usize, bytes: usize) -> Result<(), PdfError> {
    match left.checked_sub(bytes) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(PdfError::TooMany {
            what: "bytes of structure",
            limit: MAX_PDF_INFLATED,
        }),
    }
}

fn inflate(data: &[u8], at: usize, left: &mut usize) -> Result<Vec<u8>, PdfError> {
    const FREE: usize = 1024 * 1024;
    let cap = data.len().saturating_mul(MAX_FLATE_RATIO).max(FREE);
    let mut state = Decompress::new(true);
    let mut out = Vec::with_capacity(data.len().saturating_mul(4).clamp(256, FREE));
    loop {
        let consumed = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let input = data.get(consumed..).unwrap_or_default();
        let before = out.len();
        let status = state
            .decompress_vec(input, &mut out, FlushDecompress::None)
            .map_err(|_| PdfError::Stream(at))?;
        spend(left, out.len().saturating_sub(before))?;
        if out.len() > cap {
            return Err(PdfError::TooMany {
                what: "times the deflated size",
                limit: MAX_FLATE_RATIO,
            });
        }
        match status {
            Status::StreamEnd => return Ok(out),
            Status::Ok | Status::BufError if out.len() == out.capacity() => {
                out.reserve(out.len().clamp(256, FREE));
            }
            Status::Ok if !input.is_empty() => {}
            Status::Ok | Status::BufError => return Err(PdfError::Stream(at)),
        }
    }
}

fn unpredict(parameters: &Dictionary<'_>, data: Vec<u8>, at: usize) -> Result<Vec<u8>, PdfError> {
    let number = |key: &[u8], default: i64| {
        let value = parameters.get(key).map_or(Some(default), Value::integer);
        value.and_then(|v| usize::try_from(v).ok())
    };
    let malformed = || PdfError::Stream(at);
    let predictor = number(b"Predictor", 1).ok_or_else(malformed)?;
    match predictor {
        1 => return Ok(data),
        10..=15 => {}
        _ => return Err(malformed()),
    }
    let columns = number(b"Columns", 1).ok_or_else(malformed)?;
    let plain = number(b"Colors", 1) == Some(1) && number(b"BitsPerComponent", 8) == Some(8);
    if !plain || columns == 0 || columns > 4096 {
        return Err(malformed());
    }
    let mut above = vec![0u8; columns];
    let mut out = Vec::with_capacity(data.len());
    for row in data.chunks(columns.saturating_add(1)) {
        let (kind, bytes) = row.split_first().ok_or_else(malformed)?;
        let mut current = bytes.to_vec();
        current.resize(columns, 0);
        undo(*kind, &mut current, &above).ok_or_else(malformed)?;
        out.extend_from_slice(&current);
        above = current;
    }
    Ok(out)
}

/// PNG filters with one byte per pixel (PNG §9.2).
fn undo(kind: u8, row: &mut [u8], above: &[u8]) -> Option<()> {
    let (mut left, mut corner) = (0u8, 0u8);
    for (byte, up) in row.iter_mut().zip(above) {
        let predicted = match kind {
            0 => 0,
            1 => left,
            2 => *up,
            3 => left.midpoint(*up),
            4 => paeth(left, *up, corner),
            _ => return None,
        };
        *byte = byte.wrapping_add(predicted);
        (left, corner) = (*byte, *up);
    }
    Some(())
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left)
        .saturating_add(i16::from(up))
        .saturating_sub(i16::from(corner));
    let distance = |b: u8| estimate.saturating_sub(i16::from(b)).unsigned_abs();
    let (to_left, to_up, to_corner) = (distance(left), distance(up), distance(corner));
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}
