//! Letters as XML.

use super::escaped;
use crate::forge::Letter;

/// Namespace of the letters made here.
pub const LETTER: &str = "urn:lienthong:cong-van";

impl Letter {
    /// The letter as XML, with the Id `van-ban` at its text and room beside it for signatures.
    #[must_use]
    pub fn xml(&self) -> String {
        let one = |name: &str, text: &str| format!("    <{name}>{}</{name}>\n", escaped(text));
        let each = |name: &str, all: &[String]| -> String {
            all.iter().map(|text| one(name, text)).collect()
        };
        let number = format!("{}/{}", self.number, self.notation);
        let parts = [
            one("CoQuanChuQuan", &self.above),
            one("CoQuanBanHanh", &self.agency),
            one("SoKyHieu", &number),
            one("NoiBanHanh", &self.place),
            one("NgayBanHanh", &self.date.to_string()),
            one("LoaiVanBan", &self.kind),
            one("TrichYeu", &self.subject),
            each("NoiNhan", &self.recipients),
            each("DoanVan", &self.body),
            each("ChucVu", &self.position),
            one("NguoiKy", &self.signer),
        ];
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CongVan xmlns=\"{LETTER}\">\n  \
             <VanBan Id=\"van-ban\">\n{}  </VanBan>\n</CongVan>\n",
            parts.concat()
        )
    }
}
