//! Tagged PDFs (ISO 32000-2 §14.7): a structure tree that grows with each signature, as some signers let it.

use super::{Pdf, Update, references};
use std::fmt::Write;

/// What one new widget writes into the structure tree: the bodies of the objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tagging {
    /// The new element.
    pub element: String,
    /// The element above it.
    pub parent: String,
    /// The parent tree.
    pub tree: String,
    /// The root of the structure tree.
    pub root: String,
    /// What the widget says about it.
    pub widget: String,
}

#[derive(Clone, Debug)]
pub(super) struct Structure {
    pub(super) root: u32,
    document: u32,
    tree: u32,
    /// Elements of widgets, by the keys of the parent tree.
    elements: Vec<u32>,
    edit: fn(&mut Tagging),
}

impl Structure {
    fn parent(&self) -> String {
        let kids = references(&self.elements);
        let root = self.root;
        format!("<< /Type /StructElem /S /Document /P {root} 0 R /K {kids} >>")
    }

    fn tree(&self) -> String {
        let mut nums = String::new();
        for (element, key) in self.elements.iter().zip(0u32..) {
            let _ = write!(nums, "{key} {element} 0 R ");
        }
        format!("<< /Nums [{nums}] >>")
    }

    fn root(&self) -> String {
        format!(
            "<< /Type /StructTreeRoot /K {} 0 R /ParentTree {} 0 R /ParentTreeNextKey {} >>",
            self.document,
            self.tree,
            self.elements.len()
        )
    }
}

impl Pdf {
    /// Tags the file by an incremental update, and from now on each new widget; `edit` changes what is
    /// written for it.
    pub fn tag(&mut self, edit: fn(&mut Tagging)) {
        let structure = Structure {
            root: self.number(),
            document: self.number(),
            tree: self.number(),
            elements: Vec::new(),
            edit,
        };
        let mut update = Update::default();
        for (number, body) in [
            (structure.root, structure.root()),
            (structure.document, structure.parent()),
            (structure.tree, structure.tree()),
        ] {
            self.object(&mut update, number, body.as_bytes());
        }
        self.structure = Some(structure);
        self.write_catalog(&mut update);
        self.finish(update);
    }

    /// Writes what tags a widget; gives what the widget says about it.
    pub(super) fn tag_widget(&mut self, update: &mut Update, widget: u32, page: u32) -> String {
        let Some(mut structure) = self.structure.take() else {
            return String::new();
        };
        let element = self.number();
        let key = structure.elements.len();
        structure.elements.push(element);
        let mut tagging = Tagging {
            element: format!(
                "<< /Type /StructElem /S /Form /P {} 0 R /Pg {page} 0 R \
                 /K << /Type /OBJR /Obj {widget} 0 R /Pg {page} 0 R >> >>",
                structure.document
            ),
            parent: structure.parent(),
            tree: structure.tree(),
            root: structure.root(),
            widget: format!("/StructParent {key}"),
        };
        (structure.edit)(&mut tagging);
        for (number, body) in [
            (element, &tagging.element),
            (structure.document, &tagging.parent),
            (structure.tree, &tagging.tree),
            (structure.root, &tagging.root),
        ] {
            self.object(update, number, body.as_bytes());
        }
        self.structure = Some(structure);
        tagging.widget
    }
}
