//! What a slip of a dossier states: that it was registered, taken in, what was asked for, when there is to be a result,
//! how it ended. Facts of the log, so that a slip lost in a crash is signed anew with the same facts. It names no
//! applicant: what was said and handed in stands in it by its SHA-256.

use super::json::{Json, JsonError};
use super::receipt::{Fields, ReceiptError, number, object, text, wrong};
use crate::model::dossier::{
    DossierEntryKind as EntryKind, DossierGround, DossierItem, DossierMove, DossierNumber,
    DossierProblem, DossierStatus, ProcedureCode, ProcedureRef,
};
use crate::model::event::{DossierFile, PlainName, Presented};
use crate::model::{Digest, DocumentId, Indication, Position, SubIndication, Timestamp};

/// The value of `schema`: it names this content and its version.
pub const SCHEMA: &str = "lienthong-dossier-1";

/// What a slip states.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierSlip {
    /// The gateway's name, as configured.
    pub gateway: String,
    /// The dossier's identifier inside.
    pub dossier: DocumentId,
    /// Its number, with its agency.
    pub number: DossierNumber,
    /// The version of the procedure by which it is judged.
    pub procedure: ProcedureRef,
    /// What the record says.
    pub event: EntryKind,
    /// The move that it tells.
    pub what: Option<DossierMove>,
    /// The status after it.
    pub status: DossierStatus,
    /// When what it tells of was handed in.
    pub received: Option<Timestamp>,
    /// The appointment after it.
    pub due: Option<Timestamp>,
    /// What it asks for, or hands back.
    pub items: Vec<DossierItem>,
    /// What had been handed in.
    pub presented: Option<Presented>,
    /// SHA-256 of the ground of a further request.
    pub ground: Option<Digest>,
    /// SHA-256 of the words of it.
    pub note: Option<Digest>,
    /// When the event was committed.
    pub at: Timestamp,
    /// Its place in the log.
    pub position: Position,
    /// The log's hash-chain head at that record.
    pub chain: Digest,
}

impl DossierSlip {
    /// The canonical bytes (RFC 8785).
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let procedure = object(vec![
            ("code", text(self.procedure.code.as_str())),
            ("version", number(u64::from(self.procedure.version))),
        ]);
        let mut members = vec![
            ("schema", text(SCHEMA)),
            ("gateway", text(&self.gateway)),
            ("dossier", text(self.dossier.to_string())),
            ("number", text(self.number.to_string())),
            ("procedure", procedure),
            ("event", text(self.event.name())),
            ("status", text(self.status.name())),
            ("at", text(self.at.to_string())),
            ("position", number(self.position.0)),
            ("chain", text(self.chain.to_hex())),
        ];
        members.extend(self.what.map(|what| ("move", text(what.name()))));
        for (name, at) in [("received", self.received), ("due", self.due)] {
            members.extend(at.map(|at| (name, text(at.to_string()))));
        }
        for (name, digest) in [("ground_sha256", self.ground), ("note_sha256", self.note)] {
            members.extend(digest.map(|digest| (name, text(digest.to_hex()))));
        }
        if !self.items.is_empty() {
            members.push(("items", Json::Array(self.items.iter().map(item).collect())));
        }
        if let Some(presented) = &self.presented {
            members.push(("words_sha256", text(presented.words.to_hex())));
            if !presented.files.is_empty() {
                let files = presented.files.iter().map(file);
                members.push(("files", Json::Array(files.collect())));
            }
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
        let words = fields.absent_or("words_sha256", Digest::from_hex)?;
        let files = fields.maybe_list("files", read_file)?;
        let slip = Self {
            gateway: fields.text("gateway")?,
            dossier: fields.word("dossier", DocumentId::parse)?,
            number: fields.word("number", DossierNumber::parse)?,
            procedure: read_procedure(fields.take("procedure")?)?,
            event: fields.word("event", EntryKind::from_name)?,
            what: fields.absent_or("move", DossierMove::from_name)?,
            status: fields.word("status", DossierStatus::from_name)?,
            received: fields.absent_or("received", Timestamp::parse)?,
            due: fields.absent_or("due", Timestamp::parse)?,
            items: fields.maybe_list("items", read_item)?,
            presented: words.map(|words| Presented { words, files }),
            ground: fields.absent_or("ground_sha256", Digest::from_hex)?,
            note: fields.absent_or("note_sha256", Digest::from_hex)?,
            at: fields.word("at", Timestamp::parse)?,
            position: Position(fields.number("position")?),
            chain: fields.word("chain", Digest::from_hex)?,
        };
        fields.end()?;
        // One way to write each value.
        match slip.to_json() == bytes {
            true => Ok(slip),
            false => Err(ReceiptError::Json(JsonError::NotCanonical)),
        }
    }
}

fn item(item: &DossierItem) -> Json {
    let mut members = vec![
        ("problem", text(item.problem.name())),
        ("ground", text(item.ground.name())),
    ];
    for (name, word) in [("component", &item.component), ("fact", &item.fact)] {
        members.extend(word.as_ref().map(|word| (name, text(word.as_str()))));
    }
    if let Some(offered) = item.offered {
        members.push(("offered", number(u64::from(offered))));
    }
    if let Some((indication, sub)) = item.verdict {
        members.push(("indication", text(indication.name())));
        members.extend(sub.map(|sub| ("sub_indication", text(sub.name()))));
    }
    object(members)
}

fn read_item(value: Json) -> Result<DossierItem, ReceiptError> {
    let mut fields = Fields::of(value, "items")?;
    let indication = fields.absent_or("indication", Indication::from_name)?;
    let sub = fields.absent_or("sub_indication", SubIndication::from_name)?;
    let item = DossierItem {
        problem: fields.word("problem", DossierProblem::from_name)?,
        ground: fields.word("ground", DossierGround::from_name)?,
        component: fields.absent_or("component", PlainName::parse)?,
        fact: fields.absent_or("fact", PlainName::parse)?,
        offered: small(fields.maybe_number("offered")?, "offered")?,
        verdict: indication.map(|indication| (indication, sub)),
    };
    fields.end()?;
    Ok(item)
}

fn small(number: Option<u64>, name: &str) -> Result<Option<u16>, ReceiptError> {
    let small = number.map(|n| u16::try_from(n).map_err(|_| wrong(name)));
    small.transpose()
}

fn file(file: &DossierFile) -> Json {
    object(vec![
        ("offered", number(u64::from(file.offered))),
        ("sha256", text(file.digest.to_hex())),
        ("size", number(file.size)),
    ])
}

fn read_file(value: Json) -> Result<DossierFile, ReceiptError> {
    let mut fields = Fields::of(value, "files")?;
    let offered = fields.number("offered")?;
    let file = DossierFile {
        offered: u16::try_from(offered).map_err(|_| wrong("offered"))?,
        digest: fields.word("sha256", Digest::from_hex)?,
        size: fields.number("size")?,
    };
    fields.end()?;
    Ok(file)
}

fn read_procedure(value: Json) -> Result<ProcedureRef, ReceiptError> {
    let mut fields = Fields::of(value, "procedure")?;
    let version = fields.number("version")?;
    let procedure = ProcedureRef {
        code: fields.word("code", ProcedureCode::parse)?,
        version: u16::try_from(version).map_err(|_| wrong("version"))?,
    };
    fields.end()?;
    Ok(procedure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LocalDay, UnitCode};

    fn sample() -> DossierSlip {
        DossierSlip {
            gateway: "mẫu".into(),
            dossier: DocumentId::parse("0193f5a0-0000-7000-8000-000000000001").expect("id"),
            number: DossierNumber {
                agency: UnitCode::parse("H53.7").expect("code"),
                day: LocalDay::new(2026, 11, 30).expect("day"),
                place: 12,
            },
            procedure: ProcedureRef {
                code: ProcedureCode::parse("1.001193").expect("code"),
                version: 2,
            },
            event: EntryKind::Registered,
            what: Some(DossierMove::AskSupplement),
            status: DossierStatus::SupplementAsked,
            received: Some(Timestamp(1_795_000_000_123)),
            due: None,
            items: vec![
                DossierItem {
                    problem: DossierProblem::Missing,
                    component: PlainName::parse("to-khai"),
                    offered: None,
                    fact: None,
                    verdict: None,
                    ground: DossierGround::PublishedList,
                },
                DossierItem {
                    problem: DossierProblem::WronglySigned,
                    component: PlainName::parse("giay-chung-sinh"),
                    offered: Some(1),
                    fact: None,
                    verdict: Some((Indication::TotalFailed, Some(SubIndication::HashFailure))),
                    ground: DossierGround::ElectronicSignature,
                },
            ],
            presented: Some(Presented {
                words: Digest([1; 32]),
                files: vec![DossierFile {
                    offered: 1,
                    digest: Digest([2; 32]),
                    size: 77,
                }],
            }),
            ground: None,
            note: Some(Digest([3; 32])),
            at: Timestamp(1_795_000_000_456),
            position: Position(41),
            chain: Digest([4; 32]),
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let plain = DossierSlip {
            event: EntryKind::Moved,
            what: Some(DossierMove::Finish),
            status: DossierStatus::Finished,
            received: None,
            due: Some(Timestamp(1_796_000_000_000)),
            items: Vec::new(),
            presented: None,
            note: None,
            ..sample()
        };
        for slip in [sample(), plain] {
            assert_eq!(DossierSlip::parse(&slip.to_json()), Ok(slip));
        }
        let json = String::from_utf8(sample().to_json()).expect("text");
        for (from, to) in [
            (SCHEMA, "lienthong-dossier-2"),
            ("H53.7-261130-0012", "H53.7-261130-12"),
            (r#""problem":"missing""#, r#""problem":"lost""#),
            (r#""status":"supplement_asked""#, r#""status":"asked""#),
            (r#","gateway""#, r#","extra":1,"gateway""#),
            (r#"{"at""#, r#"{ "at""#),
        ] {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json, "{from}");
            let read = DossierSlip::parse(changed.as_bytes());
            assert!(read.is_err(), "{from} -> {to}");
        }
    }
}
