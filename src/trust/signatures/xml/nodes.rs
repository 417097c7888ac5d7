//! What a signature was proved to cover. It has one maker ([`verify`]), which gives it only after every
//! digest and the signature value hold: who takes a payload takes it from here, so that nothing that was
//! not signed can be taken for it.

use super::extent::Extent;
use super::handed::{Form, Holder, Octets, original};
use super::problem::Problem;
use super::resolve::{Target, is_external, resolve};
use super::transform::{Out, Place, of_file, of_node};
use super::work::{Hashed, Input, Of, Work};
use crate::format::uri::Names;
use crate::format::xml::canonical::{AllBut, CanonicalError, Method, walking, write_within};
use crate::format::xml::signature::{DS, Reference, Signature, Transform, manifest};
use crate::format::xml::{Index, NodeId};
use crate::model::Digest;
use crate::trust::algorithms::{
    DigestAlgorithm, KeyFacts, PublicKeyRef, Rejection, SignatureScheme, uri,
};
use crate::trust::payload::{Piece, PieceForm, Proved};
use crate::trust::report::Covered;
use crate::trust::validator::{Beside, Signed};
use std::collections::BTreeSet;
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
    /// The files beside it by their names.
    pub(super) names: &'a Names<'a, Beside<'a>>,
    /// Octets before the text in the file; `None` where its octets are not those of the text.
    pub(super) before: Option<usize>,
    /// Its number among the documents for which the work is.
    number: usize,
    pub(super) work: &'a Work,
}

/// Files by their names.
pub(super) fn named<'a>(signed: &Signed<'a>) -> Names<'a, Beside<'a>> {
    Names::of(signed.beside.iter().map(|one| (one.name, *one)))
}

impl<'a, 'd> File<'a, 'd> {
    pub(super) fn new(
        index: &'a Index<'d>,
        signed: &'a Signed<'a>,
        names: &'a Names<'a, Beside<'a>>,
        work: &'a Work,
    ) -> Self {
        let (bytes, text) = (signed.content.bytes(), index.document().text());
        let before = index.document().is_borrowed() || bytes.ends_with(text.as_bytes());
        Self {
            index,
            signed,
            names,
            before: before.then(|| bytes.len().saturating_sub(text.len())),
            number: work.document(),
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

/// What the value of one signature is over: the canonical form of the very nodes that its references were
/// read from (XMLDSig §3.2.2), made once, whichever keys are tried.
pub(super) struct Statement<'s> {
    signature: &'s Signature,
    scheme: SignatureScheme,
    octets: Vec<u8>,
}

impl<'s> Statement<'s> {
    pub(super) fn of(file: &File<'_, '_>, signature: &'s Signature) -> Result<Self, Problem> {
        let info = &signature.signed_info;
        let (scheme, _) = uri::signature(&info.method).map_err(Problem::Algorithm)?;
        let name = &info.canonicalization.uri;
        let unknown = || Rejection::NotSupported(name.chars().take(128).collect());
        let method = info.canonicalization.method.as_ref();
        let method = method.ok_or_else(|| Problem::Algorithm(unknown()))?;
        let document = file.index.document();
        let (from, mut form) = ((document, info.node), Form::of(document));
        let mut out = |piece: &[u8]| form.take(piece);
        match write_within(file.work.octets(), from, method, &AllBut(&[]), &mut out) {
            Ok(()) => Ok(Self {
                signature,
                scheme,
                octets: form.finish()?,
            }),
            Err(CanonicalError::Spent(spent)) => Err(spent.into()),
            // What has no canonical form was signed by nobody.
            Err(CanonicalError::RelativeNamespace(_)) => {
                Err(Problem::Algorithm(Rejection::Invalid))
            }
        }
    }
}

impl Statement<'_> {
    /// How many octets it has.
    pub(super) fn octets(&self) -> usize {
        self.octets.len()
    }
}

/// Core validation (§3.2): every reference, then the signature value under one key.
pub(super) fn verify(
    file: &File<'_, '_>,
    statement: &Statement<'_>,
    digested: Digested,
    key: PublicKeyRef<'_>,
) -> Result<(SignedNodes, KeyFacts), Problem> {
    let signature = statement.signature;
    file.work.spend(statement.octets.len())?;
    let verified = || {
        let (_, form) = uri::signature(&signature.signed_info.method)?;
        let value = form.read(&signature.value.octets)?;
        statement
            .scheme
            .verify_with_facts(key, statement.octets.as_slice(), &value)
    };
    let facts = verified().map_err(Problem::Algorithm)?;
    Ok((SignedNodes(digested.0), facts))
}

/// Reference validation (§3.2.1): what each refers to, after its transforms, has the signed digest. An
/// error names the reference.
pub(super) fn digests(
    file: &File<'_, '_>,
    signature: &Signature,
) -> Result<Digested, (Option<String>, Problem)> {
    // What is covered is counted over the whole document.
    let document = file.index.document();
    let nodes = document.after(document.root()).place();
    let counted = file.work.spend(walking(document.text().len(), nodes));
    counted.map_err(|problem| (None, problem))?;
    let mut parts = Vec::new();
    for reference in &signature.signed_info.references {
        let part = check(file, signature, reference);
        parts.push(part.map_err(|problem| (reference.uri.clone(), problem))?);
    }
    let (mut named, mut manifests) = (Vec::new(), BTreeSet::new());
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
            Some(node) if manifests.insert(node) => {
                named.extend(manifest_parts(file, signature, node)?);
            }
            Some(_) => {}
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
) -> Result<Extent, Problem> {
    let target = target(file, signature, reference)?;
    write_target(
        file,
        signature,
        (target, &reference.transforms),
        implied,
        out,
    )
}

fn write_target(
    file: &File<'_, '_>,
    signature: &Signature,
    (target, transforms): (Target<'_>, &[Transform]),
    implied: &Method,
    out: Out<'_>,
) -> Result<Extent, Problem> {
    let place = Place {
        index: file.index,
        signature: signature.node,
        implied,
        work: file.work,
    };
    match target {
        Target::Node { apex, comments } => of_node(place, (apex, comments), transforms, out),
        Target::File(other) => of_file(place, other.content, transforms, out),
    }
}

fn check(
    file: &File<'_, '_>,
    signature: &Signature,
    reference: &Reference,
) -> Result<SignedPart, Problem> {
    file.work.reference()?;
    let algorithm = uri::digest(&reference.digest_method).map_err(Problem::Algorithm)?;
    let (target, hashed) = digested(file, signature, reference, algorithm)?;
    let Hashed {
        extent,
        digest,
        octets,
    } = hashed;
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
            id: match node {
                Some(id) => identifier(file, id)?,
                None => None,
            },
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
        octets,
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
    let alone = || {
        let all = signature.signed_info.references.iter();
        let mut others = all.filter(|r| is_external(r.uri.as_deref()));
        others.nth(1).is_none()
    };
    let from = (file.signed, file.names);
    let target = resolve(file.index, from, reference.uri.as_deref(), alone)?;
    match target {
        Target::Node { apex, .. } if !is_of_kind(file.index, signature, reference, apex) => {
            Err(Problem::NotFound)
        }
        Target::Node { .. } | Target::File(_) => Ok(target),
    }
}

/// What is digested, and the digest: that which is known, or computed here.
fn digested<'a>(
    file: &File<'a, '_>,
    signature: &Signature,
    reference: &Reference,
    algorithm: DigestAlgorithm,
) -> Result<(Target<'a>, Hashed), Problem> {
    let target = target(file, signature, reference)?;
    let transforms = &reference.transforms;
    if let Target::File(other) = target
        && transforms.is_empty()
        && let Some(known) = other.known.and_then(|known| known(other.name, algorithm))
    {
        let hashed = Hashed {
            extent: Extent::File,
            digest: known,
            octets: Octets::Unwanted,
        };
        return Ok((target, hashed));
    }
    let input = input(file, signature, (target, transforms), algorithm);
    if let Some(hashed) = input.as_ref().and_then(|input| file.work.known(input)) {
        return Ok((target, hashed));
    }
    let (mut context, mut holder) = (algorithm.context(), Holder::new(file.work));
    // A file as it is need not be held.
    let as_it_is = matches!(target, Target::File(_)) && transforms.is_empty();
    let mut out = |piece: &[u8]| {
        context.update(piece);
        if !as_it_is {
            holder.take(piece);
        }
    };
    // XMLDSig §4.4.3.2: Canonical XML 1.0 where nothing else is said.
    let implied = Method::implied();
    let extent = write_target(file, signature, (target, transforms), &implied, &mut out)?;
    let hashed = Hashed {
        extent,
        digest: context.finish(),
        octets: match as_it_is {
            true => Octets::Unwanted,
            false => holder.finish(),
        },
    };
    if let Some(input) = input {
        file.work.keep(input, hashed.clone());
    }
    Ok((target, hashed))
}

/// What makes two digests one. An expression is one with no other: what its names stand for depends on where
/// it is written.
fn input(
    file: &File<'_, '_>,
    signature: &Signature,
    (target, transforms): (Target<'_>, &[Transform]),
    algorithm: DigestAlgorithm,
) -> Option<Input> {
    let chooses = |t: &Transform| matches!(t, Transform::XPath(_) | Transform::Filter(_));
    if transforms.iter().any(chooses) {
        return None;
    }
    let enveloped = transforms.contains(&Transform::Enveloped);
    Some(Input {
        of: match target {
            Target::Node { apex, comments } => Of::Node(file.number, apex, comments),
            // Of what could not be read nothing is known.
            Target::File(other) => match other.content.digest() {
                Digest::ZERO => return None,
                digest => Of::File(digest),
            },
        },
        without: enveloped.then_some(signature.node),
        transforms: transforms.to_vec(),
        algorithm,
    })
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

/// A start-tag may be as long as the document, and every reference be to its element.
fn identifier(file: &File<'_, '_>, id: NodeId) -> Result<Option<String>, Problem> {
    let document = file.index.document();
    let id = if id == document.root() {
        document.element()
    } else {
        id
    };
    let tag = document.content(id).start;
    let tag = tag.saturating_sub(document.range(id).start);
    file.work.spend(tag)?;
    let found = file.index.identifier(id);
    Ok(found.map(|found| found.chars().take(200).collect()))
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
