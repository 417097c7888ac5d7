//! Validity (RFC 5280 §6.1.3 (a)(2)): every certificate, the anchor's too, is valid when the
//! signature is proved to have existed.

use super::clock::Clockwork;
use super::problem::Problem;
use super::validate::Chain;
use crate::model::{ReasonCode, Timestamp};
use crate::trust::certificate::Certificate;
use std::sync::Arc;

/// Which certificate is out of its validity, nearest to the anchor first.
pub(super) struct OutOfBounds<'a> {
    pub(super) certificate: &'a Arc<Certificate>,
    code: ReasonCode,
    moment: Timestamp,
}

impl OutOfBounds<'_> {
    /// Whether it has expired, so that revocation evidence may still speak about it.
    pub(super) fn expired(&self) -> bool {
        self.code == ReasonCode::CertificateExpired
    }

    /// The problem; `not_revoked`: it is known not to have been revoked.
    pub(super) fn problem(&self, not_revoked: bool) -> Problem {
        Problem::out_of_bounds(self.code, self.certificate, self.moment, not_revoked)
    }
}

/// The anchor's own dates are held to as well: an administrator who wants an expired root has to say
/// so by a new one.
pub(super) fn check<'a>(chain: &Chain<'a, 'a>, clock: &mut Clockwork) -> Option<OutOfBounds<'a>> {
    let mut found = None;
    for certificate in chain.all() {
        let (first, last) = (certificate.not_before(), certificate.not_after());
        // notAfter itself is inside (§4.1.2.5); moments here are milliseconds.
        if clock.reached_by_signature(last.plus_secs(1)) {
            found = Some((certificate, ReasonCode::CertificateExpired, last));
        } else if !clock.reached_by_signature(first) {
            found = Some((certificate, ReasonCode::CertificateNotYetValid, first));
        }
    }
    found.map(|(certificate, code, moment)| OutOfBounds {
        certificate,
        code,
        moment,
    })
}
