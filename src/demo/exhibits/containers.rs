//! Containers among the exhibits: each kind, and each row of the catalogue of attacks on them.

use super::make::Maker;
use crate::forge::ForgeError;
use crate::forge::asic::Asic;
use crate::forge::zip::Zip;
use crate::format::zip::write::end;

/// How a container is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pack {
    /// ASiC-S with CAdES.
    SimpleCades,
    /// ASiC-S with XAdES.
    SimpleXades,
    /// ASiC-E with CAdES.
    ExtendedCades,
    /// ASiC-E with XAdES.
    ExtendedXades,
}

/// What is wrong with a container (attack catalogue Z1 to Z4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trick {
    /// A file that unpacks to a thousand times its size.
    Bomb,
    /// Two entries with the same data.
    Overlap,
    /// Two files of one name.
    SameName,
    /// Two names that differ in case alone.
    Case,
    /// The local header has another name.
    Header,
    /// A second end record, in the comment of the first.
    SecondEnd,
    /// Another archive before this one.
    Before,
    /// A name that leads out of the folder.
    Path,
    /// A file that nobody signed.
    Unsigned,
    /// The media type last.
    LateType,
}

/// Zeros that deflate packs to a thousandth.
const BOMB: usize = 2 << 20;

impl Maker<'_> {
    pub(super) fn packed(&self, pack: Pack) -> Result<Asic, ForgeError> {
        let (letter, annex) = (self.draft.text(), self.draft.letter.subject.as_bytes());
        let simple = Asic::simple("cong-van.txt", &letter);
        let files = [("cong-van.txt", letter.as_slice()), ("phu-luc.txt", annex)];
        let (by, at) = (self.by(), self.signed);
        match pack {
            Pack::SimpleCades => simple.over_file("META-INF/signature.p7s", |bytes| {
                by.sign_detached(bytes, at)
            }),
            Pack::SimpleXades => simple.xades(by, at),
            Pack::ExtendedCades => Asic::extended(&files).cades(by, at),
            Pack::ExtendedXades => Asic::extended(&files).xades(by, at),
        }
    }

    pub(super) fn tricked(&self, trick: Trick) -> Result<Vec<u8>, ForgeError> {
        let mut good = self.packed(Pack::ExtendedXades)?;
        let unsigned = "(không ai ký)".as_bytes();
        match trick {
            Trick::Bomb => {
                let files = [("so-khong.bin", vec![0; BOMB])];
                let files = files.each_ref().map(|(name, b)| (*name, b.as_slice()));
                good = Asic::extended(&files).xades(self.by(), self.signed)?;
            }
            Trick::Unsigned => good = good.with("khong-ky.txt", unsigned),
            Trick::SameName => good = good.with("cong-van.txt", unsigned),
            Trick::Case => good = good.with("Cong-Van.txt", unsigned),
            Trick::Path => good = good.with("../cong-van.txt", unsigned),
            Trick::LateType => good.files.rotate_left(1),
            Trick::Before => {
                let other = Asic::extended(&[("khong-ky.txt", unsigned)]).build()?;
                return Ok([other, good.build()?].concat());
            }
            Trick::Overlap | Trick::Header | Trick::SecondEnd => {}
        }
        let files = good.files.iter().map(|(n, b)| (n.as_str(), b.as_slice()));
        let files: Vec<(&str, &[u8])> = files.collect();
        let mut zip = Zip::of(&files)?;
        match (trick, zip.parts.as_mut_slice()) {
            (Trick::Header, [_, part, ..]) => part.local.name = b"khong-ky.txt".to_vec(),
            (Trick::Overlap, [_, part, ..]) => part.offset = Some(0),
            (Trick::SecondEnd, _) => zip.comment = end(0, (0, 0), b""),
            _ => {}
        }
        Ok(zip.build())
    }
}
