use super::*;

mod book;
mod hostile;
mod keys;
mod table;

/// As NĐ 30/2020 Phụ lục IV prints it.
pub(super) const FORM: [&str; 8] = [
    "Số, ký hiệu văn bản",
    "Ngày tháng văn bản",
    "Tên loại và trích yếu nội dung văn bản",
    "Người ký",
    "Nơi nhận văn bản",
    "Đơn vị, người nhận bản lưu",
    "Số lượng bản",
    "Ghi chú",
];

pub(super) fn local_day(text: &str) -> LocalDay {
    LocalDay::parse(text).unwrap_or_else(|| panic!("{text}"))
}

/// November 2026, asked on the 30th.
pub(super) fn asked() -> Asked {
    Asked {
        from: local_day("2026-11-01"),
        to: local_day("2026-11-30"),
        today: local_day("2026-11-30"),
        columns: None,
        sheet: None,
    }
}

pub(super) fn with_columns(text: &str) -> Asked {
    Asked {
        columns: Some(Columns::parse(text).expect("columns")),
        ..asked()
    }
}

/// Documents as `number/notation day channel`.
pub(super) fn told(rows: &Rows) -> Vec<String> {
    let each = rows.rows.iter().map(|row| {
        let (number, notation) = (row.number.as_str(), row.notation.as_str());
        format!(
            "{}: {number}|{notation} {} {}",
            row.line, row.day, row.sent_by
        )
    });
    each.collect()
}

pub(super) fn report(result: Result<Rows, RegisterError>) -> Report {
    match result {
        Err(RegisterError::Refused(report)) => report,
        other => panic!("{other:?}"),
    }
}

/// Mistakes as `line column problem value`.
pub(super) fn mistakes(result: Result<Rows, RegisterError>) -> Vec<String> {
    let report = report(result);
    let each = report.mistakes.iter().map(|m| {
        let at = if m.first > 0 {
            format!(" ({})", m.first)
        } else {
            String::new()
        };
        format!("{}: {} {} {}{at}", m.line, m.column, m.problem, m.value)
    });
    each.collect()
}
