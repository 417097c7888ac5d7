//! Every stable reason code. The sentences live in `lang/`; a test holds the two equal.

use super::indication::words;

words! {
    /// Why a signature, a file or a document was judged as it was.
    ReasonCode {
        /// Every demanded signature is there and passed.
        SignedAsRequired = 1 "signed_as_required",
        /// There is no signature at all.
        NoSignature = 2 "no_signature",
        /// No valid signature is bound to the sending unit as its agency signature.
        AgencySignatureMissing = 3 "agency_signature_missing",
        /// No valid signature is bound to a person of the sending unit.
        PersonSignatureMissing = 4 "person_signature_missing",
        /// A format or kind of signature that is not judged yet.
        FormatNotSupported = 5 "format_not_supported",
        /// Not a well-formed CMS SignedData (RFC 5652).
        MalformedCms = 6 "malformed_cms",
        /// Not a well-formed PDF as far as its signatures need (ISO 32000-2).
        MalformedPdf = 7 "malformed_pdf",
        /// The content's digest is not the signed one.
        DigestMismatch = 8 "digest_mismatch",
        /// The signature value does not verify.
        SignatureInvalid = 9 "signature_invalid",
        /// A SignedData without signed attributes never passes.
        SignedAttributesMissing = 10 "signed_attributes_missing",
        /// content-type or message-digest absent, repeated or wrong.
        SignedAttributesWrong = 11 "signed_attributes_wrong",
        /// signing-certificate(-v2) names another certificate.
        SigningCertificateMismatch = 12 "signing_certificate_mismatch",
        /// signing-certificate(-v2) is absent (a warning: below level B).
        SigningCertificateAbsent = 13 "signing_certificate_absent",
        /// The signer's certificate is not in the file.
        SignerCertificateMissing = 14 "signer_certificate_missing",
        /// No path to a configured anchor.
        NoPath = 15 "no_path",
        /// A certificate of the path has expired.
        CertificateExpired = 16 "certificate_expired",
        /// A certificate of the path is not valid yet.
        CertificateNotYetValid = 17 "certificate_not_yet_valid",
        /// The signer's certificate is revoked.
        CertificateRevoked = 18 "certificate_revoked",
        /// An issuing certificate is revoked.
        IssuerRevoked = 19 "issuer_revoked",
        /// No CRL for an issuer of the path.
        RevocationMissing = 20 "revocation_missing",
        /// The newest CRL is past its nextUpdate or older than allowed.
        RevocationStale = 21 "revocation_stale",
        /// Basic constraints, path length, an unknown critical extension.
        ChainConstraints = 22 "chain_constraints",
        /// Key usage does not allow what the key was used for.
        KeyUsage = 23 "key_usage",
        /// An algorithm or key size below what is accepted.
        AlgorithmNotAccepted = 24 "algorithm_not_accepted",
        /// An algorithm that is not implemented.
        AlgorithmNotSupported = 25 "algorithm_not_supported",
        /// The PDF goes on after the revision that the signature covers.
        ChangedAfterSigning = 26 "changed_after_signing",
        /// The ByteRange does not cover exactly the revision without its own value.
        ByteRangeWrong = 27 "byte_range_wrong",
        /// A signature field whose value is absent, empty or of the wrong type.
        SignatureFieldBroken = 28 "signature_field_broken",
        /// The certificate or key is on the distrust list.
        Distrusted = 29 "distrusted",
        /// A valid signature by a key that is bound to nobody.
        SignerNotBound = 30 "signer_not_bound",
        /// A valid signature by a key of another unit.
        SignerOfOtherUnit = 31 "signer_of_other_unit",
        /// The content of a detached signature was not given.
        DetachedContentMissing = 32 "detached_content_missing",
        /// A file of the document that no accepted signature covers.
        FileNotCovered = 33 "file_not_covered",
        /// The validator itself failed; never a pass.
        ValidatorError = 34 "validator_error",
        /// A size, depth or count above its limit.
        LimitExceeded = 35 "limit_exceeded",
        /// Material with a secrecy level may not be relayed (Luật Bảo vệ bí mật nhà nước).
        SecrecyNotAllowed = 36 "secrecy_not_allowed",
        /// Held until its deadline without the evidence that was waited for.
        HoldExpired = 37 "hold_expired",
        /// The recipient refused it.
        RecipientRefused = 38 "recipient_refused",
        /// The domain of the anchor is not permitted for this kind of signer.
        DomainNotPermitted = 39 "domain_not_permitted",
        /// The signature covers its own revision only; a later one follows.
        CoversRevisionOnly = 40 "covers_revision_only",
        /// Attributes verified only as encoded, not as DER (a warning).
        NotDerEncoded = 41 "not_der_encoded",
        /// A demanded signature is not intact and trusted, so the whole file is not.
        OtherSignatureNotPassed = 42 "other_signature_not_passed",
        /// More than one signer where the format allows one.
        SeveralSigners = 43 "several_signers",
        /// The signature passed; whether the policy is content is another question.
        SignaturePassed = 44 "signature_passed",
        /// A large file still to be judged.
        NotJudgedYet = 45 "not_judged_yet",
        /// The agency's signature is not the last one, or does not cover the whole file.
        AgencySignatureNotLast = 46 "agency_signature_not_last",
        /// A CRL whose form (delta, indirect, partitioned) is not judged yet.
        CrlNotSupported = 47 "crl_not_supported",
        /// Name constraints or policy constraints that are not judged yet.
        ConstraintsNotSupported = 48 "constraints_not_supported",
        /// Encrypted content, which cannot be looked into.
        Encrypted = 49 "encrypted",
        /// A critical extension that is not known, or a malformed or repeated one.
        ExtensionNotProcessed = 50 "extension_not_processed",
        /// A certificate that RFC 5280 forbids authorities to issue.
        CertificateNotConforming = 51 "certificate_not_conforming",
        /// A certificate of the path that is not an authority's.
        NotAnAuthority = 52 "not_an_authority",
        /// More authorities below another than it allows.
        PathTooLong = 53 "path_too_long",
        /// A name outside what an authority may certify.
        NameNotPermitted = 54 "name_not_permitted",
        /// A name that an authority must not certify.
        NameExcluded = 55 "name_excluded",
        /// No certificate policy that is demanded runs through the path.
        NoValidPolicy = 56 "no_valid_policy",
        /// extendedKeyUsage does not allow what the key was used for.
        PurposeNotAllowed = 57 "purpose_not_allowed",
        /// The operator does not let paths for this purpose end at the anchor.
        AnchorNotForPurpose = 58 "anchor_not_for_purpose",
        /// The operator does not let the anchor count at this moment.
        AnchorOutOfUse = 59 "anchor_out_of_use",
        /// The certificate is suspended.
        CertificateOnHold = 60 "certificate_on_hold",
        /// The OCSP responder does not know the certificate.
        OcspUnknown = 61 "ocsp_unknown",
        /// The issuer's certificate is not at hand and is being fetched.
        IssuerPending = 62 "issuer_pending",
        /// A timestamp token that is not what RFC 3161 says.
        TimestampMalformed = 63 "timestamp_malformed",
        /// A timestamp over something else.
        TimestampOfOther = 64 "timestamp_of_other",
        /// A timestamp of a moment that has not come.
        TimestampFromFuture = 65 "timestamp_from_future",
        /// The signer claims a time after the one that a timestamp proves (a warning).
        ClaimedTimeAfterTimestamp = 66 "claimed_time_after_timestamp",
        /// Later changes of a kind that the signature permits and the policy does not.
        ChangesNotAdmitted = 67 "changes_not_admitted",
        /// The digest under the signature value is not the one that the signer names.
        DigestAlgorithmsDiffer = 68 "digest_algorithms_differ",
        /// Other bytes than zeros behind the signature value in its place in the PDF.
        BytesBehindSignature = 69 "bytes_behind_signature",
        /// Zeros behind a CMS file, which were passed over (a warning).
        PaddingIgnored = 70 "padding_ignored",
        /// A PDF whose structure is read, but not as it must be.
        PdfIrregular = 71 "pdf_irregular",
        /// Not well-formed XML, or not a signature as XMLDSig has it.
        MalformedXml = 72 "malformed_xml",
        /// XML with a document type declaration.
        DocumentType = 73 "document_type",
        /// A transform, or a way to refer to something, that is not judged.
        TransformNotSupported = 74 "transform_not_supported",
        /// What a reference refers to is not there.
        ReferenceNotFound = 75 "reference_not_found",
        /// A reference to an identifier that several elements have.
        ReferenceAmbiguous = 76 "reference_ambiguous",
        /// Content of the file that the signature does not cover.
        ContentNotCovered = 77 "content_not_covered",
        /// Properties that are not those that the signature signs.
        SignedPropertiesWrong = 78 "signed_properties_wrong",
        /// A counter-signature that fails for good.
        CountersignatureWrong = 79 "countersignature_wrong",
        /// A counter-signature that is not over the signature value that it stands at.
        CountersignatureOfOther = 80 "countersignature_of_other",
        /// A signature policy beside the signature that is not the one signed for.
        SignaturePolicyOther = 81 "signature_policy_other",
        /// The signer names a signature policy, whose rules are not applied (a warning).
        SignaturePolicyNamed = 82 "signature_policy_named",
        /// An unsigned property that was passed over (a warning).
        PropertyNotRead = 83 "property_not_read",
        /// The digest of the signing certificate beside another serial number, which is only a hint (a
        /// warning).
        SigningCertificateHintWrong = 84 "signing_certificate_hint_wrong",
        /// Properties of the signature that lie elsewhere, where they are not read.
        PropertiesElsewhere = 85 "properties_elsewhere",
        /// A timestamp that lists one by one what it is over, in a way that is not judged.
        TimestampPartsNotJudged = 86 "timestamp_parts_not_judged",
        /// Something in KeyInfo that is in no namespace of XMLDSig and was passed over (a warning).
        KeyInfoNotRead = 87 "key_info_not_read",
        /// An archive or container that is not read as it is, or not put together as it must be.
        MalformedContainer = 90 "malformed_container",
        /// Files of a container that a signature, or every one, leaves out.
        ContainerFileNotCovered = 91 "container_file_not_covered",
        /// A container with its media type not where or as it should be (a warning).
        ContainerIrregular = 92 "container_irregular",
    }
}

/// A reason with its arguments: what a sentence in any language is made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// The stable code.
    pub code: ReasonCode,
    /// Named values for the sentence, in the order they were given.
    pub args: Vec<(&'static str, String)>,
}

impl Reason {
    /// A reason without arguments.
    #[must_use]
    pub fn new(code: ReasonCode) -> Self {
        Self {
            code,
            args: Vec::new(),
        }
    }

    /// The value of an argument, if it was given and is not empty.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&str> {
        let found = self.args.iter().find(|(given, _)| *given == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// The reason with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}

impl From<ReasonCode> for Reason {
    fn from(code: ReasonCode) -> Self {
        Self::new(code)
    }
}
