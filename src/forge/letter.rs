//! One page in the national layout (NĐ 30/2020, Phụ lục I): heading of state and agency, number,
//! place and date, title, text, the signer's block and the recipients.

use super::vietnamese::{Face, draw, width, wrap};
use crate::model::LocalDay;

/// What a letter says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// The agency above the issuing one, for example "UBND TỈNH TÂY NINH"; may be empty.
    pub above: String,
    /// The issuing agency.
    pub agency: String,
    /// Where it was promulgated.
    pub place: String,
    /// Ngày ban hành.
    pub date: LocalDay,
    /// Số.
    pub number: String,
    /// Ký hiệu.
    pub notation: String,
    /// Tên loại, for example "Công văn" or "Thông báo".
    pub kind: String,
    /// Trích yếu.
    pub subject: String,
    /// Kính gửi, and the list at the foot.
    pub recipients: Vec<String>,
    /// Paragraphs.
    pub body: Vec<String>,
    /// The signer's lines in capitals, for example "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH".
    pub position: Vec<String>,
    /// The signer's name.
    pub signer: String,
}

/// A drawn page, and where its signatures belong (left, bottom, right, top): the person's above the
/// name, the agency's over the left third of the person's.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawn {
    /// The content stream.
    pub content: Vec<u8>,
    /// The person's place.
    pub person: [f64; 4],
    /// The agency's place.
    pub agency: [f64; 4],
}

/// A4 in points.
pub const PAGE: (f64, f64) = (595.0, 842.0);
const LEFT: f64 = 85.0;
const RIGHT: f64 = 540.0;

struct Sheet {
    out: String,
    y: f64,
}

impl Sheet {
    fn centred(&mut self, text: &str, face: Face, size: f64, (middle, y): (f64, f64)) {
        let x = middle - width(text, face, size) / 2.0;
        draw(text, face, size, (x, y), &mut self.out);
    }

    fn rule(&mut self, middle: f64, y: f64, length: f64) {
        let (from, to) = (middle - length / 2.0, middle + length / 2.0);
        self.out
            .push_str(&format!("0.6 w {from:.2} {y:.2} m {to:.2} {y:.2} l S\n"));
    }

    fn paragraph(&mut self, text: &str, indent: f64) {
        for (i, line) in wrap(text, Face::Roman, 13.0, RIGHT - LEFT - indent)
            .iter()
            .enumerate()
        {
            let x = if i == 0 { LEFT + indent } else { LEFT };
            draw(line, Face::Roman, 13.0, (x, self.y), &mut self.out);
            self.y -= 18.0;
        }
        self.y -= 4.0;
    }
}

impl Letter {
    /// A short one of that day, for where nothing hangs on what it says.
    #[must_use]
    pub fn sample(date: LocalDay) -> Self {
        Self {
            above: "UBND TỈNH".into(),
            agency: "SỞ TÀI CHÍNH".into(),
            place: "Tân An".into(),
            date,
            number: "12".into(),
            notation: "STC-VP".into(),
            kind: "CÔNG VĂN".into(),
            subject: "Về dự toán quý I".into(),
            recipients: vec!["Sở Nội vụ".into()],
            body: vec!["Kính gửi các đơn vị.".into()],
            position: vec!["GIÁM ĐỐC".into()],
            signer: "Trần Thị An".into(),
        }
    }

    /// Draws the page.
    #[must_use]
    pub fn draw(&self) -> Drawn {
        let mut sheet = Sheet {
            out: String::with_capacity(8 * 1024),
            y: 690.0,
        };
        self.heading(&mut sheet);
        self.title(&mut sheet);
        for paragraph in &self.body {
            sheet.paragraph(paragraph, 28.0);
        }
        let top = (sheet.y - 14.0).max(190.0);
        self.foot(&mut sheet, top);
        Drawn {
            content: sheet.out.into_bytes(),
            person: [385.0, top - 88.0, 515.0, top - 54.0],
            agency: [268.0, top - 84.0, 398.0, top - 34.0],
        }
    }

    fn heading(&self, sheet: &mut Sheet) {
        let (left, right) = (175.0, 405.0);
        sheet.centred(&self.above, Face::Roman, 11.0, (left, 785.0));
        sheet.centred(&self.agency, Face::Bold, 11.0, (left, 770.0));
        sheet.rule(left, 762.0, 70.0);
        sheet.centred(
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            Face::Bold,
            11.0,
            (right, 785.0),
        );
        sheet.centred(
            "Độc lập - Tự do - Hạnh phúc",
            Face::Bold,
            12.0,
            (right, 770.0),
        );
        sheet.rule(right, 762.0, 150.0);
        let number = format!("Số: {}/{}", self.number, self.notation);
        sheet.centred(&number, Face::Roman, 12.0, (left, 740.0));
        let date = self.date;
        let month = date.month();
        let day = format!(
            "{}, ngày {:02} tháng {:02} năm {}",
            self.place,
            date.day(),
            month.month,
            month.year
        );
        sheet.centred(&day, Face::Roman, 12.0, (right, 740.0));
    }

    fn is_plain_letter(&self) -> bool {
        self.kind.to_lowercase() == "công văn"
    }

    fn title(&self, sheet: &mut Sheet) {
        if self.is_plain_letter() {
            let about = format!("V/v {}", self.subject);
            for (line, y) in wrap(&about, Face::Roman, 11.0, 190.0)
                .iter()
                .zip([725.0, 711.0])
            {
                sheet.centred(line, Face::Roman, 11.0, (175.0, y));
            }
            let to = format!("Kính gửi: {}.", self.recipients.join("; "));
            sheet.y = 672.0;
            sheet.paragraph(&to, 60.0);
            return;
        }
        let middle = f64::midpoint(LEFT, RIGHT);
        sheet.centred(&self.kind.to_uppercase(), Face::Bold, 14.0, (middle, 695.0));
        sheet.y = 677.0;
        for line in wrap(&self.subject, Face::Bold, 13.0, 380.0) {
            sheet.centred(&line, Face::Bold, 13.0, (middle, sheet.y));
            sheet.y -= 17.0;
        }
        sheet.rule(middle, sheet.y + 8.0, 90.0);
        sheet.y -= 16.0;
    }

    fn foot(&self, sheet: &mut Sheet, top: f64) {
        draw("Nơi nhận:", Face::Bold, 11.0, (LEFT, top), &mut sheet.out);
        let mut y = top - 14.0;
        for recipient in self
            .recipients
            .iter()
            .map(String::as_str)
            .chain(["Lưu: VT."])
        {
            draw(
                &format!("- {recipient}"),
                Face::Roman,
                10.0,
                (LEFT, y),
                &mut sheet.out,
            );
            y -= 13.0;
        }
        for (i, line) in (0_u16..).zip(&self.position) {
            sheet.centred(line, Face::Bold, 12.0, (440.0, top - 16.0 * f64::from(i)));
        }
        sheet.centred(&self.signer, Face::Bold, 12.0, (440.0, top - 106.0));
    }
}
