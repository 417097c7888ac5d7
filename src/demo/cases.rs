//! Every kind of document the demo sends, what must become of it, and who sends how many.

use crate::model::ReasonCode;
use crate::model::indication::words;

/// What must become of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intended {
    /// Accepted and relayed; whether a person's signature counts as well.
    Accepted {
        /// Whether a valid person's signature is reported.
        person: bool,
    },
    /// Held until a fresh CRL comes, then accepted.
    HeldThenAccepted,
    /// Refused for one of these reasons.
    Refused(&'static [ReasonCode]),
}

words! {
    /// One kind of document; its name in people's words is in `lang`.
    Case {
        /// PDF signed by a person and by the agency.
        PdfBoth = 1 "pdf_both",
        /// PDF signed by the agency.
        PdfAgency = 2 "pdf_agency",
        /// PDF in the older signature form.
        PdfOlder = 3 "pdf_older",
        /// A file with the agency's detached CMS.
        Detached = 4 "detached",
        /// CMS with the content inside.
        Inside = 5 "inside",
        /// PDF and an annex, each signed by the agency.
        Annex = 6 "annex",
        /// Signed under an authority whose CRL is out of date.
        Late = 7 "late",
        /// No signature.
        Unsigned = 8 "unsigned",
        /// PDF with one byte altered inside after signing.
        Altered = 9 "altered",
        /// A file altered after its detached CMS was made.
        AlteredDetached = 10 "altered_detached",
        /// A page appended after signing.
        PageAppended = 11 "page_appended",
        /// A page appended and signed by somebody else.
        PageAppendedSigned = 12 "page_appended_signed",
        /// The certificate has expired.
        Expired = 13 "expired",
        /// The certificate begins tomorrow.
        NotYet = 14 "not_yet",
        /// The certificate is revoked.
        Revoked = 15 "revoked",
        /// The root is not known.
        Outsider = 16 "outsider",
        /// Another unit's certificate.
        OtherUnit = 17 "other_unit",
        /// A person's certificate where the agency's is due.
        PersonOnly = 18 "person_only",
        /// A certificate bound to nobody.
        Unbound = 19 "unbound",
        /// An agency certificate from the public root.
        WrongDomain = 20 "wrong_domain",
        /// An annex without a signature.
        BareAnnex = 21 "bare_annex",
        /// CMS without signed attributes.
        NoAttributes = 22 "no_attributes",
        /// CMS whose message-digest is wrong.
        WrongDigest = 23 "wrong_digest",
        /// CMS whose content-type attribute is wrong.
        WrongType = 24 "wrong_type",
        /// CMS whose signing-certificate-v2 names another certificate.
        OtherCertificate = 25 "other_certificate",
        /// The attributes of a good signature offered as content.
        AttributesAsContent = 26 "attributes_as_content",
        /// One bit of the signature value flipped.
        FlippedBit = 27 "flipped_bit",
        /// A secrecy level in the envelope.
        Secret = 28 "secret",
    }
}

impl Case {
    /// What must become of it.
    #[must_use]
    pub fn intended(self) -> Intended {
        use Intended::{Accepted, HeldThenAccepted, Refused};
        use ReasonCode as R;
        match self {
            Self::PdfBoth | Self::Annex => Accepted { person: true },
            Self::PdfAgency | Self::PdfOlder | Self::Detached | Self::Inside => {
                Accepted { person: false }
            }
            Self::Late => HeldThenAccepted,
            Self::Unsigned => Refused(&[R::NoSignature]),
            Self::Altered | Self::AlteredDetached => Refused(&[R::DigestMismatch]),
            Self::PageAppended => Refused(&[R::ChangedAfterSigning]),
            // The agency's signature is not the last one: somebody of another unit signed after it.
            Self::PageAppendedSigned => Refused(&[R::SignerOfOtherUnit]),
            Self::Expired => Refused(&[R::CertificateExpired]),
            Self::NotYet => Refused(&[R::CertificateNotYetValid]),
            Self::Revoked => Refused(&[R::CertificateRevoked]),
            Self::Outsider => Refused(&[R::NoPath]),
            Self::OtherUnit => Refused(&[R::SignerOfOtherUnit]),
            Self::PersonOnly => Refused(&[R::AgencySignatureMissing]),
            Self::Unbound => Refused(&[R::SignerNotBound]),
            Self::WrongDomain => Refused(&[R::DomainNotPermitted]),
            Self::BareAnnex => Refused(&[R::FileNotCovered]),
            Self::NoAttributes | Self::AttributesAsContent => {
                Refused(&[R::SignedAttributesMissing])
            }
            // A wrong message-digest attribute is a content that differs from the signed digest.
            Self::WrongDigest => Refused(&[R::DigestMismatch]),
            Self::WrongType => Refused(&[R::SignedAttributesWrong]),
            Self::OtherCertificate => Refused(&[R::SigningCertificateMismatch]),
            Self::FlippedBit => Refused(&[R::SignatureInvalid]),
            Self::Secret => Refused(&[R::SecrecyNotAllowed]),
        }
    }
}

/// Which units (their places in the list) send which kinds.
pub const PLAN: &[(Case, &[usize])] = &[
    (Case::PdfBoth, &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
    (Case::PdfAgency, &[0, 1, 3, 5, 7, 8]),
    (Case::PdfOlder, &[1, 4]),
    (Case::Detached, &[0, 1, 2, 4, 6, 8]),
    (Case::Inside, &[0, 1, 2, 5, 7]),
    (Case::Annex, &[1, 2, 3]),
    (Case::Late, &[2, 6, 8]),
    (Case::Unsigned, &[3, 6]),
    (Case::Altered, &[0, 1, 4]),
    (Case::AlteredDetached, &[5, 1]),
    (Case::PageAppended, &[7, 1]),
    (Case::PageAppendedSigned, &[8, 3]),
    (Case::Expired, &[4, 5]),
    (Case::NotYet, &[6]),
    (Case::Revoked, &[7, 3]),
    (Case::Outsider, &[8, 2]),
    (Case::OtherUnit, &[5, 6]),
    (Case::PersonOnly, &[3, 4]),
    (Case::Unbound, &[7]),
    (Case::WrongDomain, &[8]),
    (Case::BareAnnex, &[4]),
    (Case::NoAttributes, &[2]),
    (Case::WrongDigest, &[5]),
    (Case::WrongType, &[0]),
    (Case::OtherCertificate, &[6]),
    (Case::AttributesAsContent, &[7]),
    (Case::FlippedBit, &[1]),
    (Case::Secret, &[0]),
];
