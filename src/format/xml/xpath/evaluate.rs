//! Expressions over a document, each test in one pass.

use super::set::{Bits, Chosen};
use super::{Axis, ElementTest, Expression, Here, Path, Paths, Predicate, Test};
use crate::format::xml::{Found, Index, NodeId};
use std::cell::OnceCell;

/// The nodes for which a test is true.
#[must_use]
pub fn chosen_by(test: &Test, index: &Index<'_>, here: Here) -> Option<Chosen> {
    if test.expression == Expression::OutsideOwnSignature {
        return outside(index, here.signature?);
    }
    let known: Vec<Known> = test.elements.iter().map(|t| Known::of(index, t)).collect();
    let mut chosen = Chosen::none(index.document().nodes().count());
    for (id, parent) in index.document().nodes_with_parents() {
        let own = Place {
            own: Some(id),
            parent,
            text: false,
        };
        let inside = |text| Place {
            own: None,
            parent: Some(id),
            text,
        };
        chosen.own.set(id, holds(&test.expression, &known, own));
        let text = holds(&test.expression, &known, inside(true));
        chosen.text.set(id, text);
        let attribute = holds(&test.expression, &known, inside(false));
        chosen.attributes.set(id, attribute);
    }
    Some(chosen)
}

fn outside(index: &Index<'_>, signature: NodeId) -> Option<Chosen> {
    let mut chosen = Chosen::all(index.document());
    chosen.leave_out(signature, index.document().after(signature));
    Some(chosen)
}

/// Whether elements meet a test, and whether they or any around them do.
struct Known {
    meets: Bits,
    within: Bits,
}

impl Known {
    fn of(index: &Index<'_>, test: &ElementTest) -> Self {
        let nodes = index.document().nodes().count();
        let (mut meets, mut within) = (Bits::none(nodes), Bits::none(nodes));
        for (id, parent) in index.document().nodes_with_parents() {
            let inherited = parent.is_some_and(|parent| within.get(parent));
            let own = meets_test(index, id, test);
            meets.set(id, own);
            within.set(id, own || inherited);
        }
        Self { meets, within }
    }
}

/// A node while it is tested: one of the tree, or character data, an attribute or a namespace in one.
#[derive(Clone, Copy)]
struct Place {
    own: Option<NodeId>,
    parent: Option<NodeId>,
    text: bool,
}

fn holds(expression: &Expression, known: &[Known], place: Place) -> bool {
    match expression {
        Expression::Or(all) => all.iter().any(|one| holds(one, known, place)),
        Expression::And(all) => all.iter().all(|one| holds(one, known, place)),
        Expression::Not(inside) => !holds(inside, known, place),
        Expression::Always(value) => *value,
        Expression::IsText => place.text,
        Expression::OutsideOwnSignature => false,
        Expression::Step(axis, at) => {
            let Some(known) = known.get(*at) else {
                return false;
            };
            let within = |id: NodeId| known.within.get(id);
            let meets = |id: NodeId| known.meets.get(id);
            match axis {
                Axis::Own => place.own.is_some_and(meets),
                Axis::Parent => place.parent.is_some_and(meets),
                Axis::Ancestor => place.parent.is_some_and(within),
                Axis::AncestorOrSelf => place.own.or(place.parent).is_some_and(within),
            }
        }
    }
}

fn meets_test(index: &Index<'_>, id: NodeId, test: &ElementTest) -> bool {
    let Some(tag) = index.document().tag(id) else {
        return false;
    };
    let element = Element {
        index,
        id,
        name: tag.name(),
        local: tag.split().1,
        namespace: OnceCell::new(),
    };
    let named = test.local.as_deref().is_none_or(|own| own == element.local);
    let spaced = |wanted: &str| wanted == element.namespace();
    named
        && test.namespace.as_deref().is_none_or(spaced)
        && test.predicates.iter().all(|p| element.meets(p))
}

/// An element while it is tested: whatever is asked of it, its names are read once.
struct Element<'i> {
    index: &'i Index<'i>,
    id: NodeId,
    name: &'i str,
    local: &'i str,
    namespace: OnceCell<&'i str>,
}

impl Element<'_> {
    fn namespace(&self) -> &str {
        self.namespace.get_or_init(|| self.index.name(self.id).0)
    }

    fn meets(&self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::Or(all) => all.iter().any(|one| self.meets(one)),
            Predicate::And(all) => all.iter().all(|one| self.meets(one)),
            Predicate::Not(inside) => !self.meets(inside),
            Predicate::LocalName(name) => self.local == name,
            Predicate::LocalNameBegins(start) => self.local.starts_with(start.as_str()),
            Predicate::QualifiedName(name) => self.name == name,
            Predicate::Namespace(namespace) => self.namespace() == namespace,
            Predicate::Attribute(name, value) => {
                // `xmlns` is a namespace and no attribute (XPath 1.0 §5.3).
                let found = self.index.document().attribute(self.id, name);
                let found = found.filter(|_| name != "xmlns");
                match value {
                    Some(value) => found.is_some_and(|found| found == value.as_str()),
                    None => found.is_some(),
                }
            }
        }
    }
}

/// The nodes in the subtrees that paths lead to, of what holds each.
#[must_use]
pub fn subtrees_of(paths: &Paths, index: &Index<'_>, here: Here) -> Option<Chosen> {
    let document = index.document();
    let nodes = document.nodes().count();
    let mut apexes = Bits::none(nodes);
    for path in &paths.0 {
        match path {
            Path::Whole => apexes.set(document.root(), true),
            Path::OwnSignature => apexes.set(here.signature?, true),
            Path::Id(id) => match index.by_id(id) {
                Some(Found::One(node)) => apexes.set(node, true),
                // Which of them is meant, two readers may see differently.
                Some(Found::Several) => return None,
                None => {}
            },
            Path::Steps(steps) => follow(steps, index, &mut apexes),
        }
    }
    let mut chosen = Chosen::none(nodes);
    let mut within = apexes;
    for (id, parent) in document.nodes_with_parents() {
        if parent.is_some_and(|parent| within.get(parent)) {
            within.set(id, true);
        }
        let inside = within.get(id);
        chosen.set_all(id, inside);
    }
    Some(chosen)
}

/// Marks where steps lead to.
fn follow(steps: &[(bool, ElementTest)], index: &Index<'_>, apexes: &mut Bits) {
    let document = index.document();
    let nodes = document.nodes().count();
    let mut from = Bits::none(nodes);
    from.set(document.root(), true);
    for (anywhere, test) in steps {
        let (mut to, mut below) = (Bits::none(nodes), Bits::none(nodes));
        for (id, parent) in document.nodes_with_parents() {
            let child = parent.is_some_and(|parent| from.get(parent));
            let inside = child || parent.is_some_and(|parent| below.get(parent));
            below.set(id, inside);
            let reached = if *anywhere { inside } else { child };
            to.set(id, reached && meets_test(index, id, test));
        }
        from = to;
    }
    for id in document.nodes().filter(|id| from.get(*id)) {
        apexes.set(id, true);
    }
}
