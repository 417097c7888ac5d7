//! What RFC 5280 §6.1.3 to §6.1.5 demand of the certificates of a path, one after the other.

use super::{CHAIN, Problem, Purpose, Search, chain, general, rejected};
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::check_key;
use crate::trust::certificate::{CLIENT_AUTH, Certificate, DOCUMENT_SIGNING, SERVER_AUTH};
use crate::trust::material::Anchor;
use crate::trust::verdict::Verdict;
use std::sync::Arc;

impl Search<'_> {
    /// What RFC 5280 §6.1.4 and §6.1.5 demand of the certificates, moments and CRLs aside.
    pub(super) fn constraints(
        &self,
        path: &[Arc<Certificate>],
        anchor: &Anchor,
    ) -> Result<(), Problem> {
        let (signer, issuers) = path.split_first().ok_or_else(general)?;
        for certificate in path.iter().chain([&anchor.certificate]) {
            if self.material.distrusts(certificate) {
                return Err(chain(ReasonCode::Distrusted, certificate));
            }
            if let Some(defect) = &certificate.extensions.defect {
                let (rank, verdict) = chain(ReasonCode::ChainConstraints, certificate);
                let reason = verdict.reason().clone().with("what", defect.clone());
                return Err((rank, Verdict::indeterminate(CHAIN, reason)));
            }
        }
        let mut below = 0u32;
        for issuer in issuers {
            issuer_constraints(issuer, below, false)?;
            // RFC 5280 §6.1.4 (l): self-issued certificates do not count.
            below = below.saturating_add(u32::from(!issuer.is_self_issued()));
        }
        issuer_constraints(&anchor.certificate, below, true)?;
        self.purpose(path, anchor)?;
        for certificate in path.iter().chain([&anchor.certificate]) {
            let checked = check_key(certificate.public_key(), self.demands.min_rsa_bits);
            checked.map_err(|rejection| (5, rejected(rejection)))?;
        }
        if self.demands.explicit_policy {
            return Err(chain(ReasonCode::ConstraintsNotSupported, signer));
        }
        for certificate in path.iter().chain([&anchor.certificate]) {
            if let Some(what) = certificate.extensions.constraints {
                let (_, verdict) = chain(ReasonCode::ConstraintsNotSupported, certificate);
                let reason = verdict.reason().clone().with("what", what);
                return Err((4, Verdict::indeterminate(CHAIN, reason)));
            }
        }
        Ok(())
    }

    /// Key usage of the signer; and its purposes, which an issuer's own purposes limit where it
    /// names any (as every common validator reads RFC 5280 §4.2.1.12).
    fn purpose(&self, path: &[Arc<Certificate>], anchor: &Anchor) -> Result<(), Problem> {
        let wanted = match self.demands.purpose {
            Purpose::Any => return Ok(()),
            Purpose::Document => DOCUMENT_SIGNING,
            Purpose::Server => SERVER_AUTH,
            Purpose::Client => CLIENT_AUTH,
        };
        for certificate in path.iter().chain([&anchor.certificate]) {
            if !certificate.may_serve(wanted) {
                return Err(chain(ReasonCode::KeyUsage, certificate));
            }
        }
        let signs = self.demands.purpose == Purpose::Document;
        match path.first() {
            Some(signer) if signs && !signer.may_sign_content() => {
                Err(chain(ReasonCode::KeyUsage, signer))
            }
            _ => Ok(()),
        }
    }

    /// RFC 5280 §6.1.3 (a)(2). The anchor's own dates are held to as well: an administrator who
    /// wants an expired root has to say so by a new one.
    pub(super) fn validity(
        &mut self,
        path: &[Arc<Certificate>],
        anchor: &Anchor,
    ) -> Result<(), Problem> {
        for certificate in path.iter().chain([&anchor.certificate]) {
            let out = |code, moment: Timestamp| {
                let reason = Reason::new(code)
                    .with("subject", certificate.subject_text())
                    .with("moment", moment.to_string());
                (
                    3,
                    Verdict::indeterminate(SubIndication::OutOfBoundsNoPoe, reason),
                )
            };
            // notAfter itself is inside (RFC 5280 §4.1.2.5); moments here are milliseconds.
            if self.clock.reached(certificate.not_after().plus_secs(1)) {
                return Err(out(ReasonCode::CertificateExpired, certificate.not_after()));
            }
            if !self.clock.reached(certificate.not_before()) {
                let moment = certificate.not_before();
                return Err(out(ReasonCode::CertificateNotYetValid, moment));
            }
        }
        Ok(())
    }
}

fn issuer_constraints(issuer: &Certificate, below: u32, is_anchor: bool) -> Result<(), Problem> {
    let basic = issuer.basic_constraints();
    // RFC 5280 §6.1.4 (k): version 3 and cA. An anchor of version 1 is a name and a key only.
    let is_ca = match basic {
        Some(basic) => basic.ca,
        None => is_anchor && issuer.version() < 3,
    };
    if !is_ca {
        return Err(chain(ReasonCode::ChainConstraints, issuer));
    }
    // RFC 5280 §6.1.4 (m)
    if basic
        .and_then(|b| b.path_len)
        .is_some_and(|max| below > max)
    {
        return Err(chain(ReasonCode::ChainConstraints, issuer));
    }
    // RFC 5280 §6.1.4 (n)
    if !issuer.may_sign_certificates() {
        return Err(chain(ReasonCode::KeyUsage, issuer));
    }
    Ok(())
}
