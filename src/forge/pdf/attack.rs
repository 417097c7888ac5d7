//! The attacks on signed PDFs that are known, each made from a good file of ours (attack catalogue P2
//! to P8): what is appended, shown or moved after the signature.

use super::update::{after, body, edited, updated};
use super::{PAGES, stream};

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attack {
    /// P2: the page's content is another (incremental saving).
    ContentReplaced,
    /// P2: another page is appended.
    PageAppended,
    /// P2: the page is taken out.
    PageRemoved,
    /// P2: the content's object is freed.
    ContentFreed,
    /// P4: the content's stream is overridden in place (shadow attack, replace).
    ContentOverridden,
    /// P4: the fonts of the page are others (shadow attack, replace).
    FontsChanged,
    /// P4: what was signed and not shown is shown (shadow attack, hide).
    PageHidden,
    /// P4: the look of the signature is another.
    AppearanceOverridden,
    /// P5: a visible note over the text (evil annotation attack).
    Annotation,
    /// P5: a link that runs a script.
    OpenAction,
    /// P5: a new field that is not for a signature.
    FieldAdded,
    /// P5: a new field for a signature, that runs a script.
    FieldWithAction,
    /// P6: the signature's value is overridden.
    ValueOverridden,
    /// P6: the form is taken away.
    FormRemoved,
    /// An object that nothing uses.
    Unused,
    /// Evidence that is none.
    StoreMalformed,
    /// Metadata that are none.
    MetadataMalformed,
}

impl Attack {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::ContentReplaced,
        Self::PageAppended,
        Self::PageRemoved,
        Self::ContentFreed,
        Self::ContentOverridden,
        Self::FontsChanged,
        Self::PageHidden,
        Self::AppearanceOverridden,
        Self::Annotation,
        Self::OpenAction,
        Self::FieldAdded,
        Self::FieldWithAction,
        Self::ValueOverridden,
        Self::FormRemoved,
        Self::Unused,
        Self::StoreMalformed,
        Self::MetadataMalformed,
    ];

    /// The file with it done.
    #[must_use]
    pub fn on(self, signed: &[u8]) -> Vec<u8> {
        const NEW: u32 = 900;
        let (root, page) = (after(signed, b"/Root "), after(signed, b"/P "));
        let content = after(&body(signed, page), b"/Contents ");
        let value = after(signed, b"/V ");
        let shape = after(signed, b"/AP << /N ");
        let of = |number: u32| body(signed, number);
        let text = stream("", b"BT ET");
        let one = |number: u32, from: &str, to: &str| (number, edited(&of(number), from, to));
        let objects = match self {
            Self::ContentReplaced => vec![
                (NEW, text),
                one(
                    page,
                    &format!("/Contents {content} 0 R"),
                    "/Contents 900 0 R",
                ),
            ],
            Self::PageAppended => vec![(NEW, of(page)), one(PAGES, "/Kids [", "/Kids [900 0 R ")],
            Self::PageRemoved => vec![one(PAGES, &format!("{page} 0 R"), "")],
            Self::ContentFreed => return freed(signed, content),
            Self::ContentOverridden => vec![(content, text)],
            Self::FontsChanged => vec![one(page, "/Font <<", "/Font << /F9 << >>")],
            Self::PageHidden => vec![one(page, "/MediaBox [0 0", "/MediaBox [9 9")],
            Self::AppearanceOverridden => vec![(shape, text)],
            Self::Annotation => vec![
                (
                    NEW,
                    b"<< /Type /Annot /Subtype /FreeText /Rect [9 9 99 99] >>".to_vec(),
                ),
                one(page, "/Annots [", "/Annots [900 0 R "),
            ],
            Self::OpenAction => vec![one(
                root,
                "/Type /Catalog",
                "/Type /Catalog /OpenAction << /S /JavaScript /JS (1) >>",
            )],
            Self::FieldAdded => vec![
                (NEW, b"<< /FT /Tx /T (Moi) /V (1) >>".to_vec()),
                one(root, "/Fields [", "/Fields [900 0 R "),
            ],
            Self::FieldWithAction => vec![
                (
                    NEW,
                    b"<< /FT /Sig /T (Moi) /AA << /E << /S /JavaScript >> >> >>".to_vec(),
                ),
                one(root, "/Fields [", "/Fields [900 0 R "),
            ],
            Self::ValueOverridden => vec![one(value, "/Name <", "/Name <0041> /N <")],
            Self::FormRemoved => vec![one(root, "/AcroForm", "/AcroForX")],
            Self::Unused => vec![(NEW, text)],
            Self::StoreMalformed => vec![
                (NEW, b"<< /Type /DSS /Certs [(text)] >>".to_vec()),
                one(root, "/Type /Catalog", "/Type /Catalog /DSS 900 0 R"),
            ],
            Self::MetadataMalformed => vec![
                (NEW, text),
                one(root, "/Type /Catalog", "/Type /Catalog /Metadata 900 0 R"),
            ],
        };
        updated(signed, &objects)
    }
}

/// An update that frees one object.
fn freed(signed: &[u8], number: u32) -> Vec<u8> {
    let touched = updated(signed, &[(number, b"null".to_vec())]);
    let Some(at) = memchr::memmem::rfind(&touched, b" 00000 n \n") else {
        return touched;
    };
    let (before, after) = touched.split_at(at);
    let after = after.get(10..).unwrap_or_default();
    [before, b" 00001 f \n".get(..10).unwrap_or_default(), after].concat()
}
