//! How algorithms are called in XML (XMLDSig §6, RFC 9231 §2).

use crate::forge::{ForgeError, Scheme};
use crate::format::asn1::read::Reader;
use crate::format::asn1::write::tag;
use crate::format::xml::canonical::{Form, Method};
use crate::trust::algorithms::DigestAlgorithm;
use std::collections::BTreeSet;

/// Exclusive canonical form without comments.
#[must_use]
pub fn exclusive() -> Method {
    plain(Form::Exclusive)
}

/// Canonical XML 1.0 without comments.
#[must_use]
pub fn inclusive() -> Method {
    plain(Form::Inclusive10)
}

/// A form without comments.
#[must_use]
pub fn plain(form: Form) -> Method {
    Method {
        form,
        comments: false,
        inclusive: BTreeSet::new(),
    }
}

/// The name of a canonical form.
#[must_use]
pub fn canonical(method: &Method) -> &'static str {
    match (method.form, method.comments) {
        (Form::Inclusive10, false) => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        (Form::Inclusive10, true) => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        (Form::Inclusive11, false) => "http://www.w3.org/2006/12/xml-c14n11",
        (Form::Inclusive11, true) => "http://www.w3.org/2006/12/xml-c14n11#WithComments",
        (Form::Exclusive, false) => "http://www.w3.org/2001/10/xml-exc-c14n#",
        (Form::Exclusive, true) => "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    }
}

/// An element that names a canonical form: `CanonicalizationMethod` or `Transform`.
pub(super) fn named(element: &str, method: &Method) -> String {
    let uri = canonical(method);
    if method.inclusive.is_empty() {
        return format!("<ds:{element} Algorithm=\"{uri}\"/>");
    }
    let prefix = |prefix: &String| match prefix.as_str() {
        "" => "#default".to_owned(),
        other => other.to_owned(),
    };
    let list: Vec<String> = method.inclusive.iter().map(prefix).collect();
    let list = list.join(" ");
    format!(
        "<ds:{element} Algorithm=\"{uri}\"><ec:InclusiveNamespaces \
         xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{list}\"/></ds:{element}>"
    )
}

/// The name of a digest.
#[must_use]
pub fn digest(algorithm: DigestAlgorithm) -> &'static str {
    match algorithm {
        DigestAlgorithm::Md5 => "http://www.w3.org/2001/04/xmldsig-more#md5",
        DigestAlgorithm::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
        DigestAlgorithm::Sha224 => "http://www.w3.org/2001/04/xmldsig-more#sha224",
        DigestAlgorithm::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
        DigestAlgorithm::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        DigestAlgorithm::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        DigestAlgorithm::Sha3_224 => "http://www.w3.org/2007/05/xmldsig-more#sha3-224",
        DigestAlgorithm::Sha3_256 => "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
        DigestAlgorithm::Sha3_384 => "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
        DigestAlgorithm::Sha3_512 => "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
    }
}

/// The name of a scheme; RSASSA-PSS by those names that fix its parameters (RFC 9231 §2.3.10).
#[must_use]
pub fn signature(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::RsaMd5 => "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        Scheme::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        Scheme::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        Scheme::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        Scheme::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        Scheme::PssSha256 => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        Scheme::PssSha384 => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
        Scheme::PssSha512 => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
        Scheme::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        Scheme::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        Scheme::Ed25519 => "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
    }
}

/// The `SignatureMethod` of RSASSA-PSS with its parameters written out (RFC 9231 §2.3.9).
#[must_use]
pub fn pss(algorithm: DigestAlgorithm, salt: usize) -> String {
    let digest = digest(algorithm);
    format!(
        "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2007/05/xmldsig-more#rsa-pss\">\
         <pss:RSAPSSParams xmlns:pss=\"http://www.w3.org/2007/05/xmldsig-more#\">\
         <ds:DigestMethod Algorithm=\"{digest}\"/><pss:MaskGenerationFunction \
         Algorithm=\"http://www.w3.org/2007/05/xmldsig-more#MGF1\"><ds:DigestMethod \
         Algorithm=\"{digest}\"/></pss:MaskGenerationFunction><pss:SaltLength>{salt}</pss:SaltLength>\
         </pss:RSAPSSParams></ds:SignatureMethod>"
    )
}

/// A signature value as XML writes it: that of ECDSA is two numbers side by side (RFC 9231 §2.3.6).
pub(super) fn value(scheme: Scheme, value: Vec<u8>) -> Result<Vec<u8>, ForgeError> {
    let half = match scheme {
        Scheme::EcdsaSha256 => 32,
        Scheme::EcdsaSha384 => 48,
        Scheme::RsaMd5
        | Scheme::RsaSha1
        | Scheme::RsaSha256
        | Scheme::RsaSha384
        | Scheme::RsaSha512
        | Scheme::PssSha256
        | Scheme::PssSha384
        | Scheme::PssSha512
        | Scheme::Ed25519 => return Ok(value),
    };
    let unread = |_| ForgeError::Xml("an ECDSA value that is no SEQUENCE".into());
    let mut fields = Reader::new(&value)
        .expect(tag::SEQUENCE)
        .map_err(unread)?
        .reader();
    let mut out = Vec::new();
    for _ in 0..2 {
        let number = fields.expect(tag::INTEGER).map_err(unread)?.content;
        let from = number.len().saturating_sub(half);
        let octets = number.get(from..).unwrap_or_default();
        out.extend(vec![0; half.saturating_sub(octets.len())]);
        out.extend_from_slice(octets);
    }
    Ok(out)
}
