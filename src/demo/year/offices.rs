//! Who exchanges in the simulated year, and how well: the six communes around Cần Đước, their predecessors, both
//! provinces, the district and three departments.
//!
//! Units and what became of them are the sample `config/can-duoc-2025.sample.toml`; the habits are made up.

use super::DemoError;
use crate::config::registry;
use crate::model::{Digest, LocalDay, Timestamp, UnitCode};
use crate::registry::{
    Binding, Channel, Contact, Details, KeyPair, Level, Parts, Registry, Role, Unit, UnitKind,
};
use std::path::Path;

const SAMPLE: &str = include_str!("../../../config/can-duoc-2025.sample.toml");

/// The departments: units that no reorganisation touched.
const DEPARTMENTS: [(&str, &str, &str); 3] = [
    ("MAU.TN.STC", "Sở Tài chính tỉnh Tây Ninh (mẫu)", "STC"),
    ("MAU.TN.SNV", "Sở Nội vụ tỉnh Tây Ninh (mẫu)", "SNV"),
    ("MAU.TN.SYT", "Sở Y tế tỉnh Tây Ninh (mẫu)", "SYT"),
];

/// What a unit does well and what not, in thousandths of its documents or deliveries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Habit {
    /// Documents on a thousand working days.
    pub documents: u64,
    /// Documents that go on paper alone.
    pub paper: u64,
    /// Documents that go on paper too.
    pub paper_too: u64,
    /// Signed by a person and the agency; what is left of the next three.
    pub agency_only: u64,
    /// Without a signature.
    pub unsigned: u64,
    /// Signed by a person only, or altered after signing.
    pub wrong: u64,
    /// Sent days after promulgation.
    pub sent_late: u64,
    /// Answers that come days later.
    pub answers_late: u64,
}

/// One unit of the year.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Office {
    /// Its code.
    pub code: UnitCode,
    /// Its first and its last day.
    pub days: (LocalDay, LocalDay),
    /// The letters of its notations.
    pub letters: &'static str,
    /// The office that drafts: `VP`, `NC`.
    pub drafts: &'static str,
    /// What it does well and what not.
    pub habit: Habit,
}

/// The offices with the registry that they are listed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offices {
    /// Every unit.
    pub all: Vec<Office>,
    /// The registry, without keys of the transport.
    pub parts: Parts,
}

/// A day that everybody who reads this knows to be one.
pub(super) fn day(year: i16, month: i8, of_month: i8) -> LocalDay {
    let known = LocalDay::new(year, month, of_month);
    known.unwrap_or_else(|| Timestamp::default().local_day())
}

/// The first day of the year.
pub(super) fn first_day() -> LocalDay {
    day(2025, 1, 1)
}

/// The last day on which documents are issued: those of December have been dealt with by then.
pub(super) fn last_day() -> LocalDay {
    day(2026, 1, 16)
}

/// The first day of the communes of today.
pub(super) fn reorganised() -> LocalDay {
    day(2025, 7, 1)
}

impl Offices {
    /// Everybody.
    ///
    /// # Errors
    /// [`DemoError::Config`] or [`DemoError::Registry`] if the sample is not one any more.
    pub fn new() -> Result<Self, DemoError> {
        let path = Path::new("can-duoc-2025.sample.toml");
        let sample = registry::parse(path, SAMPLE)?;
        let mut parts = sample.parts();
        parts
            .units
            .extend(DEPARTMENTS.iter().filter_map(department));
        for unit in &mut parts.units {
            unit.details.contact = contact(&unit.code);
        }
        let registry = Registry::of(parts.clone())?;
        let all: Vec<Office> = registry
            .units()
            .map(|unit| office(&registry, unit))
            .collect();
        parts.bindings = all.iter().map(agency_key).collect();
        Ok(Self { all, parts })
    }
}

fn department((code, name, _): &(&str, &str, &str)) -> Option<Unit> {
    Some(Unit {
        code: UnitCode::parse(code)?,
        name: (*name).to_owned(),
        kind: UnitKind::State,
        parent: UnitCode::parse("MAU.TN"),
        channel: Channel::Pull,
        details: Details {
            level: Some(Level::Province),
            ..Details::default()
        },
    })
}

fn contact(code: &UnitCode) -> Contact {
    let place = code.as_str().to_lowercase();
    Contact {
        name: "Văn thư (mẫu)".to_owned(),
        email: format!("vanthu@{place}.example"),
        phone: "000 000 000".to_owned(),
    }
}

/// No key that signs anything: it stands in the registry so that its end can be seen coming.
fn agency_key(office: &Office) -> Binding {
    let until = match office.code.as_str() {
        "MAU.TN.CD.02" => day(2026, 2, 27),
        _ => day(2028, 6, 30),
    };
    Binding {
        keys: KeyPair {
            issuer: Digest::of(b"simulated issuer"),
            subject: Digest::of(office.code.as_str().as_bytes()),
        },
        unit: office.code.clone(),
        role: Role::Agency,
        from: office.days.0.at_minute(0),
        until: Some(until.last_moment()),
        note: "mô phỏng / simulated".to_owned(),
    }
}

fn office(registry: &Registry, unit: &Unit) -> Office {
    let code = unit.code.as_str();
    let before = registry.lineage().end(&unit.code).is_some();
    let communes_of_today = code.starts_with("MAU.TN.CD");
    let first = match communes_of_today {
        true => reorganised(),
        false => first_day(),
    };
    let last = match before {
        true => day(2025, 6, 30),
        false => last_day(),
    };
    let department = DEPARTMENTS.iter().find(|(known, ..)| *known == code);
    Office {
        code: unit.code.clone(),
        days: (first, last),
        letters: department.map_or("UBND", |(.., letters)| letters),
        drafts: if unit.details.level == Some(Level::Commune) {
            "VP"
        } else {
            "TH"
        },
        habit: habit(code, unit.details.level),
    }
}

/// Ordinary, and better since the reorganisation.
const TODAY: Habit = Habit {
    documents: 1_500,
    paper: 30,
    paper_too: 40,
    agency_only: 30,
    unsigned: 4,
    wrong: 3,
    sent_late: 20,
    answers_late: 30,
};

fn habit(code: &str, level: Option<Level>) -> Habit {
    let before = Habit {
        documents: 450,
        paper: 140,
        paper_too: 120,
        agency_only: 150,
        unsigned: 40,
        wrong: 10,
        sent_late: 60,
        answers_late: 110,
    };
    match code {
        // Long Cang: sends late.
        "MAU.TN.CD.01" => Habit {
            sent_late: 130,
            ..TODAY
        },
        // Rạch Kiến: the person's signature is missing.
        "MAU.TN.CD.02" => Habit {
            agency_only: 420,
            ..TODAY
        },
        // Mỹ Lệ: sends without signatures.
        "MAU.TN.CD.03" => Habit {
            unsigned: 120,
            wrong: 20,
            ..TODAY
        },
        // Cần Đước: answers late, and much on paper.
        "MAU.TN.CD.05" => Habit {
            answers_late: 330,
            paper: 160,
            ..TODAY
        },
        // Long Hựu: joined and never sent anything; its register says that it works on paper.
        "MAU.TN.CD.06" => Habit {
            documents: 700,
            paper: 1_000,
            ..TODAY
        },
        "MAU.LA" | "MAU.TN" => Habit {
            documents: 1_600,
            ..TODAY
        },
        "MAU.LA.CD" => Habit {
            documents: 2_000,
            paper: 60,
            ..before
        },
        _ if level == Some(Level::Commune) => before,
        _ => Habit {
            documents: 1_200,
            ..TODAY
        },
    }
}

impl Office {
    /// Its habit on a day: some change in the course of the year.
    #[must_use]
    pub fn habit_on(&self, on: LocalDay) -> Habit {
        let december = on >= day(2025, 12, 1) && on <= day(2025, 12, 31);
        match self.code.as_str() {
            // The department of health falls back to paper.
            "MAU.TN.SYT" if december => Habit {
                documents: 1_600,
                paper: 520,
                paper_too: 150,
                ..self.habit
            },
            // The department of home affairs suddenly sends little.
            "MAU.TN.SNV" if december => Habit {
                documents: 200,
                ..self.habit
            },
            _ => self.habit,
        }
    }

    /// Whether it exists on a day.
    #[must_use]
    pub fn lives_on(&self, on: LocalDay) -> bool {
        self.days.0 <= on && on <= self.days.1
    }

    /// Since when it fetches nothing any more.
    #[must_use]
    pub fn deaf_since(&self) -> Option<LocalDay> {
        (self.code.as_str() == "MAU.TN.CD.04").then(|| day(2025, 12, 24))
    }

    /// Whether it hands in the register of a month.
    #[must_use]
    pub fn hands_in(&self, of: LocalDay) -> bool {
        let month = (of.year(), of.month().month);
        match self.code.as_str() {
            // One never did, one left out two months.
            "MAU.LA.CD.14" => false,
            "MAU.TN.CD.03" => month != (2025, 9) && month != (2025, 10),
            _ => true,
        }
    }
}
