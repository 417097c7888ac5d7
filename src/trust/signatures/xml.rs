//! XML signatures (XML Signature Syntax and Processing 1.1, EN 319 102-1 §5.2).
//!
//! Why a signature cannot be wrapped around something else:
//!
//! 1. **One reading.** One parser makes one tree ([`Document`]); names, identifiers, values, digests, the
//!    report and the payload all come from its nodes ([`Index`]). Only which digests of other files will be
//!    wanted is looked up before, and decides nothing ([`referenced`]).
//! 2. **Nothing stands for two things.** An identifier that two elements have refers to neither
//!    (`resolve`); a comment inside a value, an element where the schema has none, a second SignedInfo
//!    are errors (`format::xml::signature`); a transform that is not on the list is not guessed at
//!    (`transform`).
//! 3. **What was signed is a type.** [`SignedNodes`] has one maker, which gives it after every digest and
//!    the signature value hold, the digests' references being read from the very nodes whose canonical
//!    form the value is over (`nodes::verify`).
//! 4. **What was not signed is counted.** Every node of the file that no reference covers and that is no
//!    part of a signature (`extent::coverage`) makes the coverage `part`, and such a signature does not
//!    pass: the twin that an application might read has nobody's word.
//! 5. **A payload is what went through the digest.** Octets are held while they are digested (`handed`),
//!    [`SignedNodes`] puts them into the report, and [`FileReport::payload`] alone gives them out, of a
//!    signature that passed. Nothing takes an identifier, a path or a place and gives back content, so that
//!    there is no question to which the twin could be the answer.
//!
//! XSW1 to XSW8 are made and refused in `tests/it/trust/xml_wrapping.rs`; that what is handed out of them is
//! nothing or what was signed, in `tests/it/trust/payload.rs`.

mod extent;
mod found;
mod handed;
mod judge;
mod key;
mod nodes;
mod problem;
mod relationships;
mod resolve;
mod transform;
mod under_key;
mod work;
mod xades;

pub use nodes::{SignedNodes, SignedPart};
pub use under_key::verified_under;
pub(in crate::trust) use work::Work;

use crate::format::limits::MAX_XML_REFERENCES;
use crate::format::xml::signature::{DS, Signature, manifest, signatures};
use crate::format::xml::{Document, Index};
use crate::model::{SubIndication, Timestamp};
use crate::trust::algorithms::{DigestAlgorithm, uri};
use crate::trust::report::{FileFormat, FileReport};
use crate::trust::validator::{Signed, Validator};
use crate::trust::verdict::Verdict;
use found::Signatures;
use nodes::File;

/// Judges every signature of an XML document. `work` is shared with what else is judged of the same file.
pub(in crate::trust) fn judge_xml(
    validator: &Validator,
    signed: &Signed<'_>,
    at: Timestamp,
    work: &Work,
) -> FileReport {
    let bytes = signed.content.bytes();
    let faulty = |verdict| FileReport::faulty(FileFormat::Xml, verdict);
    let document = match Document::read(bytes) {
        Ok(document) => document,
        Err(error) => return faulty(unread(bytes, problem::not_read(&error))),
    };
    let index = Index::of(&document);
    let elements = match signatures(&index) {
        Ok(elements) => elements,
        Err(error) => return faulty(problem::malformed(&error)),
    };
    let names = nodes::named(signed);
    let file = File::new(&index, signed, &names, work);
    let signatures = Signatures::read(&index, &elements);
    let given = judge::Given {
        validator,
        file: &file,
        signatures: &signatures,
        at,
    };
    let own = signatures.of_content().zip(1u32..);
    let judged = own.map(|(found, number)| given.judge(found, None, number.to_string()));
    FileReport {
        signatures: judged.collect(),
        ..FileReport::unsigned(FileFormat::Xml)
    }
}

/// What the signatures of a document and the manifests in it say that they have digests of, as far as it can be
/// read.
pub(in crate::trust) fn referenced(bytes: &[u8]) -> Vec<(String, DigestAlgorithm)> {
    let Ok(document) = Document::read(bytes) else {
        return Vec::new();
    };
    let index = Index::of(&document);
    let elements = signatures(&index).unwrap_or_default();
    let read = elements
        .iter()
        .filter_map(|id| Signature::read(&index, *id).ok());
    let own = read.flat_map(|signature| signature.signed_info.references);
    let manifests = index.named(DS, "Manifest").take(MAX_XML_REFERENCES);
    let listed = manifests.filter_map(|id| manifest(&index, id).ok());
    let named = own.chain(listed.flatten()).filter_map(|reference| {
        let algorithm = uri::digest(&reference.digest_method).ok()?;
        Some((reference.uri?, algorithm))
    });
    named.collect()
}

/// What cannot be read fails with any trace of a signature; without one there is nothing that could pass.
fn unread(bytes: &[u8], verdict: Verdict) -> Verdict {
    match memchr::memmem::find(bytes, b"xmldsig#") {
        Some(_) => verdict,
        None => Verdict::indeterminate(SubIndication::FormatFailure, verdict.reason().clone()),
    }
}
