//! Authorities about whose certificates one has to ask over the network: one by a complete and a
//! delta CRL, whose own certificate is only to be had where its certificates say; one that answers by
//! OCSP alone; one that is silent for a while. And one that stamps times.

use super::units::UnitInfo;
use super::world::MaterialFile;
use crate::forge::distribution::{Point, crl_points, freshest};
use crate::forge::extension::authority_access;
use crate::forge::ocsp::CertStatus;
use crate::forge::server::{Fault, Responder, Served, Server};
use crate::forge::timestamp::Token;
use crate::forge::{
    Authority, Entity, ForgeError, Identity, Name, RevocationList, Revoked, Template, Validity,
    der, name,
};
use crate::model::Timestamp;
#[cfg(test)]
use crate::trust::evidence::Source;
#[cfg(test)]
use bytes::Bytes;
use std::sync::Arc;

/// The trust domain of those who stamp times.
pub const STAMPS: &str = "dau-thoi-gian";
/// The address of a world about which nobody has to ask: the discard port, where nobody answers.
pub const NOWHERE: &str = "http://127.0.0.1:9";

const DAY: i64 = 24 * 3600;

/// When a signature of [`OnlineMember::stamped`] was stamped: its certificate was revoked yesterday.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stamped {
    /// Two days ago.
    BeforeRevocation,
    /// An hour ago.
    AfterRevocation,
}

/// What stands where, below the server's address.
mod path {
    pub(super) const COMPLETE: &str = "/crl/co-yeu-3.crl";
    pub(super) const DELTA: &str = "/crl/co-yeu-3-delta.crl";
    pub(super) const ISSUER: &str = "/ca/co-yeu-3.cer";
    pub(super) const ASKED: &str = "/ocsp/co-yeu-4";
    pub(super) const SILENT: &str = "/ocsp/co-yeu-5";
}

/// Agency certificates of one unit from these authorities.
#[derive(Debug)]
pub struct OnlineMember {
    /// On neither of the lists.
    pub listed: Identity,
    /// Revoked by the delta alone.
    pub changed: Identity,
    /// Good by OCSP.
    pub answered: Identity,
    /// Revoked by OCSP.
    pub withdrawn: Identity,
    /// The responder does not know it.
    pub newcomer: Identity,
    /// The responder is silent until [`Online::speak`].
    pub waiting: Identity,
    /// Revoked yesterday; signs what is stamped.
    pub stamped: Identity,
}

impl OnlineMember {
    /// All of them.
    pub fn all(&self) -> [&Identity; 7] {
        [
            &self.listed,
            &self.changed,
            &self.answered,
            &self.withdrawn,
            &self.newcomer,
            &self.waiting,
            &self.stamped,
        ]
    }
}

/// The authorities.
#[derive(Debug)]
pub struct Online {
    now: Timestamp,
    base: String,
    listed: Entity,
    asked: Entity,
    asked_responder: Arc<Responder>,
    silent: Entity,
    silent_responder: Arc<Responder>,
    stamp_root: Entity,
    stamper: Entity,
    changed: Vec<Vec<u8>>,
}

impl Online {
    /// Makes them under a root; `base` is where they are asked, without a path.
    ///
    /// # Errors
    /// [`ForgeError`] if a key or certificate could not be made.
    pub fn new(root: &Authority, base: &str, now: Timestamp) -> Result<Self, ForgeError> {
        let root = root.entity()?;
        let good = Validity::around(now);
        let under = |common: &str| Template::authority(common, good).issued_by(&root);
        let listed = under("CA chuyên dùng 3 (mẫu)")?;
        let (asked, silent) = (
            under("CA chuyên dùng 4 (mẫu)")?,
            under("CA chuyên dùng 5 (mẫu)")?,
        );
        let delegate = Template::responder("Trả lời OCSP (mẫu)", good).issued_by(&asked)?;
        let stamp_root = Template::authority("Gốc dấu thời gian (mẫu)", good).self_signed()?;
        let stamper = Template::stamper("Dấu thời gian 1 (mẫu)", good).issued_by(&stamp_root)?;
        Ok(Self {
            now,
            base: base.to_owned(),
            asked_responder: Arc::new(Responder::new(&asked, &delegate)),
            silent_responder: Arc::new(Responder::new(&silent, &silent)),
            listed,
            asked,
            silent,
            stamp_root,
            stamper,
            changed: Vec::new(),
        })
    }

    /// Host and port where they are asked.
    #[must_use]
    pub fn host(&self) -> &str {
        self.base.strip_prefix("http://").unwrap_or(&self.base)
    }

    fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The certificates of one unit.
    ///
    /// # Errors
    /// As [`Online::new`].
    pub fn member(&mut self, unit: &UnitInfo) -> Result<OnlineMember, ForgeError> {
        let complete = self.uri(path::COMPLETE);
        let (delta, issuer) = (self.uri(path::DELTA), self.uri(path::ISSUER));
        let listed = || {
            self.signer(unit)
                .with(crl_points(&[Point::uri(&complete)]))
                .with(freshest(&[Point::uri(&delta)]))
                .with(authority_access(&[], &[&issuer]))
                .issued_by(&self.listed)
        };
        let (good, changed) = (listed()?, listed()?);
        let responder = self.uri(path::ASKED);
        let asked = |status: Option<CertStatus>| {
            let template = self.signer(unit).with(authority_access(&[&responder], &[]));
            let made = template.issued_by(&self.asked)?;
            if let Some(status) = status {
                self.asked_responder.set(&made, status);
            }
            Ok::<Entity, ForgeError>(made)
        };
        let yesterday = CertStatus::Revoked(self.now.plus_secs(-DAY), Some(1));
        let (answered, withdrawn) = (asked(Some(CertStatus::Good))?, asked(Some(yesterday))?);
        let (newcomer, stamped) = (asked(None)?, asked(Some(yesterday))?);
        let responder = self.uri(path::SILENT);
        let waiting = self.signer(unit).with(authority_access(&[&responder], &[]));
        let waiting = waiting.issued_by(&self.silent)?;
        self.silent_responder.set(&waiting, CertStatus::Good);
        // The authority's certificate is to be fetched, so it does not come along.
        let alone = |entity: &Entity| {
            let mut identity = entity.identity()?;
            identity.chain.clear();
            Ok::<Identity, ForgeError>(identity)
        };
        let member = OnlineMember {
            listed: alone(&good)?,
            changed: alone(&changed)?,
            answered: answered.identity()?,
            withdrawn: withdrawn.identity()?,
            newcomer: newcomer.identity()?,
            waiting: waiting.identity()?,
            stamped: stamped.identity()?,
        };
        self.changed.push(changed.serial);
        Ok(member)
    }

    fn signer(&self, unit: &UnitInfo) -> Template {
        let subject = Name::empty()
            .with(name::COUNTRY, der::PRINTABLE, "VN")
            .with(name::ORGANIZATION, der::UTF8, unit.name)
            .with(name::COMMON, der::UTF8, unit.name);
        Template::signer(unit.name, Validity::around(self.now)).subject(subject)
    }

    /// What is configured: the anchor of the stamps with what it is for, its list, and the issuing
    /// authorities but the one that is to be fetched.
    ///
    /// # Errors
    /// [`ForgeError`] if a list could not be made.
    pub fn material(&self) -> Result<Vec<MaterialFile>, ForgeError> {
        let file = |path: &str, bytes: &[u8]| MaterialFile {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
        };
        let list = RevocationList::complete(1, Validity::days(self.now, 1, 7));
        Ok(vec![
            file(&format!("trust/{STAMPS}/root.crt"), &self.stamp_root.der),
            file(
                &format!("trust/{STAMPS}/domain.toml"),
                b"purposes = [\"timestamping\"]\n",
            ),
            file("intermediate/co-yeu-4.crt", &self.asked.der),
            file("intermediate/co-yeu-5.crt", &self.silent.der),
            file("crl/dau-thoi-gian.crl", &list.signed_by(&self.stamp_root)?),
        ])
    }

    /// The complete list, which is a few days old, and the delta of today.
    ///
    /// # Errors
    /// [`ForgeError`] if they could not be signed.
    pub fn lists(&self) -> Result<[Vec<u8>; 2], ForgeError> {
        let complete = RevocationList::complete(7, Validity::days(self.now, 5, 2));
        let complete = complete.with(freshest(&[Point::uri(&self.uri(path::DELTA))]));
        let hour = Validity {
            from: self.now.plus_secs(-3600),
            until: self.now.plus_secs(DAY),
        };
        let mut delta = RevocationList::delta(8, 7, hour);
        let at = self.now.plus_secs(-7200);
        delta.revoked.extend(
            self.changed
                .iter()
                .map(|serial| Revoked::new(serial, at).reason(1)),
        );
        Ok([
            complete.signed_by(&self.listed)?,
            delta.signed_by(&self.listed)?,
        ])
    }

    /// Puts everything where the certificates say it is; one responder says nothing yet.
    ///
    /// # Errors
    /// [`ForgeError`] if a list could not be made.
    pub fn publish(&self, server: &Server) -> Result<(), ForgeError> {
        let [complete, delta] = self.lists()?;
        server.publish(path::COMPLETE, Served::crl(complete));
        server.publish(path::DELTA, Served::crl(delta));
        server.publish(path::ISSUER, Served::certificate(self.listed.der.clone()));
        server.publish(path::ASKED, Served::Ocsp(Arc::clone(&self.asked_responder)));
        server.publish(
            path::SILENT,
            Served::Ocsp(Arc::clone(&self.silent_responder)),
        );
        server.fault(path::SILENT, Some(Fault::Hang));
        Ok(())
    }

    /// The silent responder speaks.
    pub fn speak(server: &Server) {
        server.fault(path::SILENT, None);
    }

    /// What is answered at a source without any socket; the silent responder answers if `spoken`.
    #[cfg(test)]
    pub(super) fn get(&self, source: &Source, spoken: bool) -> Option<Bytes> {
        let [complete, delta] = self.lists().ok()?;
        let path = source.uri().strip_prefix(&self.base)?;
        Some(Bytes::from(match (path, source) {
            (path::COMPLETE, _) => complete,
            (path::DELTA, _) => delta,
            (path::ISSUER, _) => self.listed.der.clone(),
            (path::ASKED, Source::Ocsp { request, .. }) => {
                self.asked_responder.answer(request, self.now)
            }
            (path::SILENT, Source::Ocsp { request, .. }) if spoken => {
                self.silent_responder.answer(request, self.now)
            }
            _ => return None,
        }))
    }

    /// How often CRLs, certificates and OCSP were asked for.
    #[must_use]
    pub fn asked(&self, server: &Server) -> [usize; 3] {
        let both = |a, b| server.asked(a).saturating_add(server.asked(b));
        [
            both(path::COMPLETE, path::DELTA),
            server.asked(path::ISSUER),
            both(path::ASKED, path::SILENT),
        ]
    }

    /// Who stamps times.
    #[must_use]
    pub fn stamper(&self) -> &Entity {
        &self.stamper
    }

    /// A signature over `content` with a timestamp.
    ///
    /// # Errors
    /// [`ForgeError`] if it could not be made.
    pub fn stamped(
        &self,
        by: &Identity,
        content: &[u8],
        when: Stamped,
    ) -> Result<Vec<u8>, ForgeError> {
        let at = self.now.plus_secs(match when {
            Stamped::BeforeRevocation => -2 * DAY,
            Stamped::AfterRevocation => -3600,
        });
        by.sign_stamped(content, |value| {
            Token::of(value, at).signed_by(&self.stamper)
        })
    }
}
