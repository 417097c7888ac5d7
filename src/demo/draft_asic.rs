//! Documents as ASiC containers: the letter and what belongs to it in one file.

use super::documents::FileToSend;
use super::draft::Draft;
use crate::forge::ForgeError;
use crate::forge::asic::Asic;

impl Draft<'_> {
    /// A letter and its annex, signed, and then what `change` makes of them with something that nobody signed.
    pub(super) fn container(
        &self,
        change: impl FnOnce(Asic, &[u8]) -> Asic,
    ) -> Result<Vec<FileToSend>, ForgeError> {
        let (letter, annex) = (self.text(), self.letter.subject.as_bytes());
        let files = [("cong-van.txt", letter.as_slice()), ("phu-luc.txt", annex)];
        let signed = Asic::extended(&files).xades(&self.member.agency, self.world.now)?;
        let signed = change(signed, "(không ai ký)".as_bytes());
        Ok(self.container_file("asice", signed.build()?))
    }

    pub(super) fn container_of_one(&self) -> Result<Vec<FileToSend>, ForgeError> {
        let one = Asic::simple("cong-van.txt", &self.text());
        let signed = one.over_file("META-INF/signature.p7s", |bytes| {
            self.member.agency.sign_detached(bytes, self.world.now)
        })?;
        Ok(self.container_file("asics", signed.build()?))
    }

    fn container_file(&self, ending: &str, bytes: Vec<u8>) -> Vec<FileToSend> {
        let name = format!("{}.{ending}", self.stem);
        vec![FileToSend::new(&name, "main", bytes)]
    }
}
