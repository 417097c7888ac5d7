//! An OCSP responder and a time-stamping authority behind the server.

use super::locked;
use crate::forge::Entity;
use crate::forge::ocsp::{self, CertId, CertStatus, Hash, Request, Response, Single};
use crate::forge::timestamp::{Query, granted, rejected};
use crate::model::Timestamp;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// What a responder knows of a certificate.
type Known = (CertStatus, Option<Vec<u8>>);

/// Answers for the certificates of one issuer.
#[derive(Debug)]
pub struct Responder {
    issuer: Entity,
    signer: Entity,
    known: Mutex<BTreeMap<Vec<u8>, Known>>,
    /// How long an answer is good.
    pub good_for_secs: i64,
    /// How old what it knows is when it answers.
    pub age_secs: i64,
    /// Whether it repeats a nonce. Those that prepare their answers do not (RFC 5019 §2.2.1).
    pub repeats_nonce: bool,
}

impl Responder {
    /// Signs as the issuer itself, or as a delegate whose certificate is sent along.
    #[must_use]
    pub fn new(issuer: &Entity, signer: &Entity) -> Self {
        Self {
            issuer: issuer.clone(),
            signer: signer.clone(),
            known: Mutex::default(),
            good_for_secs: 3600,
            age_secs: 0,
            repeats_nonce: true,
        }
    }

    /// Sets what it says of a certificate; of those never set it says unknown.
    pub fn set(&self, certificate: &Entity, status: CertStatus) {
        let known = (status, Some(certificate.der.clone()));
        locked(&self.known).insert(certificate.serial.clone(), known);
    }

    /// As [`Responder::set`], by a serial number.
    pub fn set_serial(&self, serial: &[u8], status: CertStatus) {
        locked(&self.known).insert(serial.to_vec(), (status, None));
    }

    /// Answers a query, DER to DER.
    #[must_use]
    pub fn answer(&self, query: &[u8], now: Timestamp) -> Vec<u8> {
        let Ok(request) = Request::read(query) else {
            return ocsp::error(ocsp::status::MALFORMED_REQUEST);
        };
        let singles = request.ids.iter().map(|id| self.single(id, now)).collect();
        let mut response = Response::new(now, singles);
        if self.signer.der != self.issuer.der {
            response = response.with_certificates(vec![self.signer.der.clone()]);
        }
        match request.nonce {
            Some(nonce) if self.repeats_nonce => response = response.nonce(&nonce),
            Some(_) | None => {}
        }
        let signed = response.signed_by(&self.signer);
        signed.unwrap_or_else(|_| ocsp::error(ocsp::status::INTERNAL_ERROR))
    }

    fn single(&self, id: &CertId, now: Timestamp) -> Single {
        let ours = [Hash::Sha1, Hash::Sha256].into_iter().any(|hash| {
            let own = CertId::new(&self.issuer, &id.serial, hash);
            own.name_hash == id.name_hash && own.key_hash == id.key_hash
        });
        let known = locked(&self.known).get(&id.serial).cloned();
        let (status, certificate) = match known {
            Some(known) if ours => known,
            Some(_) | None => (CertStatus::Unknown, None),
        };
        let at = now.plus_secs(self.age_secs.saturating_neg());
        let mut single = Single::new(id.clone(), status, at);
        single.next_update = Some(at.plus_secs(self.good_for_secs));
        match certificate {
            Some(certificate) => single.cert_hash(&certificate),
            None => single,
        }
    }
}

/// Makes timestamps.
#[derive(Debug)]
pub struct Stamper {
    /// Who signs them.
    pub signer: Entity,
    /// How far its clock is ahead, or behind if negative.
    pub ahead_secs: i64,
}

impl Stamper {
    /// Answers a query, DER to DER.
    #[must_use]
    pub fn answer(&self, query: &[u8], now: Timestamp) -> Vec<u8> {
        const BAD_DATA_FORMAT: u8 = 5;
        const SYSTEM_FAILURE: u8 = 25;
        let Ok(query) = Query::read(query) else {
            return rejected(BAD_DATA_FORMAT);
        };
        let token = query.token(now.plus_secs(self.ahead_secs));
        match token.signed_by(&self.signer) {
            Ok(token) => granted(&token),
            Err(_) => rejected(SYSTEM_FAILURE),
        }
    }
}
