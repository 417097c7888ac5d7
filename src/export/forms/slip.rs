//! What a form is filled in with.

use crate::dossier::{Ground, Procedure, RuleSet, Slip as RuleSlip, Term};
use crate::lang;
use crate::model::dossier::DossierItem;
use crate::model::event::PlainName;
use crate::model::indication::words;
use crate::model::{Language, LocalDay, Timestamp};

words! {
    /// A set of forms.
    Edition {
        /// Phụ lục of TT 01/2018/TT-VPCP.
        Of2018 = 1 "2018",
        /// Phụ lục I of TT 03/2025/TT-VPCP.
        Of2025 = 2 "2025",
    }
}

impl Edition {
    /// The set of forms that goes with the rules of the day of intake: the stop notice came with that of 2025.
    #[must_use]
    pub fn of(rules: Option<&RuleSet>) -> Self {
        match rules.is_none_or(|set| set.slips.contains_key(&RuleSlip::Stop)) {
            true => Self::Of2025,
            false => Self::Of2018,
        }
    }
}

words! {
    /// A form.
    FormKind {
        /// Giấy tiếp nhận hồ sơ và hẹn trả kết quả.
        Intake = 1 "intake",
        /// Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ.
        Supplement = 2 "supplement",
        /// Phiếu từ chối tiếp nhận giải quyết hồ sơ.
        Refusal = 3 "refusal",
        /// Văn bản xin lỗi và đề nghị gia hạn; in 2018 phiếu xin lỗi và hẹn lại ngày trả kết quả.
        Apology = 4 "apology",
        /// Thông báo dừng giải quyết hồ sơ; none in 2018.
        Stop = 5 "stop",
        /// Phiếu kiểm soát quá trình giải quyết hồ sơ.
        Control = 6 "control",
        /// Sổ theo dõi hồ sơ.
        Register = 7 "register",
        /// Phiếu trả kết quả: the gateway's own, without a number; it carries the code of the survey.
        Returned = 8 "returned",
    }
}

impl FormKind {
    /// Its number in a set; `None`: it has none there.
    #[must_use]
    pub fn numbered(self, edition: Edition) -> Option<u8> {
        let later = |in_2018, in_2025| match edition {
            Edition::Of2018 => in_2018,
            Edition::Of2025 => in_2025,
        };
        match self {
            Self::Intake => Some(1),
            Self::Supplement => Some(2),
            Self::Refusal => Some(3),
            Self::Apology => Some(4),
            Self::Stop => later(None, Some(5)),
            Self::Control => later(Some(5), Some(6)),
            Self::Register => later(Some(6), Some(7)),
            Self::Returned => None,
        }
    }

    /// The form with that number in a set.
    #[must_use]
    pub fn with_number(edition: Edition, number: u8) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kind| kind.numbered(edition) == Some(number))
    }
}

/// Who issues a form, where and when.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Issuer {
    /// The agency above, where there is one.
    pub over: String,
    /// The agency.
    pub agency: String,
    /// The one-stop counter (Bộ phận Một cửa); nothing: the agency itself.
    pub counter: String,
    /// Where, as it stands before the day.
    pub place: String,
    /// When.
    pub at: Timestamp,
    /// The number, where the form has one.
    pub number: String,
    /// What the square code holds: an address that opens the state of the dossier, or its bare number.
    pub opens: String,
    /// Whether nothing of it took place.
    pub simulated: bool,
}

/// Who handed the dossier in. Nothing of it is ever logged.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Applicant {
    /// The name of the person or organisation.
    pub name: String,
    /// The address.
    pub address: String,
    /// The telephone.
    pub phone: String,
    /// The electronic address.
    pub email: String,
}

impl std::fmt::Debug for Applicant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Applicant(..)")
    }
}

/// The dossier.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct About {
    /// Its number.
    pub dossier: String,
    /// The procedure: what is asked for.
    pub procedure: String,
    /// The code of the procedure.
    pub code: String,
    /// Who handed it in.
    pub applicant: Applicant,
}

/// A component that was handed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handed {
    /// Its name.
    pub name: String,
    /// Its form in words.
    pub form: String,
    /// Copies.
    pub copies: u16,
}

/// What 01 says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Intake {
    /// What was handed in.
    pub components: Vec<Handed>,
    /// How many sets.
    pub sets: u16,
    /// How long the procedure takes.
    pub term: Term,
    /// When it was taken in.
    pub received: Timestamp,
    /// When the result is to be had.
    pub due: Timestamp,
    /// Where the result is to be had.
    pub collect: String,
    /// The book and the number in it, where one is kept on paper.
    pub entry: Option<(String, String)>,
    /// Who took it in.
    pub officer: String,
}

/// One thing that 02 asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// The component or fact.
    pub item: String,
    /// What to do.
    pub todo: String,
    /// Why.
    pub reason: String,
    /// The legal ground.
    pub ground: String,
    /// At which stage it was found.
    pub stage: String,
    /// Who asks for it.
    pub author: String,
}

impl Wanted {
    /// What a difference that the check found asks for. `file`: the name of what was handed in, where there is one.
    #[must_use]
    pub fn of(
        language: Language,
        procedure: &Procedure,
        item: &DossierItem,
        file: Option<&str>,
        (stage, author): (&str, &str),
    ) -> Self {
        let own = item.component.as_ref().map(PlainName::as_str);
        let own = own.and_then(|id| procedure.component(id));
        let fact = item
            .fact
            .as_ref()
            .and_then(|f| procedure.facts.get(f.as_str()));
        let what = match (fact, own, file) {
            (Some(fact), _, _) => fact.question.clone(),
            (None, Some(own), _) => own.name.clone(),
            (None, None, Some(file)) => file.to_owned(),
            (None, None, None) => lang::text(language, "dossier-paper", &[]),
        };
        let problem = item.problem.name();
        let listed = item.ground == Ground::PublishedList;
        let basis = own.and_then(|own| own.basis.as_ref());
        let ground = match listed {
            true => basis.unwrap_or(&procedure.basis).clone(),
            false => lang::word(language, "dossier-ground", item.ground.name()),
        };
        let verdict = item.verdict.map(|(indication, sub)| match sub {
            Some(sub) => format!(" ({indication}, {sub})"),
            None => format!(" ({indication})"),
        });
        let reason = lang::word(language, "dossier-problem", problem);
        Self {
            item: what,
            todo: lang::word(language, "dossier-todo", problem),
            reason: format!("{reason}{}", verdict.unwrap_or_default()),
            ground,
            stage: stage.to_owned(),
            author: author.to_owned(),
        }
    }
}

/// What 02 says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Supplement {
    /// Everything that is to be supplemented: it is asked for once.
    pub wanted: Vec<Wanted>,
    /// Why it is asked for a second time, where it is.
    pub again: Option<String>,
    /// Whom to ask, and at which number.
    pub contact: (String, String),
    /// Who guides.
    pub officer: String,
}

/// What 03 says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Each reason with its legal ground.
    pub reasons: Vec<(String, String)>,
    /// Who refuses it.
    pub officer: String,
}

/// What 04 says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Apology {
    /// When it was taken in.
    pub received: Timestamp,
    /// When the result was to be had.
    pub due: Timestamp,
    /// When it is to be had now.
    pub again: Timestamp,
    /// Why it is late.
    pub reason: String,
    /// Who signs for the agency: title and name.
    pub signer: (String, String),
}

/// What 05 of 2025 says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// When it was taken in.
    pub received: Timestamp,
    /// Why it is stopped.
    pub reason: String,
    /// The legal ground.
    pub ground: String,
    /// What the citizen may do.
    pub next: String,
    /// Who signs for the agency: title and name.
    pub signer: (String, String),
}

/// One move of a dossier from hand to hand.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Step {
    /// Which agency or part of it has it from here on.
    pub agency: String,
    /// Who gave it.
    pub gave: String,
    /// Who took it.
    pub took: String,
    /// When.
    pub at: Timestamp,
    /// Until when it was due there.
    pub due: Option<Timestamp>,
    /// How it ended there: early, on time, late; nothing: it is there still.
    pub result: String,
    /// What else there is to say.
    pub note: String,
}

/// What the control slip says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Control {
    /// Which agency solves it.
    pub agency: String,
    /// Which agencies work on it with them.
    pub others: Vec<String>,
    /// Its moves, the first one at the head.
    pub steps: Vec<Step>,
}

/// A line of the register.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BookRow {
    /// Its number.
    pub dossier: String,
    /// The procedure.
    pub procedure: String,
    /// How many sets.
    pub sets: u16,
    /// Who handed it in.
    pub applicant: Applicant,
    /// Which agency solves it.
    pub agency: String,
    /// When it was taken in.
    pub received: Option<LocalDay>,
    /// When the result is to be had.
    pub due: Option<LocalDay>,
    /// When it went to whoever solves it.
    pub passed_on: Option<LocalDay>,
    /// When the result came from there.
    pub solved: Option<LocalDay>,
    /// When the result was handed over.
    pub returned: Option<LocalDay>,
    /// How it was handed over.
    pub way: String,
    /// What else there is to say.
    pub note: String,
}

/// What the register says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Register {
    /// The first and the last day.
    pub days: (LocalDay, LocalDay),
    /// Its lines in the order of their numbers.
    pub rows: Vec<BookRow>,
}

/// What the result slip says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Returned {
    /// When it was taken in.
    pub received: Timestamp,
    /// When the result was to be had.
    pub due: Timestamp,
    /// When it was handed over.
    pub returned: Timestamp,
    /// The code that opens the survey, once; and where it is answered, if that can be said.
    pub survey: Option<(String, Option<String>)>,
    /// Who handed it over.
    pub officer: String,
}

/// What one form says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// See [`Intake`].
    Intake(Intake),
    /// See [`Supplement`].
    Supplement(Supplement),
    /// See [`Refusal`].
    Refusal(Refusal),
    /// See [`Apology`].
    Apology(Apology),
    /// See [`Stop`].
    Stop(Stop),
    /// See [`Control`].
    Control(Control),
    /// See [`Register`]; of no single dossier.
    Register(Register),
    /// See [`Returned`].
    Returned(Returned),
}

impl Said {
    /// Which form it is.
    #[must_use]
    pub fn kind(&self) -> FormKind {
        match self {
            Self::Intake(_) => FormKind::Intake,
            Self::Supplement(_) => FormKind::Supplement,
            Self::Refusal(_) => FormKind::Refusal,
            Self::Apology(_) => FormKind::Apology,
            Self::Stop(_) => FormKind::Stop,
            Self::Control(_) => FormKind::Control,
            Self::Register(_) => FormKind::Register,
            Self::Returned(_) => FormKind::Returned,
        }
    }
}

/// A form, filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slip {
    /// Of which set.
    pub edition: Edition,
    /// Who issues it.
    pub issuer: Issuer,
    /// The dossier; the register is of many, and has none here.
    pub about: About,
    /// What it says.
    pub said: Said,
}
