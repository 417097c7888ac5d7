//! XML signatures by an [`Identity`] (XMLDSig, XAdES): as they should be, or with anything changed.
//!
//! A [`Plan`] says what is signed, how and where the signature goes; what [`Plan::sign`] gives is text,
//! which [`Signed`] carries further: timestamps, values for the long term, counter-signatures. Nothing here
//! is shared with the verifier but the parser and the canonical forms.

pub mod letter;
pub mod method;
pub mod properties;
pub mod reference;
#[cfg(test)]
mod tests;
pub mod unsigned;
pub mod wrapping;

pub use properties::Properties;
pub use reference::{Over, Reference, Transform};
pub use unsigned::{Signed, Stamping};

use super::{ForgeError, Identity, Scheme};
use crate::format::xml::canonical::{AllBut, Method, to_vec};
use crate::format::xml::{Document, NodeId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Namespace of XMLDSig.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Where the signature goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// It is the file.
    Alone,
    /// The first thing in the outermost element.
    First,
    /// The last thing in the outermost element.
    Last,
    /// The last thing in the element with that Id.
    In(String),
    /// In front of an octet of the text.
    At(usize),
}

/// A signature to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The text into which it goes.
    pub document: String,
    /// Where it goes.
    pub place: Place,
    /// Its Id; other Ids in it begin with that.
    pub id: String,
    /// CanonicalizationMethod.
    pub canonical: Method,
    /// How it is signed, if not as the key does.
    pub scheme: Option<Scheme>,
    /// The `ds:SignatureMethod` element, if not the scheme's.
    pub signature_method: Option<String>,
    /// Its references, in their order. That to the signed properties comes last and by itself.
    pub references: Vec<Reference>,
    /// What is in `ds:KeyInfo`, if not the signer's certificate and those above it. Empty: no KeyInfo.
    pub key_info: Option<String>,
    /// `ds:Object` elements.
    pub objects: Vec<String>,
    /// The properties of XAdES.
    pub properties: Option<Properties>,
    /// A piece of the signature, and what is written instead before it is signed.
    pub rewrite: Option<(String, String)>,
}

impl Plan {
    /// A signature in a document.
    #[must_use]
    pub fn new(document: &str, place: Place, references: Vec<Reference>) -> Self {
        Self {
            document: document.to_owned(),
            place,
            id: "chu-ky".into(),
            canonical: method::exclusive(),
            scheme: None,
            signature_method: None,
            references,
            key_info: None,
            objects: Vec::new(),
            properties: None,
            rewrite: None,
        }
    }

    /// Last in a document and over all of it: enveloped-signature, exclusive canonical form.
    #[must_use]
    pub fn enveloped(document: &str) -> Self {
        let steps = vec![
            Transform::Enveloped,
            Transform::Canonical(method::exclusive()),
        ];
        Self::new(document, Place::Last, vec![Reference::to("", steps)])
    }

    /// A file that is a signature with what it signs inside.
    #[must_use]
    pub fn enveloping(content: &str) -> Self {
        let steps = vec![Transform::Canonical(method::exclusive())];
        let mut plan = Self::new("", Place::Alone, vec![Reference::to("#noi-dung", steps)]);
        let object = format!("<ds:Object Id=\"noi-dung\">{content}</ds:Object>");
        plan.objects.push(object);
        plan
    }

    /// Last in a document and over its element with that Id, in which it is not.
    #[must_use]
    pub fn beside(document: &str, id: &str) -> Self {
        let steps = vec![Transform::Canonical(method::exclusive())];
        let reference = Reference::to(&format!("#{id}"), steps);
        Self::new(document, Place::Last, vec![reference])
    }

    /// A file that is a signature of another file.
    #[must_use]
    pub fn detached(name: &str, content: &[u8]) -> Self {
        Self::new("", Place::Alone, vec![Reference::to_file(name, content)])
    }

    /// With these properties of XAdES.
    #[must_use]
    pub fn with(mut self, properties: Properties) -> Self {
        self.properties = Some(properties);
        self
    }

    /// With that Id.
    #[must_use]
    pub fn called(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Signs.
    ///
    /// # Errors
    /// [`ForgeError`] if a reference leads nowhere or the key does not sign.
    pub fn sign(&self, signer: &Identity) -> Result<Signed, ForgeError> {
        let scheme = self.scheme.unwrap_or_else(|| signer.key.scheme());
        self.sign_by(signer, |message| {
            method::value(scheme, signer.key.sign_with(scheme, message)?)
        })
    }

    /// Makes it with the value that `value` gives for the octets of `ds:SignedInfo`.
    ///
    /// # Errors
    /// As [`Plan::sign`], and what `value` gives.
    pub fn sign_by(
        &self,
        signer: &Identity,
        value: impl FnOnce(&[u8]) -> Result<Vec<u8>, ForgeError>,
    ) -> Result<Signed, ForgeError> {
        let mut plan = self.clone();
        if let Some(properties) = &mut plan.properties {
            if properties.content_stamp.is_some() {
                properties.stamp_content(&self.without_properties().octets_of(signer)?)?;
            }
            plan.references.extend(properties.reference(&self.id));
        }
        let octets = plan.octets_of(signer)?;
        let draft = plan.text(signer, &octets, "")?;
        let document = Document::read(draft.as_bytes()).map_err(unread)?;
        let signature = plan.found(&document)?;
        let message = canonical_child(&document, signature, "SignedInfo", &plan.canonical)?;
        let value = STANDARD.encode(value(&message)?);
        Ok(Signed {
            text: plan.text(signer, &octets, &value)?,
            plan,
        })
    }

    /// What each reference digests.
    fn octets_of(&self, signer: &Identity) -> Result<Vec<Vec<u8>>, ForgeError> {
        let nothing = vec![Vec::new(); self.references.len()];
        let draft = self.text(signer, &nothing, "")?;
        self.octets_in(&draft, &method::inclusive())
    }

    fn without_properties(&self) -> Self {
        Self {
            properties: None,
            ..self.clone()
        }
    }

    fn octets_in(&self, text: &str, rest: &Method) -> Result<Vec<Vec<u8>>, ForgeError> {
        let document = Document::read(text.as_bytes()).map_err(unread)?;
        let signature = self.found(&document)?;
        let references = self.references.iter();
        references
            .map(|reference| reference.octets(&document, signature, rest))
            .collect()
    }

    /// The whole file.
    fn text(
        &self,
        signer: &Identity,
        octets: &[Vec<u8>],
        value: &str,
    ) -> Result<String, ForgeError> {
        let signature = self.element(signer, octets, value)?;
        let at = self.position()?;
        let (before, behind) = self.document.split_at(at);
        Ok(format!("{before}{signature}{behind}"))
    }

    fn position(&self) -> Result<usize, ForgeError> {
        let outermost = || -> Result<_, ForgeError> {
            let document = Document::read(self.document.as_bytes()).map_err(unread)?;
            Ok(document.content(document.element()))
        };
        match &self.place {
            Place::Alone => Ok(0),
            Place::At(at) => Ok(*at),
            Place::First => Ok(outermost()?.start),
            Place::Last => Ok(outermost()?.end),
            Place::In(id) => {
                let document = Document::read(self.document.as_bytes()).map_err(unread)?;
                let inside = reference::with_id(&document, id);
                let missing = || ForgeError::Xml(format!("nothing has the Id {id}"));
                Ok(document.content(inside.ok_or_else(missing)?).end)
            }
        }
    }

    /// `ds:Signature`.
    fn element(
        &self,
        signer: &Identity,
        octets: &[Vec<u8>],
        value: &str,
    ) -> Result<String, ForgeError> {
        let id = &self.id;
        let references = self.references.iter().zip(octets);
        let references: String = references.map(|(r, octets)| r.xml(octets)).collect();
        let scheme = self.scheme.unwrap_or_else(|| signer.key.scheme());
        let uri = method::signature(scheme);
        let plain = || format!("<ds:SignatureMethod Algorithm=\"{uri}\"/>");
        let signature_method = self.signature_method.clone().unwrap_or_else(plain);
        let key_info = self.key_info.clone();
        let key_info = match key_info.unwrap_or_else(|| x509_data(signer)).as_str() {
            "" => String::new(),
            inside => format!("<ds:KeyInfo Id=\"{id}-khoa\">{inside}</ds:KeyInfo>"),
        };
        let mut objects = self.objects.concat();
        if let Some(properties) = &self.properties {
            objects.push_str(&properties.object(id, signer)?);
        }
        let canonical = method::named("CanonicalizationMethod", &self.canonical);
        let element = format!(
            "<ds:Signature xmlns:ds=\"{DS}\" Id=\"{id}\"><ds:SignedInfo>{canonical}{signature_method}\
             {references}</ds:SignedInfo><ds:SignatureValue Id=\"{id}-gia-tri\">{value}\
             </ds:SignatureValue>{key_info}{objects}</ds:Signature>"
        );
        Ok(match &self.rewrite {
            Some((from, to)) => element.replace(from, to),
            None => element,
        })
    }

    /// The signature in a file.
    fn found(&self, document: &Document<'_>) -> Result<NodeId, ForgeError> {
        let mut all = document
            .nodes()
            .filter(|id| document.is(*id, DS, "Signature"));
        let own = all.find(|id| document.attribute(*id, "Id").as_deref() == Some(&*self.id));
        own.ok_or_else(|| ForgeError::Xml(format!("no signature has the Id {}", self.id)))
    }
}

/// `ds:X509Data` with the signer's certificate and those above it.
#[must_use]
pub fn x509_data(signer: &Identity) -> String {
    let all = std::iter::once(&signer.certificate.der).chain(&signer.chain);
    let all: String = all
        .map(|der| {
            format!(
                "<ds:X509Certificate>{}</ds:X509Certificate>",
                STANDARD.encode(der)
            )
        })
        .collect();
    format!("<ds:X509Data>{all}</ds:X509Data>")
}

/// Text as it stands in an element or attribute.
#[must_use]
pub fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

fn unread(e: impl std::fmt::Display) -> ForgeError {
    ForgeError::Xml(e.to_string())
}

/// The elements of XMLDSig with that name right inside another.
fn children(document: &Document<'_>, parent: NodeId, name: &str) -> Vec<NodeId> {
    let inside = document
        .nodes()
        .filter(|id| document.parent(*id) == Some(parent));
    inside.filter(|id| document.is(*id, DS, name)).collect()
}

fn canonical_child(
    document: &Document<'_>,
    parent: NodeId,
    name: &str,
    form: &Method,
) -> Result<Vec<u8>, ForgeError> {
    let found = children(document, parent, name);
    let missing = || ForgeError::Xml(format!("no {name}"));
    let node = found.first().copied().ok_or_else(missing)?;
    to_vec(document, node, form, &AllBut(&[])).map_err(unread)
}
