//! Who sends what to whom, and when: made of the number of the document alone, so that every run has the same.

use lienthong::model::{Digest, LocalDay, Timestamp, UnitCode};

/// Documents of which all recipients of the first hundred units get a part: a unit with very many.
const BUSY: u64 = 100;
/// The first provinces, which are units too.
const PROVINCES: u64 = 34;
/// Two years up to 30 November 2026.
const DAYS: i64 = 730;
/// 1 December 2024, eight in the morning at Hà Nội.
const BEGIN: i64 = 1_733_014_800;

/// How many documents of how many units.
#[derive(Clone, Copy)]
pub struct Plan {
    pub documents: u64,
    pub units: u64,
    /// The last so many days of the two years.
    pub days: i64,
}

/// One document.
pub struct Planned {
    pub sender: u64,
    pub recipient: u64,
    pub refused: bool,
    pub arrives: bool,
    pub answered: bool,
    pub both: bool,
    pub late: bool,
}

impl Plan {
    pub fn new(documents: u64, units: u64, days: Option<i64>) -> Self {
        Self {
            documents,
            units,
            days: days.unwrap_or(DAYS).clamp(1, DAYS),
        }
    }

    /// Whose code: 34 provinces, below each of them communes, below those offices.
    pub fn code(n: u64) -> UnitCode {
        let province = n % PROVINCES + 1;
        let within = n / PROVINCES;
        let text = match (within, within % 37) {
            (0, _) => format!("H{province:02}"),
            (_, 1) => format!("H{province:02}.{}", within / 37 + 1),
            (_, office) => format!("H{province:02}.{}.{office}", within / 37 + 1),
        };
        UnitCode::parse(&text).expect("code")
    }

    /// The code of the unit above.
    pub fn parent(n: u64) -> Option<UnitCode> {
        let code = Self::code(n);
        let (above, _) = code.as_str().rsplit_once('.')?;
        UnitCode::parse(above)
    }

    /// A hash of the number: a quarter of the documents go from and to the first hundred units, the others anywhere.
    pub fn document(&self, n: u64) -> Planned {
        let chance = Digest::of(&n.to_le_bytes()).0;
        let word = |at: usize| {
            let bytes = chance.get(at..at + 8).and_then(|b| b.try_into().ok());
            u64::from_le_bytes(bytes.expect("octets"))
        };
        let sender = match word(0) % 4 {
            0 => word(1) % BUSY.min(self.units),
            _ => word(1) % self.units,
        };
        let other = match word(2) % 4 {
            0 => word(3) % BUSY.min(self.units),
            _ => word(3) % self.units,
        };
        let recipient = if other == sender {
            (other + 1) % self.units
        } else {
            other
        };
        let refused = word(8) % 50 == 0;
        let arrives = !refused && word(9) % 20 != 0;
        Planned {
            sender,
            recipient,
            refused,
            arrives,
            answered: arrives && word(10) % 10 != 0,
            both: word(11) % 10 != 0,
            late: word(12) % 30 == 0,
        }
    }

    /// When the nth step of so many happens: the days one after another, within office hours.
    pub fn at(&self, step: u64, steps: u64) -> Timestamp {
        let (step, steps) = (step as i64, steps.max(1) as i64);
        let seconds = step * self.days * 9 * 3600 / steps;
        let (day, second) = (seconds / (9 * 3600), seconds % (9 * 3600));
        Timestamp::from_secs(BEGIN + (DAYS - self.days + day) * 86_400 + second)
    }

    /// When all of it is over.
    pub fn end(&self) -> Timestamp {
        self.at(1, 1)
    }

    /// The months of the two years.
    pub fn months() -> Vec<String> {
        let all = (2024..=2026).flat_map(|year| (1..=12).map(move |month| (year, month)));
        let all = all.filter(|(year, month)| match year {
            2024 => *month == 12,
            2025 => true,
            _ => *month <= 11,
        });
        all.map(|(year, month)| format!("{year}-{month:02}"))
            .collect()
    }

    /// The day before.
    pub fn yesterday(day: LocalDay) -> LocalDay {
        LocalDay::from_number(day.number() - 1).expect("a day")
    }
}
