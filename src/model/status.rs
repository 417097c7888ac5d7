//! Status codes between offices, as edXML and the national axis write them.

/// A status of one document at one recipient (QCVN 102:2016; `domain.md` of the design: 01–16).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Status {
    /// 01 đã đến
    Arrived,
    /// 02 từ chối tiếp nhận
    Refused,
    /// 03 đã tiếp nhận
    Accepted,
    /// 04 phân công
    Assigned,
    /// 05 đang xử lý
    InProcess,
    /// 06 hoàn thành
    Completed,
    /// 13 lấy lại
    TakeBack,
    /// 15 đồng ý
    Agreed,
    /// 16 từ chối (lấy lại, thu hồi, cập nhật)
    Declined,
}

impl Status {
    /// Every status with its code and its English name.
    pub const ALL: [(Self, &'static str, &'static str); 9] = [
        (Self::Arrived, "01", "arrived"),
        (Self::Refused, "02", "refused"),
        (Self::Accepted, "03", "accepted"),
        (Self::Assigned, "04", "assigned"),
        (Self::InProcess, "05", "in_process"),
        (Self::Completed, "06", "completed"),
        (Self::TakeBack, "13", "take_back"),
        (Self::Agreed, "15", "agreed"),
        (Self::Declined, "16", "declined"),
    ];

    /// Parses a code (`03`) or an English name (`accepted`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let found = Self::ALL
            .iter()
            .find(|(_, code, name)| *code == text || *name == text);
        found.map(|(status, _, _)| *status)
    }

    /// The two-digit code.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(s, _, _)| *s == self)
            .map_or("", |(_, code, _)| code)
    }

    /// The English name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(s, _, _)| *s == self)
            .map_or("", |(_, _, name)| name)
    }
}
