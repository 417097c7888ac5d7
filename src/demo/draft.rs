//! Makes the files of one document: really signed, then whatever its kind does to them.

use super::cases::Case;
use super::documents::FileToSend;
use super::online::Stamped;
use super::world::{Member, World};
use crate::forge::pdf::alter_inside;
use crate::forge::{ForgeError, Identity, Letter, Mark, Pdf, SubFilter, Variant};
use crate::model::Timestamp;

/// A document being made: the unit's letter, and everything that can be done to it.
#[derive(Debug)]
pub struct Draft<'a> {
    /// All certificates.
    pub world: &'a World,
    /// The sender.
    pub member: &'a Member,
    /// What it says.
    pub letter: Letter,
    /// How its files are called.
    pub stem: String,
}

impl Draft<'_> {
    fn now(&self) -> Timestamp {
        self.world.now
    }

    fn main_pdf(&self, bytes: Vec<u8>) -> FileToSend {
        FileToSend::new(&format!("{}.pdf", self.stem), "main", bytes)
    }

    fn pdf(&self) -> Pdf {
        Pdf::new(&self.letter)
    }

    fn agency_mark(&self, pdf: &Pdf, sub_filter: SubFilter) -> Mark {
        Mark {
            field: "ChuKyCoQuan".into(),
            name: self.member.unit.name.into(),
            lines: vec![self.member.unit.name.into(), shown(self.now())],
            place: pdf.agency_place(),
            colour: [200, 16, 16],
            sub_filter,
        }
    }

    fn person_mark(&self, pdf: &Pdf) -> Mark {
        Mark {
            field: "ChuKyCaNhan".into(),
            name: self.member.unit.signer.into(),
            lines: vec![
                format!("Ký bởi: {}", self.member.unit.signer),
                shown(self.now()),
            ],
            place: pdf.person_place(),
            colour: [16, 48, 160],
            sub_filter: SubFilter::Cades,
        }
    }

    pub(super) fn by_agency(&self, by: &Identity) -> Result<Pdf, ForgeError> {
        let mut pdf = self.pdf();
        let mark = self.agency_mark(&pdf, SubFilter::Cades);
        pdf.sign(by, &mark, self.now())?;
        Ok(pdf)
    }

    /// Another letter, with a signature value of any sort over it.
    pub(super) fn with_value(
        &self,
        cms: impl Fn(&[u8]) -> Result<Vec<u8>, ForgeError>,
    ) -> Result<Vec<u8>, ForgeError> {
        let mut letter = self.letter.clone();
        letter.subject.push_str(" (2)");
        let mut pdf = Pdf::new(&letter);
        let mark = self.agency_mark(&pdf, SubFilter::Cades);
        pdf.sign_as(&mark, self.now(), cms)?;
        Ok(pdf.into_bytes())
    }

    fn by_both(&self) -> Result<Pdf, ForgeError> {
        let mut pdf = self.pdf();
        let (person, agency) = (
            self.person_mark(&pdf),
            self.agency_mark(&pdf, SubFilter::Cades),
        );
        pdf.sign(&self.member.person, &person, self.now())?;
        pdf.sign(&self.member.agency, &agency, self.now())?;
        Ok(pdf)
    }

    pub(super) fn text(&self) -> Vec<u8> {
        let mut out = format!("{} {}\n\n", self.letter.kind, self.letter.subject);
        for paragraph in &self.letter.body {
            out.push_str(paragraph);
            out.push('\n');
        }
        out.into_bytes()
    }

    /// A text file and the agency's detached CMS of it, with one thing wrong.
    fn detached(&self, variant: Variant<'_>) -> Result<Vec<FileToSend>, ForgeError> {
        let name = format!("{}.txt", self.stem);
        let content = self.text();
        let signed = self
            .member
            .agency
            .sign(&content, false, Some(self.now()), variant)?;
        Ok(vec![
            FileToSend::new(&name, "main", content),
            FileToSend::signature(&name, signed),
        ])
    }

    fn stamped(&self, when: Stamped) -> Result<Vec<FileToSend>, ForgeError> {
        let name = format!("{}.txt", self.stem);
        let content = self.text();
        let by = &self.member.online.stamped;
        let signed = self.world.online.stamped(by, &content, when)?;
        Ok(vec![
            FileToSend::new(&name, "main", content),
            FileToSend::signature(&name, signed),
        ])
    }

    fn inside(&self, variant: Variant<'_>) -> Result<Vec<FileToSend>, ForgeError> {
        let name = format!("{}.txt.p7m", self.stem);
        let signed = self
            .member
            .agency
            .sign(&self.text(), true, Some(self.now()), variant)?;
        Ok(vec![FileToSend::new(&name, "main", signed)])
    }

    fn annexed(&self, signed: bool) -> Result<Vec<FileToSend>, ForgeError> {
        let annex = if signed {
            self.by_agency(&self.member.agency)?
        } else {
            self.pdf()
        };
        let name = format!("{}-phu-luc.pdf", self.stem);
        Ok(vec![
            self.main_pdf(self.by_both()?.into_bytes()),
            FileToSend::new(&name, "annex", annex.into_bytes()),
        ])
    }

    fn appended(&self, by_stranger: bool) -> Result<Pdf, ForgeError> {
        let mut pdf = self.by_both()?;
        pdf.append_page(&self.letter);
        let stranger = self.other();
        if by_stranger {
            let mark = Mark {
                field: "ChuKyKhac".into(),
                name: stranger.unit.name.into(),
                lines: vec![stranger.unit.name.into()],
                place: [60.0, 60.0, 200.0, 90.0],
                colour: [16, 120, 16],
                sub_filter: SubFilter::Cades,
            };
            pdf.sign(&stranger.agency, &mark, self.now())?;
        }
        Ok(pdf)
    }

    /// Another unit.
    fn other(&self) -> &Member {
        let mut others = self
            .world
            .members
            .iter()
            .filter(|m| m.unit != self.member.unit);
        others.next().unwrap_or(self.member)
    }

    /// The files of a document of this kind.
    ///
    /// # Errors
    /// [`ForgeError`] if something cannot be signed.
    #[allow(clippy::too_many_lines, reason = "one table, a row per kind")]
    pub fn files(&self, case: Case) -> Result<Vec<FileToSend>, ForgeError> {
        let m = self.member;
        let agency_only = |by: &Identity| -> Result<Vec<FileToSend>, ForgeError> {
            Ok(vec![self.main_pdf(self.by_agency(by)?.into_bytes())])
        };
        match case {
            Case::PdfBoth | Case::Secret => Ok(vec![self.main_pdf(self.by_both()?.into_bytes())]),
            Case::PdfAgency => agency_only(&m.agency),
            Case::PdfOlder => {
                let mut pdf = self.pdf();
                let mark = self.agency_mark(&pdf, SubFilter::Pkcs7);
                pdf.sign(&m.agency, &mark, self.now())?;
                Ok(vec![self.main_pdf(pdf.into_bytes())])
            }
            Case::Detached => self.detached(Variant::Good),
            Case::Inside => self.inside(Variant::Good),
            Case::Annex => self.annexed(true),
            Case::BareAnnex => self.annexed(false),
            Case::Late => agency_only(&m.late),
            Case::Unsigned => Ok(vec![self.main_pdf(self.pdf().into_bytes())]),
            Case::Altered => {
                let mut bytes = self.by_both()?.into_bytes();
                alter_inside(&mut bytes)?;
                Ok(vec![self.main_pdf(bytes)])
            }
            Case::AlteredDetached => {
                let mut files = self.detached(Variant::Good)?;
                if let Some(main) = files.first_mut() {
                    main.bytes.extend_from_slice("(đã sửa)\n".as_bytes());
                }
                Ok(files)
            }
            Case::PageAppended => Ok(vec![self.main_pdf(self.appended(false)?.into_bytes())]),
            Case::PageAppendedSigned => Ok(vec![self.main_pdf(self.appended(true)?.into_bytes())]),
            Case::Expired => agency_only(&m.expired),
            Case::NotYet => agency_only(&m.not_yet),
            Case::Revoked => agency_only(&m.revoked),
            Case::Outsider => agency_only(&m.outsider),
            Case::OtherUnit => agency_only(&self.other().agency),
            Case::Unbound => agency_only(&m.unbound),
            Case::WrongDomain => agency_only(&m.wrong_domain),
            Case::PersonOnly => {
                let mut pdf = self.pdf();
                let mark = self.person_mark(&pdf);
                pdf.sign(&m.person, &mark, self.now())?;
                Ok(vec![self.main_pdf(pdf.into_bytes())])
            }
            Case::NoAttributes => self.detached(Variant::NoSignedAttributes),
            Case::WrongDigest => self.detached(Variant::WrongDigest),
            Case::WrongType => self.inside(Variant::WrongContentType),
            Case::OtherCertificate => self.detached(Variant::OtherCertificate(&m.late)),
            Case::AttributesAsContent => self.inside(Variant::AttributesAsContent),
            Case::FlippedBit => self.inside(Variant::FlippedBit),
            Case::Delta => agency_only(&m.online.listed),
            Case::DeltaRevoked => agency_only(&m.online.changed),
            Case::Ocsp => agency_only(&m.online.answered),
            Case::OcspRevoked => agency_only(&m.online.withdrawn),
            Case::OcspUnknown => agency_only(&m.online.newcomer),
            Case::OcspSilent => agency_only(&m.online.waiting),
            Case::NotStamped => agency_only(&m.online.stamped),
            Case::AuthorityRevoked => agency_only(&m.fallen),
            Case::Stamped => self.stamped(Stamped::BeforeRevocation),
            Case::StampedLate => self.stamped(Stamped::AfterRevocation),
            Case::XmlBoth => self.xml_by_both(),
            Case::XmlDetached => self.xml_detached(),
            Case::XmlAltered => self.xml_altered(),
            Case::XmlWrapped => self.xml_wrapped(),
            Case::XmlStylesheet => self.xml_by_stylesheet(),
            Case::AsicE => self.container(|signed, _| signed),
            Case::AsicS => self.container_of_one(),
            Case::AsicAltered => self.container(|c, other| c.changed("phu-luc.txt", Some(other))),
            Case::AsicUncovered => self.container(|c, other| c.with("them.txt", other)),
            Case::AsicTwice => self.container(|c, other| c.with("cong-van.txt", other)),
        }
    }
}

/// A time of signing as it stands in a stamp: ISO 8601, whole seconds, with the zone.
fn shown(at: Timestamp) -> String {
    let full = at.to_string();
    let whole = full.split('.').next().unwrap_or_default();
    format!("{whole}+07:00")
}
