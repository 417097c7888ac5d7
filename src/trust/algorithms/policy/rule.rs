//! One rule of the policy, and the names under which files and people know its parts.

use crate::model::Timestamp;
use crate::trust::algorithms::{DigestAlgorithm, KeyFamily, SignatureFamily};
use std::fmt;

/// What a signature is made for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Usage {
    /// A document.
    Document,
    /// A certificate of a path.
    Certificate,
    /// A CRL.
    Crl,
    /// An OCSP response.
    Ocsp,
    /// A timestamp token.
    Timestamp,
    /// A connection.
    Transport,
}

impl Usage {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Document,
        Self::Certificate,
        Self::Crl,
        Self::Ocsp,
        Self::Timestamp,
        Self::Transport,
    ];

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Certificate => "certificate",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
            Self::Timestamp => "timestamp",
            Self::Transport => "transport",
        }
    }

    /// The purpose of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.name() == name)
    }
}

/// A kind of key that signs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyKind {
    /// RSA, whatever the padding.
    Rsa,
    /// DSA; its size is that of p.
    Dsa,
    /// A named elliptic curve.
    Ec,
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
}

impl KeyKind {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Rsa, Self::Dsa, Self::Ec, Self::Ed25519, Self::Ed448];

    /// The kind of a key; `None` for one that signs nothing.
    #[must_use]
    pub fn of(family: KeyFamily) -> Option<Self> {
        match family {
            KeyFamily::Rsa | KeyFamily::RsaPss => Some(Self::Rsa),
            KeyFamily::Dsa => Some(Self::Dsa),
            KeyFamily::Ec(_) => Some(Self::Ec),
            KeyFamily::Ed25519 => Some(Self::Ed25519),
            KeyFamily::Ed448 => Some(Self::Ed448),
            KeyFamily::Agreement => None,
        }
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Dsa => "DSA",
            Self::Ec => "EC",
            Self::Ed25519 => "Ed25519",
            Self::Ed448 => "Ed448",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a rule speaks about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Item {
    /// A digest algorithm.
    Digest(DigestAlgorithm),
    /// A kind of signature, with one digest or with any; one with a digest goes before.
    Signature(SignatureFamily, Option<DigestAlgorithm>),
    /// Keys of at least so many bits, up to the next rule about that kind.
    Key(KeyKind, u32),
}

/// When something is accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Validity {
    /// At no time.
    Never,
    /// From `from` up to, not including, `until`.
    Within {
        /// `None`: it always was.
        from: Option<Timestamp>,
        /// `None`: no end is foreseen.
        until: Option<Timestamp>,
    },
}

impl Validity {
    /// At any time.
    pub const ALWAYS: Self = Self::Within {
        from: None,
        until: None,
    };

    /// Before that moment.
    #[must_use]
    pub const fn before(until: Timestamp) -> Self {
        Self::Within {
            from: None,
            until: Some(until),
        }
    }
}

/// One rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// For which purpose; `None`: for every one that has no rule of its own.
    pub usage: Option<Usage>,
    /// About what.
    pub item: Item,
    /// When that is accepted.
    pub validity: Validity,
}

impl Rule {
    /// A rule for every purpose.
    #[must_use]
    pub const fn new(item: Item, validity: Validity) -> Self {
        Self {
            usage: None,
            item,
            validity,
        }
    }

    /// The same rule for one purpose.
    #[must_use]
    pub const fn only_for(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => write!(f, "digest {}", digest.name()),
            Self::Signature(family, None) => write!(f, "signature {}", family.name()),
            Self::Signature(family, Some(digest)) => {
                write!(f, "signature {} {}", family.name(), digest.name())
            }
            Self::Key(kind, bits) => write!(f, "key {} {bits}", kind.name()),
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Within {
                from: None,
                until: None,
            } => f.write_str("always"),
            Self::Within {
                from: Some(from),
                until: None,
            } => write!(f, "from {from}"),
            Self::Within {
                from: None,
                until: Some(until),
            } => write!(f, "until {until}"),
            Self::Within {
                from: Some(from),
                until: Some(until),
            } => write!(f, "from {from} until {until}"),
        }
    }
}

/// In one line, as `check` lists it.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usage = self.usage.map_or("any", Usage::name);
        write!(f, "{usage} {}: {}", self.item, self.validity)
    }
}
