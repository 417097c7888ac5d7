//! The units of the demo: a provincial People's Committee, two departments, and the six communes
//! that took over Cần Đước district in 2025. Their codes are samples (`MAU`), not issued ones.

/// One unit and its people, all invented but the place names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnitInfo {
    /// Sample code.
    pub code: &'static str,
    /// Short name for tables.
    pub short: &'static str,
    /// Full name.
    pub name: &'static str,
    /// The unit above, as its letterhead shows it; empty for the province.
    pub above: &'static str,
    /// Its name in capitals for the letterhead.
    pub heading: &'static str,
    /// Where its documents are promulgated.
    pub place: &'static str,
    /// Ký hiệu.
    pub notation: &'static str,
    /// Who signs.
    pub signer: &'static str,
    /// In which position.
    pub position: &'static [&'static str],
    /// Whether its agency signs with RSA (the others: ECDSA).
    pub rsa: bool,
}

/// The code above all.
pub const PROVINCE: &str = "H53.MAU";

const CHAIR: &[&str] = &["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"];
const DEPUTY: &[&str] = &["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"];

macro_rules! commune {
    ($code:literal, $name:literal, $heading:literal, $signer:literal, $position:ident) => {
        UnitInfo {
            code: concat!("H53.MAU.", $code),
            short: concat!("Xã ", $name),
            name: concat!("Ủy ban nhân dân xã ", $name),
            above: "ỦY BAN NHÂN DÂN",
            heading: concat!("XÃ ", $heading),
            place: $name,
            notation: "UBND-VP",
            signer: $signer,
            position: $position,
            rsa: false,
        }
    };
}

/// Every unit of the demo.
pub const UNITS: [UnitInfo; 9] = [
    UnitInfo {
        code: PROVINCE,
        short: "UBND tỉnh",
        name: "Ủy ban nhân dân tỉnh Tây Ninh",
        above: "ỦY BAN NHÂN DÂN",
        heading: "TỈNH TÂY NINH",
        place: "Tây Ninh",
        notation: "UBND-TH",
        signer: "Nguyễn Văn Bình",
        position: DEPUTY,
        rsa: true,
    },
    UnitInfo {
        code: "H53.MAU.STC",
        short: "Sở Tài chính",
        name: "Sở Tài chính tỉnh Tây Ninh",
        above: "UBND TỈNH TÂY NINH",
        heading: "SỞ TÀI CHÍNH",
        place: "Tây Ninh",
        notation: "STC-QLNS",
        signer: "Trần Thị An",
        position: &["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"],
        rsa: true,
    },
    UnitInfo {
        code: "H53.MAU.SNV",
        short: "Sở Nội vụ",
        name: "Sở Nội vụ tỉnh Tây Ninh",
        above: "UBND TỈNH TÂY NINH",
        heading: "SỞ NỘI VỤ",
        place: "Tây Ninh",
        notation: "SNV-CCHC",
        signer: "Lê Hoàng Minh",
        position: &["GIÁM ĐỐC"],
        rsa: false,
    },
    commune!("LC", "Long Cang", "LONG CANG", "Phạm Thị Hồng", CHAIR),
    commune!("RK", "Rạch Kiến", "RẠCH KIẾN", "Võ Thành Đạt", DEPUTY),
    commune!("ML", "Mỹ Lệ", "MỸ LỆ", "Đặng Ngọc Ánh", CHAIR),
    commune!("TL", "Tân Lân", "TÂN LÂN", "Huỳnh Quốc Việt", DEPUTY),
    commune!("CD", "Cần Đước", "CẦN ĐƯỚC", "Bùi Thanh Thủy", CHAIR),
    commune!("LH", "Long Hựu", "LONG HỰU", "Đỗ Hữu Phước", CHAIR),
];
