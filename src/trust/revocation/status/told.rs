//! What is said against a certificate at all, looked up without verifying anything: whether it is
//! worth asking again about what rests on it.

use super::scope::Point;
use crate::format::asn1::values::minimal;
use crate::model::{Digest, Timestamp};
use crate::trust::certificate::Certificate;
use crate::trust::evidence::Pool;
use crate::trust::hindsight::Told;
use crate::trust::material::Material;
use crate::trust::revocation::crl::{Crl, CrlEntry};
use crate::trust::revocation::ocsp::{CertStatus, OcspResponse};
use crate::trust::revocation::reason::RevocationReason;
use std::collections::BTreeMap;

/// What any list or response at hand says of a certificate that it revokes for good; `None` if none
/// does. Nothing follows from it but that a judgement is worth its while: who
/// signed the evidence, and whether it speaks about this certificate, is for that to find out.
pub(in crate::trust) fn told_revoked(
    material: &Material,
    pool: &Pool,
    certificate: &Certificate,
) -> Option<Told> {
    let points = Point::of(certificate).unwrap_or_default();
    let names = points.iter().flat_map(|point| point.issuers(certificate));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    let mut found: BTreeMap<Digest, Timestamp> = BTreeMap::new();
    for name in names {
        let gathered = pool.crls_of(name);
        for list in material.crls_of(name).iter().chain(&gathered.items) {
            let since = by_list(list, certificate);
            found.extend(since.map(|since| (list.sha256(), since)));
        }
    }
    let serial = certificate.serial();
    let gathered = pool.responses_for(serial);
    let responses = material.responses_for(serial).iter();
    for response in responses.chain(&gathered.items) {
        let since = by_response(response, serial);
        found.extend(since.map(|since| (response.sha256(), since)));
    }
    let since = found.values().min().copied()?;
    let by: Vec<[u8; 32]> = found.keys().map(|digest| digest.0).collect();
    Some(Told {
        since,
        by: Digest::of(by.as_flattened()),
    })
}

fn by_list(list: &Crl, certificate: &Certificate) -> Option<Timestamp> {
    let CrlEntry {
        reason,
        revoked_at,
        invalidity,
    } = list
        .entry(certificate.serial(), certificate.issuer_name())
        .ok()??;
    for_good(reason).then(|| invalidity.map_or(revoked_at, |i| i.min(revoked_at)))
}

fn by_response(response: &OcspResponse, serial: &[u8]) -> Option<Timestamp> {
    let singles = response.singles().iter();
    let about = singles.filter(|single| minimal(single.serial()) == minimal(serial));
    let revoked = about.filter_map(|single| match single.status() {
        CertStatus::Revoked { at, reason } => for_good(reason).then_some(at),
        CertStatus::Good | CertStatus::Unknown => None,
    });
    revoked.min()
}

/// A suspension may be lifted (EN 319 102-1 §5.2.6.4), and *removeFromCRL* says that it was. In a
/// response the latter is a contradiction, which a judgement takes for a revocation; here it costs
/// nothing to leave that to the next list.
fn for_good(reason: RevocationReason) -> bool {
    !matches!(
        reason,
        RevocationReason::CertificateHold | RevocationReason::RemoveFromCrl
    )
}
