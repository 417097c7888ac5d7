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
