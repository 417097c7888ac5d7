//! References: what they say, and the octets that they are digests of.

use super::{DS, method};
use crate::forge::ForgeError;
use crate::format::xml::canonical::{AllBut, Method, to_vec};
use crate::format::xml::{Document, NodeId};
use crate::trust::algorithms::DigestAlgorithm;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One step between what a URI names and what is digested.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Transform {
    /// enveloped-signature.
    Enveloped,
    /// A canonical form.
    Canonical(Method),
    /// base64.
    Base64,
    /// This `ds:Transform` element, by which all signatures fall away that lie in what is digested.
    NoSignatures(String),
    /// This `ds:Transform` element, by which nothing changes here, whatever it says.
    Idle(String),
}

impl Transform {
    /// XPath `not(ancestor-or-self::ds:Signature)`.
    #[must_use]
    pub fn xpath() -> Self {
        Self::NoSignatures(format!(
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath \
             xmlns:ds=\"{DS}\">not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>"
        ))
    }

    /// XPath Filter 2.0: subtract `/descendant::ds:Signature`, as EU DSS writes it.
    #[must_use]
    pub fn filter() -> Self {
        Self::NoSignatures(format!(
            "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\"><dsig-xpath:XPath \
             xmlns:dsig-xpath=\"http://www.w3.org/2002/06/xmldsig-filter2\" xmlns:ds=\"{DS}\" \
             Filter=\"subtract\">/descendant::ds:Signature</dsig-xpath:XPath></ds:Transform>"
        ))
    }

    fn xml(&self) -> String {
        match self {
            Self::Enveloped => format!("<ds:Transform Algorithm=\"{DS}enveloped-signature\"/>"),
            Self::Base64 => format!("<ds:Transform Algorithm=\"{DS}base64\"/>"),
            Self::Canonical(form) => method::named("Transform", form),
            Self::NoSignatures(xml) | Self::Idle(xml) => xml.clone(),
        }
    }
}

/// Of what a reference has the digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Over {
    /// Of what its URI names in the same file, after its transforms.
    Target,
    /// Of these octets: another file, or what a verifier should find instead.
    Octets(Vec<u8>),
}

/// One `ds:Reference`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Id.
    pub id: Option<String>,
    /// URI.
    pub uri: Option<String>,
    /// Type.
    pub kind: Option<String>,
    /// Its transforms in their order.
    pub transforms: Vec<Transform>,
    /// DigestMethod.
    pub digest: DigestAlgorithm,
    /// Of what it has the digest.
    pub over: Over,
}

impl Reference {
    /// To what a URI names in the same file, by SHA-256.
    #[must_use]
    pub fn to(uri: &str, transforms: Vec<Transform>) -> Self {
        Self {
            id: None,
            uri: Some(uri.to_owned()),
            kind: None,
            transforms,
            digest: DigestAlgorithm::Sha256,
            over: Over::Target,
        }
    }

    /// To another file.
    #[must_use]
    pub fn to_file(name: &str, content: &[u8]) -> Self {
        Self {
            over: Over::Octets(content.to_vec()),
            ..Self::to(name, Vec::new())
        }
    }

    /// With an Id.
    #[must_use]
    pub fn named(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// With a Type.
    #[must_use]
    pub fn of_kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// The element with a digest of these octets.
    #[must_use]
    pub fn xml(&self, octets: &[u8]) -> String {
        let attribute = |name: &str, value: &Option<String>| match value {
            Some(value) => format!(" {name}=\"{}\"", super::escaped(value)),
            None => String::new(),
        };
        let transforms: String = self.transforms.iter().map(Transform::xml).collect();
        let transforms = match transforms.as_str() {
            "" => transforms,
            all => format!("<ds:Transforms>{all}</ds:Transforms>"),
        };
        format!(
            "<ds:Reference{}{}{}>{transforms}<ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue>{}\
             </ds:DigestValue></ds:Reference>",
            attribute("Id", &self.id),
            attribute("Type", &self.kind),
            attribute("URI", &self.uri),
            method::digest(self.digest),
            STANDARD.encode(self.digest.of(octets))
        )
    }

    /// The octets of which it has the digest, as a reference of that signature. What is left as nodes is
    /// written in the form `rest`.
    pub(super) fn octets(
        &self,
        document: &Document<'_>,
        signature: NodeId,
        rest: &Method,
    ) -> Result<Vec<u8>, ForgeError> {
        if let Over::Octets(octets) = &self.over {
            return Ok(octets.clone());
        }
        let (apex, comments) = self.target(document)?;
        let mut without = Vec::new();
        let mut form = None;
        let mut decoded = false;
        for transform in &self.transforms {
            match transform {
                Transform::Enveloped => without.push(signature),
                Transform::NoSignatures(_) => {
                    without.extend(
                        document
                            .nodes()
                            .filter(|id| document.is(*id, DS, "Signature")),
                    );
                }
                Transform::Canonical(method) => form = Some(method),
                Transform::Base64 => decoded = true,
                Transform::Idle(_) => {}
            }
        }
        if decoded {
            let text = document.character_data(apex);
            let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            return STANDARD.decode(text).map_err(super::unread);
        }
        // XMLDSig §4.3.3.3: a URI in the same file selects no comments, unless it is an XPointer.
        let mut method = form.unwrap_or(rest).clone();
        method.comments &= comments;
        to_vec(document, apex, &method, &AllBut(&without)).map_err(super::unread)
    }

    fn target(&self, document: &Document<'_>) -> Result<(NodeId, bool), ForgeError> {
        let uri = self.uri.as_deref().unwrap_or_default();
        let pointed = uri.strip_prefix("#xpointer(");
        let pointed = pointed.and_then(|rest| rest.strip_suffix(')'));
        let id = match (uri, pointed) {
            ("", _) => return Ok((document.root(), false)),
            (_, Some("/")) => return Ok((document.root(), true)),
            (_, Some(call)) => call.strip_prefix("id('").and_then(|c| c.strip_suffix("')")),
            (_, None) => uri.strip_prefix('#'),
        };
        let found = id.and_then(|id| with_id(document, id));
        let missing = || ForgeError::Xml(format!("nothing in the file is {uri}"));
        Ok((found.ok_or_else(missing)?, pointed.is_some()))
    }
}

/// The first element with that Id.
pub(super) fn with_id(document: &Document<'_>, id: &str) -> Option<NodeId> {
    let names = ["Id", "ID", "id", "xml:id"];
    let has = |node: &NodeId| {
        let mut own = names
            .iter()
            .filter_map(|name| document.attribute(*node, name));
        own.any(|value| value == id)
    };
    document.nodes().find(has)
}
