//! XML signatures among the exhibits: each level, and each row of the catalogue of attacks on them.

use super::make::Maker;
use crate::forge::xml::properties::Named;
use crate::forge::xml::unsigned::Archive;
use crate::forge::xml::wrapping::{Wrapped, Wrapping};
use crate::forge::xml::{
    Over, Place, Plan, Properties, Reference, Signed, Stamping, Transform, method,
};
use crate::forge::{ForgeError, Identity};
use crate::trust::report::Level;

/// What is wrong with an XML signature (attack catalogue X2 to X8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Twist {
    /// Two elements have the identifier that is referred to.
    SameId,
    /// A comment inside a value.
    Comment,
    /// A stylesheet among the transforms.
    Stylesheet,
    /// A reference to another host.
    Elsewhere,
    /// One reference more than are taken.
    ManyReferences,
    /// A document type that reads a file.
    DocumentType,
    /// Elements inside each other, more than are taken.
    Deep,
    /// A keyed digest in place of a signature.
    Keyed,
    /// A bare key in place of a certificate.
    BareKey,
    /// Properties that the signature does not sign.
    Properties,
    /// The certificate named in the properties is another.
    Certificate,
}

/// The most that is taken, and one more.
const DEEP: usize = 300;
const REFERENCES: usize = crate::format::limits::MAX_XML_REFERENCES.saturating_add(1);

impl Maker<'_> {
    pub(super) fn by(&self) -> &Identity {
        &self.draft.member.agency
    }

    fn properties(&self, named: &Identity) -> Properties {
        Properties::basic(self.signed).naming(vec![Named::v2(named)])
    }

    fn xades_signed(&self) -> Result<Signed, ForgeError> {
        let plan = Plan::enveloped(&self.draft.letter.xml());
        plan.with(self.properties(self.by())).sign(self.by())
    }

    pub(super) fn xades(&self, level: Level) -> Result<Vec<u8>, ForgeError> {
        let stamping = Stamping::by(self.draft.world.online.stamper(), self.stamped);
        let mut signed = self.xades_signed()?;
        if level >= Level::T {
            signed = signed.stamped(&stamping)?;
        }
        if level >= Level::Lt {
            let certificates: Vec<&[u8]> = borrowed(&self.evidence.certificates);
            signed = signed.with_values(&certificates, &borrowed(&self.evidence.crls), &[])?;
        }
        if level >= Level::Lta {
            signed = signed.archived(Archive::V141, &stamping)?;
        }
        Ok(signed.text.into_bytes())
    }

    pub(super) fn wrapped(&self, wrapping: Wrapping) -> Result<Vec<u8>, ForgeError> {
        let letter = format!(
            "<CongVan Id=\"cv\"><SoKyHieu>{}/{}</SoKyHieu><SoTien>100</SoTien></CongVan>",
            self.draft.letter.number, self.draft.letter.notation
        );
        let steps = vec![
            Transform::Enveloped,
            Transform::Canonical(method::exclusive()),
        ];
        let plan = Plan::new(&letter, Place::Last, vec![Reference::to("#cv", steps)]);
        let good = plan.sign(self.by())?.text;
        let twin = [("Id=\"cv\"", "Id=\"khac\""), (">100<", ">900<")];
        Ok(wrapping.of(&Wrapped::new(&good, &twin)?).into_bytes())
    }

    pub(super) fn twisted(&self, twist: Twist) -> Result<Vec<u8>, ForgeError> {
        let letter = self.draft.letter.xml();
        let enveloped = || Plan::enveloped(&letter);
        let good = || Ok::<_, ForgeError>(enveloped().sign(self.by())?.text);
        let text = match twist {
            Twist::SameId => {
                let begin = "<VanBan Id=\"van-ban\">";
                let signed = Plan::beside(&letter, "van-ban").sign(self.by())?.text;
                signed.replacen(begin, &format!("<VanBan Id=\"van-ban\"/>{begin}"), 1)
            }
            Twist::Comment => {
                let end = "</ds:DigestValue>";
                good()?.replacen(end, &format!("<!-- -->{end}"), 1)
            }
            Twist::DocumentType => {
                let kind = "<!DOCTYPE CongVan [<!ENTITY a SYSTEM \"file:///etc/hostname\">]>";
                good()?.replacen("<CongVan", &format!("{kind}<CongVan"), 1)
            }
            Twist::Deep => {
                let deep = format!("{}{}", "<a>".repeat(DEEP), "</a>".repeat(DEEP));
                good()?.replacen("</VanBan>", &format!("{deep}</VanBan>"), 1)
            }
            Twist::Properties => {
                let other = self.xades_signed()?.text;
                let behind = other.split_once("<ds:Object>").map_or("", |(_, b)| b);
                let inside = behind.split_once("</ds:Object>").map_or("", |(i, _)| i);
                let object = format!("<ds:Object>{inside}</ds:Object></ds:Signature>");
                good()?.replacen("</ds:Signature>", &object, 1)
            }
            Twist::Stylesheet => {
                let mut made = self.draft.xml_by_stylesheet()?;
                return Ok(made.pop().map(|file| file.bytes).unwrap_or_default());
            }
            Twist::Elsewhere
            | Twist::ManyReferences
            | Twist::Keyed
            | Twist::BareKey
            | Twist::Certificate => self.planned(enveloped(), twist).sign(self.by())?.text,
        };
        Ok(text.into_bytes())
    }

    /// What the signer has made so.
    fn planned(&self, mut plan: Plan, twist: Twist) -> Plan {
        match twist {
            Twist::Elsewhere => {
                let mut reference = Reference::to("http://127.0.0.1/cong-van.xml", Vec::new());
                reference.over = Over::Octets(b"cong van".to_vec());
                plan.references.push(reference);
            }
            Twist::ManyReferences => {
                let reference = || Reference::to("", vec![Transform::Enveloped]);
                plan.references = (0..REFERENCES).map(|_| reference()).collect();
            }
            Twist::Keyed => {
                let hmac = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
                plan.signature_method = Some(format!("<ds:SignatureMethod Algorithm=\"{hmac}\"/>"));
            }
            Twist::BareKey => {
                let key = "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus>\
                           <ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>";
                plan.key_info = Some(key.into());
            }
            Twist::Certificate => {
                plan.properties = Some(self.properties(&self.draft.member.late));
            }
            Twist::SameId
            | Twist::Comment
            | Twist::Stylesheet
            | Twist::DocumentType
            | Twist::Deep
            | Twist::Properties => {}
        }
        plan
    }
}

fn borrowed(all: &[Vec<u8>]) -> Vec<&[u8]> {
    all.iter().map(Vec::as_slice).collect()
}
