//! Whether every reader finds an object where it is found here: each looks an object stream up where the
//! *newest* revision has it, whenever its objects were listed, and builds the cross-references anew once one
//! of them leads to nothing.

use super::Irregularity;
use super::document::Document;
use super::index::Entry;
use super::lexer::Lexer;
use super::value::Value;
use super::xref::Place;
use std::collections::BTreeMap;

/// An object stream: its number, and the revision that listed objects in it.
type Listed = (u32, u32);

impl Document<'_> {
    /// The first thing about the places of objects that readers take differently.
    pub(super) fn misplaced(&self) -> Option<Irregularity> {
        if !self.streams_stay() {
            return Some(Irregularity::ObjectStream);
        }
        let placed = self.entries.iter().all(|entry| self.leads(entry));
        (!placed).then_some(Irregularity::Object)
    }

    /// Whether an entry leads to its own object (ISO 32000-2 §7.5.4).
    fn leads(&self, entry: &Entry) -> bool {
        let Place::At(at) = entry.place else {
            return true;
        };
        let header = Lexer::new(self.bytes, at).object_header();
        header.is_ok_and(|found| found == (entry.number, entry.generation))
    }

    /// Whether each object stream lies in the file itself when its objects are listed, and stays there,
    /// as long, while one of them is looked for in it (§7.5.7).
    fn streams_stay(&self) -> bool {
        let mut listed: BTreeMap<Listed, u32> = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let Place::In(container, _) = entry.place else {
                continue;
            };
            let next = self.entries.get(index.saturating_add(1));
            let next = next.filter(|next| next.number == entry.number);
            let until = next.map_or(u32::MAX, |next| next.revision);
            let most = listed.entry((container, entry.revision)).or_insert(until);
            *most = until.max(*most);
        }
        let mut last = None;
        listed.iter().all(|((container, revision), until)| {
            let Some(at) = self.stays(*container, (*revision, *until)) else {
                return false;
            };
            // Listed again, it is read once.
            let known = last.replace(at) == Some(at);
            known || self.length_stays(at, *revision)
        })
    }

    /// Where an object lies in the file itself from one revision up to another, if at one place.
    fn stays(&self, number: u32, (from, until): (u32, u32)) -> Option<usize> {
        let Place::At(at) = self.place(number, usize::try_from(from).ok()?)? else {
            return None;
        };
        let after = |e: &Entry| (e.number, e.revision) <= (number, from);
        let later = self.entries.get(self.entries.partition_point(after)..)?;
        let mut later = later
            .iter()
            .take_while(|e| e.number == number && e.revision < until);
        later.all(|e| e.place == Place::At(at)).then_some(at)
    }

    /// Whether the object stream at `at` has one length for good, be it of its own or an object (§7.5.7: one
    /// in the file itself).
    fn length_stays(&self, at: usize, revision: u32) -> bool {
        let mut lexer = Lexer::new(self.bytes, at);
        let read = lexer.object_header().and_then(|_| self.value(&mut lexer));
        let Ok(Value::Dictionary(dictionary)) = read else {
            return false;
        };
        let length = match dictionary.get(b"Length") {
            Some(Value::Reference(number, _)) => *number,
            Some(Value::Integer(_)) => return !dictionary.repeats_any(),
            _ => return false,
        };
        let Some(at) = self.stays(length, (revision, u32::MAX)) else {
            return false;
        };
        let mut lexer = Lexer::new(self.bytes, at);
        let read = lexer.object_header().and_then(|_| self.value(&mut lexer));
        matches!(read, Ok(Value::Integer(_))) && !dictionary.repeats_any()
    }
}
