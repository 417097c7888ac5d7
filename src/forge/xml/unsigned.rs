//! Unsigned properties of XAdES (EN 319 132-1 §5.3–5.5): timestamps, values for the long term,
//! counter-signatures.

use super::properties::{V141, digest_value};
use super::{DS, Place, Plan, Reference, canonical_child, children, method, unread};
use crate::forge::timestamp::Token;
use crate::forge::{Entity, ForgeError, Identity};
use crate::format::xml::canonical::{AllBut, Method, to_vec};
use crate::format::xml::{Document, NodeId};
use crate::model::Timestamp;
use crate::trust::algorithms::DigestAlgorithm;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Who stamps, when, and in what form.
#[derive(Clone, Debug)]
pub struct Stamping<'a> {
    /// Who.
    pub by: &'a Entity,
    /// When.
    pub at: Timestamp,
    /// The form of what is stamped; Canonical XML 1.0, and not said, if `None`.
    pub canonical: Option<Method>,
}

impl<'a> Stamping<'a> {
    /// In the exclusive form.
    #[must_use]
    pub fn by(by: &'a Entity, at: Timestamp) -> Self {
        Self {
            by,
            at,
            canonical: Some(method::exclusive()),
        }
    }

    fn form(&self) -> Method {
        self.canonical.clone().unwrap_or_else(method::inclusive)
    }

    /// The property of that name with a token.
    #[must_use]
    pub fn carrying(&self, name: &str, token: &[u8]) -> String {
        let form = self.canonical.as_ref();
        let form = form.map(|form| method::named("CanonicalizationMethod", form));
        format!(
            "<{name}>{}<xades:EncapsulatedTimeStamp>{}</xades:EncapsulatedTimeStamp></{name}>",
            form.unwrap_or_default(),
            STANDARD.encode(token)
        )
    }
}

/// Which archive timestamp.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Archive {
    /// Of version 1.3.2 (TS 101 903 V1.3.2 §7.7.1).
    V132,
    /// Of version 1.4.1 (EN 319 132-1 §5.5.2).
    V141,
}

/// A file with a signature, and how it was made.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The file.
    pub text: String,
    /// How its signature was made.
    pub plan: Plan,
}

impl Signed {
    /// Adds an unsigned property, a complete element, behind those that are there.
    ///
    /// # Errors
    /// [`ForgeError::Xml`] if there are no properties.
    pub fn add(&mut self, property: &str) -> Result<(), ForgeError> {
        let document = Document::read(self.text.as_bytes()).map_err(unread)?;
        let own = |name| self.own(&document, name);
        let found = own("UnsignedSignatureProperties")?.pop();
        let (at, property) = match found {
            Some(list) => (document.content(list).end, property.to_owned()),
            None => {
                let all = own("QualifyingProperties")?.pop();
                let all = all.ok_or_else(|| ForgeError::Xml("no properties".into()))?;
                let list = format!(
                    "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{property}\
                     </xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
                );
                (document.content(all).end, list)
            }
        };
        self.text.insert_str(at, &property);
        Ok(())
    }

    /// SignatureTimeStamp: level T.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub fn stamped(mut self, stamping: &Stamping<'_>) -> Result<Self, ForgeError> {
        let token = Token::of(&self.value_octets(&stamping.form())?, stamping.at);
        let token = token.signed_by(stamping.by)?;
        self.add(&stamping.carrying("xades:SignatureTimeStamp", &token))?;
        Ok(self)
    }

    /// What a SignatureTimeStamp stamps: the canonical form of `ds:SignatureValue`.
    ///
    /// # Errors
    /// [`ForgeError::Xml`].
    pub fn value_octets(&self, form: &Method) -> Result<Vec<u8>, ForgeError> {
        let document = Document::read(self.text.as_bytes()).map_err(unread)?;
        let signature = self.plan.found(&document)?;
        canonical_child(&document, signature, "SignatureValue", form)
    }

    /// CertificateValues and RevocationValues: level LT.
    ///
    /// # Errors
    /// [`ForgeError::Xml`].
    pub fn with_values(
        mut self,
        certificates: &[&[u8]],
        lists: &[&[u8]],
        responses: &[&[u8]],
    ) -> Result<Self, ForgeError> {
        if !certificates.is_empty() {
            let all = encapsulated("EncapsulatedX509Certificate", certificates);
            self.add(&format!(
                "<xades:CertificateValues>{all}</xades:CertificateValues>"
            ))?;
        }
        if !lists.is_empty() || !responses.is_empty() {
            let values = revocation_values(lists, responses);
            self.add(&values)?;
        }
        Ok(self)
    }

    /// TimeStampValidationData (EN 319 132-1 §5.5.1): the same for the timestamp before it.
    ///
    /// # Errors
    /// [`ForgeError::Xml`].
    pub fn with_stamp_data(
        mut self,
        certificates: &[&[u8]],
        lists: &[&[u8]],
        responses: &[&[u8]],
    ) -> Result<Self, ForgeError> {
        let all = encapsulated("EncapsulatedX509Certificate", certificates);
        let revocation = revocation_values(lists, responses);
        self.add(&format!(
            "<xades141:TimeStampValidationData xmlns:xades141=\"{V141}\"><xades:CertificateValues>{all}\
             </xades:CertificateValues>{revocation}</xades141:TimeStampValidationData>"
        ))?;
        Ok(self)
    }

    /// CompleteCertificateRefs and CompleteRevocationRefs of TS 101 903, by digests alone.
    ///
    /// # Errors
    /// [`ForgeError::Xml`].
    pub fn with_references(
        mut self,
        certificates: &[&[u8]],
        lists: &[&[u8]],
    ) -> Result<Self, ForgeError> {
        let each = |all: &[&[u8]], element: &str, inside: &str| -> String {
            let one = |der: &&[u8]| {
                let digest = digest_value(DigestAlgorithm::Sha256, der);
                format!(
                    "<xades:{element}><xades:{inside}>{digest}</xades:{inside}></xades:{element}>"
                )
            };
            all.iter().map(one).collect()
        };
        let certificates = each(certificates, "Cert", "CertDigest");
        self.add(&format!(
            "<xades:CompleteCertificateRefs><xades:CertRefs>{certificates}</xades:CertRefs>\
             </xades:CompleteCertificateRefs>"
        ))?;
        let lists = each(lists, "CRLRef", "DigestAlgAndValue");
        self.add(&format!(
            "<xades:CompleteRevocationRefs><xades:CRLRefs>{lists}</xades:CRLRefs>\
             </xades:CompleteRevocationRefs>"
        ))?;
        Ok(self)
    }

    /// SigAndRefsTimeStamp (TS 101 903 §7.5.1), or RefsOnlyTimeStamp without what it stamps of the signature.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub fn stamped_with_references(
        mut self,
        stamping: &Stamping<'_>,
        signature_too: bool,
    ) -> Result<Self, ForgeError> {
        let form = stamping.form();
        let mut octets = Vec::new();
        let document = Document::read(self.text.as_bytes()).map_err(unread)?;
        let mut wanted = vec!["CompleteCertificateRefs", "CompleteRevocationRefs"];
        if signature_too {
            octets.extend(self.value_octets(&form)?);
            wanted.insert(0, "SignatureTimeStamp");
        }
        for name in wanted {
            for node in self.own(&document, name)? {
                octets.extend(to_vec(&document, node, &form, &AllBut(&[])).map_err(unread)?);
            }
        }
        let token = Token::of(&octets, stamping.at).signed_by(stamping.by)?;
        let name = match signature_too {
            true => "xades:SigAndRefsTimeStamp",
            false => "xades:RefsOnlyTimeStamp",
        };
        self.add(&stamping.carrying(name, &token))?;
        Ok(self)
    }

    /// ArchiveTimeStamp: level LTA.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub fn archived(mut self, kind: Archive, stamping: &Stamping<'_>) -> Result<Self, ForgeError> {
        let token = Token::of(&self.archive_octets(kind, &stamping.form())?, stamping.at);
        let token = token.signed_by(stamping.by)?;
        let stamp = match kind {
            Archive::V132 => stamping.carrying("xades:ArchiveTimeStamp", &token),
            Archive::V141 => {
                let declared = format!("<xades141:ArchiveTimeStamp xmlns:xades141=\"{V141}\">");
                let stamp = stamping.carrying("xades141:ArchiveTimeStamp", &token);
                stamp.replacen("<xades141:ArchiveTimeStamp>", &declared, 1)
            }
        };
        self.add(&stamp)?;
        Ok(self)
    }

    /// What an archive timestamp stamps that comes behind all that is there (EN 319 132-1 §5.5.2.2): what the
    /// references digest; SignedInfo, SignatureValue and KeyInfo; the unsigned properties; other objects, in
    /// version 1.3.2 those that no reference names.
    ///
    /// # Errors
    /// [`ForgeError::Xml`].
    pub fn archive_octets(&self, kind: Archive, form: &Method) -> Result<Vec<u8>, ForgeError> {
        let document = Document::read(self.text.as_bytes()).map_err(unread)?;
        let signature = self.plan.found(&document)?;
        let mut octets = self.plan.octets_in(&self.text, form)?.concat();
        let mut write = |node: NodeId| -> Result<(), ForgeError> {
            octets.extend(to_vec(&document, node, form, &AllBut(&[])).map_err(unread)?);
            Ok(())
        };
        for name in ["SignedInfo", "SignatureValue", "KeyInfo"] {
            for node in children(&document, signature, name) {
                write(node)?;
            }
        }
        for list in self.own(&document, "UnsignedSignatureProperties")? {
            let inside = document
                .nodes()
                .filter(|id| document.parent(*id) == Some(list));
            for node in inside {
                write(node)?;
            }
        }
        for object in children(&document, signature, "Object") {
            let id = document.attribute(object, "Id").unwrap_or_default();
            let uri = format!("#{id}");
            let mut named = self.plan.references.iter();
            let named = named.any(|reference| reference.uri.as_ref() == Some(&uri));
            let qualifies = self.own(&document, "QualifyingProperties")?;
            let qualifies = qualifies.iter().any(|own| document.contains(object, *own));
            if (kind == Archive::V141 || !named) && !qualifies {
                write(object)?;
            }
        }
        Ok(octets)
    }

    /// CounterSignature: another signature over the value of this one (EN 319 132-1 §5.2.7.2).
    ///
    /// # Errors
    /// [`ForgeError`].
    pub fn countersigned(mut self, by: &Identity, id: &str) -> Result<Self, ForgeError> {
        self.add("<xades:CounterSignature><!----></xades:CounterSignature>")?;
        let hole = "<!----></xades:CounterSignature>";
        let at = self.text.rfind(hole);
        let at = at.ok_or_else(|| ForgeError::Xml("no room".into()))?;
        self.text.replace_range(at..at.saturating_add(7), "");
        let uri = format!("#{}-gia-tri", self.plan.id);
        let steps = vec![super::Transform::Canonical(method::exclusive())];
        let reference = Reference::to(&uri, steps).of_kind(COUNTERSIGNED);
        let plan = Plan::new(&self.text, Place::At(at), vec![reference]).called(id);
        self.text = plan.sign(by)?.text;
        Ok(self)
    }

    /// The elements of that name in its own properties, whatever their namespace; those of signatures over it
    /// are not among them.
    fn own(&self, document: &Document<'_>, local: &str) -> Result<Vec<NodeId>, ForgeError> {
        let signature = self.plan.found(document)?;
        let named = |id: &NodeId| document.tag(*id).is_some_and(|tag| tag.split().1 == local);
        let inside = document
            .nodes()
            .filter(|id| document.contains(signature, *id));
        let nearest = |id: &NodeId| {
            let mut at = document.parent(*id);
            while let Some(node) = at.filter(|node| !document.is(*node, DS, "Signature")) {
                at = document.parent(node);
            }
            at == Some(signature)
        };
        Ok(inside.filter(named).filter(nearest).collect())
    }
}

/// Type of the reference of a counter-signature.
pub const COUNTERSIGNED: &str = "http://uri.etsi.org/01903#CountersignedSignature";

fn encapsulated(element: &str, all: &[&[u8]]) -> String {
    let one = |der: &&[u8]| {
        let inside = STANDARD.encode(der);
        format!("<xades:{element}>{inside}</xades:{element}>")
    };
    all.iter().map(one).collect()
}

fn revocation_values(lists: &[&[u8]], responses: &[&[u8]]) -> String {
    let group = |name: &str, element: &str, all: &[&[u8]]| match all {
        [] => String::new(),
        all => format!(
            "<xades:{name}>{}</xades:{name}>",
            encapsulated(element, all)
        ),
    };
    format!(
        "<xades:RevocationValues>{}{}</xades:RevocationValues>",
        group("CRLValues", "EncapsulatedCRLValue", lists),
        group("OCSPValues", "EncapsulatedOCSPValue", responses)
    )
}
