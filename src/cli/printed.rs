//! What is printed as PDF, in builds that can.

use super::args;
use super::console::Console;
use super::failure::{Exit, Failure};
use crate::export::Report;
use crate::export::pdf::{self, Look, PdfError};
use crate::lang;
use crate::model::simulated::MARK;
use crate::rates::column::Column;
use std::io::Read;
use std::path::Path;

/// A report. One that is too large to print is a failure where it was asked for; where all forms were, it is left out and
/// said to be.
pub(super) fn report(
    console: &Console,
    report: &Report,
    columns: &[Column],
    asked: &args::Report,
) -> Result<Option<Vec<u8>>, Failure> {
    let wanted = !asked.format.is_empty() || asked.template.is_some();
    let template = asked.template.as_deref();
    let template = template
        .map(|path| template_of(console, path))
        .transpose()?;
    let look = Look {
        mark: report.view.figures.simulated.then_some(MARK),
        template: template.as_deref(),
    };
    match pdf::report(console.language, report, columns, look) {
        Ok(printed) => {
            if let Some(why) = &printed.not_archivable {
                console.tell("sheet-pdf-not-archivable", &[("why", why)]);
            }
            Ok(Some(printed.bytes))
        }
        Err(error) => {
            let failure = failure(console, &error);
            if wanted || failure.next.is_none() {
                return Err(failure);
            }
            console.tell("sheet-pdf-left-out", &[("why", &failure.message)]);
            Ok(None)
        }
    }
}

/// The most bytes of a template: a hundred times what ours has.
const MAX_TEMPLATE: u64 = 1024 * 1024;

fn template_of(console: &Console, path: &Path) -> Result<String, Failure> {
    let failed = |e: &std::io::Error| Failure::unreadable(console.language, path, e);
    let file = std::fs::File::open(path).map_err(|e| failed(&e))?;
    let mut text = String::new();
    let read = file.take(MAX_TEMPLATE).read_to_string(&mut text);
    match u64::try_from(read.map_err(|e| failed(&e))?) {
        Ok(read) if read < MAX_TEMPLATE => Ok(text),
        Ok(_) | Err(_) => Err(failed(&std::io::ErrorKind::FileTooLarge.into())),
    }
}

fn failure(console: &Console, error: &PdfError) -> Failure {
    let language = console.language;
    let text = |key: &str, values: &[(&str, &str)]| lang::text(language, key, values);
    let too_large = match error {
        PdfError::TooManyCells { cells, most } => {
            let (cells, most) = (cells.to_string(), most.to_string());
            let values = [("cells", cells.as_str()), ("most", most.as_str())];
            text("sheet-pdf-cells", &values)
        }
        PdfError::TooLarge { .. }
        | PdfError::TooManyDrawings(_)
        | PdfError::TooManyPages(_)
        | PdfError::TooLong => text("sheet-pdf-large", &[("why", &error.to_string())]),
        PdfError::Template(why) => {
            let said = text("sheet-pdf-failed", &[("why", why)]);
            return Failure::new(Exit::Failed, said);
        }
    };
    Failure::new(Exit::Failed, too_large).with_next(text("sheet-pdf-next", &[]))
}
