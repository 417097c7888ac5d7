//! Every kind of document the demo sends, what must become of it, and who sends how many.

use crate::model::indication::words;
use crate::model::{ReasonCode, SubIndication};

/// Why a document is not relayed, exactly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Why {
    /// The sub-indication of EN 319 102-1; `None`: the signatures passed, and the policy wants
    /// something else.
    pub sub: Option<SubIndication>,
    /// The reason.
    pub reason: ReasonCode,
}

/// What must become of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intended {
    /// Accepted and relayed; whether a person's signature counts as well.
    Accepted {
        /// Whether a valid person's signature is reported.
        person: bool,
    },
    /// Held for this, until evidence comes; then accepted.
    HeldThenAccepted(Why),
    /// Held, and still so at the end.
    Held(Why),
    /// Refused.
    Refused(Why),
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
        /// Good by a complete CRL and its delta, both fetched, the authority's certificate as well.
        Delta = 29 "delta",
        /// Revoked by the delta alone.
        DeltaRevoked = 30 "delta_revoked",
        /// Good by OCSP.
        Ocsp = 31 "ocsp",
        /// Revoked by OCSP.
        OcspRevoked = 32 "ocsp_revoked",
        /// The responder does not know the certificate.
        OcspUnknown = 33 "ocsp_unknown",
        /// The responder is silent until later.
        OcspSilent = 34 "ocsp_silent",
        /// Revoked since, but the signature was stamped before.
        Stamped = 35 "stamped",
        /// Revoked since, and nothing proves the signature to be earlier.
        NotStamped = 36 "not_stamped",
        /// Revoked, and stamped only after that.
        StampedLate = 37 "stamped_late",
        /// The authority above the signer is revoked.
        AuthorityRevoked = 38 "authority_revoked",
        /// XML signed by a person and by the agency.
        XmlBoth = 39 "xml_both",
        /// Two files with one XML signature of both by the agency.
        XmlDetached = 40 "xml_detached",
        /// XML with a word altered after signing.
        XmlAltered = 41 "xml_altered",
        /// XML in which what was signed was moved aside, another text in its place.
        XmlWrapped = 42 "xml_wrapped",
        /// XML whose signature covers what a stylesheet makes of it.
        XmlStylesheet = 43 "xml_stylesheet",
        /// ASiC-E: a letter and its annex in one container, XAdES by the agency.
        AsicE = 44 "asic_e",
        /// ASiC-S: one file, CAdES by the agency.
        AsicS = 45 "asic_s",
        /// ASiC-E with a file altered inside.
        AsicAltered = 46 "asic_altered",
        /// ASiC-E with one more file that nobody signed.
        AsicUncovered = 47 "asic_uncovered",
        /// ASiC-E in which one name has two files.
        AsicTwice = 48 "asic_twice",
    }
}

impl Case {
    /// What must become of it.
    #[must_use]
    pub fn intended(self) -> Intended {
        use Intended::{Accepted, Held, HeldThenAccepted, Refused};
        use ReasonCode as R;
        use SubIndication as S;
        let why = |sub: S, reason| Why {
            sub: Some(sub),
            reason,
        };
        // Every signature passed.
        let policy = |reason| Refused(Why { sub: None, reason });
        let refused = |sub, reason| Refused(why(sub, reason));
        match self {
            Self::PdfBoth | Self::Annex | Self::XmlBoth => Accepted { person: true },
            Self::PdfAgency
            | Self::PdfOlder
            | Self::Detached
            | Self::Inside
            | Self::Delta
            | Self::Ocsp
            | Self::Stamped
            | Self::XmlDetached
            | Self::AsicE
            | Self::AsicS => Accepted { person: false },
            Self::Late => HeldThenAccepted(why(S::TryLater, R::RevocationStale)),
            Self::OcspSilent => HeldThenAccepted(why(S::TryLater, R::RevocationMissing)),
            Self::OcspUnknown => Held(why(S::TryLater, R::OcspUnknown)),
            Self::AuthorityRevoked => refused(S::RevokedCaNoPoe, R::IssuerRevoked),
            Self::Unsigned => refused(S::Generic, R::NoSignature),
            Self::Altered | Self::AlteredDetached | Self::XmlAltered | Self::AsicAltered => {
                refused(S::HashFailure, R::DigestMismatch)
            }
            Self::PageAppended | Self::PageAppendedSigned => {
                refused(S::FormatFailure, R::ChangedAfterSigning)
            }
            Self::Expired => refused(S::OutOfBoundsNotRevoked, R::CertificateExpired),
            Self::NotYet => refused(S::OutOfBoundsNoPoe, R::CertificateNotYetValid),
            // A stamp proves that something is older, never that it is younger: no REVOKED.
            Self::Revoked
            | Self::DeltaRevoked
            | Self::OcspRevoked
            | Self::NotStamped
            | Self::StampedLate => refused(S::RevokedNoPoe, R::CertificateRevoked),
            Self::Outsider => refused(S::NoCertificateChainFound, R::NoPath),
            Self::OtherUnit => policy(R::SignerOfOtherUnit),
            Self::PersonOnly => policy(R::AgencySignatureMissing),
            Self::Unbound => policy(R::SignerNotBound),
            Self::WrongDomain => policy(R::DomainNotPermitted),
            Self::BareAnnex => policy(R::FileNotCovered),
            Self::NoAttributes | Self::AttributesAsContent => {
                refused(S::FormatFailure, R::SignedAttributesMissing)
            }
            // A wrong message-digest attribute is a content that differs from the signed digest.
            Self::WrongDigest => refused(S::HashFailure, R::DigestMismatch),
            Self::WrongType => refused(S::FormatFailure, R::SignedAttributesWrong),
            Self::OtherCertificate => {
                refused(S::SigConstraintsFailure, R::SigningCertificateMismatch)
            }
            Self::FlippedBit => refused(S::SigCryptoFailure, R::SignatureInvalid),
            Self::XmlWrapped => refused(S::SigConstraintsFailure, R::ContentNotCovered),
            Self::XmlStylesheet => refused(S::Generic, R::TransformNotSupported),
            Self::AsicUncovered => refused(S::FormatFailure, R::ContainerFileNotCovered),
            Self::AsicTwice => refused(S::FormatFailure, R::MalformedContainer),
            Self::Secret => refused(S::Generic, R::SecrecyNotAllowed),
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
    // Early, so that what waits for a responder waits while others send.
    (Case::OcspUnknown, &[7]),
    (Case::OcspSilent, &[8, 2]),
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
    (Case::Delta, &[0, 1]),
    (Case::DeltaRevoked, &[2, 3]),
    (Case::Ocsp, &[4, 5]),
    (Case::OcspRevoked, &[6]),
    (Case::Stamped, &[3, 5]),
    (Case::NotStamped, &[4]),
    (Case::StampedLate, &[7]),
    (Case::AuthorityRevoked, &[0, 8]),
    (Case::XmlBoth, &[1, 4, 8]),
    (Case::XmlDetached, &[0, 6]),
    (Case::XmlAltered, &[3]),
    (Case::XmlWrapped, &[5, 7]),
    (Case::XmlStylesheet, &[2]),
    (Case::AsicE, &[1, 3, 5]),
    (Case::AsicS, &[0, 7]),
    (Case::AsicAltered, &[4]),
    (Case::AsicUncovered, &[6]),
    (Case::AsicTwice, &[8]),
];
