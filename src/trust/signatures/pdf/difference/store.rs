//! The document security store (ISO 32000-2 §12.8.4.3, §12.8.4.4; EN 319 142-1 §5.4).

use super::node::Node;
use super::{Comparison, Objection};
use crate::format::pdf::{Value, same};
use crate::trust::changes::{ChangeKind, ChangeLevel};
use std::collections::BTreeSet;

const WHAT: (ChangeLevel, ChangeKind) = (ChangeLevel::Updates, ChangeKind::SecurityStore);

impl<'d> Comparison<'d, '_> {
    pub(super) fn store(&mut self) -> Result<(), Objection> {
        let catalogs = self.catalogs()?;
        let (old, new) = self.entry((&catalogs.0, &catalogs.1), b"DSS", WHAT)?;
        let Some(new) = new else {
            return Ok(());
        };
        let old = old.unwrap_or_else(|| catalogs.0.empty());
        let keys = [&b"Certs"[..], b"CRLs", b"OCSPs"];
        only(&new, &[&keys[..], &[b"Type", b"VRI"]].concat())?;
        for key in keys {
            self.streams((&old, &new), key)?;
        }
        let (before, after) = self.entry((&old, &new), b"VRI", WHAT)?;
        if let Some(after) = after {
            let before = before.unwrap_or_else(|| old.empty());
            self.related(&before, &after)?;
        }
        Ok(())
    }

    /// What is said about single signatures: each entry is well-formed; one that says less than before,
    /// or is gone, is noted for those who signed it.
    fn related(&mut self, old: &Node<'d>, new: &Node<'d>) -> Result<(), Objection> {
        for (key, _) in &old.dictionary()?.entries {
            if new.under(key, self.new).is_none() {
                self.withdrawn.insert(key.to_vec());
            }
        }
        for (key, _) in &new.dictionary()?.entries {
            let (before, after) = (old.under(key, self.old), new.under(key, self.new));
            let Some(after) = after else {
                continue;
            };
            let digits = key.iter().all(u8::is_ascii_hexdigit);
            // §12.8.4.4: the SHA-1 of the signature value, in hexadecimal.
            if before.is_none() && (key.len() != 40 || !digits) {
                return Err(malformed(new));
            }
            self.entry((old, new), key, WHAT)?;
            self.one(key, before.unwrap_or_else(|| old.empty()), &after)?;
        }
        Ok(())
    }

    fn one(&mut self, key: &[u8], before: Node<'d>, after: &Node<'d>) -> Result<(), Objection> {
        let keys = [&b"Cert"[..], b"CRL", b"OCSP"];
        if same(&before.value, &after.value) && before.container == after.container {
            let number = after.container.filter(|n| self.overridden.contains(n));
            if number.is_none() {
                return Ok(());
            }
        }
        only(after, &[&keys[..], &[b"Type", b"TU", b"TS"]].concat())?;
        for name in keys {
            let of = |node: &Node<'d>, view| {
                let list = node.under(name, view);
                let items = list.as_ref().and_then(Node::array).unwrap_or_default();
                items.iter().filter_map(Value::reference).collect()
            };
            let (was, is): (BTreeSet<u32>, BTreeSet<u32>) =
                (of(&before, self.old), of(after, self.new));
            if !was.is_subset(&is) {
                self.withdrawn.insert(key.to_vec());
            }
            self.streams((&before, after), name)?;
        }
        match after.reference(b"TS") {
            Some(number) if !self.is_stream(number) => Err(malformed(after)),
            _ => Ok(()),
        }
    }

    /// An array of streams, each of which is what it was or new.
    fn streams(&mut self, (old, new): (&Node<'d>, &Node<'d>), key: &[u8]) -> Result<(), Objection> {
        // Evidence that has become useless may go (EN 319 142-1 §5.4.2.1), and its list with it.
        if new.under(key, self.new).is_none() {
            return Ok(());
        }
        let (_, list) = self.entry((old, new), key, WHAT)?;
        let items = list.as_ref().and_then(Node::array);
        let items = items.ok_or_else(|| malformed(new))?;
        let streams = |item: &Value<'_>| {
            let object = item.reference().and_then(|number| self.new.object(number));
            object.is_some_and(|object| object.is_stream)
        };
        if items.iter().all(streams) {
            Ok(())
        } else {
            Err(malformed(new))
        }
    }
}

fn malformed(node: &Node<'_>) -> Objection {
    Objection::to(node.container, ChangeKind::SecurityStoreMalformed)
}

fn only(node: &Node<'_>, keys: &[&[u8]]) -> Result<(), Objection> {
    let dictionary = node.dictionary().map_err(|_| malformed(node))?;
    let mut entries = dictionary.entries.iter();
    if entries.all(|(key, _)| keys.contains(&key.as_ref())) {
        Ok(())
    } else {
        Err(malformed(node))
    }
}
