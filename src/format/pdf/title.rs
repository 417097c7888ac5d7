//! What a file calls itself: the title of its information dictionary (ISO 32000-2 §14.3.3). It is nobody's
//! word; nothing is decided by it.

use super::{Document, text};

impl Document<'_> {
    /// The title as the newest revision has it; `None` where there is none.
    #[must_use]
    pub fn title(&self) -> Option<String> {
        let view = self.newest();
        let information = view.dictionary(view.trailer()?, b"Info")?;
        let title = text(&view.under(&information, b"Title")?)?;
        // UTF-8 is announced by the same mark as elsewhere (§7.9.2.2).
        let title = title.trim_start_matches('\u{feff}').trim();
        (!title.is_empty()).then(|| title.to_owned())
    }
}
