//! The words of EN 319 102-1 §5.1.3 for what validation says, and ours for what follows from it.

/// Declares a field-less enum whose members have a stable number (for storage) and a stable name
/// (for the outside).
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $number:literal $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[$vmeta])* $variant,)* }
        impl $name {
            /// Every member, in the order of its numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The stable number under which it is stored.
            #[must_use]
            pub fn number(self) -> u16 { match self { $(Self::$variant => $number,)* } }
            /// The member stored under `number`.
            #[must_use]
            pub fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
            /// The stable name.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(Self::$variant => $text,)* } }
            /// The member with that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.name()) }
        }
    };
}
pub(crate) use words;

words! {
    /// The main indication of a validation (EN 319 102-1 §5.1.3, table 5).
    Indication {
        /// Every check was made and passed.
        TotalPassed = 1 "TOTAL-PASSED",
        /// A check failed for good.
        TotalFailed = 2 "TOTAL-FAILED",
        /// What is known does not suffice to say either.
        Indeterminate = 3 "INDETERMINATE",
    }
}

words! {
    /// The sub-indication of a validation (EN 319 102-1 §5.1.3, table 6).
    SubIndication {
        /// The signature is not conformant to its format.
        FormatFailure = 1 "FORMAT_FAILURE",
        /// A signed digest does not match what it covers.
        HashFailure = 2 "HASH_FAILURE",
        /// The signature value does not verify under the signer's key.
        SigCryptoFailure = 3 "SIG_CRYPTO_FAILURE",
        /// The signer's certificate was revoked, and the signature is proved to be later.
        Revoked = 4 "REVOKED",
        /// The signer's certificate had expired when the signature is proved to exist first.
        Expired = 5 "EXPIRED",
        /// The signature is proved to lie before the certificate's validity.
        NotYetValid = 6 "NOT_YET_VALID",
        /// The signature or its attributes do not meet the constraints.
        SigConstraintsFailure = 7 "SIG_CONSTRAINTS_FAILURE",
        /// The path does not meet the constraints.
        ChainConstraintsFailure = 8 "CHAIN_CONSTRAINTS_FAILURE",
        /// The set of certificates could not be judged for a reason not covered elsewhere.
        CertificateChainGeneralFailure = 9 "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        /// An algorithm or key size is below what is accepted.
        CryptoConstraintsFailure = 10 "CRYPTO_CONSTRAINTS_FAILURE",
        /// A signature policy could not be processed.
        PolicyProcessingError = 11 "POLICY_PROCESSING_ERROR",
        /// The signer's certificate is nowhere to be found.
        NoSigningCertificateFound = 12 "NO_SIGNING_CERTIFICATE_FOUND",
        /// No certification path leads to an anchor.
        NoCertificateChainFound = 13 "NO_CERTIFICATE_CHAIN_FOUND",
        /// The certificate was revoked, and nothing proves the signature to be earlier.
        RevokedNoPoe = 14 "REVOKED_NO_POE",
        /// An issuing certificate was revoked, and nothing proves the signature to be earlier.
        RevokedCaNoPoe = 15 "REVOKED_CA_NO_POE",
        /// The certificate is out of its validity, and nothing proves the signature to lie inside.
        OutOfBoundsNoPoe = 16 "OUT_OF_BOUNDS_NO_POE",
        /// As above, and it is not known whether the certificate was revoked while it was valid.
        OutOfBoundsNotRevoked = 17 "OUT_OF_BOUNDS_NOT_REVOKED",
        /// A weak algorithm, and nothing proves the signature to be from when it was strong.
        CryptoConstraintsFailureNoPoe = 18 "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        /// A proof of existence is missing.
        NoPoe = 19 "NO_POE",
        /// Named fresh evidence could change the answer.
        TryLater = 20 "TRY_LATER",
        /// The signed data could not be had.
        SignedDataNotFound = 21 "SIGNED_DATA_NOT_FOUND",
        /// Anything else; always with a reason.
        Generic = 22 "GENERIC",
        /// Timestamps contradict each other or the order of time.
        TimestampOrderFailure = 23 "TIMESTAMP_ORDER_FAILURE",
    }
}

words! {
    /// What the relay does with a document. Never the same type as [`Indication`]: the table that
    /// maps one to the other is `policy::disposition`.
    Disposition {
        /// Passed by the policy: relayed.
        Accept = 1 "accepted",
        /// Waits for named evidence; judged again when it arrives, refused at its deadline.
        Hold = 2 "held",
        /// Not relayed; the sender has the reason.
        Refuse = 3 "refused",
        /// Relayed though not passed, under policy `record`; the receipt says so.
        Record = 4 "recorded",
    }
}

impl Disposition {
    /// Whether recipients get the document.
    #[must_use]
    pub fn relays(self) -> bool {
        matches!(self, Self::Accept | Self::Record)
    }
}
