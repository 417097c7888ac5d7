//! Which objects of a revision are reached from its trailer, and where they are used.

use crate::format::pdf::{Dictionary, Value, View};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Under which a reader begins, with what goes into its key (ISO 32000-2 table 15, §7.6.4.3.2).
const ROOTS: &[&[u8]] = &[b"Root", b"Info", b"Encrypt", b"ID"];

/// The references in each object, by where it lies: what did not move is read once for all revisions.
#[derive(Debug, Default)]
pub(in crate::trust::signatures::pdf) struct Links(BTreeMap<(Home, u32), Rc<[u32]>>);

/// Where an object's text stands, and its number.
type Home = (usize, Option<u32>);

/// Where an object is used: in which object (`None`: the trailer) and under which keys there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Site {
    pub(super) container: Option<u32>,
    pub(super) path: Vec<u8>,
}

impl Site {
    /// The last name on the way, without places in arrays.
    pub(super) fn key(&self) -> &[u8] {
        let mut names = self.path.rsplit(|b| *b == b'/');
        let last = names.find(|name| !name.iter().all(u8::is_ascii_digit));
        last.unwrap_or_default()
    }
}

/// What is reached from the trailer of one revision, whether or not it is there.
#[derive(Debug)]
pub(super) struct Graph(BTreeSet<u32>);

impl Graph {
    pub(super) fn of(view: View<'_, '_>, links: &mut Links) -> Self {
        let mut found = BTreeSet::new();
        let mut next: Vec<u32> = Vec::new();
        for key in ROOTS {
            if let Some(value) = view.trailer().and_then(|t| t.get(key)) {
                of_value(value, &mut next);
            }
        }
        while let Some(number) = next.pop() {
            if !view.walks() {
                break;
            }
            if found.insert(number) {
                next.extend(links.of(number, view).iter().filter(|n| !found.contains(n)));
            }
        }
        Self(found)
    }

    pub(super) fn reaches(&self, number: u32) -> bool {
        self.0.contains(&number)
    }

    /// Every use of some objects.
    pub(super) fn sites(
        &self,
        view: View<'_, '_>,
        links: &mut Links,
        wanted: &BTreeSet<u32>,
    ) -> BTreeMap<u32, Vec<Site>> {
        let mut sites = Sites {
            wanted,
            container: None,
            path: Vec::new(),
            found: BTreeMap::new(),
        };
        if wanted.is_empty() {
            return sites.found;
        }
        for key in ROOTS {
            if let Some(value) = view.trailer().and_then(|t| t.get(key)) {
                sites.below(key, value);
            }
        }
        for number in &self.0 {
            if links.of(*number, view).iter().any(|n| wanted.contains(n)) {
                sites.container = Some(*number);
                if let Some(object) = view.sealed(*number) {
                    sites.value(&object.value);
                }
            }
        }
        sites.found
    }
}

impl Links {
    fn of(&mut self, number: u32, view: View<'_, '_>) -> Rc<[u32]> {
        let Some(home) = view.home(number) else {
            return Rc::new([]);
        };
        let read = || {
            let mut found = Vec::new();
            if let Some(object) = view.sealed(number) {
                of_value(&object.value, &mut found);
            }
            found.sort_unstable();
            found.dedup();
            found.into()
        };
        Rc::clone(self.0.entry((home, number)).or_insert_with(read))
    }
}

/// The objects that a value refers to, at any depth.
pub(super) fn of_value(value: &Value<'_>, found: &mut Vec<u32>) {
    match value {
        Value::Reference(number, _) => found.push(*number),
        Value::Array(items) => items.iter().for_each(|item| of_value(item, found)),
        Value::Dictionary(dictionary) => of_dictionary(dictionary, found),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Real(_)
        | Value::Name(_)
        | Value::Literal(_)
        | Value::Hexadecimal(..)
        | Value::Deciphered(_) => {}
    }
}

fn of_dictionary(dictionary: &Dictionary<'_>, found: &mut Vec<u32>) {
    for (_, value) in &dictionary.entries {
        of_value(value, found);
    }
}

struct Sites<'w> {
    wanted: &'w BTreeSet<u32>,
    container: Option<u32>,
    path: Vec<u8>,
    found: BTreeMap<u32, Vec<Site>>,
}

impl Sites<'_> {
    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Reference(number, _) if self.wanted.contains(number) => {
                let site = Site {
                    container: self.container,
                    path: self.path.clone(),
                };
                self.found.entry(*number).or_default().push(site);
            }
            Value::Array(items) => {
                for (item, place) in items.iter().zip(0u32..) {
                    self.below(place.to_string().as_bytes(), item);
                }
            }
            Value::Dictionary(dictionary) => self.dictionary(dictionary),
            Value::Reference(..)
            | Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Real(_)
            | Value::Name(_)
            | Value::Literal(_)
            | Value::Hexadecimal(..)
            | Value::Deciphered(_) => {}
        }
    }

    fn dictionary(&mut self, dictionary: &Dictionary<'_>) {
        for (key, value) in &dictionary.entries {
            self.below(key, value);
        }
    }

    fn below(&mut self, step: &[u8], value: &Value<'_>) {
        let length = self.path.len();
        self.path.push(b'/');
        self.path.extend_from_slice(step);
        self.value(value);
        self.path.truncate(length);
    }
}
