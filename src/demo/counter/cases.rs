//! Twenty dossiers at two communes. Nobody in them exists.

use serde_json::{Value, json};

/// Đăng ký khai sinh, kết hôn, khai tử, cấp giấy xác nhận tình trạng hôn nhân, thành lập hộ kinh doanh, trợ giúp xã hội:
/// the sample procedures.
const BIRTH: &str = "1.001193";
const MARRIAGE: &str = "1.000894";
const DEATH: &str = "1.000656";
const SINGLE: &str = "1.004873";
const BUSINESS: &str = "1.001612";
const ALLOWANCE: &str = "1.001776";

/// Who signed a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By {
    /// Nobody.
    Nobody,
    /// A person.
    Person,
    /// An agency.
    Agency,
    /// An agency, and one word was altered afterwards.
    Altered,
}

/// One thing that is handed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    /// Which component it is.
    pub(super) component: &'static str,
    /// In which form.
    pub(super) form: &'static str,
    /// Whose signature a file has; `None`: it is paper.
    pub(super) file: Option<By>,
    /// Whether the counter sees the signature on paper.
    pub(super) signed: bool,
    /// The template it is on; empty: none.
    pub(super) template: &'static str,
    /// How many days before it was issued.
    pub(super) days: Option<i64>,
}

const fn paper(component: &'static str, form: &'static str) -> Piece {
    Piece {
        component,
        form,
        file: None,
        signed: false,
        template: "",
        days: None,
    }
}

/// A declaration on paper, signed.
const fn declared(component: &'static str, template: &'static str) -> Piece {
    Piece {
        signed: true,
        template,
        ..paper(component, "original")
    }
}

/// Another paper that has to be signed, and is.
const fn signed(component: &'static str) -> Piece {
    declared(component, "")
}

const fn file(component: &'static str, form: &'static str, by: By) -> Piece {
    Piece {
        file: Some(by),
        ..paper(component, form)
    }
}

/// A declaration handed in over the network.
const fn online(component: &'static str, template: &'static str, by: By) -> Piece {
    Piece {
        template,
        ..file(component, "electronic", by)
    }
}

/// What happens with a dossier after it was handed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Then {
    /// Worked on, finished, and the result handed over.
    Returned,
    /// The same, with a fee between.
    Paid,
    /// Worked on still.
    InProcess,
    /// Worked on still, with an apology and another appointment.
    Late(&'static str),
    /// Nothing: it waits for what was asked for.
    Waits,
    /// Taken back by who handed it in.
    Withdrawn,
}

/// One dossier.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// At which of the two communes.
    pub(super) commune: usize,
    /// By which procedure.
    pub(super) procedure: &'static str,
    /// Whose it is: an invented name.
    pub(super) applicant: &'static str,
    /// What is declared.
    pub(super) facts: Value,
    /// What is handed in.
    pub(super) pieces: Vec<Piece>,
    /// How that must differ from what is asked for: component and problem.
    pub(super) differs: Vec<(&'static str, &'static str)>,
    /// Why it is refused, where it is.
    pub(super) refused: Option<&'static str>,
    /// What is handed in once it was asked for; empty: nothing.
    pub(super) supplement: Vec<Piece>,
    /// What becomes of it.
    pub(super) then: Then,
}

impl Case {
    fn new(commune: usize, procedure: &'static str, applicant: &'static str, facts: Value) -> Self {
        Self {
            commune,
            procedure,
            applicant,
            facts,
            pieces: Vec::new(),
            differs: Vec::new(),
            refused: None,
            supplement: Vec::new(),
            then: Then::Returned,
        }
    }

    fn with(mut self, pieces: &[Piece]) -> Self {
        self.pieces = pieces.to_vec();
        self
    }

    fn differs(mut self, how: &[(&'static str, &'static str)]) -> Self {
        self.differs = how.to_vec();
        self
    }

    fn then_with(mut self, pieces: &[Piece]) -> Self {
        self.supplement = pieces.to_vec();
        self
    }

    fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    /// Its status in the end.
    pub(super) fn intended(&self) -> &'static str {
        match self.then {
            _ if self.refused.is_some() => "refused",
            Then::Returned | Then::Paid => "returned",
            Then::InProcess | Then::Late(_) => "in_process",
            Then::Waits => "supplement_asked",
            Then::Withdrawn => "withdrawn",
        }
    }
}

/// All twenty.
pub(super) fn cases() -> Vec<Case> {
    let mut all = births();
    all.extend(marriages());
    all.extend(deaths());
    all.extend(others());
    all
}

fn births() -> Vec<Case> {
    let facts = |certificate: bool, witness: bool| {
        json!({
            "co_giay_chung_sinh": certificate, "co_nguoi_lam_chung": witness,
            "bi_bo_roi": false, "mang_thai_ho": false, "duoc_uy_quyen": false,
        })
    };
    let declaration = declared("to-khai", "TKDKKS");
    let certificate = paper("giay-chung-sinh", "original");
    vec![
        Case::new(0, BIRTH, "Nguyễn Thị Mẫu Một", facts(true, false))
            .with(&[declaration, certificate]),
        Case::new(0, BIRTH, "Trần Văn Mẫu Hai", facts(true, false)).with(&[
            online("to-khai", "TKDKKS", By::Person),
            file("giay-chung-sinh", "image", By::Nobody),
        ]),
        Case::new(1, BIRTH, "Lê Thị Mẫu Ba", facts(false, true))
            .with(&[declaration, signed("van-ban-lam-chung")]),
        Case::new(0, BIRTH, "Phạm Văn Mẫu Bốn", facts(true, false))
            .with(&[declaration])
            .differs(&[("giay-chung-sinh", "missing")])
            .then_with(&[certificate]),
        Case::new(1, BIRTH, "Võ Thị Mẫu Năm", facts(true, false))
            .with(&[
                declaration,
                certificate,
                paper("giay-to-tuy-than", "copy"),
                paper("giay-chung-nhan-ket-hon", "copy"),
            ])
            .differs(&[
                ("giay-to-tuy-than", "surplus_in_database"),
                ("giay-chung-nhan-ket-hon", "surplus_in_database"),
            ]),
    ]
}

fn marriages() -> Vec<Case> {
    let facts = |before: &str, elsewhere: bool| json!({ "tung_ket_hon": before, "cu_tru_noi_khac": elsewhere });
    let declaration = declared("to-khai", "TKDKKH");
    let online = online("to-khai", "TKDKKH", By::Person);
    let judgment = |by| file("ban-an-ly-hon", "electronic", by);
    let single = |days| Piece {
        days: Some(days),
        ..signed("xac-nhan-hon-nhan")
    };
    let wrongly = [("ban-an-ly-hon", "wrongly_signed")];
    vec![
        Case::new(0, MARRIAGE, "Huỳnh Văn Mẫu Sáu", facts("chưa", false)).with(&[declaration]),
        Case::new(1, MARRIAGE, "Đặng Thị Mẫu Bảy", facts("ly hôn", false))
            .with(&[online, judgment(By::Agency)]),
        Case::new(0, MARRIAGE, "Bùi Văn Mẫu Tám", facts("ly hôn", false))
            .with(&[online, judgment(By::Person)])
            .differs(&wrongly)
            .then_with(&[judgment(By::Agency)])
            .then(Then::InProcess),
        Case::new(1, MARRIAGE, "Đỗ Thị Mẫu Chín", facts("ly hôn", false))
            .with(&[online, judgment(By::Altered)])
            .differs(&wrongly)
            .then(Then::Withdrawn),
        Case::new(0, MARRIAGE, "Hồ Văn Mẫu Mười", facts("chưa", true))
            .with(&[declaration, single(240)])
            .differs(&[("xac-nhan-hon-nhan", "out_of_date")])
            .then_with(&[single(10)]),
    ]
}

fn deaths() -> Vec<Case> {
    let facts = |place: &str| json!({ "noi_chet": place, "duoc_uy_quyen": false });
    let declaration = declared("to-khai", "TKDKKT");
    let notice = file("giay-bao-tu-y-te", "electronic", By::Agency);
    vec![
        Case::new(1, DEATH, "Ngô Thị Mẫu Mười Một", facts("nơi cư trú")).with(&[declaration]),
        Case::new(0, DEATH, "Dương Văn Mẫu Mười Hai", facts("cơ sở y tế"))
            .with(&[declaration, notice]),
        Case::new(1, DEATH, "Lý Thị Mẫu Mười Ba", facts("cơ sở y tế"))
            .with(&[declaration, notice, signed("ban-an")])
            .differs(&[("ban-an", "surplus_other_alternative")]),
    ]
}

fn others() -> Vec<Case> {
    let single =
        json!({ "muc_dich": "kết hôn", "da_ly_hon_hoac_goa": false, "cap_lai_khi_con_han": false });
    let members = |count: i64| json!({ "so_thanh_vien": count, "duoc_uy_quyen": false });
    let allowance = |whom: &str, children: i64| json!({ "doi_tuong": whom, "nhan_cham_soc": false, "so_con": children });
    let application = declared("giay-de-nghi", "HKD-01");
    let child = paper("khai-sinh-con", "copy");
    let disabled = |by| online("to-khai-khuyet-tat", "1dd", by);
    vec![
        Case::new(0, SINGLE, "Phan Văn Mẫu Mười Bốn", single.clone())
            .with(&[declared("to-khai", "TKXNHN")]),
        Case::new(1, SINGLE, "Vũ Thị Mẫu Mười Lăm", single)
            .with(&[declared("to-khai", "TKDKKH")])
            .differs(&[("to-khai", "wrong_template")])
            .then_with(&[declared("to-khai", "TKXNHN")]),
        Case::new(0, BUSINESS, "Đinh Văn Mẫu Mười Sáu", members(1))
            .with(&[application])
            .then(Then::Paid),
        Case::new(1, BUSINESS, "Trịnh Thị Mẫu Mười Bảy", members(3))
            .with(&[application])
            .differs(&[("bien-ban-hop", "missing"), ("uy-quyen-chu-ho", "missing")])
            .then(Then::Waits),
        Case::new(
            0,
            ALLOWANCE,
            "Mai Thị Mẫu Mười Tám",
            allowance("người đơn thân nghèo nuôi con", 2),
        )
        .with(&[declared("to-khai-ca-nhan", "1d"), child, child])
        .then(Then::Late("Phải xác minh tại nơi cư trú cũ")),
        Case::new(
            1,
            ALLOWANCE,
            "Cao Văn Mẫu Mười Chín",
            allowance("người khuyết tật", 0),
        )
        .with(&[
            disabled(By::Nobody),
            file("xac-nhan-khuyet-tat", "electronic", By::Agency),
        ])
        .differs(&[("to-khai-khuyet-tat", "unsigned")])
        .then_with(&[disabled(By::Person)]),
        Case {
            refused: Some("Trụ sở hộ kinh doanh không thuộc địa bàn xã"),
            ..Case::new(1, BUSINESS, "Tạ Văn Mẫu Hai Mươi", members(1)).with(&[application])
        },
    ]
}
