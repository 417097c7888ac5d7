//! One judgement: what it draws on, what it has spent, asked and missed.

use super::World;
use super::budget::{Budget, Exhausted};
use super::clock::Clockwork;
use super::key::WorkingKey;
use crate::format::asn1::values::minimal;
use crate::model::{Digest, Reason, Timestamp};
use crate::trust::algorithms::cost;
use crate::trust::anchor::Anchor;
use crate::trust::certificate::Certificate;
use crate::trust::evidence::{Asked, Awaited, Need, Regard, Used};
use crate::trust::name::Name;
use crate::trust::revocation::crl::Crl;
use crate::trust::revocation::ocsp::OcspResponse;
use crate::trust::revocation::signatures::{Checked, Signed};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type VouchedFor = (Digest, Digest, Option<Timestamp>);

/// What vouches for the signer of a CRL.
#[derive(Clone, Debug)]
pub(in crate::trust) enum Vouching {
    /// A path that holds.
    Path(Vec<Used>),
    /// A path to the anchor on which only evidence is missing: which, where it may be had, and what
    /// the path rests on.
    Open(Reason, Vec<Need>, Vec<Used>),
    /// A path to the anchor that does not hold: why, and what that rests on.
    Broken(String, Vec<Used>),
    /// Nothing leads to the anchor: whoever it is, it is none of ours.
    Nothing,
}

/// One judgement: what it draws on, what it has spent, asked and missed.
pub(in crate::trust) struct Run<'a> {
    pub(in crate::trust) world: World<'a>,
    pub(in crate::trust) clock: Clockwork,
    pub(in crate::trust) budget: Budget,
    pub(in crate::trust) asked: Vec<Asked>,
    pub(in crate::trust) needs: Vec<Need>,
    /// What is known of the addresses looked at: throughout one judgement the same.
    regards: BTreeMap<String, Regard>,
    /// Where issuers may be had that no path was found without.
    pub(super) issuer_addresses: Vec<Need>,
    /// What vouches for the signers of CRLs asked for so far, by certificate, anchor and moment.
    pub(in crate::trust) crl_issuers: BTreeMap<VouchedFor, Vouching>,
    /// Certificates whose status is being asked, outermost first.
    pub(in crate::trust) asking: Vec<Digest>,
    /// The certificates under each name asked for so far.
    named: BTreeMap<Name, Named>,
}

/// Certificates under one name: all of them, and those whose issuer bears the name of an anchor.
#[derive(Clone, Default)]
struct Named {
    all: Arc<[Arc<Certificate>]>,
    below_anchors: Arc<[Arc<Certificate>]>,
}

impl<'a> Run<'a> {
    pub(in crate::trust) fn new(world: World<'a>, clock: Clockwork) -> Self {
        Self {
            world,
            clock,
            budget: Budget::default(),
            asked: Vec::new(),
            needs: Vec::new(),
            regards: BTreeMap::new(),
            issuer_addresses: Vec::new(),
            crl_issuers: BTreeMap::new(),
            asking: Vec::new(),
            named: BTreeMap::new(),
        }
    }

    /// Whether the operator lets an anchor count at the moment of judgement.
    pub(in crate::trust) fn in_use(&mut self, anchor: &Anchor) -> bool {
        super::validate::in_use(anchor, &mut self.clock)
    }

    /// What the judgement misses, each thing once.
    pub(in crate::trust) fn take_needs(&mut self) -> Vec<Need> {
        let mut needs = std::mem::take(&mut self.needs);
        needs.sort_unstable();
        needs.dedup();
        needs
    }

    /// What is known of an address.
    pub(in crate::trust) fn regard(&mut self, uri: &str) -> Regard {
        if let Some(known) = self.regards.get(uri) {
            return *known;
        }
        let found = self.world.pool.regard(uri);
        self.regards.insert(uri.to_owned(), found);
        found
    }

    /// The reason with the moment since when an address is silent, if it is.
    pub(in crate::trust) fn since(&mut self, uri: &str, reason: Reason) -> Reason {
        match self.regard(uri).silent_since() {
            Some(since) => reason.with("since", since.to_string()),
            None => reason,
        }
    }

    /// The addresses where it looked for more.
    pub(in crate::trust) fn awaited(&self) -> Vec<Awaited> {
        let all = self.regards.iter();
        all.filter_map(|(uri, regard)| regard.awaited(uri))
            .collect()
    }

    /// One signature over a certificate, a list or a response, computed or remembered.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub(in crate::trust) fn verified(
        &mut self,
        evidence: &impl Signed,
        key: &WorkingKey,
    ) -> Result<Checked, Exhausted> {
        let (budget, file) = (&mut self.budget, self.world.file);
        let signatures = self.world.signatures;
        signatures.check(evidence, key, || {
            budget.signature()?;
            let octets = evidence.to_be_signed().len();
            let paid = file.map_or(Ok(()), |file| file.take(cost(key.facts(), octets)));
            paid.map_err(|what| budget.end_with(what))
        })
    }

    /// Every certificate under a name: configured, gathered and supplied.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub(in crate::trust) fn certificates_named(
        &mut self,
        name: &Name,
    ) -> Result<Vec<Arc<Certificate>>, Exhausted> {
        let found = self.named(name)?.all;
        self.each_looked_at(&found)
    }

    /// As [`Run::certificates_named`], but only those whose issuer bears the name of an anchor.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub(in crate::trust) fn certificates_below_anchors(
        &mut self,
        name: &Name,
    ) -> Result<Vec<Arc<Certificate>>, Exhausted> {
        let found = self.named(name)?.below_anchors;
        self.each_looked_at(&found)
    }

    fn each_looked_at(
        &mut self,
        found: &[Arc<Certificate>],
    ) -> Result<Vec<Arc<Certificate>>, Exhausted> {
        for _ in found {
            self.budget.candidate()?;
        }
        Ok(found.to_vec())
    }

    /// Collected once: a search comes by a name many times.
    fn named(&mut self, name: &Name) -> Result<Named, Exhausted> {
        if let Some(known) = self.named.get(name) {
            return Ok(known.clone());
        }
        let gathered = self.world.pool.certificates_named(name);
        let asked = Asked::Certificates(name.clone(), gathered.version);
        self.asked.push(asked);
        let material = self.world.material;
        let configured = material.certificates_named(name).iter();
        let supplied = self.world.supplied.certificates.iter();
        let supplied = supplied.filter(|c| c.subject_name() == name);
        let mut spent = Ok(());
        let all = configured.chain(&gathered.items).chain(supplied);
        let all = all.take_while(|_| {
            spent = self.budget.candidate();
            spent.is_ok()
        });
        let all = each_once(all);
        spent?;
        let below =
            |c: &&Arc<Certificate>| material.anchors_named(c.issuer_name()).next().is_some();
        let found = Named {
            below_anchors: all.iter().filter(below).cloned().collect(),
            all: all.into(),
        };
        self.named.insert(name.clone(), found.clone());
        Ok(found)
    }

    /// Every list issued under a name: configured, gathered and supplied.
    pub(in crate::trust) fn crls_of(&mut self, name: &Name) -> Vec<Arc<Crl>> {
        let gathered = self.world.pool.crls_of(name);
        self.asked.push(Asked::Crls(name.clone(), gathered.version));
        let configured = self.world.material.crls_of(name).iter();
        let supplied = self.world.supplied.crls.iter();
        let supplied = supplied.filter(|crl| crl.issuer_name() == name);
        each_once(configured.chain(&gathered.items).chain(supplied))
    }

    /// Every response that speaks of a serial number, whoever's: configured, gathered and supplied.
    pub(in crate::trust) fn responses_for(&mut self, serial: &[u8]) -> Vec<Arc<OcspResponse>> {
        let gathered = self.world.pool.responses_for(serial);
        let asked = Asked::Responses(serial.to_vec(), gathered.version);
        self.asked.push(asked);
        let configured = self.world.material.responses_for(serial).iter();
        let supplied = self.world.supplied.responses.iter();
        let supplied = supplied.filter(|response| {
            let mut singles = response.singles().iter();
            singles.any(|single| minimal(single.serial()) == minimal(serial))
        });
        each_once(configured.chain(&gathered.items).chain(supplied))
    }
}

/// The first of each content, in their order.
fn each_once<'i, T: Signed + 'i>(items: impl Iterator<Item = &'i Arc<T>>) -> Vec<Arc<T>> {
    let mut seen = BTreeSet::new();
    items
        .filter(|item| seen.insert(item.sha256()))
        .cloned()
        .collect()
}
