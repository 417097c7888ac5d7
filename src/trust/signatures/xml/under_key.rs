//! Integrity alone, under keys that are handed in: no verdict follows from it, since a key without a
//! certificate is nobody's.

use super::nodes::{Digested, File, SignedNodes, Statement, digests, named, verify};
use super::problem::{self, Problem};
use super::work::Work;
use crate::format::xml::signature::{Signature, signatures};
use crate::format::xml::{Document, Index};
use crate::trust::algorithms::{PublicKeyRef, Rejection};
use crate::trust::validator::Signed;
use crate::trust::verdict::Verdict;

/// What each signature of a document covers, verified under one of the keys (SubjectPublicKeyInfo) that
/// `keys` gives for it. The same checks as in a judgement, without the signer and without any word about
/// algorithms.
///
/// # Errors
/// What does not hold, of the first signature of which something does not.
pub fn verified_under(
    signed: &Signed<'_>,
    keys: &dyn Fn(&Index<'_>, &Signature) -> Vec<Vec<u8>>,
) -> Result<Vec<SignedNodes>, Verdict> {
    let document = Document::read(signed.content.bytes());
    let document = document.map_err(|error| problem::not_read(&error))?;
    let index = Index::of(&document);
    let elements = signatures(&index).map_err(|error| problem::malformed(&error))?;
    let work = Work::alone(signed, false);
    let names = named(signed);
    let file = File::new(&index, signed, &names, &work);
    let verified = elements.into_iter().map(|id| {
        let signature = Signature::read(&index, id);
        let signature = signature.map_err(|error| problem::malformed(&error))?;
        let mut problem = Problem::Algorithm(Rejection::Invalid);
        let statement = Statement::of(&file, &signature);
        for key in keys(&index, &signature) {
            let digested = held(&file, &signature)?;
            let statement = statement.as_ref().map_err(Clone::clone);
            let key = PublicKeyRef::new(&key);
            match statement.and_then(|statement| verify(&file, statement, digested, key)) {
                Ok((nodes, _)) => return Ok(nodes),
                Err(other) => problem = other,
            }
        }
        held(&file, &signature)?;
        Err(problem.verdict(None))
    });
    verified.collect()
}

fn held(file: &File<'_, '_>, signature: &Signature) -> Result<Digested, Verdict> {
    digests(file, signature).map_err(|(uri, problem)| problem.verdict(uri.as_deref()))
}
