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
    const STEP: usize = 4 * FREE;
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
                // Exactly: what is reserved is written before it is filled, and twice a large stream is too
                // much. One octet more than is left shows that there is more.
                out.reserve_exact(out.len().clamp(256, STEP).min(left.saturating_add(1)));
            }
            Status::Ok if !input.is_empty() => {}
            Status::Ok | Status::BufError => return Err(PdfError::Stream(at)),
        }
    }
}

/// In place: every row becomes one octet shorter, and no second copy is held.
fn unpredict(
    parameters: &Dictionary<'_>,
    mut data: Vec<u8>,
    at: usize,
) -> Result<Vec<u8>, PdfError> {
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
    let (mut above, mut current) = (vec![0u8; columns], vec![0u8; columns]);
    let (mut from, mut to) = (0usize, 0usize);
    while let Some((kind, bytes)) = data.get(from..).and_then(<[_]>::split_first) {
        let bytes = bytes.get(..columns).unwrap_or(bytes);
        current.fill(0);
        current
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
        undo(*kind, &mut current, &above).ok_or_else(malformed)?;
        from = from.saturating_add(columns).saturating_add(1);
        let end = to.saturating_add(columns);
        // The last row may be cut short, and is filled up.
        if data.len() < end {
            data.resize(end, 0);
        }
        let place = data.get_mut(to..end).ok_or_else(malformed)?;
        place.copy_from_slice(&current);
        std::mem::swap(&mut above, &mut current);
        to = end;
    }
    data.truncate(to);
    Ok(data)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use std::io::Write;

    fn deflated(data: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::best();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn dictionary(entries: &[(&'static str, i64)]) -> Dictionary<'static> {
        let entries = entries.iter();
        let entries = entries.map(|(key, n)| (Cow::Borrowed(key.as_bytes()), Value::Integer(*n)));
        Dictionary {
            entries: entries.collect(),
            range: 0..0,
        }
    }

    #[test]
    fn what_is_reserved_is_little_more_than_what_is_there() {
        // Above 100:1 nothing is read, so that some of it does not repeat.
        let mut state = 1u32;
        let mut data = Vec::new();
        while data.len() < 9 << 20 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            data.extend_from_slice(&state.to_be_bytes());
            data.resize(data.len() + 60, b' ');
        }
        let packed = deflated(&data);
        let mut left = 20 << 20;
        let out = inflate(&packed, 0, &mut left).unwrap();
        assert_eq!((out.len(), left), (data.len(), (20 << 20) - data.len()));
        assert!(out.capacity() <= out.len() + (4 << 20));
        // Exactly as much as is left, and one octet more.
        let mut left = data.len();
        assert!(inflate(&packed, 0, &mut left).is_ok());
        let mut left = data.len() - 1;
        let more = inflate(&packed, 0, &mut left);
        assert!(matches!(more, Err(PdfError::TooMany { .. })));
    }

    #[test]
    fn predicted_rows_come_out_as_they_went_in() {
        let rows = [
            [1u8, 2, 3, 4],
            [5, 5, 5, 5],
            [9, 8, 7, 200],
            [0, 255, 1, 1],
            [7, 7, 7, 7],
        ];
        let mut data = Vec::new();
        let mut above = [0u8; 4];
        for (kind, row) in (0u8..).zip(rows) {
            data.push(kind);
            let before = |at: usize, of: [u8; 4]| at.checked_sub(1).map_or(0, |at| of[at]);
            data.extend((0..4).map(|at| {
                let (left, up, corner) = (before(at, row), above[at], before(at, above));
                let predicted = match kind {
                    0 => 0,
                    1 => left,
                    2 => up,
                    3 => left.midpoint(up),
                    _ => paeth(left, up, corner),
                };
                row[at].wrapping_sub(predicted)
            }));
            above = row;
        }
        let parameters = dictionary(&[("Predictor", 15), ("Columns", 4)]);
        let read = |data: &[u8]| unpredict(&parameters, data.to_vec(), 0);
        assert_eq!(read(&data).unwrap(), rows.concat());
        assert_eq!(read(&[]).unwrap(), b"");
        // A last row that is cut short is filled up.
        assert_eq!(
            read(&[0, 1, 2, 3, 4, 0, 9]).unwrap(),
            [1, 2, 3, 4, 9, 0, 0, 0]
        );
        assert_eq!(read(&[0]).unwrap(), [0, 0, 0, 0]);
        assert!(read(&[5, 1, 2, 3, 4]).is_err());
    }
}
