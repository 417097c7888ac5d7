//! Makes the documents of the [`PLAN`]: envelopes and files.

use super::cases::{Case, PLAN};
use super::draft::Draft;
use super::texts::text;
use super::units::UNITS;
use super::world::{Member, World};
use crate::forge::{ForgeError, Letter};
use crate::model::{Digest, LocalDay};

/// One file to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileToSend {
    /// Its name.
    pub name: String,
    /// Its role in the envelope.
    pub role: &'static str,
    /// For a signature: the file it signs.
    pub of: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl FileToSend {
    /// A main file or annex.
    #[must_use]
    pub fn new(name: &str, role: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            role,
            of: None,
            bytes,
        }
    }

    /// A detached signature of the file `of`.
    #[must_use]
    pub fn signature(of: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: format!("{of}.p7s"),
            role: "signature",
            of: Some(of.to_owned()),
            bytes,
        }
    }

    /// SHA-256 of its bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

/// One document to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentToSend {
    /// What kind it is.
    pub case: Case,
    /// The sender's place in [`UNITS`].
    pub sender: usize,
    /// The recipients' places.
    pub recipients: Vec<usize>,
    /// Số và ký hiệu.
    pub code: String,
    /// The algorithms of its signatures, agency first.
    pub algorithms: &'static str,
    /// Whether its recipients are to refuse it.
    pub to_be_refused: bool,
    /// The envelope, JSON.
    pub envelope: Vec<u8>,
    /// The files in the envelope's order.
    pub files: Vec<FileToSend>,
}

impl DocumentToSend {
    /// The digests that its receipts must state: of secret material no file is read.
    #[must_use]
    pub fn digests(&self) -> Vec<Digest> {
        if self.case == Case::Secret {
            return Vec::new();
        }
        self.files.iter().map(FileToSend::digest).collect()
    }
}

/// Makes every document of the plan.
///
/// # Errors
/// [`ForgeError`] if something cannot be signed.
pub fn make(world: &World) -> Result<Vec<DocumentToSend>, ForgeError> {
    let mut out = Vec::new();
    for (case, senders) in PLAN {
        for sender in *senders {
            let place = out.len();
            if let Some(member) = world.members.get(*sender) {
                out.push(document(world, member, *case, *sender, place)?);
            }
        }
    }
    Ok(out)
}

fn document(
    world: &World,
    member: &Member,
    case: Case,
    sender: usize,
    place: usize,
) -> Result<DocumentToSend, ForgeError> {
    let recipients = recipients(sender, place);
    let (kind, subject, ..) = text(place);
    let number = place.saturating_add(101).to_string();
    let day = world.now.local_day();
    let letter = letter(member, place, &number, day, &recipients);
    let draft = Draft {
        world,
        member,
        letter,
        stem: format!("{number}-{}", member.unit.notation),
    };
    let files = draft.files(case)?;
    let to_be_refused = matches!(place, 4 | 12 | 20);
    let entry = |f: &FileToSend| {
        let mut value = serde_json::json!({ "name": f.name, "role": f.role });
        if let (Some(of), Some(object)) = (&f.of, value.as_object_mut()) {
            object.insert("of".into(), of.as_str().into());
        }
        value
    };
    let unit = |i: &usize| {
        let code = UNITS.get(*i).map_or("", |u| u.code);
        serde_json::json!({ "unit": code })
    };
    let secrecy = if case == Case::Secret {
        "confidential"
    } else {
        "none"
    };
    let envelope = serde_json::json!({
        "number": number,
        "notation": member.unit.notation,
        "promulgated": day.to_string(),
        "type": kind,
        "subject": subject,
        "urgency": if place.is_multiple_of(7) { "urgent" } else { "normal" },
        "secrecy": secrecy,
        "signer": {
            "name": member.unit.signer,
            "position": member.unit.position.last().copied().unwrap_or_default(),
            "competence": "",
        },
        "recipients": recipients.iter().map(unit).collect::<Vec<_>>(),
        "files": files.iter().map(entry).collect::<Vec<_>>(),
    });
    Ok(DocumentToSend {
        case,
        sender,
        recipients,
        code: format!("{number}/{}", member.unit.notation),
        algorithms: algorithms(case, member.unit.rsa),
        to_be_refused,
        envelope: envelope.to_string().into_bytes(),
        files,
    })
}

/// Only an agency's own certificate may be one of RSA; every other key is of P-256.
fn algorithms(case: Case, rsa: bool) -> &'static str {
    let both = [
        Case::PdfBoth,
        Case::Annex,
        Case::BareAnnex,
        Case::Altered,
        Case::PageAppended,
        Case::Secret,
        Case::XmlBoth,
    ];
    let others = [
        Case::Late,
        Case::Expired,
        Case::NotYet,
        Case::Revoked,
        Case::Outsider,
        Case::PersonOnly,
        Case::Unbound,
        Case::WrongDomain,
        Case::Delta,
        Case::DeltaRevoked,
        Case::Ocsp,
        Case::OcspRevoked,
        Case::OcspUnknown,
        Case::OcspSilent,
        Case::Stamped,
        Case::NotStamped,
        Case::StampedLate,
        Case::AuthorityRevoked,
    ];
    // The other unit is the province, whose agency signs with RSA.
    let other = [Case::OtherUnit, Case::PageAppendedSigned].contains(&case);
    if case == Case::Unsigned {
        "-"
    } else if !other && (!rsa || others.contains(&case)) {
        "ECDSA"
    } else if both.contains(&case) || case == Case::PageAppendedSigned {
        "RSA, ECDSA"
    } else {
        "RSA"
    }
}

/// One to three others, going round.
fn recipients(sender: usize, place: usize) -> Vec<usize> {
    let wanted = place.checked_rem(3).unwrap_or(0).saturating_add(1);
    let others = (1..UNITS.len()).map(|step| {
        let sum = sender.saturating_add(place).saturating_add(step);
        sum.checked_rem(UNITS.len()).unwrap_or(0)
    });
    let mut out: Vec<usize> = others.filter(|i| *i != sender).take(wanted).collect();
    out.sort_unstable();
    out.dedup();
    out
}

pub(super) fn letter(
    member: &Member,
    place: usize,
    number: &str,
    date: LocalDay,
    recipients: &[usize],
) -> Letter {
    let (kind, subject, first, second) = text(place);
    let name = |i: &usize| UNITS.get(*i).map_or("", |u| u.name).to_owned();
    let unit = member.unit;
    Letter {
        above: unit.above.into(),
        agency: unit.heading.into(),
        place: unit.place.into(),
        date,
        number: number.into(),
        notation: unit.notation.into(),
        kind: kind.into(),
        subject: subject.into(),
        recipients: recipients.iter().map(name).collect(),
        body: vec![first.into(), second.into()],
        position: unit.position.iter().map(|p| (*p).to_owned()).collect(),
        signer: unit.signer.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    #[test]
    fn at_least_sixty_of_every_kind_with_readable_envelopes() {
        let world = World::new(SystemClock.now(), crate::demo::online::NOWHERE).expect("world");
        let documents = make(&world).expect("made");
        assert!(documents.len() >= 60, "{}", documents.len());
        for case in Case::ALL {
            assert!(documents.iter().any(|d| d.case == *case), "{case}");
        }
        for document in &documents {
            let read = crate::format::envelope::Envelope::parse(&document.envelope);
            let envelope = read.expect("an envelope");
            assert_eq!(envelope.files.len(), document.files.len());
            assert_eq!(envelope.recipients.len(), document.recipients.len());
        }
    }
}
