//! KeyInfo (XMLDSig §4.5): what a signature says of its signer. Only X509Data is read further; whatever
//! else is there is named and gives no key.

use super::field::{base64, leaf, malformed, only};
use super::{DS, DS11, SignatureError};
use crate::format::limits::{MAX_CERTIFICATES, MAX_REVOCATION_INFO};
use crate::format::xml::{Index, NodeId};

/// Elements of a KeyInfo: a certificate, what names it, a key value.
const MAX_PARTS: usize = 64;

/// Who signed, as the signature says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyInfo {
    /// Its element.
    pub node: NodeId,
    /// What is said of certificates.
    pub x509: X509Data,
    /// The other elements: KeyValue, KeyName, RetrievalMethod and whatever there is.
    pub others: Vec<NodeId>,
}

/// X509Data (§4.5.4), all of them together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct X509Data {
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs, DER.
    pub crls: Vec<Vec<u8>>,
    /// Issuers and serial numbers.
    pub issuer_serials: Vec<IssuerSerial>,
    /// Subject key identifiers.
    pub key_ids: Vec<Vec<u8>>,
    /// Subjects in RFC 4514 form.
    pub subjects: Vec<String>,
    /// Digests of certificates: algorithm and value (dsig11:X509Digest).
    pub digests: Vec<(String, Vec<u8>)>,
    /// What others added to it.
    pub others: Vec<NodeId>,
}

/// The issuer of a certificate in RFC 4514 form, and its serial number in decimal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerSerial {
    /// X509IssuerName.
    pub issuer: String,
    /// X509SerialNumber.
    pub serial: String,
}

impl KeyInfo {
    /// What is in no namespace of XMLDSig, with its namespace: nothing of it is read.
    #[must_use]
    pub fn foreign(&self, index: &Index<'_>) -> Vec<String> {
        let named = |id: &NodeId| {
            let (namespace, local) = index.name(*id);
            (!matches!(namespace, DS | DS11)).then(|| match namespace {
                "" => local.to_owned(),
                _ => format!("{{{namespace}}}{local}"),
            })
        };
        let all = self.others.iter().chain(&self.x509.others);
        all.filter_map(named).collect()
    }

    pub(super) fn read(index: &Index<'_>, id: NodeId) -> Result<Self, SignatureError> {
        let mut x509 = X509Data::default();
        let mut others = Vec::new();
        for part in only(index, id, ("parts of a KeyInfo", MAX_PARTS))? {
            match index.is(part, DS, "X509Data") {
                true => x509.read(index, part)?,
                false => others.push(part),
            }
        }
        Ok(Self {
            node: id,
            x509,
            others,
        })
    }
}

impl X509Data {
    fn read(&mut self, index: &Index<'_>, id: NodeId) -> Result<(), SignatureError> {
        let most = MAX_CERTIFICATES.saturating_add(MAX_REVOCATION_INFO);
        for part in only(index, id, ("parts of X509Data", most))? {
            match index.name(part) {
                (DS, "X509Certificate") => self.certificates.push(base64(index, part)?),
                (DS, "X509CRL") => self.crls.push(base64(index, part)?),
                (DS, "X509SKI") => self.key_ids.push(base64(index, part)?),
                (DS, "X509SubjectName") => self.subjects.push(leaf(index, part)?),
                (DS, "X509IssuerSerial") => self.issuer_serials.push(issuer_serial(index, part)?),
                (DS11, "X509Digest") => {
                    let algorithm = super::field::demanded(index, part, "Algorithm")?;
                    let value = base64(index, part)?;
                    self.digests.push((algorithm.into_owned(), value));
                }
                // §4.5.4 lets other namespaces add to it; they name nobody here.
                (DS | DS11, _) => return Err(malformed(index, part, "unknown in X509Data")),
                _ => self.others.push(part),
            }
        }
        let limit = MAX_CERTIFICATES;
        match self.certificates.len() > limit {
            true => Err(SignatureError::TooMany {
                what: "certificates",
                limit,
            }),
            false => Ok(()),
        }
    }
}

pub(super) fn issuer_serial(index: &Index<'_>, id: NodeId) -> Result<IssuerSerial, SignatureError> {
    let mut inside = super::field::Sequence::of(index, id, ("elements", 2))?;
    let issuer = inside.demanded(DS, "X509IssuerName")?;
    let serial = inside.demanded(DS, "X509SerialNumber")?;
    inside.end()?;
    Ok(IssuerSerial {
        issuer: leaf(index, issuer)?,
        serial: leaf(index, serial)?.trim_ascii().to_owned(),
    })
}
