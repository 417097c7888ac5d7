//! Sets templates of Typst with data. What a template can reach is what it was handed: there is no file, no network, no
//! package and no clock behind it. Data are values and never become markup.
//!
//! The same job gives the same bytes: fonts are those of the program, date and identifier are handed in.

use super::legible;
use crate::model::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// The template that is set; it may name the others.
const MAIN: &str = "main.typ";
/// What a template reads its data from.
const DATA: &str = "data.json";

/// The most bytes of data and drawings: ten times what the largest report is.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The most drawings: four rates of every level, and some more.
pub const MAX_DRAWINGS: usize = 64;
/// The most pages: nobody reads more, and a folder holds no more.
pub const MAX_PAGES: usize = 2_000;
/// How long setting may take: many times what [`MAX_BYTES`] need on a slow machine.
const LONGEST: Duration = Duration::from_secs(300);
/// The stack of the thread that sets: layout is recursive.
const STACK: usize = 32 * 1024 * 1024;

/// Why there is no PDF.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PdfError {
    /// More data than is set.
    #[error("{bytes} bytes to print, at most {MAX_BYTES} are")]
    TooLarge {
        /// Bytes of data and drawings.
        bytes: usize,
    },
    /// More cells than are set.
    #[error("{cells} cells to print, at most {most} are")]
    TooManyCells {
        /// Cells of all tables.
        cells: usize,
        /// The most.
        most: usize,
    },
    /// More drawings than are set.
    #[error("{0} drawings to print, at most {MAX_DRAWINGS} are")]
    TooManyDrawings(usize),
    /// More pages than are written.
    #[error("{0} pages, at most {MAX_PAGES} are written")]
    TooManyPages(usize),
    /// It took too long.
    #[error("not set within {} s", LONGEST.as_secs())]
    TooLong,
    /// The template cannot be set.
    #[error("the template cannot be set: {0}")]
    Template(String),
}

/// What is to be printed.
#[derive(Clone, Debug)]
pub struct Job {
    /// Templates by name; `main.typ` is set.
    pub templates: Vec<(&'static str, String)>,
    /// What a template reads as `data.json`.
    pub data: Value,
    /// What a template reads as `drawing-0.svg` and so on.
    pub drawings: Vec<String>,
    /// What tells this document from every other.
    pub identifier: String,
    /// The moment that it says it was made at.
    pub at: Timestamp,
}

/// A PDF.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Printed {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Why it is none of PDF/A-2u (ISO 19005-2); `None`: it is one.
    pub not_archivable: Option<String>,
    /// What the setter of type remarked, for those who write templates.
    pub remarks: Vec<String>,
}

/// The fonts of the program.
#[derive(Debug)]
pub struct Fonts {
    all: Vec<Font>,
    book: LazyHash<FontBook>,
}

impl Fonts {
    fn load() -> Self {
        let fonts = typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data)));
        // The others are for mathematics, and cost every run their reading.
        let text = |font: &Font| {
            let family = font.info().family.as_str();
            family == "Libertinus Serif" || family == "DejaVu Sans Mono"
        };
        let all: Vec<Font> = fonts.filter(text).collect();
        let book = LazyHash::new(FontBook::from_fonts(&all));
        Self { all, book }
    }

    /// Whether a family has a letter for a character in each of its faces.
    pub(super) fn has(&self, c: char) -> bool {
        let has = |family: &str| {
            let mut faces = self
                .all
                .iter()
                .map(Font::info)
                .filter(|i| i.family == family);
            faces.all(|info| info.coverage.contains(u32::from(c)))
        };
        has("Libertinus Serif") || has("DejaVu Sans Mono")
    }
}

static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::load);

/// All that a template can reach.
struct Desk {
    library: LazyHash<Library>,
    main: FileId,
    sources: HashMap<FileId, Source>,
    files: HashMap<FileId, Bytes>,
}

fn id(name: &str) -> Result<FileId, PdfError> {
    let path = VirtualPath::new(name).map_err(|e| PdfError::Template(format!("{name}: {e:?}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl Desk {
    fn new(job: &Job) -> Result<Self, PdfError> {
        if job.drawings.len() > MAX_DRAWINGS {
            return Err(PdfError::TooManyDrawings(job.drawings.len()));
        }
        let mut data = job.data.clone();
        legible::data(&FONTS, &mut data);
        let data = data.to_string();
        let drawings = job.drawings.iter().map(|svg| legible::drawing(&FONTS, svg));
        let drawings: Vec<String> = drawings.collect();
        let bytes = drawings
            .iter()
            .map(String::len)
            .fold(data.len(), usize::saturating_add);
        if bytes > MAX_BYTES {
            return Err(PdfError::TooLarge { bytes });
        }
        let mut sources = HashMap::new();
        for (name, text) in &job.templates {
            let id = id(name)?;
            sources.insert(id, Source::new(id, text.clone()));
        }
        let mut files = HashMap::from([(id(DATA)?, Bytes::from_string(data))]);
        for (place, svg) in drawings.into_iter().enumerate() {
            files.insert(
                id(&format!("drawing-{place}.svg"))?,
                Bytes::from_string(svg),
            );
        }
        Ok(Self {
            library: LazyHash::new(Library::default()),
            main: id(MAIN)?,
            sources,
            files,
        })
    }
}

impl Desk {
    /// The first few problems, each with where it is and its hints.
    fn said(&self, problems: &[SourceDiagnostic]) -> String {
        let one = |problem: &SourceDiagnostic| {
            let at = self.place(problem).unwrap_or_default();
            let hints = problem.hints.iter().map(|hint| format!(" ({})", hint.v));
            format!("{at}{}{}", problem.message, hints.collect::<String>())
        };
        let few: Vec<String> = problems.iter().take(3).map(one).collect();
        few.join("; ")
    }

    /// File and line, counted from 1.
    fn place(&self, problem: &SourceDiagnostic) -> Option<String> {
        let id = problem.span.id()?;
        let source = self.sources.get(&id)?;
        let start = self.range(problem.span)?.start;
        let line = source.lines().byte_to_line(start)?.saturating_add(1);
        let name = id.get().vpath().get_without_slash();
        Some(format!("{name}:{line}: "))
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or_else(|| absent(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or_else(|| absent(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.all.get(index).cloned()
    }

    /// A template that wants a date takes it from its data.
    fn today(&self, _: Option<typst::foundations::Duration>) -> Option<Datetime> {
        None
    }
}

fn absent(id: FileId) -> FileError {
    FileError::NotFound(PathBuf::from(id.get().vpath().get_with_slash()))
}

/// Prints. It takes as long as it needs up to five minutes, on a thread of its own: whoever is told that it took too long
/// ends the program.
///
/// # Errors
///
/// What is too much, and a template that cannot be set.
pub fn print(job: Job) -> Result<Printed, PdfError> {
    let (done, ready) = sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("pdf".into())
        .stack_size(STACK);
    let work = move || {
        let printed = Desk::new(&job).and_then(|desk| press(&desk, &job));
        // What was remembered between runs is of this document, and there is no second one like it.
        typst::comemo::evict(0);
        let _ = done.send(printed);
    };
    let failed = |problem: &str| PdfError::Template(problem.to_owned());
    thread.spawn(work).map_err(|e| failed(&e.to_string()))?;
    match ready.recv_timeout(LONGEST) {
        Ok(printed) => printed,
        Err(RecvTimeoutError::Timeout) => Err(PdfError::TooLong),
        Err(RecvTimeoutError::Disconnected) => Err(failed("the setter of type broke off")),
    }
}

fn press(desk: &Desk, job: &Job) -> Result<Printed, PdfError> {
    let set = typst::compile::<PagedDocument>(desk);
    let document = set.output.map_err(|e| PdfError::Template(desk.said(&e)))?;
    let pages = document.pages().len();
    if pages > MAX_PAGES {
        return Err(PdfError::TooManyPages(pages));
    }
    let write = |standards: &[PdfStandard]| {
        let options = PdfOptions {
            ident: Smart::Custom(job.identifier.clone()),
            creator: Smart::Custom(Some(format!("lienthong {}", env!("CARGO_PKG_VERSION")))),
            timestamp: stamp(job.at),
            standards: PdfStandards::new(standards).unwrap_or_default(),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|e| desk.said(&e))
    };
    // PDF/A with Unicode for all text: what is archived can be searched. What cannot be archived so can be read.
    let (bytes, not_archivable) = match write(&[PdfStandard::A_2u]) {
        Ok(bytes) => (bytes, None),
        Err(why) => (write(&[]).map_err(PdfError::Template)?, Some(why)),
    };
    Ok(Printed {
        bytes,
        pages,
        not_archivable,
        remarks: set.warnings.iter().map(|w| w.message.to_string()).collect(),
    })
}

fn stamp(at: Timestamp) -> Option<typst_pdf::Timestamp> {
    let (day, minute) = (at.local_day(), at.local_minute());
    let part = |n: i8| u8::try_from(n).unwrap_or(1);
    let (month, of_month) = (part(day.0.month()), part(day.day()));
    let hour = u8::try_from(minute.div_euclid(60)).unwrap_or(0);
    let minute = u8::try_from(minute.rem_euclid(60)).unwrap_or(0);
    let second = u8::try_from(at.secs().rem_euclid(60)).unwrap_or(0);
    let at = Datetime::from_ymd_hms(i32::from(day.year()), month, of_month, hour, minute, second)?;
    typst_pdf::Timestamp::new_local(at, OFFSET)
}

/// Minutes of the office's clock ahead of UTC.
const OFFSET: i32 = 420;
