//! How a field looks (ISO 32000-2 §12.5.5): new streams, or its own overridden in place, never one that
//! something else is drawn with.

use super::graph::Site;
use super::node::Node;
use super::{Comparison, Objection};
use crate::trust::changes::{ChangeKind, ChangeLevel};

const WHAT: (ChangeLevel, ChangeKind) = (ChangeLevel::Forms, ChangeKind::Appearance);

impl<'d> Comparison<'d, '_> {
    pub(super) fn appearance(
        &mut self,
        (before, after): (&Node<'d>, &Node<'d>),
    ) -> Result<(), Objection> {
        let (old, new) = self.entry((before, after), b"AP", WHAT)?;
        let Some(new) = new else {
            return Ok(());
        };
        new.dictionary()?;
        // An appearance that others share is not exchanged for one of them alone.
        if let Some(number) = before.reference(b"AP") {
            let site = before.site(b"AP");
            let mut uses = self.sites.get(&number).into_iter().flatten();
            if !uses.all(|used| *used == site) {
                return Err(Objection::to(number, ChangeKind::UsedElsewhere));
            }
        }
        for key in [&b"N"[..], b"R", b"D"] {
            let Some(number) = new.reference(key) else {
                continue;
            };
            let own = old
                .as_ref()
                .filter(|old| old.reference(key) == Some(number));
            if let Some(old) = own {
                let site = old.site(key);
                if self.overridden.contains(&number) && !self.both_streams(number) {
                    return Err(Objection::to(number, ChangeKind::Changed));
                }
                self.approve(number, WHAT, |used: &Site| *used == site)?;
            } else if self.fresh.contains(&number) {
                self.note(number, WHAT.0, WHAT.1);
            }
        }
        Ok(())
    }

    fn both_streams(&self, number: u32) -> bool {
        let was = self.old.object(number).is_some_and(|o| o.is_stream);
        let is = self.new.object(number).is_some_and(|o| o.is_stream);
        was && is
    }
}
