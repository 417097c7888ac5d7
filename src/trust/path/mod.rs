//! Certification path building and validation (RFC 5280 §6) from a certificate to a configured
//! anchor.
//!
//! - `search` goes up from the certificate, through what was supplied, configured or gathered.
//! - `validate` walks a path down from its anchor, clause by clause: §6.1.2 to §6.1.5. It uses
//!   `names` and `subtree` (name constraints), `policy` (the graph of RFC 9618), `purpose` and `key`.
//! - `validity` holds it against the moments; `trust::revocation::status` against CRLs and OCSP.
//! - `clock` knows for how long the answer stays the same, `budget` what may be spent, `problem` the
//!   words of EN 319 102-1.
//!
//! Nothing is fetched here: what is missing is named as a [`Need`], and the caller asks again.

mod budget;
mod clock;
mod key;
mod names;
mod policy;
mod problem;
mod purpose;
mod run;
mod search;
mod subtree;
mod validate;
mod validity;

pub(in crate::trust) use budget::{Exhausted, FileBudget};
pub use clock::Moments;
pub(in crate::trust) use key::WorkingKey;
pub use policy::PolicyDemands;
pub(in crate::trust) use problem::{Problem, about, rejected};
pub use purpose::Purpose;
pub(in crate::trust) use run::{Run, Vouching};
pub(in crate::trust) use search::Goal;
pub(in crate::trust) use validate::Chain;

use crate::model::{Digest, Timestamp};
use crate::trust::algorithms::Acceptance;
use crate::trust::certificate::Certificate;
use crate::trust::evidence::{Asked, Awaited, Need, Pool, Supplied, Used};
use crate::trust::material::Material;
use crate::trust::report::CertificateInfo;
use crate::trust::revocation::signatures::CheckedSignatures;
use crate::trust::verdict::{PathProof, Verdict};
use clock::Clockwork;
use std::sync::Arc;

/// Certificates between signer and anchor, the signer included; real paths have two to four, PKITS
/// up to ten.
const MAX_DEPTH: usize = 16;

/// Which certificates need a statement that they are not revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RevocationDemand {
    /// None is asked about.
    None,
    /// Those about which there is any evidence; it must then be usable and good. For corpora only.
    WhereGiven,
    /// Every one below the anchor.
    Every,
}

/// How strictly certificates are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conformity {
    /// What RFC 5280 forbids authorities to issue is refused, even if it can be processed.
    Strict,
    /// What §6.1 can process is processed.
    Lenient,
}

/// What a path is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Demands {
    /// Which certificates need revocation evidence.
    pub revocation: RevocationDemand,
    /// What the last certificate must be allowed to do.
    pub purpose: Purpose,
    /// Policies (RFC 5280 §6.1.1).
    pub policies: PolicyDemands,
    /// How strictly certificates are read.
    pub conformity: Conformity,
    /// The most intermediate certificates.
    pub max_intermediates: usize,
}

impl Demands {
    /// Everything, for a purpose.
    #[must_use]
    pub fn everything(purpose: Purpose) -> Self {
        Self {
            revocation: RevocationDemand::Every,
            purpose,
            policies: PolicyDemands::default(),
            conformity: Conformity::Strict,
            max_intermediates: MAX_DEPTH.saturating_sub(1),
        }
    }

    /// What a signature over a document demands.
    #[must_use]
    pub fn document() -> Self {
        Self::everything(Purpose::Document)
    }

    /// What a timestamp demands.
    #[must_use]
    pub fn timestamping() -> Self {
        Self::everything(Purpose::Timestamping)
    }
}

/// What was found about the path of one certificate.
#[derive(Clone, Debug)]
pub struct PathOutcome {
    pub(in crate::trust) signer: WorkingKey,
    pub(in crate::trust) path: Vec<CertificateInfo>,
    pub(in crate::trust) domain: Option<String>,
    pub(in crate::trust) issuer_key: Option<Digest>,
    /// Everything that the outcome rests on.
    pub(in crate::trust) used: Vec<Used>,
    pub(in crate::trust) problem: Option<Verdict>,
    pub(in crate::trust) needs: Vec<Need>,
    pub(in crate::trust) awaited: Vec<Awaited>,
    pub(in crate::trust) asked: Vec<Asked>,
    proof: Option<PathProof>,
    from: Timestamp,
    until: Timestamp,
}

impl PathOutcome {
    /// What is wrong; `None` if the path meets the demands.
    #[must_use]
    pub fn problem(&self) -> Option<&Verdict> {
        self.problem.as_ref()
    }

    /// What reports say of the revocation evidence.
    pub(in crate::trust) fn evidence(&self) -> Vec<crate::trust::report::Evidence> {
        self.used.iter().filter_map(Used::described).collect()
    }

    /// What would settle it, where only evidence is missing.
    #[must_use]
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// The certificate.
    pub(in crate::trust) fn certificate(&self) -> &Arc<Certificate> {
        self.signer.certificate()
    }

    /// The proof, if the path met everything that a document's or a timestamp's signature demands.
    pub(in crate::trust) fn proof(&self) -> Option<&PathProof> {
        self.proof.as_ref()
    }

    /// Whether the outcome would be the same at `at`, as far as time alone goes.
    pub(in crate::trust) fn same_at(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// Everything that one judgement of a path draws on.
#[derive(Clone, Copy)]
pub(in crate::trust) struct World<'a> {
    pub(in crate::trust) material: &'a Material,
    pub(in crate::trust) pool: &'a Pool,
    pub(in crate::trust) signatures: &'a CheckedSignatures,
    pub(in crate::trust) supplied: &'a Supplied,
    /// What the checks of the file may cost from which the certificate is; `None` outside a file.
    pub(in crate::trust) file: Option<&'a FileBudget>,
}

/// Searches a path from `signer` to an anchor that meets `demands`.
pub(in crate::trust) fn find(
    world: World<'_>,
    signer: Arc<Certificate>,
    demands: &Demands,
    moments: Moments,
) -> PathOutcome {
    let mut run = Run::new(world, Clockwork::new(moments));
    let goal = Goal::new(demands);
    let (problem, found) = match run.search(&goal, &signer) {
        Ok(found) => (None, found),
        Err(failure) => (Some(failure.problem.verdict), failure.found),
    };
    // A budget that ended anywhere is never a pass.
    let ended = || {
        run.budget
            .ended()
            .map(|what| Problem::exhausted(what).verdict)
    };
    let problem = problem.or_else(ended);
    let (from, until) = (run.clock.from, run.clock.until);
    let proved = problem.is_none() && *demands == Demands::everything(demands.purpose);
    // What more there may be keeps a verdict open; it never made one pass.
    let (needs, awaited) = match problem {
        Some(_) => (run.take_needs(), run.awaited()),
        None => Default::default(),
    };
    PathOutcome {
        path: found.above.iter().map(|c| c.info()).collect(),
        domain: found.domain,
        issuer_key: problem.is_none().then_some(found.issuer_key).flatten(),
        used: found.used,
        signer: found.signer,
        problem,
        needs,
        awaited,
        asked: run.asked,
        proof: proved.then(|| PathProof::assert_all_checks_passed(demands.purpose, from, until)),
        from,
        until,
    }
}

/// Takes an answer of the algorithm policy, and notes until when it stays the same. An error is what
/// is weak, and when it ceased to be accepted.
pub(in crate::trust) fn acceptance(
    found: Acceptance,
    clock: &mut Clockwork,
) -> Result<(), (String, Option<Timestamp>)> {
    let (from, until) = found.span();
    for moment in [from, until].into_iter().flatten() {
        clock.reached_by_signature(moment);
    }
    match found {
        Acceptance::Accepted { .. } => Ok(()),
        Acceptance::NotAccepted { what, since, .. } => Err((what, since)),
    }
}
