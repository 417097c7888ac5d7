//! What one judgement may spend. Path building among same-named authorities is exponential, and so
//! are other parts of RFC 5280 when somebody means harm; an exhausted budget is INDETERMINATE, never
//! a pass. What the signature checks of all paths of one file may cost is bounded as well.

use std::sync::atomic::{AtomicU64, Ordering};

/// Signature checks: rustls/webpki chose the same number for TLS (issue 152 there); a path with
/// indirect CRLs and delegated responders needs about three for each certificate.
const SIGNATURE_CHECKS: u32 = 100;
/// Candidates looked at as issuer: a search that finds its path looks at a few dozen. webpki allows
/// 200,000, but its candidates cost a comparison of names where ours may cost a CRL.
const CANDIDATES: u32 = 10_000;
/// Names compared with subtrees, the whole judgement together: OpenSSL allows 2^20 for each pair of
/// certificates (`NAME_CHECK_MAX`), some 20 ms.
const NAME_COMPARISONS: u64 = 1 << 20;
/// Nodes of the policy graph: 32 certificates with as many policies and mappings as PKITS uses are
/// below a thousand.
const POLICY_NODES: u32 = 4096;
/// CRLs and OCSP responses looked at; a certificate with base, delta and three parts needs nine.
const STATUS_CANDIDATES: u32 = 1024;

/// What all signature checks of one file may cost, in units of `algorithms/cost.rs`: some 300 ms of a fast core and 800
/// of one half as fast. A form with 64 signers, each under an own chain of three with its responders and a timestamp,
/// comes to as much over P-384, to a quarter over P-256 or RSA-4096.
const FILE_CHECKS: u64 = 350_000;

/// Which part of the budget ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::trust) struct Exhausted(pub(in crate::trust) &'static str);

/// What the signature checks of one file may still cost: of all its signatures and timestamps and of their paths.
/// What is remembered costs nothing.
#[derive(Debug)]
pub(in crate::trust) struct FileBudget(AtomicU64);

impl Default for FileBudget {
    fn default() -> Self {
        Self(AtomicU64::new(FILE_CHECKS))
    }
}

impl FileBudget {
    /// Takes what one check costs, before it is made. Nothing is left once one was too dear, so that no later one
    /// that is cheap decides over a file of which not everything was looked at.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub(in crate::trust) fn take(&self, cost: u64) -> Result<(), Exhausted> {
        let left = self.0.load(Ordering::Relaxed).checked_sub(cost);
        self.0.store(left.unwrap_or(0), Ordering::Relaxed);
        match left {
            Some(_) => Ok(()),
            None => Err(Exhausted("signature checks of one file")),
        }
    }

    /// Whether nothing is left, so that what is found out now may be for want of it.
    pub(in crate::trust) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// What is left.
#[derive(Clone, Copy, Debug)]
pub(in crate::trust) struct Budget {
    signatures: u32,
    candidates: u32,
    names: u64,
    policies: u32,
    statuses: u32,
    ended: Option<Exhausted>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            signatures: SIGNATURE_CHECKS,
            candidates: CANDIDATES,
            names: NAME_COMPARISONS,
            policies: POLICY_NODES,
            statuses: STATUS_CANDIDATES,
            ended: None,
        }
    }
}

impl Budget {
    /// The part that ended, if one did: the judgement must then not pass.
    pub(in crate::trust) fn ended(&self) -> Option<Exhausted> {
        self.ended
    }

    fn end(&mut self, what: &'static str) -> Exhausted {
        *self.ended.get_or_insert(Exhausted(what))
    }

    /// Something beside it ended.
    pub(in crate::trust) fn end_with(&mut self, what: Exhausted) -> Exhausted {
        self.end(what.0)
    }

    /// One signature check.
    pub(in crate::trust) fn signature(&mut self) -> Result<(), Exhausted> {
        match self.signatures.checked_sub(1) {
            Some(left) => self.signatures = left,
            None => return Err(self.end("signature checks")),
        }
        Ok(())
    }

    /// One certificate looked at as issuer.
    pub(in crate::trust) fn candidate(&mut self) -> Result<(), Exhausted> {
        match self.candidates.checked_sub(1) {
            Some(left) => self.candidates = left,
            None => return Err(self.end("candidate issuers")),
        }
        Ok(())
    }

    /// One CRL or OCSP response looked at.
    pub(in crate::trust) fn status(&mut self) -> Result<(), Exhausted> {
        match self.statuses.checked_sub(1) {
            Some(left) => self.statuses = left,
            None => return Err(self.end("revocation evidence")),
        }
        Ok(())
    }

    /// Comparisons of every name with every subtree.
    pub(in crate::trust) fn names(
        &mut self,
        names: usize,
        subtrees: usize,
    ) -> Result<(), Exhausted> {
        let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let product = wide(names).saturating_mul(wide(subtrees));
        match self.names.checked_sub(product) {
            Some(left) => self.names = left,
            None => return Err(self.end("name comparisons")),
        }
        Ok(())
    }

    /// Nodes of the policy graph.
    pub(in crate::trust) fn policy_nodes(&mut self, count: usize) -> Result<(), Exhausted> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        match self.policies.checked_sub(count) {
            Some(left) => self.policies = left,
            None => return Err(self.end("policy nodes")),
        }
        Ok(())
    }
}
