//! What CRLs say of a certificate (RFC 5280 §6.3.3).

use super::freshness::{Dates, Recent};
use super::scope::Point;
use super::signer::{self, SignedBy, Signer};
use super::{Answer, Asking, Spent, Word, delta, fetched};
use crate::format::x509::distribution_point::ReasonFlags;
use crate::model::{Digest, Reason, Timestamp};
use crate::trust::evidence::Used;
use crate::trust::path::Run;
use crate::trust::revocation::crl::{Crl, CrlEntry};
use crate::trust::revocation::reason::RevocationReason;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was found so far.
#[derive(Default)]
struct Tally {
    given: bool,
    /// reasons_mask, of lists that may say *good*.
    covered: ReasonFlags,
    /// thisUpdate of the oldest list that the mask rests on.
    as_of: Option<Timestamp>,
    /// Whether one of them is no longer recent.
    passed: bool,
    revoked: Option<(RevocationReason, Timestamp)>,
    held: Option<Timestamp>,
    stale: Option<Timestamp>,
    unusable: Option<(String, Timestamp)>,
    open: Option<(Reason, Timestamp)>,
    /// Where deltas may be had of lists that stand alone.
    fresher: Vec<String>,
    used: Vec<Used>,
    /// Lists that bear out nothing good: with a defect, or by whoever may not or may not yet.
    barred: Vec<Used>,
}

pub(super) fn ask<'a>(run: &mut Run<'a>, asking: &Asking<'a, '_>) -> Spent<Word> {
    let mut tally = Tally::default();
    let Ok(points) = Point::of(asking.subject) else {
        // Cannot be: the certificate would have a defect.
        return Ok(tally.word());
    };
    for point in &points {
        for name in point.issuers(asking.subject) {
            let lists = run.crls_of(name);
            by_point(run, asking, point, &lists, &mut tally)?;
        }
    }
    Ok(tally.word())
}

fn by_point<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    point: &Point<'_>,
    lists: &[Arc<Crl>],
    tally: &mut Tally,
) -> Spent<()> {
    // The lists of each scope that speak through this point.
    let mut scopes: BTreeMap<Digest, Vec<(&Arc<Crl>, ReasonFlags)>> = BTreeMap::new();
    for list in lists.iter().filter(|list| !list.is_delta()) {
        run.budget.status()?;
        if let Some(reasons) = point.covers(list, asking.subject)
            && Dates::of(list).issued(run)
        {
            scopes
                .entry(list.scope())
                .or_default()
                .push((list, reasons));
        }
    }
    for mut scope in scopes.into_values() {
        scope.sort_by_key(|(list, _)| std::cmp::Reverse(list.this_update()));
        let mut newest = None;
        for (list, reasons) in scope {
            // Of lists with one thisUpdate nothing says which came last, so each of them counts.
            if newest.is_some_and(|newest| list.this_update() < newest) {
                break;
            }
            tally.given = true;
            match signer::of_list(run, asking, list)? {
                SignedBy::Known(signer) => {
                    // One that leaves out what has expired says nothing of it, so that an older may.
                    if Dates::of(list).speaks_of_expired(run, asking) {
                        newest = Some(list.this_update());
                    }
                    take(run, asking, (list, reasons), &signer, lists, tally)?;
                }
                SignedBy::Open(reason, used) => {
                    tally.bar(list, used);
                    later(&mut tally.open, reason, list.this_update());
                }
                SignedBy::Unusable(what, used) => {
                    tally.bar(list, used);
                    tally.cannot_use(what, list.this_update());
                }
                SignedBy::Nobody => {}
            }
        }
    }
    Ok(())
}

/// One list that speaks about the certificate and is signed by who may.
fn take<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    (list, reasons): (&Arc<Crl>, ReasonFlags),
    signer: &Signer,
    lists: &[Arc<Crl>],
    tally: &mut Tally,
) -> Spent<()> {
    let mut kept = signer.vouching_for(list);
    let mut dates = Dates::of(list);
    let mut defect = list.defect().map(str::to_owned);
    if !list.numbered() {
        // §5.2.3: every conforming list has a number.
        defect.get_or_insert_with(|| "no cRLNumber".to_owned());
    }
    let (mut changes, mut newest) = (Vec::new(), None);
    for delta in delta::for_base(list, lists) {
        // Several count only if they share thisUpdate.
        if newest.is_some_and(|newest| delta.this_update() < newest) {
            break;
        }
        run.budget.status()?;
        // (h): the same key as the complete list's.
        if !Dates::of(delta).issued(run) || !signer.signed(run, delta)? {
            continue;
        }
        newest = Some(delta.this_update());
        kept.extend(signer.vouching_for(delta));
        dates.renew(&Dates::of(delta));
        if let Some(what) = delta.defect() {
            defect.get_or_insert_with(|| what.to_owned());
        }
        changes.push(entry(delta, asking));
    }
    if !dates.settles(run) {
        tally
            .fresher
            .extend(deltas_to_ask_for(run, asking, list, lists));
    }
    // (i), (j): what a delta says replaces what the complete list says.
    let changed = changes.iter().any(|found| !matches!(found, Ok(None)));
    let entries = if changed {
        changes
    } else {
        vec![entry(list, asking)]
    };
    if defect.is_some() {
        tally.barred.extend(kept);
    } else {
        tally.used.extend(kept);
    }
    judge(run, asking, &entries, (&dates, defect, reasons), tally);
    Ok(())
}

/// §5.2.6: where deltas of a list may be had, if none of its issuer's is at hand but what the signer
/// of the document sent along, who may prefer an old one.
fn deltas_to_ask_for(
    run: &mut Run<'_>,
    asking: &Asking<'_, '_>,
    list: &Crl,
    lists: &[Arc<Crl>],
) -> Vec<String> {
    let sent = &run.world.supplied.crls;
    let sent = |delta: &Crl| sent.iter().any(|s| s.sha256() == delta.sha256());
    if lists.iter().any(|l| l.is_delta() && !sent(l)) {
        return Vec::new();
    }
    let own = asking.subject.freshest_crl().unwrap_or_default();
    let points = list.freshest().into_iter().chain(own);
    let addresses = points.flat_map(|p| p.uris().map(str::to_owned).collect::<Vec<_>>());
    let mut found: Vec<String> = addresses
        .filter(|uri| fetched(uri) && run.regard(uri).is_unasked())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn entry(list: &Crl, asking: &Asking<'_, '_>) -> Result<Option<CrlEntry>, String> {
    let found = list.entry(asking.subject.serial(), asking.subject.issuer_name());
    found.map_err(|error| error.to_string())
}

fn judge(
    run: &mut Run<'_>,
    asking: &Asking<'_, '_>,
    entries: &[Result<Option<CrlEntry>, String>],
    (dates, mut defect, reasons): (&Dates, Option<String>, ReasonFlags),
    tally: &mut Tally,
) {
    let mut listed = false;
    for found in entries {
        match found {
            Ok(Some(entry)) => listed = tally.entry(*entry, dates) || listed,
            Ok(None) => {}
            Err(error) => {
                defect.get_or_insert_with(|| error.clone());
            }
        }
    }
    if listed {
        return;
    }
    if let Some(what) = defect {
        tally.cannot_use(what, dates.this_update);
    } else if let Some(recent) = dates.conclusive(run, asking) {
        tally.passed |= recent == Recent::Then;
        // (l)
        tally.covered = tally.covered.or(reasons);
        let oldest = tally
            .as_of
            .map_or(dates.this_update, |at| at.min(dates.this_update));
        tally.as_of = Some(oldest);
    } else {
        tally.stale = tally.stale.max(Some(dates.this_update));
    }
}

impl Dates {
    fn of(crl: &Crl) -> Self {
        Self {
            this_update: crl.this_update(),
            next_update: crl.next_update(),
            expired_since: crl.expired_certs(),
        }
    }
}

/// Keeps the later of two findings, the first of one moment.
fn later<T>(known: &mut Option<(T, Timestamp)>, what: T, as_of: Timestamp) {
    if known.as_ref().is_none_or(|(_, known)| *known < as_of) {
        *known = Some((what, as_of));
    }
}

impl Tally {
    fn cannot_use(&mut self, what: String, as_of: Timestamp) {
        later(&mut self.unusable, what, as_of);
    }

    /// Keeps a list that says nothing good, and what its signer rests on.
    fn bar(&mut self, list: &Arc<Crl>, signer: Vec<Used>) {
        self.barred.push(Used::Crl(Arc::clone(list)));
        self.barred.extend(signer);
    }

    /// Whether something of that moment may say what the lists that say *good* do not.
    fn may_differ(&self, as_of: Timestamp) -> bool {
        self.as_of.is_none_or(|good| good < as_of) || !self.covered.contains(ReasonFlags::ALL)
    }

    /// Whether the entry says anything against the certificate.
    fn entry(&mut self, entry: CrlEntry, dates: &Dates) -> bool {
        let reason = entry.reason;
        // (k)
        if reason == RevocationReason::RemoveFromCrl {
            return false;
        }
        if reason == RevocationReason::CertificateHold {
            self.held = self.held.max(Some(dates.this_update));
            return true;
        }
        let since = entry
            .invalidity
            .map_or(entry.revoked_at, |i| i.min(entry.revoked_at));
        let earlier = self.revoked.is_none_or(|(_, known)| since < known);
        if earlier {
            self.revoked = Some((reason, since));
        }
        true
    }

    fn answer(&mut self) -> Answer {
        match (self.revoked, self.held) {
            (Some((reason, since)), _) => return Answer::Revoked(reason, since),
            (None, Some(as_of)) => return Answer::OnHold(as_of),
            (None, None) => {}
        }
        let (unusable, open) = (self.unusable.take(), self.open.take());
        let unusable = unusable.filter(|(_, as_of)| self.may_differ(*as_of));
        let open = open.filter(|(_, as_of)| self.may_differ(*as_of));
        match (unusable, open, self.as_of, self.stale) {
            // What is open may yet settle what an older one leaves unread.
            (unusable, Some((reason, as_of)), ..)
                if unusable.as_ref().is_none_or(|(_, known)| *known <= as_of) =>
            {
                Answer::Open(reason, Some(as_of))
            }
            (Some((what, as_of)), ..) => Answer::Unusable(what, as_of),
            (None, _, Some(as_of), _) if self.covered.contains(ReasonFlags::ALL) => {
                Answer::Good(as_of)
            }
            (None, _, _, Some(stale)) => Answer::Stale(stale),
            (None, _, _, None) => Answer::Nothing,
        }
    }

    fn word(mut self) -> Word {
        let answer = self.answer();
        let mut used = self.used;
        if !matches!(answer, Answer::Good(_)) {
            used.extend(self.barred);
        }
        Word {
            answer,
            used,
            given: self.given,
            fresher: self.fresher,
            passed: self.passed,
        }
    }
}
