//! The square code (ISO/IEC 18004) as vectors.

use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;

/// The quiet zone that the standard asks for, in modules.
const QUIET: i32 = 4;

/// Characters that a code may hold: it stays readable on a slip 25 mm wide, off a printer of 300 dpi.
const MOST: usize = 300;

/// Why there is no square code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{length} octets do not fit a square code that can be read on paper, at most {MOST} do")]
pub struct NoCode {
    /// Octets that were to be in it.
    pub length: usize,
}

/// Draws what a code holds, with a name for those who do not see it. A fourth of it may be lost to folds and stamps.
///
/// # Errors
/// [`NoCode`] for more than fits.
pub fn svg(text: &str, label: &str) -> Result<String, NoCode> {
    let length = text.len();
    if length > MOST {
        return Err(NoCode { length });
    }
    let code = QrCode::encode_text(text, QrCodeEcc::Quartile).map_err(|_| NoCode { length })?;
    let side = code.size().saturating_add(QUIET.saturating_mul(2));
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                let (x, y) = (x.saturating_add(QUIET), y.saturating_add(QUIET));
                let _ = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
    }
    let label = super::super::chart::escaped(label);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#ffffff\"/>\
         <path d=\"{path}\" fill=\"#000000\"/></svg>"
    ))
}
