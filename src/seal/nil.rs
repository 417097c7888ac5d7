//! The statement of a nil return: a unit, proved by its certificate, said that it issued nothing on paper on some days.
//! The gateway signs what it was told, by whom and when, before it is committed: the event names these bytes, so that
//! denominator and evidence are one record.

use super::json::Json;
use super::receipt::{ActedBy, Fields, ReceiptError, object, text, wrong};
use crate::model::{DocumentId, LocalDay, Timestamp, UnitCode};

/// The value of `schema`: it names this content and its version.
pub const SCHEMA: &str = "lienthong-nil-1";

/// What a nil return states.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NilStatement {
    /// The gateway's name, as configured.
    pub gateway: String,
    /// The return, named like an import of a register.
    pub import: DocumentId,
    /// Whose register.
    pub unit: UnitCode,
    /// The first day on which nothing was issued on paper.
    pub from: LocalDay,
    /// The last one.
    pub to: LocalDay,
    /// Who said so.
    pub by: ActedBy,
    /// Why, in words.
    pub reason: Option<String>,
    /// The person who said so, in words.
    pub staff: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl NilStatement {
    /// The canonical bytes (RFC 8785).
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut members = vec![
            ("schema", text(SCHEMA)),
            ("gateway", text(&self.gateway)),
            ("import", text(self.import.to_string())),
            ("unit", text(self.unit.as_str())),
            ("from", text(self.from.to_string())),
            ("to", text(self.to.to_string())),
            ("by", text(self.by.name())),
            ("at", text(self.at.to_string())),
        ];
        let words = [("reason", &self.reason), ("staff", &self.staff)];
        for (name, words) in words {
            members.extend(words.as_ref().map(|words| (name, text(words))));
        }
        object(members).to_bytes()
    }

    /// Reads canonical bytes: every field, no other, each of its kind.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let mut fields = Fields::of(Json::parse(bytes)?, "")?;
        let schema = fields.text("schema")?;
        if schema != SCHEMA {
            return Err(ReceiptError::Schema(schema));
        }
        let words = |text: &str| Some(text.to_owned());
        let stated = Self {
            gateway: fields.text("gateway")?,
            import: fields.word("import", DocumentId::parse)?,
            unit: fields.word("unit", UnitCode::parse)?,
            from: fields.word("from", LocalDay::parse)?,
            to: fields.word("to", LocalDay::parse)?,
            by: fields.word("by", ActedBy::parse)?,
            reason: fields.absent_or("reason", words)?,
            staff: fields.absent_or("staff", words)?,
            at: fields.word("at", Timestamp::parse)?,
        };
        fields.end()?;
        // One way to write each value.
        if stated.to_json() == bytes && stated.from <= stated.to {
            Ok(stated)
        } else {
            Err(wrong("from"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> NilStatement {
        let unit = UnitCode::parse("H53.7").expect("code");
        NilStatement {
            gateway: "mẫu".into(),
            import: DocumentId::parse("0193f5a0-0000-7000-8000-000000000001").expect("id"),
            unit: unit.clone(),
            from: LocalDay::parse("2026-11-01").expect("day"),
            to: LocalDay::parse("2026-11-30").expect("day"),
            by: ActedBy::Unit(unit),
            reason: Some("Nghỉ".into()),
            staff: None,
            at: Timestamp(1_795_000_000_123),
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let administrator = NilStatement {
            by: ActedBy::Administrator,
            reason: None,
            staff: Some("Lê Văn Bình".into()),
            ..sample()
        };
        for stated in [sample(), administrator] {
            assert_eq!(NilStatement::parse(&stated.to_json()), Ok(stated));
        }
        let json = String::from_utf8(sample().to_json()).expect("text");
        for (from, to) in [
            (SCHEMA, "lienthong-nil-2"),
            (r#""unit":"H53.7""#, r#""unit":"h53.7""#),
            (r#""from":"2026-11-01""#, r#""from":"2026-12-01""#),
            (r#""from":"2026-11-01""#, r#""from":"2026-11-1""#),
            (r#","from""#, r#","extra":1,"from""#),
            (r#"{"at""#, r#"{ "at""#),
        ] {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json, "{from}");
            assert!(
                NilStatement::parse(changed.as_bytes()).is_err(),
                "{from} -> {to}"
            );
        }
    }
}
