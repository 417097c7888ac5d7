//! The content of a receipt: facts of the log, as RFC 8785 JSON (`verdicts.md` §5).

pub use super::facts::{ActedBy, Facts, etsi};
pub use super::verify::verify;

use super::facts::EVENTS;
use super::json::{Json, JsonError, MAX_INTEGER, Member};
use crate::model::event::{FileRef, FileRole, Judged, Policy};
use crate::model::{
    Digest, Disposition, DocumentId, Indication, Position, ReasonCode, Status, SubIndication,
    Timestamp, UnitCode,
};
use std::borrow::Cow;

/// The value of `schema`: it names this content and its version.
pub const SCHEMA: &str = "lienthong-receipt-1";

/// What a receipt states. Everything in it is in the log, so that a receipt lost in a crash is
/// signed anew with the same facts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The gateway's name, as configured.
    pub gateway: String,
    /// The document.
    pub document: DocumentId,
    /// The sending unit.
    pub sender: UnitCode,
    /// SHA-256 of the envelope as received.
    pub envelope: Digest,
    /// The files in the envelope's order.
    pub files: Vec<FileRef>,
    /// The event's stable name: `offered`, `arrived`, `recalled`, …
    pub event: String,
    /// The recipient it is about, for what happens at one.
    pub recipient: Option<UnitCode>,
    /// What the recipient said, where it said something.
    pub status: Option<Status>,
    /// The decision in force at that event; for `doubted` the verdict given in hindsight.
    pub judged: Judged,
    /// For `doubted`: the record whose verdict it puts in doubt. That record and its receipt stand.
    pub doubts: Option<RecordRef>,
    /// What only some events state.
    pub facts: Facts,
    /// When the event was committed.
    pub at: Timestamp,
    /// Its place in the log.
    pub position: Position,
    /// The log's hash-chain head at that record.
    pub chain: Digest,
}

/// A record of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordRef {
    /// Its place.
    pub position: Position,
    /// The log's hash-chain head there.
    pub chain: Digest,
}

/// Why bytes are not a receipt.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The content is not canonical JSON.
    #[error("the content: {0}")]
    Json(#[from] JsonError),
    /// Another schema, or none.
    #[error("the schema is {0:?}, which is neither a receipt's nor a statement's")]
    Schema(String),
    /// A field that is absent, unknown or not of its kind.
    #[error("the field {0:?} is missing, unknown or not valid")]
    Field(String),
    /// Not CMS, or with a certificate that is none.
    #[error("not a receipt: {0}")]
    Cms(String),
    /// CMS of another shape than receipts have.
    #[error("not a receipt: {0}")]
    Shape(&'static str),
    /// A signed attribute is missing, repeated or wrong.
    #[error("a signed attribute is missing, repeated or does not match content and certificate")]
    Attributes,
    /// The signature value is wrong.
    #[error("the signature does not verify")]
    Signature,
    /// What was pinned may not issue certificates.
    #[error("the pinned certificate is not a certification authority")]
    NotAnAuthority,
    /// Signed under another CA.
    #[error("not signed under the pinned receipt CA")]
    OtherAuthority,
    /// The certificate is meant for something else.
    #[error("the certificate is not a receipt certificate")]
    Purpose,
    /// The event lies outside a certificate's validity.
    #[error("the event of {at} lies outside the certificate's validity, {from} to {until}")]
    Validity {
        /// When the event was committed.
        at: Timestamp,
        /// notBefore.
        from: Timestamp,
        /// notAfter.
        until: Timestamp,
    },
}

impl Receipt {
    /// The canonical bytes (RFC 8785).
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut members = vec![
            ("schema", text(SCHEMA)),
            ("gateway", text(&self.gateway)),
            ("document", text(self.document.to_string())),
            ("sender", text(self.sender.as_str())),
            ("envelope_sha256", text(self.envelope.to_hex())),
            ("files", Json::Array(self.files.iter().map(file).collect())),
            ("event", text(&self.event)),
            ("recipient", optional(self.recipient.as_ref())),
            ("status", optional(self.status.map(Status::name))),
            ("verdict", verdict(&self.judged)),
            ("at", text(self.at.to_string())),
            ("position", number(self.position.0)),
            ("chain", text(self.chain.to_hex())),
        ];
        if let Some(doubts) = &self.doubts {
            let position = ("position", number(doubts.position.0));
            let chain = ("chain", text(doubts.chain.to_hex()));
            members.push(("doubts", object(vec![position, chain])));
        }
        members.extend(self.facts.members());
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
        let event = fields.word("event", event)?;
        let status = fields.maybe("status", Status::parse)?;
        let judged = read_verdict(fields.take("verdict")?)?;
        let facts = Facts::read(&mut fields, &event, status, judged.disposition)?;
        let receipt = Self {
            gateway: fields.text("gateway")?,
            document: fields.word("document", DocumentId::parse)?,
            sender: fields.word("sender", UnitCode::parse)?,
            envelope: fields.word("envelope_sha256", Digest::from_hex)?,
            files: fields.array("files")?,
            // What is put in doubt is named by a doubt, and by nothing else.
            doubts: if event == "doubted" {
                Some(read_record(fields.take("doubts")?)?)
            } else {
                None
            },
            event,
            recipient: fields.maybe("recipient", UnitCode::parse)?,
            status,
            judged,
            facts,
            at: fields.word("at", Timestamp::parse)?,
            position: Position(fields.number("position")?),
            chain: fields.word("chain", Digest::from_hex)?,
        };
        fields.end()?;
        // One way to write each value: times of another offset and upper-case digits end here.
        if receipt.to_json() == bytes {
            Ok(receipt)
        } else {
            Err(ReceiptError::Json(JsonError::NotCanonical))
        }
    }
}

/// Whether a receipt can prove an event of that name.
#[must_use]
pub fn is_event(name: &str) -> bool {
    EVENTS.contains(&name)
}

fn event(name: &str) -> Option<String> {
    EVENTS.contains(&name).then(|| name.to_owned())
}

pub(super) fn text(value: impl Into<String>) -> Json {
    Json::Text(value.into())
}

fn optional(value: Option<impl ToString>) -> Json {
    value.map_or(Json::Null, |v| Json::Text(v.to_string()))
}

pub(super) fn number(value: u64) -> Json {
    Json::Integer(i64::try_from(value).map_or(MAX_INTEGER, |n| n.min(MAX_INTEGER)))
}

pub(super) fn object(members: Vec<(&'static str, Json)>) -> Json {
    let named = |(key, value): (&'static str, Json)| (Cow::Borrowed(key), value);
    Json::Object(members.into_iter().map(named).collect())
}

fn file(file: &FileRef) -> Json {
    object(vec![
        ("sha256", text(file.digest.to_hex())),
        ("size", number(file.size)),
        ("role", text(file.role.name())),
    ])
}

fn verdict(judged: &Judged) -> Json {
    object(vec![
        ("indication", text(judged.indication.name())),
        ("sub_indication", optional(judged.sub_indication)),
        ("reason", text(judged.reason.name())),
        ("disposition", text(judged.disposition.name())),
        ("agency_signed", Json::Bool(judged.agency_signed)),
        ("person_signed", Json::Bool(judged.person_signed)),
        ("policy", text(judged.policy.name())),
        ("rules_sha256", text(judged.rules.to_hex())),
        ("report_sha256", optional(judged.report)),
    ])
}

fn read_verdict(value: Json) -> Result<Judged, ReceiptError> {
    let mut fields = Fields::of(value, "verdict")?;
    let judged = Judged {
        indication: fields.word("indication", Indication::from_name)?,
        sub_indication: fields.maybe("sub_indication", SubIndication::from_name)?,
        reason: fields.word("reason", ReasonCode::from_name)?,
        disposition: fields.word("disposition", Disposition::from_name)?,
        agency_signed: fields.flag("agency_signed")?,
        person_signed: fields.flag("person_signed")?,
        policy: fields.word("policy", Policy::from_name)?,
        rules: fields.word("rules_sha256", Digest::from_hex)?,
        report: fields.maybe("report_sha256", Digest::from_hex)?,
    };
    fields.end()?;
    Ok(judged)
}

fn read_record(value: Json) -> Result<RecordRef, ReceiptError> {
    let mut fields = Fields::of(value, "doubts")?;
    let record = RecordRef {
        position: Position(fields.number("position")?),
        chain: fields.word("chain", Digest::from_hex)?,
    };
    fields.end()?;
    Ok(record)
}

fn read_file(value: Json) -> Result<FileRef, ReceiptError> {
    let mut fields = Fields::of(value, "files")?;
    let file = FileRef {
        digest: fields.word("sha256", Digest::from_hex)?,
        size: fields.number("size")?,
        role: fields.word("role", FileRole::from_name)?,
    };
    fields.end()?;
    Ok(file)
}

/// The members of one object, taken one by one.
pub(super) struct Fields(Vec<Member>);

impl Fields {
    pub(super) fn of(value: Json, name: &str) -> Result<Self, ReceiptError> {
        match value {
            Json::Object(members) => Ok(Self(members)),
            Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) | Json::Array(_) => {
                Err(wrong(name))
            }
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Result<Json, ReceiptError> {
        let index = self.0.iter().position(|(key, _)| key == name);
        let index = index.ok_or_else(|| wrong(name))?;
        Ok(self.0.swap_remove(index).1)
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, ReceiptError> {
        self.word(name, |text| Some(text.to_owned()))
    }

    pub(super) fn word<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Option<T>,
    ) -> Result<T, ReceiptError> {
        self.maybe(name, parse)?.ok_or_else(|| wrong(name))
    }

    fn maybe<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ReceiptError> {
        match self.take(name)? {
            Json::Null => Ok(None),
            Json::Text(text) => parse(&text).map(Some).ok_or_else(|| wrong(name)),
            Json::Bool(_) | Json::Integer(_) | Json::Array(_) | Json::Object(_) => Err(wrong(name)),
        }
    }

    /// A member that may be absent.
    pub(super) fn absent_or<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ReceiptError> {
        if self.0.iter().any(|(key, _)| key == name) {
            return self.word(name, parse).map(Some);
        }
        Ok(None)
    }

    /// A list of words that may be absent; it is never empty.
    pub(super) fn words<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, ReceiptError> {
        self.maybe_list(name, |item| match item {
            Json::Text(text) => parse(&text).ok_or_else(|| wrong(name)),
            Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Array(_) | Json::Object(_) => {
                Err(wrong(name))
            }
        })
    }

    /// A list that may be absent; one that is there and empty is written otherwise, and so no receipt.
    pub(super) fn maybe_list<T>(
        &mut self,
        name: &str,
        read: impl Fn(Json) -> Result<T, ReceiptError>,
    ) -> Result<Vec<T>, ReceiptError> {
        if !self.0.iter().any(|(key, _)| key == name) {
            return Ok(Vec::new());
        }
        let Json::Array(items) = self.take(name)? else {
            return Err(wrong(name));
        };
        items.into_iter().map(read).collect()
    }

    pub(super) fn number(&mut self, name: &str) -> Result<u64, ReceiptError> {
        match self.take(name)? {
            Json::Integer(n) => u64::try_from(n).map_err(|_| wrong(name)),
            Json::Null | Json::Bool(_) | Json::Text(_) | Json::Array(_) | Json::Object(_) => {
                Err(wrong(name))
            }
        }
    }

    /// A number that may be absent.
    pub(super) fn maybe_number(&mut self, name: &str) -> Result<Option<u64>, ReceiptError> {
        match self.0.iter().any(|(key, _)| key == name) {
            true => self.number(name).map(Some),
            false => Ok(None),
        }
    }

    pub(super) fn integer(&mut self, name: &str) -> Result<i64, ReceiptError> {
        match self.take(name)? {
            Json::Integer(n) => Ok(n),
            Json::Null | Json::Bool(_) | Json::Text(_) | Json::Array(_) | Json::Object(_) => {
                Err(wrong(name))
            }
        }
    }

    fn flag(&mut self, name: &str) -> Result<bool, ReceiptError> {
        match self.take(name)? {
            Json::Bool(flag) => Ok(flag),
            Json::Null | Json::Integer(_) | Json::Text(_) | Json::Array(_) | Json::Object(_) => {
                Err(wrong(name))
            }
        }
    }

    fn array(&mut self, name: &str) -> Result<Vec<FileRef>, ReceiptError> {
        match self.take(name)? {
            Json::Array(items) => items.into_iter().map(read_file).collect(),
            Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) | Json::Object(_) => {
                Err(wrong(name))
            }
        }
    }

    pub(super) fn end(self) -> Result<(), ReceiptError> {
        self.0.first().map_or(Ok(()), |(key, _)| Err(wrong(key)))
    }
}

pub(super) fn wrong(name: &str) -> ReceiptError {
    ReceiptError::Field(name.to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A receipt with every field filled.
    pub(crate) fn sample() -> Receipt {
        let unit = |code| UnitCode::parse(code).expect("code");
        Receipt {
            gateway: "Trục liên thông \"mẫu\"".into(),
            document: DocumentId::parse("0193f5a0-0000-7000-8000-000000000001").expect("id"),
            sender: unit("H53.7"),
            envelope: Digest([1; 32]),
            files: vec![FileRef {
                digest: Digest([2; 32]),
                size: 12_345,
                role: FileRole::Main,
            }],
            event: "answered".into(),
            recipient: Some(unit("H53.7.1")),
            status: Some(Status::Accepted),
            judged: Judged {
                indication: Indication::Indeterminate,
                sub_indication: Some(SubIndication::TryLater),
                reason: ReasonCode::RevocationStale,
                disposition: Disposition::Record,
                agency_signed: true,
                person_signed: false,
                policy: Policy::Record,
                rules: Digest([3; 32]),
                report: None,
            },
            doubts: None,
            facts: Facts::default(),
            at: Timestamp(1_795_000_000_123),
            position: Position(7),
            chain: Digest([4; 32]),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let receipt = sample();
        let json = receipt.to_json();
        assert!(json.starts_with(br#"{"at":"2026-"#));
        assert_eq!(Receipt::parse(&json), Ok(receipt));
    }

    #[test]
    fn a_doubt_names_what_it_doubts_and_nothing_else_does() {
        let doubted = Receipt {
            event: "doubted".into(),
            doubts: Some(RecordRef {
                position: Position(3),
                chain: Digest([5; 32]),
            }),
            ..sample()
        };
        let json = doubted.to_json();
        assert_eq!(Receipt::parse(&json), Ok(doubted.clone()));
        for wrong in [
            Receipt {
                doubts: None,
                ..doubted.clone()
            },
            Receipt {
                event: "offered".into(),
                ..doubted
            },
        ] {
            assert!(Receipt::parse(&wrong.to_json()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let json = String::from_utf8(sample().to_json()).expect("text");
        let table = [
            (r#","gateway""#, r#","extra":1,"gateway""#),
            (r#""position":7"#, r#""position":"7""#),
            (r#""position":7"#, r#""position":-7"#),
            (SCHEMA, "lienthong-receipt-2"),
            ("+07:00", "+08:00"),
            (r#""accepted""#, r#""03""#),
            (r#""answered""#, r#""receipt-signed""#),
            (r#""H53.7""#, r#""h53.7""#),
            (r#""chain":"0404"#, r#""chain":"04 4"#),
            (r#""sender""#, r#""sent""#),
            (r#""agency_signed":true"#, r#""agency_signed":null"#),
            (r#"{"at""#, r#"{ "at""#),
            (r#""envelope_sha256":"01"#, r#""envelope_sha256":"0A"#),
        ];
        for (from, to) in table {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json, "{from}");
            assert!(
                Receipt::parse(changed.as_bytes()).is_err(),
                "{from} -> {to}"
            );
        }
        let twice = json.replacen(r#""chain":"#, r#""at":"","chain":"#, 1);
        let repeated = ReceiptError::Json(JsonError::Repeated("at".into()));
        assert_eq!(Receipt::parse(twice.as_bytes()), Err(repeated));
    }
}
