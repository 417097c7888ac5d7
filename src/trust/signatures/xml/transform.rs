//! Transforms (XMLDSig §4.4.3.2, §6.6): from what a reference refers to, to the octets that are digested.
//! An allow-list: what is not on it is not guessed at.

use super::extent::Extent;
use super::handed::Form;
use super::problem::Problem;
use super::relationships::transformed;
use super::work::Work;
use crate::format::content::Content;
use crate::format::limits::MAX_XML_BYTES;
use crate::format::xml::canonical::{AllBut, Method, walking, write_within};
use crate::format::xml::signature::{Filter, FilterOperation, Transform, XPathExpression};
use crate::format::xml::xpath::{
    Chosen, Here, chosen_by, compile_paths, compile_test, subtrees_of,
};
use crate::format::xml::{Document, Index, Kind, NodeId};

/// Takes the octets that are digested.
pub(super) type Out<'o> = &'o mut dyn FnMut(&[u8]);

/// Where the transforms stand.
#[derive(Clone, Copy)]
pub(super) struct Place<'a, 'd> {
    /// The document of the signature.
    pub(super) index: &'a Index<'d>,
    /// The signature that they are in.
    pub(super) signature: NodeId,
    /// What a set of nodes becomes in the end, where no transform says it.
    pub(super) implied: &'a Method,
    pub(super) work: &'a Work,
}

/// A set of nodes.
struct Nodes<'i, 'd> {
    index: &'i Index<'d>,
    /// Whether they are those of the document of the signature.
    own: bool,
    apex: NodeId,
    comments: bool,
    without: Vec<NodeId>,
    chosen: Option<Chosen>,
}

/// Digests a node of the document of the signature; what of it was digested.
pub(super) fn of_node(
    place: Place<'_, '_>,
    (apex, comments): (NodeId, bool),
    transforms: &[Transform],
    out: Out<'_>,
) -> Result<Extent, Problem> {
    let nodes = Nodes {
        index: place.index,
        own: true,
        apex,
        comments,
        without: Vec::new(),
        chosen: None,
    };
    nodes.run(place, transforms, out)
}

/// Digests another file.
pub(super) fn of_file(
    place: Place<'_, '_>,
    content: &dyn Content,
    transforms: &[Transform],
    out: Out<'_>,
) -> Result<Extent, Problem> {
    let length = usize::try_from(content.length()).unwrap_or(usize::MAX);
    if !transforms.is_empty() && length > MAX_XML_BYTES {
        return Err(Problem::Limit("octets to be transformed", MAX_XML_BYTES));
    }
    place.work.spend(length)?;
    if !transforms.is_empty() {
        // What is transformed has to be at hand in one piece.
        return steps(place, place.work.whole(content)?, transforms, out);
    }
    content
        .feed(0..content.length(), out)
        .map_err(Problem::Content)?;
    Ok(Extent::File)
}

fn of_octets(
    place: Place<'_, '_>,
    octets: &[u8],
    transforms: &[Transform],
    out: Out<'_>,
) -> Result<Extent, Problem> {
    place.work.spend(octets.len())?;
    steps(place, octets, transforms, out)
}

/// Of octets that are paid for.
fn steps(
    place: Place<'_, '_>,
    octets: &[u8],
    transforms: &[Transform],
    out: Out<'_>,
) -> Result<Extent, Problem> {
    match transforms.split_first() {
        None => {
            out(octets);
            Ok(Extent::File)
        }
        Some((Transform::Base64, rest)) => {
            let text = std::str::from_utf8(octets).map_err(|_| Problem::NotBase64)?;
            of_base64(place, text, rest, out)?;
            Ok(Extent::Unclear)
        }
        // §4.4.3.2: octets become nodes by being parsed.
        Some((Transform::Canonical(_) | Transform::XPath(_) | Transform::Filter(_), _)) => {
            let document = Document::read(octets).map_err(Problem::Xml)?;
            let nodes = Nodes {
                index: &Index::of(&document),
                own: false,
                apex: document.root(),
                comments: true,
                without: Vec::new(),
                chosen: None,
            };
            nodes.run(place, transforms, out)
        }
        Some((Transform::Relationships(named), rest)) => {
            let document = Document::read(octets).map_err(Problem::Xml)?;
            let unknown = || Problem::NotSupported("relationships of another part".to_owned());
            let text = transformed(&Index::of(&document), named).ok_or_else(unknown)?;
            // ISO/IEC 29500-2 §10.5.8: a canonical form follows.
            let Some(Transform::Canonical(_)) = rest.first() else {
                return Err(Problem::NotSupported(
                    "relationships as they are".to_owned(),
                ));
            };
            of_octets(place, text.as_bytes(), rest, out)?;
            Ok(Extent::Unclear)
        }
        Some((other @ (Transform::Enveloped | Transform::Other(_)), _)) => {
            Err(Problem::NotSupported(other.name()))
        }
    }
}

fn of_base64(
    place: Place<'_, '_>,
    text: &str,
    rest: &[Transform],
    out: Out<'_>,
) -> Result<Extent, Problem> {
    let octets = crate::format::xml::signature::decoded(text).ok_or(Problem::NotBase64)?;
    of_octets(place, &octets, rest, out)
}

impl Nodes<'_, '_> {
    fn run(
        mut self,
        place: Place<'_, '_>,
        transforms: &[Transform],
        out: Out<'_>,
    ) -> Result<Extent, Problem> {
        let Some((first, rest)) = transforms.split_first() else {
            self.write(place, place.implied, out)?;
            return Ok(self.extent(place.implied.comments));
        };
        match first {
            Transform::Canonical(method) => return self.canonical(place, method, rest, out),
            Transform::Base64 => return self.base64(place, rest, out),
            // §6.6.4: only in the document that the signature is in.
            Transform::Enveloped if self.own => {
                // Of what lies in the signature itself nothing is left.
                if self.index.document().contains(place.signature, self.apex) {
                    return Err(Problem::Mismatch);
                }
                self.without.push(place.signature);
            }
            Transform::XPath(expression) => self.keep(&self.test(place, expression)?),
            Transform::Filter(filters) => self.keep(&self.filter(place, filters)?),
            Transform::Enveloped | Transform::Relationships(_) | Transform::Other(_) => {
                return Err(Problem::NotSupported(first.name()));
            }
        }
        self.run(place, rest, out)
    }

    fn keep(&mut self, chosen: &Chosen) {
        match &mut self.chosen {
            Some(before) => before.keep(chosen),
            None => self.chosen = Some(chosen.clone()),
        }
    }

    fn canonical(
        self,
        place: Place<'_, '_>,
        method: &Method,
        rest: &[Transform],
        out: Out<'_>,
    ) -> Result<Extent, Problem> {
        if rest.is_empty() {
            self.write(place, method, out)?;
            return Ok(self.extent(method.comments));
        }
        let mut form = Form::of(self.index.document());
        self.write(place, method, &mut |piece| form.take(piece))?;
        let behind = of_octets(place, &form.finish()?, rest, out)?;
        // Another canonical form of the same leaves out comments at most; of anything else that is not known.
        let same = rest.iter().all(|t| matches!(t, Transform::Canonical(_)));
        let keeps = |t: &Transform| matches!(t, Transform::Canonical(method) if method.comments);
        let comments = method.comments && rest.iter().all(keeps);
        Ok(match behind {
            Extent::Unclear => Extent::Unclear,
            Extent::Nodes { .. } | Extent::TextOf(_) | Extent::File if same => {
                self.extent(comments)
            }
            Extent::Nodes { .. } | Extent::TextOf(_) | Extent::File => Extent::Unclear,
        })
    }

    fn write(&self, place: Place<'_, '_>, method: &Method, out: Out<'_>) -> Result<(), Problem> {
        let (document, work) = (self.index.document(), place.work.octets());
        let method = Method {
            comments: method.comments && self.comments,
            ..method.clone()
        };
        let from = (document, self.apex);
        Ok(match &self.chosen {
            None => write_within(work, from, &method, &AllBut(&self.without), out),
            Some(chosen) => {
                let mut chosen = chosen.clone();
                for id in &self.without {
                    chosen.leave_out(*id, document.after(*id));
                }
                write_within(work, from, &method, &chosen, out)
            }
        }?)
    }

    /// §6.6.2: the character data, whatever the elements around it.
    fn base64(
        self,
        place: Place<'_, '_>,
        rest: &[Transform],
        out: Out<'_>,
    ) -> Result<Extent, Problem> {
        let document = self.index.document();
        let inside = |id: &NodeId| document.contains(self.apex, *id);
        if self.chosen.is_some() || self.without.iter().any(inside) {
            return Err(Problem::NotSupported("base64 of a part".to_owned()));
        }
        let apex = match self.apex == document.root() {
            true => document.element(),
            false => self.apex,
        };
        let nodes = document.after(apex).place().saturating_sub(apex.place());
        place
            .work
            .spend(walking(document.range(apex).len(), nodes))?;
        let extent = match self.own {
            true => Extent::TextOf(apex),
            false => Extent::Unclear,
        };
        of_base64(place, &document.character_data(apex), rest, out)?;
        Ok(if rest.is_empty() {
            extent
        } else {
            Extent::Unclear
        })
    }

    /// `comments`: whether they were digested. In another file they may be content for those who open it (some
    /// offices' programs read instructions from them); in this one nobody takes them for any.
    fn extent(self, comments: bool) -> Extent {
        let document = self.index.document();
        let left_out =
            |id: NodeId| document.kind(id) == Kind::Comment && !(comments && self.comments);
        if !self.own && document.nodes().any(left_out) {
            return Extent::Unclear;
        }
        match (self.own, &self.chosen) {
            (true, _) => Extent::Nodes {
                apex: self.apex,
                without: self.without,
                chosen: self.chosen,
            },
            (false, None) => Extent::File,
            (false, Some(_)) => Extent::Unclear,
        }
    }

    fn here(&self, place: Place<'_, '_>) -> Here {
        Here {
            signature: self.own.then_some(place.signature),
        }
    }

    /// Each pass reads every start-tag.
    fn spend(&self, place: Place<'_, '_>, passes: usize, text: &str) -> Result<(), Problem> {
        /// Octets of an expression whose terms cost as much as one more pass.
        const TERMS: usize = 64;
        let document = self.index.document();
        let pass = walking(
            document.text().len(),
            document.after(document.root()).place(),
        );
        let passes = passes.saturating_add(text.len() / TERMS);
        place.work.spend(pass.saturating_mul(passes))
    }

    fn test(&self, place: Place<'_, '_>, expression: &XPathExpression) -> Result<Chosen, Problem> {
        let unknown = || Problem::NotSupported("xpath".to_owned());
        let text = expression.text.as_deref().ok_or_else(unknown)?;
        let test = compile_test(text, &prefixes(place, expression.node)).ok_or_else(unknown)?;
        self.spend(place, test.passes(), text)?;
        chosen_by(&test, self.index, self.here(place)).ok_or_else(unknown)
    }

    /// XPath Filter 2.0 §3.4: the steps work on the whole document, and what they leave is kept.
    fn filter(&self, place: Place<'_, '_>, filters: &[Filter]) -> Result<Chosen, Problem> {
        let unknown = || Problem::NotSupported("xpath-filter2".to_owned());
        let mut left = Chosen::all(self.index.document());
        for filter in filters {
            let expression = &filter.expression;
            let text = expression.text.as_deref().ok_or_else(unknown)?;
            let prefixes = prefixes(place, expression.node);
            let paths = compile_paths(text, &prefixes).ok_or_else(unknown)?;
            self.spend(place, paths.passes(), text)?;
            let found = subtrees_of(&paths, self.index, self.here(place)).ok_or_else(unknown)?;
            match filter.operation {
                FilterOperation::Intersect => left.keep(&found),
                FilterOperation::Subtract => left.remove(&found),
                FilterOperation::Union => left.add(&found),
            }
        }
        Ok(left)
    }
}

/// Octets of a namespace in an expression: it is compared with that of every element, and the longest that is in
/// use has a hundred.
const MAX_NAMESPACE: usize = 1024;

/// What prefixes stand for at an element of the signature's document; none is known that is not bound.
fn prefixes<'p>(place: Place<'p, '_>, at: NodeId) -> impl Fn(&str) -> Option<String> + 'p {
    let index = place.index;
    move |prefix: &str| {
        let namespace = index.namespace(at, prefix);
        let known = (1..=MAX_NAMESPACE).contains(&namespace.len());
        known.then(|| namespace.to_owned())
    }
}
