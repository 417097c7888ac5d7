//! A dictionary or array of one revision, and by which object and keys it is found.

use super::Objection;
use super::graph::Site;
use crate::format::pdf::{Dictionary, Value, View};
use crate::trust::changes::ChangeKind;

#[derive(Clone, Debug)]
pub(super) struct Node<'d> {
    pub(super) value: Value<'d>,
    /// The object that it is in; `None`: the trailer.
    pub(super) container: Option<u32>,
    path: Vec<u8>,
}

impl<'d> Node<'d> {
    /// The trailer of a revision.
    pub(super) fn trailer(view: View<'d, '_>) -> Self {
        let dictionary = view.trailer().cloned().unwrap_or_default();
        Self {
            value: Value::Dictionary(dictionary),
            container: None,
            path: Vec::new(),
        }
    }

    /// One object.
    pub(super) fn object(number: u32, view: View<'d, '_>) -> Self {
        Self {
            value: view.value(number).unwrap_or(Value::Null),
            container: Some(number),
            path: Vec::new(),
        }
    }

    /// A dictionary without entries in its place.
    pub(super) fn empty(&self) -> Self {
        Self {
            value: Value::Dictionary(Dictionary::default()),
            container: self.container,
            path: self.path.clone(),
        }
    }

    /// Its dictionary, no key of it twice: readers differ about those.
    pub(super) fn dictionary(&self) -> Result<&Dictionary<'d>, Objection> {
        let dictionary = self.value.dictionary().filter(|d| !d.repeats_any());
        dictionary.ok_or_else(|| Objection::to(self.container, ChangeKind::Changed))
    }

    pub(super) fn array(&self) -> Option<&[Value<'d>]> {
        self.value.array()
    }

    /// What stands under a key, unless it is null.
    fn raw(&self, key: &[u8]) -> Option<&Value<'d>> {
        let value = self.value.dictionary()?.get(key)?;
        (*value != Value::Null).then_some(value)
    }

    /// The object that the value under a key refers to.
    pub(super) fn reference(&self, key: &[u8]) -> Option<u32> {
        self.raw(key)?.reference()
    }

    /// The place under a key.
    pub(super) fn site(&self, key: &[u8]) -> Site {
        let mut path = self.path.clone();
        path.push(b'/');
        path.extend_from_slice(key);
        Site {
            container: self.container,
            path,
        }
    }

    /// What is found under a key; `None` if it is absent, or null.
    pub(super) fn under(&self, key: &[u8], view: View<'d, '_>) -> Option<Self> {
        let value = self.raw(key)?;
        if let Some(number) = value.reference() {
            let found = Self::object(number, view);
            return (found.value != Value::Null).then_some(found);
        }
        Some(Self {
            value: value.clone(),
            container: self.container,
            path: self.site(key).path,
        })
    }
}
