//! Words of dossiers: their numbers, the ten national statuses, the moves between them, and what differs from a
//! published list.

use super::event::PlainName;
use super::indication::words;
use super::{Indication, LocalDay, SubIndication, UnitCode};
use std::fmt;
use std::sync::Arc;

words! {
    /// The national statuses of a dossier.
    DossierStatus {
        /// Mới đăng ký: nobody has decided yet whether it is taken in.
        Registered = 1 "registered",
        /// Được tiếp nhận.
        TakenIn = 2 "taken_in",
        /// Không được tiếp nhận.
        Refused = 3 "refused",
        /// Đang xử lý.
        InProcess = 4 "in_process",
        /// Yêu cầu bổ sung giấy tờ.
        SupplementAsked = 5 "supplement_asked",
        /// Yêu cầu thực hiện nghĩa vụ tài chính.
        FeeAsked = 6 "fee_asked",
        /// Công dân yêu cầu rút hồ sơ.
        Withdrawn = 7 "withdrawn",
        /// Dừng xử lý.
        Stopped = 8 "stopped",
        /// Đã xử lý xong.
        Finished = 9 "finished",
        /// Đã trả kết quả.
        Returned = 10 "returned",
    }
}

impl DossierStatus {
    /// Whether nothing follows any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            Self::Refused | Self::Withdrawn | Self::Stopped | Self::Returned => true,
            Self::Registered
            | Self::TakenIn
            | Self::InProcess
            | Self::SupplementAsked
            | Self::FeeAsked
            | Self::Finished => false,
        }
    }
}

words! {
    /// Something that is done with a dossier.
    DossierMove {
        /// It is complete, and taken in: its clock starts.
        TakeIn = 1 "take_in",
        /// It is not taken in, with a reason (form 03).
        Refuse = 2 "refuse",
        /// What is missing or wrong is asked for, once and completely (form 02).
        AskSupplement = 3 "supplement",
        /// What was asked for is there: the clock starts again.
        Complete = 4 "complete",
        /// Somebody works on it.
        Process = 5 "process",
        /// A fee or a tax is to be paid.
        AskFee = 6 "fee",
        /// It was paid.
        Pay = 7 "paid",
        /// Another appointment, with an apology (form 04).
        Reschedule = 8 "extend",
        /// The work on it stops, with a reason (form 05 of 2025).
        Stop = 9 "stop",
        /// Whoever handed it in takes it back.
        Withdraw = 10 "withdraw",
        /// There is a result.
        Finish = 11 "finish",
        /// The result was handed over.
        Return = 12 "return",
    }
}

impl DossierMove {
    /// Whether it is made with a reason or not at all: form 02 to 05 state one.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        match self {
            Self::Refuse | Self::Reschedule | Self::Stop => true,
            // What a request for supplement says is its items.
            Self::TakeIn
            | Self::AskSupplement
            | Self::Complete
            | Self::Process
            | Self::AskFee
            | Self::Pay
            | Self::Withdraw
            | Self::Finish
            | Self::Return => false,
        }
    }
}

words! {
    /// What a record of a dossier says.
    DossierEntryKind {
        /// It has a number.
        Registered = 1 "dossier-registered",
        /// Its status changed.
        Moved = 2 "dossier-moved",
        /// Something was asked for.
        Asked = 3 "dossier-supplement-asked",
        /// It is complete.
        Completed = 4 "dossier-completed",
        /// There is another appointment.
        Rescheduled = 5 "dossier-rescheduled",
        /// Content was erased.
        Erased = 6 "erased",
    }
}

words! {
    /// How what was handed in differs from what is asked for.
    DossierProblem {
        /// A fact on which a component hangs is not declared.
        FactNotDeclared = 1 "fact_not_declared",
        /// Asked for, and not there.
        Missing = 2 "missing",
        /// Fewer copies than are asked for.
        TooFewCopies = 3 "too_few_copies",
        /// Not in one of the forms that are taken.
        WrongForm = 4 "wrong_form",
        /// Not on the template that is asked for.
        WrongTemplate = 5 "wrong_template",
        /// The file cannot be read.
        Unreadable = 6 "unreadable",
        /// No signature of whom has to sign.
        Unsigned = 7 "unsigned",
        /// A signature that does not hold.
        WronglySigned = 8 "wrongly_signed",
        /// A signature on which nothing can be said yet.
        SignatureUndecided = 9 "signature_undecided",
        /// It holds no longer.
        OutOfDate = 10 "out_of_date",
        /// It holds for a time, and nobody said from when.
        DateNotDeclared = 11 "date_not_declared",
        /// Issued after the day of the dossier.
        IssuedLater = 12 "issued_later",
        /// The same file once more.
        Duplicate = 13 "duplicate",
        /// No component of this procedure.
        NotOnTheList = 14 "surplus_not_on_the_list",
        /// A component that is not asked for in this case.
        NotInThisCase = 15 "surplus_not_in_this_case",
        /// Its data is in a published database.
        InDatabase = 16 "surplus_in_database",
        /// Another one of several alternatives is there already.
        OtherAlternative = 17 "surplus_other_alternative",
        /// One more of what is asked for once, or more copies.
        MoreThanAsked = 18 "surplus_more_than_asked",
    }
}

impl DossierProblem {
    /// Whether it is handed back: taking it in is what the law forbids.
    #[must_use]
    pub fn is_surplus(self) -> bool {
        match self {
            Self::Duplicate
            | Self::NotOnTheList
            | Self::NotInThisCase
            | Self::InDatabase
            | Self::OtherAlternative
            | Self::MoreThanAsked => true,
            Self::FactNotDeclared
            | Self::Missing
            | Self::TooFewCopies
            | Self::WrongForm
            | Self::WrongTemplate
            | Self::Unreadable
            | Self::Unsigned
            | Self::WronglySigned
            | Self::SignatureUndecided
            | Self::OutOfDate
            | Self::DateNotDeclared
            | Self::IssuedLater => false,
        }
    }
}

words! {
    /// The legal ground of a difference.
    DossierGround {
        /// The published list: the component's own ground, else the procedure's.
        PublishedList = 1 "published_list",
        /// Nothing beyond what the law says is asked for (NĐ 61/2018/NĐ-CP Điều 5 khoản 1 điểm đ, Điều 6 khoản 1 điểm b).
        NothingBeyond = 2 "nothing_beyond",
        /// Nothing whose data is in a published database is asked for (NĐ 224/2026/NĐ-CP Điều 18 khoản 4).
        PublishedDatabase = 3 "published_database",
        /// What an electronic signature has to be (Luật Giao dịch điện tử 20/2023/QH15 Điều 22, 23).
        ElectronicSignature = 4 "electronic_signature",
    }
}

/// One difference, in codes alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierItem {
    /// What is wrong.
    pub problem: DossierProblem,
    /// The component, where it is one of the list.
    pub component: Option<PlainName>,
    /// Which of what was handed in, by its place there.
    pub offered: Option<u16>,
    /// The fact that is not declared.
    pub fact: Option<PlainName>,
    /// What the signatures' worst is, where they are meant.
    pub verdict: Option<(Indication, Option<SubIndication>)>,
    /// On which ground.
    pub ground: DossierGround,
}

/// The national code of a procedure: 1 to 40 letters, digits, dots and hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcedureCode(Arc<str>);

impl ProcedureCode {
    /// The longest.
    pub const MAX: usize = 40;

    /// A code, if the text is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let fits = (1..=Self::MAX).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.into()))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProcedureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProcedureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One version of a procedure, by which a dossier is judged for ever.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProcedureRef {
    /// Its code.
    pub code: ProcedureCode,
    /// Its version, from 1.
    pub version: u16,
}

/// The number of a dossier: `<agency code>-YYMMDD-XXXX` (TT 01/2018/TT-VPCP Điều 19). The last part counts the dossiers
/// of the agency on that day from 0001; what is beyond 9999 has more digits, since nobody is turned away for want of one.
/// They sort by agency, day and place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DossierNumber {
    /// The agency.
    pub agency: UnitCode,
    /// The day.
    pub day: LocalDay,
    /// Its place on that day, from 1. Zero: not given yet.
    pub place: u32,
}

impl DossierNumber {
    /// One that the writer of the store has yet to give.
    #[must_use]
    pub fn not_given(agency: UnitCode, day: LocalDay) -> Self {
        Self {
            agency,
            day,
            place: 0,
        }
    }

    /// Reads a number; `None` for anything else, and for one that is spelt otherwise than it is written. Two digits of
    /// a year are those from 2000 to 2099.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, place) = text.rsplit_once('-')?;
        let (agency, date) = rest.rsplit_once('-')?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if date.len() != 6 || !digits(date) || place.len() < 4 || !digits(place) {
            return None;
        }
        let part = |from: usize| date.get(from..from.saturating_add(2));
        let year: i16 = part(0)?.parse().ok()?;
        let (month, day) = (part(2)?.parse().ok()?, part(4)?.parse().ok()?);
        let number = Self {
            agency: UnitCode::parse(agency)?,
            day: LocalDay::new(year.checked_add(2000)?, month, day)?,
            place: place.parse().ok().filter(|place| *place > 0)?,
        };
        (number.to_string() == text).then_some(number)
    }
}

impl fmt::Display for DossierNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = self.day.year().rem_euclid(100);
        let (month, day) = (self.day.0.month(), self.day.day());
        let (agency, place) = (&self.agency, self.place);
        write!(f, "{agency}-{year:02}{month:02}{day:02}-{place:04}")
    }
}

impl fmt::Debug for DossierNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        let number = |place| DossierNumber {
            agency: UnitCode::parse("H53.7.1").expect("code"),
            day: LocalDay::new(2026, 11, 3).expect("day"),
            place,
        };
        // TT 01/2018/TT-VPCP Điều 19.
        for (place, text) in [
            (1, "H53.7.1-261103-0001"),
            (9_999, "H53.7.1-261103-9999"),
            (10_000, "H53.7.1-261103-10000"),
        ] {
            assert_eq!(number(place).to_string(), text);
            assert_eq!(DossierNumber::parse(text), Some(number(place)));
        }
        for wrong in [
            "H53.7.1-261103-0000",
            "H53.7.1-261103-001",
            "H53.7.1-261103-00001",
            "H53.7.1-261303-0001",
            "H53.7.1-2611031-0001",
            "h53-261103-0001",
            "H53.7.1-261103",
            "H53.7.1-261103-+001",
            "",
        ] {
            assert_eq!(DossierNumber::parse(wrong), None, "{wrong}");
        }
        let mut all = [number(10_000), number(2), number(9_999)];
        all.sort();
        assert_eq!(all, [number(2), number(9_999), number(10_000)]);
    }
}
