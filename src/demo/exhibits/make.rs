//! Makes the file of each exhibit, starting from a good one of the demo's world.

use super::{EXHIBITS, Exhibit, Made, Value, Wrong};
use crate::demo::documents;
use crate::demo::draft::Draft;
use crate::demo::world::{Member, World};
use crate::forge::archive::archive_timestamp;
use crate::forge::pdf::{Evidence, alter_inside, bomb};
use crate::forge::several::together;
use crate::forge::timestamp::{Token, signature_timestamp};
use crate::forge::{ForgeError, Pdf, Variant};
use crate::format::asn1::oid;
use crate::format::asn1::write::{constructed, oid as oid_der, sequence, small_integer, tag};
use crate::format::pdf::{Document, hexadecimal};
use crate::model::Timestamp;
use crate::trust::report::Level;

/// One file, and the content beside it where it is asked about both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// What it shows.
    pub exhibit: &'static Exhibit,
    /// The file.
    pub file: Vec<u8>,
    /// The content of a detached signature.
    pub content: Option<Vec<u8>>,
}

/// Makes every exhibit.
///
/// # Errors
/// [`ForgeError`] if something cannot be signed.
pub fn make(world: &World) -> Result<Vec<Shown>, ForgeError> {
    let Some(member) = world.members.get(1) else {
        return Ok(Vec::new());
    };
    let letter = documents::letter(member, 0, "500", world.now.local_day(), &[2]);
    let maker = Maker {
        draft: Draft {
            world,
            member,
            letter,
            stem: String::new(),
        },
        evidence: evidence(world, member)?,
        // Signed a little before it is asked about, and stamped after that.
        signed: world.now.plus_secs(-120),
        stamped: world.now.plus_secs(-60),
    };
    let good = maker.pades(Level::B)?.into_bytes();
    EXHIBITS.iter().map(|one| maker.shown(one, &good)).collect()
}

/// Every certificate and list that the path of the unit's own signature rests on.
fn evidence(world: &World, member: &Member) -> Result<Evidence, ForgeError> {
    let files = world.material()?;
    let lists = [
        "crl/co-yeu-1.crl",
        "crl/co-yeu-goc.crl",
        "crl/dau-thoi-gian.crl",
    ];
    let lists = files
        .into_iter()
        .filter(|f| lists.contains(&f.path.as_str()));
    Ok(Evidence {
        certificates: member.agency.chain.clone(),
        crls: lists.map(|f| f.bytes).collect(),
        responses: Vec::new(),
    })
}

pub(super) struct Maker<'a> {
    pub(super) draft: Draft<'a>,
    pub(super) evidence: Evidence,
    pub(super) signed: Timestamp,
    pub(super) stamped: Timestamp,
}

impl Maker<'_> {
    fn shown(&self, exhibit: &'static Exhibit, good: &[u8]) -> Result<Shown, ForgeError> {
        let text = self.draft.text();
        let beside = matches!(
            exhibit.made,
            Made::Cades(_) | Made::Cms(Wrong::TwoContents | Wrong::NoSigner)
        );
        let file = match exhibit.made {
            Made::Cades(level) => self.cades(level, &text)?,
            Made::Pades(level) => self.pades(level)?.into_bytes(),
            Made::Attack(attack) => attack.on(good),
            Made::Tampering(tampering) => tampering.on(good),
            Made::Cycles => bomb::cycles(good),
            Made::OneByte => {
                let mut bytes = good.to_vec();
                alter_inside(&mut bytes)?;
                bytes
            }
            Made::Value(value) => self.value(value, good)?,
            Made::Cms(wrong) => self.wrong(wrong, &text)?,
            Made::Xades(level) => self.xades(level)?,
            Made::Wrapping(wrapping) => self.wrapped(wrapping)?,
            Made::Xml(twist) => self.twisted(twist)?,
            Made::Container(pack) => self.packed(pack)?.build()?,
            Made::Archive(trick) => self.tricked(trick)?,
        };
        Ok(Shown {
            exhibit,
            file,
            content: beside.then_some(text),
        })
    }

    fn wrong(&self, wrong: Wrong, text: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let by = &self.draft.member.agency;
        let inside = |variant| by.sign(text, true, Some(self.signed), variant);
        match wrong {
            Wrong::NoAttributes => inside(Variant::NoSignedAttributes),
            Wrong::AttributesAsContent => inside(Variant::AttributesAsContent),
            Wrong::Digest => inside(Variant::WrongDigest),
            Wrong::Type => inside(Variant::WrongContentType),
            Wrong::Certificate => inside(Variant::OtherCertificate(&self.draft.member.late)),
            Wrong::Bit => inside(Variant::FlippedBit),
            Wrong::TwoContents => inside(Variant::Good),
            Wrong::MixedSigners => {
                let person = &self.draft.member.person;
                let bad = person.sign(text, true, Some(self.signed), Variant::FlippedBit)?;
                together(&[inside(Variant::Good)?, bad])
            }
            Wrong::NoSigner => Ok(without_signer()),
            Wrong::MixedDigests => Ok(other_digest(&inside(Variant::Good)?)),
            Wrong::BytesBehind => Ok([inside(Variant::Good)?, b"xyz".to_vec()].concat()),
        }
    }

    /// A PDF as the agency signs it, with another value in its place.
    fn value(&self, value: Value, good: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let member = self.draft.member;
        let other = signature_of(good).ok_or(ForgeError::Pdf("no signature"))?;
        self.draft.with_value(|signed| match value {
            Value::TwoSigners => together(&[
                member.agency.sign(signed, false, None, Variant::Good)?,
                member.person.sign(signed, false, None, Variant::Good)?,
            ]),
            Value::OtherPdfInside => member.agency.sign(good, true, None, Variant::Good),
            Value::OfOtherPdf => Ok(other.clone()),
        })
    }

    fn cades(&self, level: Level, content: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let stamper = self.draft.world.online.stamper();
        let lists: Vec<&[u8]> = self.evidence.crls.iter().map(Vec::as_slice).collect();
        let lists = match level {
            Level::Lt | Level::Lta => lists.as_slice(),
            Level::B | Level::T => &[],
        };
        let over_value = |value: &[u8]| {
            if level == Level::B {
                return Ok(Vec::new());
            }
            let token = Token::of(value, self.stamped).signed_by(stamper)?;
            Ok(vec![signature_timestamp(&token)])
        };
        let over_message = |message: &[u8]| {
            if level != Level::Lta {
                return Ok(Vec::new());
            }
            let own = archive_timestamp(message, content, self.stamped, stamper)?;
            Ok(vec![own])
        };
        let carried = (Some(self.signed), lists);
        let by = &self.draft.member.agency;
        by.sign_for_long(content, carried, over_value, over_message)
    }

    fn pades(&self, level: Level) -> Result<Pdf, ForgeError> {
        let stamper = self.draft.world.online.stamper();
        let mut pdf = self.draft.by_agency(&self.draft.member.agency)?;
        if level == Level::B {
            return Ok(pdf);
        }
        pdf.stamp(stamper, "DauThoiGian", self.stamped)?;
        if level == Level::T {
            return Ok(pdf);
        }
        pdf.add_evidence(&self.evidence);
        if level == Level::Lta {
            pdf.stamp(stamper, "DauLuuTru", self.stamped)?;
        }
        Ok(pdf)
    }
}

/// The value of the first signature of a PDF, its padding included.
fn signature_of(pdf: &[u8]) -> Option<Vec<u8>> {
    let signatures = Document::read(pdf).and_then(|document| document.signatures());
    let place = signatures.ok()?.first()?.contents.clone();
    hexadecimal(pdf.get(place)?)
}

/// SignedData with no signer at all (RFC 5652 §5.1 allows the empty SET).
fn without_signer() -> Vec<u8> {
    let data = sequence(&[
        &small_integer(1),
        &constructed(tag::SET, &[]),
        &sequence(&[&oid_der(oid::DATA)]),
        &constructed(tag::SET, &[]),
    ]);
    sequence(&[
        &oid_der(oid::SIGNED_DATA),
        &constructed(tag::context(0), &[&data]),
    ])
}

/// The signer's digest algorithm named SHA-512, whose identifier differs in the last octet alone.
fn other_digest(message: &[u8]) -> Vec<u8> {
    let mut out = message.to_vec();
    let last = |at: usize| at.saturating_add(oid::SHA256.len()).saturating_sub(1);
    if let Some(octet) =
        memchr::memmem::rfind(&out, oid::SHA256).and_then(|at| out.get_mut(last(at)))
    {
        *octet = 3;
    }
    out
}
