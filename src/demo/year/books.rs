//! The outgoing registers of the year: one for each unit and month, as a clerk keeps it, or a nil return where nothing
//! went on paper.

use super::offices::{Office, day};
use super::plan::Plan;
use crate::model::LocalDay;
use std::fmt::Write;

/// The last day for which registers are handed in before the history ends.
pub(super) fn covered() -> LocalDay {
    day(2025, 12, 31)
}

/// What a unit hands in for a month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Book {
    /// Its register (NĐ 30/2020/NĐ-CP Phụ lục IV), as CSV.
    Register(String),
    /// That nothing went on paper.
    Nil,
}

/// The book of a unit for the month of some of its documents.
#[must_use]
pub fn book(office: &Office, plans: &[&Plan]) -> Book {
    let electronic = |plan: &&&Plan| plan.sent.is_some() && !plan.paper;
    if plans.iter().filter(electronic).count() == plans.len() {
        return Book::Nil;
    }
    let mut out = String::from(
        "SỔ ĐĂNG KÝ VĂN BẢN ĐI (MÔ PHỎNG)\n\
         Số, ký hiệu văn bản;Ngày tháng văn bản;Tên loại và trích yếu nội dung văn bản;Người ký;Nơi nhận văn bản;\
         Đơn vị, người nhận bản lưu;Số lượng bản;Ghi chú;Hình thức gửi\n\
         (1);(2);(3);(4);(5);(6);(7);(8);(9)\n",
    );
    for plan in plans {
        let (number, notation, on) = (plan.number, plan.notation(office), plan.day);
        let (of_month, month) = (on.day(), on.month());
        let (kind, subject) = (plan.kind, plan.subject);
        let channel = match (plan.paper, plan.sent.is_some()) {
            (true, true) => "cả hai",
            (true, false) => "giấy",
            (false, _) => "điện tử",
        };
        let _ = writeln!(
            out,
            "{number:02}/{notation};{of_month:02}/{:02}/{};{kind} về {subject};Mô Phỏng;;Văn thư;1;;{channel}",
            month.month, month.year
        );
    }
    Book::Register(out)
}
