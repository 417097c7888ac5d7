//! What a signature was proved to cover. It has one maker ([`verify`]), which gives it only after every
//! digest and the signature value hold: who takes a payload takes it from here, so that nothing that was
//! not signed can be taken for it.

use super::extent::Extent;
use super::handed::{Holder, Octets, original};
use super::problem::Problem;
use super::resolve::{Target, is_external, resolve};
use super::transform::{Out, Place, of_file, of_node};
use super::work::Work;
use crate::format::xml::canonical::{AllBut, Method, to_vec};
use crate::format::xml::signature::{DS, Reference, Signature, manifest};
use crate::format::xml::{Index, NodeId};
use crate::model::Digest;
use crate::trust::algorithms::{
    DigestAlgorithm, DigestValue, KeyFacts, PublicKeyRef, Rejection, SignatureScheme, uri,
};
use crate::trust::payload::{Piece, PieceForm, Proved};
use crate::trust::report::Covered;
use crate::trust::validator::Signed;
use std::ops::Range;

/// Type of a reference to a manifest (XMLDSig §5.1).
const MANIFEST: &str = "http://www.w3.org/2000/09/xmldsig#Manifest";
/// Type of a reference to an Object (§4.5).
const OBJECT: &str = "http://www.w3.org/2000/09/xmldsig#Object";

/// The nodes and files that one signature covers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedNodes(Vec<SignedPart>);

/// What one reference covers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedPart {
    reference: NodeId,
    /// The node in the document of the signature; `None` for another file.
    node: Option<NodeId>,
    extent: Extent,
    algorithm: DigestAlgorithm,
    covered: Covered,
    /// What went through the digest.
    octets: Octets,
    /// The name of the other file.
    other: Option<String>,
}

impl SignedNodes {
    /// What its references cover, in their order; what manifests name comes behind them.
    #[must_use]
    pub fn parts(&self) -> &[SignedPart] {
        &self.0
    }

    /// The octets that were digested, and the nodes as they stand in the file: all that is ever handed out
    /// of it.
    pub(super) fn proved(&self, file: &File<'_, '_>) -> Proved {
        let wanted = self.0.iter().filter(|_| file.work.hands_out());
        wanted.flat_map(|part| part.pieces(file)).collect()
    }
}

impl SignedPart {
    /// The ds:Reference.
    #[must_use]
    pub fn reference(&self) -> NodeId {
        self.reference
    }

    /// The node that was digested, in the document of the signature, if nothing in it was left out.
    #[must_use]
    pub fn node(&self) -> Option<NodeId> {
        self.node.filter(|id| self.extent == Extent::whole(*id))
    }

    /// SHA-256 of the other file that was digested.
    #[must_use]
    pub fn file(&self) -> Option<Digest> {
        self.covered.file
    }

    pub(super) fn extent(&self) -> &Extent {
        &self.extent
    }

    fn pieces(&self, file: &File<'_, '_>) -> Vec<Piece> {
        let covered = &self.covered;
        if let (Some(file), Octets::Unwanted) = (covered.file, &self.octets) {
            let name = self.other.clone().or_else(|| covered.uri.clone());
            return vec![Piece::beside(name, file)];
        }
        let named = covered.id.as_ref().or(covered.element.as_ref());
        let name = named.or(covered.uri.as_ref()).cloned();
        let held = |form, octets: &Octets| Piece::held(name.clone(), form, octets.held());
        let Extent::Nodes { .. } = &self.extent else {
            return vec![held(PieceForm::Transformed, &self.octets)];
        };
        // Of a file in another encoding the text is not what stands there.
        let here = file.before.is_some();
        let document = file.index.document();
        let original = original(document, &self.extent, file.work).filter(|_| here);
        let original = original.map(|octets| held(PieceForm::Original, &octets));
        let canonical = held(PieceForm::Canonical, &self.octets);
        std::iter::once(canonical).chain(original).collect()
    }

    /// The digest algorithm.
    #[must_use]
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// What reports say of it.
    #[must_use]
    pub fn covered(&self) -> &Covered {
        &self.covered
    }
}

/// One file while its signatures are judged.
#[derive(Clone, Copy)]
pub(in crate::trust) struct File<'a, 'd> {
    pub(super) index: &'a Index<'d>,
    pub(super) signed: &'a Signed<'a>,
    /// Octets before the text in the file; `None` where its octets are not those of the text.
    pub(super) before: Option<usize>,
    pub(super) work: &'a Work,
}

impl<'a, 'd> File<'a, 'd> {
    pub(super) fn new(index: &'a Index<'d>, signed: &'a Signed<'a>, work: &'a Work) -> Self {
        let (bytes, text) = (signed.content.bytes(), index.document().text());
        let before = bytes.ends_with(text.as_bytes());
        Self {
            index,
            signed,
            before: before.then(|| bytes.len().saturating_sub(text.len())),
            work,
        }
    }
}

/// References whose digests hold, while nobody has signed them yet.
pub(super) struct Digested(Vec<SignedPart>);

impl Digested {
    /// To find out which key verifies the value; nothing is covered then.
    pub(super) fn nothing() -> Self {
        Self(Vec::new())
    }
}

/// Core validation (XMLDSig §3.2): every reference, then the signature value under one key.
pub(super) fn verify(
    file: &File<'_, '_>,
    signature: &Signature,
    digested: Digested,
    key: PublicKeyRef<'_>,
) -> Result<(SignedNodes, KeyFacts), Rejection> {
    let (scheme, message) = signed_info(file, signature)?;
    let (_, form) = uri::signature(&signature.signed_info.method)?;
    let value = form.read(&signature.value.octets)?;
    let facts = scheme.verify_with_facts(key, message.as_slice(), &value)?;
    Ok((SignedNodes(digested.0), facts))
}

/// The octets that the value is over: the canonical form of the very nodes that the references were
/// read from (§3.2.2).
fn signed_info(
    file: &File<'_, '_>,
    signature: &Signature,
) -> Result<(SignatureScheme, Vec<u8>), Rejection> {
    let info = &signature.signed_info;
    let (scheme, _) = uri::signature(&info.method)?;
    let method = &info.canonicalization.method;
    let unknown = || Rejection::NotSupported(info.canonicalization.uri.chars().take(128).collect());
    let method = method.as_ref().ok_or_else(unknown)?;
    let document = file.index.document();
    let form = to_vec(document, info.node, method, &AllBut(&[]));
    // What has no canonical form was signed by nobody.
    Ok((scheme, form.map_err(|_| Rejection::Invalid)?))
}

/// Reference validation (§3.2.1): what each refers to, after its transforms, has the signed digest. An
/// error names the reference.
pub(super) fn digests(
    file: &File<'_, '_>,
    signature: &Signature,
) -> Result<Digested, (Option<String>, Problem)> {
    // What is covered is counted over the whole document.
    let whole = file.index.document().text().len();
    file.work.spend(whole).map_err(|problem| (None, problem))?;
    let mut parts = Vec::new();
    for reference in &signature.signed_info.references {
        let part = check(file, signature, reference);
        parts.push(part.map_err(|problem| (reference.uri.clone(), problem))?);
    }
    let mut named = Vec::new();
    for (part, reference) in parts.iter().zip(&signature.signed_info.references) {
        let node = part.node.filter(|id| file.index.is(*id, DS, "Manifest"));
        let about = |problem| (reference.uri.clone(), problem);
        match node {
            // Of a manifest that is not digested whole, another part could be read.
            Some(node) if part.extent != Extent::whole(node) => {
                return Err(about(Problem::NotSupported(
                    "a part of a manifest".to_owned(),
                )));
            }
            Some(node) => named.extend(manifest_parts(file, signature, node)?),
            None if reference.kind.as_deref() == Some(MANIFEST) => {
                return Err(about(Problem::NotFound));
            }
            None => {}
        }
    }
    parts.extend(named);
    Ok(Digested(parts))
}

/// §5.1: what a manifest names is covered only if its own digests hold.
fn manifest_parts(
    file: &File<'_, '_>,
    signature: &Signature,
    node: NodeId,
) -> Result<Vec<SignedPart>, (Option<String>, Problem)> {
    let references = manifest(file.index, node);
    let references = references.map_err(|error| (None, Problem::Structure(error)))?;
    let checked = references.iter().map(|reference| {
        check(file, signature, reference).map_err(|problem| (reference.uri.clone(), problem))
    });
    checked.collect()
}

/// Writes what a reference is to, after its transforms; nodes that are left, in that form.
pub(super) fn digest_input<'a>(
    file: &File<'a, '_>,
    signature: &Signature,
    reference: &Reference,
    implied: &Method,
    out: Out<'_>,
) -> Result<(Target<'a>, Extent), Problem> {
    let place = Place {
        index: file.index,
        signature: signature.node,
        implied,
        work: file.work,
    };
    let target = target(file, signature, reference)?;
    if let Target::Node { apex, .. } = target
        && !is_of_kind(file.index, signature, reference, apex)
    {
        return Err(Problem::NotFound);
    }
    let transforms = &reference.transforms;
    let extent = match target {
        Target::Node { apex, comments } => of_node(place, (apex, comments), transforms, out)?,
        Target::File(other) => of_file(place, other.content, transforms, out)?,
    };
    Ok((target, extent))
}

fn check(
    file: &File<'_, '_>,
    signature: &Signature,
    reference: &Reference,
) -> Result<SignedPart, Problem> {
    let algorithm = uri::digest(&reference.digest_method).map_err(Problem::Algorithm)?;
    let mut holder = Holder::new(file.work);
    let hashed = digested(file, signature, reference, (algorithm, &mut holder))?;
    let (target, extent, digest) = hashed;
    if digest.as_ref() != reference.digest.as_slice() {
        return Err(Problem::Mismatch);
    }
    let node = match target {
        Target::Node { apex, .. } => Some(apex),
        Target::File(_) => None,
    };
    let whole = extent == Extent::File;
    Ok(SignedPart {
        reference: reference.node,
        node,
        extent,
        algorithm,
        covered: Covered {
            uri: reference.uri.clone(),
            element: node.map(|id| element(file.index, id)),
            id: node.and_then(|id| identifier(file.index, id)),
            // Of which something was left out is not covered, whichever file it is.
            file: match target {
                Target::File(other) if whole => Some(other.content.digest()),
                Target::Node { .. } | Target::File(_) => None,
            },
            range: node.and_then(|id| range(file, id)),
            transforms: reference.transforms.iter().map(|t| t.name()).collect(),
            algorithm: algorithm.name(),
            digest: crate::model::digest::to_hex(&reference.digest),
        },
        // A file as it is need not be held.
        octets: match target {
            Target::File(_) if reference.transforms.is_empty() => Octets::Unwanted,
            Target::Node { .. } | Target::File(_) => holder.finish(),
        },
        other: match target {
            Target::File(other) => Some(other.name.to_owned()).filter(|name| !name.is_empty()),
            Target::Node { .. } => None,
        },
    })
}

/// Whether something is what it is said to be (attack catalogue X1): an Object; some signers say so of
/// other parts of the same signature, too. Whatever else bears its identifier was put in its place.
fn is_of_kind(
    index: &Index<'_>,
    signature: &Signature,
    reference: &Reference,
    apex: NodeId,
) -> bool {
    match reference.kind.as_deref() {
        Some(OBJECT) => {
            index.is(apex, DS, "Object") || index.document().parent(apex) == Some(signature.node)
        }
        Some(_) | None => true,
    }
}

fn target<'a>(
    file: &File<'a, '_>,
    signature: &Signature,
    reference: &Reference,
) -> Result<Target<'a>, Problem> {
    let all = signature.signed_info.references.iter();
    let alone = all.filter(|r| is_external(r.uri.as_deref())).count() <= 1;
    resolve(file.index, file.signed, reference.uri.as_deref(), alone)
}

/// What is digested, and the digest: that which is known of another file, or computed here.
fn digested<'a>(
    file: &File<'a, '_>,
    signature: &Signature,
    reference: &Reference,
    (algorithm, holder): (DigestAlgorithm, &mut Holder<'_>),
) -> Result<(Target<'a>, Extent, DigestValue), Problem> {
    let target = target(file, signature, reference)?;
    if let Target::File(other) = target
        && reference.transforms.is_empty()
        && let Some(known) = other.known.and_then(|known| known(other.name, algorithm))
    {
        return Ok((target, Extent::File, known));
    }
    let mut context = algorithm.context();
    let as_it_is = matches!(target, Target::File(_)) && reference.transforms.is_empty();
    let mut out = |piece: &[u8]| {
        context.update(piece);
        if !as_it_is {
            holder.take(piece);
        }
    };
    // XMLDSig §4.4.3.2: Canonical XML 1.0 where nothing else is said.
    let implied = Method::implied();
    let (target, extent) = digest_input(file, signature, reference, &implied, &mut out)?;
    Ok((target, extent, context.finish()))
}

/// The element that is meant: of the document, the one that is in no other.
fn element(index: &Index<'_>, id: NodeId) -> String {
    let document = index.document();
    let id = if id == document.root() {
        document.element()
    } else {
        id
    };
    let tag = document.tag(id);
    tag.map_or_else(String::new, |tag| tag.name().chars().take(200).collect())
}

fn identifier(index: &Index<'_>, id: NodeId) -> Option<String> {
    let document = index.document();
    let id = if id == document.root() {
        document.element()
    } else {
        id
    };
    let found = index.identifier(id)?;
    Some(found.chars().take(200).collect())
}

fn range(file: &File<'_, '_>, id: NodeId) -> Option<Range<u64>> {
    let document = file.index.document();
    let range = match id == document.root() {
        true => 0..document.text().len(),
        false => document.range(id),
    };
    let place = |at: usize| u64::try_from(at.checked_add(file.before?)?).ok();
    Some(place(range.start)?..place(range.end)?)
}
