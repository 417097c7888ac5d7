//! What a revision changed, and whether each change is one that is on the list of those allowed
//! (EN 319 142-1 annex A, ISO 32000-2 §12.8.2). Anything else is suspicious.
//!
//! Every object that is reachable and differs has to be approved by a rule that has compared it entry
//! by entry, and every use of it in the older revision has to be one that the rule knows. A new object
//! needs no approval of its own: it is reached through an approved entry, or nothing uses it, and then
//! it is suspicious.

mod appearance;
mod fields;
mod form;
mod graph;
mod metadata;
mod node;
mod pages;
mod root;
mod store;
mod structure;

use crate::format::limits::MAX_PDF_CHANGES;
use crate::format::pdf::{Object, Place, Value, View, same};
use crate::trust::changes::{Change, ChangeKind, ChangeLevel};
pub(super) use graph::Links;
use graph::{Graph, Site};
use node::Node;
use std::collections::{BTreeMap, BTreeSet};

/// A change that is not on the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Objection {
    pub(super) object: Option<u32>,
    pub(super) kind: ChangeKind,
}

impl Objection {
    fn to(object: impl Into<Option<u32>>, kind: ChangeKind) -> Self {
        Self {
            object: object.into(),
            kind,
        }
    }
}

/// A field that was changed, and whether that is so little that neither lock nor certification
/// matters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Touched {
    pub(super) object: u32,
    pub(super) name: String,
    pub(super) despite_lock: bool,
    pub(super) despite_certification: bool,
}

/// What one revision did.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) level: ChangeLevel,
    pub(super) changes: Vec<Change>,
    pub(super) touched: Vec<Touched>,
    /// Entries of the security store about single signatures that say less than before.
    pub(super) withdrawn: BTreeSet<Vec<u8>>,
    pub(super) objection: Option<Objection>,
}

/// Compares a revision with the one before it.
pub(super) fn step(old: View<'_, '_>, new: View<'_, '_>, links: &mut Links) -> Step {
    let mut comparison = Comparison::new(old, new);
    let objection = comparison.run(links).err();
    let mut changes = comparison.changes;
    changes.truncate(MAX_PDF_CHANGES);
    if let Some(objection) = objection {
        changes.push(Change {
            revision: new.revision().saturating_add(1),
            object: objection.object,
            kind: objection.kind,
        });
    }
    Step {
        level: match objection {
            Some(_) => ChangeLevel::Suspicious,
            None => comparison.level,
        },
        changes,
        touched: comparison.touched,
        withdrawn: comparison.withdrawn,
        objection,
    }
}

/// Whether two revisions are encrypted in one way, as far as their trailers say.
pub(super) fn encrypted_alike(old: View<'_, '_>, new: View<'_, '_>) -> bool {
    Comparison::new(old, new).encryption().is_ok()
}

struct Comparison<'d, 'a> {
    old: View<'d, 'a>,
    new: View<'d, 'a>,
    /// Objects that the older revision knows, or refers to, and that differ now.
    overridden: BTreeSet<u32>,
    /// Objects that are new.
    fresh: BTreeSet<u32>,
    approved: BTreeSet<u32>,
    /// Where overridden objects are used in the older revision.
    sites: BTreeMap<u32, Vec<Site>>,
    level: ChangeLevel,
    changes: Vec<Change>,
    touched: Vec<Touched>,
    withdrawn: BTreeSet<Vec<u8>>,
}

impl<'d, 'a> Comparison<'d, 'a> {
    fn new(old: View<'d, 'a>, new: View<'d, 'a>) -> Self {
        Self {
            old,
            new,
            overridden: BTreeSet::new(),
            fresh: BTreeSet::new(),
            approved: BTreeSet::new(),
            sites: BTreeMap::new(),
            level: ChangeLevel::None,
            changes: Vec::new(),
            touched: Vec::new(),
            withdrawn: BTreeSet::new(),
        }
    }

    fn run(&mut self, links: &mut Links) -> Result<(), Objection> {
        self.encryption()?;
        self.sort_out()?;
        let before = Graph::of(self.old, links);
        // What was referred to and not there was null to every reader (§7.3.10).
        let (promised, fresh) = self.fresh.iter().partition(|n| before.reaches(**n));
        self.fresh = fresh;
        self.overridden.extend::<BTreeSet<u32>>(promised);
        let mut wanted = self.overridden.clone();
        wanted.extend(self.appearances());
        self.sites = before.sites(self.old, links, &wanted);
        self.root()?;
        self.metadata()?;
        self.store()?;
        self.form()?;
        self.leftover(links)
    }

    /// The appearance dictionaries of changed objects.
    fn appearances(&self) -> Vec<u32> {
        let changed = self.overridden.iter();
        changed
            .filter_map(|number| Node::object(*number, self.old).reference(b"AP"))
            .collect()
    }

    /// Which objects the revision overrides and which are new.
    fn sort_out(&mut self) -> Result<(), Objection> {
        for number in self.new.updated().iter().copied().filter(|n| *n != 0) {
            let (was, is) = (self.old.has(number), self.new.has(number));
            match (was, is) {
                (true, false) => return Err(Objection::to(number, ChangeKind::Freed)),
                // What refers to the old one finds nothing.
                (true, true) if self.old.generations(number) != self.new.generations(number) => {
                    return Err(Objection::to(number, ChangeKind::Freed));
                }
                (true, true) if !self.identical(number) => {
                    self.overridden.insert(number);
                }
                (true, true) | (false, false) => {}
                (false, true) => {
                    self.fresh.insert(number);
                }
            }
        }
        Ok(())
    }

    /// Whether an object says the same in both revisions; what cannot be read does not.
    fn identical(&self, number: u32) -> bool {
        let place = self.old.place(number);
        if place == self.new.place(number) && matches!(place, Some(Place::At(_))) {
            return true;
        }
        let sealed = (self.old.sealed(number), self.new.sealed(number));
        let (Some(was), Some(is)) = sealed else {
            return false;
        };
        // Once out of an object stream, or into one, it is encrypted otherwise (§7.6.2).
        let alike = was.in_body == is.in_body || !self.new.is_deciphered();
        if was.is_stream != is.is_stream {
            return false;
        }
        if alike && self.alike(&was, &is, View::raw) {
            return true;
        }
        if !self.new.is_deciphered() {
            return false;
        }
        let open = (self.old.object(number), self.new.object(number));
        let (Some(was), Some(is)) = open else {
            return false;
        };
        self.alike(&was, &is, View::deciphered)
    }

    /// Whether two objects are the same as they are read, with the data of streams.
    fn alike<T: PartialEq>(
        &self,
        was: &Object<'d>,
        is: &Object<'d>,
        data: impl Fn(&View<'d, 'a>, &Object<'d>) -> Option<T>,
    ) -> bool {
        let data = || {
            let (was, is) = (data(&self.old, was), data(&self.new, is));
            was.is_some() && was == is
        };
        same(&was.value, &is.value) && (!was.is_stream || data())
    }

    /// Approves a changed object if every use of it in the older revision is one that `known` knows.
    fn approve(
        &mut self,
        number: u32,
        (level, kind): (ChangeLevel, ChangeKind),
        known: impl Fn(&Site) -> bool,
    ) -> Result<(), Objection> {
        if !self.overridden.contains(&number) {
            return Ok(());
        }
        let mut sites = self.sites.get(&number).into_iter().flatten();
        if !sites.all(known) {
            return Err(Objection::to(number, ChangeKind::UsedElsewhere));
        }
        self.approved.insert(number);
        self.note(number, level, kind);
        Ok(())
    }

    fn note(&mut self, number: u32, level: ChangeLevel, kind: ChangeKind) {
        self.level = self.level.max(level);
        self.changes.push(Change {
            revision: self.new.revision().saturating_add(1),
            object: Some(number),
            kind,
        });
    }

    /// An entry of a dictionary that may change: into another direct value, into a new object, or by
    /// its object being overridden, which is no stream and used nowhere else.
    fn entry(
        &mut self,
        (old, new): (&Node<'d>, &Node<'d>),
        key: &[u8],
        what: (ChangeLevel, ChangeKind),
    ) -> Result<(Option<Node<'d>>, Option<Node<'d>>), Objection> {
        let before = old.under(key, self.old);
        let Some(after) = new.under(key, self.new) else {
            let kind = ChangeKind::EntryRemoved;
            return match before {
                Some(_) => Err(Objection::to(old.container, kind)),
                None => Ok((None, None)),
            };
        };
        if let Some(number) = new.reference(key) {
            let known = old.reference(key);
            if self.is_stream(number) || known.is_some_and(|known| self.is_stream(known)) {
                return Err(Objection::to(number, ChangeKind::Changed));
            }
            if known == Some(number) {
                let site = old.site(key);
                self.approve(number, what, |used| *used == site)?;
            } else if self.fresh.contains(&number) {
                self.note(number, what.0, what.1);
            } else {
                return Err(Objection::to(number, ChangeKind::Reused));
            }
        }
        Ok((before, Some(after)))
    }

    fn is_stream(&self, number: u32) -> bool {
        let stream = |view: View<'_, '_>| view.object(number).is_some_and(|o| o.is_stream);
        stream(self.old) || stream(self.new)
    }

    /// Whether an unused object is one of those that writers prepare and leave behind: of the file's
    /// structure, of the security store, or of an appearance. A later revision that uses it is judged then.
    fn says_what_it_is(&self, number: u32) -> bool {
        let node = Node::object(number, self.new);
        let Ok(dictionary) = node.dictionary() else {
            return false;
        };
        let name = |key| dictionary.get(key).and_then(Value::name);
        let kind = name(b"Type");
        let structure = matches!(
            kind,
            Some(b"XRef" | b"ObjStm" | b"VRI" | b"DSS" | b"Font" | b"FontDescriptor")
        );
        structure || (kind == Some(b"XObject") && name(b"Subtype") == Some(b"Form"))
    }

    /// Whatever no rule has approved.
    fn leftover(&mut self, links: &mut Links) -> Result<(), Objection> {
        if let Some(number) = self.overridden.difference(&self.approved).next() {
            return Err(Objection::to(*number, ChangeKind::Changed));
        }
        let mut structure = self.new.containers();
        structure.extend(self.new.cross_references());
        let rest: Vec<u32> = self.fresh.difference(&structure).copied().collect();
        if rest.is_empty() {
            return Ok(());
        }
        let after = Graph::of(self.new, links);
        let mut unused = rest.into_iter().filter(|number| !after.reaches(*number));
        match unused.find(|number| !self.says_what_it_is(*number)) {
            Some(unused) => Err(Objection::to(unused, ChangeKind::Unused)),
            None => Ok(()),
        }
    }
}
