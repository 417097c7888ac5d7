//! Nil returns: a unit says that it sent nothing on paper, and the gateway signs that it did.

use super::{Imported, RegisterDays, RegisterError, RegisterTools, is_long};
use crate::intake::new_id;
use crate::model::Event;
use crate::model::event::RegisterAct;
use crate::seal::nil::NilStatement;
use crate::seal::receipt::ActedBy;
use crate::store::CommitError;
use bytes::Bytes;
use ring::rand::SystemRandom;

impl RegisterTools<'_> {
    /// Takes a nil return in: the unit sent nothing on paper on those days. The body that it names is the signed
    /// [`NilStatement`]. One of the same days that is in force is a repeat, and nothing is done.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub async fn nil(
        &self,
        of: &RegisterDays,
        reason: Option<String>,
        staff: Option<String>,
    ) -> Result<Imported, RegisterError> {
        self.check_days(of)?;
        let long = |text: &Option<String>| text.as_deref().is_some_and(is_long);
        if long(&reason) || long(&staff) {
            return Err(RegisterError::Reason);
        }
        if let Some(before) = self.said_before(of)? {
            return Ok(before);
        }
        let stated = NilStatement {
            gateway: self.gateway.to_owned(),
            import: new_id(&SystemRandom::new(), self.now),
            unit: of.unit.clone(),
            from: of.from,
            to: of.to,
            by: of
                .actor
                .clone()
                .map_or(ActedBy::Administrator, ActedBy::Unit),
            reason,
            staff,
            at: self.now,
        };
        let sealed = self.sealer.seal_statement(&stated.to_json(), self.now)?;
        let note = self.vault.keep_bytes(Bytes::from(sealed));
        let event = RegisterAct {
            import: stated.import,
            unit: of.unit.clone(),
            from: of.from,
            to: of.to,
            note: note.digest(),
            actor: of.actor.clone(),
        };
        let events = vec![Event::NilReturned(Box::new(event))];
        match self.commit(vec![note], events).await {
            Ok(()) => self.taken(&of.unit, stated.import),
            Err(CommitError::Stale) => {
                let before = self.said_before(of)?;
                before.ok_or_else(|| CommitError::Stale.into())
            }
            Err(e) => Err(e.into()),
        }
    }

    /// The nil return of just those days, if one is in force; something else that covers some of them is an error.
    fn said_before(&self, of: &RegisterDays) -> Result<Option<Imported>, RegisterError> {
        let Some(import) = self.covering(of)?.into_iter().next() else {
            return Ok(None);
        };
        let same = import.entries.is_none() && (import.from, import.to) == (of.from, of.to);
        match same {
            true => Ok(Some(Imported {
                import,
                repeated: true,
            })),
            false => Err(RegisterError::Covered(Box::new(import))),
        }
    }
}
