//! The statement of a closed period: its figures, the units they are of, and the place in the log up to which they
//! were counted, as RFC 8785 JSON. Later events never change it; a correction is a statement of its own.

use super::json::{Json, JsonError, MAX_INTEGER};
use super::receipt::{Fields, ReceiptError, RecordRef, number, object, text, wrong};
use crate::model::{Digest, DocumentId, LocalDay, Period, Position, Timestamp, UnitCode};
use crate::rates::{Counts, Measure};
use std::collections::BTreeMap;

/// The value of `schema`: it names this content and its version.
pub const SCHEMA: &str = "lienthong-statement-1";
/// The largest statement: 125,000 units of 500 bytes. Without its signature.
pub const MAX_STATEMENT: usize = 64 * 1024 * 1024;

/// Where the units begin. They are the last member, and a quotation mark within a text has a backslash before it.
const UNITS: &str = ",\"units\":[";

/// Figures by unit: measures that are zero are left out, units without any are not.
pub type UnitFigures = BTreeMap<UnitCode, Counts>;

/// What a statement states.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// The gateway's name, as configured.
    pub gateway: String,
    /// The period.
    pub period: Period,
    /// Which statement of that period; 1 closes it.
    pub number: u32,
    /// The registry in force: its digest, and how many units it has.
    pub registry: RegistryRef,
    /// Every unit of the registry, and every other one that has figures, with its figures.
    pub units: UnitFigures,
    /// Documents promulgated in the period that were held without a decision, and their senders.
    pub undecided: BTreeMap<DocumentId, UnitCode>,
    /// The last record counted.
    pub counted: RecordRef,
    /// The statement before it, of whatever period.
    pub previous: Option<StatementRef>,
    /// What it corrects, if it does.
    pub correction: Option<Correction>,
    /// When it was made.
    pub at: Timestamp,
}

/// A registry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegistryRef {
    /// Its digest.
    pub digest: Digest,
    /// How many units it has.
    pub units: u64,
}

/// A statement made before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatementRef {
    /// SHA-256 of its canonical JSON.
    pub statement: Digest,
    /// The last record counted into it.
    pub counted: RecordRef,
}

/// What a correction changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correction {
    /// The statement of the same period that it corrects.
    pub of: StatementRef,
    /// Why, in words.
    pub reason: String,
    /// Every figure that differs, by unit and measure.
    pub changes: Vec<Change>,
}

/// A figure that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Whose.
    pub unit: UnitCode,
    /// Which.
    pub measure: Measure,
    /// What the statement before says.
    pub before: i64,
    /// What it is now.
    pub after: i64,
}

/// Every figure that differs, in the order of units and measures' numbers.
#[must_use]
pub fn changes(before: &UnitFigures, after: &UnitFigures) -> Vec<Change> {
    let empty = Counts::new();
    let mut out = Vec::new();
    let mut units: Vec<&UnitCode> = before.keys().chain(after.keys()).collect();
    units.sort_unstable();
    units.dedup();
    for unit in units {
        let (old, new) = (before.get(unit), after.get(unit));
        let (old, new) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
        let mut measures: Vec<Measure> = old.keys().chain(new.keys()).copied().collect();
        measures.sort_unstable_by_key(|measure| measure.number());
        measures.dedup();
        out.extend(measures.into_iter().filter_map(|measure| {
            let figure = |counts: &Counts| counts.get(&measure).copied().unwrap_or(0);
            let (before, after) = (figure(old), figure(new));
            (before != after).then(|| Change {
                unit: unit.clone(),
                measure,
                before,
                after,
            })
        }));
    }
    out
}

impl Statement {
    /// SHA-256 of what it says: its name in events and in later statements.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_json())
    }

    /// The name of this statement for a later one.
    #[must_use]
    pub fn reference(&self) -> StatementRef {
        StatementRef {
            statement: self.digest(),
            counted: self.counted,
        }
    }

    /// The canonical bytes (RFC 8785). Unit by unit: a tree of a large province's would take many times their memory.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let (first, last) = self.period.days().into_inner();
        let undecided = self.undecided.iter().map(|(document, sender)| {
            let document = ("document", text(document.to_string()));
            object(vec![document, ("sender", text(sender.as_str()))])
        });
        let registry = vec![
            ("sha256", text(self.registry.digest.to_hex())),
            ("units", number(self.registry.units)),
        ];
        let head = object(vec![
            ("schema", text(SCHEMA)),
            ("gateway", text(&self.gateway)),
            ("period", text(self.period.to_string())),
            ("first_day", text(first.to_string())),
            ("last_day", text(last.to_string())),
            ("number", number(u64::from(self.number))),
            ("registry", object(registry)),
            ("undecided", Json::Array(undecided.collect())),
            ("position", number(self.counted.position.0)),
            ("chain", text(self.counted.chain.to_hex())),
            ("previous", self.previous.map_or(Json::Null, named)),
            (
                "corrects",
                self.correction.as_ref().map_or(Json::Null, correction),
            ),
            ("at", text(self.at.to_string())),
        ]);
        let mut out = head.to_bytes();
        out.pop();
        out.extend_from_slice(UNITS.as_bytes());
        for (i, (unit, counts)) in self.units.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            out.extend(unit_json(unit, counts).to_bytes());
        }
        out.extend_from_slice(b"]}");
        out
    }

    /// Reads canonical bytes: every field, no other, each of its kind, and a correction that agrees with the figures.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let syntax = |e: std::str::Utf8Error| JsonError::Syntax(e.valid_up_to());
        let whole = std::str::from_utf8(bytes).map_err(syntax)?;
        let (head, units) = whole.split_once(UNITS).ok_or_else(|| wrong("units"))?;
        let units = units.strip_suffix("]}").ok_or_else(|| wrong("units"))?;
        let head = Json::parse(format!("{head}}}").as_bytes())?;
        let statement = read_head(head, read_units(units)?)?;
        statement.agrees()?;
        // One way to write each value, and the units in their order.
        if statement.to_json() == bytes {
            Ok(statement)
        } else {
            Err(ReceiptError::Json(JsonError::NotCanonical))
        }
    }

    /// What a correction says of its own figures has to be what they are.
    fn agrees(&self) -> Result<(), ReceiptError> {
        let Some(correction) = &self.correction else {
            return if self.number == 1 {
                Ok(())
            } else {
                Err(wrong("corrects"))
            };
        };
        let own = |change: &Change| {
            let counts = self.units.get(&change.unit);
            let figure = counts.and_then(|counts| counts.get(&change.measure));
            figure.copied().unwrap_or(0) == change.after && change.before != change.after
        };
        let place = |change: &Change| (change.unit.clone(), change.measure.number());
        let places: Vec<_> = correction.changes.iter().map(place).collect();
        let sorted = places.is_sorted_by(|a, b| a < b);
        if self.number > 1 && sorted && correction.changes.iter().all(own) {
            Ok(())
        } else {
            Err(wrong("corrects"))
        }
    }
}

fn unit_json(unit: &UnitCode, counts: &Counts) -> Json {
    let figures = counts.iter().filter(|(_, figure)| **figure != 0);
    let figures = figures.map(|(measure, figure)| (measure.name().into(), integer(*figure)));
    object(vec![
        ("unit", text(unit.as_str())),
        ("counts", Json::Object(figures.collect())),
    ])
}

fn integer(value: i64) -> Json {
    Json::Integer(value.clamp(-MAX_INTEGER, MAX_INTEGER))
}

fn named(of: StatementRef) -> Json {
    object(vec![
        ("sha256", text(of.statement.to_hex())),
        ("position", number(of.counted.position.0)),
        ("chain", text(of.counted.chain.to_hex())),
    ])
}

fn correction(correction: &Correction) -> Json {
    let changes = correction.changes.iter().map(|change| {
        object(vec![
            ("unit", text(change.unit.as_str())),
            ("measure", text(change.measure.name())),
            ("before", integer(change.before)),
            ("after", integer(change.after)),
        ])
    });
    object(vec![
        ("statement", named(correction.of)),
        ("reason", text(&correction.reason)),
        ("changes", Json::Array(changes.collect())),
    ])
}

fn read_head(head: Json, units: UnitFigures) -> Result<Statement, ReceiptError> {
    let mut fields = Fields::of(head, "")?;
    let schema = fields.text("schema")?;
    if schema != SCHEMA {
        return Err(ReceiptError::Schema(schema));
    }
    let period = fields.word("period", Period::parse)?;
    let days = (
        fields.word("first_day", LocalDay::parse)?,
        fields.word("last_day", LocalDay::parse)?,
    );
    if days != period.days().into_inner() {
        return Err(wrong("first_day"));
    }
    let mut registry = Fields::of(fields.take("registry")?, "registry")?;
    let statement = Statement {
        gateway: fields.text("gateway")?,
        period,
        number: u32::try_from(fields.number("number")?).map_err(|_| wrong("number"))?,
        registry: RegistryRef {
            digest: registry.word("sha256", Digest::from_hex)?,
            units: registry.number("units")?,
        },
        units,
        undecided: read_undecided(fields.take("undecided")?)?,
        counted: RecordRef {
            position: Position(fields.number("position")?),
            chain: fields.word("chain", Digest::from_hex)?,
        },
        previous: some(fields.take("previous")?)
            .map(|named| read_named(named, "previous"))
            .transpose()?,
        correction: some(fields.take("corrects")?)
            .map(read_correction)
            .transpose()?,
        at: fields.word("at", Timestamp::parse)?,
    };
    registry.end()?;
    fields.end()?;
    Ok(statement)
}

fn items(value: Json, name: &str) -> Result<Vec<Json>, ReceiptError> {
    match value {
        Json::Array(items) => Ok(items),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) | Json::Object(_) => {
            Err(wrong(name))
        }
    }
}

fn read_undecided(value: Json) -> Result<BTreeMap<DocumentId, UnitCode>, ReceiptError> {
    let read = |item: Json| {
        let mut fields = Fields::of(item, "undecided")?;
        let document = fields.word("document", DocumentId::parse)?;
        let sender = fields.word("sender", UnitCode::parse)?;
        fields.end().map(|()| (document, sender))
    };
    items(value, "undecided")?.into_iter().map(read).collect()
}

/// What is there, where `null` says that nothing is.
fn some(value: Json) -> Option<Json> {
    (!matches!(value, Json::Null)).then_some(value)
}

fn read_named(value: Json, name: &str) -> Result<StatementRef, ReceiptError> {
    let mut fields = Fields::of(value, name)?;
    let named = StatementRef {
        statement: fields.word("sha256", Digest::from_hex)?,
        counted: RecordRef {
            position: Position(fields.number("position")?),
            chain: fields.word("chain", Digest::from_hex)?,
        },
    };
    fields.end().map(|()| named)
}

fn read_correction(value: Json) -> Result<Correction, ReceiptError> {
    let mut fields = Fields::of(value, "corrects")?;
    let read = |item: Json| {
        let mut fields = Fields::of(item, "changes")?;
        let change = Change {
            unit: fields.word("unit", UnitCode::parse)?,
            measure: fields.word("measure", Measure::from_name)?,
            before: fields.integer("before")?,
            after: fields.integer("after")?,
        };
        fields.end().map(|()| change)
    };
    let changes = items(fields.take("changes")?, "changes")?.into_iter();
    let correction = Correction {
        of: read_named(fields.take("statement")?, "statement")?,
        reason: fields.text("reason")?,
        changes: changes.map(read).collect::<Result<_, _>>()?,
    };
    fields.end().map(|()| correction)
}

/// One unit after the other: neither a code nor a measure's name has a brace, so that the second one ends a unit.
fn read_units(mut rest: &str) -> Result<UnitFigures, ReceiptError> {
    let mut units = UnitFigures::new();
    while !rest.is_empty() {
        let mut ends = rest.match_indices('}').map(|(at, _)| at);
        let end = ends.nth(1).ok_or_else(|| wrong("units"))?.saturating_add(1);
        let (unit, more) = rest.split_at_checked(end).ok_or_else(|| wrong("units"))?;
        let (code, counts) = read_unit(Json::parse(unit.as_bytes())?)?;
        units.insert(code, counts);
        rest = match more.strip_prefix(',') {
            Some("") => return Err(wrong("units")),
            Some(more) => more,
            None if more.is_empty() => more,
            None => return Err(wrong("units")),
        };
    }
    Ok(units)
}

fn read_unit(value: Json) -> Result<(UnitCode, Counts), ReceiptError> {
    let mut fields = Fields::of(value, "units")?;
    let code = fields.word("unit", UnitCode::parse)?;
    let Json::Object(members) = fields.take("counts")? else {
        return Err(wrong("counts"));
    };
    let read = |(name, figure): (std::borrow::Cow<'static, str>, Json)| {
        let measure = Measure::from_name(&name).ok_or_else(|| wrong(&name))?;
        match figure {
            Json::Integer(figure) if figure != 0 => Ok((measure, figure)),
            Json::Integer(_)
            | Json::Null
            | Json::Bool(_)
            | Json::Text(_)
            | Json::Array(_)
            | Json::Object(_) => Err(wrong(&name)),
        }
    };
    let counts = members.into_iter().map(read).collect::<Result<_, _>>()?;
    fields.end().map(|()| (code, counts))
}

#[cfg(test)]
pub(crate) mod tests;
