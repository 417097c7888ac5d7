//! The registers of a document office as they travel (NĐ 30/2020/NĐ-CP Phụ lục IV): what went out, what came in,
//! and what became of what came in.

use serde::{Deserialize, Serialize};

/// Which page of which register.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookQuery {
    /// Whose register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The period; absent: this month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The most rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

/// One page of a register.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BookView {
    /// Whether nothing of it took place: the history is simulated. Absent: it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The unit's code.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// `outgoing` or `incoming`.
    pub book: String,
    /// The period: of the promulgation of what went out, of the arrival of what came in.
    pub period: String,
    /// How many rows all pages have together.
    pub total: i64,
    /// The last record of the log that this page is made of.
    pub position: u64,
    /// The rows, by day.
    pub items: Vec<BookRow>,
    /// The cursor of the next page; a page that has one may be shorter than was asked for.
    pub next: Option<String>,
}

/// One document in a register.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct BookRow {
    /// The document's identifier.
    pub id: String,
    /// Số.
    pub number: String,
    /// Ký hiệu.
    pub notation: String,
    /// Ngày tháng văn bản.
    pub promulgated: String,
    /// Tên loại; empty where the envelope has none, or is erased.
    pub document_type: String,
    /// Trích yếu nội dung, unless it is erased.
    pub subject: Option<String>,
    /// Người ký.
    pub signer: Option<String>,
    /// The sender's code.
    pub sender: String,
    /// Tác giả: the sender's name.
    pub sender_name: String,
    /// Nơi nhận: codes, of many the first ones.
    pub recipients: Vec<String>,
    /// How many recipients it has.
    pub recipient_count: usize,
    /// Độ khẩn.
    pub urgency: String,
    /// What became of it: of what went out, what the gateway decided; of what came in, how far it has come.
    pub state: String,
    /// Ngày đến: when it arrived.
    pub arrived: Option<String>,
    /// Until when it was to be accepted or refused.
    pub answer_due: Option<String>,
    /// When it was.
    pub answered: Option<String>,
    /// Who did that.
    pub staff: Option<String>,
    /// Thời hạn giải quyết, if the sender named one.
    pub due: Option<String>,
    /// When the work on it was done.
    pub completed: Option<String>,
    /// Whether it was taken in too late, or not at all by now.
    pub answer_late: bool,
    /// Whether the work was done too late, or not by now.
    pub work_late: bool,
    /// Whether its sender recalled it.
    pub recalled: bool,
}

/// What became of what came in: the figures of the report on handling.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Handling {
    /// Documents that arrived.
    pub received: usize,
    /// … that were accepted.
    pub accepted: usize,
    /// … refused.
    pub refused: usize,
    /// … not answered.
    pub unanswered: usize,
    /// … answered too late, or late by now.
    pub answer_late: usize,
    /// Documents with a day until when the work is to be done.
    pub with_due: usize,
    /// … completed by then.
    pub completed_in_time: usize,
    /// … completed later, or late by now.
    pub work_late: usize,
    /// Documents whose work is completed, with a due day or without.
    pub completed: usize,
    /// Documents that their senders recalled.
    pub recalled: usize,
}

impl Handling {
    /// Of the rows of an incoming register.
    #[must_use]
    pub fn of(rows: &[BookRow]) -> Self {
        let count = |holds: fn(&BookRow) -> bool| rows.iter().filter(|row| holds(row)).count();
        Self {
            received: rows.len(),
            accepted: count(|row| row.answered.is_some() && row.state != "refused"),
            refused: count(|row| row.state == "refused"),
            unanswered: count(|row| row.answered.is_none()),
            answer_late: count(|row| row.answer_late),
            with_due: count(|row| row.due.is_some()),
            completed_in_time: count(|row| {
                row.due.is_some() && row.completed.is_some() && !row.work_late
            }),
            work_late: count(|row| row.work_late),
            completed: count(|row| row.completed.is_some()),
            recalled: count(|row| row.recalled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_accepted_refused_or_unanswered() {
        let some = || Some("2026-11-24T08:00:00+07:00".to_owned());
        let row = |state: &str, answered: bool, due: bool, completed: bool, late: bool| BookRow {
            state: state.to_owned(),
            answered: some().filter(|_| answered),
            due: some().filter(|_| due),
            completed: some().filter(|_| completed),
            work_late: late,
            ..BookRow::default()
        };
        let rows = [
            row("arrived", false, true, false, false),
            row("refused", true, false, false, false),
            row("completed", true, true, true, false),
            row("completed", true, true, true, true),
            row("in_process", true, true, false, true),
        ];
        let made = Handling::of(&rows);
        assert_eq!(
            (made.received, made.accepted, made.refused, made.unanswered),
            (5, 3, 1, 1)
        );
        assert_eq!(
            (made.with_due, made.completed_in_time, made.work_late),
            (4, 1, 2)
        );
    }
}
