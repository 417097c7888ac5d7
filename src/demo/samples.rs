//! A few of the documents as files, to try the commands with.

use super::DemoError;
use super::cases::Case;
use super::documents::DocumentToSend;
use super::install::put;
use std::path::{Path, PathBuf};

/// Where they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Samples {
    /// A PDF of the second unit with both signatures.
    pub good: PathBuf,
    /// One that was altered after signing.
    pub altered: PathBuf,
}

/// Writes every kind of document once into `folder`, under the name of its kind.
///
/// # Errors
/// [`DemoError::Folder`] if that fails.
pub fn write(folder: &Path, documents: &[DocumentToSend]) -> Result<Samples, DemoError> {
    for case in Case::ALL {
        // The second unit's, where it sends this kind: the lines to try speak in its name.
        let of_kind = || documents.iter().filter(|d| d.case == *case);
        let chosen = of_kind()
            .find(|d| d.sender == 1)
            .or_else(|| of_kind().next());
        for file in chosen.iter().flat_map(|d| &d.files) {
            put(&path(folder, *case, &file.name), &file.bytes)?;
        }
    }
    Ok(Samples {
        good: path(folder, Case::PdfBoth, "x.pdf"),
        altered: path(folder, Case::Altered, "x.pdf"),
    })
}

/// `pdf_both.pdf`, `detached.txt`, `detached.txt.p7s`, `annex-phu-luc.pdf`.
fn path(folder: &Path, case: Case, name: &str) -> PathBuf {
    let ending = name.split_once('.').map_or("", |(_, ending)| ending);
    let annex = if name.contains("-phu-luc") {
        "-phu-luc"
    } else {
        ""
    };
    folder.join(format!("{case}{annex}.{ending}"))
}
