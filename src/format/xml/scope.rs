//! Which namespace a prefix stands for, while a document is walked from its beginning to its end
//! (Namespaces in XML §6). What it costs does not grow with the depth.

use super::XML;
use std::borrow::Cow;
use std::collections::HashMap;

/// Up to so many are found faster by comparing than by hashing; nearly no document has more.
const FEW: usize = 8;

/// A namespace that was met; equal ones are the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct NamespaceId(usize);

impl NamespaceId {
    /// How many were met before it.
    pub(super) fn number(self) -> usize {
        self.0
    }
}

/// No namespace.
pub(super) const NONE: NamespaceId = NamespaceId(0);
/// That of the prefix `xml`.
pub(super) const XML_ID: NamespaceId = NamespaceId(1);

/// Texts, each once.
#[derive(Debug)]
pub(super) struct Once<T> {
    all: Vec<T>,
    many: HashMap<T, usize>,
}

impl<T: AsRef<str> + std::hash::Hash + Eq + Clone + std::borrow::Borrow<str>> Once<T> {
    pub(super) fn new(texts: impl Iterator<Item = T>) -> Self {
        let mut once = Self {
            all: Vec::new(),
            many: HashMap::new(),
        };
        for text in texts {
            once.place(text);
        }
        once
    }

    #[inline]
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        match self.all.len() <= FEW {
            true => self.all.iter().position(|known| same(known.as_ref(), text)),
            false => self.many.get(text).copied(),
        }
    }

    pub(super) fn place(&mut self, text: T) -> usize {
        if let Some(known) = self.find(text.as_ref()) {
            return known;
        }
        let at = self.all.len();
        self.all.push(text);
        if self.all.len() == FEW.saturating_add(1) {
            let all = self.all.iter().cloned().zip(0..);
            self.many.extend(all);
        } else if self.all.len() > FEW {
            self.many
                .extend(self.all.last().cloned().map(|text| (text, at)));
        }
        at
    }
}

/// Prefixes have a few octets: a call costs more than comparing them here.
fn same(one: &str, other: &str) -> bool {
    const SHORT: usize = 16;
    one.len() == other.len()
        && match one.len() {
            0..=SHORT => one.bytes().zip(other.bytes()).all(|(a, b)| a == b),
            _ => one == other,
        }
}

/// The namespaces of a document.
#[derive(Debug)]
pub(super) struct Namespaces<'a>(Once<Cow<'a, str>>);

impl<'a> Namespaces<'a> {
    pub(super) fn new() -> Self {
        Self(Once::new(["", XML].into_iter().map(Cow::Borrowed)))
    }

    pub(super) fn id(&mut self, namespace: Cow<'a, str>) -> NamespaceId {
        NamespaceId(self.0.place(namespace))
    }

    /// The number of one that was met.
    pub(super) fn known(&self, namespace: &str) -> Option<NamespaceId> {
        self.0.find(namespace).map(NamespaceId)
    }

    pub(super) fn text(&self, id: NamespaceId) -> &str {
        self.0.all.get(id.0).map_or("", |namespace| &**namespace)
    }
}

/// The bindings in scope.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    prefixes: Once<&'a str>,
    /// The first of them as words, zero for those of more than eight octets.
    words: Vec<u64>,
    /// What each prefix stands for now.
    bound: Vec<Option<NamespaceId>>,
    /// The prefixes in the order in which they were bound, and what they stood for before.
    order: Vec<(usize, Option<NamespaceId>)>,
}

/// A text of up to eight octets; zero for a longer one.
fn word(text: &str) -> u64 {
    let octets = text.bytes().rev();
    match text.len() {
        0..=8 => octets.fold(0, |word, octet| (word << 8) | u64::from(octet)),
        _ => 0,
    }
}

/// How many bindings there were.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Mark(usize);

impl<'a> Scope<'a> {
    /// Prefixes that have their places from the beginning.
    pub(super) fn new(prefixes: impl Iterator<Item = &'a str>) -> Self {
        let mut scope = Self {
            prefixes: Once::new(std::iter::empty()),
            words: Vec::new(),
            bound: Vec::new(),
            order: Vec::new(),
        };
        prefixes.for_each(|prefix| {
            scope.place(prefix);
        });
        scope
    }

    fn place(&mut self, prefix: &'a str) -> usize {
        let place = self.prefixes.place(prefix);
        if self.bound.len() <= place {
            self.bound.push(None);
            if place < FEW {
                self.words.push(word(prefix));
            }
        }
        place
    }

    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark(self.order.len())
    }

    /// The place of the prefix.
    pub(super) fn bind(&mut self, prefix: &'a str, namespace: NamespaceId) -> usize {
        let place = self.place(prefix);
        self.bind_at(place, namespace);
        place
    }

    /// Binds the prefix that has a place.
    #[inline]
    pub(super) fn bind_at(&mut self, place: usize, namespace: NamespaceId) {
        if let Some(bound) = self.bound.get_mut(place) {
            self.order.push((place, bound.replace(namespace)));
        }
    }

    /// Takes back what was bound since.
    #[inline]
    pub(super) fn back_to(&mut self, mark: Mark) {
        while self.order.len() > mark.0
            && let Some((place, before)) = self.order.pop()
        {
            if let Some(bound) = self.bound.get_mut(place) {
                *bound = before;
            }
        }
    }

    /// The namespace of a prefix as it was last bound; that of none where a default namespace is taken
    /// back.
    #[inline]
    pub(super) fn get(&self, prefix: &str) -> Option<NamespaceId> {
        if prefix == "xml" {
            return Some(XML_ID);
        }
        self.at(self.prefixes.find(prefix)?)
    }

    /// The namespace of the prefix that has a place.
    #[inline]
    pub(super) fn at(&self, place: usize) -> Option<NamespaceId> {
        self.bound.get(place).copied().flatten()
    }

    /// The place of a prefix that stands for something.
    pub(super) fn bound(&self, prefix: &str) -> Option<usize> {
        let place = self.prefixes.find(prefix)?;
        self.at(place).map(|_| place)
    }

    /// The same of a short prefix by its octets, the first the lowest, if it is one of the first.
    #[inline]
    pub(super) fn bound_word(&self, word: u64) -> Option<usize> {
        let place = self.words.iter().position(|known| *known == word)?;
        self.at(place).map(|_| place)
    }

    /// The prefix that has a place.
    pub(super) fn prefix(&self, place: usize) -> &'a str {
        self.prefixes.all.get(place).copied().unwrap_or_default()
    }

    /// How many bindings there are, of whatever prefixes.
    pub(super) fn bindings(&self) -> usize {
        self.prefixes.all.len()
    }

    /// The prefixes that were bound since.
    pub(super) fn since(&self, mark: Mark) -> impl Iterator<Item = &'a str> {
        let places = self.order.get(mark.0..).unwrap_or_default().iter();
        places.filter_map(|(place, _)| self.prefixes.all.get(*place).copied())
    }

    /// Every prefix that is bound.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = &'a str> {
        let all = self.prefixes.all.iter().zip(&self.bound);
        let bound = all.filter(|(_, namespace)| namespace.is_some());
        bound.map(|(prefix, _)| *prefix)
    }
}
