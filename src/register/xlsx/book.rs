//! What is in a workbook (ECMA-376-1 §18.2), and which sheet is meant.

use super::{MAX_LIST, MAX_SHEET, broken, document, local, unpack};
use crate::format::xml::{Document, NodeId};
use crate::format::zip::Archive;
use crate::model::unmarked;
use crate::register::RegisterError;
use crate::register::cell::Epoch;

/// Sheets that are looked at: one for each week of a year, and some beside.
const MAX_SHEETS: usize = 100;

/// A workbook.
pub(super) struct Book {
    /// Sheets that are shown: name, and path in the archive.
    sheets: Vec<(String, String)>,
    /// The path of the texts that cells share.
    pub(super) strings: Option<String>,
    pub(super) epoch: Epoch,
}

/// A relationship (ECMA-376-2 §6.5): identifier, the end of its type, target as a path.
struct Relation {
    id: String,
    kind: String,
    path: String,
}

pub(super) fn read(archive: &Archive<'_>) -> Result<Book, RegisterError> {
    let outer = relations(archive, "_rels/.rels", "")?;
    let main = outer.into_iter().find(|r| r.kind == "officeDocument");
    let path = main.ok_or_else(|| broken("no workbook in it"))?.path;
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
    let of_book = match folder {
        "" => format!("_rels/{file}.rels"),
        folder => format!("{folder}/_rels/{file}.rels"),
    };
    let relations = relations(archive, &of_book, folder)?;
    let bytes = unpack(archive, &path, MAX_LIST)?;
    let xml = document(&bytes)?;
    if local(&xml, xml.element()) != "workbook" {
        return Err(broken("no workbook in it"));
    }
    let mut book = Book {
        sheets: Vec::new(),
        strings: relations
            .iter()
            .find(|r| r.kind == "sharedStrings")
            .map(|r| r.path.clone()),
        epoch: Epoch::Y1900,
    };
    for node in xml.nodes() {
        match local(&xml, node) {
            "workbookPr" if is_true(&xml, node, "date1904") => book.epoch = Epoch::Y1904,
            "sheet" => book.add(&xml, node, &relations)?,
            _ => {}
        }
    }
    Ok(book)
}

fn is_true(xml: &Document<'_>, node: NodeId, name: &str) -> bool {
    matches!(xml.attribute(node, name).as_deref(), Some("1" | "true"))
}

fn relations(
    archive: &Archive<'_>,
    path: &str,
    folder: &str,
) -> Result<Vec<Relation>, RegisterError> {
    let bytes = unpack(archive, path, MAX_LIST)?;
    let xml = document(&bytes)?;
    let each = xml
        .nodes()
        .filter(|node| local(&xml, *node) == "Relationship");
    let each = each.filter_map(|node| {
        let value = |name| xml.attribute(node, name).map(|v| v.into_owned());
        let kind = value("Type")?;
        Some(Relation {
            id: value("Id")?,
            kind: kind.rsplit('/').next()?.to_owned(),
            path: path_of(folder, &value("Target")?),
        })
    });
    Ok(each.collect())
}

/// A target is a path from the folder of its source, or from the root of the archive.
fn path_of(folder: &str, target: &str) -> String {
    match (target.strip_prefix('/'), folder) {
        (Some(whole), _) => whole.to_owned(),
        (None, "") => target.to_owned(),
        (None, folder) => format!("{folder}/{target}"),
    }
}

impl Book {
    fn add(
        &mut self,
        xml: &Document<'_>,
        node: NodeId,
        relations: &[Relation],
    ) -> Result<(), RegisterError> {
        let mut attributes = xml.tag(node).into_iter().flat_map(|tag| tag.attributes());
        let id = attributes.find(|a| a.split().1 == "id" && a.name != "id");
        let id = id.map(|a| a.value()).unwrap_or_default();
        let relation = relations.iter().find(|r| r.id == id);
        let shown = xml.attribute(node, "state").is_none_or(|s| s == "visible");
        let (Some(relation), true) = (relation.filter(|r| r.kind == "worksheet"), shown) else {
            return Ok(());
        };
        if self.sheets.len() >= MAX_SHEETS {
            return Err(broken(format!("more than {MAX_SHEETS} sheets")));
        }
        let name = xml.attribute(node, "name").unwrap_or_default();
        let name = name.chars().take(60).collect();
        self.sheets.push((name, relation.path.clone()));
        Ok(())
    }

    /// The path of the sheet that is meant.
    pub(super) fn choose(
        &self,
        archive: &Archive<'_>,
        name: Option<&str>,
    ) -> Result<String, RegisterError> {
        let names = || self.sheets.iter().map(|(name, _)| name.clone()).collect();
        if let Some(name) = name {
            let is = |(known, _): &&(String, String)| unmarked(known) == unmarked(name);
            let exact = self.sheets.iter().find(|(known, _)| known == name);
            let found = exact.or_else(|| self.sheets.iter().find(is));
            return match found {
                Some((_, path)) => Ok(path.clone()),
                None => Err(RegisterError::NoSheet(name.to_owned(), names())),
            };
        }
        match self.sheets.as_slice() {
            [] => Err(RegisterError::Empty),
            [(_, path)] => Ok(path.clone()),
            several => {
                let sizes = several.iter().filter_map(|(_, path)| archive.file(path));
                let size = sizes.map(|entry| entry.size).fold(0, u64::saturating_add);
                if size > u64::try_from(MAX_SHEET).unwrap_or(u64::MAX) {
                    return Err(RegisterError::Sheets(names()));
                }
                let mut full = Vec::new();
                for (_, path) in several {
                    if holds_something(&unpack(archive, path, MAX_SHEET)?) {
                        full.push(path);
                    }
                }
                match full.as_slice() {
                    [] => Err(RegisterError::Empty),
                    [path] => Ok((*path).clone()),
                    [..] => Err(RegisterError::Sheets(names())),
                }
            }
        }
    }
}

/// Whether a cell has a value: Excel makes empty sheets beside the one that is used.
fn holds_something(xml: &[u8]) -> bool {
    let finders = [b"<v>".as_slice(), b":v>", b"<v ", b"<is>", b":is>"];
    finders
        .iter()
        .any(|tag| memchr::memmem::find(xml, tag).is_some())
}
