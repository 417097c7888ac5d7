//! Documents with XML signatures: an XML file that carries them, or a signature of several files.

use super::documents::FileToSend;
use super::draft::Draft;
use crate::forge::xml::properties::Named;
use crate::forge::xml::{Place, Plan, Properties, Reference, Transform, method};
use crate::forge::{ForgeError, Identity};

/// A stylesheet that would have to be run to know what was signed.
const STYLESHEET: &str = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\">\
    <xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">\
    <xsl:template match=\"/\"/></xsl:stylesheet></ds:Transform>";

impl Draft<'_> {
    fn xml_file(&self, text: String) -> Vec<FileToSend> {
        let name = format!("{}.xml", self.stem);
        vec![FileToSend::new(&name, "main", text.into_bytes())]
    }

    /// A XAdES signature over all of a text but its signatures, so that more may follow.
    fn xml_signed(&self, text: &str, by: &Identity, id: &str) -> Result<String, ForgeError> {
        let canonical = Transform::Canonical(method::exclusive());
        let over = Reference::to("", vec![Transform::filter(), canonical]);
        let plan = Plan::new(text, Place::Last, vec![over]).called(id);
        Ok(plan.with(self.named(by)).sign(by)?.text)
    }

    fn named(&self, by: &Identity) -> Properties {
        Properties::basic(self.world.now).naming(vec![Named::v2(by)])
    }

    pub(super) fn xml_by_both(&self) -> Result<Vec<FileToSend>, ForgeError> {
        let member = self.member;
        let text = self.xml_signed(&self.letter.xml(), &member.person, "ca-nhan")?;
        let text = self.xml_signed(&text, &member.agency, "co-quan")?;
        Ok(self.xml_file(text))
    }

    /// One word is another after signing.
    pub(super) fn xml_altered(&self) -> Result<Vec<FileToSend>, ForgeError> {
        let signed = self.xml_signed(&self.letter.xml(), &self.member.agency, "co-quan")?;
        let altered = signed.replacen("<TrichYeu>", "<TrichYeu>Không ", 1);
        Ok(self.xml_file(altered))
    }

    /// The letter that was signed lies in a corner, and another one in its place (attack catalogue X1).
    pub(super) fn xml_wrapped(&self) -> Result<Vec<FileToSend>, ForgeError> {
        let letter = self.letter.xml();
        let plan = Plan::beside(&letter, "van-ban").with(self.named(&self.member.agency));
        let signed = plan.sign(&self.member.agency)?.text;
        let (begin, end) = ("<VanBan Id=\"van-ban\">", "</VanBan>");
        let from = signed.find(begin).unwrap_or(0);
        let length = signed.get(from..).and_then(|rest| rest.find(end));
        let until = from.saturating_add(length.unwrap_or(0).saturating_add(end.len()));
        let original = signed.get(from..until).unwrap_or_default();
        let forged = original.replacen(begin, "<VanBan>", 1);
        let forged = forged.replacen("<TrichYeu>", "<TrichYeu>Không ", 1);
        let corner = format!("{forged}<KhoLuu>{original}</KhoLuu>");
        Ok(self.xml_file(signed.replacen(original, &corner, 1)))
    }

    pub(super) fn xml_by_stylesheet(&self) -> Result<Vec<FileToSend>, ForgeError> {
        let mut plan = Plan::enveloped(&self.letter.xml());
        for reference in &mut plan.references {
            let stylesheet = Transform::Idle(STYLESHEET.into());
            reference.transforms.insert(1, stylesheet);
        }
        Ok(self.xml_file(plan.sign(&self.member.agency)?.text))
    }

    /// A letter and its annex as text, and one XML signature of both.
    pub(super) fn xml_detached(&self) -> Result<Vec<FileToSend>, ForgeError> {
        let main = (format!("{}.txt", self.stem), self.text());
        let annex = format!("Phụ lục kèm theo: {}\n", self.letter.subject);
        let annex = (format!("{}-phu-luc.txt", self.stem), annex.into_bytes());
        let mut plan = Plan::detached(&main.0, &main.1);
        plan.references.push(Reference::to_file(&annex.0, &annex.1));
        let plan = plan.with(self.named(&self.member.agency));
        let signed = plan.sign(&self.member.agency)?.text;
        let signature = FileToSend {
            name: format!("{}.xml", self.stem),
            ..FileToSend::signature(&main.0, signed.into_bytes())
        };
        Ok(vec![
            FileToSend::new(&main.0, "main", main.1),
            FileToSend::new(&annex.0, "annex", annex.1),
            signature,
        ])
    }
}
